"""What a hostile or broken sender gets from the running service."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import requests

from bench.stack import Stack
from simulator.rules import check
from tests.service.kakao import Kakao, payload


def test_without_the_key_nothing_is_answered(stack: Stack) -> None:
    for headers in ({}, {"X-Skill-Key": "wrong"}, {"X-Skill-Key": stack.skill_key + "x"}):
        response = requests.post(
            f"{stack.web}/skills/kakao", json=payload("someone", "안녕"), headers=headers, timeout=6
        )
        assert response.status_code == 401


@pytest.mark.parametrize("body", [b"", b"not json", b'{"a": ', b"\xff\xfe", b"[" * 30000])
def test_what_is_not_json_is_400(kakao: Kakao, body: bytes) -> None:
    assert kakao.post(body).status_code == 400


def test_a_body_over_64_kib_is_413(kakao: Kakao) -> None:
    assert kakao.post(b'"' + b"a" * 70_000 + b'"').status_code == 413


@pytest.mark.parametrize(
    "body", [{}, [], 1, "x", {"userRequest": {}}, {"userRequest": {"user": {}, "utterance": "x"}}]
)
def test_json_that_is_no_payload_gets_an_apology(kakao: Kakao, body: object) -> None:
    response = kakao.post(body)
    assert response.status_code == 200
    assert not check(response.json())


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ",
        "가" * 10_000,
        "👍🏽" * 300,
        "\x00\x01\x02",
        "\u200b\u202e\ufeff",
        '/check_hours{"x":1}',
        "/restart",
        "'; DROP TABLE member; --",
        "{{7*7}} ${jndi:ldap://x}",
        "<script>alert(1)</script>",
        "ㅋ",
        "?????",
        "hello what is this",
    ],
)
def test_strange_words_get_an_ordinary_answer(kakao: Kakao, words: str) -> None:
    reply = kakao.say(f"strange-{uuid4().hex}", words)
    assert reply.outputs


@pytest.mark.parametrize(
    "extra",
    [
        {"action": "cancel_application", "data": {"application": 1, "confirm": True}, "v": 1},
        {"action": "cancel_application", "data": {"application": -1}, "v": 1},
        {"action": "cancel_application", "data": {"application": "1 OR 1=1"}, "v": 1},
        {"action": "application_status", "data": {"application": 2}, "v": 1},
        {"action": "no_show", "data": {"application": 3}, "v": 1},
        {"action": "apply_program", "data": {"session": 10**15, "confirm": True}, "v": 1},
        {"action": "apply_program", "data": {"session": 10**30, "confirm": True}, "v": 1},
        {"action": "find_program", "data": {"words": "x" * 400, "after": "nonsense", "level": -5}, "v": 1},
        {"action": "find_program", "data": {"first_day": "2026-99-99", "weekdays": "abc"}, "v": 1},
        {"action": "no_such_action", "data": {}, "v": 1},
        {"action": ["x"], "data": "y"},
    ],
)
def test_a_forged_button_changes_and_discloses_nothing(kakao: Kakao, extra: object) -> None:
    before = kakao.say("persona-busy", "내 신청").text
    reply = kakao.say("persona-leader", "취소", extra)
    assert "취소했어요" not in reply.text
    assert kakao.say("persona-busy", "내 신청").text == before


def test_the_same_press_delivered_ten_times_at_once_is_one_change(kakao: Kakao, stack: Stack) -> None:
    found = kakao.say("persona-42h", "봉사 찾아줘")
    asked = kakao.press("persona-42h", found, "신청하기")
    extra, delivery = asked.buttons["신청할게요"]["extra"], uuid4().hex
    with ThreadPoolExecutor(10) as pool:
        replies = list(
            pool.map(
                lambda _: (
                    Kakao(stack).say("persona-42h", "신청할게요", extra, **{"X-Request-Id": delivery}).text
                ),
                range(10),
            )
        )
    assert len(set(replies)) == 1
    assert "신청했어요" in replies[0]
    status = kakao.say("persona-42h", "내 신청")
    title = asked.outputs[-1]
    assert json.dumps(status.body, ensure_ascii=False).count(_title(title)) >= 1
    kakao.press("persona-42h", kakao.press("persona-42h", status, _title(title)), "신청 취소")
    assert "취소했어요" in kakao.say("persona-42h", "네").text


def _title(output: object) -> str:
    card = next(iter(output.values()))  # type: ignore[attr-defined]  # one component
    return str(card.get("title") or card["imageTitle"]["title"])
