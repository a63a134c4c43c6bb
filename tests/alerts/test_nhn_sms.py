from __future__ import annotations

import logging
from typing import Any

import pytest
import requests

from alerts.channels import ChannelPermanent, ChannelRetryable, ShortMessages
from alerts.channels.short_text import readable, size
from alerts.channels.sms import NhnSms
from tests.http_server import http_server
from tests.simulator.conftest import free_port

SECRET = "local-sms-secret-key"
PHONE = "010-2345-6789"
AUTH = "/sms/v3.0/appKeys/app/sender/auth/sms"


def sms(url: str, secret: str = SECRET) -> NhnSms:
    return NhnSms(url, "app", secret, "0215880000", timeout=(1.0, 1.0))


def texts(simulator: str) -> list[dict[str, Any]]:
    items = requests.get(f"{simulator}/api/news?kinds=sms", timeout=5).json()["items"]
    assert isinstance(items, list)
    return items


def test_a_text_arrives_on_the_phone_it_was_meant_for(simulator: str) -> None:
    channel: ShortMessages = sms(simulator)
    assert channel.send(PHONE, "[보람] 인증번호는 482913이에요.")
    (item,) = texts(simulator)
    assert (item["owner"], item["text"]) == ("01023456789", "[보람] 인증번호는 482913이에요.")
    assert (item["auth"], item["cut"], item["sender"]) == (True, False, "0215880000")


def test_a_text_without_a_word_of_authentication_takes_the_ordinary_lane(simulator: str) -> None:
    sms(simulator).send(PHONE, "보람이에요. 내일 봉사 잊지 마세요.")
    assert texts(simulator)[0]["auth"] is False


@pytest.mark.parametrize("phone", ["01023456789", "+82 10-2345-6789", "821023456789", " 010 2345 6789 "])
def test_a_number_is_understood_however_people_write_it(simulator: str, phone: str) -> None:
    sms(simulator).send(phone, "인증")
    assert texts(simulator)[0]["owner"] == "01023456789"


@pytest.mark.parametrize("phone", ["", "02-123-4567", "0102345678900", "+1 202 555 0100", "010-2345-678x"])
def test_what_is_no_mobile_number_is_never_tried(simulator: str, phone: str) -> None:
    with pytest.raises(ChannelPermanent, match="no Korean mobile number") as caught:
        sms(simulator).send(phone, "인증")
    assert not phone or phone not in str(caught.value)


@pytest.mark.parametrize("text", ["인" + "가" * 44, "a" * 90, "가" * 44 + "ab", "🎉" * 50 + "가" * 45])
def test_ninety_bytes_just_fit_and_arrive_whole(simulator: str, text: str) -> None:
    sms(simulator).send(PHONE, text)
    assert texts(simulator)[0]["cut"] is False


@pytest.mark.parametrize("text", ["가" * 45 + "a", "a" * 91, "똠" * 31])
def test_a_text_over_the_limit_names_the_limit_and_is_not_sent(text: str) -> None:
    with pytest.raises(ValueError, match=r"90 bytes \(45 Hangul\)"):
        sms(f"http://127.0.0.1:{free_port()}").send(PHONE, text)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("똠얌꿍 먹자", "또ㅁ얌꿍 먹자"),
        ("쌰쑑", "ㅆㅑ쑈ㄺ"),
        ("각", "각"),
        ("안녕👨‍👩‍👧❤️!", "안녕!"),
        ("10–12시 — “봉사” • ₩0", "10-12시 - “봉사” · ￦0"),
        ("Café", "Cafe"),
        ("سلام", "????"),
        ("줄\n바꿈", "줄\n바꿈"),
    ],
)
def test_what_euc_kr_lacks_is_replaced_readably(written: str, sent: str) -> None:
    assert readable(written) == sent
    assert len(readable(written).encode("euc_kr")) == size(readable(written))


def test_every_syllable_of_korean_becomes_something_that_can_be_sent() -> None:
    for number in range(ord("가"), ord("힣") + 1):
        text = readable(chr(number))
        assert text
        assert len(text.encode("euc_kr")) == size(text) <= 6


def test_a_wrong_secret_is_ours_to_mend_so_the_text_may_be_tried_again(simulator: str) -> None:
    with pytest.raises(ChannelRetryable, match="key"):
        sms(simulator, secret="wrong").send(PHONE, "인증")


def refusal(code: int) -> dict[str, Any]:
    return {"header": {"isSuccessful": False, "resultCode": code, "resultMessage": "no"}, "body": None}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (-2019, ChannelPermanent),
        (-6001, ChannelPermanent),
        (-9999, ChannelRetryable),
        (-2312, ChannelRetryable),
    ],
)
def test_a_refusal_tells_whether_this_text_or_the_service_is_at_fault(
    code: int, error: type[Exception]
) -> None:
    with http_server() as nhn:
        nhn.answer(AUTH, refusal(code))
        with pytest.raises(error, match=str(code)):
            sms(nhn.url).send(PHONE, "인증")


def test_one_recipient_refused_within_a_success_is_a_refusal() -> None:
    ok = {"isSuccessful": True, "resultCode": 0, "resultMessage": "SUCCESS"}
    result = {"recipientNo": "x", "resultCode": -2019, "resultMessage": "RecipientNo is invalid."}
    with http_server() as nhn:
        nhn.answer(AUTH, {"header": ok, "body": {"data": {"requestId": "r", "sendResultList": [result]}}})
        with pytest.raises(ChannelPermanent):
            sms(nhn.url).send(PHONE, "인증")


@pytest.mark.parametrize("body", [{}, {"header": None}, {"header": {"resultCode": 0}, "body": None}])
def test_an_answer_in_an_unknown_form_may_have_been_sent(body: Any) -> None:
    with http_server() as nhn:
        nhn.answer(AUTH, body)
        with pytest.raises(ChannelRetryable) as caught:
            sms(nhn.url).send(PHONE, "인증")
    assert caught.value.maybe_sent


def test_neither_the_secret_nor_number_nor_text_gets_into_logs(
    simulator: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sms(simulator).send(PHONE, "인증번호 482913")
    for word in (SECRET, "2345", "482913"):
        assert word not in caplog.text
