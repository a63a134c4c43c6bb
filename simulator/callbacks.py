"""Late answers: addresses the skill may post to once, within a minute, and who waits for them."""

from __future__ import annotations

import json
import secrets
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from simulator import rules

Clock: TypeAlias = Callable[[], datetime]
State: TypeAlias = Literal["open", "closed", "used"]
KEPT = 1000
"""Tokens remembered; the oldest are forgotten first."""

WRONG_TOKEN = "Invalid callback token. Check your callback token."  # noqa: S105 - Kakao's own words
TEST_TOKEN = "Invalid callback token for testing purposes."  # noqa: S105 - the same
NOT_ASKED = "The skill server settings are incorrect. Use callback true setting required."
NOT_JSON = "Invalid json response from bot-skill."
NOT_A_REPLY = "Invalid skill-json format. This talk bubble is not suitable for advertising."


@dataclass(slots=True)
class Callback:
    """One callback address. ``reply`` is what was posted: parsed JSON, or the text if it was none."""

    token: str
    until: datetime
    testing: bool = False
    state: State = "open"
    reply: Any = None
    violations: list[rules.Violation] = field(default_factory=list)


class Callbacks:
    """All callback addresses of this process; safe to use from several threads."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._life = clock, timedelta(seconds=seconds)
        self._known: dict[str, Callback] = {}
        self._changed = threading.Condition()

    def issue(self, *, testing: bool = False) -> str:
        """Return a fresh token; one issued for the bot test console never works, as at Kakao."""
        token = secrets.token_hex(16)
        with self._changed:
            self._known[token] = Callback(token, self._clock() + self._life, testing)
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        return token

    def close(self, token: str) -> None:
        """Stop accepting posts: the skill answered without ``useCallback``."""
        with self._changed:
            callback = self._known[token]
            if callback.state == "open":
                callback.state = "closed"

    def receive(self, token: str, body: bytes) -> dict[str, Any]:
        """Take what the skill posted and return Kakao's answer (``status`` SUCCESS or FAIL).

        A broken body uses the address up, as it probably does at Kakao.
        """
        with self._changed:
            message = self._take(token, body)
            self._changed.notify_all()
        return {
            "taskId": str(uuid.uuid4()),
            "status": "FAIL" if message else "SUCCESS",
            "message": message or "success",
            "timestamp": int(self._clock().timestamp() * 1000),
        }

    def wait(self, token: str, seconds: float) -> Callback | None:
        """Return the callback once it was posted to or has expired; None if neither in ``seconds``.

        Raises:
            KeyError: no such token was issued by this process.

        """
        with self._changed:
            callback = self._known[token]
            self._changed.wait_for(lambda: self._settled(callback), timeout=seconds)
            return callback if self._settled(callback) else None

    def _settled(self, callback: Callback) -> bool:
        return callback.state == "used" or self._clock() >= callback.until

    def _take(self, token: str, body: bytes) -> str:
        callback = self._known.get(token)
        if callback is None or self._settled(callback):
            return WRONG_TOKEN
        if callback.testing:
            return TEST_TOKEN
        if callback.state == "closed":
            return NOT_ASKED
        callback.state = "used"
        try:
            callback.reply = json.loads(body)
        except ValueError:
            callback.reply = body.decode("utf-8", "replace")
            callback.violations = rules.check(None)
            return NOT_JSON
        callback.violations = rules.check(callback.reply, callback_offered=False)
        return NOT_A_REPLY if rules.drops_reply(callback.violations) else ""
