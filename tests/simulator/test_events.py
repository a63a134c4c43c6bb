from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from simulator.feed import KEPT, Feed
from simulator.payloads import BOT_ID, plusfriend_key
from tests.simulator.push import order, push, user
from tests.simulator.skill_server import SkillServer, fixture
from tests.simulator.test_payloads import shape
from tests.simulator.test_server import send

BUSY = user("persona-busy")
GOOD: dict[str, Any] = {"event": {"name": "알림"}, "user": [BUSY]}


def pushes(simulator: str, after: str = "") -> list[dict[str, Any]]:
    url = f"{simulator}/api/news?now=1"
    items = requests.get(url, params={"kinds": "push", "after": after}, timeout=10).json()["items"]
    assert isinstance(items, list)
    return items


def test_an_order_is_accepted_at_once_and_its_event_plays_a_turn_of_the_skill(
    simulator: str, skill: SkillServer
) -> None:
    result = push(simulator, "simple_text", user("persona-busy", alert="7"), jobId="job-1")
    assert result | {"taskId": ""} == fixture("event_task_all_success") | {
        "taskId": "",
        "allRequestCount": 1,
        "successCount": 1,
    }
    (asked,) = skill.requests
    assert asked["userRequest"]["params"]["jobId"] == "job-1"
    assert asked["userRequest"]["user"]["properties"]["alert"] == "7"
    (item,) = pushes(simulator)
    assert (item["owner"], item["request"]) == ("persona-busy", asked)
    assert item["delivery"]["bubbles"] == fixture("simple_text")["template"]["outputs"]


def test_the_answer_to_an_order_looks_like_its_sample(simulator: str) -> None:
    answer = order(simulator, GOOD).json()
    assert shape(answer) == shape(fixture("event_api_accepted"))
    assert answer["status"] == "SUCCESS"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "KakaoAK wrong"}, {"Authorization": "Bearer x"}])
def test_without_the_right_key_nothing_is_taken_or_told(
    simulator: str, skill: SkillServer, headers: dict[str, str]
) -> None:
    assert order(simulator, GOOD, headers=headers).status_code == 401
    assert requests.get(f"{simulator}/v1/tasks/x", headers=headers, timeout=5).status_code == 401
    assert skill.requests == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], "JSON object"),
        ({"user": [BUSY]}, "event.name"),
        ({"event": {"name": " "}, "user": [BUSY]}, "event.name"),
        (GOOD | {"user": []}, "1 to 100"),
        (GOOD | {"user": [user(str(n)) for n in range(101)]}, "1 to 100"),
        (GOOD | {"user": [BUSY, BUSY]}, "duplicates"),
        (GOOD | {"user": [user("x", "email")]}, "user.type"),
        (GOOD | {"user": [{"type": "botUserKey"}]}, "user.id"),
        (GOOD | {"params": {"n": 1}}, "params"),
        (GOOD | {"user": [{**BUSY, "properties": []}]}, "properties"),
    ],
)
def test_a_body_kakao_would_not_take_is_refused_with_the_reason(
    simulator: str, skill: SkillServer, body: Any, reason: str
) -> None:
    answer = order(simulator, body)
    assert (answer.status_code, answer.json()["status"]) == (400, "FAIL")
    assert reason in answer.json()["message"]
    assert skill.requests == []


def test_another_bot_is_refused_and_the_development_channel_is_named(
    simulator: str, skill: SkillServer
) -> None:
    assert order(simulator, GOOD, bot="another").json()["message"] == "Invalid bot ID.."
    assert order(simulator, GOOD, bot=f"{BOT_ID}!").ok


def test_a_skill_that_fails_is_told_as_kakao_tells_it(simulator: str, skill: SkillServer) -> None:
    skill.answers["고장"] = lambda: ("oops", 500)
    result = push(simulator, "고장", BUSY)
    seen = fixture("event_task_skill_error")
    assert shape(result) == shape(seen)
    assert (result["status"], result["fail"]["list"][0]["errorMsg"]) == (
        "1 FAIL",
        seen["fail"]["list"][0]["errorMsg"],
    )
    assert pushes(simulator)[0]["delivery"]["outcome"] == "error"


def test_a_reply_against_the_rules_reaches_nobody_and_fails(simulator: str, skill: SkillServer) -> None:
    skill.answers["틀림"] = {"version": "2.0", "template": {"outputs": []}}
    assert push(simulator, "틀림", BUSY)["status"] == "1 FAIL"
    assert pushes(simulator)[0]["delivery"]["violations"][0]["rule"] == "count"


@pytest.mark.parametrize("reply", [{"version": "2.0"}, {"version": "2.0", "useCallback": True}])
def test_a_reply_that_shows_nothing_reaches_nobody_and_fails(
    simulator: str, skill: SkillServer, reply: dict[str, Any]
) -> None:
    skill.answers["조용"] = reply
    result = push(simulator, "조용", BUSY)
    assert (result["status"], result["fail"]["list"][0]["errorMsg"]["errorType"]) == ("1 FAIL", 201)
    assert pushes(simulator)[0]["delivery"]["bubbles"] == []


def test_everybody_in_a_batch_gets_their_own_card_and_some_may_fail(
    simulator: str, skill: SkillServer
) -> None:
    names = [f"friend-{n}" for n in range(99)]
    for name in names:
        send(simulator, "안녕", person={"user_key": name, "is_friend": name != "friend-7"})
    skill.requests.clear()
    people = [user(name, notice=f"key-of-{name}") for name in names]
    result = push(simulator, "simple_text", *people, user("stranger", notice="key-of-nobody"))
    assert (result["allRequestCount"], result["successCount"], result["status"]) == (100, 98, "2 FAIL")
    assert [failed["userId"] for failed in result["fail"]["list"]] == ["friend-7"]
    heard = {
        r["userRequest"]["user"]["id"]: r["userRequest"]["user"]["properties"]["notice"]
        for r in skill.requests
    }
    assert heard == {name: f"key-of-{name}" for name in names if name != "friend-7"}
    assert {item["owner"] for item in pushes(simulator)} == set(heard)


def test_a_reply_the_simulator_itself_stumbles_over_still_ends_its_task(
    simulator: str, skill: SkillServer
) -> None:
    skill.answers["깊다"] = lambda: ("[" * 100_000, 200)
    result = push(simulator, "깊다", BUSY)
    assert result["fail"]["list"][0]["errorMsg"]["errorType"] == 201


def test_strangers_are_counted_but_not_listed(simulator: str) -> None:
    result = push(simulator, "simple_text", BUSY, user("stranger"))
    assert result | {"taskId": ""} == fixture("event_task_unknown_user") | {"taskId": ""}


def test_whoever_wrote_once_is_known_by_every_key_of_theirs(simulator: str, skill: SkillServer) -> None:
    person = {"user_key": "someone", "app_user_id": "777"}
    requests.post(
        f"{simulator}/api/messages", json={"person": person, "event": {"utterance": "안녕"}}, timeout=5
    )
    keys = [user("someone"), user(plusfriend_key("someone"), "plusfriendUserKey"), user("777", "appUserId")]
    assert push(simulator, "simple_text", *keys)["successCount"] == 3
    assert {item["owner"] for item in pushes(simulator)} == {"someone"}


def test_one_who_removed_the_channel_gets_nothing_until_they_add_it_again(
    simulator: str, skill: SkillServer
) -> None:
    person = {"user_key": "persona-busy", "is_friend": False}
    send(simulator, "차단했어요", person=person)
    result = push(simulator, "simple_text", BUSY)
    assert (result["status"], result["fail"]["list"][0]["userId"]) == ("1 FAIL", "persona-busy")
    assert isinstance(result["fail"]["list"][0]["errorMsg"], str)
    assert pushes(simulator) == []
    send(simulator, "다시 추가했어요", person={"user_key": "persona-busy", "is_friend": True})
    assert push(simulator, "text_card", BUSY)["status"] == "ALL SUCCESS"
    assert [item["request"]["userRequest"]["utterance"] for item in pushes(simulator)] == ["text_card"]


def test_an_unknown_task_is_404(simulator: str) -> None:
    headers = {"Authorization": "KakaoAK local-kakao-rest-api-key"}
    assert requests.get(f"{simulator}/v1/tasks/none", headers=headers, timeout=5).status_code == 404


def feed() -> Feed:
    return Feed(lambda: datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Seoul")))


def test_a_cursor_brings_only_what_came_since() -> None:
    news = feed()
    news.publish("push", "a", {"text": "하나"})
    cursor, items = news.since("", ["push"], 0)
    assert [item["text"] for item in items] == ["하나"]
    news.publish("sms", "b", {"text": "다른 것"})
    news.publish("push", "b", {"text": "둘"})
    assert [item["text"] for item in news.since(cursor, ["push"], 0)[1]] == ["둘"]


@pytest.mark.parametrize("cursor", ["nonsense", "0badf00d-1", "-1"])
def test_a_cursor_of_another_process_starts_from_the_beginning(cursor: str) -> None:
    news = feed()
    news.publish("push", "a", {"text": "하나"})
    assert len(news.since(cursor, ["push"], 0)[1]) == 1


def test_each_person_keeps_the_newest_two_hundred() -> None:
    news = feed()
    news.publish("push", "quiet", {"text": "하나"})
    for number in range(KEPT + 5):
        news.publish("push", "busy", {"text": str(number)})
    items = news.since("", ["push"], 0)[1]
    assert len(items) == KEPT + 1
    assert items[1]["text"] == "5"
