from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from alerts.channels import (
    ChannelPermanent,
    ChannelRetryable,
    Outgoing,
    Receipt,
    ReceiptState,
    Sent,
)
from alerts.channels.failover import FAILURES, Failover, Handed
from alerts.channels.limits import Bucket
from alerts.channels.nhn_alimtalk import NhnAlimtalk
from alerts.channels.solapi import SolapiAlimtalk
from tests.alerts.attempts import Played, card, fails, sent, states, takes, text
from tests.simulator.providers import faults, ledger, register

WAITING, FAILED, ABSENT = ReceiptState.WAITING, ReceiptState.FAILED, ReceiptState.ABSENT
DOWN = ChannelRetryable("HTTP 429")
LOST = ChannelRetryable("HTTP 503", maybe_sent=True)


def batch(count: int) -> list[Outgoing]:
    return [text(f"a-{number}") for number in range(count)]


def told(handed: Sequence[Handed]) -> list[tuple[str, list[str]]]:
    return [(each.provider, [message.key for message in each.messages]) for each in handed]


def test_the_first_provider_takes_everything_in_slices_as_large_as_all_can_take() -> None:
    first, second = Played("first", takes, batch=100), Played("second", takes, batch=2)
    failover = Failover([first, second])
    handed = list(failover.send(batch(5)))
    assert told(handed) == [("first", ["a-0", "a-1"]), ("first", ["a-2", "a-3"]), ("first", ["a-4"])]
    assert [receipt.reference for each in handed for receipt in each.receipts] == [
        f"ref-a-{n}" for n in range(5)
    ]
    assert (failover.batch, failover.names, second.calls) == (2, ("first", "second"), [])


def test_a_provider_that_took_nothing_is_passed_over() -> None:
    handed = list(Failover([Played("first", fails(DOWN)), Played("second", takes)]).send(batch(2)))
    assert told(handed) == [("second", ["a-0", "a-1"])]
    assert handed[0].error is None


def test_a_provider_that_may_have_taken_them_is_not_passed_over() -> None:
    second = Played("second", takes)
    (handed,) = Failover([Played("first", fails(LOST)), second]).send(batch(2))
    assert (handed.provider, handed.error, handed.receipts) == ("first", LOST, ())
    assert second.calls == []


def test_a_slice_that_is_lost_keeps_no_other_slice_from_going() -> None:
    answers = iter([takes, fails(LOST), takes])

    def send(messages: Sequence[Outgoing]) -> list[Receipt]:
        return next(answers)(messages)

    first = Played("first", send, batch=1)
    handed = list(Failover([first]).send(batch(3)))
    assert [each.error for each in handed] == [None, LOST, None]


def test_each_slice_is_told_as_soon_as_it_went() -> None:
    first = Played("first", takes, batch=1)
    handing = iter(Failover([first]).send(batch(2)))
    next(handing)
    assert first.calls == [["a-0"]]


def test_a_refusal_is_final_and_no_failure_of_the_provider() -> None:
    refusal = ChannelPermanent("Invalid bot ID")
    first, second = Played("first", fails(refusal), batch=1), Played("second", takes, batch=1)
    handed = list(Failover([first, second]).send(batch(FAILURES + 2)))
    assert {(each.provider, each.error) for each in handed} == {("first", refusal)}
    assert len(first.calls) == FAILURES + 2


def test_what_a_provider_left_over_goes_to_the_next() -> None:
    def half(messages: Sequence[Outgoing]) -> list[Receipt]:
        return [*takes(messages[:1]), *(Receipt(each.key, ABSENT) for each in messages[1:])]

    handed = list(Failover([Played("first", half), Played("second", takes)]).send(batch(3)))
    assert told(handed) == [("first", ["a-0"]), ("second", ["a-1", "a-2"])]
    assert [states(each.receipts) for each in handed] == [[WAITING], [WAITING, WAITING]]


def test_when_nobody_takes_them_nothing_was_sent_and_the_last_reason_is_told() -> None:
    (handed,) = Failover([Played("first", fails(ChannelRetryable("x"))), Played("second", fails(DOWN))]).send(
        batch(1)
    )
    assert (handed.provider, handed.error) == ("", DOWN)
    (nobody,) = Failover([]).send(batch(1))
    assert isinstance(nobody.error, ChannelRetryable)
    assert not nobody.error.maybe_sent


def test_a_provider_that_keeps_failing_is_left_alone_for_a_while() -> None:
    first, second = Played("first", fails(DOWN), batch=1), Played("second", takes, batch=1)
    failover = Failover([first, second])
    assert {each.provider for each in failover.send(batch(FAILURES + 4))} == {"second"}
    assert len(first.calls) == FAILURES


def test_a_provider_without_room_is_passed_over_and_a_short_wait_is_waited(redis_url: str) -> None:
    slow, fast = Bucket(redis_url, "slow", 0.1, 1), Bucket(redis_url, "fast", 20, 1)
    slow.take()
    first, second = Played("first", takes, batch=1), Played("second", takes, batch=1)
    failover = Failover([first, second], {"first": slow, "second": fast})
    began = time.monotonic()
    handed = list(failover.send(batch(4)))
    assert {each.provider for each in handed} == {"second"}
    assert 0.1 < time.monotonic() - began < 1
    assert first.calls == []


def test_no_room_is_no_failure_of_the_provider(redis_url: str) -> None:
    bucket = Bucket(redis_url, "tight", 2, 1)
    bucket.take(6)
    first = Played("first", takes, batch=1)
    failover = Failover([first], {"first": bucket})
    refused = [each for _ in range(FAILURES + 1) for each in failover.send(batch(1))]
    assert all(isinstance(each.error, ChannelRetryable) for each in refused)
    time.sleep(2.2)
    assert [each.provider for each in failover.send(batch(1))] == ["first"]


def knows(*keys: str) -> Played:
    def ask(attempts: Sequence[Sent]) -> list[Receipt]:
        return [
            Receipt(each.key, ReceiptState.DELIVERED if each.key in keys else ABSENT) for each in attempts
        ]

    return Played("-".join(keys) or "none", takes, ask)


def test_the_provider_that_took_an_attempt_is_asked() -> None:
    failover = Failover([knows("a-0"), knows("a-1")])
    attempts = [sent(message) for message in batch(2)]
    assert states(failover.ask("a-1", attempts)) == [ABSENT, ReceiptState.DELIVERED]


def test_where_it_is_not_known_who_took_an_attempt_all_are_asked() -> None:
    failover = Failover([knows("a-0"), knows("a-1")])
    receipts = failover.ask("", [sent(message) for message in batch(3)])
    assert states(receipts) == [ReceiptState.DELIVERED, ReceiptState.DELIVERED, ABSENT]
    assert [receipt.key for receipt in receipts] == ["a-0", "a-1", "a-2"]


def test_an_attempt_is_not_absent_while_one_of_those_who_may_have_it_does_not_answer() -> None:
    def silent(_attempts: Sequence[Sent]) -> list[Receipt]:
        raise DOWN

    failover = Failover([knows("a-0"), Played("silent", takes, silent)])
    assert states(failover.ask("", [sent(message) for message in batch(2)])) == [
        ReceiptState.DELIVERED,
        WAITING,
    ]
    with pytest.raises(ChannelRetryable):
        failover.ask("", [sent(text("a-9"))])


def test_a_provider_that_is_no_longer_set_up_may_be_again() -> None:
    with pytest.raises(ChannelRetryable, match="gone is not set up"):
        Failover([knows("a-0")]).ask("gone", [sent(text("a-0"))])


def test_asking_in_vain_keeps_no_message_from_being_sent() -> None:
    def silent(_attempts: Sequence[Sent]) -> list[Receipt]:
        raise DOWN

    failover = Failover([Played("first", takes, silent)])
    for _ in range(FAILURES + 1):
        with pytest.raises(ChannelRetryable):
            failover.ask("first", [sent(text("a-0"))])
    assert told(list(failover.send(batch(1)))) == [("first", ["a-0"])]


def real(simulator: str) -> Failover:
    register(simulator).raise_for_status()
    alimtalk = NhnAlimtalk(simulator, "app", "local-alimtalk-secret-key", "s" * 40, timeout=(1.0, 1.0))
    other = SolapiAlimtalk(
        simulator, "local-solapi-api-key", "local-solapi-api-secret", "KA01PF", timeout=(1.0, 1.0)
    )
    return Failover([alimtalk, other])


def test_when_nhn_has_no_room_solapi_takes_the_messages_once(simulator: str) -> None:
    failover = real(simulator)
    faults(simulator, nhn_alimtalk={"too_many": 1.0})
    assert told(list(failover.send([card("a-1"), card("a-2")]))) == [("solapi_alimtalk", ["a-1", "a-2"])]
    assert ledger(simulator, "solapi")["keys"] == {"a-1": 1, "a-2": 1}
    assert ledger(simulator, "nhn_alimtalk")["keys"] == {}


def test_when_nhns_answer_is_lost_it_is_asked_and_solapi_never_sees_the_message(simulator: str) -> None:
    failover = real(simulator)
    faults(simulator, nhn_alimtalk={"hangs": 1.0})
    (handed,) = failover.send([card("a-1")])
    assert handed.error
    assert handed.error.maybe_sent  # type: ignore[union-attr]
    faults(simulator, nhn_alimtalk={})
    assert states(failover.ask(handed.provider, [sent(card("a-1"))])) == [ReceiptState.DELIVERED]
    assert states(failover.ask("", [sent(card("a-1"))])) == [ReceiptState.DELIVERED]
    assert ledger(simulator, "solapi")["keys"] == {}
