from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from playwright.sync_api import Page, expect

from simulator.sms import received
from tests.simulator.providers import PHONE, NhnSms, faults, ledger, on_phone
from tests.simulator.window import Window

HEADERS = {"X-Secret-Key": "local-sms-secret-key"}
BODY: dict[str, Any] = {
    "body": "[보람] 인증하려면 눌러 주세요. http://127.0.0.1:8000/l/abc.",
    "sendNo": "15880000",
    "recipientList": [{"recipientNo": "01023456789"}],
}


def send(simulator: str, lane: str = "auth/sms", headers: Any = None, **changes: Any) -> requests.Response:
    url = f"{simulator}/sms/v3.0/appKeys/any/sender/{lane}"
    return requests.post(url, json=BODY | changes, headers=HEADERS if headers is None else headers, timeout=5)


def test_a_text_is_taken_in_nhns_words(simulator: str) -> None:
    answer = send(simulator).json()
    assert answer["header"] == {"isSuccessful": True, "resultCode": 0, "resultMessage": "SUCCESS"}
    data = answer["body"]["data"]
    assert (data["statusCode"], bool(data["requestId"])) == ("2", True)
    assert data["sendResultList"][0]["recipientNo"] == "01023456789"


@pytest.mark.parametrize("headers", [{}, {"X-Secret-Key": "wrong"}])
def test_without_the_secret_nothing_is_taken(simulator: str, headers: dict[str, str]) -> None:
    answer = send(simulator, headers=headers)
    assert (answer.status_code, answer.json()["header"]["isSuccessful"]) == (401, False)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"body": ""}, -2014),
        ({"body": "인증" + "가" * 254}, -2015),
        ({"body": "인증 😀"}, -2023),
        ({"body": "인증 똠"}, -2023),
        ({"body": "봉사가 내일이에요"}, -8000),
        ({"sendNo": ""}, -2312),
        ({"recipientList": []}, -2001),
        ({"recipientList": [{}]}, -2018),
        ({"recipientList": [{"recipientNo": "010-2345-6789"}]}, -2019),
        ({"recipientList": [{"recipientNo": "01023456789"}] * 1001}, -2016),
    ],
)
def test_what_nhn_would_refuse_is_refused_with_its_code(
    simulator: str, changes: dict[str, Any], code: int
) -> None:
    assert send(simulator, **changes).json()["header"]["resultCode"] == code


def test_the_ordinary_lane_asks_for_no_word_of_authentication(simulator: str) -> None:
    assert send(simulator, "sms", body="봉사가 내일이에요").json()["header"]["isSuccessful"]


def test_an_international_number_reaches_the_same_phone(simulator: str) -> None:
    send(simulator, recipientList=[{"internationalRecipientNo": "821023456789"}])
    items = requests.get(f"{simulator}/api/news?kinds=sms", timeout=5).json()["items"]
    assert [item["owner"] for item in items] == ["01023456789"]


def test_a_phone_gets_ninety_bytes_and_not_half_a_syllable() -> None:
    assert received("a" + "가" * 60) == "a" + "가" * 44


@pytest.fixture
def nhn(simulator: str) -> NhnSms:
    return NhnSms(simulator)


def test_a_long_text_arrives_with_its_title(nhn: NhnSms, simulator: str) -> None:
    answer = nhn.send(
        "mms", key="alert-1", title="보람 소식", body="가" * 1001, senderGroupingKey="boram"
    ).json()
    data = answer["body"]["data"]
    assert data["senderGroupingKey"] == "boram"
    assert data["sendResultList"][0]["recipientGroupingKey"] == "alert-1"
    (item,) = on_phone(simulator)
    assert (item["form"], item["title"], item["text"], item["cut"]) == ("lms", "보람 소식", "가" * 1000, True)


def test_a_title_over_forty_bytes_is_cut_on_the_way(nhn: NhnSms, simulator: str) -> None:
    nhn.send("mms", title="가" * 21)
    assert on_phone(simulator)[0]["title"] == "가" * 20


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, -2014),
        ({"title": "가" * 121}, -2015),
        ({"title": "보람", "body": "가" * 4001}, -2015),
        ({"title": "보람 😀"}, -2023),
        (
            {"title": "보람", "recipientList": [{"recipientNo": "0" * 9, "recipientGroupingKey": "k" * 101}]},
            -2000,
        ),
    ],
)
def test_a_long_text_nhn_would_refuse_is_refused_with_its_code(
    nhn: NhnSms, changes: dict[str, Any], code: int
) -> None:
    assert nhn.send("mms", **changes).json()["header"]["resultCode"] == code


def test_a_text_is_found_again_in_its_own_lane(nhn: NhnSms) -> None:
    request = nhn.send(key="alert-1").json()["body"]["data"]["requestId"]
    nhn.send("mms", title="보람", key="alert-2")
    listed = nhn.get("sender/sms", requestId=request)["body"]
    (told,) = listed["data"]
    assert (listed["totalCount"], told["msgStatus"], told["resultCode"]) == (1, "3", "1000")
    assert (told["recipientGroupingKey"], told["messageType"]) == ("alert-1", "SMS")
    assert nhn.get(f"sender/sms/{request}", recipientSeq="1")["body"]["data"] == told
    now = datetime.now(ZoneInfo("Asia/Seoul"))
    dates = {"startRequestDate": f"{now - timedelta(minutes=1):%Y-%m-%d %H:%M:%S}"}
    dates["endRequestDate"] = f"{now + timedelta(minutes=1):%Y-%m-%d %H:%M:%S}"
    for lane, key in (("sms", "alert-1"), ("mms", "alert-2")):
        found = nhn.get(f"sender/{lane}", recipientNo=PHONE, **dates)["body"]["data"]
        assert [text["recipientGroupingKey"] for text in found] == [key]
    assert nhn.get("sender/sms", recipientGroupingKey="nobody", **dates)["body"]["totalCount"] == 0
    updated = {name.replace("Request", "Update"): at for name, at in dates.items()}
    results = nhn.get("message-results", **updated)["body"]
    assert (results["totalCount"], {text["messageType"] for text in results["data"]}) == (2, {"SMS", "LMS"})
    assert nhn.get("message-results", messageType="LMS", **updated)["body"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("path", "code"), [("sender/sms", -2011), ("sender/mms/nothing", -2012), ("message-results", -1005)]
)
def test_a_query_nhn_would_not_answer_is_refused_with_its_code(nhn: NhnSms, path: str, code: int) -> None:
    assert nhn.get(path)["header"]["resultCode"] == code


def test_a_phone_that_is_off_gets_nothing_and_the_result_says_so(nhn: NhnSms, simulator: str) -> None:
    faults(simulator, nhn_sms={"outcomes": {PHONE: "2003"}})
    request = nhn.send().json()["body"]["data"]["requestId"]
    (told,) = nhn.get("sender/sms", requestId=request)["body"]["data"]
    assert (told["msgStatus"], told["resultCode"]) == ("0", "2003")
    assert on_phone(simulator) == []


def test_a_repeated_send_arrives_twice_for_nhn_knows_no_key_here(nhn: NhnSms, simulator: str) -> None:
    nhn.send(key="alert-1")
    nhn.send(key="alert-1")
    assert ledger(simulator, "nhn_sms")["double"] == {"alert-1": 2}


@pytest.fixture
def phone(page: Page, width: int) -> Window:
    page.set_viewport_size({"width": width, "height": 844})
    phone = Window(page)
    page.goto("/phone")
    return phone


def test_the_phone_shows_texts_live_with_links_one_can_press(
    phone: Window, simulator: str, width: int
) -> None:
    expect(phone.by("inbox-empty")).to_contain_text("아직 받은 문자가 없어요")
    assert phone.violations() == []
    send(simulator)
    send(simulator, recipientList=[{"recipientNo": "01099998888"}])
    expect(phone.by("thread")).to_have_count(2)
    expect(phone.by("unread")).to_have_count(2)
    phone.page.get_by_role("link", name=re.compile("010-2345-6789")).click()
    expect(phone.by("sms")).to_have_count(1)
    link = phone.by("sms").get_by_role("link")
    expect(link).to_have_attribute("href", "http://127.0.0.1:8000/l/abc")
    expect(link).to_have_attribute("target", "_blank")
    send(simulator, body="인증" + "나" * 60)
    expect(phone.by("sms")).to_have_count(2)
    expect(phone.by("sms-cut")).to_be_visible()
    assert phone.violations() == []
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= width
    if width < 900:
        phone.by("back").click()
        expect(phone.by("messages")).to_be_hidden()
    expect(phone.by("unread")).to_have_count(1)
    assert phone.errors == []


def test_a_phone_opened_later_finds_its_texts_and_the_number_in_the_address(
    simulator: str, page: Page
) -> None:
    send(simulator)
    page.goto("/phone#01023456789")
    expect(page.get_by_test_id("sms")).to_have_count(1)
    expect(page.get_by_role("heading", name="010-2345-6789")).to_be_visible()


def test_markup_in_a_text_is_shown_and_never_run(simulator: str, page: Page) -> None:
    attack = "인증 <img src=x onerror=window.hacked=1>"
    send(simulator, body=attack)
    page.goto("/phone#01023456789")
    expect(page.get_by_test_id("sms")).to_contain_text(attack)
    assert page.evaluate("window.hacked") is None


def test_the_chat_window_leads_to_the_phone(window: Window) -> None:
    with window.page.expect_popup() as opened:
        window.by("to-phone").click()
    expect(opened.value.get_by_role("heading", name="받은 문자")).to_be_visible()
