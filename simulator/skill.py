"""The call to the skill server, and what KakaoTalk makes of its answer within five seconds."""

from __future__ import annotations

import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

import requests
from requests.adapters import HTTPAdapter

from simulator import rules
from simulator.previews import links_in

Outcome: TypeAlias = Literal["shown", "waiting", "dropped", "timeout", "error", "down"]
"""``shown`` bubbles; ``waiting`` for the callback; ``dropped`` by a rule; ``timeout`` after 5 s;
``error`` for a status other than 200 or no JSON; ``down`` when nobody answers."""

CALLERS = 32
"""Calls of the skill at the same time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: ``reply`` is parsed JSON, ``raw`` the text when it was none."""

    outcome: Outcome
    milliseconds: float
    status: int | None = None
    reply: Any = None
    raw: str = ""
    violations: list[rules.Violation] = field(default_factory=list)


class Skill:
    """The skill server as Kakao calls it: one POST, a header for the key, a hard limit in time."""

    def __init__(self, url: str, key: str, seconds: float) -> None:
        self._url, self._seconds = url, seconds
        self._session = requests.Session()
        self._session.headers.update({"X-Skill-Key": key, "Content-Type": "application/json; charset=utf-8"})
        self._session.mount("http://", HTTPAdapter(pool_maxsize=CALLERS))
        self._session.mount("https://", HTTPAdapter(pool_maxsize=CALLERS))
        self._session.trust_env = False  # a proxy or .netrc of the developer is not Kakao's
        self._callers = ThreadPoolExecutor(max_workers=CALLERS, thread_name_prefix="skill")

    def deliver(self, payload: dict[str, Any]) -> Answer:
        """Send ``payload`` and judge the answer; never raises for what the server does."""
        started = time.perf_counter()
        call = self._callers.submit(self._post, json.dumps(payload, ensure_ascii=False).encode())
        outcome, response = self._await(call)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        if response is None:
            return Answer(outcome, milliseconds)
        return judge(response, milliseconds, callback_offered="callbackUrl" in payload["userRequest"])

    def _post(self, body: bytes) -> requests.Response:
        return self._session.post(self._url, data=body, timeout=self._seconds, allow_redirects=False)

    def _await(self, call: Future[requests.Response]) -> tuple[Outcome, requests.Response | None]:
        """Wait no longer than the limit in all: requests' own timeout starts anew with every byte."""
        try:
            return "shown", call.result(timeout=self._seconds)
        except (TimeoutError, requests.Timeout):
            return "timeout", None
        except requests.RequestException:
            return "down", None


def judge(response: requests.Response, milliseconds: float, *, callback_offered: bool) -> Answer:
    """Return what KakaoTalk makes of ``response``: Kakao counts anything but 200 and JSON as an error."""
    try:
        reply = json.loads(response.content)
    except ValueError:
        return Answer("error", milliseconds, response.status_code, raw=response.text)
    if response.status_code != 200:
        return Answer("error", milliseconds, response.status_code, reply)
    violations = rules.check(reply, callback_offered=callback_offered)
    outcome: Outcome = "shown"
    if rules.drops_reply(violations):
        outcome = "dropped"
    elif reply.get("useCallback"):
        outcome = "waiting"
    return Answer(outcome, milliseconds, 200, reply, violations=violations)


def told(answer: Answer) -> dict[str, Any]:
    """Return ``answer`` as windows get it: its fields, and the bubbles, chips and links to draw."""
    return asdict(answer) | visible(answer.reply)


def visible(reply: object) -> dict[str, Any]:
    """Return the bubbles, chips and links in ``reply``, whatever its state: the window decides what to show."""
    template = reply.get("template") if isinstance(reply, dict) else None
    if not isinstance(template, dict):
        return {"bubbles": [], "quick_replies": [], "links": []}
    outputs, chips = template.get("outputs"), template.get("quickReplies")
    bubbles = rules.fitting_bubbles(outputs) if isinstance(outputs, list) else []
    return {
        "bubbles": bubbles,
        "quick_replies": chips if isinstance(chips, list) else [],
        "links": links_in(bubbles),
    }
