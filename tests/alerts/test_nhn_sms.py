from __future__ import annotations

import logging
from typing import Any

import pytest

from alerts.channels import Channel, ChannelRetryable, ReceiptState
from alerts.channels.nhn_sms import NhnSms
from alerts.channels.prices import NHN
from tests.alerts.attempts import OTHER_PHONE, sent, settled, states, text
from tests.http_server import http_server
from tests.simulator.providers import PHONE, faults, ledger, on_phone

SECRET = "local-sms-secret-key"
AUTH = "/sms/v3.0/appKeys/app/sender/auth/sms"
PLAIN = "/sms/v3.0/appKeys/app/sender/sms"
OK = {"isSuccessful": True, "resultCode": 0, "resultMessage": "SUCCESS"}
DELIVERED, FAILED, WAITING, ABSENT = (
    ReceiptState.DELIVERED,
    ReceiptState.FAILED,
    ReceiptState.WAITING,
    ReceiptState.ABSENT,
)


def sms(url: str, secret: str = SECRET) -> NhnSms:
    return NhnSms(url, "app", secret, "0215880000", timeout=(1.0, 1.0))


def test_a_text_arrives_on_the_phone_it_was_meant_for(simulator: str) -> None:
    channel: Channel = sms(simulator)
    (receipt,) = settled(channel, [text("a-1", "[보람] 인증번호는 482913이에요.", "010-2345-6789")])
    assert (receipt.key, receipt.state, receipt.cost) == ("a-1", DELIVERED, NHN["SMS"])
    (item,) = on_phone(simulator)
    assert (item["owner"], item["text"]) == (PHONE, "[보람] 인증번호는 482913이에요.")
    assert (item["form"], item["auth"], item["cut"], item["sender"]) == ("sms", True, False, "0215880000")


def test_a_text_without_a_word_of_authentication_takes_the_ordinary_lane(simulator: str) -> None:
    assert states(settled(sms(simulator), [text("a-1")])) == [DELIVERED]
    assert on_phone(simulator)[0]["auth"] is False


def test_what_is_over_ninety_bytes_goes_as_a_long_message_with_a_subject(simulator: str) -> None:
    words = "가" * 45 + "a 인증"
    (receipt,) = settled(sms(simulator), [text("a-1", words, title="두볼 봉사 알림")])
    assert (receipt.state, receipt.cost) == (DELIVERED, NHN["LMS"])
    (item,) = on_phone(simulator)
    assert (item["form"], item["title"], item["text"]) == ("lms", "두볼 봉사 알림", words)


def test_a_long_message_without_a_title_has_one_all_the_same(simulator: str) -> None:
    assert states(settled(sms(simulator), [text("a-1", "가" * 1000)])) == [DELIVERED]
    assert on_phone(simulator)[0]["title"]


def test_what_is_over_two_thousand_bytes_is_cut_before_its_link(simulator: str) -> None:
    settled(sms(simulator), [text("a-1", "가" * 1200 + "\nhttps://boram.example/h/abc")])
    (item,) = on_phone(simulator)
    assert item["cut"] is False
    assert item["text"].endswith("가…\nhttps://boram.example/h/abc")


@pytest.mark.parametrize("words", ["가" * 45, "a" * 90, "가" * 44 + "ab", "🎉" * 50 + "가" * 45])
def test_ninety_bytes_just_fit_a_short_message_and_arrive_whole(simulator: str, words: str) -> None:
    sms(simulator).send([text("a-1", words)])
    (item,) = on_phone(simulator)
    assert (item["form"], item["cut"]) == ("sms", False)


@pytest.mark.parametrize("phone", ["01023456789", "+82 10-2345-6789", "821023456789", " 010 2345 6789 "])
def test_a_number_is_understood_however_people_write_it(simulator: str, phone: str) -> None:
    sms(simulator).send([text("a-1", to=phone)])
    assert on_phone(simulator)[0]["owner"] == PHONE


@pytest.mark.parametrize("phone", ["", "02-123-4567", "0102345678900", "+1 202 555 0100", "010-2345-678x"])
def test_what_is_no_mobile_number_is_refused_and_the_others_go(simulator: str, phone: str) -> None:
    wrong, right = sms(simulator).send([text("a-1", to=phone), text("a-2")])
    assert (wrong.state, wrong.code, right.state) == (FAILED, "number", WAITING)
    assert not phone or phone not in wrong.reason
    assert len(on_phone(simulator)) == 1


def test_a_batch_of_different_texts_comes_back_in_its_order(simulator: str) -> None:
    batch = [text("a-1", "하나"), text("a-2", "둘"), text("a-3", "하나", OTHER_PHONE), text("a-4", "가" * 50)]
    receipts = settled(sms(simulator), batch)
    assert [receipt.key for receipt in receipts] == ["a-1", "a-2", "a-3", "a-4"]
    assert states(receipts) == [DELIVERED] * 4
    assert sorted((item["owner"], item["text"]) for item in on_phone(simulator)) == sorted(
        (message.to, message.text) for message in batch
    )


def test_one_text_for_many_is_one_call_and_a_number_is_never_twice_in_it() -> None:
    results = [OK | {"recipientSeq": seq} for seq in (1, 2)]
    with http_server() as nhn:
        nhn.answer(PLAIN, {"header": OK, "body": {"data": {"requestId": "r", "sendResultList": results}}})
        batch = [text("a-1"), text("a-2", to=OTHER_PHONE), text("a-3")]
        receipts = sms(nhn.url).send(batch)
        sizes = [len(body["recipientList"]) for body in nhn.asked(PLAIN)]
    assert sizes == [2, 1]
    assert [receipt.reference for receipt in receipts] == ["sms:r:1", "sms:r:2", "sms:r:1"]


def test_a_price_of_our_contract_stands_for_ours_and_others_stay(simulator: str) -> None:
    channel = NhnSms(simulator, "app", SECRET, "0215880000", prices={"SMS": 11})
    costs = [receipt.cost for receipt in channel.send([text("a-1"), text("a-2", "가" * 50)])]
    assert costs == [11, NHN["LMS"]]


@pytest.mark.parametrize("code", ["2003", "3001", "3012"])
def test_a_phone_that_gets_nothing_is_told_with_the_carriers_code_and_costs_nothing(
    simulator: str, code: str
) -> None:
    faults(simulator, nhn_sms={"outcomes": {PHONE: code}})
    (receipt,) = settled(sms(simulator), [text("a-1")])
    assert (receipt.state, receipt.code, receipt.cost) == (FAILED, code, 0)


def test_a_text_is_waited_for_until_its_result_is_known(simulator: str) -> None:
    faults(simulator, nhn_sms={"settle": 60})
    channel, message = sms(simulator), text("a-1")
    (receipt,) = channel.send([message])
    assert states(channel.ask([sent(message, receipt)])) == [WAITING]


@pytest.mark.parametrize("words", ["짧은 글", "인증 482913", "가" * 60])
def test_a_text_whose_answer_got_lost_is_found_by_our_key_in_any_lane(simulator: str, words: str) -> None:
    faults(simulator, nhn_sms={"hangs": 1.0})
    channel, message = sms(simulator), text("a-1", words)
    with pytest.raises(ChannelRetryable) as caught:
        channel.send([message])
    assert caught.value.maybe_sent
    faults(simulator, nhn_sms={})
    (receipt,) = channel.ask([sent(message)])
    assert (receipt.state, bool(receipt.reference)) == (DELIVERED, True)
    assert ledger(simulator, "nhn_sms")["keys"] == {"a-1": 1}


def test_lost_texts_of_one_minute_are_told_apart(simulator: str) -> None:
    channel, batch = sms(simulator), [text("a-1", "하나"), text("a-2", "둘"), text("a-3", "셋")]
    channel.send(batch[:2])
    receipts = channel.ask([sent(message, ago=59) for message in batch])
    assert states(receipts) == [DELIVERED, DELIVERED, WAITING]


def test_what_the_provider_never_got_is_absent_once_it_is_a_minute_old(simulator: str) -> None:
    assert states(sms(simulator).ask([sent(text("a-1"), ago=10)])) == [WAITING]
    assert states(sms(simulator).ask([sent(text("a-1"), ago=61)])) == [ABSENT]


def test_a_wrong_secret_is_ours_to_mend_so_the_text_may_be_tried_again(simulator: str) -> None:
    with pytest.raises(ChannelRetryable, match="key"):
        sms(simulator, secret="wrong").send([text("a-1")])


def refusal(code: int) -> dict[str, Any]:
    return {"header": {"isSuccessful": False, "resultCode": code, "resultMessage": "no"}, "body": None}


@pytest.mark.parametrize("code", [-2019, -6001])
def test_a_refusal_of_this_text_or_number_is_final(code: int) -> None:
    with http_server() as nhn:
        nhn.answer(AUTH, refusal(code))
        (receipt,) = sms(nhn.url).send([text("a-1", "인증")])
    assert (receipt.state, receipt.code) == (FAILED, str(code))


@pytest.mark.parametrize("code", [-9999, -2312])
def test_a_refusal_that_speaks_of_the_service_leaves_the_text_to_be_tried_again(code: int) -> None:
    with http_server() as nhn:
        nhn.answer(AUTH, refusal(code))
        with pytest.raises(ChannelRetryable, match=str(code)) as caught:
            sms(nhn.url).send([text("a-1", "인증")])
    assert not caught.value.maybe_sent


def test_one_recipient_refused_within_a_success_is_a_refusal_of_that_one() -> None:
    bad = {
        "recipientNo": "x",
        "resultCode": -2019,
        "resultMessage": "RecipientNo is invalid.",
        "recipientSeq": 1,
    }
    results = [bad, OK | {"recipientSeq": 2}]
    with http_server() as nhn:
        nhn.answer(AUTH, {"header": OK, "body": {"data": {"requestId": "r", "sendResultList": results}}})
        receipts = sms(nhn.url).send([text("a-1", "인증"), text("a-2", "인증", OTHER_PHONE)])
    assert states(receipts) == [FAILED, WAITING]
    assert receipts[1].reference == "auth/sms:r:2"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"header": None},
        {"header": OK, "body": None},
        {"header": OK, "body": {"data": {"requestId": "r", "sendResultList": []}}},
        {"header": OK, "body": {"data": {"requestId": "r", "sendResultList": ["x"]}}},
    ],
)
def test_an_answer_in_an_unknown_form_may_have_been_sent(body: Any) -> None:
    with http_server() as nhn:
        nhn.answer(AUTH, body)
        with pytest.raises(ChannelRetryable) as caught:
            sms(nhn.url).send([text("a-1", "인증")])
    assert caught.value.maybe_sent


def test_neither_the_secret_nor_number_nor_text_gets_into_logs(
    simulator: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel, message = sms(simulator), text("a-1", "인증번호 482913")
    (receipt,) = channel.send([message])
    channel.ask([sent(message, receipt), sent(message)])
    for word in (SECRET, "23456789", "482913"):
        assert word not in caplog.text
