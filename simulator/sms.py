"""NHN Cloud's SMS, API v3.0: short and long texts, shown on ``/phone`` instead of sent, and told of when asked.

Fields and codes are NHN's own (TOAST-DOCS/SMS on GitHub). Those documents know no idempotency key, so a repeated send
arrives twice, as it would there. Where they are silent (a wrong secret) the simulator answers 401.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator import nhn
from simulator.delivery import Delivery
from simulator.faults import trouble_calls
from simulator.messages import Clock, Form, Json, Message, Messages
from simulator.nhn import Refused
from simulator.receipts import Envelope
from simulator.texts import LMS_BYTES, SMS_BYTES, TITLE_BYTES, cut, in_euc_kr

Kind: TypeAlias = Literal["SMS", "LMS", "AUTH"]

PROVIDER = "nhn_sms"
GOOD = "1000"
LONGEST, LONGEST_LMS, LONGEST_TITLE = 255, 4000, 120
"""Characters that are taken; what is over the bytes of a phone is cut on the way to it."""
MOST_RECIPIENTS = 1000
AUTH_WORDS = ("auth", "password", "verif", "にんしょう", "認証", "비밀번호", "인증")
NUMBER = re.compile(r"[0-9]{8,20}")
TOLD_OF_RESULTS = (
    "messageType",
    "requestId",
    "recipientSeq",
    "resultCode",
    "resultCodeName",
    "requestDate",
    "resultDate",
    "senderGroupingKey",
    "recipientGroupingKey",
)
STATUS = {"1": "요청", "3": "성공", "0": "실패"}
RESULTS = {
    GOOD: "성공",
    "2000": "전송 시간 초과",
    "2003": "단말기 전원 꺼짐",
    "3000": "전송할 수 없음",
    "3001": "가입자 없음",
    "3003": "수신 번호 형식 오류 또는 결번",
    "3006": "착신 거절",
    "3012": "스팸",
}


def received(text: str) -> str:
    """Return what arrives on the phone: ``text`` up to 90 bytes of EUC-KR."""
    return cut(text, SMS_BYTES)


@dataclass(frozen=True, slots=True)
class Lane:
    """One of NHN's ways for texts: its name in paths and answers."""

    kind: Kind
    path: str
    send_type: str

    @property
    def form(self) -> Form:
        """The form of what arrives."""
        return "lms" if self.kind == "LMS" else "sms"

    def words(self, body: Json) -> tuple[str, str]:
        """Return title and text in a request body.

        Raises:
            Refused: one of them is empty, too long, or not to be said here.

        """
        title, text = body.get("title", "") if self.form == "lms" else "", body.get("body")
        longest = LONGEST_LMS if self.form == "lms" else LONGEST
        if not isinstance(text, str) or not text.strip() or not isinstance(title, str):
            raise Refused(-2014, "The body can not be empty.")
        if self.form == "lms" and not title.strip():
            raise Refused(-2014, "The title can not be empty.")
        if len(text) > longest or len(title) > LONGEST_TITLE:
            raise Refused(-2015, "Title or Body exceed maximum byte.")
        if not all(in_euc_kr(char) for char in title + text):
            raise Refused(-2023, "Unacceptable characters in title and body")
        if self.kind == "AUTH" and not any(word in text.lower() for word in AUTH_WORDS):
            raise Refused(-8000, "The body must contain auth guide ment.")
        return title, text

    def shown(self, text: str) -> str:
        """Return what of ``text`` arrives on a phone."""
        return cut(text, LMS_BYTES) if self.form == "lms" else received(text)


LANES = (Lane("SMS", "sms", "0"), Lane("LMS", "mms", "1"), Lane("AUTH", "auth/sms", "2"))


def _sender(body: Json) -> str:
    number = body.get("sendNo")
    if not isinstance(number, str) or not re.fullmatch(r"[0-9]{3,13}", number):
        raise Refused(-2312, "Not regist sendno.")
    return number


def _recipients(body: Json) -> list[tuple[str, str]]:
    """Return number and recipientGroupingKey of each recipient."""
    people = body.get("recipientList")
    if not isinstance(people, list) or not people:
        raise Refused(-2001, "RecipientList can not be null.")
    if len(people) > MOST_RECIPIENTS:
        raise Refused(-2016, "The max recipient size is 1000.")
    entries = [person if isinstance(person, dict) else {} for person in people]
    return [(_number(entry), nhn.grouping_key(entry, "recipientGroupingKey") or "") for entry in entries]


def _number(sent: Json) -> str:
    number = sent.get("recipientNo") or re.sub("^82", "0", str(sent.get("internationalRecipientNo") or ""))
    if not number:
        raise Refused(-2018, "RecipientNo can not be empty.")
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise Refused(-2019, "RecipientNo is invalid.")
    return number


class Sms:
    """Takes texts, puts them on the phones and remembers what became of them."""

    def __init__(self, delivery: Delivery, clock: Clock) -> None:
        self._delivery, self._clock = delivery, clock
        self._kept = {lane.kind: Messages() for lane in LANES}

    def send(self, app_key: str, body: Any, lane: Lane) -> Json:
        """Return NHN's answer to a request body.

        Raises:
            Refused: NHN would not take it; no phone got anything.

        """
        sent = body if isinstance(body, dict) else {}
        words = lane.words(sent)
        sender, people = _sender(sent), _recipients(sent)
        group, now = nhn.grouping_key(sent, "senderGroupingKey"), self._clock()
        request_id = nhn.new_request_id(now)
        messages = [
            self._message(lane, words, sender, person, request_id, seq, now, group)
            for seq, person in enumerate(people, 1)
        ]
        self._deliver(app_key, messages, lane)
        data = {"requestId": request_id, "statusCode": "2", "senderGroupingKey": group}
        return data | {"sendResultList": [_result(message) for message in messages]}

    def search(self, lane: Lane, asked: Any, zone: Any) -> list[Json]:
        """Return the texts of ``lane`` that the query ``asked`` means, newest first.

        Raises:
            Refused: it names neither a request nor a span.

        """
        span = nhn.read_span(asked.get("startCreateDate", ""), asked.get("endCreateDate", ""), zone)
        span = span or nhn.read_span(asked.get("startRequestDate", ""), asked.get("endRequestDate", ""), zone)
        if not asked.get("requestId") and not span:
            raise Refused(-2011, "RequestId or start/endRequestDate or start/endCreateDate is required.")
        found = self._kept[lane.kind].search(asked.get("requestId", ""), asked.get("recipientNo", ""))
        if span:
            found = [m for m in found if span[0] <= m.at < span[1]]
        told = [self._told(message, lane) for message in reversed(found)]
        wanted = ("sendNo", "msgStatus", "resultCode", "senderGroupingKey", "recipientGroupingKey")
        return [t for t in told if all(t[name] == asked[name] for name in wanted if asked.get(name))]

    def one(self, lane: Lane, request_id: str, seq: str) -> Json:
        """Return one text.

        Raises:
            Refused: there is none.

        """
        found = self._kept[lane.kind].one(f"{request_id}/{seq}")
        if found is None:
            raise Refused(-2012, "Search parameter is invalid.(requestId and mtPr).")
        return self._told(found, lane)

    def results(self, asked: Any, zone: Any) -> list[Json]:
        """Return the results that became known within the span that the query ``asked`` names, oldest first.

        Raises:
            Refused: it names none.

        """
        span = nhn.read_span(asked.get("startUpdateDate", ""), asked.get("endUpdateDate", ""), zone)
        if not span:
            raise Refused(-1005, "Service parameter is invalid.")
        now, wanted = self._clock(), asked.get("messageType", "")
        lanes = [lane for lane in LANES if wanted in ("", lane.kind)]
        found = [(m, lane) for lane in lanes for m in self._kept[lane.kind].search()]
        found = [(m, lane) for m, lane in found if m.settled(now) and span[0] <= m.due < span[1]]
        told = [self._told(m, lane) for m, lane in sorted(found, key=lambda pair: pair[0].due)]
        return [{name: t[name] for name in TOLD_OF_RESULTS} | {"updateDate": t["resultDate"]} for t in told]

    def _message(
        self,
        lane: Lane,
        words: tuple[str, str],
        sender: str,
        person: tuple[str, str],
        request_id: str,
        seq: int,
        now: datetime,
        group: str | None,
    ) -> Message:
        (title, text), (number, key) = words, person
        return Message(
            id=f"{request_id}/{seq}",
            request=request_id,
            seq=seq,
            to=number,
            form=lane.form,
            text=text,
            at=now,
            due=self._delivery.due(PROVIDER, now),
            result=self._delivery.result(PROVIDER, GOOD, key, number),
            sender=sender,
            title=cut(title, TITLE_BYTES),
            key=key,
            group_key=group,
            shown=lane.shown(text),
            urgent=lane.kind == "AUTH",
        )

    def _deliver(self, app_key: str, messages: list[Message], lane: Lane) -> None:
        def body(items: Any, push: str, tried: int) -> Json:  # noqa: ARG001 - NHN counts no tries
            return nhn.webhook("SMS", app_key, push, items)

        def receipt(message: Message) -> Json:
            return _hook(message, lane, app_key)

        envelope = Envelope(PROVIDER, "header", 1, body)
        self._delivery.take(envelope, messages, self._kept[lane.kind], GOOD, receipt)

    def _told(self, message: Message, lane: Lane) -> Json:
        settled = message.settled(self._clock())
        status = ("3" if message.result == GOOD else "0") if settled else "1"
        return {
            "requestId": message.request,
            "requestDate": nhn.written(message.at),
            "resultDate": nhn.written(message.due) if settled else None,
            "title": message.title or None,
            "body": message.text,
            "sendNo": message.sender,
            "countryCode": "82",
            "recipientNo": message.to,
            "msgStatus": status,
            "msgStatusName": STATUS[status],
            "resultCode": message.result if settled else None,
            "resultCodeName": RESULTS.get(message.result, "기타") if settled else None,
            "recipientSeq": message.seq,
            "sendType": lane.send_type,
            "messageType": lane.kind,
            "messageCount": 1,
            "adYn": "N",
            "resultMessage": "",
            "senderGroupingKey": message.group_key,
            "recipientGroupingKey": message.key or None,
        }


def _result(message: Message) -> Json:
    result = {"recipientNo": message.to, "resultCode": 0, "resultMessage": "SUCCESS"}
    return result | {"recipientSeq": message.seq, "recipientGroupingKey": message.key or None}


def _hook(message: Message, lane: Lane, app_key: str) -> Json:
    path = f"/sms/v3.0/appKeys/{app_key}/sender/{lane.path}/{message.request}?recipientSeq={message.seq}"
    return {
        "hookId": nhn.new_request_id(message.due),
        "senderType": "NORMAL_MMS"
        if lane.kind == "LMS"
        else f"{'AUTH' if lane.kind == 'AUTH' else 'NORMAL'}_SMS",
        "requestId": message.request,
        "recipientSeq": message.seq,
        "requestDate": f"{message.at:%Y-%m-%dT%H:%M:%S}",
        "receiveDate": f"{message.due:%Y-%m-%dT%H:%M:%S}",
        "sendNo": message.sender,
        "recipientNo": message.to,
        "messageStatus": "COMPLETED" if message.result == GOOD else "FAILED",
        "recipientGroupingKey": message.key or None,
        "senderGroupingKey": message.group_key,
        "resultCode": message.result,
        "messageCount": 1,
        "_links": {"self": {"href": path}},
    }


def create_blueprint(sms: Sms, delivery: Delivery, secret_key: str, clock: Clock) -> Blueprint:
    """Return NHN's routes, which want ``X-Secret-Key: <secret_key>``."""
    blueprint = Blueprint("sms", __name__, url_prefix="/sms/v3.0/appKeys/<app_key>")
    trouble_calls(blueprint, PROVIDER, delivery.trouble)

    @blueprint.before_request
    def authorize() -> ResponseReturnValue | None:
        if nhn.knows_secret(request, secret_key):
            return None
        return jsonify({"header": nhn.header(-1000, "Invalid secretKey."), "body": None}), 401

    @blueprint.errorhandler(Refused)
    def refuse(refused: Refused) -> ResponseReturnValue:
        return jsonify({"header": nhn.header(refused.code, str(refused)), "body": None})

    @blueprint.get("/message-results")
    def results(app_key: str) -> ResponseReturnValue:  # noqa: ARG001 - any application's key is taken
        return _listed(sms.results(request.args, clock().tzinfo))

    for lane in LANES:
        _add_lane(blueprint, sms, lane, clock)
    return blueprint


def _add_lane(blueprint: Blueprint, sms: Sms, lane: Lane, clock: Clock) -> None:
    def send(app_key: str) -> ResponseReturnValue:
        return _answer({"data": sms.send(app_key, request.get_json(silent=True), lane)})

    def search(app_key: str) -> ResponseReturnValue:  # noqa: ARG001 - any application's key is taken
        return _listed(sms.search(lane, request.args, clock().tzinfo))

    def one(app_key: str, request_id: str) -> ResponseReturnValue:  # noqa: ARG001 - the same
        return _answer({"data": sms.one(lane, request_id, request.args.get("recipientSeq", ""))})

    path, name = f"/sender/{lane.path}", lane.kind.lower()
    blueprint.add_url_rule(path, f"send_{name}", send, methods=["POST"])
    blueprint.add_url_rule(path, f"search_{name}", search)
    blueprint.add_url_rule(f"{path}/<request_id>", f"one_{name}", one)


def _answer(body: Json) -> ResponseReturnValue:
    return jsonify({"header": nhn.header(0, "SUCCESS"), "body": body})


def _listed(found: list[Json]) -> ResponseReturnValue:
    data, number, size = nhn.page(found, request)
    return _answer({"pageNum": number, "pageSize": size, "totalCount": len(found), "data": data})
