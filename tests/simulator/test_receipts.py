from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from simulator.settings import Settings
from tests.simulator.providers import PHONE, NhnAlimtalk, NhnSms, Solapi, card, faults, person, register
from tests.simulator.receiver import Receiver
from tests.simulator.skill_server import wait_until


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def settings(settings: Settings, receiver: Receiver) -> Settings:
    return replace(settings, receipts_url=receiver.url, receipt_retry_seconds=0.05)


@pytest.fixture
def nhn(simulator: str) -> NhnAlimtalk:
    register(simulator)
    return NhnAlimtalk(simulator)


def test_nhns_receipts_come_signed_with_all_results_of_a_request(
    nhn: NhnAlimtalk, simulator: str, receiver: Receiver
) -> None:
    faults(simulator, nhn_alimtalk={"outcomes": {PHONE: "3019"}})
    request = nhn.send(person(key="a"), person("01099998888", key="b")).json()["message"]["requestId"]
    wait_until(lambda: len(receiver.hooks()) == 2)
    (call,) = receiver.calls
    body = call.body
    assert (body["event"], body["productName"]) == ("MESSAGE_RESULT_UPDATE", "KakaoTalk Bizmessage")
    told = [
        (h["requestId"], h["recipientSeq"], h["recipientGroupingKey"], h["resultCode"]) for h in body["hooks"]
    ]
    assert told == [(request, 1, "a", "3019"), (request, 2, "b", "1000")]
    assert (call.signature, call.token) == ("local-receipt-token", None)


def test_texts_have_receipts_too(simulator: str, receiver: Receiver) -> None:
    NhnSms(simulator).send(key="a")
    NhnSms(simulator).send("mms", key="b", title="보람")
    wait_until(lambda: len(receiver.hooks("nhn_sms")) == 2)
    told = {
        h["recipientGroupingKey"]: (h["messageStatus"], h["resultCode"]) for h in receiver.hooks("nhn_sms")
    }
    assert told == {"a": ("COMPLETED", "1000"), "b": ("COMPLETED", "1000")}


def test_solapi_pushes_an_array_with_its_token_until_it_is_answered_200_five_times_at_most(
    simulator: str, receiver: Receiver
) -> None:
    register(simulator)
    receiver.status = 201
    Solapi(simulator).send(card(key="a"))
    wait_until(lambda: len(receiver.calls) == 5)
    time.sleep(0.3)
    bodies = [call.body for call in receiver.calls]
    assert [body[0]["retryCount"] for body in bodies] == [0, 1, 2, 3, 4]
    assert len({body[0]["eventDataId"] for body in bodies}) == 1
    told = bodies[0][0]["data"]
    assert (told["statusCode"], told["customFields"], told["type"]) == ("4000", {"key": "a"}, "ATA")
    assert {(call.signature, call.token) for call in receiver.calls} == {(None, "local-receipt-token")}
    receiver.status = 200
    Solapi(simulator).send(card(key="b"))
    wait_until(lambda: len(receiver.calls) == 6)
    time.sleep(0.3)
    assert len(receiver.calls) == 6


def test_receipts_can_come_twice_unsigned_and_for_nobody(
    nhn: NhnAlimtalk, simulator: str, receiver: Receiver
) -> None:
    faults(simulator, nhn_alimtalk={"receipts": {"duplicate": 1, "unsigned": 1, "unknown": 1}})
    nhn.send(person(key="a"))
    wait_until(lambda: len(receiver.hooks()) == 4)
    keys = sorted(hook["recipientGroupingKey"] for hook in receiver.hooks())
    assert keys[:2] == ["a", "a"]
    assert keys[2].startswith("unknown-")
    assert {call.signature for call in receiver.calls} == {None}
    assert len({call.body["hooksId"] for call in receiver.calls}) == 2


def test_receipts_can_come_in_another_order(nhn: NhnAlimtalk, simulator: str, receiver: Receiver) -> None:
    faults(simulator, seed=3, nhn_alimtalk={"receipts": {"out_of_order": 1}})
    nhn.send(*(person(f"0105555{n:04}") for n in range(12)))
    wait_until(lambda: len(receiver.calls) == 12)
    order_of_arrival = [hook["recipientSeq"] for hook in receiver.hooks()]
    assert sorted(order_of_arrival) == list(range(1, 13))
    assert order_of_arrival != list(range(1, 13))


def test_receipts_can_be_late_or_never_come(nhn: NhnAlimtalk, simulator: str, receiver: Receiver) -> None:
    faults(simulator, nhn_alimtalk={"receipts": {"delay": 0.5}})
    began = time.monotonic()
    sent = nhn.send(person(key="late"))
    assert nhn.state(sent) == ("COMPLETED", "1000")
    wait_until(lambda: len(receiver.hooks()) == 1)
    assert time.monotonic() - began >= 0.5
    faults(simulator, nhn_alimtalk={"receipts": {"never": 1}})
    nhn.send(person(key="never"))
    faults(simulator, nhn_alimtalk={})
    nhn.send(person(key="after"))
    wait_until(lambda: len(receiver.hooks()) == 2)
    assert [hook["recipientGroupingKey"] for hook in receiver.hooks()] == ["late", "after"]
