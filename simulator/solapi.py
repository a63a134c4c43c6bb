"""Solapi, message API v4: Alimtalk and text messages, taken and shown on ``/phone``.

Fields and codes are Solapi's (solapi/documents, solapi-python and solapi-nodejs on GitHub). Where those are silent the
simulator decides: every landline and 15xx number is registered as a sender and no mobile is, and the caller's own key is
the custom field ``key``, or the only one. The SMS by which Solapi stands in for a failed Alimtalk (``disableSms`` false)
is not played.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator.approvals import LONGEST_TEXT, Missing, Templates
from simulator.delivery import Delivery
from simulator.faults import trouble_calls
from simulator.messages import Clock, Form, Json, Message, Messages
from simulator.receipts import Envelope
from simulator.texts import LMS_BYTES, SMS_BYTES, TITLE_BYTES, in_euc_kr, size

PROVIDER = "solapi"
GOOD = "4000"
TAKEN = "2000"
MOST_MESSAGES = 10_000
CALLS = 5
"""How often a report is pushed until it is answered 200."""
SKEW = timedelta(minutes=15)
FORMS: dict[str, Form] = {"SMS": "sms", "LMS": "lms", "ATA": "alimtalk"}
TYPES = {form: name for name, form in FORMS.items()}
SENDER = re.compile(r"(?:0(?!1)[0-9]{7,10}|1[0-9]{7})")
NUMBER = re.compile(r"0?1[016789][0-9]{7,8}|0[2-8][0-9]{7,9}")
AUTHORIZATION = re.compile(r"HMAC-SHA256 +(.*)", re.IGNORECASE)
PAGE, LARGEST_PAGE = 20, 500
WORDS = {
    "1010": "필수 입력 값 미입력",
    "1013": "제목은 문자 타입이 'SMS'일 경우 사용이 불가능합니다.",
    "1014": "제목은 40byte까지 사용 가능합니다.",
    "1025": "잘못된 메시지 타입",
    "1026": "중복 수신번호",
    "1029": "EUC-KR 범위 안에 있는 문자만 사용 합니다.",
    "1031": "메시지 길이 초과",
    "1032": "유효한 커스텀 필드 값이 아닙니다.",
    "1041": "유효한 플러스 친구 값이 아닙니다.",
    "1042": "유효한 템플릿 아이디가 아닙니다.",
    "1062": "발신번호 미등록",
    TAKEN: "정상 접수(이통사로 접수 예정)",
    "3010": "수신번호 형식 오류",
    "3031": "전송할 수 없음",
    "3103": "메시지와 템플릿 불일치",
    "3104": "카카오톡 미사용자",
    "3105": "미등록 템플릿",
    "3107": "72시간 이내 카카오톡 미사용자, 알림톡 차단한 사용자",
    GOOD: "발송 처리 완료",
}


class Denied(Exception):
    """The call is not let in or not understood: its HTTP status, error code and words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class NotTaken(Exception):
    """One message is not taken; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(WORDS[code])
        self.code = code


class Door:
    """Lets calls in that are signed with the secret, each signature once."""

    def __init__(self, api_key: str, api_secret: str, clock: Clock) -> None:
        self._key, self._secret, self._clock = api_key, api_secret, clock
        self._used: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def check(self, authorization: str) -> None:
        """Check the header of a call.

        Raises:
            Denied: it is wrong, late or was used before.

        """
        given = _parts(authorization)
        if given.get("apikey") != self._key:
            raise Denied(403, "InvalidAPIKey", "유효한 API Key가 아닙니다.")
        date, salt = given.get("date", ""), given.get("salt", "")
        now = self._clock()
        if abs(_moment(date, now) - now) > SKEW:
            raise Denied(403, "RequestTimeTooSkewed", "시간 값이 서버 시간을 15분 이상 벗어났습니다.")
        signed = hmac.new(self._secret.encode(), (date + salt).encode(), hashlib.sha256).hexdigest()
        whole = 12 <= len(salt.encode()) <= 64
        if not whole or not hmac.compare_digest(signed.encode(), given.get("signature", "").encode()):
            raise Denied(403, "SignatureDoesNotMatch", "생성한 Signature가 일치하지 않습니다.")
        self._use_up(signed, now)

    def _use_up(self, signature: str, now: datetime) -> None:
        with self._lock:
            while self._used and next(iter(self._used.values())) < now - 2 * SKEW:
                del self._used[next(iter(self._used))]
            if signature in self._used:
                raise Denied(403, "DuplicatedSignature", "15분 안에 동일한 signature 값을 사용했습니다.")
            self._used[signature] = now


def _parts(authorization: str) -> dict[str, str]:
    """Return the parts of the header; their names in small letters, as clients write them in several ways."""
    found = AUTHORIZATION.fullmatch(authorization.strip())
    pairs = (part.partition("=") for part in found[1].split(",")) if found else ()
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _moment(date: str, now: datetime) -> datetime:
    """Return the moment in ISO 8601; far away when it is none."""
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return now + 2 * SKEW
    return moment if moment.tzinfo else now + 2 * SKEW


class Solapi:
    """Takes messages, remembers them and tells what became of them."""

    def __init__(self, templates: Templates, delivery: Delivery, clock: Clock) -> None:
        self._templates, self._delivery, self._clock = templates, delivery, clock
        self._kept = Messages()

    def send(self, body: Any) -> Json:
        """Return Solapi's answer to a request body.

        Raises:
            Denied: it holds no messages at all.

        """
        sent = body if isinstance(body, dict) else {}
        messages = sent.get("messages")
        if not isinstance(messages, list) or not 1 <= len(messages) <= MOST_MESSAGES:
            raise Denied(400, "ValidationError", f"messages must hold 1 to {MOST_MESSAGES} entries")
        now, group = self._clock(), _new_id("G4V", self._clock())
        taken, failed = self._sort_out(messages, group, now, alike=bool(sent.get("allowDuplicates")))
        if taken:
            envelope = Envelope(PROVIDER, "query", CALLS, _reports)
            self._delivery.take(
                envelope, taken, self._kept, GOOD, lambda message: _told(message, message.due)
            )
        answer = {"failedMessageList": failed, "groupInfo": _group(group, now, sent, len(taken), len(failed))}
        if sent.get("showMessageList"):
            answer["messageList"] = [_accepted(message) for message in taken]
        return answer

    def search(self, asked: Any) -> Json:
        """Return the page of messages that the query ``asked`` means, newest first."""
        wanted = _wanted(asked)
        if "messageId" in wanted:
            one = self._kept.one(wanted.pop("messageId"))
            found = [one] if one else []
        else:
            found = self._kept.search(wanted.pop("groupId", ""), wanted.pop("to", ""))[::-1]
        now = self._clock()
        told = [_told(message, now) for message in found]
        ids = {value for name in asked if name.startswith("messageIds") for value in asked.getlist(name)}
        told = [t for t in told if _fits(t, wanted, asked, ids)]
        limit = min(LARGEST_PAGE, max(1, asked.get("limit", PAGE, type=int)))
        start = next((n for n, t in enumerate(told) if t["messageId"] == asked.get("startKey")), 0)
        shown, rest = told[start : start + limit], told[start + limit :]
        page = {"startKey": asked.get("startKey"), "nextKey": rest[0]["messageId"] if rest else None}
        return page | {"limit": limit, "messageList": {t["messageId"]: t for t in shown}}

    def _sort_out(
        self, messages: Sequence[Any], group: str, now: datetime, *, alike: bool
    ) -> tuple[list[Message], list[Json]]:
        taken: list[Message] = []
        failed: list[Json] = []
        phones: set[str] = set()
        for seq, sent in enumerate(messages, 1):
            try:
                message = self._message(sent if isinstance(sent, dict) else {}, group, seq, now)
                _once(message, set() if alike else phones)
            except NotTaken as refused:
                failed.append(_failed(sent, refused, now))
                continue
            phones.add(message.to)
            taken.append(message)
        return taken, failed

    def _message(self, sent: Json, group: str, seq: int, now: datetime) -> Message:
        number, fields = _number(sent), _custom_fields(sent)
        form, key = _form(sent), _key(fields)
        sender = sent.get("from") or ""
        if (form != "alimtalk" or sender) and not SENDER.fullmatch(_digits(sender)):
            raise NotTaken("1062")
        if form == "alimtalk":
            title, (text, buttons, result) = "", self._filled(sent.get("kakaoOptions"))
        else:
            title, text, buttons, result = *_text(sent, form), (), GOOD
        if result == GOOD:
            result = self._delivery.result(PROVIDER, GOOD, key, number)
        return Message(
            id=_new_id("M4V", now),
            request=group,
            seq=seq,
            to=number,
            form=form,
            text=text,
            at=now,
            due=self._delivery.due(PROVIDER, now),
            result=result,
            sender=_digits(sender) or sent["kakaoOptions"]["pfId"],
            title=title,
            template=(sent.get("kakaoOptions") or {}).get("templateId", ""),
            buttons=buttons,
            key=key,
            fields=fields,
        )

    def _filled(self, options: Any) -> tuple[str, tuple[Json, ...], str]:
        """Return text, buttons and result of the template in ``kakaoOptions``."""
        told = options if isinstance(options, dict) else {}
        if not isinstance(told.get("pfId"), str) or not told["pfId"]:
            raise NotTaken("1041")
        template = self._templates.find(str(told.get("templateId") or ""))
        if template is None:
            raise NotTaken("1042")
        try:
            text, buttons = template.fill(_variables(told.get("variables")))
        except Missing:
            return template.text, (), "3103"
        if len(text) > LONGEST_TEXT:
            raise NotTaken("1031")
        return text, buttons, GOOD


def _once(message: Message, phones: set[str]) -> None:
    if message.to in phones:
        raise NotTaken("1026")


def _digits(number: Any) -> str:
    return str(number or "").replace("-", "")


def _number(sent: Json) -> str:
    number = _digits(sent.get("to"))
    if not number:
        raise NotTaken("1010")
    if not NUMBER.fullmatch(number):
        raise NotTaken("3010")
    return number


def _custom_fields(sent: Json) -> Json:
    fields = sent.get("customFields") or {}
    if not isinstance(fields, dict):
        raise NotTaken("1032")
    for name, value in fields.items():
        if not isinstance(value, str) or len(name) > 30 or len(value) > 100:
            raise NotTaken("1032")
    return fields


def _key(fields: Mapping[str, str]) -> str:
    if "key" in fields or len(fields) != 1:
        return fields.get("key", "")
    return next(iter(fields.values()))


def _form(sent: Json) -> Form:
    kind = str(sent.get("type") or "").upper()
    if not kind and sent.get("kakaoOptions"):
        return "alimtalk"
    if not kind:
        short = not sent.get("subject") and _bytes(str(sent.get("text") or "")) <= SMS_BYTES
        return "sms" if short else "lms"
    if kind not in FORMS:
        raise NotTaken("1025")
    return FORMS[kind]


def _bytes(text: str) -> int:
    if not all(in_euc_kr(char) for char in text):
        raise NotTaken("1029")
    return size(text)


def _text(sent: Json, form: Form) -> tuple[str, str]:
    text, title = sent.get("text"), sent.get("subject") or ""
    if not isinstance(text, str) or not text.strip():
        raise NotTaken("1010")
    if title and form == "sms":
        raise NotTaken("1013")
    if _bytes(title) > TITLE_BYTES:
        raise NotTaken("1014")
    if _bytes(text) > (SMS_BYTES if form == "sms" else LMS_BYTES):
        raise NotTaken("1031")
    return title, text


def _variables(sent: Any) -> dict[str, str]:
    """Return the variables by their names alone: Solapi's clients write them as ``#{name}``."""
    given = sent if isinstance(sent, dict) else {}
    return {name.removeprefix("#{").removesuffix("}"): str(value) for name, value in given.items()}


def _new_id(kind: str, now: datetime) -> str:
    return f"{kind}{now:%Y%m%d%H%M%S}{secrets.token_hex(8).upper()[:15]}"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _failed(sent: Any, refused: NotTaken, now: datetime) -> Json:
    given = sent if isinstance(sent, dict) else {}
    return {
        "to": str(given.get("to") or ""),
        "from": str(given.get("from") or ""),
        "type": str(given.get("type") or ("ATA" if given.get("kakaoOptions") else "SMS")),
        "country": "82",
        "messageId": _new_id("M4V", now),
        "statusCode": refused.code,
        "statusMessage": str(refused),
        "accountId": "local-account",
        "customFields": given.get("customFields") or {},
    }


def _accepted(message: Message) -> Json:
    told = {"messageId": message.id, "statusCode": TAKEN, "statusMessage": WORDS[TAKEN]}
    return told | {"customFields": dict(message.fields)}


def _group(group: str, now: datetime, sent: Json, taken: int, failed: int) -> Json:
    count = {"total": taken + failed, "sentTotal": 0, "sentFailed": 0, "sentSuccess": 0, "sentPending": 0}
    count |= {"sentReplacement": 0, "refund": 0, "registeredFailed": failed, "registeredSuccess": taken}
    money = {"requested": 0, "replacement": 0, "refund": 0, "sum": 0}
    return {
        "count": count,
        "countForCharge": {},
        "balance": money,
        "point": money,
        "app": {"profit": {}, "appId": None},
        "log": [],
        "status": "SENDING" if taken else "FAILED",
        "allowDuplicates": bool(sent.get("allowDuplicates")),
        "isRefunded": False,
        "accountId": "local-account",
        "masterAccountId": None,
        "apiVersion": "4",
        "groupId": group,
        "price": {},
        "dateCreated": _iso(now),
        "dateUpdated": _iso(now),
        "scheduledDate": None,
        "dateSent": _iso(now),
        "dateCompleted": None,
    }


def _told(message: Message, now: datetime) -> Json:
    """Return ``message`` as lists and reports tell it."""
    settled = message.settled(now)
    code = message.result if settled else TAKEN
    kakao = {"pfId": message.sender, "templateId": message.template or None, "disableSms": True}
    return {
        "messageId": message.id,
        "groupId": message.request,
        "accountId": "local-account",
        "type": TYPES[message.form],
        "country": "82",
        "to": message.to,
        "from": message.sender,
        "subject": message.title or None,
        "text": message.text,
        "status": "COMPLETE" if settled else "SENDING",
        "statusCode": code,
        "statusMessage": WORDS.get(code, "알 수 없는 메시지 상태"),
        "reason": WORDS.get(code) if settled else None,
        "networkCode": None,
        "customFields": dict(message.fields),
        "kakaoOptions": kakao if message.form == "alimtalk" else {},
        "replacement": False,
        "dateCreated": _iso(message.at),
        "dateUpdated": _iso(message.due if settled else message.at),
        "dateProcessed": _iso(message.at),
        "dateReported": _iso(message.due) if settled else None,
        "dateReceived": _iso(message.due) if settled and message.result == GOOD else None,
    }


def _wanted(asked: Any) -> dict[str, str]:
    """Return what a query asks for by name, or by criteria, cond and value, which are lists with commas."""
    names = ("messageId", "groupId", "to", "from", "type", "statusCode")
    wanted = {name: asked[name] for name in names if asked.get(name)}
    criteria = (asked.get(name, "").split(",") for name in ("criteria", "cond", "value"))
    return wanted | {
        name: value for name, cond, value in zip(*criteria, strict=False) if cond == "eq" and name
    }


def _fits(told: Json, wanted: Mapping[str, str], asked: Any, ids: set[str]) -> bool:
    stamp = _moment_of(told["dateUpdated" if asked.get("dateType") == "UPDATED" else "dateCreated"])
    start, end = asked.get("startDate", ""), asked.get("endDate", "")
    inside = (not start or stamp >= _moment_of(start)) and (not end or stamp <= _moment_of(end))
    named = not ids or told["messageId"] in ids
    return inside and named and all(str(told.get(name)) == value for name, value in wanted.items())


def _moment_of(words: str) -> datetime:
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise Denied(400, "ValidationError", "dates must be ISO 8601") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _reports(items: Sequence[Json], push: str, tried: int) -> list[Json]:
    return [{"eventDataId": f"{push}-{n}", "retryCount": tried, "data": item} for n, item in enumerate(items)]


def create_blueprint(solapi: Solapi, delivery: Delivery, door: Door) -> Blueprint:
    """Return Solapi's routes, whose calls ``door`` lets in."""
    blueprint = Blueprint("solapi", __name__, url_prefix="/messages/v4")
    trouble_calls(blueprint, PROVIDER, delivery.trouble)

    @blueprint.before_request
    def authorize() -> None:
        door.check(request.headers.get("Authorization", ""))

    @blueprint.errorhandler(Denied)
    def deny(denied: Denied) -> ResponseReturnValue:
        return jsonify({"errorCode": denied.code, "errorMessage": str(denied)}), denied.status

    @blueprint.post("/send-many/detail")
    def send() -> ResponseReturnValue:
        return jsonify(solapi.send(request.get_json(silent=True)))

    @blueprint.get("/list")
    def search() -> ResponseReturnValue:
        return jsonify(solapi.search(request.args))

    return blueprint
