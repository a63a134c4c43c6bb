from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from simulator.alimtalk import IDEMPOTENT, REPEATED, Idempotency
from simulator.nhn import Refused
from tests.simulator.providers import (
    PHONE,
    TEMPLATES,
    VALUES,
    NhnAlimtalk,
    faults,
    ledger,
    on_phone,
    person,
    register,
)
from tests.simulator.skill_server import fixture
from tests.simulator.test_payloads import shape

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def nhn(simulator: str) -> NhnAlimtalk:
    register(simulator)
    return NhnAlimtalk(simulator)


def span(name: str, minutes: int = 1) -> dict[str, str]:
    now = datetime.now(SEOUL)
    dates = (now - timedelta(minutes=minutes), now + timedelta(minutes=minutes))
    return {f"{edge}{name}": f"{at:%Y-%m-%d %H:%M}" for edge, at in zip(("start", "end"), dates, strict=True)}


def test_a_message_is_taken_in_nhns_words_and_arrives_as_a_card(nhn: NhnAlimtalk, simulator: str) -> None:
    answer = nhn.send(person(key="alert-1"), senderGroupingKey="boram").json()
    sample = fixture("alimtalk_nhn_send_response")
    assert (answer["header"], shape(answer)) == (sample["header"], shape(sample))
    (result,) = answer["message"]["sendResults"]
    assert (result["resultCode"], result["recipientGroupingKey"], result["recipientSeq"]) == (0, "alert-1", 1)
    (item,) = on_phone(simulator, "alimtalk")
    assert (item["owner"], item["provider"]) == (PHONE, "nhn_alimtalk")
    assert item["text"] == "[보람] 하늘님, 도서관 봉사가 승인됐어요."
    assert item["buttons"] == [{"name": "자세히 보기", "type": "WL", "linkMo": VALUES["link"]}]


def test_a_button_opens_the_address_its_template_was_approved_with(nhn: NhnAlimtalk, simulator: str) -> None:
    nhn.send(person(code="xyz"), template="linked")
    assert on_phone(simulator)[0]["buttons"][0]["linkMo"] == "https://boram.example/h/xyz"


def test_a_message_is_found_again_by_request_number_by_span_and_by_result(nhn: NhnAlimtalk) -> None:
    sent = nhn.send(person(key="alert-1"), person("01099998888", key="alert-2"))
    request = sent.json()["message"]["requestId"]
    one = nhn.get(f"messages/{request}/2")["message"]
    assert (one["recipientGroupingKey"], one["messageStatus"], one["resultCode"]) == (
        "alert-2",
        "COMPLETED",
        "1000",
    )
    by_request = nhn.get("messages", requestId=request)["messageSearchResultResponse"]
    assert by_request["totalCount"] == 2
    by_phone = nhn.get("messages", recipientNo=PHONE, **span("RequestDate"))["messageSearchResultResponse"]
    assert [m["recipientGroupingKey"] for m in by_phone["messages"]] == ["alert-1"]
    by_key = nhn.get("messages", recipientGroupingKey="alert-2", **span("RequestDate"))
    assert [m["recipientNo"] for m in by_key["messageSearchResultResponse"]["messages"]] == ["01099998888"]
    results = nhn.get("message-results", **span("UpdateDate"))["messages"]
    known = set(fixture("alimtalk_nhn_message_results")["messages"][0])
    assert len(results) == 2
    assert set(results[0]) <= known


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("messages", {}, 4),
        ("messages", {"startRequestDate": "yesterday", "endRequestDate": "today"}, -2000),
        ("message-results", {}, 4),
        ("messages/20260101/1", {}, -1016),
    ],
)
def test_a_query_nhn_would_not_answer_is_refused_with_its_code(
    nhn: NhnAlimtalk, path: str, query: dict[str, str], code: int
) -> None:
    assert nhn.get(path, **query)["header"] == {"isSuccessful": False, "resultCode": code} | {
        "resultMessage": nhn.get(path, **query)["header"]["resultMessage"]
    }


@pytest.mark.parametrize(
    ("to", "template", "code"),
    [
        (person(), "no-such-template", "3015"),
        (person(name="가" * 301), "approved", "3025"),
        (person(a="나" * 101), "long", "3014"),
    ],
)
def test_what_kakao_would_not_deliver_is_taken_and_fails(
    nhn: NhnAlimtalk, simulator: str, to: Any, template: str, code: str
) -> None:
    assert nhn.state(nhn.send(to, template=template)) == ("FAILED", code)
    assert on_phone(simulator) == []


@pytest.mark.parametrize("code", ["3005", "3008", "3018", "3019", "3020"])
def test_a_phone_can_be_made_unreachable_with_any_code(nhn: NhnAlimtalk, simulator: str, code: str) -> None:
    faults(simulator, nhn_alimtalk={"outcomes": {PHONE: code, "named": "3022"}})
    sent = nhn.send(person(), person("01099998888"), person("01077776666", key="named"))
    assert [nhn.state(sent, seq) for seq in (1, 2, 3)] == [
        ("FAILED", code),
        ("COMPLETED", "1000"),
        ("FAILED", "3022"),
    ]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"recipientNo": "010"}, -4019),
        ({"recipientNo": PHONE, "templateParameter": {"name": "하늘"}}, -3004),
        ({"recipientNo": PHONE, "templateParameter": {"name": 1}}, -3004),
    ],
)
def test_one_bad_recipient_is_refused_and_the_others_are_taken(
    nhn: NhnAlimtalk, simulator: str, bad: Any, code: int
) -> None:
    answer = nhn.send(bad, person("01099998888")).json()
    assert answer["header"]["resultCode"] == 0
    assert [result["resultCode"] for result in answer["message"]["sendResults"]] == [code, 0]
    assert nhn.send(bad).json()["header"]["resultCode"] == -1031
    assert ledger(simulator, "nhn_alimtalk")["taken"] == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"senderKey": ""}, -2001),
        ({"templateCode": None}, -2001),
        ({"templateCode": "t" * 21}, -2000),
        ({"recipientList": []}, -2004),
        ({"recipientList": [person()] * 1001}, -2004),
        ({"recipientList": ["x"]}, -3002),
    ],
)
def test_a_request_nhn_would_not_take_is_refused_whole(
    nhn: NhnAlimtalk, simulator: str, changes: dict[str, Any], code: int
) -> None:
    assert nhn.send(person(), **changes).json()["header"]["resultCode"] == code
    assert on_phone(simulator) == []


def test_a_request_that_comes_again_with_its_key_fails_and_nothing_is_sent_again(
    nhn: NhnAlimtalk, simulator: str
) -> None:
    nhn.send(person(key="alert-1"), key="batch-1")
    again = nhn.send(person(key="alert-1"), key="batch-1").json()
    assert again == {"header": {"isSuccessful": False, "resultCode": -1005, "resultMessage": REPEATED}}
    assert nhn.send(person(key="alert-2"), key="batch-2").json()["header"]["isSuccessful"]
    assert ledger(simulator, "nhn_alimtalk")["keys"] == {"alert-1": 1, "alert-2": 1}


def test_a_key_may_be_used_again_after_ten_minutes() -> None:
    moments = [datetime(2026, 11, 23, 10, tzinfo=SEOUL)]
    keys = Idempotency(lambda: moments[-1])
    keys.claim("a")
    moments.append(moments[0] + IDEMPOTENT - timedelta(seconds=1))
    with pytest.raises(Refused):
        keys.claim("a")
    moments.append(moments[0] + IDEMPOTENT)
    keys.claim("a")


def test_without_the_secret_nothing_is_taken(simulator: str) -> None:
    answer = NhnAlimtalk(simulator, "wrong").send(person())
    assert (answer.status_code, answer.json()["header"]["resultCode"]) == (401, -1001)


@pytest.mark.parametrize(
    ("templates", "reason"),
    [
        ({}, "list"),
        ([{"code": "a" * 21, "text": "x"}], "code"),
        ([{"code": "a", "text": ""}], "text"),
        ([{"code": "a", "text": "x", "buttons": [{"name": "#{x}", "type": "WL"}]}], "name"),
        ([{"code": "a", "text": "x", "buttons": [{"name": "열기", "type": "XX"}]}], "type"),
        (
            [{"code": "a", "text": "x", "buttons": [{"name": "열기", "type": "WL", "linkMo": "ftp://x"}]}],
            "linkMo",
        ),
        ([{"code": "a", "text": "x", "buttons": [{"name": "열기", "type": "WL"}] * 6}], "at most 5"),
        ([{"code": "a", "text": "".join(f"#{{v{n}}}" for n in range(41))}], "40 variables"),
    ],
)
def test_templates_kakao_would_not_approve_are_refused_and_the_old_ones_stay(
    nhn: NhnAlimtalk, simulator: str, templates: Any, reason: str
) -> None:
    answer = register(simulator, templates)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]
    kept = requests.get(f"{simulator}/api/templates", timeout=5).json()
    assert [template["code"] for template in kept] == [template["code"] for template in TEMPLATES]
