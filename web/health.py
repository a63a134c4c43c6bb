"""Is it alive, is it ready, how is it doing: /healthz, /readyz, /metrics."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

Check = Callable[[], object]
"""Returns when a part answers, raises when it does not."""


def create_blueprint(checks: Mapping[str, Check], collectors: Iterable[Collector] = ()) -> Blueprint:
    """Return the endpoints.

    ``checks`` names the parts that must answer before the service is ready; ``collectors`` read figures that
    are the same whichever process is asked.
    """
    shared = CollectorRegistry()
    for collector in collectors:
        shared.register(collector)
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        parts = {name: _state(check) for name, check in checks.items()}
        ready = all(state == "ok" for state in parts.values())
        return jsonify(status="ready" if ready else "not ready", parts=parts), 200 if ready else 503

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(
            generate_latest(_registry()) + generate_latest(shared), content_type=CONTENT_TYPE_LATEST
        )

    return blueprint


def _state(check: Check) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part, it is not ready
        return type(error).__name__
    return "ok"


def _registry() -> CollectorRegistry:
    """Return the figures of all web processes where there are several."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's constructor is untyped
    return registry
