"""What providers took, counted by key: proof for tests and benches that nothing was lost and nothing came twice.

``GET /api/ledger`` tells of all providers, ``?provider=<name>`` of one with ``keys`` (key → how often it was taken);
``&keys=0`` leaves those out. ``DELETE /api/ledger`` empties it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeAlias

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator.faults import PROVIDERS

Json: TypeAlias = dict[str, Any]


class Ledger:
    """Counts messages by provider and key, in memory; safe to use from several threads."""

    def __init__(self) -> None:
        self._taken: dict[str, Counter[str]] = {provider: Counter() for provider in PROVIDERS}
        self._lock = threading.Lock()

    def took(self, provider: str, keys: Iterable[str]) -> None:
        """Count one message for each of ``keys``; an empty key is one without."""
        with self._lock:
            self._taken[provider].update(keys)

    def told(self, provider: str, *, keys: bool) -> Json:
        """Return the counts of ``provider``: in all, without a key, different keys, and what came twice."""
        with self._lock:
            taken = self._taken[provider].copy()
        unkeyed = taken.pop("", 0)
        double = {key: count for key, count in taken.items() if count > 1}
        told = {"provider": provider, "taken": taken.total() + unkeyed, "unkeyed": unkeyed}
        told |= {"distinct": len(taken), "double": double}
        return told | ({"keys": dict(taken)} if keys else {})

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            for taken in self._taken.values():
                taken.clear()


def create_blueprint(ledger: Ledger) -> Blueprint:
    """Return the routes of the ledger."""
    blueprint = Blueprint("ledger", __name__)

    @blueprint.get("/api/ledger")
    def read() -> ResponseReturnValue:
        provider = request.args.get("provider", "")
        if not provider:
            return jsonify({name: ledger.told(name, keys=False) for name in PROVIDERS})
        if provider not in PROVIDERS:
            return jsonify({"error": f"provider must be one of {', '.join(PROVIDERS)}"}), 404
        return jsonify(ledger.told(provider, keys=request.args.get("keys") != "0"))

    @blueprint.delete("/api/ledger")
    def clear() -> ResponseReturnValue:
        ledger.clear()
        return "", 204

    return blueprint
