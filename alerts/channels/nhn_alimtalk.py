"""Alimtalk by NHN Cloud, API v2.3 (see ``nhn``): approved templates by telephone number."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

import requests

from alerts.channels import ChannelRetryable, Outgoing, Receipt, ReceiptState, Sent
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
from models.clock import Clock, SystemClock

TAKEN_BEFORE = -1005
"""The same call was made in the last ten minutes."""
NONE_TAKEN = -1031
"""Every recipient was refused, each for a reason of its own."""
DELIVERED = "1000"
UNCERTAIN = frozenset({"3005", "4000", "4001", "4122", "4161"})
"""Sent without a confirmation (it may arrive within three days), or under way: no ground to send it elsewhere."""
STRANGERS = frozenset({"3019", "3020"})
"""No user of KakaoTalk, or one who wants no Alimtalk."""
OUR_PROFILE = frozenset({-1006, -1014, -1027, -1028, -1030})
"""Codes of a call that speak of our profile. Those from -2000 down to -3999 speak of template and
words, -4019 of the number."""
WRONG_NUMBER = -4019
ONE_MAY_SPOIL_ALL = frozenset({4, -2000, -2001, -2002, -2003, -2004, -2005})
"""Codes of a call that one wrong recipient may have caused."""


class NhnAlimtalk:
    """Sends approved templates of ``sender_key``'s profile. Safe to use from several threads.

    ``url`` is https://kakaotalk-bizmessage.api.nhncloudservice.com, or the simulator. NHN's own failover to text
    messages is switched off for every message: it would make a second message that nobody here knows of.
    """

    name = "nhn_alimtalk"
    batch = 1000

    def __init__(
        self,
        url: str,
        app_key: str,
        secret_key: str,
        sender_key: str,
        session: requests.Session | None = None,
        timeout: Timeout = TIMEOUT,
        prices: Prices = NHN,
        clock: Clock | None = None,
    ) -> None:
        self._url = f"{url.rstrip('/')}/alimtalk/v2.3/appkeys/{app_key}/messages"
        self._key, self._sender = Key("X-Secret-Key", secret_key), sender_key
        self._session, self._timeout = session or requests.Session(), timeout
        self._cost, self._clock = {**NHN, **prices}["ALIMTALK"], clock or SystemClock()

    def send(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        """Hand over templates with their ``variables``; one call a template. See ``Channel.send``."""
        return send_in_parts(messages, _by_template(messages), self._hand)

    def ask(self, sent: Sequence[Sent]) -> list[Receipt]:
        """Return how attempts stand, by one call a request; lost ones are looked for by our keys."""
        return ask_in_groups(sent, call_of, self._ask_call)

    def _hand(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        right = [message for message in messages if digits(message.to)]
        found = {id(message): receipt for message, receipt in zip(right, self._halved(right), strict=True)}
        wrong = partial(refused, code="number", reason="this is no Korean mobile number")
        return some_taken([found.get(id(message)) or wrong(message) for message in messages])

    def _halved(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        """Return the receipts of one call; where one recipient may spoil it for all, of calls of halves."""
        if not messages:
            return []
        told, taken = self._post(messages)
        code = code_of(told)
        if code in ONE_MAY_SPOIL_ALL and len(messages) > 1:
            half = len(messages) // 2
            return send_in_parts(messages, (range(half), range(half, len(messages))), self._halved)
        if code in (0, NONE_TAKEN):
            return [self._taken(message, taken, place) for place, message in enumerate(messages)]
        return _refused_together(messages, told, code)

    def _post(self, messages: Sequence[Outgoing]) -> tuple[Json, Any]:
        body = {
            "senderKey": self._sender,
            "templateCode": messages[0].template,
            "recipientList": [_recipient(message) for message in messages],
        }
        key = {"X-NC-API-IDEMPOTENCY-KEY": _call_key(messages)}
        status, answer = self._call("POST", body, headers=key)
        return header_of(status, answer), answer.get("message")

    def _taken(self, message: Outgoing, taken: Any, place: int) -> Receipt:
        try:
            result = own_result(taken["sendResults"], message, place)
            code = code_of(result)
            if code:
                return _refused(message, result, code)
            name = reference(taken["requestId"], result)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            raise strange(HTTPStatus.OK) from None
        return Receipt(message.key, ReceiptState.WAITING, name, cost=self._cost, to=message.to)

    def _ask_call(self, group: tuple[str, str], attempts: list[Sent]) -> list[Receipt]:
        request_id, _ = group
        params = {"requestId": request_id} if request_id else window(attempts, "%Y-%m-%d %H:%M")
        listed = [_told(entry, self._cost) for entry in pages(self._listed, params)]
        return own_receipts(attempts, listed, self._clock.now())

    def _listed(self, params: Mapping[str, str]) -> Sequence[Json]:
        return listed_in(*self._call("GET", None, params=params), "messageSearchResultResponse", "messages")

    def _call(self, method: str, body: Json | None, **more: Mapping[str, str]) -> tuple[int, Json]:
        return call(self._session, method, self._url, self._key, self._timeout, body, **more)


def read_receipts(
    headers: Mapping[str, str],
    query: Mapping[str, str],  # noqa: ARG001 - every provider's function takes the same
    body: bytes,
    secret: str,
    prices: Prices = NHN,
) -> list[Receipt]:
    """Return the receipts that NHN pushes. See ``nhn.read_hooks``."""
    return read_hooks(headers, body, secret, lambda hook: _told(hook, {**NHN, **prices}["ALIMTALK"]))


def _by_template(messages: Sequence[Outgoing]) -> list[list[int]]:
    parts: dict[str, list[int]] = {}
    for place, message in enumerate(messages):
        parts.setdefault(message.template, []).append(place)
    return list(parts.values())


def _recipient(message: Outgoing) -> Json:
    return {
        "recipientNo": digits(message.to),
        "templateParameter": dict(message.variables),
        "resendParameter": {"isResend": False},
        "recipientGroupingKey": message.key,
    }


def _call_key(messages: Sequence[Outgoing]) -> str:
    """Return the name of a call: the same messages have the same, so that NHN takes them once."""
    return hashlib.sha256("\n".join(message.key for message in messages).encode()).hexdigest()


def _refused_together(messages: Sequence[Outgoing], told: Json, code: int) -> list[Receipt]:
    """Return the receipts of a call that was refused as a whole.

    Raises:
        ChannelRetryable: it was taken before, or the service or our contract is at fault.
    """
    if code == TAKEN_BEFORE:
        raise ChannelRetryable(reason_of(told), maybe_sent=True)
    receipts = [_refused(message, told, code) for message in messages]
    return some_taken(receipts)


def _refused(message: Outgoing, told: Json, code: int) -> Receipt:
    """Return the receipt of a refusal: by template, profile or words it will not go, else it may go again."""
    ours = code in OUR_PROFILE | ONE_MAY_SPOIL_ALL or -3999 <= code <= -2000 or code == WRONG_NUMBER
    return (refused if ours else not_taken)(message, str(code), reason_of(told))


def _told(entry: Json, cost: int) -> Receipt:
    code = str(entry.get("resultCode") or "")
    state = _state(code, entry.get("messageStatus"))
    return Receipt(
        key_in(entry),
        state,
        reference(entry["requestId"], entry),
        code,
        "" if state is ReceiptState.DELIVERED else reason_of(entry),
        moment(entry.get("receiveDate")),
        0 if state is ReceiptState.FAILED else cost,
        str(entry.get("recipientNo") or ""),
        provider=NhnAlimtalk.name,
        stranger=code in STRANGERS,
    )


def _state(code: str, status: Any) -> ReceiptState:
    if code == DELIVERED:
        return ReceiptState.DELIVERED
    if code in UNCERTAIN:
        return ReceiptState.WAITING
    return ReceiptState.FAILED if code or status in ("FAILED", "CANCEL") else ReceiptState.WAITING
