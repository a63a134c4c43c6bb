"""What goes wrong at each provider, switched over HTTP (``/api/faults``) or on the page ``/faults``.

Shares are numbers from 0 to 1. Chance is seeded by provider and fault, so the same calls in the same order fare alike.
``PUT`` sets the providers it names, each from scratch, and leaves the others; ``DELETE`` ends all faults.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeAlias, get_args

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

Json: TypeAlias = dict[str, Any]
Mode: TypeAlias = Literal["play", "sink"]

PROVIDERS = ("kakao_event", "nhn_alimtalk", "nhn_sms", "solapi")
NAMES = {
    "kakao_event": "카카오 이벤트 API",
    "nhn_alimtalk": "NHN 알림톡",
    "nhn_sms": "NHN 문자",
    "solapi": "솔라피 (알림톡·문자)",
}
EXAMPLES = {"kakao_event": "not_friend", "nhn_alimtalk": "3019", "nhn_sms": "2003", "solapi": "3104"}
"""An outcome of each, for the page."""
EVENT_OUTCOMES = ("unknown", "not_friend", "failed")
"""What can become of a person at the Event API; elsewhere an outcome is the provider's own code."""
LONGEST_WAIT = 600.0


class BadFaults(Exception):
    """The body of a PUT means no faults; the text says why."""


@dataclass(frozen=True, slots=True)
class ReceiptFaults:
    """What goes wrong with the receipts that a provider pushes: seconds, and shares of them."""

    delay: float = 0.0
    """Seconds between the result and its receipt."""
    duplicate: float = 0.0
    out_of_order: float = 0.0
    """Share of requests whose receipts come one by one, in any order."""
    unknown: float = 0.0
    """Share of requests whose receipts are followed by one for a message that never was."""
    unsigned: float = 0.0
    never: float = 0.0


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong at one provider."""

    mode: Mode = "play"
    """``sink`` counts messages and settles them as delivered, and shows them to nobody."""
    latency: float = 0.0
    """Seconds before any answer."""
    errors: float = 0.0
    """Share of calls answered 503; nothing was taken."""
    hangs: float = 0.0
    """Share of sends that are taken, then closed without an answer after ``hang_seconds``."""
    hang_seconds: float = 0.0
    too_many: float = 0.0
    """Share of calls answered 429; nothing was taken."""
    per_second: float = 0.0
    """Calls a second; those over it are answered 429. 0: no limit."""
    settle: float = 0.0
    """Seconds until the result of a message is known, whether asked for or pushed."""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """A phone, a user key or a caller's own key → what becomes of its messages."""
    failures: Mapping[str, float] = field(default_factory=dict)
    """A code → share of messages that end with it."""
    receipts: ReceiptFaults = field(default_factory=ReceiptFaults)

    @classmethod
    def parse(cls, provider: str, sent: Any) -> Faults:
        """Return the faults in a JSON object; what it leaves out is as if nothing were wrong.

        Raises:
            BadFaults: it has an unknown field, or a value that cannot be.

        """
        given = _object(provider, sent, {f.name for f in fields(cls)})
        receipts = _object(f"{provider}.receipts", given.pop("receipts", {}), _RECEIPT_NAMES)
        mode, outcomes = given.pop("mode", "play"), given.pop("outcomes", {})
        failures = given.pop("failures", {})
        if mode not in get_args(Mode):
            raise BadFaults(f"{provider}.mode must be play or sink")
        numbers = {name: _number(f"{provider}.{name}", name, value) for name, value in given.items()}
        return cls(
            mode=mode,
            outcomes=_outcomes(provider, outcomes),
            failures=_failures(provider, failures),
            receipts=ReceiptFaults(
                **{name: _number(f"{provider}.receipts.{name}", name, v) for name, v in receipts.items()}
            ),
            **numbers,
        )


_RECEIPT_NAMES = {f.name for f in fields(ReceiptFaults)}
_SECONDS = {"latency", "hang_seconds", "settle", "delay"}


def _object(name: str, sent: Any, known: Collection[str]) -> Json:
    if not isinstance(sent, dict):
        raise BadFaults(f"{name} must be an object")
    unknown = sent.keys() - known
    if unknown:
        raise BadFaults(f"{name} has no field {', '.join(sorted(unknown))}")
    return dict(sent)


def _number(where: str, name: str, value: Any) -> float:
    most = LONGEST_WAIT if name in _SECONDS else 1_000_000.0 if name == "per_second" else 1.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadFaults(f"{where} must be a number from 0 to {most:g}")
    return float(value)


def _outcomes(provider: str, sent: Any) -> dict[str, str]:
    if not isinstance(sent, dict) or not all(isinstance(code, str) and code for code in sent.values()):
        raise BadFaults(f"{provider}.outcomes must be an object of strings")
    _known_outcomes(provider, sent.values())
    return sent


def _failures(provider: str, sent: Any) -> dict[str, float]:
    if not isinstance(sent, dict):
        raise BadFaults(f"{provider}.failures must be an object")
    _known_outcomes(provider, sent)
    return {code: _number(f"{provider}.failures.{code}", "failures", share) for code, share in sent.items()}


def _known_outcomes(provider: str, codes: Collection[str]) -> None:
    if provider == "kakao_event" and not set(codes) <= set(EVENT_OUTCOMES):
        raise BadFaults(f"{provider}: an outcome is one of {', '.join(EVENT_OUTCOMES)}")


class Trouble:
    """The faults of all providers as they are now, and the dice; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """End all faults and forget what chance has dealt."""
        with self._lock:
            self._seed = 0
            self._faults = {provider: Faults() for provider in PROVIDERS}
            self._forget()

    def put(self, sent: Any) -> None:
        """Set the faults in the body of a PUT, and start chance anew.

        Raises:
            BadFaults: it means none; nothing changed.

        """
        given = _object("the body", sent, {"seed", *PROVIDERS})
        seed = given.pop("seed", self._seed)
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise BadFaults("seed must be a whole number")
        parsed = {provider: Faults.parse(provider, faults) for provider, faults in given.items()}
        with self._lock:
            self._seed = seed
            self._faults |= parsed
            self._forget()

    def _forget(self) -> None:
        self._dice: dict[tuple[str, str], random.Random] = {}
        self._calls: dict[str, deque[float]] = {provider: deque() for provider in PROVIDERS}

    def as_json(self) -> Json:
        """Return everything as a PUT would take it."""
        with self._lock:
            return {"seed": self._seed} | {name: asdict(faults) for name, faults in self._faults.items()}

    def of(self, provider: str) -> Faults:
        """Return what is wrong at ``provider``."""
        with self._lock:
            return self._faults[provider]

    def strikes(self, provider: str, fault: str, share: float) -> bool:
        """Throw the dice of ``fault`` at ``provider``: true in ``share`` of the throws."""
        return share > 0 and self._throw(provider, fault) < share

    def shuffle(self, provider: str, things: list[Any]) -> None:
        """Bring ``things`` into some order."""
        with self._lock:
            self._die(provider, "order").shuffle(things)

    def outcome(self, provider: str, *names: str) -> str:
        """Return what is to become of a message known by ``names``; empty when nothing is wrong with it."""
        faults = self.of(provider)
        for name in names:
            if name in faults.outcomes:
                return faults.outcomes[name]
        if not faults.failures:
            return ""
        left = self._throw(provider, "failures")
        for code, share in faults.failures.items():
            left -= share
            if left < 0:
                return code
        return ""

    def over_the_limit(self, provider: str) -> bool:
        """Count a call of ``provider`` and tell whether there were too many within a second."""
        limit, now = self.of(provider).per_second, time.monotonic()
        if not limit:
            return False
        with self._lock:
            calls = self._calls[provider]
            while calls and calls[0] <= now - 1:
                calls.popleft()
            if len(calls) >= limit:
                return True
            calls.append(now)
            return False

    def _throw(self, provider: str, fault: str) -> float:
        with self._lock:
            return self._die(provider, fault).random()

    def _die(self, provider: str, fault: str) -> random.Random:
        seeded = f"{self._seed}:{provider}:{fault}"
        return self._dice.setdefault((provider, fault), random.Random(seeded))  # noqa: S311 - no secret


def trouble_calls(blueprint: Blueprint, provider: str, trouble: Trouble) -> None:
    """Make the calls of ``blueprint`` fare as the faults of ``provider`` say: before they are heard, and after."""

    @blueprint.before_request
    def before() -> ResponseReturnValue | None:
        faults = trouble.of(provider)
        if faults.latency:
            time.sleep(faults.latency)
        if trouble.over_the_limit(provider) or trouble.strikes(provider, "too_many", faults.too_many):
            return jsonify({"message": "Too many requests."}), 429, {"Retry-After": "1"}
        if trouble.strikes(provider, "errors", faults.errors):
            return jsonify({"message": "Service unavailable."}), 503
        return None

    @blueprint.after_request
    def after(response: Response) -> Response:
        faults = trouble.of(provider)
        sent = request.method == "POST" and response.status_code == 200
        if sent and trouble.strikes(provider, "hangs", faults.hangs):
            time.sleep(faults.hang_seconds)
            _hang_up(request.environ)
        return response


def _hang_up(environ: Mapping[str, Any]) -> None:
    """Close the connection that a request came by: its answer will reach nobody."""
    line = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if line is not None:
        line.shutdown(socket.SHUT_RDWR)


def create_blueprint(trouble: Trouble) -> Blueprint:
    """Return the routes of the faults, and their page."""
    blueprint = Blueprint("faults", __name__)

    @blueprint.get("/api/faults")
    def read() -> ResponseReturnValue:
        return jsonify(trouble.as_json())

    @blueprint.put("/api/faults")
    def put() -> ResponseReturnValue:
        try:
            trouble.put(request.get_json(silent=True))
        except BadFaults as problem:
            return jsonify({"error": str(problem)}), 400
        return jsonify(trouble.as_json())

    @blueprint.delete("/api/faults")
    def clear() -> ResponseReturnValue:
        trouble.clear()
        return jsonify(trouble.as_json())

    @blueprint.get("/faults")
    def page() -> str:
        return render_template("faults.html", providers=NAMES, examples=EXAMPLES)

    return blueprint
