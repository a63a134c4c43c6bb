from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from simulator.faults import PROVIDERS, Trouble
from tests.simulator.providers import (
    NhnAlimtalk,
    NhnSms,
    Solapi,
    faults,
    ledger,
    on_phone,
    person,
    register,
    text,
)
from tests.simulator.push import order, push, user
from tests.simulator.skill_server import SkillServer, wait_until

EVENT: dict[str, Any] = {"event": {"name": "simple_text"}, "user": [user("persona-busy")]}


@pytest.fixture
def nhn(simulator: str) -> NhnAlimtalk:
    register(simulator)
    return NhnAlimtalk(simulator)


def test_nothing_is_wrong_until_somebody_says_so_and_after_all_is_cleared(simulator: str) -> None:
    before = requests.get(f"{simulator}/api/faults", timeout=5).json()
    assert set(before) == {"seed", *PROVIDERS}
    assert before["solapi"] | {"receipts": {}, "outcomes": {}, "failures": {}} == {
        "mode": "play",
        "latency": 0,
        "errors": 0,
        "hangs": 0,
        "hang_seconds": 0,
        "too_many": 0,
        "per_second": 0,
        "settle": 0,
        "outcomes": {},
        "failures": {},
        "receipts": {},
    }
    changed = faults(simulator, seed=7, solapi={"errors": 1, "receipts": {"never": 0.5}}).json()
    assert (changed["seed"], changed["solapi"]["errors"], changed["solapi"]["receipts"]["never"]) == (
        7,
        1,
        0.5,
    )
    assert changed["nhn_sms"] == before["nhn_sms"]
    assert faults(simulator, **changed).json() == changed
    assert requests.delete(f"{simulator}/api/faults", timeout=5).json() == before


@pytest.mark.parametrize(
    "body",
    [
        {"nobody": {}},
        {"seed": "x"},
        {"solapi": {"error": 1}},
        {"solapi": {"errors": 1.1}},
        {"solapi": {"errors": True}},
        {"solapi": {"latency": -1}},
        {"solapi": {"mode": "off"}},
        {"solapi": {"receipts": {"lost": 1}}},
        {"solapi": {"outcomes": {"010": 3}}},
        {"solapi": {"failures": {"3104": 2}}},
        {"kakao_event": {"outcomes": {"persona-busy": "3019"}}},
        {"solapi": []},
    ],
)
def test_what_means_no_faults_is_refused_and_changes_nothing(simulator: str, body: dict[str, Any]) -> None:
    before = faults(simulator, solapi={"errors": 0.5}).json()
    answer = faults(simulator, **body)
    assert (answer.status_code, "error" in answer.json()) == (400, True)
    assert requests.get(f"{simulator}/api/faults", timeout=5).json() == before


def callers(simulator: str) -> dict[str, Any]:
    return {
        "kakao_event": lambda: order(simulator, EVENT),
        "nhn_alimtalk": lambda: NhnAlimtalk(simulator).send(person(key="a")),
        "nhn_sms": lambda: NhnSms(simulator).send(key="a"),
        "solapi": lambda: Solapi(simulator).send(text()),
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_can_break_down_and_be_overrun_without_taking_anything(
    simulator: str, provider: str
) -> None:
    register(simulator)
    call = callers(simulator)[provider]
    faults(simulator, **{provider: {"errors": 1}})
    assert call().status_code == 503
    faults(simulator, **{provider: {"too_many": 1}})
    refused = call()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert ledger(simulator, provider)["taken"] == 0
    faults(simulator, **{provider: {}})
    assert call().status_code == 200
    assert ledger(simulator, provider)["taken"] == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_can_take_a_message_and_never_answer(simulator: str, provider: str) -> None:
    register(simulator)
    faults(simulator, **{provider: {"hangs": 1}})
    with pytest.raises(requests.ConnectionError):
        callers(simulator)[provider]()
    assert ledger(simulator, provider)["taken"] == 1


def test_a_provider_that_hangs_holds_the_line_first(simulator: str) -> None:
    faults(simulator, nhn_sms={"hangs": 1, "hang_seconds": 0.4})
    began = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        NhnSms(simulator).send()
    assert time.monotonic() - began >= 0.4


def test_what_was_taken_without_an_answer_is_found_by_its_key(nhn: NhnAlimtalk, simulator: str) -> None:
    faults(simulator, nhn_alimtalk={"hangs": 1})
    with pytest.raises(requests.ConnectionError):
        nhn.send(person(key="alert-1"), key="batch-1")
    faults(simulator, nhn_alimtalk={})
    query = {"startRequestDate": "2026-01-01 00:00", "endRequestDate": "2099-01-01 00:00"}
    found = nhn.get("messages", recipientGroupingKey="alert-1", **query)["messageSearchResultResponse"]
    assert found["totalCount"] == 1
    assert nhn.send(person(key="alert-1"), key="batch-1").json()["header"]["resultCode"] == -1005


def test_latency_is_waited_before_every_answer(simulator: str) -> None:
    faults(simulator, nhn_sms={"latency": 0.3})
    began = time.monotonic()
    assert NhnSms(simulator).send().ok
    assert time.monotonic() - began >= 0.3


def test_calls_over_the_limit_of_a_second_are_refused_and_the_next_second_takes_them(simulator: str) -> None:
    faults(simulator, nhn_sms={"per_second": 3})
    sms = NhnSms(simulator)
    assert [sms.send().status_code for _ in range(5)].count(429) == 2
    time.sleep(1.1)
    assert sms.send().status_code == 200


def test_the_same_seed_deals_the_same_faults() -> None:
    def dealt(seed: int) -> list[bool]:
        trouble = Trouble()
        trouble.put({"seed": seed, "solapi": {"errors": 0.5}})
        return [trouble.strikes("solapi", "errors", 0.5) for _ in range(64)]

    assert dealt(1) == dealt(1)
    assert dealt(1) != dealt(2)
    assert 16 < sum(dealt(1)) < 48


def test_a_share_of_messages_can_fail_with_a_code(nhn: NhnAlimtalk, simulator: str) -> None:
    faults(simulator, nhn_alimtalk={"failures": {"3018": 0.5, "3020": 0.5}})
    sent = nhn.send(*(person(f"0105555{n:04}") for n in range(40)))
    codes = {nhn.state(sent, seq)[1] for seq in range(1, 41)}
    assert codes == {"3018", "3020"}


def test_a_result_can_take_its_time(nhn: NhnAlimtalk, simulator: str) -> None:
    faults(simulator, nhn_alimtalk={"settle": 0.5})
    sent = nhn.send(person())
    assert nhn.state(sent) == ("SENDING", None)
    assert on_phone(simulator) == []
    wait_until(lambda: nhn.state(sent) == ("COMPLETED", "1000"))
    wait_until(lambda: len(on_phone(simulator)) == 1)


def test_people_can_be_made_unknown_no_friends_or_unlucky_by_name_or_by_key(
    simulator: str, skill: SkillServer
) -> None:
    outcomes = {"persona-busy": "unknown", "notice-13": "not_friend", "persona-42h": "failed"}
    faults(simulator, kakao_event={"outcomes": outcomes})
    people = [
        user("persona-busy"),
        user("persona-13", notice="notice-13"),
        user("persona-42h"),
        user("persona-new"),
    ]
    result = push(simulator, "simple_text", *people)
    assert (result["successCount"], result["userKeyResolvingFailCount"], result["status"]) == (1, 1, "3 FAIL")
    reasons = {failed["userId"]: failed["errorMsg"] for failed in result["fail"]["list"]}
    assert isinstance(reasons["persona-13"], str)
    assert reasons["persona-42h"]["errorType"] == 201
    assert len(skill.requests) == 1


def test_a_task_can_stay_under_way(simulator: str, skill: SkillServer) -> None:
    faults(simulator, kakao_event={"settle": 0.3})
    began = time.monotonic()
    assert push(simulator, "simple_text", user("persona-busy"))["status"] == "ALL SUCCESS"
    assert time.monotonic() - began >= 0.3


def test_the_sink_counts_strangers_too_and_calls_nobody(simulator: str, skill: SkillServer) -> None:
    faults(simulator, kakao_event={"mode": "sink", "outcomes": {"key-3": "not_friend"}})
    people = [user(f"nobody-{n}", notice=f"key-{n}") for n in range(100)]
    result = push(simulator, "simple_text", *people)
    assert (result["successCount"], result["status"]) == (99, "1 FAIL")
    assert skill.requests == []
    told = ledger(simulator, "kakao_event")
    assert (told["taken"], told["distinct"], told["double"], told["keys"]["key-7"]) == (100, 100, {}, 1)


def test_a_sink_of_texts_settles_them_and_shows_nobody(nhn: NhnAlimtalk, simulator: str) -> None:
    faults(simulator, nhn_alimtalk={"mode": "sink"})
    assert nhn.state(nhn.send(person())) == ("COMPLETED", "1000")
    assert on_phone(simulator) == []
