"""Text messages by NHN Cloud, API v3.0 (see ``nhn``): short ones, and long ones where the words need it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

import requests

from alerts.channels import Outgoing, Receipt, ReceiptState, Sent
from alerts.channels.calls import TIMEOUT, Json, Key, Timeout, call
from alerts.channels.nhn import (
    code_of,
    digits,
    header_of,
    key_in,
    listed_in,
    moment,
    own_receipts,
    own_result,
    pages,
    read_hooks,
    reason_of,
    reference,
    strange,
    window,
)
from alerts.channels.parts import ask_in_groups, call_of, not_taken, refused, send_in_parts, some_taken
from alerts.channels.prices import NHN, Prices
from alerts.channels.short_text import fitted, subject
from models.clock import Clock, SystemClock

URGENT_WORDS = ("인증", "비밀번호", "auth", "password", "verif")
"""A message with one of these may take the lane for authentication; others are refused there."""
NEVER = frozenset({-2001, -2014, -2015, -2018, -2019, -2023, -6001, -6003, -8000, -9997})
"""Result codes that speak of this text or this number; all others speak of the service or of our contract."""
DELIVERED = "1000"
FAILED, DONE = frozenset({"0", "4", "5", "6", "FAILED", "CANCEL", "DUPLICATED", "FAILED_AD"}), "3"
"""States of a message, in listings as digits and in webhooks as words."""
SHORT, URGENT, LONG = "sms", "auth/sms", "mms"
LANES = (SHORT, URGENT, LONG)


class NhnSms:
    """Sends text messages from ``sender``, a number registered for us. Safe to use from several threads.

    ``url`` is https://api-sms.cloud.toast.com, or the simulator. One call carries one text, so a batch of
    different texts takes as many calls.
    """

    name = "nhn_sms"
    batch = 10

    def __init__(
        self,
        url: str,
        app_key: str,
        secret_key: str,
        sender: str,
        session: requests.Session | None = None,
        timeout: Timeout = TIMEOUT,
        prices: Prices = NHN,
        clock: Clock | None = None,
    ) -> None:
        self._url = f"{url.rstrip('/')}/sms/v3.0/appKeys/{app_key}/sender"
        self._key, self._sender = Key("X-Secret-Key", secret_key), sender
        self._session, self._timeout = session or requests.Session(), timeout
        self._prices, self._clock = {**NHN, **prices}, clock or SystemClock()

    def send(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        """Hand over texts, as short or long messages. See ``Channel.send``.

        What EUC-KR lacks is spelled out or left out, what is over 2000 bytes is cut before a link at its end.
        """
        return send_in_parts(messages, _by_text(messages), self._hand)

    def ask(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Return how attempts stand, by one call a request; lost ones are looked for by our keys."""
        return ask_in_groups(sent, call_of, self._ask_call)

    def _hand(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        first = messages[0]
        if not digits(first.to):
            return [refused(each, "number", "this is no Korean mobile number") for each in messages]
        kind, words = fitted(first.text)
        lane = _lane(kind, words)
        body: dict[str, Any] = {"body": words, "sendNo": self._sender}
        body["recipientList"] = [
            {"recipientNo": digits(each.to), "recipientGroupingKey": each.key} for each in messages
        ]
        if lane == LONG:
            body["title"] = subject(first.title)
        status, answer = self._call("POST", lane, body)
        told = header_of(status, answer)
        if code_of(told):
            return some_taken([_refused(message, told) for message in messages])
        taken = answer.get("body")
        return some_taken([self._taken(each, taken, place, lane) for place, each in enumerate(messages)])

    def _taken(self, message: Outgoing, taken: Any, place: int, lane: str) -> Receipt:
        try:
            data = taken["data"]
            result = own_result(data["sendResultList"], message, place)
            if code_of(result):
                return _refused(message, result)
            name = reference(data["requestId"], result, f"{lane}:")
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            raise strange(HTTPStatus.OK) from None
        cost = self._prices[_kind(lane)]
        return Receipt(message.key, ReceiptState.WAITING, name, cost=cost, to=message.to)

    def _ask_call(self, group: tuple[str, str], attempts: list[Sent]) -> list[Receipt]:
        lane, _, request_id = group[0].partition(":")
        params = {"requestId": request_id} if lane else window(attempts, "%Y-%m-%d %H:%M:%S")
        listed = [
            _told(entry, each, self._prices)
            for each in ([lane] if lane else LANES)
            for entry in pages(partial(self._listed, each), params)
        ]
        return own_receipts(attempts, listed, self._clock.now())

    def _listed(self, lane: str, params: Mapping[str, str]) -> Sequence[Json]:
        return listed_in(*self._call("GET", lane, params=params), "body", "data")

    def _call(
        self, method: str, path: str, body: Json | None = None, **more: Mapping[str, str]
    ) -> tuple[int, Json]:
        url = f"{self._url}/{path}"
        return call(self._session, method, url, self._key, self._timeout, body, **more)


def read_receipts(
    headers: Mapping[str, str],
    query: Mapping[str, str],  # noqa: ARG001 - every provider's function takes the same
    body: bytes,
    secret: str,
    prices: Prices = NHN,
) -> list[Receipt]:
    """Return the receipts that NHN pushes. See ``nhn.read_hooks``."""
    return read_hooks(headers, body, secret, lambda hook: _told(hook, _lane_of(hook), {**NHN, **prices}))


def _by_text(messages: Sequence[Outgoing]) -> list[list[int]]:
    """Return places in parts of one text each, no number twice in one and wrong numbers in parts of their own."""
    parts: dict[tuple[str, str, int], list[int]] = {}
    seen: Counter[tuple[str, str, str]] = Counter()
    for place, message in enumerate(messages):
        number = digits(message.to)
        one = (message.text, message.title, number)
        seen[one] += 1
        parts.setdefault((message.text, message.title, seen[one] if number else 0), []).append(place)
    return list(parts.values())


def _lane(kind: str, words: str) -> str:
    if kind == "LMS":
        return LONG
    return URGENT if any(word in words.lower() for word in URGENT_WORDS) else SHORT


def _lane_of(hook: Json) -> str:
    kind = str(hook.get("senderType") or "")
    return URGENT if "AUTH" in kind else LONG if "MMS" in kind or "LMS" in kind else SHORT


def _kind(lane: str) -> str:
    return "LMS" if lane == LONG else "SMS"


def _refused(message: Outgoing, told: Json) -> Receipt:
    code = code_of(told)
    return (refused if code in NEVER else not_taken)(message, str(code), reason_of(told))


def _told(entry: Json, lane: str, prices: Prices) -> Receipt:
    code, status = (
        str(entry.get("resultCode") or ""),
        str(entry.get("messageStatus") or entry.get("msgStatus")),
    )
    state = _state(code, status)
    return Receipt(
        key_in(entry),
        state,
        reference(entry["requestId"], entry, f"{lane}:"),
        code,
        "" if state is ReceiptState.DELIVERED else reason_of(entry),
        moment(entry.get("resultDate") or entry.get("receiveDate")),
        0 if state is ReceiptState.FAILED else prices[_kind(lane)],
        str(entry.get("recipientNo") or ""),
        provider=NhnSms.name,
    )


def _state(code: str, status: str) -> ReceiptState:
    if code == DELIVERED or (not code and status == DONE):
        return ReceiptState.DELIVERED
    return ReceiptState.FAILED if code or status in FAILED else ReceiptState.WAITING
