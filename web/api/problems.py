"""What an API says when it cannot do what was asked: problem details (RFC 9457) that name the field and the next step."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response
from pydantic import ValidationError
from pydantic_core import ErrorDetails

PROBLEM_TYPE = "application/problem+json"
TYPE = "urn:boram:problem:{}"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong: its path, and what to send instead. Never what was sent."""

    field: str
    advice: str


class Problem(Exception):
    """A call that is not answered as asked. ``code`` is for machines, ``detail`` names the next step."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = tuple(errors), dict(headers or {})
        super().__init__(code)


def respond(problem: Problem) -> Response:
    """Return a problem as its response."""
    body: dict[str, object] = {
        "type": TYPE.format(problem.code),
        "title": problem.status.phrase,
        "status": problem.status.value,
        "code": problem.code,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [{"field": each.field, "advice": each.advice} for each in problem.errors]
    return Response(
        json.dumps(body, ensure_ascii=False),
        problem.status.value,
        headers=problem.headers,
        content_type=PROBLEM_TYPE,
    )


def invalid(error: ValidationError) -> Problem:
    """Return what is wrong with a body that does not fit its schema."""
    errors = [FieldError(_path(each), _advice(each)) for each in error.errors(include_url=False)]
    named = ", ".join(dict.fromkeys(each.field for each in errors))
    detail = f"Correct {named} and send it again."
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors=errors)


def _path(error: ErrorDetails) -> str:
    """Return the field as a path: session.number. Of a tagged union the tag comes first, which is no field."""
    if error["type"].startswith("union_tag"):
        return "type"
    return ".".join(str(part) for part in error["loc"][1:]) or "body"


def _advice(error: ErrorDetails) -> str:
    if error["type"] == "union_tag_not_found":
        return "say what happened"
    if error["type"] == "union_tag_invalid":
        return f"send one of {error['ctx']['expected_tags']}"
    if error["type"] == "extra_forbidden":
        return "leave it out: it is not in the schema"
    return error["msg"].removeprefix("Value error, ")
