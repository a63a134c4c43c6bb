"""Kakao's Event API: makes the bot speak first in a person's chat, at a price for each message.

We send a name and a few words; Kakao then calls our own skill with them, and its reply is the message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import requests

from alerts.channels import ChannelPermanent, ChannelRetryable, Outgoing, Receipt, ReceiptState, Sent
from alerts.channels.calls import TIMEOUT, Json, Key, Timeout, call
from alerts.channels.parts import ask_in_groups, send_in_parts, unheard_of, waiting
from alerts.channels.prices import KAKAO, Prices
from models.clock import Clock, SystemClock

LONGEST_REASON = 200
SKILL_FAILED = 201
"""Kakao's error type for a skill (ours) that did not answer well."""
UNKNOWN = "unknown"
UNKNOWN_AMONG = "unknown_among"
"""Some people of the task are not known to Kakao, which does not say who: this one was reached, or is one of them."""
_STRANGERS = re.compile(r"not added|friend|block|unknown|not exist", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """One person whom a message did not reach. ``error_type`` 201: our skill failed; None: not told."""

    user_key: str
    error_type: int | None
    reason: str

    @property
    def stranger(self) -> bool:
        """Tell whether the person has not added the channel; Kakao says so in words only."""
        return self.error_type != SKILL_FAILED and bool(_STRANGERS.search(self.reason))


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

    name = "kakao_event"
    batch = 100

    def __init__(
        self,
        url: str,
        api_key: str,
        bot_id: str,
        event_name: str,
        session: requests.Session | None = None,
        timeout: Timeout = TIMEOUT,
        prices: Prices = KAKAO,
        clock: Clock | None = None,
    ) -> None:
        self._url, self._bot, self._event = url.rstrip("/"), quote(bot_id, safe=""), event_name
        self._key = Key("Authorization", f"KakaoAK {api_key}")
        self._session, self._timeout = session or requests.Session(), timeout
        self._cost, self._clock = {**KAKAO, **prices}["EVENT"], clock or SystemClock()

    def send(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        """Ask for the event in the chat of each ``to`` (a botUserKey). See ``Channel.send``.

        ``params`` reach our skill in ``userRequest.user.properties``, those that all people of a call share also
        in ``userRequest.params``. Kakao refuses a person who stands twice in a call, so such a batch takes more
        than one (see ``parts``). The receipts' reference is the task's id.
        """
        return send_in_parts(messages, _without_doubles(messages), self._hand)

    def ask(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Return how attempts stand, by one call a task. See ``Channel.ask``.

        People whom Kakao does not know are counted in a task, not named: where they cannot be told from those who
        were reached, the receipt waits with the code ``unknown_among``.
        """
        return ask_in_groups(sent, lambda attempt: attempt.reference, self._ask_task)

    def result(self, task_id: str) -> TaskResult | None:
        """Return how the task stands, None when Kakao does not know it.

        Raises:
            ChannelRetryable: Kakao does not answer, or not in a form we can read.
        """
        status, answer = self._call("GET", f"/v1/tasks/{quote(task_id, safe='')}")
        if status == HTTPStatus.NOT_FOUND:
            return None
        try:
            return _task_result(answer)
        except (KeyError, TypeError, ValueError) as error:
            raise ChannelRetryable("the task's result has another form than we know") from error

    def _hand(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        body = {
            "event": {"name": self._event},
            "user": [_user(message) for message in messages],
            "params": _shared(messages),
        }
        status, answer = self._call("POST", f"/v2/bots/{self._bot}/talk", body)
        if answer.get("status") != "SUCCESS" or not answer.get("taskId"):
            raise _refusal(status, answer)
        taken = partial(Receipt, state=ReceiptState.WAITING, reference=str(answer["taskId"]), cost=self._cost)
        return [taken(message.key, to=message.to) for message in messages]

    def _ask_task(self, task_id: str, attempts: list[Sent]) -> list[Receipt]:
        if not task_id:
            told = "Kakao cannot be asked without a task"
            return [Receipt(each.key, ReceiptState.ABSENT, reason=told, to=each.to) for each in attempts]
        result = self.result(task_id)
        if result is None:
            return [unheard_of(attempt, self._clock.now()) for attempt in attempts]
        return [self._receipt(attempt, result) for attempt in attempts]

    def _receipt(self, attempt: Sent, result: TaskResult) -> Receipt:
        failure = next((each for each in result.failures if each.user_key == attempt.to), None)
        if failure is not None:
            code = "" if failure.error_type is None else str(failure.error_type)
            return _failed(attempt, code, failure.reason, stranger=failure.stranger)
        if not result.done:
            return waiting(attempt, cost=self._cost)
        if not result.unknown:
            return Receipt(
                attempt.key, ReceiptState.DELIVERED, attempt.reference, cost=self._cost, to=attempt.to
            )
        if not result.succeeded:
            return _failed(attempt, UNKNOWN, "Kakao does not know this person", stranger=True)
        told = "Kakao does not know some of these people"
        return waiting(attempt, told, UNKNOWN_AMONG, self._cost)

    def _call(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        return call(self._session, method, self._url + path, self._key, self._timeout, body)


def _without_doubles(messages: Sequence[Outgoing]) -> list[list[int]]:
    """Return places in as few parts as possible, nobody twice in one."""
    parts: list[list[int]] = []
    seen: dict[str, int] = {}
    for place, message in enumerate(messages):
        part = seen.get(message.to, 0)
        seen[message.to] = part + 1
        if part == len(parts):
            parts.append([])
        parts[part].append(place)
    return parts


def _user(message: Outgoing) -> Json:
    return {"type": "botUserKey", "id": message.to, "properties": dict(message.params)}


def _shared(messages: Sequence[Outgoing]) -> dict[str, str]:
    shared = set(messages[0].params.items()).intersection(*(message.params.items() for message in messages))
    return dict(shared)


def _failed(attempt: Sent, code: str, reason: str, *, stranger: bool) -> Receipt:
    return Receipt(
        attempt.key,
        ReceiptState.FAILED,
        attempt.reference,
        code,
        reason[:LONGEST_REASON],
        to=attempt.to,
        stranger=stranger,
    )


def _refusal(status: int, answer: Json) -> Exception:
    said = str(answer.get("message") or answer.get("msg") or f"HTTP {status}")[:LONGEST_REASON]
    again = said.startswith("Internal server error") or answer.get("status") == "ERROR"
    return ChannelRetryable(said) if again else ChannelPermanent(said)


def _task_result(answer: Json) -> TaskResult:
    fail = answer.get("fail") or {}
    failures = tuple(_failure(entry) for entry in fail.get("list") or [])
    unknown = int(answer.get("userKeyResolvingFailCount") or 0)
    return TaskResult(
        requested=int(answer["allRequestCount"]),
        succeeded=int(answer["successCount"]),
        # whether Kakao's count holds the unknown people is not documented
        failed=max(int(fail.get("count") or 0), len(failures) + unknown),
        unknown=unknown,
        failures=failures,
    )


def _failure(entry: Mapping[str, Any]) -> Failure:
    """Read one failure; ``errorMsg`` has been seen as an object and as plain text."""
    error = entry.get("errorMsg")
    told = error if isinstance(error, dict) else {"msg": error}
    kind = told.get("errorType")
    return Failure(
        str(entry.get("userId", "")), None if kind is None else int(kind), str(told.get("msg") or "")
    )
