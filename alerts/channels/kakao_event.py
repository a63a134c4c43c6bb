"""Kakao's Event API: makes the bot speak first in a person's chat, at a price for each message.

We send a name and a few words; Kakao then calls our own skill with them, and its reply is the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from alerts.channels import ChannelPermanent, ChannelRetryable
from alerts.channels.calls import TIMEOUT, Json, Key, Timeout, call

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """One person whom a message did not reach. ``error_type`` 201: our skill failed; None: not told."""

    user_key: str
    error_type: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class TaskResult:
    """How a task stands: people asked for, reached and not; ``unknown`` of the latter are strangers to Kakao."""

    requested: int
    succeeded: int
    failed: int
    unknown: int
    failures: tuple[Failure, ...]

    @property
    def done(self) -> bool:
        """True once nobody is waited for any more."""
        return self.succeeded + self.failed >= self.requested


class KakaoEvents:
    """Sends one event of one bot. ``url`` is https://bot-api.kakao.com, or the simulator.

    ``bot_id`` ends with ``!`` for the development channel. Safe to use from several threads.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        bot_id: str,
        event_name: str,
        session: requests.Session | None = None,
        timeout: Timeout = TIMEOUT,
    ) -> None:
        self._url, self._bot, self._event = url.rstrip("/"), quote(bot_id, safe=""), event_name
        self._key = Key("Authorization", f"KakaoAK {api_key}")
        self._session, self._timeout = session or requests.Session(), timeout

    def send(self, user_key: str, params: Mapping[str, str]) -> str:
        """Ask for the event in the chat of ``user_key`` (a botUserKey); return the task's id.

        ``params`` come back to our skill in ``userRequest.params``. Accepted is not delivered: see ``result``.

        Raises:
            ChannelRetryable: try again later.
            ChannelPermanent: Kakao refuses this request.

        """
        body = {
            "event": {"name": self._event},
            "user": [{"type": "botUserKey", "id": user_key}],
            "params": dict(params),
        }
        status, answer = self._call("POST", f"/v2/bots/{self._bot}/talk", body)
        if answer.get("status") == "SUCCESS" and answer.get("taskId"):
            return str(answer["taskId"])
        raise _refusal(status, answer)

    def result(self, task_id: str) -> TaskResult:
        """Return how the task stands.

        Raises:
            ChannelRetryable: Kakao does not answer, or not in a form we can read.
            ChannelPermanent: Kakao does not know the task.

        """
        status, answer = self._call("GET", f"/v1/tasks/{quote(task_id, safe='')}")
        if status >= 400:
            raise _refusal(status, answer)
        try:
            return _task_result(answer)
        except (KeyError, TypeError, ValueError) as error:
            raise ChannelRetryable("the task's result has another form than we know") from error

    def _call(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        return call(self._session, method, self._url + path, self._key, self._timeout, body)


def _refusal(status: int, answer: Json) -> Exception:
    said = str(answer.get("message") or answer.get("msg") or f"HTTP {status}")[:LONGEST_REASON]
    again = said.startswith("Internal server error") or answer.get("status") == "ERROR"
    return ChannelRetryable(said) if again else ChannelPermanent(said)


def _task_result(answer: Json) -> TaskResult:
    fail = answer.get("fail") or {}
    return TaskResult(
        requested=int(answer["allRequestCount"]),
        succeeded=int(answer["successCount"]),
        failed=int(fail.get("count") or 0),
        unknown=int(answer.get("userKeyResolvingFailCount") or 0),
        failures=tuple(_failure(entry) for entry in fail.get("list") or []),
    )


def _failure(entry: Mapping[str, Any]) -> Failure:
    """Read one failure; ``errorMsg`` has been seen as an object and as plain text."""
    error = entry.get("errorMsg")
    told = error if isinstance(error, dict) else {"msg": error}
    kind = told.get("errorType")
    return Failure(
        str(entry.get("userId", "")), None if kind is None else int(kind), str(told.get("msg") or "")
    )
