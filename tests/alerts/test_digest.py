"""Once a day: what was noted for a member goes out as one message, and never as two."""

from __future__ import annotations

import json
import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen
from sqlalchemy.orm import Session

from alerts.digest import AT_ONCE, plan_digests
from alerts.kinds import KINDS, Dropped, Writing, Written
from alerts.matching import match
from alerts.writing import WRITERS
from models.alert_settings import CHANNELS, OPT_IN, set_alerts
from models.database import Database
from models.follows import follow
from models.guardians import consent_in_force
from models.hosts import HostClub
from models.members import GuardianConsent, Level, Member
from models.outbox import Alert, AlertState
from models.programs import Program, ProgramSession
from models.recommendations import Recommendation
from models.rules import Rules
from tests.world import make_application, make_host, make_member, make_session

RULES = Rules()
EVERYBODY = 1000
CHILD = date(2014, 5, 5)


@pytest.fixture
def now() -> datetime:
    """Return a Monday afternoon, a moment after the digests' hour."""
    return datetime.fromisoformat("2026-11-23T16:05:00+09:00")


def wanting(db: Session, now: datetime, *, kinds: frozenset[int] = OPT_IN, **changes: Any) -> Member:
    member = make_member(db, **changes)
    member.interests = ["0800"]
    set_alerts(db, member, set(kinds), {"kakao"}, on=True, rules=RULES, via="page", now=now)
    return member


def published(db: Session, now: datetime, **changes: Any) -> ProgramSession:
    """Return a session of a programme that has just found its people."""
    session = make_session(db, **changes)
    match(db, session.program, RULES, now)
    return session


def planned(db: Session) -> list[Alert]:
    return list(db.scalars(select(Alert).order_by(Alert.id)))


def write(db: Session, now: datetime, rules: Rules = RULES) -> Written | Dropped:
    (alert,) = planned(db)
    return WRITERS[alert.kind](Writing(db, alert, rules, now))


def card_for(db: Session, now: datetime, rules: Rules = RULES) -> Written:
    said = write(db, now, rules)
    assert isinstance(said, Written)
    return said


# --- planning


def test_all_that_waits_for_a_member_is_one_message(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = wanting(db, now)
        for _ in range(3):
            published(db, now)
        db.commit()
        assert plan_digests(db, RULES, now, EVERYBODY) == 1
        (alert,) = planned(db)
        assert (alert.kind, alert.recipient, alert.object) == (
            10,
            f"member:{member.id}",
            "digest:20261123",
        )
        assert (alert.state, alert.due_at, alert.deadline) == (
            AlertState.CREATED,
            now,
            now + KINDS[10].worth,
        )
        assert {note.digest_day for note in db.scalars(select(Recommendation))} == {now.date()}


def test_a_second_one_comes_the_next_day_and_tells_only_what_is_new(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        wanting(db, now)
        published(db, now)
        db.commit()
        assert plan_digests(db, RULES, now, EVERYBODY) == 1
        published(db, now)
        db.commit()
        assert plan_digests(db, RULES, now + timedelta(hours=1), EVERYBODY) == 0
        assert plan_digests(db, RULES, now + timedelta(days=1), EVERYBODY) == 1
        assert plan_digests(db, RULES, now + timedelta(days=2), EVERYBODY) == 0
        days = db.scalars(select(Recommendation.digest_day).order_by(Recommendation.id)).all()
    assert days == [date(2026, 11, 23), date(2026, 11, 24)]


def test_a_clubs_programme_later_that_day_makes_no_second_message(database: Database, now: datetime) -> None:
    with database.session() as db:
        wanting(db, now)
        published(db, now)
        db.commit()
        plan_digests(db, RULES, now, EVERYBODY)
        of_club(db, now)
        db.commit()
        assert plan_digests(db, RULES, now, EVERYBODY) == 0
        assert plan_digests(db, RULES, now + timedelta(days=1), EVERYBODY) == 1
        assert [alert.kind for alert in planned(db)] == [10, 11]


def of_club(db: Session, now: datetime) -> Program:
    program = make_session(db, title="철새 지켜보기").program
    program.club = HostClub(host=program.host, name="푸른지구동아리")
    db.flush()
    match(db, program, RULES, now)
    return program


def test_one_club_among_them_makes_it_the_clubs_alert(database: Database, now: datetime) -> None:
    with database.session() as db:
        wanting(db, now)
        published(db, now)
        of_club(db, now)
        db.commit()
        assert plan_digests(db, RULES, now, EVERYBODY) == 1
        assert [alert.kind for alert in planned(db)] == [11]


def test_the_rules_say_how_many_a_day(database: Database, now: datetime) -> None:
    with database.session() as db:
        wanting(db, now)
        published(db, now)
        db.commit()
        assert plan_digests(db, Rules(digest_per_day=0), now, EVERYBODY) == 0
        for expected in (1, 0):
            assert plan_digests(db, Rules(digest_per_day=2), now, EVERYBODY) == expected
        for expected in (1, 0):
            published(db, now)
            db.commit()
            assert plan_digests(db, Rules(digest_per_day=2), now, EVERYBODY) == expected
        assert [alert.version for alert in planned(db)] == [1, 2]
        numbers = db.scalars(select(Recommendation.digest_number).order_by(Recommendation.id)).all()
    assert numbers == [1, 2, None]


@pytest.mark.parametrize(("clock", "expected"), [("15:59", 0), ("16:00", 1), ("20:49", 1), ("20:50", 0)])
def test_only_from_its_hour_on_and_never_into_the_night(
    database: Database, now: datetime, clock: str, expected: int
) -> None:
    hour, minute = map(int, clock.split(":"))
    with database.session() as db:
        wanting(db, now)
        published(db, now)
        db.commit()
        assert plan_digests(db, RULES, now.replace(hour=hour, minute=minute), EVERYBODY) == expected


def test_who_turned_it_off_meanwhile_gets_none(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = wanting(db, now)
        published(db, now)
        set_alerts(db, member, {10}, {"kakao"}, on=False, rules=RULES, via="chat", now=now)
        db.commit()
        assert plan_digests(db, RULES, now, EVERYBODY) == 0


def test_what_closed_meanwhile_is_not_told_and_what_opens_later_waits(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        wanting(db, now)
        published(db, now).state = "called_off"  # type: ignore[assignment]  # the enumeration's own word
        full = published(db, now)
        full.taken = full.seats
        published(db, now, apply_from=date(2026, 11, 25))
        db.commit()
        assert plan_digests(db, RULES, now, EVERYBODY) == 0
        assert plan_digests(db, RULES, now + timedelta(days=2), EVERYBODY) == 1


def test_a_child_hears_nothing_until_the_guardian_agrees(database: Database, now: datetime) -> None:
    with database.session() as db:
        child = wanting(db, now, born=CHILD, level=Level.MIDDLE, guardian_agreed=True)
        published(db, now)
        consent = consent_in_force(child)
        assert consent is not None
        consent.withdrawn_at = now
        db.commit()
        assert plan_digests(db, RULES, now, EVERYBODY) == 0
        child.guardian_consents.append(GuardianConsent(text_version="1", channel="web", given_at=now))
        db.commit()
        assert plan_digests(db, RULES, now, EVERYBODY) == 1


@pytest.mark.parametrize(
    ("least", "most", "expected"), [(None, None, 1), (16, 16, 1), (17, None, 0), (None, 15, 0)]
)
def test_who_has_the_wrong_age_is_left_out_for_good(
    database: Database, now: datetime, least: int | None, most: int | None, expected: int
) -> None:
    with database.session() as db:
        wanting(db, now)
        program = published(db, now).program
        program.age_min, program.age_max = least, most
        db.commit()
        assert plan_digests(db, RULES, now, EVERYBODY) == expected
        assert len(db.scalars(select(Recommendation)).all()) == expected


def test_the_persons_own_quiet_hours_hold_it_back(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = wanting(db, now)
        published(db, now)
        own = Rules(quiet_from=datetime.min.time().replace(hour=15))
        db.commit()
        assert plan_digests(db, own, now, EVERYBODY) == 1
        (alert,) = planned(db)
        assert alert.member_id == member.id
        assert alert.due_at == (now + timedelta(days=1)).replace(hour=8, minute=0)


def test_no_more_are_written_than_asked_for_and_the_next_call_goes_on(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        for _ in range(5):
            wanting(db, now)
        published(db, now)
        db.commit()
        assert [plan_digests(db, RULES, now, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_more_members_than_a_batch_holds_all_get_theirs(database: Database, now: datetime) -> None:
    with database.session() as db:
        for _ in range(AT_ONCE + 3):
            wanting(db, now)
        published(db, now)
        db.commit()
        assert plan_digests(db, RULES, now, 10 * AT_ONCE) == AT_ONCE + 3


def test_two_workers_at_once_write_one_message_each_member(database: Database, now: datetime) -> None:
    with database.session() as db:
        for _ in range(40):
            wanting(db, now)
        published(db, now)
        db.commit()
    start, done = threading.Barrier(2), []

    def work() -> None:
        with database.session() as db:
            start.wait()
            done.append(plan_digests(db, RULES, now, EVERYBODY))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as db:
        assert len(done) == 2
        assert sum(done) == len(planned(db)) == 40


def test_a_worker_leaves_alone_whom_another_one_is_at(postgres_address: str, now: datetime) -> None:
    """Also where it sees more than the other one saw, which would make it an alert of another number."""
    database, seen = Database(postgres_address), []

    def meanwhile(_: Session) -> None:
        with database.session() as db:
            of_club(db, now)
            db.commit()
            seen.append(plan_digests(db, RULES, now, EVERYBODY))

    with database.session() as db:
        wanting(db, now)
        published(db, now)
        db.commit()
        listen(db, "before_commit", meanwhile, once=True)
        assert plan_digests(db, RULES, now, EVERYBODY) == 1
        assert seen == [0]
        assert plan_digests(db, RULES, now, EVERYBODY) == 0
        assert [alert.kind for alert in planned(db)] == [10]
    database.close()


# --- writing


def test_the_card_names_the_best_in_full_and_the_others_in_a_line(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = wanting(db, now)
        host = make_host(db)
        follow(db, member, host, now)
        other = published(db, now, title="숲 가꾸기")
        best = published(db, now, title="하천 쓰레기 줍기", host=host)
        make_session(db, program=best.program, starts_on=date(2026, 12, 12), seats=5)
        db.commit()
        plan_digests(db, RULES, now, EVERYBODY)
        card = card_for(db, now).card
    assert card.title == "(기관) 신규 봉사활동 프로그램 안내 및 챗봇 서비스"
    assert card.facts == (
        ("활동", "하천 쓰레기 줍기"),
        ("기관", "천안청소년수련관"),
        ("지역", "충남 천안시"),
        ("기간", "12월 5일(토)–12일(토)"),
        ("시간", "2시간 인정"),
        ("자리", "15자리 남음"),
        ("왜 골랐나요", "팔로우한 천안청소년수련관 · 관심 분야 환경·생태계보호"),
    )
    assert (card.page, card.record) == ("programme_detail", str(best.id))
    line = "충남 천안시 · 12월 5일(토) · 관심 분야 환경·생태계보호"
    assert card.more == (("숲 가꾸기", line, "programme_detail", str(other.id)),)


def test_it_says_that_it_is_advertising_from_whom_and_how_to_end_it(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        wanting(db, now)
        published(db, now)
        db.commit()
        plan_digests(db, RULES, now, EVERYBODY)
        said = card_for(db, now, Rules(operator_phone="02-000-0000"))
    assert said.card.text.startswith("(광고) 두볼(보람)이 새 봉사를 골라 봤어요.")
    assert "알림 꺼줘 (봉사 추천만)" in said.card.text
    assert "02-000-0000" in said.card.text
    assert said.short.startswith("(광고)두볼(보람)")
    ((label, action, data),) = said.card.presses
    assert (label, action) == ("추천 그만 받기", "notification_settings")
    assert json.loads(data) == {"kinds": "10,11", "channels": ",".join(CHANNELS), "on": False}


def test_a_club_is_named_and_a_day_the_member_has_is_shown(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = wanting(db, now)
        member.free_days, member.interests = 1 << 6, []
        program = of_club(db, now)
        sunday = make_session(db, program=program, starts_on=date(2026, 12, 6))
        match(db, program, RULES, now)
        db.commit()
        plan_digests(db, RULES, now, EVERYBODY)
        card = card_for(db, now).card
    assert card.title == "(동아리) 신규 봉사활동 프로그램 안내 및 챗봇 서비스"
    assert card.record == str(sunday.id)
    assert ("동아리", "푸른지구동아리") in card.facts
    assert card.facts[-1] == ("왜 골랐나요", "우리 동네 천안시 · 시간 되는 일요일")


def test_no_more_are_named_than_the_rules_say(database: Database, now: datetime) -> None:
    with database.session() as db:
        wanting(db, now)
        for _ in range(7):
            published(db, now)
        db.commit()
        plan_digests(db, RULES, now, EVERYBODY)
        assert len(card_for(db, now).card.more) == RULES.digest_most - 1
        assert len(card_for(db, now, Rules(digest_most=2)).card.more) == 1


def test_what_closed_or_was_applied_for_since_is_not_named(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = wanting(db, now)
        full, applied, left = (published(db, now) for _ in range(3))
        db.commit()
        plan_digests(db, RULES, now, EVERYBODY)
        full.taken = full.seats
        make_application(db, member, applied)
        db.commit()
        card = card_for(db, now).card
        assert (card.record, card.more) == (str(left.id), ())
        left.taken = left.seats
        db.commit()
        assert write(db, now) == Dropped("nothing open any more")


def test_a_guardian_who_takes_the_consent_back_stops_what_is_on_its_way(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        child = wanting(db, now, born=CHILD, level=Level.MIDDLE, guardian_agreed=True)
        published(db, now)
        db.commit()
        plan_digests(db, RULES, now, EVERYBODY)
        child.guardian_consents[0].withdrawn_at = now
        db.commit()
        assert write(db, now) == Dropped("may not be told")


def test_one_that_is_sent_anew_says_the_same(database: Database, now: datetime) -> None:
    with database.session() as db:
        wanting(db, now)
        published(db, now)
        db.commit()
        plan_digests(db, RULES, now, EVERYBODY)
        (alert,) = planned(db)
        first = card_for(db, now)
        alert.round = 2
        db.commit()
        assert card_for(db, now) == first
        assert first.until == datetime.fromisoformat("2026-12-04T23:59:00+09:00")
