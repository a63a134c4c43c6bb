from __future__ import annotations

import logging
from typing import Any

import pytest
import requests

from alerts.channels import ChannelPermanent, ChannelRetryable
from alerts.channels.kakao_event import Failure, KakaoEvents, TaskResult
from simulator.payloads import BOT_ID
from tests.http_server import http_server
from tests.simulator.conftest import free_port
from tests.simulator.push import REST_API_KEY
from tests.simulator.skill_server import SkillServer, fixture, wait_until

TALK = f"/v2/bots/{BOT_ID}/talk"
ACCEPTED = fixture("event_api_accepted")


def events(url: str, key: str = REST_API_KEY, bot_id: str = BOT_ID, name: str = "simple_text") -> KakaoEvents:
    return KakaoEvents(url, key, bot_id, name, timeout=(1.0, 1.0))


def finished(channel: KakaoEvents, task: str) -> TaskResult:
    wait_until(lambda: channel.result(task).done)
    return channel.result(task)


def test_an_event_wakes_the_skill_with_our_words_and_is_reported_as_reached(
    simulator: str, skill: SkillServer
) -> None:
    channel = events(simulator)
    task = channel.send("persona-busy", {"notice": "n-7"})
    assert finished(channel, task) == TaskResult(requested=1, succeeded=1, failed=0, unknown=0, failures=())
    asked = skill.requests[0]["userRequest"]
    assert (asked["user"]["id"], asked["utterance"]) == ("persona-busy", "simple_text")
    assert asked["params"]["notice"] == "n-7"


@pytest.mark.parametrize("bot_id", [BOT_ID, f"{BOT_ID}!"])
def test_the_bot_of_the_development_channel_is_reached_by_its_odd_name(simulator: str, bot_id: str) -> None:
    channel = events(simulator, bot_id=bot_id)
    assert finished(channel, channel.send("persona-busy", {})).succeeded == 1


def test_a_stranger_is_counted_and_nobody_is_named(simulator: str) -> None:
    channel = events(simulator)
    result = finished(channel, channel.send("nobody", {}))
    assert (result.failed, result.unknown, result.failures) == (1, 1, ())


def test_a_skill_that_fails_is_named_by_its_number(simulator: str, skill: SkillServer) -> None:
    skill.answers["고장"] = lambda: ("oops", 500)
    channel = events(simulator, name="고장")
    (failure,) = finished(channel, channel.send("persona-busy", {})).failures
    assert (failure.user_key, failure.error_type) == ("persona-busy", 201)


def test_one_who_left_the_channel_is_named_in_plain_words(simulator: str) -> None:
    left = {"person": {"user_key": "persona-busy", "is_friend": False}, "event": {"utterance": "안녕"}}
    requests.post(f"{simulator}/api/messages", json=left, timeout=5).raise_for_status()
    channel = events(simulator)
    (failure,) = finished(channel, channel.send("persona-busy", {})).failures
    assert failure == Failure("persona-busy", None, "The user has not added the channel.")


def test_a_wrong_key_is_ours_to_mend_so_the_message_may_be_tried_again(simulator: str) -> None:
    with pytest.raises(ChannelRetryable, match="key") as caught:
        events(simulator, key="wrong").send("persona-busy", {})
    assert not caught.value.maybe_sent


def test_what_kakao_refuses_is_never_tried_again(simulator: str) -> None:
    with pytest.raises(ChannelPermanent, match="Invalid bot ID"):
        events(simulator, bot_id="another").send("persona-busy", {})
    with pytest.raises(ChannelPermanent, match="no such task"):
        events(simulator).result("none")


def test_nobody_there_means_again_and_surely_not_sent() -> None:
    with pytest.raises(ChannelRetryable) as caught:
        events(f"http://127.0.0.1:{free_port()}").send("persona-busy", {})
    assert not caught.value.maybe_sent


@pytest.mark.parametrize(
    ("body", "status", "maybe_sent"),
    [
        ({"status": "FAIL", "message": "Internal server error .. 501"}, 200, False),
        ({}, 429, False),
        (b"<html>", 404, False),
        ({}, 503, True),
        (b"<html>", 200, True),
        ([], 200, True),
    ],
)
def test_an_answer_that_settles_nothing_means_again(body: Any, status: int, maybe_sent: bool) -> None:
    with http_server() as kakao:
        kakao.answer(TALK, body, status=status)
        with pytest.raises(ChannelRetryable) as caught:
            events(kakao.url).send("persona-busy", {})
    assert caught.value.maybe_sent is maybe_sent


def test_an_answer_that_comes_too_late_may_have_been_sent() -> None:
    with http_server() as kakao:
        kakao.answer(TALK, ACCEPTED, seconds=1.5)
        with pytest.raises(ChannelRetryable) as caught:
            events(kakao.url).send("persona-busy", {})
    assert caught.value.maybe_sent


@pytest.mark.parametrize("body", [{"taskId": "t"}, {"allRequestCount": "many", "successCount": 0}])
def test_a_result_in_an_unknown_form_is_asked_for_again(body: Any) -> None:
    with http_server() as kakao:
        kakao.answer("/v1/tasks/t", body)
        with pytest.raises(ChannelRetryable, match="form"):
            events(kakao.url).result("t")


def test_a_task_under_way_is_not_done() -> None:
    with http_server() as kakao:
        running = fixture("event_task_all_success") | {"successCount": 1}
        kakao.answer("/v1/tasks/t", running)
        assert not events(kakao.url).result("t").done


def test_neither_the_key_nor_an_address_gets_into_errors_or_logs(
    simulator: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    events(simulator).send("persona-busy", {"notice": "secret-words"})
    with pytest.raises(ChannelRetryable) as caught:
        events(f"http://127.0.0.1:{free_port()}").send("persona-busy", {})
    assert "127.0.0.1" not in str(caught.value)
    assert caught.value.__suppress_context__
    for word in (REST_API_KEY, "secret-words"):
        assert word not in caplog.text
