from __future__ import annotations

import http.client
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from bot.assistant import Answer
from bot.replies import Press, QuickReply, Reply, Say, Text
from bot.turn import Turn
from bot.understanding import ParsedMessage, certain
from skills.kakao.apologies import BROKEN, TOO_SLOW, UNREADABLE
from skills.kakao.response import validate_response
from tests.conftest import MONDAY
from tests.skills.conftest import KEY, Channel, OpenDoor, Slow, counted, said, shown_title, title_of
from tests.skills.samples import BLOCK, payload, payload_bytes

CALLS = [
    "skill_fallback_utterance",
    "skill_minimal_unlinked_user",
    "skill_secureimage_plugin",
    "skill_event_block",
]
LIMIT = 64 * 1024


def echo(turn: Turn) -> Answer:
    return said(f"들었어요: {turn.words}")


def shows(response: TestResponse, reply: Reply) -> bool:
    """Tell whether the response is the apology, by its title."""
    return shown_title(json.loads(response.data)) == title_of(reply)


def text_of(response: TestResponse) -> str:
    body = json.loads(response.data)
    validate_response(body)
    text: str = body["template"]["outputs"][0]["simpleText"]["text"]
    return text


def another(channel: Channel) -> Channel:
    """Return one more client of the same door, for another thread."""
    return Channel(channel.client.application.test_client(), channel.door)


def from_person(key: str) -> dict[str, Any]:
    sent = payload()
    sent["userRequest"]["user"]["id"] = key
    return sent


# --- the ordinary way


@pytest.mark.parametrize("name", CALLS)
def test_a_captured_call_goes_in_and_a_bubble_comes_out(open_door: OpenDoor, name: str) -> None:
    response = open_door(echo).send(payload_bytes(name))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert text_of(response) == f"들었어요: {payload(name)['userRequest']['utterance']}"


def test_the_assistant_gets_the_turn_with_its_time(open_door: OpenDoor) -> None:
    turns: list[Turn] = []

    def listen(turn: Turn) -> Answer:
        turns.append(turn)
        return said("네")

    sent = payload("skill_button_block_client_extra")
    sent["action"]["clientExtra"] = {"action": "cancel_application", "data": {"application": 3}, "v": 1}
    open_door(listen).send(sent, X_Request_Id="req-7")
    (turn,) = turns
    assert turn.press == Press("cancel_application", {"application": 3})
    assert turn.received == MONDAY
    assert 0 < turn.deadline.left() <= 3.5
    assert turn.delivery_id == "id:req-7"


def test_buttons_call_the_block_of_the_settings(open_door: OpenDoor) -> None:
    reply = Reply((Text("골라요"),), (QuickReply("봉사 찾기", Press("find_program")),))
    channel = open_door(
        lambda _: Answer(reply, certain("greeting", "menu"), "answered"), kakao_block_id=BLOCK
    )
    chip = json.loads(channel.send().data)["template"]["quickReplies"][0]
    assert (chip["action"], chip["blockId"]) == ("block", BLOCK)


def test_a_group_gets_buttons_in_place_of_chips(open_door: OpenDoor) -> None:
    reply = Reply((Text("골라요"),), (QuickReply("봉사 찾기", Say("봉사 찾기")),))
    channel = open_door(lambda _: Answer(reply, certain("greeting", "menu"), "answered"))
    body = json.loads(channel.send(payload_bytes("skill_group_chat")).data)
    validate_response(body, group=True)
    assert body["template"]["outputs"][0]["textCard"]["buttons"][0]["label"] == "봉사 찾기"


def test_developers_see_what_was_understood_and_people_do_not(open_door: OpenDoor) -> None:
    debug = json.loads(open_door(echo).send().data)["data"]["debug"]
    assert (debug["intent"], debug["source"], debug["confidence"]) == ("greeting", "menu", 1.0)
    people = open_door(echo, app_env="production").send(X_Request_Id="another message")
    assert "data" not in json.loads(people.data)


def test_developers_see_what_the_words_stand_for(open_door: OpenDoor) -> None:
    understood = ParsedMessage("find_program", 0.9, "nlu", text="12월 3일에 수원")
    channel = open_door(lambda _: Answer(Reply((Text("네"),)), understood, "answered"))
    date, region = json.loads(channel.send().data)["data"]["debug"]["entities"]
    assert (date["entity"], date["text"], date["value"]) == ("date", "12월 3일", "2026-12-03")
    assert (region["value"], region["name"]) == ("3740000", "경기도 수원시")
    assert (region["text"], region["start"], region["end"]) == ("수원", 8, 10)


def test_turns_are_counted_by_outcome(open_door: OpenDoor) -> None:
    before = counted("answered")
    open_door(echo).send()
    assert counted("answered") == before + 1


# --- who may come in, and with what


@pytest.mark.parametrize("key", ["", "wrong", KEY + " ", KEY.upper(), "열쇠".encode().decode("latin-1")])
def test_a_wrong_key_is_refused_and_the_header_named(open_door: OpenDoor, key: str) -> None:
    response = open_door(echo).send(X_Skill_Key=key)
    assert response.status_code == 401
    assert "X-Skill-Key" in response.get_json()["error"]


def test_no_key_is_refused_before_anything_is_read(open_door: OpenDoor) -> None:
    response = open_door(echo).client.post("/skills/kakao", data=b"x" * (LIMIT + 1))
    assert response.status_code == 401


def test_an_empty_key_in_the_settings_opens_to_nobody(open_door: OpenDoor) -> None:
    assert open_door(echo, skill_key="").send(X_Skill_Key="").status_code == 401


def test_the_door_takes_posts_only(open_door: OpenDoor) -> None:
    assert open_door(echo).client.get("/skills/kakao").status_code == 405


def test_a_body_over_the_limit_is_refused(open_door: OpenDoor) -> None:
    channel = open_door(echo)
    response = channel.send(b"x" * (LIMIT + 1))
    assert response.status_code == 413
    assert str(LIMIT) in response.get_json()["error"]
    assert channel.send(payload_bytes("skill_fallback_utterance").ljust(LIMIT)).status_code == 200


@pytest.mark.parametrize(("size", "status"), [(LIMIT + 1, 413), (5_000_000, 413), (LIMIT, 200)])
def test_a_body_without_length_is_measured_as_it_comes(open_door: OpenDoor, size: int, status: int) -> None:
    app = Flask(__name__)
    app.register_blueprint(open_door(echo).door)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        assert send_chunks(server.server_port, size) == status
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send_chunks(port: int, size: int) -> int:
    """Send a padded payload in chunks, without its length, and return the status."""
    body = payload_bytes("skill_fallback_utterance").ljust(size)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("POST", "/skills/kakao")
    connection.putheader("X-Skill-Key", KEY)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    try:
        for start in range(0, size, 8192):
            chunk = body[start : start + 8192]
            connection.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        connection.send(b"0\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        pass  # the server had read enough
    try:
        return connection.getresponse().status
    except ConnectionResetError:
        return 413  # it hung up over bytes it never read; what it said was lost on the way
    finally:
        connection.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"{",
        b'{"a": NaN}',
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        '{"a": "안녕하세요"}'.encode("euc-kr"),
        b"[" * 60_000,
        b'{"a":' * 12_000,
        b"9" * 60_000,
    ],
)
def test_what_is_no_json_is_refused(open_door: OpenDoor, body: bytes) -> None:
    response = open_door(echo).send(body)
    assert response.status_code == 400
    assert "JSON" in response.get_json()["error"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "bot"),
        (b"[]", "the whole body"),
        (b"null", "the whole body"),
        (b'"hello"', "the whole body"),
        (b'{"bot":{"id":"b"},"userRequest":{"user":{}}}', "userRequest.user.id"),
        (b'{"bot":{"id":"b"},"userRequest":{"user":{"id":"u"}}}', "userRequest.utterance"),
    ],
)
def test_json_that_is_no_payload_gets_an_apology_and_a_log_line(
    open_door: OpenDoor, caplog: pytest.LogCaptureFixture, body: bytes, field: str
) -> None:
    response = open_door(echo).send(body)
    assert response.status_code == 200
    assert shows(response, UNREADABLE)
    assert field in caplog.text


@pytest.mark.parametrize(
    "words",
    ["", "가" * 10_000, "😀" * 300, "\x00\x1b[31m\u202e", '/check_hours{"x":1}', "' OR 1=1; --", "\ud83d"],
)
def test_odd_words_get_a_normal_answer(open_door: OpenDoor, words: str) -> None:
    sent = payload()
    sent["userRequest"]["utterance"] = words
    assert text_of(open_door(echo).send(sent)).startswith("들었어요:")


# --- whatever happens behind the door


@pytest.mark.parametrize(
    "error",
    [ValueError("홍길동 010-1234-5678"), TimeoutError("홍길동"), RecursionError(), SystemExit("홍길동")],
)
def test_an_assistant_that_fails_is_an_apology_and_a_log_without_anyones_words(
    open_door: OpenDoor, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    def fail(turn: Turn) -> Answer:
        raise error

    response = open_door(fail).send()
    assert response.status_code == 200
    assert shows(response, BROKEN)
    assert type(error).__name__ in caplog.text
    assert "in fail" in caplog.text
    assert "홍길동" not in caplog.text + response.text
    assert "Traceback" not in response.text


def test_an_answer_that_is_none_is_an_apology(open_door: OpenDoor) -> None:
    response = open_door(lambda _: None).send()
    assert response.status_code == 200
    assert shows(response, BROKEN)


def test_a_door_that_is_closing_apologises(open_door: OpenDoor) -> None:
    channel = open_door(echo)
    channel.door.close()
    response = channel.send()
    assert response.status_code == 200
    assert shows(response, BROKEN)


def test_a_slow_assistant_is_an_apology_with_the_menu(open_door: OpenDoor, slow: Slow) -> None:
    response = open_door(slow, turn_seconds=0.2).send()
    assert response.status_code == 200
    assert shows(response, TOO_SLOW)
    assert len(response.get_json()["template"]["quickReplies"]) == 4
    assert slow.finished == []


def test_an_event_gets_no_apology_that_would_pass_for_its_card(open_door: OpenDoor, slow: Slow) -> None:
    event = payload("skill_event_block")
    event["userRequest"]["params"] = {"notice": "K" * 32}

    def fail(_: Turn) -> Answer:
        raise RuntimeError

    for answer in (fail, slow):
        response = open_door(answer, turn_seconds=0.3).send(event, X_Request_Id=str(answer))
        assert response.status_code == 200
        assert json.loads(response.data) == {"version": "2.0", "template": {"outputs": []}}


def test_a_message_that_found_no_free_thread_is_never_begun(open_door: OpenDoor, slow: Slow) -> None:
    channel = open_door(slow, turn_seconds=1, web_threads=1)

    def one(person: str) -> bool:
        return shows(another(channel).send(from_person(person)), TOO_SLOW)

    with ThreadPoolExecutor(6) as at_once:
        assert all(at_once.map(one, "abcdef"))
    slow.go.set()
    assert text_of(channel.send(from_person("last"))) == "이제 알겠어요!"
    assert len(slow.begun) == 3, "two had a thread, and the last: whoever waited in vain was passed over"


def test_turns_at_once_get_their_own_answers(open_door: OpenDoor) -> None:
    channel = open_door(lambda turn: said(turn.person.user_key))
    people = [f"person-{number}" for number in range(60)]

    def one(person: str) -> str:
        return text_of(another(channel).send(from_person(person)))

    with ThreadPoolExecutor(12) as at_once:
        assert list(at_once.map(one, people)) == people


def test_one_message_delivered_twice_is_answered_once(open_door: OpenDoor) -> None:
    heard: list[str] = []

    def listen(turn: Turn) -> Answer:
        heard.append(turn.words)
        return said(f"{len(heard)}번째")

    channel = open_door(listen)
    assert channel.send().data == channel.send().data
    assert len(heard) == 1
    assert channel.send(X_Request_Id="a").data == channel.send(X_Request_Id="a").data
    assert channel.send(X_Request_Id="b").data != channel.send(X_Request_Id="a").data
    assert len(heard) == 3


def test_one_message_delivered_twice_at_once_is_answered_once(open_door: OpenDoor, slow: Slow) -> None:
    channel = open_door(slow)
    with ThreadPoolExecutor(2) as at_once:
        first = at_once.submit(another(channel).send)
        slow.some_begun.acquire(timeout=10)
        second = at_once.submit(another(channel).send)
        slow.go.set()
        assert first.result().data == second.result().data
    assert len(slow.begun) == 1


def test_closing_lets_an_answer_under_way_finish(open_door: OpenDoor, slow: Slow) -> None:
    channel = open_door(slow)
    with ThreadPoolExecutor(2) as at_once:
        answer = at_once.submit(channel.send)
        slow.some_begun.acquire(timeout=10)
        closing = at_once.submit(channel.door.close)
        slow.go.set()
        closing.result(timeout=10)
        assert text_of(answer.result()) == "이제 알겠어요!"


def test_nobodys_words_are_logged_on_the_ordinary_way(
    open_door: OpenDoor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        open_door(echo).send()
    assert "예약 되나요" not in caplog.text
