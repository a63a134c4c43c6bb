"""Alimtalk and text messages by Solapi, API v4.

Documents: https://solapi.com/developers (2026-03), https://github.com/solapi/documents and solapi-python 5.0.3.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

import requests
from requests.auth import AuthBase

from alerts.channels import (
    ChannelPermanent,
    ChannelRetryable,
    Outgoing,
    Receipt,
    ReceiptState,
    Sent,
    Unsigned,
)
from alerts.channels.calls import TIMEOUT, Json, Params, Timeout, call
from alerts.channels.nhn import digits
from alerts.channels.parts import ask_in_groups, not_taken, refused, some_taken, unheard_of
from alerts.channels.prices import SOLAPI, Prices
from alerts.channels.short_text import fitted, subject
from models.clock import Clock, SystemClock

ACCEPTED, DELIVERED = "2000", "4000"
UNDER_WAY = frozenset({ACCEPTED, "3000", "3014"})
"""Taken, handed to the carrier, or in a state that the carrier does not tell."""
NOT_THE_MESSAGE = frozenset({"1020", "1024", "1030", "1058", "1062", "2024", "2062", "2063", "2230"})
"""Codes that speak of our account, our number or of Solapi itself: the message may go another way."""
STRANGERS = frozenset({"3104"})
"""No user of KakaoTalk."""
OUR_KEY = "key"
"""Name of the custom field that carries our key."""
NAMED = "named"
IDS, PAGE = 100, 500
MOST_PAGES = 100
BEFORE, AFTER = timedelta(minutes=1), timedelta(minutes=3)
TYPES = {"ATA": "ALIMTALK", "SMS": "SMS", "LMS": "LMS"}


class Signature(AuthBase):
    """Signs each call anew, as a signature is taken once: HMAC-SHA256 of the moment and a salt."""

    def __init__(self, api_key: str, api_secret: str) -> None:
        self._key, self._secret = api_key, api_secret.encode()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign ``request``."""
        date, salt = datetime.now(UTC).isoformat(timespec="seconds"), secrets.token_hex(16)
        signature = hmac.new(self._secret, f"{date}{salt}".encode(), hashlib.sha256).hexdigest()
        told = f"apiKey={self._key}, date={date}, salt={salt}, signature={signature}"
        request.headers["Authorization"] = f"HMAC-SHA256 {told}"
        return request


class _Solapi(ABC):
    """What both channels share: calls, receipts, lists. Safe to use from several threads.

    ``url`` is https://api.solapi.com, or the simulator. ``sender`` is the profile (pfId) or the registered number.
    """

    batch = 1000

    def __init__(
        self,
        url: str,
        api_key: str,
        api_secret: str,
        sender: str,
        session: requests.Session | None = None,
        timeout: Timeout = TIMEOUT,
        prices: Prices = SOLAPI,
        clock: Clock | None = None,
    ) -> None:
        self._url, self._key = f"{url.rstrip('/')}/messages/v4", Signature(api_key, api_secret)
        self._sender, self._session, self._timeout = sender, session or requests.Session(), timeout
        self._prices, self._clock = {**SOLAPI, **prices}, clock or SystemClock()

    @abstractmethod
    def _body(self, message: Outgoing) -> dict[str, Any]:
        """Return what Solapi is told of one message, but for the recipient."""

    def send(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        """Hand over up to ``batch`` messages in one call. See ``Channel.send``."""
        right = {place: self._body(each) for place, each in enumerate(messages) if digits(each.to)}
        results = self._post([_addressed(messages[place], body) for place, body in right.items()])
        wrong = partial(refused, code="number", reason="this is no Korean mobile number")
        return some_taken(
            [
                self._taken(each, results.get(each.key, {}), right[place]["type"])
                if place in right
                else wrong(each)
                for place, each in enumerate(messages)
            ]
        )

    def ask(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Return how attempts stand; lost ones are looked for by our keys. See ``Channel.ask``."""
        return ask_in_groups(sent, _group, self._ask)

    def _post(self, bodies: Sequence[Json]) -> dict[str, Json]:
        """Send messages and return what became of each, by our keys."""
        if not bodies:
            return {}
        # two messages for one person are two alerts; that one alert goes once is our own care
        body = {"messages": bodies, "allowDuplicates": True, "showMessageList": True}
        status, answer = self._call("POST", "send-many/detail", body)
        if status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(status, answer)
        listed = [answer.get("messageList"), answer.get("failedMessageList")]
        if not any(isinstance(each, list) for each in listed):
            raise ChannelRetryable("Solapi's answer has another form than we know", maybe_sent=True)
        found = [each for some in listed for each in some or [] if isinstance(each, dict)]
        return {_key_in(each): each for each in found}

    def _taken(self, message: Outgoing, result: Json, type_: str) -> Receipt:
        code, name = str(result.get("statusCode") or ACCEPTED), str(result.get("messageId") or "")
        if code != ACCEPTED:
            kind = not_taken if code in NOT_THE_MESSAGE else refused
            return kind(message, code, _reason(result))
        cost = self._prices[TYPES[type_]]
        return Receipt(message.key, ReceiptState.WAITING, name, cost=cost, to=message.to)

    def _ask(self, group: str, attempts: list[Sent]) -> list[Receipt]:
        found: dict[str, Receipt] = {}
        for params in _by_ids(attempts) if group == NAMED else _by_dates(attempts):
            for entry in self._listed(params):
                receipt = _told(entry, self._prices)
                found |= {receipt.reference: receipt} | ({receipt.key: receipt} if receipt.key else {})
        return [self._own(attempt, found) for attempt in attempts]

    def _own(self, attempt: Sent, found: Mapping[str, Receipt]) -> Receipt:
        own = found.get(attempt.reference) or found.get(attempt.key)
        return replace(own, key=attempt.key, to=attempt.to) if own else unheard_of(attempt, self._clock.now())

    def _listed(self, params: Params) -> Iterator[Json]:
        """Yield the messages of a list, page by page.

        Raises:
            ChannelRetryable: Solapi does not answer, or lists more than we read.
        """
        query: dict[str, str | Sequence[str]] = dict(params) | {"limit": str(PAGE)}
        for _ in range(MOST_PAGES):
            status, answer = self._call("GET", "list", params=query)
            listed = answer.get("messageList")
            if status >= HTTPStatus.BAD_REQUEST or not isinstance(listed, dict):
                raise ChannelRetryable(f"Solapi's answer (HTTP {status}) has another form than we know")
            yield from listed.values()
            if not answer.get("nextKey"):
                return
            query["startKey"] = str(answer["nextKey"])
        raise ChannelRetryable("Solapi lists more messages than we read at once")

    def _call(
        self, method: str, path: str, body: Json | None = None, params: Params | None = None
    ) -> tuple[int, Json]:
        url = f"{self._url}/{path}"
        return call(self._session, method, url, self._key, self._timeout, body, params=params)


class SolapiAlimtalk(_Solapi):
    """Sends approved templates of one profile, with their ``variables``.

    Solapi's own failover to text messages is switched off: it would make a second message that nobody knows of.
    """

    name = "solapi_alimtalk"

    def _body(self, message: Outgoing) -> dict[str, Any]:
        options = {
            "pfId": self._sender,
            "templateId": message.template,
            "variables": {f"#{{{name}}}": value for name, value in message.variables.items()},
            "disableSms": True,
        }
        return {"type": "ATA", "kakaoOptions": options}


class SolapiSms(_Solapi):
    """Sends text messages, short or long as the words need it, made fit like those of ``NhnSms``."""

    name = "solapi_sms"

    def _body(self, message: Outgoing) -> dict[str, Any]:
        kind, words = fitted(message.text)
        body = {"type": kind, "from": self._sender, "text": words, "autoTypeDetect": False}
        return body | ({"subject": subject(message.title)} if kind == "LMS" else {})


def read_receipts(
    headers: Mapping[str, str],  # noqa: ARG001 - every provider's function takes the same
    query: Mapping[str, str],
    body: bytes,
    secret: str,
    prices: Prices = SOLAPI,
) -> list[Receipt]:
    """Return the receipts that Solapi pushes: a list of reports. It signs nothing, so our address has a token.

    Raises:
        Unsigned: the address does not carry ``token=<secret>``.
        ValueError: the body is no list of reports.
    """
    if not secret or not hmac.compare_digest(query.get("token", "").encode(), secret.encode()):
        raise Unsigned("the webhook's token is not ours")
    reports = json.loads(body)
    if not isinstance(reports, list):
        raise ValueError("the body is no list of reports")  # noqa: TRY004 - as json.loads says it
    told = [report.get("data") for report in reports if isinstance(report, dict)]
    return [
        _told(each, {**SOLAPI, **prices}) for each in told if isinstance(each, dict) and each.get("messageId")
    ]


def _addressed(message: Outgoing, body: Json) -> Json:
    return {"to": digits(message.to), "customFields": {OUR_KEY: message.key}} | dict(body)


def _key_in(entry: Json) -> str:
    fields = entry.get("customFields")
    return str(fields.get(OUR_KEY) or "") if isinstance(fields, dict) else ""


def _refusal(status: int, answer: Json) -> Exception:
    """Return the error for a call that was refused as a whole: by its form it would be again."""
    code = str(answer.get("errorCode") or f"HTTP {status}")
    ours = status == HTTPStatus.BAD_REQUEST and "Balance" not in code
    return (ChannelPermanent if ours else ChannelRetryable)(f"Solapi says {code}")


def _group(attempt: Sent) -> str:
    """Return what an attempt is asked for with: those with a name together, lost ones by the minute."""
    return NAMED if attempt.reference else f"{attempt.at:%Y-%m-%d %H:%M}"


def _by_ids(attempts: Sequence[Sent]) -> Iterator[Params]:
    for start in range(0, len(attempts), IDS):
        yield {"messageIds": [attempt.reference for attempt in attempts[start : start + IDS]]}


def _by_dates(attempts: Sequence[Sent]) -> Iterator[Params]:
    """Yield the parameters of a list that holds ``attempts``: no telephone numbers, which addresses would keep."""
    start = min(attempt.at for attempt in attempts) - BEFORE
    end = max(attempt.at for attempt in attempts) + AFTER
    yield {"dateType": "CREATED", "startDate": _date(start), "endDate": _date(end)}


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _told(entry: Json, prices: Prices) -> Receipt:
    code = str(entry.get("statusCode") or "")
    state = _state(code)
    cost = prices.get(TYPES.get(str(entry.get("type")), ""), 0)
    return Receipt(
        _key_in(entry),
        state,
        str(entry.get("messageId") or ""),
        code,
        "" if state is ReceiptState.DELIVERED else _reason(entry),
        _moment(entry.get("dateReceived") or entry.get("dateReported")),
        0 if state is ReceiptState.FAILED else cost,
        str(entry.get("to") or ""),
        provider=(SolapiAlimtalk if entry.get("type") == "ATA" else SolapiSms).name,
        stranger=code in STRANGERS,
    )


def _state(code: str) -> ReceiptState:
    if code == DELIVERED:
        return ReceiptState.DELIVERED
    return ReceiptState.WAITING if not code or code in UNDER_WAY else ReceiptState.FAILED


def _reason(entry: Json) -> str:
    return f"Solapi says {entry.get('statusCode')}: {entry.get('statusMessage') or entry.get('reason') or ''}"


def _moment(written: Any) -> datetime | None:
    """Return a moment as Solapi writes it (2024-05-25T07:35:10.000Z), None when it is none."""
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
