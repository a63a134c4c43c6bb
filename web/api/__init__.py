"""The API by which DOVOL's own system reports what changed there: ``POST /api/v1/events`` (docs/api.md)."""

from __future__ import annotations

import hmac
import json
import logging
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from models.api_requests import Begun, begin, finish, give_up
from models.clock import Clock
from models.database import Database
from models.reports import Outcome, Report, Unacceptable, apply_report
from models.rules import load_rules
from web.api.problems import FieldError, Problem, invalid, respond

MAX_BODY = 64 * 1024
LONGEST_KEY = 255
REPLAYED = "Idempotent-Replayed"
SOON = {"Retry-After": "1"}

log = logging.getLogger(__name__)
_REPORT: TypeAdapter[Report] = TypeAdapter(Report)


def create_blueprint(database: Database, clock: Clock, key: str) -> Blueprint:
    """Return the API; with an empty ``key`` it says that it is not set up."""
    return Api(database, clock, key)


class Api(Blueprint):
    """The blueprint. Every route authenticates in its view."""

    def __init__(self, database: Database, clock: Clock, key: str) -> None:
        super().__init__("api", __name__, url_prefix="/api/v1")
        self._database, self._clock, self._key = database, clock, key
        self.add_url_rule("/events", view_func=self._receive, methods=["POST"])
        others = ["GET", "PUT", "PATCH", "DELETE"]
        self.add_url_rule("/events", "not_so", view_func=_other_method, methods=others)
        self.register_error_handler(Problem, respond)
        self.register_error_handler(Exception, _accident)

    def _receive(self) -> Response:
        _authenticate(self._key)
        body = _read_body()
        idempotency_key = _idempotency_key()
        report = _read_report(body)
        with self._database.session() as db:
            beginning = begin(db, idempotency_key, body, self._clock.now())
            db.commit()
        if beginning.state is Begun.ANSWERED:
            return _json(beginning.response, beginning.status, replayed=True)
        if beginning.state is not Begun.OURS:
            raise _CONFLICTS[beginning.state]
        return self._apply_once(report, beginning.claim)

    def _apply_once(self, report: Report, claim: str) -> Response:
        """Apply a report that is ours; whatever goes wrong, it may be sent again with the same key."""
        try:
            return self._apply(report, claim)
        except Exception:
            with self._database.session() as db:
                give_up(db, claim)
                db.commit()
            raise

    def _apply(self, report: Report, claim: str) -> Response:
        with self._database.session() as db:
            outcome = apply_report(db, report, load_rules(db), self._clock.now())
            answer = _answer(outcome)
            if not finish(db, claim, HTTPStatus.OK, answer):
                raise _CONFLICTS[Begun.UNDER_WAY]
            db.commit()
        log.info("%s: changed %s %s", report.type, outcome.changed, outcome.why)
        return _json(answer, HTTPStatus.OK)


_CONFLICTS: dict[Begun, Problem] = {
    Begun.UNDER_WAY: Problem(
        HTTPStatus.CONFLICT,
        "under_way",
        "The first request with this Idempotency-Key is not finished. Send it again in a second.",
        headers=SOON,
    ),
    Begun.OTHER_BODY: Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "key_reused",
        "This Idempotency-Key was used for another body. Send a new key with a new report.",
    ),
}


def _authenticate(key: str) -> None:
    if not key:
        raise Problem(
            HTTPStatus.NOT_FOUND,
            "not_set_up",
            "This endpoint is not set up here. Ask for EVENTS_KEY to be set.",
        )
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), key.encode()):
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            "Send the key as `Authorization: Bearer <key>`.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def _read_body() -> bytes:
    """Return the body. One byte more than allowed is asked for, as a chunked body just ends at the limit."""
    request.max_content_length = MAX_BODY + 1
    too_large = Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too_large",
        f"Send {MAX_BODY} bytes or fewer, one report at a time.",
    )
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise too_large from None
    if len(body) > MAX_BODY:
        raise too_large
    if request.mimetype != "application/json":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json_type", "Send `Content-Type: application/json`."
        )
    return body


def _idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > LONGEST_KEY:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "no_idempotency_key",
            f"Send an Idempotency-Key of 1 to {LONGEST_KEY} characters, a new one for each report.",
        )
    return key


def _read_report(body: bytes) -> Report:
    value = _read_json(body)
    if not isinstance(value, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "not_an_object", "Send one report as a JSON object.")
    try:
        return _REPORT.validate_json(body)  # in JSON a date is a string, in Python it is none
    except ValidationError as error:
        raise invalid(error) from None


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST, "not_json", "Send a report as JSON in UTF-8.") from None


def _answer(outcome: Outcome) -> str:
    body: dict[str, object] = {"changed": outcome.changed}
    return json.dumps(body | ({"why": outcome.why} if outcome.why else {}))


def _json(text: str, status: int, *, replayed: bool = False) -> Response:
    headers = {REPLAYED: "true"} if replayed else {}
    return Response(text, status, headers=headers, content_type="application/json")


def _other_method() -> Response:
    raise Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Send reports with POST.",
        headers={"Allow": "POST"},
    )


def _accident(error: Exception) -> Response:
    """Answer what nobody foresaw without a word of the cause, which may name people."""
    if isinstance(error, Unacceptable):
        return respond(_unacceptable(error))
    if isinstance(error, OperationalError | PoolTimeout):
        detail = "The store is busy. Send the same report with the same Idempotency-Key again in a second."
        return respond(Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", detail, headers=SOON))
    if isinstance(error, HTTPException) and error.code:
        status = HTTPStatus(error.code)
        return respond(Problem(status, "http", "Look at docs/api.md for how a report is sent."))
    log.error("a report failed: %s", type(error).__name__, exc_info=error)
    detail = "Send the same report with the same Idempotency-Key again later."
    return respond(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "broken", detail))


def _unacceptable(error: Unacceptable) -> Problem:
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        error.code,
        f"{error.field}: {error.advice}.",
        errors=[FieldError(error.field, error.advice)],
    )
