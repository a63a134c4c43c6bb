from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from werkzeug.test import TestResponse

from bot.assistant import Answer
from bot.turn import Turn
from skills.kakao.apologies import BROKEN, TOO_SLOW, WAITING
from skills.kakao.callback import MOST_OWED, Callbacks
from skills.kakao.response import validate_response
from tests.skills.conftest import (
    CallbackServer,
    Channel,
    OpenDoor,
    Slow,
    counted,
    said,
    settings,
    shown_title,
    title_of,
)
from tests.skills.samples import payload


def with_callback(url: str, name: str = "skill_callback_request") -> dict[str, Any]:
    sent = payload(name)
    sent["userRequest"]["callbackUrl"] = url
    return sent


def acknowledged(response: TestResponse) -> bool:
    body: dict[str, Any] = json.loads(response.data)
    validate_response(body)
    return body == {"version": "2.0", "useCallback": True, "data": {"text": WAITING}}


def late(open_door: OpenDoor, slow: Slow, callbacks: CallbackServer, **changes: Any) -> Channel:
    """Send a message that is acknowledged first, and let its answer go."""
    channel = open_door(slow, turn_seconds=0.2, **changes)
    assert acknowledged(channel.send(with_callback(callbacks.url)))
    slow.go.set()
    return channel


def test_an_answer_in_time_needs_no_callback(open_door: OpenDoor, callbacks: CallbackServer) -> None:
    channel = open_door(lambda _: said("바로요"))
    assert "바로요" in channel.send(with_callback(callbacks.url)).text
    channel.door.close()
    assert callbacks.received == []


def test_a_late_answer_is_posted_once_and_valid(
    open_door: OpenDoor, slow: Slow, callbacks: CallbackServer
) -> None:
    before = counted("callback_delivered")
    late(open_door, slow, callbacks).door.close()
    (body,) = callbacks.received
    validate_response(body)
    assert body["template"]["outputs"][0]["simpleText"]["text"] == "이제 알겠어요!"
    assert counted("callback_delivered") == before + 1


def test_the_assistant_has_more_time_when_there_is_a_callback(
    open_door: OpenDoor, callbacks: CallbackServer
) -> None:
    left: list[float] = []

    def listen(turn: Turn) -> Answer:
        left.append(turn.deadline.left())
        return said("네")

    open_door(listen).send(with_callback(callbacks.url))
    assert 50 < left[0] <= 55


def test_an_assistant_that_fails_late_is_an_apology_at_the_callback(
    open_door: OpenDoor, slow: Slow, callbacks: CallbackServer
) -> None:
    def fail(turn: Turn) -> Answer:
        slow(turn)
        raise ValueError

    channel = open_door(fail, turn_seconds=0.2)
    assert acknowledged(channel.send(with_callback(callbacks.url)))
    slow.go.set()
    channel.door.close()
    assert [shown_title(body) for body in callbacks.received] == [title_of(BROKEN)]


def test_an_answer_that_never_comes_is_an_apology_at_the_callback(
    open_door: OpenDoor, slow: Slow, callbacks: CallbackServer
) -> None:
    channel = open_door(slow, turn_seconds=0.2, callback_seconds=0.5)
    assert acknowledged(channel.send(with_callback(callbacks.url)))
    assert callbacks.arrived.acquire(timeout=10)
    slow.go.set()
    channel.door.close()
    assert [shown_title(body) for body in callbacks.received] == [title_of(TOO_SLOW)]


@pytest.mark.parametrize(
    ("reply", "logged"),
    [
        ((200, {}, b'{"status":"FAIL","message":"Invalid callback token."}'), "Invalid callback token."),
        ((200, {}, b'{"status":"ERROR"}'), "ERROR"),
        ((200, {}, b"not json"), "no JSON"),
        ((500, {}, b'{"status":"SUCCESS"}'), "HTTP 500"),
        ((302, {"Location": "/elsewhere"}, b""), "HTTP 302"),
    ],
)
def test_what_kakao_does_not_take_is_logged_and_not_sent_again(
    open_door: OpenDoor,
    slow: Slow,
    callbacks: CallbackServer,
    caplog: pytest.LogCaptureFixture,
    reply: tuple[int, dict[str, str], bytes],
    logged: str,
) -> None:
    callbacks.reply = reply
    before = counted("callback_failed")
    late(open_door, slow, callbacks).door.close()
    assert len(callbacks.received) == 1
    assert counted("callback_failed") == before + 1
    assert logged in caplog.text
    assert "one-time-token" not in caplog.text


def test_a_callback_server_that_is_gone_is_logged_without_its_address(
    open_door: OpenDoor, slow: Slow, caplog: pytest.LogCaptureFixture
) -> None:
    channel = open_door(slow, turn_seconds=0.2)
    assert acknowledged(channel.send(with_callback("http://127.0.0.1:9/one-time-token")))
    slow.go.set()
    channel.door.close()
    assert "ConnectionError" in caplog.text
    assert "one-time-token" not in caplog.text


def test_kakaos_own_bot_test_gets_no_callback(
    open_door: OpenDoor, slow: Slow, callbacks: CallbackServer
) -> None:
    channel = open_door(slow, turn_seconds=0.2)
    assert shown_title(
        channel.send(with_callback(callbacks.url, "skill_bot_test_console")).get_json()
    ) == title_of(TOO_SLOW)
    slow.go.set()
    channel.door.close()
    assert callbacks.received == []


def test_a_callback_to_another_host_is_never_called(
    open_door: OpenDoor, slow: Slow, callbacks: CallbackServer, caplog: pytest.LogCaptureFixture
) -> None:
    channel = open_door(slow, turn_seconds=0.2, kakao_callback_hosts="bot-api.kakao.com")
    assert shown_title(channel.send(with_callback(callbacks.url)).get_json()) == title_of(TOO_SLOW)
    slow.go.set()
    channel.door.close()
    assert callbacks.received == []
    assert "KAKAO_CALLBACK_HOSTS" in caplog.text


@pytest.mark.parametrize(
    "url",
    ["https://bot-api.kakao.com/v1/x?y=1", "https://bot-api.kakao.com:443/v1", "https://bot-api.kakao.com"],
)
@pytest.mark.parametrize("env", ["test", "production"])
def test_kakaos_host_may_be_called_by_https(url: str, env: str) -> None:
    assert Callbacks(settings(app_env=env)).allows(url)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://bot-api.kakao.com/v1",
        "https://bot-api.kakao.com:8443/v1",
        "https://bot-api.kakao.com.evil.example/",
        "https://evil.example/bot-api.kakao.com",
        "https://bot-api.kakao.com@evil.example/",
        "https://evil.example#@bot-api.kakao.com/",
        "https://evil.example\\@bot-api.kakao.com/",
        "https://bot-api.kakao.com\\@evil.example/",
        "https://bot-api.kakao.com/\r\nX-Evil: 1",
        "https://bot-api.kakao.com /",
        "https://ｂot-api.kakao.com/",
        "ftp://bot-api.kakao.com/",
        "file:///etc/passwd",
        "//bot-api.kakao.com/",
        "https://169.254.169.254/latest/meta-data",
        "http://localhost:5005/model",
        "http://[::1]/",
        "http://127.1/",
        "http://2130706433/",
    ],
)
def test_nothing_else_may_be_called(url: str | None) -> None:
    assert not Callbacks(settings()).allows(url)


def test_a_loopback_host_of_the_settings_is_for_development_only() -> None:
    assert Callbacks(settings(app_env="development")).allows("http://127.0.0.1:8900/callback/x")
    assert not Callbacks(settings(app_env="production")).allows("http://127.0.0.1:8900/callback/x")
    assert not Callbacks(settings(app_env="production")).allows("https://127.0.0.1/callback/x")


def test_only_so_many_answers_are_owed_at_once(callbacks: CallbackServer) -> None:
    owed, go = Callbacks(settings()), threading.Event()

    def answer() -> bytes:
        go.wait(30)
        return b"{}"

    assert all(owed.owe(callbacks.url, answer) for _ in range(MOST_OWED))
    assert not owed.owe(callbacks.url, answer)
    go.set()
    owed.close()
    assert len(callbacks.received) == MOST_OWED
