from __future__ import annotations

import logging
from typing import Any

import pytest

from alerts.channels import Channel, ChannelPermanent, ChannelRetryable, ReceiptState
from alerts.channels.prices import SOLAPI
from alerts.channels.solapi import SolapiAlimtalk, SolapiSms
from tests.alerts.attempts import OTHER_PHONE, card, sent, settled, states, text
from tests.http_server import http_server
from tests.simulator.providers import PHONE, VALUES, faults, ledger, on_phone, register

KEY, SECRET = "local-solapi-api-key", "local-solapi-api-secret"
SEND, LIST = "/messages/v4/send-many/detail", "/messages/v4/list"
DELIVERED, FAILED, WAITING, ABSENT = (
    ReceiptState.DELIVERED,
    ReceiptState.FAILED,
    ReceiptState.WAITING,
    ReceiptState.ABSENT,
)


def alimtalk(url: str, secret: str = SECRET) -> SolapiAlimtalk:
    return SolapiAlimtalk(url, KEY, secret, "KA01PF", timeout=(1.0, 1.0))


def sms(url: str, sender: str = "15880000") -> SolapiSms:
    return SolapiSms(url, KEY, SECRET, sender, timeout=(1.0, 1.0))


@pytest.fixture
def solapi(simulator: str) -> str:
    """The simulator with approved templates."""
    register(simulator).raise_for_status()
    return simulator


def failed(key: str, code: str) -> dict[str, Any]:
    return {"messageId": "M", "statusCode": code, "statusMessage": "no", "customFields": {"key": key}}


def test_a_template_is_filled_in_and_arrives_with_its_button(solapi: str) -> None:
    channel: Channel = alimtalk(solapi)
    (receipt,) = settled(channel, [card("a-1", to="010-2345-6789")])
    assert (receipt.key, receipt.state, receipt.code) == ("a-1", DELIVERED, "4000")
    assert (receipt.cost, receipt.at is not None) == (SOLAPI["ALIMTALK"], True)
    (item,) = on_phone(solapi)
    assert (item["owner"], item["text"]) == (PHONE, "[보람] 하늘님, 도서관 봉사가 승인됐어요.")
    assert item["buttons"][0]["linkMo"] == VALUES["link"]


def test_texts_go_as_short_or_long_messages_in_one_call(solapi: str) -> None:
    batch = [text("a-1"), text("a-2", "가" * 46, title="두볼 봉사 알림"), text("a-3", "다른 글", OTHER_PHONE)]
    receipts = settled(sms(solapi), batch)
    assert [receipt.key for receipt in receipts] == ["a-1", "a-2", "a-3"]
    assert [receipt.cost for receipt in receipts] == [SOLAPI["SMS"], SOLAPI["LMS"], SOLAPI["SMS"]]
    items = {item["text"]: item for item in on_phone(solapi)}
    assert (items["가" * 46]["form"], items["가" * 46]["title"]) == ("lms", "두볼 봉사 알림")
    assert (items["다른 글"]["form"], items["다른 글"]["owner"]) == ("sms", OTHER_PHONE)


def test_two_messages_for_one_person_both_arrive(solapi: str) -> None:
    assert states(settled(alimtalk(solapi), [card("a-1"), card("a-2", name="바다")])) == [DELIVERED] * 2
    assert ledger(solapi, "solapi")["keys"] == {"a-1": 1, "a-2": 1}


@pytest.mark.parametrize(
    ("code", "state", "stranger"),
    [("3104", FAILED, True), ("3107", FAILED, False), ("3000", WAITING, False), ("3014", WAITING, False)],
)
def test_what_solapi_says_decides_whether_another_channel_may_be_tried(
    solapi: str, code: str, state: ReceiptState, *, stranger: bool
) -> None:
    faults(solapi, solapi={"outcomes": {PHONE: code}})
    channel, message = alimtalk(solapi), card("a-1")
    (taken,) = channel.send([message])
    (receipt,) = channel.ask([sent(message, taken)])
    assert (receipt.state, receipt.code, receipt.stranger) == (state, code, stranger)


def test_one_that_is_refused_keeps_no_other_back(solapi: str) -> None:
    batch = [card("a-1"), card("a-2", template="unknown"), card("a-3", "02-123-4567")]
    right, refused, wrong = alimtalk(solapi).send(batch)
    assert (right.state, refused.state, refused.code) == (WAITING, FAILED, "1042")
    assert (wrong.state, wrong.code) == (FAILED, "number")


def test_a_sender_that_is_not_registered_is_ours_to_mend(solapi: str) -> None:
    with pytest.raises(ChannelRetryable, match="1062") as caught:
        sms(solapi, sender="01012345678").send([text("a-1")])
    assert not caught.value.maybe_sent


def test_where_the_money_ends_in_the_middle_the_rest_may_be_sent_again() -> None:
    taken = {"messageId": "M1", "statusCode": "2000", "customFields": {"key": "a-1"}}
    answer = {"groupInfo": {}, "messageList": [taken], "failedMessageList": [failed("a-2", "1030")]}
    with http_server() as server:
        server.answer(SEND, answer)
        first, second = sms(server.url).send([text("a-1"), text("a-2")])
        (body,) = server.asked(SEND)
    assert (first.state, first.reference, second.state) == (WAITING, "M1", ABSENT)
    assert body["allowDuplicates"] is True
    assert [message["customFields"] for message in body["messages"]] == [{"key": "a-1"}, {"key": "a-2"}]


def test_solapis_own_failover_to_text_messages_is_off() -> None:
    with http_server() as server:
        server.answer(SEND, {"errorCode": "ValidationError", "errorMessage": "no"}, status=400)
        with pytest.raises(ChannelPermanent, match="ValidationError"):
            alimtalk(server.url).send([card("a-1")])
        (body,) = server.asked(SEND)
    assert body["messages"][0]["kakaoOptions"]["disableSms"] is True


def test_an_empty_account_is_no_refusal_of_the_message() -> None:
    with http_server() as server:
        server.answer(SEND, {"errorCode": "NotEnoughBalance"}, status=400)
        with pytest.raises(ChannelRetryable, match="NotEnoughBalance"):
            sms(server.url).send([text("a-1")])


def test_a_wrong_secret_is_ours_to_mend_so_the_message_may_be_tried_again(solapi: str) -> None:
    with pytest.raises(ChannelRetryable, match="key"):
        alimtalk(solapi, secret="wrong").send([card("a-1")])


def test_many_calls_at_once_each_have_a_signature_of_their_own(solapi: str) -> None:
    channel = sms(solapi)
    for number in range(20):
        assert states(channel.send([text(f"a-{number}")])) == [WAITING]


def test_messages_whose_answer_got_lost_are_found_by_our_keys(solapi: str) -> None:
    faults(solapi, solapi={"hangs": 1.0})
    channel, batch = alimtalk(solapi), [card("a-1"), card("a-2", OTHER_PHONE)]
    with pytest.raises(ChannelRetryable) as caught:
        channel.send(batch)
    assert caught.value.maybe_sent
    faults(solapi, solapi={})
    receipts = channel.ask([sent(message) for message in [*batch, card("a-3")]])
    assert states(receipts) == [DELIVERED, DELIVERED, WAITING]
    assert receipts[0].reference
    assert ledger(solapi, "solapi")["keys"] == {"a-1": 1, "a-2": 1}


def test_what_the_provider_never_got_is_absent_once_it_is_a_minute_old(solapi: str) -> None:
    assert states(sms(solapi).ask([sent(text("a-1"), ago=10)])) == [WAITING]
    assert states(sms(solapi).ask([sent(text("a-1"), ago=61)])) == [ABSENT]


def test_a_long_list_is_read_to_its_end(solapi: str) -> None:
    channel = sms(solapi)
    batch = [text(f"a-{number}", to=f"0103333{number:04}") for number in range(700)]
    receipts = channel.send(batch)
    attempts = [sent(message, receipt) for message, receipt in zip(batch, receipts, strict=True)]
    assert set(states(channel.ask(attempts))) == {DELIVERED}
    assert set(states(channel.ask([sent(message) for message in batch]))) == {DELIVERED}


@pytest.mark.parametrize(
    ("body", "status"), [({}, 200), ({"messageList": []}, 200), ({"errorCode": "x"}, 400)]
)
def test_a_list_that_cannot_be_read_makes_nothing_absent(body: Any, status: int) -> None:
    with http_server() as server:
        server.answer(LIST, body, status=status)
        with pytest.raises(ChannelRetryable):
            sms(server.url).ask([sent(text("a-1"), ago=3600)])


def test_an_answer_in_an_unknown_form_may_have_been_sent() -> None:
    with http_server() as server:
        server.answer(SEND, {"groupInfo": {}})
        with pytest.raises(ChannelRetryable) as caught:
            sms(server.url).send([text("a-1")])
    assert caught.value.maybe_sent


def test_neither_the_secret_nor_number_nor_words_get_into_logs(
    solapi: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel, message = sms(solapi), text("a-1", "비밀 482913")
    (receipt,) = channel.send([message])
    channel.ask([sent(message, receipt), sent(message)])
    for word in (SECRET, "23456789", "482913"):
        assert word not in caplog.text
