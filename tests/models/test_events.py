"""Every change that an alert listens to leaves one event, in the transaction of the change."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.applications import (
    Application,
    ApplicationState,
    applications_of,
    apply,
    cancel,
    promote_next,
)
from models.certificates import CertificateType, issue
from models.consents import set_dovol_side
from models.database import Database
from models.events import Event, EventKind
from models.hours import RecordState, mark_absent, mark_attended, record_of, total_hours
from models.importing.rows import Reading
from models.importing.run import run
from models.members import Member
from models.profiles import update_profile
from models.programs import Program, ProgramSession, SessionState
from models.refusals import Reason, Refused
from models.rules import Rules
from models.seed.samples import import_samples
from models.sessions import CALLED_OFF_WORDS, call_off
from models.talents import OfferState, TalentMatch, approve_match, file_offer, match_offer, withdraw_offer
from tests.models.rows import detail_row, dovol_row, read_1365, read_dovol
from tests.world import make_application, make_host, make_member, make_record, make_session

RULES = Rules()
NEWLY_OPEN = {"aplyPsbltyBgngYmd": "20261120"}


def events(db: Session, kind: EventKind | None = None) -> list[Event]:
    found = db.scalars(select(Event).order_by(Event.id)).all()
    return [event for event in found if kind in (None, event.kind)]


def told(db: Session, kind: EventKind | None = None) -> list[tuple[str, int, dict[str, Any]]]:
    return [(event.object, event.version, event.data) for event in events(db, kind)]


def bring_in(database: Database, readings: list[Reading], now: datetime, **more: Any) -> None:
    run(database, readings, now, **more)


def test_applying_and_cancelling_are_told_each_with_its_version(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        application = apply(db, member, make_session(db), RULES, now)
        cancel(db, application, member, RULES, now)
        db.commit()
        name = f"application:{application.id}"
        assert told(db) == [
            (name, 1, {"state": "applied", "by": "member"}),
            (name, 2, {"state": "cancelled_by_user", "by": "member"}),
        ]
        assert {event.member_id for event in events(db)} == {member.id}
        assert cancel(db, application, member, RULES, now) is False
        assert len(events(db)) == 2


def test_a_change_that_is_rolled_back_was_never_told(database: Database, now: datetime) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db)
        db.commit()
        apply(db, member, session, RULES, now)
        db.rollback()
        assert events(db) == []


def test_a_free_seat_goes_to_the_first_waiting_who_is_told(database: Database, now: datetime) -> None:
    rules = Rules(waitlist_auto_promotion=True)
    with database.session() as db:
        session = make_session(db, seats=1)
        first, second = make_member(db), make_member(db)
        leaving, waiting = (apply(db, each, session, rules, now) for each in (first, second))
        cancel(db, leaving, first, rules, now)
        db.commit()
        assert told(db)[-1] == (f"application:{waiting.id}", 2, {"state": "approved", "by": "system"})
        assert [(step.version, step.state) for step in waiting.history] == [
            (1, ApplicationState.WAITLISTED),
            (2, ApplicationState.APPROVED),
        ]
        assert session.taken == 1


def test_nobody_is_promoted_where_no_seat_is_free(database: Database, now: datetime) -> None:
    with database.session() as db:
        session = make_session(db, seats=1, taken=1)
        waiting = make_application(db, make_member(db), session, ApplicationState.WAITLISTED)
        assert promote_next(db, session.id, RULES, now) is None
        assert (waiting.state, waiting.version, events(db)) == (ApplicationState.WAITLISTED, 1, [])


def test_a_profile_change_tells_the_fields_and_no_value(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        for _ in range(2):  # the second changes nothing
            update_profile(db, member, {"school": "보람중학교", "phone": "010-0000-9876"}, now)
        db.commit()
        ((name, version, data),) = told(db)
        assert name.startswith("profile_change:")
        assert (version, data) == (1, {"fields": ["school", "phone"]})


def test_a_filed_talent_is_told_once(database: Database, now: datetime) -> None:
    offer = {"talent": "기타", "when": "주말", "where": "천안"}
    with database.session() as db:
        member = make_member(db)
        filed = [file_offer(db, member, **offer, rules=RULES, now=now) for _ in range(2)]
        db.commit()
        assert told(db) == [(f"talent_offer:{filed[0].id}", 1, {})]


def test_an_approved_match_is_told_once(database: Database, now: datetime) -> None:
    with database.session() as db:
        member, host = make_member(db), make_host(db)
        offer = file_offer(db, member, talent="기타", when="주말", where="천안", rules=RULES, now=now)
        assert [match_offer(db, offer, host, None, now) for _ in range(2)] == [True, False]
        assert offer.state is OfferState.MATCHED
        (match,) = offer.matches
        assert [approve_match(db, match, now) for _ in range(2)] == [True, False]
        db.commit()
        assert (offer.state, match.approved_at) == (OfferState.APPROVED, now)
        assert told(db, EventKind.TALENT_APPROVED) == [(f"talent_match:{match.id}", 1, {})]


def test_a_withdrawn_offer_is_neither_matched_nor_approved(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        offer = file_offer(db, member, talent="기타", when="주말", where="천안", rules=RULES, now=now)
        match_offer(db, offer, make_host(db), None, now)
        withdraw_offer(db, offer, member)
        assert match_offer(db, offer, make_host(db), None, now) is False
        assert approve_match(db, db.scalars(select(TalentMatch)).one(), now) is False
        assert told(db, EventKind.TALENT_APPROVED) == []


def test_a_certificate_is_told_when_it_is_new_and_not_when_it_is_given_again(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        member = make_member(db)
        make_record(db, member)
        first, again = (issue(db, member, CertificateType.HISTORY, now=now) for _ in range(2))
        db.commit()
        assert first is again
        assert told(db) == [(f"certificate:{first.id}", 1, {})]


def test_a_consent_is_told_each_time_it_changes(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        for agreed in (True, True, False):
            set_dovol_side(db, member, agreed=agreed, rules=RULES, via="chat", now=now)
        db.commit()
        name = f"consent_1365:{member.id}"
        assert told(db) == [(name, 1, {"agreed": True}), (name, 2, {"agreed": False})]


def test_hours_are_entered_once_and_can_be_corrected(database: Database, now: datetime) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db, starts_on=date(2026, 11, 21))
        application = make_application(db, member, session, ApplicationState.APPROVED)
        assert [mark_attended(db, application, hours, RULES, now) for hours in (2, 2, 3)] == [
            True,
            False,
            True,
        ]
        db.commit()
        record = record_of(db, application)
        assert record is not None
        assert (record.hours, record.state, record.credited_at) == (3, RecordState.CREDITED, now)
        assert (record.title, record.host_name) == ("하천 쓰레기 줍기", "천안청소년수련관")
        assert told(db) == [(f"application:{application.id}", 2, {"state": "attended", "by": "host"})]


def test_no_more_hours_are_credited_than_a_day_allows(database: Database, now: datetime) -> None:
    with database.session() as db:
        member, day = make_member(db), date(2026, 11, 21)
        make_record(db, member, served_on=day, hours=5)
        both = [
            make_application(db, member, make_session(db, starts_on=day), ApplicationState.APPROVED)
            for _ in range(2)
        ]
        for application in both:
            mark_attended(db, application, 4, RULES, now)
        records = [record_of(db, application) for application in both]
        assert [(each.hours, each.state) for each in records if each] == [
            (3, RecordState.CREDITED),
            (0, RecordState.NOT_CREDITED),
        ]
        assert total_hours(db, member) == 8


def test_an_absence_takes_hours_back_and_can_be_taken_back(database: Database, now: datetime) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db, starts_on=date(2026, 11, 21))
        application = make_application(db, member, session, ApplicationState.APPROVED)
        mark_attended(db, application, 2, RULES, now)
        assert [mark_absent(db, application, now) for _ in range(2)] == [True, False]
        assert total_hours(db, member) == 0
        assert mark_attended(db, application, 2, RULES, now) is True
        assert (total_hours(db, member), session.taken) == (2, 1)
        assert [data["state"] for _, _, data in told(db)] == ["attended", "absent", "attended"]


def test_calling_off_ends_every_live_application(database: Database, now: datetime) -> None:
    with database.session() as db:
        session = make_session(db, seats=2)
        live = [
            make_application(db, make_member(db), session, state)
            for state in (
                ApplicationState.APPLIED,
                ApplicationState.APPROVED,
                ApplicationState.WAITLISTED,
            )
        ]
        over = make_application(db, make_member(db), session, ApplicationState.CANCELLED_BY_USER)
        assert [call_off(db, session, "비가 많이 와서 취소됐어요.", now) for _ in range(2)] == [True, False]
        db.commit()
        assert {(each.state, each.reason) for each in live} == {
            (ApplicationState.CANCELLED_BY_HOST, "비가 많이 와서 취소됐어요.")
        }
        assert (over.version, session.taken, session.state) == (1, 0, SessionState.CALLED_OFF)
        assert told(db) == [
            (f"application:{each.id}", 2, {"state": "cancelled_by_host", "by": "host"}) for each in live
        ]


def test_nobody_applies_for_what_was_called_off_meanwhile(database: Database, now: datetime) -> None:
    with database.session() as db, database.session() as other:
        member, session = make_member(db), make_session(db)
        db.commit()
        theirs = other.get(ProgramSession, session.id)
        assert theirs is not None
        call_off(other, theirs, "", now)
        other.commit()
        with pytest.raises(Refused) as refused:
            apply(db, member, session, RULES, now)
        assert refused.value.reason is Reason.CALLED_OFF


def applied_for_imported(database: Database, now: datetime) -> int:
    with database.session() as db:
        member, session = make_member(db), db.scalars(select(ProgramSession)).one()
        application = apply(db, member, session, RULES, now)
        db.commit()
        return application.id


def test_an_import_that_calls_a_session_off_tells_who_applied(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(dovol_row()), now)
    number = applied_for_imported(database, now)
    for _ in range(2):
        bring_in(database, read_dovol(dovol_row(vlntwkSttsSeNm="활동취소")), now)
    with database.session() as db:
        application = db.get_one(Application, number)
        assert (application.state, application.reason) == (
            ApplicationState.CANCELLED_BY_HOST,
            CALLED_OFF_WORDS,
        )
        assert told(db)[1:] == [(f"application:{number}", 2, {"state": "cancelled_by_host", "by": "host"})]


def test_an_import_in_which_a_session_is_missing_tells_who_applied(database: Database, now: datetime) -> None:
    bring_in(database, read_1365(detail_row()), now)
    with database.session() as db:
        saturday = next(
            each for each in db.scalars(select(ProgramSession)) if each.starts_on == date(2026, 12, 12)
        )
        application = apply(db, make_member(db), saturday, RULES, now)
        db.commit()
    bring_in(database, read_1365(detail_row(actWkdy="0000001")), now)
    with database.session() as db:
        assert db.get_one(Application, application.id).state is ApplicationState.CANCELLED_BY_HOST
        assert told(db)[-1][2] == {"state": "cancelled_by_host", "by": "host"}
        assert db.get_one(ProgramSession, saturday.id).state is SessionState.CALLED_OFF


def test_an_import_that_moves_a_session_tells_where_it_was(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(dovol_row(actcn="10:00~12:00 쓰레기 줍기")), now)
    applied_for_imported(database, now)
    moved = dovol_row(actcn="10:00~12:00 쓰레기 줍기", actvBgngYmd="20261212", actvEndYmd="20261212")
    for _ in range(2):
        bring_in(database, read_dovol(moved), now)
    with database.session() as db:
        session = db.scalars(select(ProgramSession)).one()
        before = {"day": "2026-12-05", "time": "10:00", "place": "망원한강공원"}
        assert told(db, EventKind.SESSION_MOVED) == [
            (f"session:{session.id}", int(now.timestamp()), {"before": before})
        ]
        assert events(db)[-1].member_id is None


def test_a_change_of_words_is_no_move(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(dovol_row()), now)
    applied_for_imported(database, now)
    bring_in(database, read_dovol(dovol_row(refMttr="집게 지참", rcrtNope=12)), now)
    with database.session() as db:
        assert told(db, EventKind.SESSION_MOVED) == []


def test_nobody_hears_of_a_move_that_nobody_applied_for(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(dovol_row()), now)
    bring_in(database, read_dovol(dovol_row(actvPlcCn="월드컵공원")), now)
    with database.session() as db:
        assert events(db) == []


def another(number: int, **other: Any) -> dict[str, Any]:
    names = {"prgrmNo": f"PPG020001261102-9100000{number}", "prgrmNm": f"새 활동 {number}"}
    return dovol_row(**{**names, **NEWLY_OPEN, **other})


def test_the_first_import_of_a_source_is_no_news(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(*(another(number) for number in range(5))), now)
    with database.session() as db:
        assert events(db) == []


def test_a_programme_that_a_later_import_brings_is_news_once(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(another(1)), now)
    for _ in range(2):
        bring_in(database, read_dovol(another(1), another(2)), now)
    with database.session() as db:
        program = db.scalars(select(Program).where(Program.title == "새 활동 2")).one()
        assert told(db) == [(f"program:{program.id}", 1, {})]


def test_a_corrected_title_is_no_new_programme(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(another(1)), now)
    bring_in(database, read_dovol(another(1, prgrmNm="고친 이름")), now)
    with database.session() as db:
        assert events(db) == []


@pytest.mark.parametrize(
    "other",
    [
        {"aplyPsbltyBgngYmd": "20261101"},
        {"aplyPsbltyEndYmd": "20261122"},
        {"vlntwkSttsSeNm": "활동취소"},
        {"rcrtNope": 0},
    ],
    ids=["open for weeks", "closed", "called off", "no seats"],
)
def test_what_is_old_or_cannot_be_applied_for_is_no_news(
    database: Database, now: datetime, other: dict[str, Any]
) -> None:
    bring_in(database, read_dovol(another(1)), now)
    bring_in(database, read_dovol(another(2, **other)), now)
    with database.session() as db:
        assert events(db) == []


def test_samples_are_no_news_even_where_the_source_is_known(database: Database, now: datetime) -> None:
    bring_in(database, read_dovol(another(1)), now)
    import_samples(database, now)
    with database.session() as db:
        assert events(db) == []


def test_what_was_read_with_all_that_belongs_to_it_can_be_changed(database: Database, now: datetime) -> None:
    """PostgreSQL locks no row that may be missing from a join."""
    with database.session() as db:
        member = make_member(db)
        make_application(db, member, make_session(db))
        make_application(
            db, member, make_session(db, starts_on=date(2026, 11, 21)), ApplicationState.APPROVED
        )
        db.commit()
        db.expunge_all()
        done, coming = applications_of(db, db.get_one(Member, member.id))
        assert mark_attended(db, done, 2, RULES, now) is True
        assert cancel(db, coming, coming.member, RULES, now) is True
        db.commit()
        assert [data["state"] for _, _, data in told(db)] == ["attended", "cancelled_by_user"]
