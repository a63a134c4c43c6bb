"""Each message once, whatever dies, waits, fails or changes its mind on the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from typing import Literal

import pytest
from sqlalchemy.orm import Session

from alerts.channels import ChannelPermanent, ChannelRetryable, ReceiptState
from alerts.channels.trial import DRY_RUN, NOT_LISTED, Trial
from alerts.decisions import CAPPED, GONE, SWITCHED_OFF, TOO_LATE, UNREACHABLE
from alerts.kinds import KINDS, Written
from alerts.outcomes import ABSENT_AFTER
from alerts.templates import LONGEST_TEXT, LONGEST_VALUE
from alerts.writing import WRITERS
from models.alert_settings import AlertSetting, QuietHours
from models.applications import Application, ApplicationState
from models.clock import SetClock
from models.database import Database
from models.members import ChannelAccount, Member
from models.notices import add_notice
from models.outbox import (
    Alert,
    AlertState,
    Attempt,
    AttemptState,
    NoticeCard,
    claim,
    mark_shown,
    release,
)
from models.programs import ProgramSession, SessionState
from tests.alerts.office import DOWN, Death, Office, Provider, befriend, owe
from tests.world import NOW, make_account, make_application, make_member, make_session

S, A = AlertState, AttemptState
LEASE = timedelta(seconds=45)
PHONE = "010-0000-1234"


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


def owe_one(db: Session, office: Office, *, friend: bool = False, **columns: object) -> int:
    """Owe one message to one person; return the member's id."""
    member = make_member(db, phone=PHONE)
    if friend:
        befriend(db, member)
    owe(db, member, office.clock.now(), **columns)
    db.commit()
    return member.id


def owe_many(db: Session, office: Office, count: int) -> None:
    for number in range(count):
        owe(db, make_member(db, phone=f"010-0001-{number:04d}"), office.clock.now())
    db.commit()


def switch(office: Office, member_id: int, channel: str, *, on: bool, kind: int = 4) -> None:
    with office.database.session() as db:
        db.merge(
            AlertSetting(member_id=member_id, kind=kind, channel=channel, on=on, changed_at=NOW, via="web")
        )
        db.commit()


def ended(office: Office) -> tuple[AlertState, str | None]:
    office.until_all_ended()
    alert = office.alert()
    assert alert.finished_at is not None
    assert alert.claim is None
    return alert.state, alert.reason


# --- the way of a message


def test_a_message_is_handed_over_once_and_its_receipt_is_asked_for(office: Office, db: Session) -> None:
    owe_one(db, office)
    assert office.delivery.deliver() == 1
    handed = office.alert()
    assert (handed.state, handed.channel, handed.claim) == (S.SENDING, "alimtalk", None)
    assert handed.handed_at == office.clock.now()
    assert office.delivery.deliver() == 0
    assert ended(office) == (S.DELIVERED, None)
    (attempt,) = office.attempts()
    assert (attempt.state, attempt.provider, attempt.cost) == (A.DELIVERED, "nhn_alimtalk", 7)
    assert attempt.key == office.alimtalk.taken[0].key
    assert office.alimtalk.people == [PHONE]
    assert office.kakao.taken == office.sms.taken == []


def test_a_friend_gets_it_in_the_chat_with_the_key_of_the_card(office: Office, db: Session) -> None:
    owe_one(db, office, friend=True)
    assert ended(office) == (S.DELIVERED, None)
    (event,) = office.kakao.taken
    alert = office.alert()
    assert (event.to, dict(event.params)) == ("friend-1", {"notice": alert.key})
    assert alert.card.title == "봉사활동 신청 안내 및 챗봇 서비스"
    assert alert.account_id is not None
    assert office.alimtalk.taken == office.sms.taken == []


def test_no_connection_to_the_store_is_held_while_a_provider_is_slow(office: Office, db: Session) -> None:
    owe_one(db, office)
    db.close()
    office.alimtalk.gate = threading.Event()
    worker = threading.Thread(target=office.delivery.deliver)
    worker.start()
    while not office.alimtalk.calls:
        worker.join(0.01)
    held = office.database.engine.pool.checkedout()  # type: ignore[attr-defined]  # a pool that queues has it
    office.alimtalk.gate.set()
    worker.join()
    assert held == 0


def test_messages_go_in_slices_as_large_as_the_provider_takes(office: Office, db: Session) -> None:
    owe_many(db, office, 7)
    small = Provider("nhn_alimtalk", batch=3)
    office.until_all_ended(office.worker({"alimtalk": [small]}))
    assert len(small.taken) == 7
    assert small.calls == 3


def test_the_receipt_that_a_provider_gives_is_waited_for(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.alimtalk.result = ReceiptState.WAITING
    for _ in range(5):
        office.delivery.drain()
        office.pass_time(minutes=10)
    assert office.alert().state is S.SENDING
    office.alimtalk.result = ReceiptState.DELIVERED
    assert ended(office) == (S.DELIVERED, None)
    assert len(office.alimtalk.taken) == 1


def test_without_a_receipt_for_days_it_counts_as_sent(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.alimtalk.result = ReceiptState.WAITING
    office.delivery.drain()
    office.pass_time(days=3, minutes=1)
    assert ended(office) == (S.SENT, "no receipt")
    assert len(office.alimtalk.taken) == 1


# --- from one channel to the next


def test_who_is_no_friend_gets_an_alimtalk_and_where_that_fails_a_text(office: Office, db: Session) -> None:
    owe_one(db, office, friend=True)
    office.kakao.result, office.kakao.strangers = ReceiptState.FAILED, {"friend-1"}
    office.alimtalk.result = ReceiptState.FAILED
    assert ended(office) == (S.DELIVERED, None)
    attempts = office.attempts()
    assert [(each.channel, each.state) for each in attempts] == [
        ("kakao", A.FAILED),
        ("alimtalk", A.FAILED),
        ("sms", A.DELIVERED),
    ]
    assert len({each.key for each in attempts}) == 3
    with office.database.session() as later:
        assert later.query(ChannelAccount).one().is_friend is False
    assert office.alert().channel == "sms"


def test_a_failure_that_says_nothing_of_friendship_leaves_the_friend_a_friend(
    office: Office, db: Session
) -> None:
    owe_one(db, office, friend=True)
    office.kakao.result = ReceiptState.FAILED
    office.until_all_ended()
    with office.database.session() as later:
        assert later.query(ChannelAccount).one().is_friend is True


def test_where_every_channel_fails_it_is_a_permanent_failure_with_the_last_reason(
    office: Office, db: Session
) -> None:
    owe_one(db, office, friend=True)
    for provider in (office.kakao, office.alimtalk, office.sms):
        provider.result = ReceiptState.FAILED
    assert ended(office) == (S.PERMANENT_FAILURE, "no such number")
    assert [len(provider.taken) for provider in (office.kakao, office.alimtalk, office.sms)] == [1, 1, 1]


def test_who_has_neither_chat_nor_number_is_reached_by_no_channel(office: Office, db: Session) -> None:
    member_id = owe_one(db, office)
    office.change(Member, member_id, phone=None)
    assert ended(office) == (S.PERMANENT_FAILURE, UNREACHABLE)
    assert office.attempts() == []


def test_a_refusal_takes_the_next_channel_at_once(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.alimtalk.trouble = ChannelPermanent("Invalid sender")
    assert ended(office) == (S.DELIVERED, None)
    assert [each.reason for each in office.attempts()] == ["Invalid sender", ""]
    assert len(office.sms.taken) == 1


def test_nobody_comes_for_the_card_and_the_next_channel_takes_over(office: Office, db: Session) -> None:
    owe_one(db, office, friend=True)
    office.kakao.result = ReceiptState.WAITING
    assert ended(office) == (S.DELIVERED, None)
    assert [(each.channel, each.reason) for each in office.attempts()] == [
        ("kakao", "nobody came for the card"),
        ("alimtalk", ""),
    ]


# --- providers that fail


def test_a_second_provider_takes_over_and_is_the_one_that_is_asked(office: Office, db: Session) -> None:
    owe_many(db, office, 3)
    office.alimtalk.trouble = DOWN
    second = Provider("solapi_alimtalk")
    worker = office.worker({"alimtalk": [office.alimtalk, second]})
    office.until_all_ended(worker)
    assert {alert.state for alert in office.alerts()} == {S.DELIVERED}
    assert set(second.counts.values()) == {1}
    assert {each.provider for each in office.attempts()} == {"solapi_alimtalk"}


def test_a_provider_that_is_down_gets_the_same_attempt_again_later(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.alimtalk.trouble = DOWN
    office.delivery.deliver()
    (waiting,) = office.attempts()
    assert (waiting.state, waiting.reason) == (A.AGAIN, "HTTP 429")
    assert timedelta(0) < office.alert().due_at - office.clock.now() <= timedelta(seconds=2)
    office.alimtalk.trouble = None
    assert ended(office) == (S.DELIVERED, None)
    (attempt,) = office.attempts()
    assert (attempt.key, attempt.tries) == (waiting.key, 2)
    assert office.alimtalk.counts == {waiting.key: 1}


def test_until_the_deadline_it_is_tried_and_then_it_is_a_temporary_failure(
    office: Office, db: Session
) -> None:
    owe_one(db, office)
    office.alimtalk.trouble = DOWN
    office.delivery.deliver()
    office.pass_time(days=3, seconds=1)
    assert ended(office) == (S.TEMPORARY_FAILURE, "HTTP 429")
    assert office.alimtalk.taken == []


def test_what_was_too_late_from_the_first_is_not_sent_and_no_failure(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.pass_time(days=3, seconds=1)
    assert ended(office) == (S.SUPPRESSED, TOO_LATE)
    assert office.attempts() == []


def test_a_lost_answer_is_asked_for_and_what_was_taken_is_not_sent_again(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.alimtalk.loses_answers = True
    office.delivery.deliver()
    alert, (attempt,) = office.alert(), office.attempts()
    assert (alert.state, attempt.state, alert.handed_at) == (S.PENDING, A.UNKNOWN, None)
    assert ended(office) == (S.DELIVERED, None)
    assert office.alimtalk.counts == {attempt.key: 1}


def test_a_lost_call_is_made_again_under_the_same_key(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.alimtalk.trouble = ChannelRetryable("ReadTimeout", maybe_sent=True)
    office.delivery.deliver()
    (lost,) = office.attempts()
    assert lost.state is A.UNKNOWN
    office.alimtalk.trouble = None
    assert ended(office) == (S.DELIVERED, None)
    assert office.alimtalk.counts == {lost.key: 1}


def test_a_provider_that_cannot_be_asked_is_sent_nothing_new(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.alimtalk.loses_answers = office.alimtalk.is_dumb = True
    office.delivery.deliver()
    office.pass_time(minutes=5)
    office.delivery.drain()
    assert office.alert().state is S.PENDING
    assert len(office.alimtalk.taken) == 1
    office.alimtalk.is_dumb = False
    assert ended(office) == (S.DELIVERED, None)
    assert len(office.alimtalk.taken) == 1


def test_an_error_nobody_thought_of_is_taken_for_a_lost_answer(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.alimtalk.trouble = RuntimeError("out of paper")
    office.delivery.deliver()
    assert office.attempts()[0].state is A.UNKNOWN
    office.alimtalk.trouble = None
    assert ended(office) == (S.DELIVERED, None)
    assert set(office.alimtalk.counts.values()) == {1}


# --- workers that die, stand still, or come together


def die_after_claim(office: Office) -> None:
    """Take everything that is due, as a worker does that dies then."""
    with office.database.session() as db:
        claim(db, "a worker that died", office.clock.now(), LEASE)
        db.commit()


def test_what_a_dead_worker_had_taken_is_taken_by_another_when_its_lease_ends(
    office: Office, db: Session
) -> None:
    owe_one(db, office)
    die_after_claim(office)
    assert office.delivery.drain() == 0
    office.pass_time(seconds=44)
    assert office.delivery.drain() == 0
    office.pass_time(seconds=1)
    assert office.delivery.drain() == 1
    assert ended(office) == (S.DELIVERED, None)
    assert len(office.alimtalk.taken) == 1


@pytest.mark.parametrize("kills", ["before", "after"])
def test_a_worker_that_died_at_the_call_leaves_a_question_behind(
    office: Office, db: Session, kills: Literal["before", "after"]
) -> None:
    owe_one(db, office)
    office.alimtalk.kills = kills
    with pytest.raises(Death):
        office.delivery.deliver()
    office.alimtalk.kills = ""
    (attempt,) = office.attempts()
    assert (attempt.state, attempt.provider) == (A.CLAIMED, "")
    assert office.delivery.drain() == 0
    office.pass_time(seconds=45)
    assert office.delivery.deliver() == 1
    assert office.alert().state is (S.DELIVERED if kills == "after" else S.PENDING)
    assert ended(office) == (S.DELIVERED, None)
    assert office.alimtalk.counts == {attempt.key: 1}


def test_two_workers_at_once_send_each_message_once(office: Office, db: Session) -> None:
    owe_many(db, office, 250)
    workers = [office.worker() for _ in range(4)]
    start = threading.Barrier(4)

    def work(number: int) -> None:
        start.wait()
        while workers[number].deliver():
            pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = office.alimtalk.counts
    assert len(counts) == 250
    assert set(counts.values()) == {1}
    assert len(set(office.alimtalk.people)) == 250
    office.until_all_ended()
    assert {alert.state for alert in office.alerts()} == {S.DELIVERED}
    assert len(office.alimtalk.taken) == len(office.attempts()) == 250


def test_a_nudge_that_comes_twice_sends_once(office: Office, db: Session) -> None:
    owe_one(db, office)
    ids = [office.alert().id]
    assert [office.delivery.deliver(ids), office.delivery.deliver(ids)] == [1, 0]
    assert len(office.alimtalk.taken) == 1


def test_what_another_has_taken_meanwhile_is_no_longer_ours(office: Office, db: Session) -> None:
    owe_one(db, office)
    alert_id, now = office.alert().id, office.clock.now()
    claim(db, "slow", now, LEASE)
    db.commit()
    claim(db, "quick", now + LEASE, LEASE)
    release(db, "slow", [(alert_id, {"state": S.CANCELLED, "finished_at": now})])
    db.commit()
    assert office.alert().state is S.CREATED
    assert office.alert().claim == "quick"


def test_while_a_provider_is_slow_the_lease_is_kept(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.alimtalk.gate = threading.Event()
    slow = office.worker(lease=timedelta(seconds=15))
    beat = threading.Event()
    clock_moved = office.clock.now() + timedelta(seconds=14)

    def wait_for_a_beat() -> None:
        office.clock.set(clock_moved)
        while office.alert().due_at < clock_moved + timedelta(seconds=15):
            beat.wait(0.2)
        beat.set()

    worker = threading.Thread(target=slow.deliver)
    worker.start()
    while not office.alimtalk.calls:
        worker.join(0.01)
    watcher = threading.Thread(target=wait_for_a_beat)
    watcher.start()
    watcher.join(10)
    office.pass_time(seconds=10)
    assert office.delivery.drain() == 0
    office.alimtalk.gate.set()
    worker.join()
    assert beat.is_set()
    assert ended(office) == (S.DELIVERED, None)
    assert len(office.alimtalk.taken) == 1


@pytest.mark.parametrize("jump", [timedelta(hours=3), timedelta(days=-1)], ids=["forward", "back"])
def test_a_clock_that_jumps_sends_nothing_twice(office: Office, db: Session, jump: timedelta) -> None:
    owe_many(db, office, 5)
    office.alimtalk.loses_answers = True
    began = office.clock.now()
    office.delivery.deliver()
    office.clock.set(began + jump)
    office.alimtalk.loses_answers = False
    office.delivery.drain()
    office.clock.set(max(office.clock.now(), began))
    office.until_all_ended()
    assert {alert.state for alert in office.alerts()} == {S.DELIVERED}
    assert sorted(office.alimtalk.counts.values()) == [1] * 5


def test_a_worker_whose_clock_is_ahead_takes_nothing_from_one_whose_is_right_that_is_sent_twice(
    office: Office, db: Session
) -> None:
    owe_many(db, office, 5)
    office.delivery.deliver()
    ahead = SetClock(office.clock.now() + timedelta(minutes=10))
    office.worker(clock=ahead).drain()
    office.until_all_ended()
    assert sorted(office.alimtalk.counts.values()) == [1] * 5


# --- what changed after it was owed


def test_a_channel_switched_off_after_it_was_owed_is_not_used(office: Office, db: Session) -> None:
    member_id = owe_one(db, office, friend=True)
    switch(office, member_id, "kakao", on=False)
    assert ended(office) == (S.DELIVERED, None)
    assert office.kakao.taken == office.alimtalk.taken == []
    assert len(office.sms.taken) == 1


def test_a_kind_switched_off_after_it_was_owed_is_suppressed(office: Office, db: Session) -> None:
    member_id = owe_one(db, office)
    for channel in ("kakao", "sms"):
        switch(office, member_id, channel, on=False)
    assert ended(office) == (S.SUPPRESSED, SWITCHED_OFF)
    assert office.attempts() == []


def test_switched_off_between_two_channels_the_second_is_not_tried(office: Office, db: Session) -> None:
    member_id = owe_one(db, office)
    office.delivery.deliver()
    switch(office, member_id, "sms", on=False)
    office.alimtalk.result = ReceiptState.FAILED
    assert ended(office) == (S.PERMANENT_FAILURE, "no such number")
    assert office.sms.taken == []


def test_quiet_hours_set_after_it_was_owed_hold_it_back_until_they_end(office: Office, db: Session) -> None:
    member_id = owe_one(db, office)
    with office.database.session() as later:
        later.add(QuietHours(member_id=member_id, quiet_from=time(9), quiet_until=time(13), changed_at=NOW))
        later.commit()
    office.delivery.drain()
    held = office.alert()
    assert (held.state, held.due_at) == (S.CREATED, NOW.replace(hour=13))
    assert held.claim is None
    assert ended(office) == (S.DELIVERED, None)
    assert office.attempts()[0].began_at == NOW.replace(hour=13)


def test_what_is_still_untold_at_night_waits_for_the_morning(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.alimtalk.trouble = DOWN
    office.delivery.deliver()
    office.clock.set(NOW.replace(hour=22))
    office.alimtalk.trouble = None
    office.delivery.drain()
    assert office.alert().due_at == NOW.replace(hour=8) + timedelta(days=1)
    assert ended(office) == (S.DELIVERED, None)


def test_what_happened_since_makes_an_alert_out_of_date(office: Office, db: Session) -> None:
    owe_one(db, office)
    application_id = office.alert().object_id
    office.change(Application, application_id, state=ApplicationState.CANCELLED_BY_USER, version=2)
    assert ended(office) == (S.SUPPRESSED, "overtaken")
    assert office.alimtalk.taken == []


def owe_reminder(db: Session, office: Office) -> tuple[int, int]:
    """Owe a reminder of tomorrow, due in the evening; return the ids of application and session."""
    tomorrow = office.clock.now().date() + timedelta(days=1)
    member = make_member(db, phone=PHONE)
    application = make_application(
        db, member, make_session(db, starts_on=tomorrow), ApplicationState.APPROVED
    )
    evening = NOW.replace(hour=17)
    office.clock.set(evening)
    owe(
        db,
        member,
        evening,
        kind=5,
        object=f"application:{application.id}",
        version=tomorrow.toordinal(),
        deadline=evening + timedelta(hours=20),
    )
    db.commit()
    return application.id, application.session_id


def test_a_reminder_goes_the_evening_before(office: Office, db: Session) -> None:
    owe_reminder(db, office)
    assert ended(office) == (S.DELIVERED, None)
    assert "내일" in office.alert().card.text


def test_a_session_that_moved_after_its_reminder_was_owed_is_not_reminded_of(
    office: Office, db: Session
) -> None:
    _, session_id = owe_reminder(db, office)
    day = NOW.date() + timedelta(days=9)
    office.change(ProgramSession, session_id, starts_on=day, ends_on=day)
    assert ended(office) == (S.SUPPRESSED, "moved")


def test_a_session_called_off_after_its_reminder_was_owed_is_not_reminded_of(
    office: Office, db: Session
) -> None:
    _, session_id = owe_reminder(db, office)
    office.change(ProgramSession, session_id, state=SessionState.CALLED_OFF)
    assert ended(office) == (S.SUPPRESSED, "called off")


def test_an_application_cancelled_after_its_reminder_was_owed_is_not_reminded_of(
    office: Office, db: Session
) -> None:
    application_id, _ = owe_reminder(db, office)
    office.change(Application, application_id, state=ApplicationState.CANCELLED_BY_USER)
    assert ended(office) == (S.SUPPRESSED, "not approved")
    assert office.alimtalk.taken == office.sms.taken == []


def test_a_person_who_is_gone_is_told_nothing(office: Office, db: Session) -> None:
    owe_one(db, office)
    office.change(Alert, office.alert().id, member_id=None)
    assert ended(office) == (S.SUPPRESSED, GONE)


# --- what cannot be written, and what may not go


def test_an_alert_that_cannot_be_written_is_a_technical_failure_and_stops_no_other(
    office: Office, db: Session
) -> None:
    owe_one(db, office, object="application:not-a-number")
    owe_one(db, office)
    office.until_all_ended()
    broken, whole = office.alerts()
    assert (broken.state, broken.reason) == (S.TECHNICAL_FAILURE, "ValueError")
    assert whole.state is S.DELIVERED


@pytest.fixture
def forgetful_kind() -> Iterator[int]:
    """Return a kind of the test's own, whose writer leaves out what its template needs."""
    number = 99
    KINDS[number] = replace(KINDS[4], title="시험")
    WRITERS[number] = lambda _writing: Written(NoticeCard("시험", "시험이에요."), {"상태": "승인"}, "시험")
    yield number
    del KINDS[number], WRITERS[number]


def test_a_value_that_a_template_misses_is_named_and_nothing_goes(
    office: Office, db: Session, forgetful_kind: int
) -> None:
    owe_one(db, office, kind=forgetful_kind)
    state, reason = ended(office)
    assert state is S.TECHNICAL_FAILURE
    assert "boram_application: 활동, 일시" in str(reason)
    assert office.alimtalk.calls == office.sms.calls == 0


def test_what_is_too_long_for_a_template_is_cut_and_goes(office: Office, db: Session) -> None:
    member = make_member(db, phone=PHONE)
    session = make_session(db, title="아주 긴 이름의 활동 " * 200, place="먼 곳 " * 300)
    application = make_application(db, member, session, ApplicationState.APPROVED)
    owe(db, member, office.clock.now(), object=f"application:{application.id}")
    db.commit()
    assert ended(office) == (S.DELIVERED, None)
    (message,) = office.alimtalk.taken
    assert len(message.text) <= LONGEST_TEXT
    assert message.variables["활동"].endswith("…")
    assert max(len(message.variables[name]) for name in ("활동", "장소")) <= LONGEST_VALUE


def test_in_a_dry_run_nothing_goes_and_everything_is_written(office: Office, db: Session) -> None:
    owe_one(db, office, friend=True)
    office.until_all_ended(office.worker(trial=Trial("dry_run")))
    alert = office.alert()
    assert (alert.state, alert.reason) == (S.SUPPRESSED, DRY_RUN)
    assert office.kakao.calls == office.alimtalk.calls == office.sms.calls == 0


def test_with_a_list_only_those_on_it_get_messages(office: Office, db: Session) -> None:
    owe_many(db, office, 3)
    office.until_all_ended(office.worker(trial=Trial("allow_list", frozenset({"01000010001"}))))
    assert [alert.reason for alert in office.alerts()] == [NOT_LISTED, None, NOT_LISTED]
    assert office.alimtalk.people == ["010-0001-0001"]


def test_when_the_months_texts_are_used_up_no_more_text_goes_and_it_says_so(
    office: Office, db: Session
) -> None:
    member = make_member(db, phone=PHONE)
    first = owe(db, member, office.clock.now())
    db.add(Attempt(alert_id=first.id, key="old", channel="sms", provider="nhn_sms", began_at=NOW, tries=1))
    first.state, first.finished_at = S.DELIVERED, NOW
    owe(db, make_member(db, phone=PHONE), office.clock.now())
    db.commit()
    worker = office.worker({"sms": [office.sms]}, monthly_texts=1)
    office.until_all_ended(worker)
    last = office.alerts()[-1]
    assert (last.state, last.reason) == (S.PERMANENT_FAILURE, CAPPED)
    assert office.sms.taken == []


def test_last_months_texts_do_not_count(office: Office, db: Session) -> None:
    member = make_member(db, phone=PHONE)
    first = owe(db, member, office.clock.now())
    october = NOW.replace(month=10, day=31)
    db.add(
        Attempt(alert_id=first.id, key="old", channel="sms", provider="nhn_sms", began_at=october, tries=1)
    )
    first.state, first.finished_at = S.DELIVERED, october
    owe(db, make_member(db, phone=PHONE), office.clock.now())
    db.commit()
    office.until_all_ended(office.worker({"sms": [office.sms]}, monthly_texts=1))
    assert office.alerts()[-1].state is S.DELIVERED


# --- the card in the chat


def owe_card(db: Session, office: Office) -> None:
    account = make_account(db, make_member(db), "chat-1")
    add_notice(db, account, NoticeCard("인증번호", "123456이에요."), office.clock.now())
    db.commit()


def test_a_card_of_the_chat_goes_by_its_event_only_friend_or_not(office: Office, db: Session) -> None:
    owe_card(db, office)
    assert ended(office) == (S.DELIVERED, None)
    assert office.kakao.people == ["chat-1"]


def test_a_card_of_the_chat_takes_no_other_way(office: Office, db: Session) -> None:
    owe_card(db, office)
    office.kakao.result = ReceiptState.FAILED
    assert ended(office) == (S.PERMANENT_FAILURE, "no such number")
    assert office.alimtalk.taken == office.sms.taken == []


def test_a_card_that_was_fetched_has_arrived_whatever_the_task_says(office: Office, db: Session) -> None:
    owe_one(db, office, friend=True)
    office.kakao.loses_answers = True
    office.delivery.deliver()
    with office.database.session() as later:
        assert mark_shown(later, office.alert(), office.clock.now())
        later.commit()
    office.kakao.loses_answers, office.kakao.taken = False, []  # it knows nothing of it
    office.pass_time(seconds=ABSENT_AFTER.total_seconds())
    assert ended(office) == (S.DELIVERED, None)
    assert office.kakao.taken == []


def test_a_card_is_shown_the_first_time_it_is_fetched_and_not_the_second(office: Office, db: Session) -> None:
    owe_one(db, office, friend=True)
    office.delivery.deliver()
    alert = office.alert()
    with office.database.session() as later:
        assert [mark_shown(later, alert, office.clock.now()) for _ in range(2)] == [True, False]


def test_a_card_that_went_another_way_meanwhile_is_not_shown(office: Office, db: Session) -> None:
    owe_one(db, office, friend=True)
    office.kakao.result = ReceiptState.FAILED
    office.delivery.deliver()
    office.pass_time(seconds=2)
    office.delivery.deliver()
    office.delivery.deliver()
    alert = office.alert()
    assert alert.channel == "alimtalk"
    with office.database.session() as later:
        assert not mark_shown(later, alert, office.clock.now())
