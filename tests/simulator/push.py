"""Kakao's Event API as our side calls it, for tests: plain requests, nothing of ours between."""

from __future__ import annotations

from typing import Any

import requests

from simulator.payloads import BOT_ID
from tests.simulator.skill_server import wait_until

REST_API_KEY = "local-kakao-rest-api-key"
HEADERS = {"Authorization": f"KakaoAK {REST_API_KEY}"}


def user(key: str, kind: str = "botUserKey", **properties: str) -> dict[str, Any]:
    return {"type": kind, "id": key} | ({"properties": properties} if properties else {})


def order(simulator: str, body: Any, *, bot: str = BOT_ID, headers: Any = None) -> requests.Response:
    """Ask for an event; ``headers`` None sends the right key."""
    url = f"{simulator}/v2/bots/{bot}/talk"
    return requests.post(url, json=body, headers=HEADERS if headers is None else headers, timeout=10)


def push(simulator: str, event: str, *users: dict[str, Any], **params: str) -> dict[str, Any]:
    """Send ``event`` and return the result of its task once nobody of ``users`` is waited for."""
    answer = order(simulator, {"event": {"name": event}, "user": list(users), "params": params})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = []

    def done() -> bool:
        url = f"{simulator}/v1/tasks/{answer.json()['taskId']}"
        found.append(requests.get(url, headers=HEADERS, timeout=10).json())
        return bool(found[-1]["status"] != "PROCESSING")

    wait_until(done)
    return found[-1]
