"""What follows from what a channel says, and that nothing ever moves backwards."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels import ChannelPermanent, ChannelRetryable, Receipt, ReceiptState
from alerts.outcomes import (
    ABSENT_AFTER,
    FIRST_LOOK,
    LONGEST_REASON,
    LONGEST_WAIT,
    UNKNOWN_AMONG,
    Outcome,
    Tried,
    after_error,
    after_receipt,
    backoff,
    not_answered,
)
from alerts.receipts import apply_receipts
from models.outbox import OPEN, Alert, AlertState, Attempt, AttemptState, claim, mark_shown, release
from tests.alerts.office import Office, befriend, owe
from tests.world import NOW, make_member

S, A, R = AlertState, AttemptState, ReceiptState
RANK = {state: place for place, state in enumerate((S.CREATED, S.SENDING, S.PENDING))}
"""How far an open message is; what has ended is further than all."""


def tried(channel: str = "alimtalk", ago: float = 60, *, tries: int = 1, shown: bool = False) -> Tried:
    return Tried(1, 1, channel, NOW - timedelta(seconds=ago), tries, shown)


def told(state: ReceiptState, **more: object) -> Receipt:
    return Receipt("a-1", state, **({"reference": "r-1"} | more))  # type: ignore[arg-type]  # as the test wants


def after(state: ReceiptState, attempt: Tried | None = None, **more: object) -> Outcome:
    return after_receipt(attempt or tried(), told(state, **more), "nhn", NOW)


# --- receipts


def test_delivered_ends_the_attempt_and_the_message() -> None:
    outcome = after(R.DELIVERED, code="1000", cost=7)
    assert outcome.alert == {"state": S.DELIVERED, "finished_at": NOW, "reason": None}
    assert (outcome.attempt["state"], outcome.attempt["ended_at"]) == (A.DELIVERED, NOW)
    assert (outcome.attempt["provider"], outcome.attempt["code"], outcome.attempt["cost"]) == (
        "nhn",
        "1000",
        7,
    )
    assert outcome.handed


def test_failed_ends_the_attempt_and_leaves_the_message_due_for_the_next_channel() -> None:
    outcome = after(R.FAILED, reason="no such number", stranger=True)
    assert outcome.alert == {"due_at": NOW}
    assert (outcome.attempt["state"], outcome.attempt["reason"]) == (A.FAILED, "no such number")
    assert (outcome.stranger, outcome.handed) == (True, False)


def test_waiting_is_looked_at_again_after_as_long_as_was_waited_already() -> None:
    assert after(R.WAITING, tried(ago=0)).alert == {"due_at": NOW + FIRST_LOOK}
    assert after(R.WAITING, tried(ago=40)).alert == {"due_at": NOW + timedelta(seconds=40)}
    assert after(R.WAITING, tried(ago=5000)).alert == {"due_at": NOW + LONGEST_WAIT}
    assert after(R.WAITING).attempt["state"] is A.HANDED


def test_waiting_without_a_reference_is_not_known_to_be_handed_over() -> None:
    outcome = after(R.WAITING, reference="")
    assert (outcome.attempt["state"], outcome.handed) == (A.UNKNOWN, False)


def test_patience_ends_with_the_next_channel_in_kakaotalk_and_with_sent_elsewhere() -> None:
    assert after(R.WAITING, tried("kakao", 1800)).alert == {"due_at": NOW}
    assert after(R.WAITING, tried("kakao", 1800)).attempt["state"] is A.FAILED
    assert after(R.WAITING, tried("sms", 1800)).alert["due_at"] > NOW
    days = after(R.WAITING, tried("sms", 3 * 86_400))
    assert days.alert == {"state": S.SENT, "finished_at": NOW, "reason": "no receipt"}
    assert days.attempt["ended_at"] == NOW


def test_absent_counts_only_when_the_provider_has_had_time_to_list_it() -> None:
    young = after(R.ABSENT, tried(ago=5))
    assert (young.attempt, young.alert) == ({}, {"due_at": NOW - timedelta(seconds=5) + ABSENT_AFTER})
    old = after(R.ABSENT, tried(ago=20))
    assert (old.attempt["state"], old.alert) == (A.AGAIN, {"due_at": NOW})


@pytest.mark.parametrize("state", [R.ABSENT, R.FAILED], ids=str)
def test_a_card_that_was_fetched_has_arrived_if_the_task_cannot_tell(state: ReceiptState) -> None:
    fetched = tried("kakao", shown=True, tries=2)
    assert after(state, fetched).alert["state"] is S.DELIVERED
    assert after(R.WAITING, fetched, code=UNKNOWN_AMONG).alert["state"] is S.DELIVERED


def test_the_first_event_that_failed_has_failed_even_if_the_card_was_fetched() -> None:
    assert after(R.FAILED, tried("kakao", shown=True)).attempt["state"] is A.FAILED


def test_one_of_several_strangers_is_taken_for_one() -> None:
    outcome = after(R.WAITING, tried("kakao"), code=UNKNOWN_AMONG)
    assert (outcome.attempt["state"], outcome.stranger) == (A.FAILED, True)


# --- errors


def test_a_refusal_ends_the_attempt() -> None:
    outcome = after_error(tried(), ChannelPermanent("Invalid sender"), "nhn", NOW)
    assert (outcome.attempt["state"], outcome.attempt["ended_at"]) == (A.FAILED, NOW)
    assert outcome.alert == {"due_at": NOW}


def test_what_was_not_taken_is_tried_again_after_a_while() -> None:
    outcome = after_error(tried(tries=3), ChannelRetryable("HTTP 429"), "", NOW)
    assert outcome.attempt == {"state": A.AGAIN, "provider": "", "reason": "HTTP 429"}
    assert NOW < outcome.alert["due_at"] <= NOW + timedelta(seconds=8)


@pytest.mark.parametrize("error", [ChannelRetryable("ReadTimeout", maybe_sent=True), RuntimeError("x")])
def test_what_may_have_been_taken_is_asked_for_before_anything_else(error: Exception) -> None:
    outcome = after_error(tried(), error, "nhn", NOW)
    assert outcome.attempt["state"] is A.UNKNOWN
    assert outcome.alert == {"state": S.PENDING, "due_at": NOW + ABSENT_AFTER}


def test_reasons_are_short_enough_for_a_line() -> None:
    assert len(after_error(tried(), ChannelPermanent("x" * 999), "", NOW).attempt["reason"]) == LONGEST_REASON
    assert len(after(R.FAILED, reason="x" * 999).attempt["reason"]) == LONGEST_REASON


@given(st.integers(1, 1000))
@settings(deadline=None)
def test_nobody_waits_longer_than_ten_minutes_between_two_tries(tries: int) -> None:
    assert timedelta(0) < backoff(tries) <= min(LONGEST_WAIT, timedelta(seconds=2 * 2 ** min(tries - 1, 12)))


@given(
    st.sampled_from(list(R)),
    st.sampled_from(["kakao", "alimtalk", "sms"]),
    st.integers(0, 10**6),
    st.integers(1, 30),
    st.booleans(),
    st.sampled_from(["", UNKNOWN_AMONG, "1000"]),
)
@settings(deadline=None)
def test_every_outcome_says_when_to_look_again_or_that_it_is_over(
    state: ReceiptState, channel: str, ago: int, tries: int, shown: bool, code: str
) -> None:
    attempt = tried(channel, ago, tries=tries, shown=shown)
    for outcome in (after(state, attempt, code=code), not_answered(attempt, NOW)):
        over = outcome.alert.get("finished_at") == NOW and outcome.alert["state"] not in OPEN
        assert over is ("due_at" not in outcome.alert)
        assert over or outcome.alert["due_at"] <= NOW + LONGEST_WAIT
        if outcome.attempt.get("state") in (A.DELIVERED, A.FAILED):
            assert outcome.attempt["ended_at"] == NOW


# --- receipts that are pushed, against a store


def push(office: Office, *receipts: Receipt) -> int:
    with office.database.session() as db:
        news = apply_receipts(db, receipts, office.clock.now())
        db.commit()
        return news


def hand_over(office: Office, *, friend: bool = False) -> Attempt:
    """Hand one message over; return its attempt."""
    with office.database.session() as db:
        member = make_member(db)
        if friend:
            befriend(db, member)
        owe(db, member, office.clock.now())
        db.commit()
    office.delivery.deliver()
    return office.attempts()[-1]


def receipt(attempt: Attempt, state: ReceiptState = R.DELIVERED) -> Receipt:
    return Receipt(attempt.key, state, attempt.reference)


def test_a_receipt_ends_a_message_without_asking(office: Office) -> None:
    attempt = hand_over(office)
    office.alimtalk.is_dumb = True
    assert push(office, receipt(attempt)) == 1
    assert office.alert().state is S.DELIVERED
    assert office.delivery.drain() == 0


def test_a_receipt_that_comes_twice_changes_nothing(office: Office) -> None:
    attempt = hand_over(office)
    assert push(office, receipt(attempt), receipt(attempt)) == 2
    before = (office.alert().finished_at, office.attempts()[0].ended_at)
    office.pass_time(minutes=3)
    assert push(office, receipt(attempt)) == 0
    assert (office.alert().finished_at, office.attempts()[0].ended_at) == before


def test_a_receipt_that_says_otherwise_later_changes_nothing(office: Office) -> None:
    attempt = hand_over(office)
    push(office, receipt(attempt))
    assert push(office, receipt(attempt, R.FAILED), receipt(attempt, R.WAITING)) == 0
    assert (office.alert().state, office.attempts()[0].state) == (S.DELIVERED, A.DELIVERED)
    assert office.delivery.drain() == 0


def test_a_receipt_is_found_by_the_providers_own_name_for_it(office: Office) -> None:
    attempt = hand_over(office)
    assert push(office, Receipt("", R.DELIVERED, attempt.reference)) == 1
    assert office.alert().state is S.DELIVERED


def test_who_pushes_a_receipt_has_the_message_whoever_was_thought_to(office: Office) -> None:
    attempt = hand_over(office)
    with office.database.session() as db:
        db.get_one(Attempt, attempt.id).provider = "the first one, whose answer got lost"
        db.commit()
    push(office, replace(receipt(attempt), provider="the second one"))
    assert office.attempts()[0].provider == "the second one"


def test_receipts_for_what_we_do_not_know_are_no_error(office: Office) -> None:
    attempt = hand_over(office)
    unknown = (Receipt("no-such-key", R.FAILED), Receipt("", R.FAILED, "no-such-reference"))
    assert push(office, *unknown) == 0
    assert push(office, *unknown, receipt(attempt)) == 1
    assert push(office, Receipt("", R.FAILED)) == 0


def test_a_failure_that_is_pushed_takes_the_next_channel(office: Office) -> None:
    attempt = hand_over(office)
    push(office, receipt(attempt, R.FAILED))
    office.until_all_ended()
    assert office.alert().state is S.DELIVERED
    assert [each.channel for each in office.attempts()] == ["alimtalk", "sms"]


def test_a_late_receipt_of_a_channel_that_was_given_up_does_not_stop_the_next(office: Office) -> None:
    attempt = hand_over(office)
    push(office, receipt(attempt, R.FAILED))
    office.delivery.deliver()
    assert push(office, receipt(attempt, R.FAILED)) == 0
    assert office.alert().channel == "sms"
    office.until_all_ended()
    assert (office.alert().state, len(office.sms.taken)) == (S.DELIVERED, 1)


def test_who_took_a_message_is_known_even_where_the_receipt_overtook_the_answer(office: Office) -> None:
    with office.database.session() as db:
        owe(db, make_member(db), office.clock.now())
        db.commit()
    office.alimtalk.gate = threading.Event()
    worker = threading.Thread(target=office.delivery.deliver)
    worker.start()
    while not office.alimtalk.calls:
        worker.join(0.01)
    push(office, Receipt(office.attempts()[0].key, R.DELIVERED, "r"))
    office.alimtalk.gate.set()
    worker.join()
    (attempt,) = office.attempts()
    assert (attempt.state, attempt.provider) == (A.DELIVERED, "nhn_alimtalk")
    assert office.alert().state is S.DELIVERED


def test_a_receipt_that_overtakes_the_answer_of_the_call_counts(office: Office) -> None:
    with office.database.session() as db:
        owe(db, make_member(db), office.clock.now())
        db.commit()
        (alert,) = claim(db, "worker", office.clock.now(), timedelta(seconds=45))
        db.add(
            Attempt(
                alert_id=alert.id,
                key="k",
                channel="alimtalk",
                provider="",
                began_at=office.clock.now(),
                tries=1,
            )
        )
        db.commit()
    assert push(office, Receipt("k", R.DELIVERED, "r")) == 1
    with office.database.session() as db:
        release(db, "worker", [(office.alert().id, {"due_at": office.clock.now()})])
        db.commit()
    assert office.alert().state is S.DELIVERED
    assert office.delivery.drain() == 0


# --- property: whatever comes in whatever order


def snapshot(office: Office) -> tuple[dict[int, Alert], dict[int, Attempt]]:
    return {each.id: each for each in office.alerts()}, {each.id: each for each in office.attempts()}


def assert_nothing_moved_back(
    before: tuple[dict[int, Alert], dict[int, Attempt]],
    after_it: tuple[dict[int, Alert], dict[int, Attempt]],
) -> None:
    for alert_id, old in before[0].items():
        new = after_it[0][alert_id]
        if old.state not in OPEN:
            assert (new.state, new.finished_at, new.reason) == (old.state, old.finished_at, old.reason)
        elif new.state in OPEN:
            assert RANK[new.state] >= RANK[old.state]
        assert (new.finished_at is None) is (new.state in OPEN)
        assert old.handed_at is None or new.handed_at == old.handed_at
    for attempt_id, was in before[1].items():
        now = after_it[1][attempt_id]
        if was.ended_at is not None:
            assert (now.state, now.ended_at) == (was.state, was.ended_at)


def any_receipt(office: Office, dice: random.Random) -> Receipt:
    attempts = office.attempts()
    state = dice.choice([R.WAITING, R.DELIVERED, R.FAILED, R.FAILED])
    if not attempts or dice.random() < 0.1:
        return Receipt(f"unknown-{dice.random()}", state, "unknown")
    attempt = dice.choice(attempts)
    by_key = dice.random() < 0.7
    return Receipt(
        attempt.key if by_key else "", state, attempt.reference or "x", stranger=dice.random() < 0.2
    )


def step(office: Office, dice: random.Random) -> None:
    """Do something that may happen at any time."""
    for provider in (office.kakao, office.alimtalk, office.sms):
        provider.loses_answers = dice.random() < 0.2
        provider.result = dice.choice([R.WAITING, R.DELIVERED, R.FAILED])
    what = dice.random()
    if what < 0.45:
        push(office, *(any_receipt(office, dice) for _ in range(dice.randint(1, 3))))
    elif what < 0.55:
        with office.database.session() as db:
            mark_shown(db, dice.choice(office.alerts()), office.clock.now())
            db.commit()
    else:
        office.clock.advance(timedelta(seconds=dice.choice([0, 1, 2, 25, 60, 600])))
        office.delivery.deliver()


@pytest.mark.parametrize("seed", range(6))
def test_states_never_move_backwards_whatever_receipts_come(office: Office, seed: int) -> None:
    dice = random.Random(seed)
    with office.database.session() as db:
        for number in range(4):
            befriend(db, make_member(db), f"friend-{number}")
        for number in range(4):
            member = make_member(db, phone=f"010-0002-{number:04d}")
            befriend(db, member, f"friend-of-{number}")
            owe(db, member, office.clock.now())
        db.commit()
    before = snapshot(office)
    for _ in range(25):
        step(office, dice)
        now = snapshot(office)
        assert_nothing_moved_back(before, now)
        before = now
    for provider in (office.kakao, office.alimtalk, office.sms):
        provider.loses_answers, provider.result = False, R.DELIVERED
    office.until_all_ended()
    assert_nothing_moved_back(before, snapshot(office))
    for provider in (office.kakao, office.alimtalk, office.sms):
        assert all(count == 1 for count in provider.counts.values())


def test_the_moment_it_was_first_taken_is_kept(office: Office) -> None:
    first: datetime = office.clock.now()
    attempt = hand_over(office)
    office.pass_time(minutes=2)
    push(office, receipt(attempt))
    assert office.alert().handed_at == office.attempts()[0].handed_at == first
