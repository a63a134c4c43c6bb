"""KakaoTalk's side in tests: sends true payloads, judges every reply by Kakao's rules, presses buttons."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from bench.stack import Stack
from simulator.rules import check

PAYLOAD = Path(__file__).parents[1] / "fixtures/kakao/payloads/skill_fallback_utterance.json"
Json = Mapping[str, Any]


class Reply:
    """A SkillResponse that kept all rules."""

    def __init__(self, body: Json) -> None:
        self.body = body
        self.outputs: list[Json] = body["template"]["outputs"]
        self.quick_replies: list[Json] = body["template"].get("quickReplies", [])
        self.understood: Json = body.get("data", {}).get("debug", {})

    @property
    def text(self) -> str:
        """All words that can be read, one line each."""
        return "\n".join(_words(self.outputs))

    @property
    def buttons(self) -> dict[str, Json]:
        """Everything that can be pressed, by label; of equal labels the first."""
        found: dict[str, Json] = {}
        for label, button in [*_buttons(self.outputs), *((q["label"], q) for q in self.quick_replies)]:
            found.setdefault(label, button)
        return found


class Kakao:
    """One KakaoTalk in front of a running service."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._http = requests.Session()

    def post(self, body: Any, **headers: str) -> requests.Response:
        """Send any body with the right key."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self._http.post(
            f"{self._stack.web}/skills/kakao",
            data=raw,
            headers={"X-Skill-Key": self._stack.skill_key, "Content-Type": "application/json", **headers},
            timeout=6,
        )

    def say(self, user: str, words: str, extra: object = None, **headers: str) -> Reply:
        """Send words or a press of ``user``; fail on anything Kakao would drop."""
        response = self.post(payload(user, words, extra), **{"X-Request-Id": uuid4().hex, **headers})
        assert response.status_code == 200, response.text
        body = response.json()
        assert not check(body), check(body)
        return Reply(body)

    def press(self, user: str, reply: Reply, label: str) -> Reply:
        """Press what carries ``label``."""
        assert label in reply.buttons, f"{label} is not among {list(reply.buttons)}"
        button = reply.buttons[label]
        return self.say(user, button.get("messageText", label), button.get("extra"))


def payload(user: str, words: str, extra: object = None) -> dict[str, Any]:
    """Return a payload as KakaoTalk sends it."""
    body: dict[str, Any] = json.loads(PAYLOAD.read_text(encoding="utf-8"))
    body["userRequest"]["utterance"] = words
    body["userRequest"]["user"] = {"id": user, "type": "botUserKey", "properties": {"botUserKey": user}}
    body["action"]["clientExtra"] = extra
    return body


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _words(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in {"title", "description", "text"} and isinstance(value, str):
                yield value
            elif key not in {"buttons", "extra"}:
                yield from _words(value)


def _buttons(node: Any) -> Iterator[tuple[str, Json]]:
    if isinstance(node, list):
        for each in node:
            yield from _buttons(each)
    elif isinstance(node, dict):
        if "label" in node and "action" in node:
            yield node["label"], node
        elif "action" in node and "title" in node:
            yield node["title"], node
        for value in node.values():
            yield from _buttons(value)
