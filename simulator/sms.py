"""NHN Cloud's SMS, API v3.0: takes short messages and shows them on ``/phone`` instead of sending them.

Its result codes are NHN's own. Where NHN's documents are silent (a wrong secret) the simulator answers 401.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from simulator.feed import Feed, Json

Clock: TypeAlias = Callable[[], datetime]

LONGEST = 255
"""Characters that are taken; what is over 90 bytes is cut on the way to the phone."""
PHONE_BYTES = 90
MOST_RECIPIENTS = 1000
AUTH_WORDS = ("auth", "password", "verif", "にんしょう", "認証", "비밀번호", "인증")
NUMBER = re.compile(r"[0-9]{8,20}")


class Refused(Exception):
    """The request is none that NHN takes: its code and its words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def received(text: str) -> str:
    """Return what arrives on the phone: ``text`` up to 90 bytes of EUC-KR."""
    spent = 0
    for place, char in enumerate(text):
        spent += len(char.encode("euc_kr"))
        if spent > PHONE_BYTES:
            return text[:place]
    return text


def _words(body: Any, *, auth: bool) -> str:
    text = body.get("body") if isinstance(body, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise Refused(-2014, "The body can not be empty.")
    if len(text) > LONGEST:
        raise Refused(-2015, "Title or Body exceed maximum byte.")
    if not all(_in_euc_kr(char) for char in text):
        raise Refused(-2023, "Unacceptable characters in title and body")
    if auth and not any(word in text.lower() for word in AUTH_WORDS):
        raise Refused(-8000, "The body must contain auth guide ment.")
    return text


def _in_euc_kr(char: str) -> bool:
    """Tell whether ``char`` is one or two bytes: Python also encodes rare syllables, as eight."""
    try:
        return len(char.encode("euc_kr")) <= 2
    except UnicodeEncodeError:
        return False


def _sender(body: Json) -> str:
    number = body.get("sendNo")
    if not isinstance(number, str) or not re.fullmatch(r"[0-9]{3,13}", number):
        raise Refused(-2312, "Not regist sendno.")
    return number


def _recipients(body: Json) -> list[str]:
    people = body.get("recipientList")
    if not isinstance(people, list) or not people:
        raise Refused(-2001, "RecipientList can not be null.")
    if len(people) > MOST_RECIPIENTS:
        raise Refused(-2016, "The max recipient size is 1000.")
    return [_number(person) for person in people]


def _number(person: Any) -> str:
    sent = person if isinstance(person, dict) else {}
    number = sent.get("recipientNo") or re.sub("^82", "0", str(sent.get("internationalRecipientNo") or ""))
    if not number:
        raise Refused(-2018, "RecipientNo can not be empty.")
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise Refused(-2019, "RecipientNo is invalid.")
    return number


def _header(code: int, message: str) -> Json:
    return {"isSuccessful": code == 0, "resultCode": code, "resultMessage": message}


class Sms:
    """Takes messages and puts them on the phones."""

    def __init__(self, feed: Feed, clock: Clock) -> None:
        self._feed, self._clock = feed, clock

    def send(self, body: Any, *, auth: bool) -> Json:
        """Return NHN's answer to a request body; ``auth`` is the urgent lane.

        Raises:
            Refused: NHN would not take it; no phone got anything.

        """
        text = _words(body, auth=auth)
        sender, numbers = _sender(body), _recipients(body)
        request_id = self._clock().strftime("%Y%m%d%H%M%S") + secrets.token_hex(3)
        shown = received(text)
        for number in numbers:
            news = {"text": shown, "sender": sender, "cut": shown != text, "auth": auth}
            self._feed.publish("sms", number, news)
        data = {"requestId": request_id, "statusCode": "2", "senderGroupingKey": None}
        return data | {"sendResultList": [_result(place, n) for place, n in enumerate(numbers, 1)]}


def _result(place: int, number: str) -> Json:
    result = {"recipientNo": number, "resultCode": 0, "resultMessage": "SUCCESS"}
    return result | {"recipientSeq": place, "recipientGroupingKey": None}


def create_blueprint(sms: Sms, secret_key: str) -> Blueprint:
    """Return NHN's two routes, which want ``X-Secret-Key: <secret_key>``, and the phone's page."""
    blueprint = Blueprint("sms", __name__)

    def take(*, auth: bool) -> ResponseReturnValue:
        if not hmac.compare_digest(request.headers.get("X-Secret-Key", "").encode(), secret_key.encode()):
            return jsonify({"header": _header(-1000, "Invalid secretKey."), "body": None}), 401
        try:
            data = sms.send(request.get_json(silent=True), auth=auth)
        except Refused as refused:
            return jsonify({"header": _header(refused.code, str(refused)), "body": None})
        return jsonify({"header": _header(0, "SUCCESS"), "body": {"data": data}})

    @blueprint.post("/sms/v3.0/appKeys/<app_key>/sender/sms")
    def send(app_key: str) -> ResponseReturnValue:  # noqa: ARG001 - any application's key is taken
        return take(auth=False)

    @blueprint.post("/sms/v3.0/appKeys/<app_key>/sender/auth/sms")
    def send_auth(app_key: str) -> ResponseReturnValue:  # noqa: ARG001 - any application's key is taken
        return take(auth=True)

    @blueprint.get("/phone")
    def phone() -> str:
        return render_template("phone.html")

    return blueprint
