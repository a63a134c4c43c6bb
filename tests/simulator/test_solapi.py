from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulator.providers import (
    PHONE,
    VALUES,
    Solapi,
    card,
    faults,
    ledger,
    on_phone,
    register,
    signed,
    text,
)

OTHER = "01099998888"


@pytest.fixture
def solapi(simulator: str) -> Solapi:
    register(simulator)
    return Solapi(simulator)


def refused(answer: Any) -> list[str]:
    return [failed["statusCode"] for failed in answer.json()["failedMessageList"]]


def test_cards_and_texts_are_taken_in_solapis_words_and_arrive(solapi: Solapi, simulator: str) -> None:
    long = text(OTHER, "가" * 500, type="LMS", subject="보람 소식")
    answer = solapi.send(card(key="alert-1"), text(number="01077776666"), long).json()
    count = answer["groupInfo"]["count"]
    assert (answer["failedMessageList"], count["total"], count["registeredSuccess"]) == ([], 3, 3)
    assert [m["statusCode"] for m in answer["messageList"]] == ["2000"] * 3
    assert answer["messageList"][0]["customFields"] == {"key": "alert-1"}
    card_item, short, long_item = on_phone(simulator)
    assert card_item["text"] == "[보람] 하늘님, 도서관 봉사가 승인됐어요."
    assert card_item["buttons"][0]["linkMo"] == VALUES["link"]
    assert (short["form"], short["sender"], short["provider"]) == ("sms", "15880000", "solapi")
    assert (long_item["form"], long_item["title"], len(long_item["text"])) == ("lms", "보람 소식", 500)


def test_messages_are_found_by_group_by_id_by_phone_and_by_criteria(solapi: Solapi) -> None:
    answer = solapi.send(card(key="alert-1"), card(OTHER, key="alert-2")).json()
    group, ids = answer["groupInfo"]["groupId"], [m["messageId"] for m in answer["messageList"]]
    listed = solapi.list(groupId=group)["messageList"]
    assert set(listed) == set(ids)
    assert listed[ids[0]]["customFields"] == {"key": "alert-1"}
    assert (listed[ids[0]]["statusCode"], listed[ids[0]]["status"]) == ("4000", "COMPLETE")
    assert list(solapi.list(messageId=ids[1])["messageList"]) == [ids[1]]
    assert list(solapi.list(to=OTHER)["messageList"]) == [ids[1]]
    criteria = solapi.list(criteria="groupId,to", cond="eq,eq", value=f"{group},{PHONE}")
    assert list(criteria["messageList"]) == [ids[0]]
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    assert solapi.list(endDate=long_ago.isoformat())["messageList"] == {}
    assert solapi.list(messageId="M4VNOBODY")["messageList"] == {}


def test_a_long_list_is_read_page_by_page(solapi: Solapi) -> None:
    group = solapi.send(*(card(f"0105555{n:04}") for n in range(45))).json()["groupInfo"]["groupId"]
    seen: list[str] = []
    key: str | None = ""
    for _ in range(3):
        page = solapi.list(groupId=group, limit="20", **({"startKey": key} if key else {}))
        seen += page["messageList"]
        key = page["nextKey"]
    assert (len(seen), len(set(seen)), key) == (45, 45, None)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (text(**{"from": "01012345678"}), "1062"),
        (text(**{"from": ""}), "1062"),
        (text(number=""), "1010"),
        (text(number="02"), "3010"),
        (text(words=" "), "1010"),
        (text(subject="제목"), "1013"),
        (text(words="가" * 46), "1031"),
        (text(words="긴 글", type="LMS", subject="가" * 21), "1014"),
        (text(words="가" * 1001, type="LMS"), "1031"),
        (text(words="축하해요 😀"), "1029"),
        (text(type="FAX"), "1025"),
        (text(customFields={"key": 1}), "1032"),
        (card(template="no-such-template"), "1042"),
        (card(template="long", a="나" * 101), "1031"),
        ({"to": PHONE, "type": "ATA", "kakaoOptions": {"templateId": "approved"}}, "1041"),
    ],
)
def test_what_solapi_would_not_take_is_refused_with_its_code(
    solapi: Solapi, simulator: str, message: Any, code: str
) -> None:
    answer = solapi.send(message)
    assert (answer.status_code, refused(answer)) == (200, [code])
    assert answer.json()["groupInfo"]["count"]["registeredFailed"] == 1
    assert on_phone(simulator) == []


def test_a_message_without_a_type_becomes_what_fits(solapi: Solapi, simulator: str) -> None:
    solapi.send({"to": PHONE, "from": "15880000", "text": "짧아요"}, allowDuplicates=True)
    solapi.send({"to": PHONE, "from": "15880000", "text": "길어요" * 30}, allowDuplicates=True)
    assert [item["form"] for item in on_phone(simulator)] == ["sms", "lms"]


def test_the_same_phone_twice_is_refused_unless_it_is_allowed(solapi: Solapi) -> None:
    assert refused(solapi.send(text(), text())) == ["1026"]
    assert refused(solapi.send(text(), text(), allowDuplicates=True)) == []


def test_kakaos_refusals_come_as_results(solapi: Solapi, simulator: str) -> None:
    faults(simulator, solapi={"outcomes": {PHONE: "3104", "named": "3107"}})
    broken = card("01077776666")
    del broken["kakaoOptions"]["variables"]["#{name}"]
    group = solapi.send(card(), card(OTHER, key="named"), broken).json()["groupInfo"]["groupId"]
    told = solapi.list(groupId=group)["messageList"].values()
    assert {m["to"]: m["statusCode"] for m in told} == {PHONE: "3104", OTHER: "3107", "01077776666": "3103"}
    assert on_phone(simulator) == []


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"key": "wrong"}, "InvalidAPIKey"),
        ({"secret": "wrong"}, "SignatureDoesNotMatch"),
        ({"salt": "short"}, "SignatureDoesNotMatch"),
        ({"salt": "s" * 65}, "SignatureDoesNotMatch"),
        ({"date": "yesterday"}, "RequestTimeTooSkewed"),
    ],
)
def test_a_call_that_is_not_signed_well_is_denied(solapi: Solapi, parts: dict[str, str], code: str) -> None:
    assert denied(solapi, signed(**parts)) == code


def test_a_call_without_a_signature_is_denied(solapi: Solapi) -> None:
    assert denied(solapi, "Bearer x") == "InvalidAPIKey"


def test_a_call_signed_at_another_time_is_denied(solapi: Solapi) -> None:
    now = datetime.now(UTC)
    for date in (now - timedelta(hours=1), now.replace(tzinfo=None)):
        assert denied(solapi, signed(date=date.isoformat())) == "RequestTimeTooSkewed"


def denied(solapi: Solapi, authorization: str) -> str:
    answer = solapi.send(text(), authorization=authorization)
    assert answer.status_code == 403
    return str(answer.json()["errorCode"])


def test_a_signature_serves_once(solapi: Solapi, simulator: str) -> None:
    once = signed()
    assert solapi.send(text(), authorization=once).ok
    again = solapi.send(text(), authorization=once)
    assert (again.status_code, again.json()["errorCode"]) == (403, "DuplicatedSignature")
    assert ledger(simulator, "solapi")["taken"] == 1


def test_a_body_without_messages_is_refused(solapi: Solapi) -> None:
    answer = solapi.send()
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "ValidationError")
