"""The sweeper finds what nudges missed: everything that is owed is in the store."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import select

from alerts.sweeping import Sweeper
from models.applications import ApplicationState
from models.events import Event
from models.outbox import AlertState, claim
from models.profiles import update_profile
from tests.alerts.office import DOWN, Office, owe
from tests.world import make_application, make_member, make_session

S = AlertState
LEASE = timedelta(seconds=45)


def change_profiles(office: Office, count: int) -> None:
    """Let people change their profiles, without a word to any worker."""
    with office.database.session() as db:
        for number in range(count):
            member = make_member(db, phone=f"010-0003-{number:04d}")
            update_profile(db, member, {"school": "보람중학교"}, office.clock.now())
        db.commit()


def sweeper(office: Office) -> Sweeper:
    return Sweeper(office.database, office.worker(), office.clock)


def test_without_a_single_nudge_everything_is_planned_and_sent(office: Office) -> None:
    change_profiles(office, 3)
    sweeping = sweeper(office)
    assert sweeping.due() == 0
    assert sweeping.sweep() == 3
    assert len(office.alimtalk.taken) == 3
    office.until_all_ended()
    assert [alert.state for alert in office.alerts()] == [S.DELIVERED] * 3


def test_what_waits_is_counted_and_what_is_held_back_or_done_is_not(office: Office) -> None:
    now = office.clock.now()
    with office.database.session() as db:
        owe(db, make_member(db), now)
        owe(db, make_member(db), now, due_at=now + timedelta(hours=1))
        owe(db, make_member(db), now, finished_at=now)
        db.commit()
    assert sweeper(office).due() == 1


def test_a_lease_that_ended_is_found(office: Office) -> None:
    with office.database.session() as db:
        owe(db, make_member(db), office.clock.now())
        db.commit()
        claim(db, "a worker that died", office.clock.now(), LEASE)
        db.commit()
    sweeping = sweeper(office)
    assert (sweeping.due(), sweeping.sweep()) == (0, 0)
    office.pass_time(seconds=45)
    assert (sweeping.due(), sweeping.sweep()) == (1, 1)


def test_what_was_put_off_comes_back_when_it_is_due(office: Office) -> None:
    change_profiles(office, 1)
    office.alimtalk.trouble = DOWN
    sweeping = sweeper(office)
    sweeping.sweep()
    office.alimtalk.trouble = None
    assert sweeping.sweep() == 0
    office.pass_time(seconds=2)
    assert sweeping.sweep() == 1
    assert len(office.alimtalk.taken) == 1


def test_several_sweepers_at_once_send_each_message_once(office: Office) -> None:
    change_profiles(office, 150)
    sweepers = [sweeper(office) for _ in range(3)]
    start = threading.Barrier(3)

    def work(each: Sweeper) -> None:
        start.wait()
        each.sweep()

    threads = [threading.Thread(target=work, args=(each,)) for each in sweepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.until_all_ended()
    assert {alert.state for alert in office.alerts()} == {S.DELIVERED}
    assert sorted(office.alimtalk.counts.values()) == [1] * 150
    assert len(set(office.alimtalk.people)) == 150


def test_events_beyond_one_batch_are_all_planned_in_one_go(office: Office) -> None:
    change_profiles(office, 205)
    assert sweeper(office).plan() == 205
    with office.database.session() as db:
        assert db.scalars(select(Event).where(Event.planned_at.is_(None))).all() == []


def test_reminders_are_written_once_in_the_evening(office: Office) -> None:
    tomorrow = office.clock.now().date() + timedelta(days=1)
    with office.database.session() as db:
        session = make_session(db, starts_on=tomorrow)
        make_application(db, make_member(db), session, ApplicationState.APPROVED)
        db.commit()
    sweeping = sweeper(office)
    assert sweeping.remind() == 0
    office.clock.set(office.clock.now().replace(hour=17, minute=5))
    assert [sweeping.remind(), sweeping.remind()] == [1, 0]
    sweeping.sweep()
    assert len(office.alimtalk.taken) == 1
