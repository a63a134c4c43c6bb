"""What NHN Cloud's message services have in common: headers, dates, pages, the grouping keys."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from flask import Request

Json: TypeAlias = dict[str, Any]

PAGE = 15
LARGEST_PAGE = 1000
LONGEST_KEY = 100


class Refused(Exception):
    """The request is none that NHN takes: its code and its words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def header(code: int, message: str) -> Json:
    """Return the header of every answer."""
    return {"isSuccessful": code == 0, "resultCode": code, "resultMessage": message}


def knows_secret(request: Request, secret_key: str) -> bool:
    """Tell whether ``request`` brings ``X-Secret-Key: <secret_key>``."""
    return hmac.compare_digest(request.headers.get("X-Secret-Key", "").encode(), secret_key.encode())


def new_request_id(now: datetime) -> str:
    """Return an id in NHN's form: the time and letters, 25 characters in all."""
    return now.strftime("%Y%m%d%H%M%S") + secrets.token_hex(6)[:11]


def written(at: datetime) -> str:
    """Return ``at`` as NHN's answers have it."""
    return at.strftime("%Y-%m-%d %H:%M:%S.0")


def read_span(start: str, end: str, zone: Any) -> tuple[datetime, datetime] | None:
    """Return the span between two dates of a query, its last minute or second included; None when one is missing.

    Raises:
        Refused: a date has another form than ``yyyy-MM-dd HH:mm`` with or without seconds.

    """
    if not start or not end:
        return None
    begin, _ = _read(start, zone)
    last, width = _read(end, zone)
    return begin, last + width


def _read(words: str, zone: Any) -> tuple[datetime, timedelta]:
    for form, width in (
        ("%Y-%m-%d %H:%M", timedelta(minutes=1)),
        ("%Y-%m-%d %H:%M:%S", timedelta(seconds=1)),
    ):
        try:
            return datetime.strptime(words, form).replace(tzinfo=zone), width
        except ValueError:
            continue
    raise Refused(-2000, "Date format error.")


def page(found: Sequence[Any], request: Request) -> tuple[Sequence[Any], int, int]:
    """Return the page of ``found`` that a query asks for, its number and its size."""
    number = max(1, request.args.get("pageNum", 1, type=int))
    size = min(LARGEST_PAGE, max(1, request.args.get("pageSize", PAGE, type=int)))
    return found[(number - 1) * size : number * size], number, size


def grouping_key(sent: Json, name: str) -> str | None:
    """Return the grouping key in ``sent``.

    Raises:
        Refused: it is no text, or too long.

    """
    key = sent.get(name)
    if key is None:
        return None
    if not isinstance(key, str) or len(key) > LONGEST_KEY:
        raise Refused(-2000, f"The '{name}' must be at less than or equal to {LONGEST_KEY}.")
    return key


def webhook(product: str, app_key: str, push: str, hooks: Sequence[Json]) -> Json:
    """Return the body of a webhook that tells results."""
    return {
        "hooksId": push,
        "webhookConfigId": "local-webhook",
        "productName": product,
        "appKey": app_key,
        "event": "MESSAGE_RESULT_UPDATE",
        "hooks": list(hooks),
    }
