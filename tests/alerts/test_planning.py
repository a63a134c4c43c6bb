"""From what happened to who is told: each kind of event, once, at a time the person may be disturbed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from alerts.kinds import KINDS
from alerts.planning import plan
from models.alert_settings import set_alerts, set_quiet_hours
from models.applications import ApplicationState
from models.certificates import CertificateType, issue
from models.consents import set_dovol_side
from models.database import Database
from models.events import Event, EventKind, claim_events, record_event
from models.hosts import Leader
from models.hours import mark_absent, mark_attended
from models.members import Member
from models.outbox import DELIVER, Alert
from models.profiles import ProfileChange, update_profile
from models.recommendations import Recommendation
from models.rules import Rules
from models.sessions import Whereabouts, tell_if_moved
from models.talents import TalentMatch, approve_match, file_offer, match_offer
from tests.world import NOW, make_application, make_host, make_member, make_record, make_session

RULES = Rules()
S = ApplicationState
NIGHT = NOW.replace(hour=22)
MORNING = NOW.replace(hour=8) + timedelta(days=1)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


def planned(db: Session, now: datetime = NOW) -> list[Alert]:
    """Plan everything; return the alerts there are."""
    db.commit()
    while plan(db, now):
        pass
    return list(db.scalars(select(Alert).order_by(Alert.id)))


def told(db: Session, now: datetime = NOW) -> list[tuple[int, str, str]]:
    return [(alert.kind, alert.recipient, alert.object) for alert in planned(db, now)]


def changed(db: Session, member: Member, state: str = "approved", by: str = "host", version: int = 2) -> str:
    """Record that an application of the member changed; return its name."""
    application = make_application(db, member, make_session(db), S(state))
    name, data = f"application:{application.id}", {"state": state, "by": by}
    record_event(db, EventKind.APPLICATION_CHANGED, name, version, member_id=member.id, data=data, now=NOW)
    return name


# --- each kind of event


def test_a_changed_profile_is_told_to_the_member_at_once(db: Session) -> None:
    member = make_member(db)
    update_profile(db, member, {"phone": "010-0000-9876"}, NOW)
    change = db.scalars(select(ProfileChange)).one()
    (alert,) = planned(db)
    assert (alert.kind, alert.recipient, alert.member_id) == (1, f"member:{member.id}", member.id)
    assert (alert.object, alert.version, alert.at_once) == (f"profile_change:{change.id}", 1, True)
    assert (alert.due_at, alert.deadline) == (NOW, NOW + KINDS[1].worth)
    assert alert.event_id == db.scalars(select(Event.id)).one()


@pytest.mark.parametrize(
    ("born", "agreed", "phone", "recipients"),
    [
        (date(2014, 1, 1), True, "010-0000-9999", 2),
        (date(2014, 1, 1), True, None, 1),
        (date(2014, 1, 1), False, "010-0000-9999", 1),
        (date(2010, 1, 1), True, "010-0000-9999", 1),
    ],
    ids=["child", "guardian without a number", "guardian who has not agreed", "older"],
)
def test_of_a_childs_changed_profile_the_guardian_is_told_too(
    db: Session, born: date, agreed: bool, phone: str | None, recipients: int
) -> None:
    child = make_member(db, born=born, guardian_agreed=agreed)
    child.guardian_phone = phone
    update_profile(db, child, {"phone": "010-0000-9876"}, NOW)
    assert [alert.recipient for alert in planned(db)] == [
        f"member:{child.id}",
        f"guardian:{child.id}",
    ][:recipients]


def test_an_offered_talent_is_confirmed(db: Session) -> None:
    member = make_member(db)
    offer = file_offer(db, member, talent="기타", when="주말", where="천안", rules=RULES, now=NOW)
    assert told(db) == [(2, f"member:{member.id}", f"talent_offer:{offer.id}")]


def test_an_approved_talent_is_told_to_the_young_person_and_the_institutions_leaders(db: Session) -> None:
    member, leader, stranger = make_member(db), make_member(db), make_member(db)
    host = make_host(db)
    for each, at in ((leader, host), (member, host), (stranger, make_host(db, "다른 곳"))):
        db.add(Leader(member_id=each.id, host_id=at.id))
    offer = file_offer(db, member, talent="기타", when="주말", where="천안", rules=RULES, now=NOW)
    match_offer(db, offer, host, None, NOW)
    match = db.scalars(select(TalentMatch)).one()
    approve_match(db, match, NOW)
    name = f"talent_match:{match.id}"
    assert told(db)[1:] == [(3, f"member:{member.id}", name), (3, f"member:{leader.id}", name)]


@pytest.mark.parametrize(
    ("state", "kind"),
    [(state, 7 if state is S.ABSENT else 4) for state in S if state is not S.ATTENDED],
)
def test_an_application_that_changed_is_told_under_its_kind(db: Session, state: S, kind: int) -> None:
    member = make_member(db)
    name = changed(db, member, state)
    assert told(db) == [(kind, f"member:{member.id}", name)]


def test_that_somebody_came_is_no_alert(db: Session) -> None:
    application = make_application(db, make_member(db), make_session(db), S.APPROVED)
    mark_attended(db, application, 2, RULES, NOW)
    assert told(db) == []


def test_an_absence_is_told_under_its_own_kind_with_the_version_of_that_state(db: Session) -> None:
    application = make_application(db, make_member(db), make_session(db), S.APPROVED)
    mark_absent(db, application, NOW)
    (alert,) = planned(db)
    assert (alert.kind, alert.version) == (7, application.version)


def test_a_session_that_moved_is_told_to_all_who_are_still_coming(db: Session) -> None:
    session = make_session(db)
    people = {state: make_member(db) for state in S}
    for state, member in people.items():
        make_application(db, member, session, state)
    before = Whereabouts.of(session)
    session.place = "다른 곳"
    assert tell_if_moved(db, session, before, NOW)
    assert told(db) == [
        (4, f"member:{people[state].id}", f"session:{session.id}")
        for state in (S.APPLIED, S.APPROVED, S.WAITLISTED)
    ]


def test_an_issued_certificate_is_told(db: Session) -> None:
    member = make_member(db)
    record = make_record(db, member)
    certificate = issue(db, member, CertificateType.SERVICE, record_id=record.id, now=NOW)
    assert told(db) == [(6, f"member:{member.id}", f"certificate:{certificate.id}")]


def test_a_consent_given_and_one_taken_back_are_two_kinds(db: Session) -> None:
    member = make_member(db)
    for agreed in (True, False):
        set_dovol_side(db, member, agreed=agreed, rules=RULES, via="web", now=NOW)
    name = f"consent_1365:{member.id}"
    assert told(db) == [(8, f"member:{member.id}", name), (9, f"member:{member.id}", name)]
    assert [alert.version for alert in planned(db)] == [1, 2]


def test_a_new_programme_is_kept_for_the_days_recommendation_and_is_no_alert_of_its_own(db: Session) -> None:
    member, program = make_member(db), make_session(db).program
    member.interests = ["0800"]
    set_alerts(db, member, {10}, {"kakao"}, on=True, rules=RULES, via="web", now=NOW)
    record_event(db, EventKind.PROGRAMME_PUBLISHED, f"program:{program.id}", 1, now=NOW)
    assert told(db) == []
    assert db.scalars(select(Recommendation.member_id)).one() == member.id


# --- when


def test_what_a_person_did_a_moment_ago_is_answered_even_at_night(db: Session) -> None:
    changed(db, make_member(db), "applied", "member")
    changed(db, make_member(db), "approved", "host")
    own, others = planned(db, NIGHT)
    assert (own.at_once, own.due_at) == (True, NIGHT)
    assert (others.at_once, others.due_at) == (False, MORNING)
    assert others.deadline == MORNING + KINDS[4].worth


def test_own_quiet_hours_count_in_place_of_the_rules(db: Session) -> None:
    early, late = make_member(db), make_member(db)
    set_quiet_hours(db, early, time(9), time(12), NOW)
    set_quiet_hours(db, late, time(23), time(9), NOW)
    for member in (early, late):
        changed(db, member)
    assert [alert.due_at for alert in planned(db)] == [NOW.replace(hour=12), NOW]


def test_only_what_may_go_now_is_queued(database_address: str) -> None:
    queued: list[Mapping[str, list[int]]] = []
    database = Database(database_address, committed=lambda ids: queued.append(dict(ids)))
    with database.session() as db:
        changed(db, make_member(db), "applied", "member")
        changed(db, make_member(db), "approved", "host")
        at_once, _ = planned(db, NIGHT)
        db.commit()
    assert [ids[DELIVER] for ids in queued if DELIVER in ids] == [[at_once.id]]
    database.close()


# --- once


def test_an_event_is_planned_once_however_often_it_is_looked_for(db: Session) -> None:
    changed(db, make_member(db))
    db.commit()
    assert [plan(db, NOW), plan(db, NOW)] == [1, 0]
    assert len(planned(db)) == 1


def test_the_same_event_told_twice_is_one(db: Session) -> None:
    member = make_member(db)
    name = changed(db, member)
    again = record_event(
        db, EventKind.APPLICATION_CHANGED, name, 2, member_id=member.id, data={"state": "approved"}, now=NOW
    )
    assert again is None
    assert len(planned(db)) == 1


def test_an_event_whose_alerts_are_there_already_adds_none(db: Session) -> None:
    changed(db, make_member(db))
    assert len(planned(db)) == 1
    db.execute(text("UPDATE event SET planned_at = NULL"))
    assert len(planned(db)) == 1


def test_planning_that_is_cut_off_leaves_events_as_they_were(db: Session) -> None:
    changed(db, make_member(db))
    db.commit()
    assert len(claim_events(db, NOW)) == 1
    db.rollback()
    assert len(planned(db)) == 1


def test_several_planners_at_once_write_each_alert_once(database_address: str, db: Session) -> None:
    for _ in range(120):
        changed(db, make_member(db))
    db.commit()
    shared = Database(database_address, lock_wait=15.0)
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        with shared.session() as own:
            while plan(own, NOW):
                pass

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared.close()
    alerts = planned(db)
    assert len(alerts) == len({alert.recipient for alert in alerts}) == 120
    assert db.scalars(select(Event.trouble).where(Event.trouble.is_not(None))).all() == []


# --- what cannot be planned


def test_a_member_who_is_gone_is_told_nothing_and_the_event_is_done(db: Session) -> None:
    member = make_member(db)
    for kind, data in (
        (EventKind.PROFILE_CHANGED, {"fields": []}),
        (EventKind.CERTIFICATE_ISSUED, {}),
        (EventKind.APPLICATION_CHANGED, {"state": "approved", "by": "host"}),
        (EventKind.CONSENT_CHANGED, {"agreed": True}),
        (EventKind.TALENT_FILED, {}),
    ):
        record_event(db, kind, f"{kind}:1", 1, member_id=member.id, data=data, now=NOW)
    db.flush()
    db.execute(text("DELETE FROM member"))
    assert told(db) == []
    assert all(event.planned_at and event.trouble is None for event in db.scalars(select(Event)))


def test_what_an_event_is_about_may_be_gone(db: Session) -> None:
    for kind, name in (
        (EventKind.TALENT_APPROVED, "talent_match:1"),
        (EventKind.SESSION_MOVED, "session:1"),
        (EventKind.PROGRAMME_PUBLISHED, "program:1"),
    ):
        record_event(db, kind, name, 1, now=NOW)
    assert told(db) == []
    assert all(event.trouble is None for event in db.scalars(select(Event)))


@pytest.mark.parametrize(
    ("name", "data", "trouble"),
    [
        ("application:1", {}, "KeyError"),
        ("application:1", {"state": "approved"}, "KeyError"),
    ],
)
def test_a_broken_event_stops_no_other_and_says_why(
    db: Session, name: str, data: dict[str, Any], trouble: str
) -> None:
    first, last = make_member(db), make_member(db)
    changed(db, first)
    record_event(db, EventKind.APPLICATION_CHANGED, name, 77, member_id=first.id, data=data, now=NOW)
    changed(db, last)
    assert [alert.recipient for alert in planned(db)] == [f"member:{first.id}", f"member:{last.id}"]
    marked = [event.trouble for event in db.scalars(select(Event).order_by(Event.id))]
    assert marked == [None, trouble, None]
    assert plan(db, NOW) == 0


def test_a_store_that_is_locked_is_no_fault_of_the_event(sqlite_address: str) -> None:
    """An event that was given up because somebody else was writing would be an alert lost."""
    database = Database(sqlite_address, lock_wait=0.1)
    with database.session() as db:
        changed(db, make_member(db))
        db.commit()
        with database.session() as other:
            other.execute(text("UPDATE event SET at = at"))
            with pytest.raises(OperationalError):
                plan(db, NOW)
            other.rollback()
        db.rollback()
        assert len(planned(db)) == 1
        assert db.scalars(select(Event.trouble)).all() == [None]
    database.close()
