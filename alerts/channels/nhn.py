"""What NHN Cloud's message services share: result codes, pages, dates, webhooks.

Documents: https://github.com/TOAST-DOCS/SMS and https://github.com/TOAST-DOCS/Alimtalk (ko/api-guide.md,
ko/alimtalk-api-guide.md, ko/error-code.md, ko/webhook.md), as of 2026-06-23.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from alerts.channels import ChannelRetryable, Outgoing, Receipt, Sent, Unsigned
from alerts.channels.calls import Json
from alerts.channels.parts import unheard_of
from models.clock import SEOUL
from models.phones import mobile_number

SIGNATURE = "X-Toast-Webhook-Signature"
RESULT = "MESSAGE_RESULT_UPDATE"
_NAMES = {"requestId", "recipientSeq"}
PAGE = 1000
"""Most messages of one page of a listing."""
MOST_PAGES = 100
BEFORE, AFTER = timedelta(minutes=1), timedelta(minutes=3)
"""How far from the moment we noted a message may have been registered."""


def digits(phone: str) -> str:
    """Return a Korean mobile number as NHN and Solapi want it (01012345678), empty when it is none."""
    return (mobile_number(phone) or "").replace("-", "")


def strange(status: int) -> ChannelRetryable:
    """Return the error for an answer that we cannot read."""
    form = f"NHN's answer (HTTP {status}) has another form than we know"
    return ChannelRetryable(form, maybe_sent=status < HTTPStatus.BAD_REQUEST)


def header_of(status: int, answer: Json) -> Json:
    """Return the header of an answer, which has a result code.

    Raises:
        ChannelRetryable: the answer has none.
    """
    header = answer.get("header")
    if not isinstance(header, dict) or not isinstance(header.get("resultCode"), int):
        raise strange(status)
    return header


def listed_in(status: int, answer: Json, *way: str) -> Sequence[Json]:
    """Return the messages of a listing, which stand in ``way`` of its answer.

    Raises:
        ChannelRetryable: there are none to be read.
    """
    header = header_of(status, answer)
    if code_of(header):
        raise ChannelRetryable(reason_of(header))
    found: Any = answer
    for name in way:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, list) or not all(
        isinstance(each, dict) and each.keys() >= _NAMES for each in found
    ):
        raise strange(status)
    return found


def code_of(told: Json) -> int:
    """Return the result code of a header or of one recipient: 0 is good.

    Raises:
        KeyError, TypeError, ValueError: there is none.
    """
    return int(told["resultCode"])


def reason_of(told: Json) -> str:
    """Return a result in words, for logs and for staff."""
    return (
        f"NHN says {told.get('resultCode')}: {told.get('resultMessage') or told.get('resultCodeName') or ''}"
    )


def own_result(results: Sequence[Json], message: Outgoing, place: int) -> Json:
    """Return the result of one recipient: by our key where NHN tells it, by its place in the call otherwise.

    Raises:
        IndexError: there is none.
    """
    named = (result for result in results if result.get("recipientGroupingKey") == message.key)
    return next(named, None) or results[place]


def reference(request_id: object, entry: Json, lane: str = "") -> str:
    """Return a name for one message at NHN: its request and its place in it, behind the lane if there are several.

    Raises:
        KeyError: ``entry`` does not tell its place.
    """
    return f"{lane}{request_id}:{entry['recipientSeq']}"


def window(sent: Sequence[Sent], form: str) -> dict[str, str]:
    """Return the parameters of a listing that holds ``sent``, registered when we noted them.

    ``form`` of the dates, which differs between the services. A telephone number would narrow it down, too, but
    addresses are kept in logs.
    """
    start = min(attempt.at for attempt in sent) - BEFORE
    end = max(attempt.at for attempt in sent) + AFTER
    found = {
        "startCreateDate": start.astimezone(SEOUL).strftime(form),
        "endCreateDate": end.astimezone(SEOUL).strftime(form),
    }
    return found | ({"recipientGroupingKey": sent[0].key} if len(sent) == 1 else {})


def pages(get: Callable[[Mapping[str, str]], Sequence[Json]], params: Mapping[str, str]) -> Iterator[Json]:
    """Yield the messages of a listing, page by page.

    Raises:
        ChannelRetryable: there are more than we read, so that nothing could be called absent.
    """
    for number in range(1, MOST_PAGES + 1):
        found = get(dict(params) | {"pageNum": str(number), "pageSize": str(PAGE)})
        yield from found
        if len(found) < PAGE:
            return
    raise ChannelRetryable("NHN lists more messages than we read at once")


def own_receipts(attempts: Sequence[Sent], listed: Sequence[Receipt], now: datetime) -> list[Receipt]:
    """Return the receipt of each attempt out of a listing; see ``parts.unheard_of`` for one that is not in it."""
    by_key = {receipt.key: receipt for receipt in listed if receipt.key}
    by_reference = {receipt.reference: receipt for receipt in listed}
    found = []
    for attempt in attempts:
        own = by_reference.get(attempt.reference) or by_key.get(attempt.key)
        known = own and replace(own, key=attempt.key, to=attempt.to)
        found.append(known or unheard_of(attempt, now))
    return found


def moment(written: Any) -> datetime | None:
    """Return a moment as NHN writes it (2018-08-10 10:06:30.0, 2024-04-29T20:58:02), None when it is none."""
    try:
        found = datetime.fromisoformat(str(written).strip().split(".")[0])
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=SEOUL)


def read_hooks(
    headers: Mapping[str, str], body: bytes, secret: str, read: Callable[[Json], Receipt]
) -> list[Receipt]:
    """Return the receipts in a pushed report; what is none of ours is left out.

    Raises:
        Unsigned: the signature is not the one of the settings.
        ValueError: the body is no report.
    """
    given = next((value for name, value in headers.items() if name.lower() == SIGNATURE.lower()), "")
    if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
        raise Unsigned("the webhook's signature is not ours")
    report = json.loads(body)
    if not isinstance(report, dict):
        raise ValueError("the report is no JSON object")  # noqa: TRY004 - as json.loads says it
    hooks = report.get("hooks") if report.get("event") == RESULT else None
    return [read(hook) for hook in hooks or [] if isinstance(hook, dict) and hook.keys() >= _NAMES]


def key_in(hook: Json) -> str:
    """Return our key in a message; NHN's own sample of the webhook writes the field in two ways."""
    return str(hook.get("recipientGroupingKey") or hook.get("recipientGropuingKey") or "")
