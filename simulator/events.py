"""Kakao's Event API: the bot speaks first. Accepted at once, delivered in the background, asked for later.

Where Kakao's documents are silent the simulator decides: a task under way has the status ``PROCESSING``, and for
one who is no friend ``errorMsg`` is plain text (clients have met both forms). ``event.data`` goes nowhere: whether it
reaches a skill is not known, so nothing of ours may rely on it.
"""

from __future__ import annotations

import hmac
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator import payloads
from simulator.faults import Trouble, trouble_calls
from simulator.feed import Feed
from simulator.ledger import Ledger
from simulator.payloads import Json, Person
from simulator.people import KEYS, People
from simulator.previews import Previews
from simulator.receipts import Later
from simulator.skill import Skill, told

Clock: TypeAlias = Callable[[], datetime]

log = logging.getLogger(__name__)

PROVIDER = "kakao_event"
MOST_USERS = 100
KEPT_TASKS = 20_000
AT_ONCE = 16
"""People whose turns of the skill are played at the same time."""
SKILL_FAILED = {"errorType": 201, "msg": "Bot skill server responded with an HTTP error."}
NOT_A_FRIEND = "The user has not added the channel."
WRONG_BOT = "Invalid bot ID.."


class BadOrder(Exception):
    """The request is none that Kakao takes; the text says why."""


class _Stranger(Exception):
    """Nobody has this key."""


class _NotReached(Exception):
    """A known person got nothing; ``why`` as Kakao's result tells it."""

    def __init__(self, why: Json | str) -> None:
        self.why = why


@dataclass(frozen=True, slots=True)
class Recipient:
    """One entry of ``user[]``: a key of some kind, and values that only this person's payload gets."""

    kind: str
    key: str
    properties: Json


@dataclass(frozen=True, slots=True)
class Order:
    """One request: which event of which bot for whom."""

    bot_id: str
    event: str
    recipients: tuple[Recipient, ...]
    params: Json

    def key(self, to: Recipient) -> str:
        """Return the caller's own key of the message for one person: ``notice``, theirs or everybody's."""
        return str(to.properties.get("notice") or self.params.get("notice") or "")

    @classmethod
    def parse(cls, bot_id: str, sent: Any) -> Order:
        """Return the order in a request body; ``bot_id`` ends with ``!`` for the development channel.

        Raises:
            BadOrder: a field is missing, of the wrong kind, or there are too many or the same people.

        """
        if bot_id.removesuffix("!") != payloads.BOT_ID:
            raise BadOrder(WRONG_BOT)
        if not isinstance(sent, dict):
            raise BadOrder("body must be a JSON object")
        event = sent.get("event")
        if not isinstance(event, dict) or not isinstance(event.get("name"), str) or not event["name"].strip():
            raise BadOrder("event.name is required")
        return cls(bot_id, event["name"], _recipients(sent.get("user")), _words(sent.get("params"), "params"))


def _recipients(users: Any) -> tuple[Recipient, ...]:
    if not isinstance(users, list) or not 1 <= len(users) <= MOST_USERS:
        raise BadOrder(f"user must hold 1 to {MOST_USERS} entries")
    found = tuple(_recipient(user) for user in users)
    if len({(r.kind, r.key) for r in found}) < len(found):
        raise BadOrder("user must not hold duplicates")
    return found


def _recipient(user: Any) -> Recipient:
    if not isinstance(user, dict) or user.get("type") not in KEYS:
        raise BadOrder(f"user.type must be one of {', '.join(KEYS)}")
    if not isinstance(user.get("id"), str) or not user["id"]:
        raise BadOrder("user.id is required")
    return Recipient(user["type"], user["id"], _words(user.get("properties"), "user.properties"))


def _words(value: Any, name: str) -> Json:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
        raise BadOrder(f"{name} must be an object of strings")
    return value


@dataclass(slots=True)
class Task:
    """How far an order has come."""

    id: str
    requested: int
    succeeded: int = 0
    unknown: int = 0
    failed: list[Json] = field(default_factory=list)

    def as_json(self) -> Json:
        """Return the task as Kakao tells it: unknown people are counted, but not listed."""
        count = len(self.failed) + self.unknown
        status = f"{count} FAIL" if count else "ALL SUCCESS"
        if self.succeeded + count < self.requested:
            status = "PROCESSING"
        told_so_far = {"taskId": self.id, "status": status, "allRequestCount": self.requested}
        told_so_far["successCount"] = self.succeeded
        if self.unknown:
            told_so_far["userKeyResolvingFailCount"] = self.unknown
        return told_so_far | {"fail": {"count": count, "list": list(self.failed)}}


class Events:
    """Takes orders and plays them: one turn of the skill a person, its reply pushed into their chat."""

    def __init__(
        self,
        skill: Skill,
        people: People,
        feed: Feed,
        previews: Previews,
        clock: Clock,
        trouble: Trouble,
        ledger: Ledger,
        later: Later,
    ) -> None:
        self._skill, self._people, self._clock = skill, people, clock
        self._feed, self._previews = feed, previews
        self._trouble, self._ledger, self._later = trouble, ledger, later
        self._tasks: dict[str, Task] = {}
        self._lock = threading.Lock()
        self._senders = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="event")

    def accept(self, order: Order) -> str:
        """Return the task's id at once; the people of ``order`` are served in the background."""
        task = Task(str(uuid.uuid4()), len(order.recipients))
        with self._lock:
            self._tasks[task.id] = task
            while len(self._tasks) > KEPT_TASKS:
                del self._tasks[next(iter(self._tasks))]
        self._ledger.took(PROVIDER, [order.key(recipient) for recipient in order.recipients])
        wait = self._trouble.of(PROVIDER).settle
        if wait:
            self._later.do(wait, lambda: self._begin(task, order))
        else:
            self._begin(task, order)
        return task.id

    def result(self, task_id: str) -> Json | None:
        """Return how the task stands; None for one that this process does not know."""
        with self._lock:
            task = self._tasks.get(task_id)
            return task.as_json() if task else None

    def _begin(self, task: Task, order: Order) -> None:
        for recipient in order.recipients:
            if self._trouble.of(PROVIDER).mode == "sink":
                self._serve(task, order, recipient, play=False)
            else:
                self._senders.submit(self._serve, task, order, recipient)

    def _serve(self, task: Task, order: Order, to: Recipient, *, play: bool = True) -> None:
        try:
            self._fare(order, to)
            if play:
                self._play(order, to)
            self._settle(task)
        except _Stranger:
            self._settle(task, stranger=True)
        except _NotReached as missed:
            self._settle(task, self._failure(to, missed.why))
        except Exception:
            log.exception("an event was not played")  # a task that never ends would hide it
            self._settle(task, self._failure(to, SKILL_FAILED))

    def _fare(self, order: Order, to: Recipient) -> None:
        """Let the faults decide before anybody is asked."""
        outcome = self._trouble.outcome(PROVIDER, to.key, order.key(to))
        if outcome == "unknown":
            raise _Stranger
        if outcome:
            raise _NotReached(NOT_A_FRIEND if outcome == "not_friend" else SKILL_FAILED)

    def _play(self, order: Order, to: Recipient) -> None:
        person = self._people.find(to.kind, to.key)
        if person is None:
            raise _Stranger
        if not person.is_friend:
            raise _NotReached(NOT_A_FRIEND)
        if not self._push(order, to, person):
            raise _NotReached(SKILL_FAILED)

    def _push(self, order: Order, to: Recipient, person: Person) -> bool:
        """Play a turn of the skill; tell whether it brought anything to see."""
        payload = payloads.build_pushed(order.event, person, order.params, to.properties, order.bot_id)
        answer = self._skill.deliver(payload)
        delivery = told(answer)
        news = {"request": payload, "block": payload["userRequest"]["block"], "delivery": delivery}
        self._feed.publish("push", person.user_key, news)
        if answer.outcome == "shown":
            self._previews.look(delivery["links"])
        return answer.outcome == "shown" and bool(delivery["bubbles"])

    def _failure(self, to: Recipient, why: Json | str) -> Json:
        seconds = int(self._clock().timestamp())
        return {"userId": to.key, "reqUserType": to.kind, "createdAt": seconds, "errorMsg": why}

    def _settle(self, task: Task, failure: Json | None = None, *, stranger: bool = False) -> None:
        with self._lock:
            if stranger:
                task.unknown += 1
            elif failure:
                task.failed.append(failure)
            else:
                task.succeeded += 1


def create_blueprint(events: Events, api_key: str, clock: Clock, trouble: Trouble) -> Blueprint:
    """Return the two routes of Kakao's Event API; both want ``Authorization: KakaoAK <api_key>``."""
    blueprint = Blueprint("events", __name__)
    trouble_calls(blueprint, PROVIDER, trouble)

    @blueprint.before_request
    def authorize() -> ResponseReturnValue | None:
        given = request.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"KakaoAK {api_key}".encode()):
            return None
        return jsonify({"msg": "wrong appKey or no Authorization header", "code": -401}), 401

    @blueprint.post("/v2/bots/<bot_id>/talk")
    def talk(bot_id: str) -> ResponseReturnValue:
        now = int(clock().timestamp() * 1000)
        try:
            order = Order.parse(bot_id, request.get_json(silent=True))
        except BadOrder as problem:
            refusal = {
                "taskId": str(uuid.uuid4()),
                "status": "FAIL",
                "message": str(problem),
                "timestamp": now,
            }
            return jsonify(refusal), 400
        return jsonify({"taskId": events.accept(order), "status": "SUCCESS", "timestamp": now})

    @blueprint.get("/v1/tasks/<task_id>")
    def task(task_id: str) -> ResponseReturnValue:
        result = events.result(task_id)
        if result is None:
            return jsonify({"msg": "no such task", "code": -404}), 404
        return jsonify(result)

    return blueprint
