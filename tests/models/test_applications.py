"""Applying and cancelling: what the rules allow, and that two people at once break none of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import applications
from models.applications import Application, ApplicationState
from models.database import Database
from models.members import GuardianConsent, Level, Member
from models.programs import ProgramSession, SessionState
from models.refusals import Reason, Refused
from models.rules import Rules, RuleSetting, load_rules
from tests.conftest import MONDAY
from tests.world import make_member, make_session

RULES = Rules()
SATURDAY = date(2026, 11, 28)


def applied(db: Session, member: Member, session: ProgramSession, rules: Rules = RULES) -> Application:
    application = applications.apply(db, member, session, rules, MONDAY)
    db.commit()
    return application


def refusal(call: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.reason


def test_applying_takes_a_seat_and_writes_history(database: Database) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db, seats=3)
        application = applied(db, member, session)
        assert application.state is ApplicationState.APPLIED
        assert session.taken == 1
        assert [(step.version, step.state) for step in application.history] == [(1, ApplicationState.APPLIED)]


def test_a_full_session_means_the_waiting_list_in_order(database: Database) -> None:
    with database.session() as db:
        session = make_session(db, seats=1)
        applied(db, make_member(db), session)
        second = applied(db, make_member(db), session)
        third = applied(db, make_member(db), session)
        assert [a.state for a in (second, third)] == [ApplicationState.WAITLISTED] * 2
        assert [applications.waiting_position(db, a) for a in (second, third)] == [1, 2]
        assert session.taken == 1


def test_without_a_waiting_list_a_full_session_is_refused(database: Database) -> None:
    rules = Rules(waitlist_enabled=False)
    with database.session() as db:
        session = make_session(db, seats=1)
        applied(db, make_member(db), session)
        assert refusal(lambda: applied(db, make_member(db), session, rules)) is Reason.FULL


def test_the_same_session_cannot_be_applied_for_twice(database: Database) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db)
        applied(db, member, session)
        assert refusal(lambda: applied(db, member, session)) is Reason.ALREADY_APPLIED
        assert session.taken == 1


def test_after_cancelling_the_same_session_can_be_applied_for_again(database: Database) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db, starts_on=SATURDAY)
        first = applied(db, member, session)
        assert applications.cancel(db, first, member, RULES, MONDAY)
        db.commit()
        assert session.taken == 0
        assert applied(db, member, session).id != first.id


def test_cancelling_twice_changes_one_thing(database: Database) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db, starts_on=SATURDAY)
        application = applied(db, member, session)
        assert applications.cancel(db, application, member, RULES, MONDAY) is True
        assert applications.cancel(db, application, member, RULES, MONDAY) is False
        db.commit()
        assert session.taken == 0
        assert [step.state for step in application.history] == [
            ApplicationState.APPLIED,
            ApplicationState.CANCELLED_BY_USER,
        ]


def test_nobody_cancels_for_somebody_else(database: Database) -> None:
    with database.session() as db:
        session = make_session(db, starts_on=SATURDAY)
        application = applied(db, make_member(db), session)
        stranger = make_member(db)
        assert (
            refusal(lambda: applications.cancel(db, application, stranger, RULES, MONDAY)) is Reason.NOT_YOURS
        )


def test_activities_at_the_same_time_exclude_each_other(database: Database) -> None:
    with database.session() as db:
        member = make_member(db)
        morning = make_session(db, starts_on=SATURDAY, begins_at=time(9), ends_at=time(12), hours=3)
        crossing = make_session(db, starts_on=SATURDAY, begins_at=time(11), ends_at=time(13), hours=2)
        after = make_session(db, starts_on=SATURDAY, begins_at=time(12), ends_at=time(14), hours=2)
        applied(db, member, morning)
        assert refusal(lambda: applied(db, member, crossing)) is Reason.OVERLAPPING
        assert applied(db, member, after).state is ApplicationState.APPLIED


def test_a_day_holds_eight_hours_and_says_how_many_still_count(database: Database) -> None:
    with database.session() as db:
        member = make_member(db)
        six, four, one = (
            make_session(db, starts_on=SATURDAY, hours=hours, begins_at=None, ends_at=None)
            for hours in (6, 4, 1)
        )
        applied(db, member, six)
        assert applications.check_apply(db, member, four, RULES, MONDAY).recognised_hours == 2
        applied(db, member, four)
        assert refusal(lambda: applied(db, member, one)) is Reason.DAY_IS_FULL


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (date(2018, 11, 29), Reason.TOO_YOUNG),  # eight on the day
        (date(2001, 11, 28), Reason.TOO_OLD),  # twenty-five on the day
        (date(2013, 5, 1), Reason.GUARDIAN_CONSENT),  # thirteen, nobody agreed
    ],
)
def test_age_is_checked_on_the_day_of_the_activity(database: Database, born: date, expected: Reason) -> None:
    with database.session() as db:
        member, session = make_member(db, born=born, level=None), make_session(db, starts_on=SATURDAY)
        assert refusal(lambda: applied(db, member, session)) is expected


def test_a_guardians_consent_opens_the_way_until_it_is_withdrawn(database: Database) -> None:
    with database.session() as db:
        member, session = make_member(db, born=date(2013, 5, 1)), make_session(db, starts_on=SATURDAY)
        consent = GuardianConsent(text_version="1", channel="web", given_at=MONDAY)
        member.guardian_consents.append(consent)
        db.flush()
        applications.check_apply(db, member, session, RULES, MONDAY)
        consent.withdrawn_at = MONDAY
        assert refusal(lambda: applied(db, member, session)) is Reason.GUARDIAN_CONSENT


def test_a_programme_for_another_school_level_is_refused_by_name(database: Database) -> None:
    with database.session() as db:
        member, session = (
            make_member(db, level=Level.HIGH),
            make_session(db, levels=Level.ELEMENTARY | Level.MIDDLE),
        )
        with pytest.raises(Refused) as caught:
            applied(db, member, session)
        assert caught.value.words == "이 활동은 초·중학생 친구들만 신청할 수 있어요."


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"apply_from": date(2026, 11, 24)}, Reason.NOT_OPEN_YET),
        ({"apply_until": date(2026, 11, 22)}, Reason.CLOSED),
        ({"starts_on": date(2026, 11, 22)}, Reason.CLOSED),
    ],
)
def test_open_is_computed_from_dates(database: Database, changes: dict[str, date], expected: Reason) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db, **changes)  # type: ignore[arg-type]  # dates only
        assert refusal(lambda: applied(db, member, session)) is expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [(SessionState.CALLED_OFF, Reason.CALLED_OFF), (SessionState.COMPLETED, Reason.CLOSED)],
)
def test_what_does_not_take_place_cannot_be_applied_for(
    database: Database, state: SessionState, expected: Reason
) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db)
        session.state = state
        db.flush()
        assert refusal(lambda: applied(db, member, session)) is expected


def test_cancelling_ends_the_day_before_at_six(database: Database) -> None:
    friday_six = datetime(2026, 11, 27, 18, 0, tzinfo=MONDAY.tzinfo)
    with database.session() as db:
        member, session = make_member(db), make_session(db, starts_on=SATURDAY)
        application = applied(db, member, session)
        application.check_cancel(RULES, friday_six)
        with pytest.raises(Refused) as caught:
            application.check_cancel(RULES, friday_six + timedelta(minutes=1))
        assert caught.value.words == "취소 마감(11월 27일 18시)이 지났어요. 기관에 바로 전화해 주세요."


@pytest.mark.parametrize(("switch", "allowed"), [("host_contact", False), ("allowed", True)])
def test_what_was_approved_is_the_hosts_to_cancel_unless_the_rule_allows(
    database: Database, switch: str, allowed: bool
) -> None:
    with database.session() as db:
        db.add(RuleSetting(name="cancel_after_approval", value=switch, changed_at=MONDAY, changed_by="test"))
        member, session = make_member(db), make_session(db, starts_on=SATURDAY)
        application = applied(db, member, session)
        application.move(db, ApplicationState.APPROVED, by="host", now=MONDAY)
        db.flush()
        rules = load_rules(db)
        if allowed:
            application.check_cancel(rules, MONDAY)
        else:
            assert refusal(lambda: application.check_cancel(rules, MONDAY)) is Reason.ASK_HOST


def test_a_freed_seat_goes_to_the_first_in_line_when_the_rule_says_so(database: Database) -> None:
    rules = Rules(waitlist_auto_promotion=True)
    with database.session() as db:
        member, session = make_member(db), make_session(db, seats=1, starts_on=SATURDAY)
        seated = applied(db, member, session)
        waiting = [applied(db, make_member(db), session) for _ in range(2)]
        applications.cancel(db, seated, member, rules, MONDAY)
        db.commit()
        assert [a.state for a in waiting] == [ApplicationState.APPROVED, ApplicationState.WAITLISTED]
        assert session.taken == 1


def test_an_absence_blocks_for_as_long_as_the_rule_says(database: Database) -> None:
    with database.session() as db:
        member, session = (
            make_member(db),
            make_session(db, starts_on=date(2026, 11, 23), apply_until=date(2026, 11, 23)),
        )
        application = applied(db, member, session)
        application.move(db, ApplicationState.ABSENT, by="host", now=MONDAY)
        db.flush()
        later = make_session(db, starts_on=SATURDAY)
        applications.check_apply(db, member, later, RULES, MONDAY)
        assert (
            refusal(lambda: applied(db, member, later, Rules(no_show_block=3)))
            is Reason.BLOCKED_AFTER_ABSENCE
        )


def test_forty_people_at_once_never_take_more_seats_than_there_are(database: Database) -> None:
    with database.session() as db:
        session_id = make_session(db, seats=5).id
        members = [make_member(db).id for _ in range(40)]
        db.commit()

    def apply_one(member_id: int) -> ApplicationState:
        with database.session() as db:
            member, session = db.get_one(Member, member_id), db.get_one(ProgramSession, session_id)
            return applied(db, member, session).state

    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(apply_one, members))
    assert states.count(ApplicationState.APPLIED) == 5
    assert states.count(ApplicationState.WAITLISTED) == 35
    with database.session() as db:
        assert db.get_one(ProgramSession, session_id).taken == 5


def test_one_person_pressing_ten_times_at_once_applies_once(database: Database) -> None:
    with database.session() as db:
        member_id, session_id = make_member(db).id, make_session(db, seats=5).id
        db.commit()

    def press(_: int) -> str:
        with database.session() as db:
            try:
                applied(db, db.get_one(Member, member_id), db.get_one(ProgramSession, session_id))
            except Refused as refused:
                return refused.reason.value
            return "applied"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(press, range(10)))
    assert sorted(outcomes) == ["already_applied"] * 9 + ["applied"]
    with database.session() as db:
        assert len(db.scalars(select(Application)).all()) == 1
        assert db.get_one(ProgramSession, session_id).taken == 1


def test_one_person_cannot_slip_into_two_crossing_activities_at_once(database: Database) -> None:
    with database.session() as db:
        member_id = make_member(db).id
        sessions = [
            make_session(db, starts_on=SATURDAY, begins_at=time(9), ends_at=time(12)).id for _ in range(6)
        ]
        db.commit()

    def press(session_id: int) -> bool:
        with database.session() as db:
            try:
                applied(db, db.get_one(Member, member_id), db.get_one(ProgramSession, session_id))
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(press, sessions)) == 1
