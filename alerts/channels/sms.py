"""Short messages by NHN Cloud, API v3.0 (its documents: TOAST-DOCS/SMS on GitHub)."""

from __future__ import annotations

import re
from http import HTTPStatus

import requests

from alerts.channels import ChannelPermanent, ChannelRetryable
from alerts.channels.calls import TIMEOUT, Json, Key, Timeout, call
from alerts.channels.short_text import SMS_BYTES, readable, size

MOBILE = re.compile(r"01[016789][0-9]{7,8}")
URGENT_WORDS = ("인증", "비밀번호", "auth", "password", "verif")
"""A message with one of these may take the lane for authentication; others are refused there."""
NEVER = frozenset({-2001, -2014, -2015, -2018, -2019, -2023, -6001, -6003, -8000, -9997})
"""Result codes that speak of this text or this number; all others speak of the service or of our contract."""


class NhnSms:
    """Sends short messages from ``sender``, a number registered for us. Safe to use from several threads.

    ``url`` is https://api-sms.cloud.toast.com, or the simulator.
    """

    def __init__(
        self,
        url: str,
        app_key: str,
        secret_key: str,
        sender: str,
        session: requests.Session | None = None,
        timeout: Timeout = TIMEOUT,
    ) -> None:
        self._url = f"{url.rstrip('/')}/sms/v3.0/appKeys/{app_key}/sender"
        self._key, self._sender = Key("X-Secret-Key", secret_key), sender
        self._session, self._timeout = session or requests.Session(), timeout

    def send(self, phone: str, text: str) -> str:
        """Hand ``text`` over for ``phone``; return NHN's request id. See ``ShortMessages.send``."""
        words = readable(text)
        if size(words) > SMS_BYTES:
            raise ValueError(
                f"a short message holds {SMS_BYTES} bytes (45 Hangul), this one has {size(words)}"
            )
        body = {
            "body": words,
            "sendNo": self._sender,
            "recipientList": [{"recipientNo": _mobile(phone)}],
        }
        path = f"{self._url}/{_lane(words)}"
        status, answer = call(self._session, "POST", path, self._key, self._timeout, body)
        return _request_id(status, answer)


def _mobile(phone: str) -> str:
    digits = re.sub(r"[\s-]", "", phone)
    digits = re.sub(r"^\+?82", "0", digits) if digits.startswith(("+82", "82")) else digits
    if not MOBILE.fullmatch(digits):
        raise ChannelPermanent("this is no Korean mobile number")
    return digits


def _lane(words: str) -> str:
    return "auth/sms" if any(word in words.lower() for word in URGENT_WORDS) else "sms"


def _request_id(status: int, answer: Json) -> str:
    """Return the request id in ``answer`` if NHN took the request and its only recipient."""
    try:
        _accept(answer["header"])
        data = answer["body"]["data"]
        _accept(data["sendResultList"][0])
        return str(data["requestId"])
    except (KeyError, TypeError, IndexError):
        form = f"NHN's answer (HTTP {status}) has another form than we know"
        raise ChannelRetryable(form, maybe_sent=status < HTTPStatus.BAD_REQUEST) from None


def _accept(told: Json) -> None:
    code = told["resultCode"]
    if code != 0:
        reason = f"NHN says {code}: {told.get('resultMessage', '')}"
        raise ChannelPermanent(reason) if code in NEVER else ChannelRetryable(reason)
