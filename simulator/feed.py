"""News for open windows: what arrives while nobody asked, kept in memory and handed to whoever waits."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, TypeAlias

from flask import Blueprint, Response, jsonify, request

Json: TypeAlias = dict[str, Any]
Clock: TypeAlias = Callable[[], datetime]

KEPT = 200
"""Newest items kept of one kind and owner."""
LONG_POLL_SECONDS = 20.0


class Feed:
    """Numbered items by kind and owner; safe to use from several threads.

    A cursor names the last item somebody has. It also names this process: after a restart an old cursor
    means "from the beginning".
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._run = secrets.token_hex(4)
        self._last = 0
        self._kept: dict[tuple[str, str], deque[Json]] = {}
        self._changed = threading.Condition()

    def publish(self, kind: str, owner: str, news: Json) -> None:
        """Keep ``news`` for ``owner`` (a user key, a phone number) and wake everyone who waits."""
        with self._changed:
            self._last += 1
            item = {"kind": kind, "owner": owner, "at": int(self._clock().timestamp() * 1000), **news}
            self._kept.setdefault((kind, owner), deque(maxlen=KEPT)).append({"number": self._last, **item})
            self._changed.notify_all()

    def since(self, cursor: str, kinds: Collection[str], seconds: float) -> tuple[str, list[Json]]:
        """Return the newest cursor and what came after ``cursor``, oldest first; wait if that is nothing."""
        after = self._number(cursor)
        with self._changed:
            self._changed.wait_for(lambda: self._after(after, kinds), timeout=seconds)
            return f"{self._run}-{self._last}", self._after(after, kinds)

    def _after(self, number: int, kinds: Collection[str]) -> list[Json]:
        fresh = [
            i for (kind, _), kept in self._kept.items() if kind in kinds for i in kept if i["number"] > number
        ]
        return sorted(fresh, key=lambda item: int(item["number"]))

    def _number(self, cursor: str) -> int:
        run, _, number = cursor.partition("-")
        return int(number) if run == self._run and number.isdecimal() else 0


def create_blueprint(feed: Feed) -> Blueprint:
    """Return the route that windows wait at: ``/api/news?kinds=push,preview&after=<cursor>``.

    With ``now=1`` the answer comes at once, even an empty one.
    """
    blueprint = Blueprint("feed", __name__)

    @blueprint.get("/api/news")
    def news() -> Response:
        kinds = request.args.get("kinds", "").split(",")
        seconds = 0 if "now" in request.args else LONG_POLL_SECONDS
        cursor, items = feed.since(request.args.get("after", ""), kinds, seconds)
        return jsonify({"cursor": cursor, "items": items})

    return blueprint
