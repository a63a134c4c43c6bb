from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Response

from simulator.app import create_app
from simulator.settings import SECRETS, Settings, from_environment
from tests.simulator.conftest import free_port
from tests.simulator.skill_server import KEY, SkillServer, fixture, wait_until

SIMULATOR = Path(__file__).resolve().parent.parent.parent / "simulator"


def message(utterance: str, **more: Any) -> dict[str, Any]:
    return {"person": {"user_key": "persona-42h"}, "event": {"utterance": utterance}, **more}


def send(simulator: str, utterance: str, **more: Any) -> dict[str, Any]:
    response = requests.post(f"{simulator}/api/messages", json=message(utterance, **more), timeout=10)
    assert response.status_code == 200, response.text
    played: dict[str, Any] = response.json()
    return played


def test_the_skill_receives_the_very_request_that_is_shown(simulator: str, skill: SkillServer) -> None:
    played = send(simulator, "simple_text")
    assert skill.requests == [played["request"]]
    assert skill.requests[0]["userRequest"]["user"]["id"] == "persona-42h"
    assert played["deliveries"][0]["outcome"] == "shown"
    assert played["deliveries"][0]["reply"] == fixture("simple_text")


def test_a_duplicate_delivery_is_the_same_request_twice(simulator: str, skill: SkillServer) -> None:
    played = send(simulator, "simple_text", twice=True)
    assert len(played["deliveries"]) == 2
    assert skill.requests[0] == skill.requests[1]


def test_who_does_not_answer_in_time_is_given_up(simulator: str, skill: SkillServer) -> None:
    skill.answers["느림"] = skill.stall
    delivery = send(simulator, "느림")["deliveries"][0]
    assert (delivery["outcome"], delivery["bubbles"]) == ("timeout", [])


@pytest.mark.parametrize(
    ("body", "status"), [("{}", 500), ("<html>", 200), ("<html>", 502), ('{"version":"2.0"}', 302)]
)
def test_anything_but_200_with_json_is_an_error(
    simulator: str, skill: SkillServer, body: str, status: int
) -> None:
    skill.answers["고장"] = lambda: Response(body, status, mimetype="application/json")
    delivery = send(simulator, "고장")["deliveries"][0]
    assert (delivery["outcome"], delivery["status"]) == ("error", status)


def test_a_wrong_key_shows_as_401(skill: SkillServer) -> None:
    client = create_app(Settings(skill.url, "another key")).test_client()
    played = client.post("/api/messages", json=message("안녕")).get_json()
    assert (played["deliveries"][0]["outcome"], played["deliveries"][0]["status"]) == ("error", 401)


def test_a_server_that_is_not_there_is_down() -> None:
    nobody = Settings(f"http://127.0.0.1:{free_port()}/skills/kakao", KEY)
    played = create_app(nobody).test_client().post("/api/messages", json=message("안녕")).get_json()
    assert played["deliveries"][0]["outcome"] == "down"


def test_a_broken_reply_is_dropped_with_its_rule(simulator: str, skill: SkillServer) -> None:
    skill.answers["틀림"] = {"version": "2.0", "template": {"outputs": []}}
    delivery = send(simulator, "틀림")["deliveries"][0]
    assert delivery["outcome"] == "dropped"
    assert [v["rule"] for v in delivery["violations"]] == ["count"]


def test_a_late_answer_posted_to_the_callback_is_handed_to_the_window(
    simulator: str, skill: SkillServer
) -> None:
    played = send(simulator, "use_callback_ack", callback=True)
    delivery = played["deliveries"][0]
    assert delivery["outcome"] == "waiting"
    url = skill.requests[0]["userRequest"]["callbackUrl"]
    result = requests.post(url, json=fixture("callback_final_post"), timeout=5).json()
    late = requests.get(f"{simulator}/api/callbacks/{delivery['callback']}", timeout=5).json()
    assert result["status"] == "SUCCESS"
    assert late["outcome"] == "shown"
    assert late["bubbles"] == fixture("callback_final_post")["template"]["outputs"]


def test_a_callback_that_was_not_announced_is_refused(simulator: str, skill: SkillServer) -> None:
    assert send(simulator, "simple_text", callback=True)["deliveries"][0]["callback"] == ""
    url = skill.requests[0]["userRequest"]["callbackUrl"]
    assert requests.post(url, json=fixture("callback_final_post"), timeout=5).json()["status"] == "FAIL"


def test_a_reply_that_announces_a_callback_nobody_offered_is_dropped(simulator: str) -> None:
    assert send(simulator, "use_callback_ack")["deliveries"][0]["outcome"] == "dropped"


def test_an_unknown_callback_is_404_for_the_window(simulator: str) -> None:
    assert requests.get(f"{simulator}/api/callbacks/nothing", timeout=5).status_code == 404


def test_contexts_set_by_a_reply_travel_with_the_next_message(simulator: str, skill: SkillServer) -> None:
    kept = send(simulator, "context_control")["contexts"]
    send(simulator, "네", contexts=kept)
    assert [(c["name"], c["lifespan"]) for c in skill.requests[1]["contexts"]] == [("booking", 3)]


@pytest.mark.parametrize("body", [{}, {"person": {}, "event": {}}, [], {"person": 3}, {"nonsense": 1}])
def test_a_malformed_message_is_told_so(simulator: str, body: Any) -> None:
    response = requests.post(f"{simulator}/api/messages", json=body, timeout=5)
    assert response.status_code == 400
    assert "message of the chat window" in response.json()["error"]


def test_pages_forbid_inline_script_and_foreign_frames(simulator: str) -> None:
    response = requests.get(simulator, timeout=5)
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert KEY not in response.text


def test_health_is_told_to_the_launcher(simulator: str) -> None:
    assert requests.get(f"{simulator}/healthz", timeout=5).json() == {"status": "ok"}


def test_it_starts_by_its_name_with_nothing_but_the_environment() -> None:
    port = str(free_port())
    environ = os.environ | {"SIMULATOR_PORT": port, "SKILL_KEY": KEY}
    with subprocess.Popen([sys.executable, "-m", "simulator"], cwd=SIMULATOR.parent, env=environ) as process:
        try:
            wait_until(lambda: is_healthy(port), seconds=30)
        finally:
            process.terminate()


def is_healthy(port: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok
    except requests.ConnectionError:
        return False


def test_settings_come_from_the_environment() -> None:
    told = from_environment(
        {"PORT": "8100", "SIMULATOR_PORT": "8901", "SKILL_KEY": "k", "KAKAO_BLOCK_ID": "b"}
    )
    assert told.skill_url == "http://127.0.0.1:8100/skills/kakao"
    assert (told.address, told.skill_key, told.block_id) == ("http://127.0.0.1:8901", "k", "b")
    assert from_environment({}).skill_url == "http://127.0.0.1:8000/skills/kakao"
    assert from_environment({"SKILL_URL": "http://x/y"}).skill_url == "http://x/y"
    assert told.receipts_url == "http://127.0.0.1:8100/receipts"
    assert from_environment({"RECEIPTS_URL": "http://x/r"}).receipts_url == "http://x/r"


def test_what_our_side_must_prove_comes_from_the_environment_or_is_a_local_word() -> None:
    names = [name.upper() for name in SECRETS]
    assert {"ALIMTALK_SECRET_KEY", "SOLAPI_API_KEY", "SOLAPI_API_SECRET", "RECEIPT_TOKEN"} < set(names)
    told = from_environment({name: f"real-{name}" for name in names} | {"PUBLIC_URL": "https://b.example"})
    assert {getattr(told, name.lower()) for name in names} == {f"real-{name}" for name in names}
    assert "https://b.example" in told.login_redirects
    local = from_environment({"KAKAO_REST_API_KEY": ""})
    assert all(getattr(local, name.lower()).startswith("local-") for name in names)
    assert local.login_redirects == ("http://127.0.0.1:8000", "http://localhost:8000")


def test_the_simulator_imports_nothing_of_ours() -> None:
    allowed = {"simulator", "flask", "werkzeug", "requests", "joserfc", *sys.stdlib_module_names}
    for path in SIMULATOR.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed, path.name
