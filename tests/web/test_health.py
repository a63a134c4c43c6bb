"""Alive, ready, and how it is doing."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from web import health


def client_with(**checks: health.Check) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(health.create_blueprint(checks))
    return app.test_client()


def broken() -> None:
    raise ConnectionError("redis://:secret@host")


def test_alive_needs_nothing_else() -> None:
    assert client_with(redis=broken).get("/healthz").status_code == 200


def test_ready_when_every_part_answers() -> None:
    response = client_with(redis=lambda: None, database=lambda: None).get("/readyz")
    assert response.status_code == 200
    assert response.json == {"status": "ready", "parts": {"redis": "ok", "database": "ok"}}


def test_not_ready_names_the_part_and_no_secret() -> None:
    response = client_with(redis=broken, database=lambda: None).get("/readyz")
    assert response.status_code == 503
    assert response.json is not None
    assert response.json["parts"] == {"redis": "ConnectionError", "database": "ok"}
    assert "secret" not in response.text


def test_metrics_are_in_the_format_of_prometheus() -> None:
    response = client_with().get("/metrics")
    assert response.status_code == 200
    assert "# HELP" in response.text
