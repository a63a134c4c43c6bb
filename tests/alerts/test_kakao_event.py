from __future__ import annotations

import logging
from typing import Any

import pytest
import requests

from alerts.channels import Channel, ChannelPermanent, ChannelRetryable, Receipt, ReceiptState
from alerts.channels.kakao_event import UNKNOWN_AMONG, KakaoEvents, TaskResult
from simulator.payloads import BOT_ID
from tests.alerts.attempts import event, sent, settled, states
from tests.http_server import http_server
from tests.simulator.conftest import free_port
from tests.simulator.providers import faults
from tests.simulator.push import REST_API_KEY
from tests.simulator.skill_server import SkillServer, fixture

TALK = f"/v2/bots/{BOT_ID}/talk"
ACCEPTED = fixture("event_api_accepted")
DELIVERED, FAILED, WAITING, ABSENT = (
    ReceiptState.DELIVERED,
    ReceiptState.FAILED,
    ReceiptState.WAITING,
    ReceiptState.ABSENT,
)


def events(url: str, key: str = REST_API_KEY, bot_id: str = BOT_ID, name: str = "simple_text") -> KakaoEvents:
    return KakaoEvents(url, key, bot_id, name, timeout=(1.0, 1.0))


def left_the_channel(simulator: str, user_key: str) -> None:
    left = {"person": {"user_key": user_key, "is_friend": False}, "event": {"utterance": "안녕"}}
    requests.post(f"{simulator}/api/messages", json=left, timeout=5).raise_for_status()


def test_an_event_wakes_the_skill_with_our_words_and_is_reported_as_reached(
    simulator: str, skill: SkillServer
) -> None:
    channel: Channel = events(simulator)
    (receipt,) = settled(channel, [event("a-1", notice="n-7")])
    assert (receipt.key, receipt.state, receipt.cost, receipt.to) == ("a-1", DELIVERED, 15, "persona-busy")
    asked = skill.requests[0]["userRequest"]
    assert (asked["user"]["id"], asked["utterance"]) == ("persona-busy", "simple_text")
    assert asked["params"]["notice"] == "n-7"


def test_everybody_of_a_batch_gets_words_of_their_own_and_all_get_the_shared_ones(
    simulator: str, skill: SkillServer
) -> None:
    people = ["persona-busy", "persona-42h", "persona-13"]
    batch = [event(f"a-{who}", who, notice=f"n-{who}", round="1") for who in people]
    receipts = settled(events(simulator), batch)
    assert states(receipts) == [DELIVERED] * 3
    assert len({receipt.reference for receipt in receipts}) == 1
    for asked in (request["userRequest"] for request in skill.requests):
        user = asked["user"]
        assert user["properties"]["notice"] == f"n-{user['id']}"
        assert asked["params"]["round"] == "1"
        assert "notice" not in asked["params"]


def test_two_messages_for_one_person_go_in_calls_of_their_own(simulator: str, skill: SkillServer) -> None:
    batch = [event("a-1", notice="1"), event("a-2", "persona-42h"), event("a-3", notice="3")]
    receipts = settled(events(simulator), batch)
    assert [receipt.key for receipt in receipts] == ["a-1", "a-2", "a-3"]
    assert states(receipts) == [DELIVERED] * 3
    assert receipts[0].reference == receipts[1].reference != receipts[2].reference
    busy = [
        r["userRequest"]["user"] for r in skill.requests if r["userRequest"]["user"]["id"] == "persona-busy"
    ]
    assert sorted(user["properties"]["notice"] for user in busy) == ["1", "3"]


@pytest.mark.parametrize("bot_id", [BOT_ID, f"{BOT_ID}!"])
def test_the_bot_of_the_development_channel_is_reached_by_its_odd_name(simulator: str, bot_id: str) -> None:
    assert states(settled(events(simulator, bot_id=bot_id), [event("a-1")])) == [DELIVERED]


def test_a_person_whom_kakao_does_not_know_is_a_stranger_when_there_is_no_one_else(simulator: str) -> None:
    (receipt,) = settled(events(simulator), [event("a-1", "nobody")])
    assert (receipt.state, receipt.stranger, receipt.cost) == (FAILED, True, 0)


def test_when_kakao_knows_nobody_of_a_batch_all_are_strangers(simulator: str) -> None:
    receipts = settled(events(simulator), [event("a-1", "nobody"), event("a-2", "no one")])
    assert [(receipt.state, receipt.stranger) for receipt in receipts] == [(FAILED, True)] * 2


def test_a_stranger_among_others_cannot_be_told_from_those_who_were_reached(simulator: str) -> None:
    left_the_channel(simulator, "persona-13")
    channel = events(simulator)
    batch = [event("a-1"), event("a-2", "nobody"), event("a-3", "persona-13")]
    attempts = [sent(message, receipt) for message, receipt in zip(batch, channel.send(batch), strict=True)]
    results: list[Receipt] = []
    for _ in range(100):
        results = channel.ask(attempts)
        if [result.code for result in results[:2]] == [UNKNOWN_AMONG] * 2:
            break
    assert [(result.state, result.code) for result in results[:2]] == [(WAITING, UNKNOWN_AMONG)] * 2
    assert (results[2].state, results[2].stranger) == (FAILED, True)


def test_a_skill_that_fails_is_named_by_its_number_and_the_person_is_no_stranger(
    simulator: str, skill: SkillServer
) -> None:
    skill.answers["고장"] = lambda: ("oops", 500)
    (receipt,) = settled(events(simulator, name="고장"), [event("a-1")])
    assert (receipt.state, receipt.code, receipt.stranger) == (FAILED, "201", False)


def test_one_who_left_the_channel_is_a_stranger(simulator: str) -> None:
    left_the_channel(simulator, "persona-busy")
    (receipt,) = settled(events(simulator), [event("a-1")])
    assert (receipt.state, receipt.stranger) == (FAILED, True)
    assert receipt.reason == "The user has not added the channel."


@pytest.mark.parametrize(
    ("told", "stranger"),
    [
        ({"errorType": 201, "msg": "Bot skill server responded with an HTTP error. not added"}, False),
        ({"msg": "User blocked the channel"}, True),
        ("Not a friend", True),
        ("Something else", False),
        (None, False),
        ({}, False),
    ],
)
def test_a_failure_is_read_in_either_form(told: Any, *, stranger: bool) -> None:
    failure = {"userId": "persona-busy", "reqUserType": "botUserKey", "createdAt": 1, "errorMsg": told}
    task = {"taskId": "t", "allRequestCount": 1, "successCount": 0, "fail": {"count": 1, "list": [failure]}}
    with http_server() as kakao:
        kakao.answer("/v1/tasks/t", task)
        attempt = sent(event("a-1"), Receipt("a-1", WAITING, "t"))
        (receipt,) = events(kakao.url).ask([attempt])
    assert (receipt.state, receipt.stranger) == (FAILED, stranger)


def test_a_task_is_asked_for_once_however_many_people_it_has(simulator: str) -> None:
    with http_server() as kakao:
        kakao.answer("/v1/tasks/t", fixture("event_task_all_success"))
        kakao.answer("/v1/tasks/u", {}, status=404)
        batch = [event(f"a-{n}", f"user-{n}") for n in range(4)]
        task = [Receipt(m.key, WAITING, "u" if n == 2 else "t") for n, m in enumerate(batch)]
        told = events(kakao.url).ask([sent(m, r) for m, r in zip(batch, task, strict=True)])
        assert [receipt.key for receipt in told] == ["a-0", "a-1", "a-2", "a-3"]
        assert sorted(path for path, _ in kakao.requests) == ["/v1/tasks/t", "/v1/tasks/u"]


def test_a_task_that_kakao_does_not_know_is_absent_once_it_is_a_minute_old(simulator: str) -> None:
    channel, task = events(simulator), Receipt("a-1", WAITING, "none")
    assert states(channel.ask([sent(event("a-1"), task, ago=50)])) == [WAITING]
    assert states(channel.ask([sent(event("a-1"), task, ago=61)])) == [ABSENT]


def test_an_attempt_without_a_task_is_absent_as_kakao_lists_nothing(simulator: str) -> None:
    assert states(events(simulator).ask([sent(event("a-1"))])) == [ABSENT]


def test_a_wrong_key_is_ours_to_mend_so_the_message_may_be_tried_again(simulator: str) -> None:
    with pytest.raises(ChannelRetryable, match="key") as caught:
        events(simulator, key="wrong").send([event("a-1")])
    assert not caught.value.maybe_sent


def test_what_kakao_refuses_is_never_tried_again(simulator: str) -> None:
    with pytest.raises(ChannelPermanent, match="Invalid bot ID"):
        events(simulator, bot_id="another").send([event("a-1")])


def test_nobody_there_means_again_and_surely_not_sent() -> None:
    with pytest.raises(ChannelRetryable) as caught:
        events(f"http://127.0.0.1:{free_port()}").send([event("a-1")])
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
def test_an_answer_that_settles_nothing_means_again(body: Any, status: int, *, maybe_sent: bool) -> None:
    with http_server() as kakao:
        kakao.answer(TALK, body, status=status)
        with pytest.raises(ChannelRetryable) as caught:
            events(kakao.url).send([event("a-1")])
    assert caught.value.maybe_sent is maybe_sent


def test_an_answer_that_comes_too_late_may_have_been_sent() -> None:
    with http_server() as kakao:
        kakao.answer(TALK, ACCEPTED, seconds=1.5)
        with pytest.raises(ChannelRetryable) as caught:
            events(kakao.url).send([event("a-1")])
    assert caught.value.maybe_sent


def test_when_the_first_call_of_a_batch_is_lost_the_second_is_not_tried(simulator: str) -> None:
    faults(simulator, kakao_event={"hangs": 1.0})
    lost, untried = events(simulator).send([event("a-1"), event("a-2")])
    assert (lost.state, lost.reference, lost.code) == (WAITING, "", "lost")
    assert untried.state is ABSENT


@pytest.mark.parametrize("body", [{"taskId": "t"}, {"allRequestCount": "many", "successCount": 0}])
def test_a_result_in_an_unknown_form_is_asked_for_again(body: Any) -> None:
    with http_server() as kakao:
        kakao.answer("/v1/tasks/t", body)
        with pytest.raises(ChannelRetryable, match="form"):
            events(kakao.url).ask([sent(event("a-1"), Receipt("a-1", WAITING, "t"))])


def test_a_task_that_cannot_be_read_keeps_no_other_from_being_told() -> None:
    with http_server() as kakao:
        kakao.answer("/v1/tasks/good", fixture("event_task_all_success"))
        kakao.answer("/v1/tasks/bad", {})
        tasks = [Receipt("a-1", WAITING, "bad"), Receipt("a-2", WAITING, "good")]
        told = events(kakao.url).ask([sent(event(task.key), task) for task in tasks])
    assert states(told) == [WAITING, DELIVERED]


def test_a_task_under_way_is_waited_for() -> None:
    with http_server() as kakao:
        kakao.answer("/v1/tasks/t", fixture("event_task_all_success") | {"successCount": 1})
        channel = events(kakao.url)
        assert states(channel.ask([sent(event("a-1"), Receipt("a-1", WAITING, "t"))])) == [WAITING]


def test_people_who_are_unknown_end_a_task_even_if_kakao_leaves_them_out_of_the_failed() -> None:
    task = {"allRequestCount": 3, "successCount": 2, "userKeyResolvingFailCount": 1, "fail": {"count": 0}}
    with http_server() as kakao:
        kakao.answer("/v1/tasks/t", task)
        result = events(kakao.url).result("t")
    assert result == TaskResult(requested=3, succeeded=2, failed=1, unknown=1, failures=())
    assert result.done


def test_neither_the_key_nor_an_address_gets_into_errors_or_logs(
    simulator: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    events(simulator).send([event("a-1", notice="secret-words")])
    with pytest.raises(ChannelRetryable) as caught:
        events(f"http://127.0.0.1:{free_port()}").send([event("a-1")])
    assert "127.0.0.1" not in str(caught.value)
    assert caught.value.__suppress_context__
    for word in (REST_API_KEY, "secret-words"):
        assert word not in caplog.text
