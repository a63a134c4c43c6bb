from __future__ import annotations

import logging
from typing import Any

import pytest

from alerts.channels import Channel, ChannelRetryable, Outgoing, ReceiptState
from alerts.channels.nhn_alimtalk import NhnAlimtalk
from alerts.channels.prices import NHN
from tests.alerts.attempts import OTHER_PHONE, card, sent, settled, states
from tests.http_server import http_server
from tests.simulator.providers import PHONE, VALUES, faults, ledger, on_phone, register

SECRET = "local-alimtalk-secret-key"
PATH = "/alimtalk/v2.3/appkeys/app/messages"
OK = {"isSuccessful": True, "resultCode": 0, "resultMessage": "SUCCESS"}
DELIVERED, FAILED, WAITING, ABSENT = (
    ReceiptState.DELIVERED,
    ReceiptState.FAILED,
    ReceiptState.WAITING,
    ReceiptState.ABSENT,
)


def alimtalk(url: str, secret: str = SECRET) -> NhnAlimtalk:
    return NhnAlimtalk(url, "app", secret, "s" * 40, timeout=(1.0, 1.0))


@pytest.fixture
def nhn(simulator: str) -> str:
    """The simulator with approved templates."""
    register(simulator).raise_for_status()
    return simulator


def refusal(code: int) -> dict[str, Any]:
    return {"header": {"isSuccessful": False, "resultCode": code, "resultMessage": "no"}}


def test_a_template_is_filled_in_and_arrives_with_its_button(nhn: str) -> None:
    channel: Channel = alimtalk(nhn)
    (receipt,) = settled(channel, [card("a-1", to="010-2345-6789")])
    assert (receipt.key, receipt.state, receipt.code) == ("a-1", DELIVERED, "1000")
    assert (receipt.cost, receipt.at is not None) == (NHN["ALIMTALK"], True)
    (item,) = on_phone(nhn)
    assert (item["owner"], item["text"]) == (PHONE, "[보람] 하늘님, 도서관 봉사가 승인됐어요.")
    assert item["buttons"][0]["linkMo"] == VALUES["link"]


def test_a_batch_of_several_templates_comes_back_in_its_order(nhn: str) -> None:
    batch = [
        card("a-1"),
        card("a-2", template="linked", code="xyz"),
        card("a-3", OTHER_PHONE, name="바다"),
        card("a-4"),
    ]
    receipts = settled(alimtalk(nhn), batch)
    assert [receipt.key for receipt in receipts] == ["a-1", "a-2", "a-3", "a-4"]
    assert states(receipts) == [DELIVERED] * 4
    assert ledger(nhn, "nhn_alimtalk")["keys"] == dict.fromkeys(("a-1", "a-2", "a-3", "a-4"), 1)


@pytest.mark.parametrize(
    ("code", "state", "stranger"),
    [
        ("3005", WAITING, False),
        ("3018", FAILED, False),
        ("3019", FAILED, True),
        ("3020", FAILED, True),
        ("3016", FAILED, False),
    ],
)
def test_what_kakaotalk_says_decides_whether_another_channel_may_be_tried(
    nhn: str, code: str, state: ReceiptState, *, stranger: bool
) -> None:
    faults(nhn, nhn_alimtalk={"outcomes": {PHONE: code}})
    channel, message = alimtalk(nhn), card("a-1")
    (taken,) = channel.send([message])
    (receipt,) = channel.ask([sent(message, taken)])
    assert (receipt.state, receipt.code, receipt.stranger) == (state, code, stranger)
    assert (receipt.cost == 0) is (state is FAILED)


def test_a_template_that_is_not_approved_fails_so_that_the_next_channel_is_tried(nhn: str) -> None:
    (receipt,) = settled(alimtalk(nhn), [card("a-1", template="unknown")])
    assert (receipt.state, receipt.code) == (FAILED, "3015")


def test_one_without_a_value_is_refused_and_the_others_go(nhn: str) -> None:
    empty = Outgoing("a-2", OTHER_PHONE, template="approved")
    right, wrong = alimtalk(nhn).send([card("a-1"), empty])
    assert (right.state, wrong.state, wrong.code) == (WAITING, FAILED, "-3004")


def test_a_number_that_is_no_mobile_is_refused_and_not_sent(nhn: str) -> None:
    receipts = alimtalk(nhn).send([card("a-1", "02-123-4567"), card("a-2"), card("a-3", "")])
    assert states(receipts) == [FAILED, WAITING, FAILED]
    assert ledger(nhn, "nhn_alimtalk")["keys"] == {"a-2": 1}


def test_the_same_batch_is_taken_once_and_the_second_time_has_to_be_asked_for(nhn: str) -> None:
    channel, batch = alimtalk(nhn), [card("a-1"), card("a-2", OTHER_PHONE)]
    channel.send(batch)
    with pytest.raises(ChannelRetryable, match="-1005") as caught:
        channel.send(batch)
    assert caught.value.maybe_sent
    assert states(channel.ask([sent(message) for message in batch])) == [DELIVERED] * 2
    assert ledger(nhn, "nhn_alimtalk")["keys"] == {"a-1": 1, "a-2": 1}


def test_a_batch_whose_answer_got_lost_is_found_by_our_keys(nhn: str) -> None:
    faults(nhn, nhn_alimtalk={"hangs": 1.0})
    channel, batch = alimtalk(nhn), [card("a-1"), card("a-2", OTHER_PHONE)]
    with pytest.raises(ChannelRetryable) as caught:
        channel.send(batch)
    assert caught.value.maybe_sent
    faults(nhn, nhn_alimtalk={})
    receipts = channel.ask([sent(batch[0]), sent(batch[1])])
    assert states(receipts) == [DELIVERED] * 2
    assert all(receipt.reference for receipt in receipts)
    assert states(channel.ask([sent(batch[1])])) == [DELIVERED]


def test_what_the_provider_never_got_is_absent_once_it_is_a_minute_old(nhn: str) -> None:
    channel = alimtalk(nhn)
    assert states(channel.ask([sent(card("a-1"), ago=10)])) == [WAITING]
    assert states(channel.ask([sent(card("a-1"), ago=61)])) == [ABSENT]


def test_when_the_first_template_went_and_the_second_did_not_both_are_told() -> None:
    results = [OK | {"recipientSeq": 1}]
    with http_server() as server:
        taken = {"header": OK, "message": {"requestId": "r", "sendResults": results}}
        server.answer(PATH, taken)
        channel = alimtalk(server.url)
        assert states(channel.send([card("a-1"), card("a-2", template="linked")])) == [WAITING] * 2
        server.answer(PATH, refusal(-3003))
        receipts = channel.send([card("a-1"), card("a-2", template="linked")])
    assert [(receipt.state, receipt.code) for receipt in receipts] == [(FAILED, "-3003")] * 2


def test_nhns_own_failover_to_text_messages_is_off() -> None:
    with http_server() as server:
        server.answer(PATH, refusal(-9999))
        with pytest.raises(ChannelRetryable):
            alimtalk(server.url).send([card("a-1")])
        (body,) = server.asked(PATH)
    assert body["recipientList"][0]["resendParameter"] == {"isResend": False}


@pytest.mark.parametrize(("code", "calls"), [(-2000, 7), (4, 7), (-3005, 1)])
def test_a_call_that_one_recipient_may_have_spoilt_is_halved_until_it_is_found(code: int, calls: int) -> None:
    with http_server() as server:
        server.answer(PATH, refusal(code))
        batch = [card(f"a-{n}", f"0101111000{n}") for n in range(4)]
        receipts = alimtalk(server.url).send(batch)
        bodies = server.asked(PATH)
    assert [(receipt.key, receipt.state) for receipt in receipts] == [(m.key, FAILED) for m in batch]
    assert len(bodies) == calls


@pytest.mark.parametrize(("code", "maybe_sent"), [(-9999, False), (-1000, False), (-1005, True)])
def test_a_refusal_that_speaks_of_the_service_or_our_contract_is_no_end(
    code: int, *, maybe_sent: bool
) -> None:
    with http_server() as server:
        server.answer(PATH, refusal(code))
        with pytest.raises(ChannelRetryable, match=str(code)) as caught:
            alimtalk(server.url).send([card("a-1")])
    assert caught.value.maybe_sent is maybe_sent


@pytest.mark.parametrize(
    "body", [{}, {"header": OK}, {"header": OK, "message": {"requestId": "r", "sendResults": []}}]
)
def test_an_answer_in_an_unknown_form_may_have_been_sent(body: Any) -> None:
    with http_server() as server:
        server.answer(PATH, body)
        with pytest.raises(ChannelRetryable) as caught:
            alimtalk(server.url).send([card("a-1")])
    assert caught.value.maybe_sent


@pytest.mark.parametrize(
    "body",
    [refusal(-9999), {"header": OK}, {"header": OK, "messageSearchResultResponse": {"messages": ["x"]}}],
)
def test_a_listing_that_cannot_be_read_makes_nothing_absent(body: Any) -> None:
    with http_server() as server:
        server.answer(PATH, body)
        with pytest.raises(ChannelRetryable):
            alimtalk(server.url).ask([sent(card("a-1"), ago=3600)])


def test_neither_the_secret_nor_number_nor_words_get_into_logs(
    nhn: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel, message = alimtalk(nhn), card("a-1")
    (receipt,) = channel.send([message])
    channel.ask([sent(message, receipt), sent(message)])
    for word in (SECRET, "23456789", "하늘"):
        assert word not in caplog.text
