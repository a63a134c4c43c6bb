"""NHN Cloud's Alimtalk, API v2.3: fills approved templates and shows them on ``/phone`` as KakaoTalk would.

Fields and codes are NHN's (TOAST-DOCS/Alimtalk on GitHub). As there, a repeated ``X-NC-API-IDEMPOTENCY-KEY`` fails with
-1005 for ten minutes: the first answer is not given again, so whoever lost it asks by the recipientGroupingKey.
Where the documents are silent the simulator decides: a wrong secret is HTTP 401, a key is used up by any request of the
right form, a message under way has the status ``SENDING``, and a value is too long (3025) over ``LONGEST_VALUE``
characters. Messages by which SMS would stand in (resendParameter) are not played.
"""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from simulator import nhn
from simulator.approvals import LONGEST_TEXT, Missing, Templates
from simulator.delivery import Delivery
from simulator.faults import trouble_calls
from simulator.messages import Clock, Json, Message, Messages
from simulator.nhn import Refused
from simulator.receipts import Envelope

PROVIDER = "nhn_alimtalk"
GOOD = "1000"
MOST_RECIPIENTS = 1000
LONGEST_VALUE = 300
IDEMPOTENT = timedelta(minutes=10)
NUMBER = re.compile(r"(?:\+?82|0)1[016789][0-9]{7,8}")
TOLD_OF_RESULTS = (
    "requestId",
    "recipientSeq",
    "requestDate",
    "createDate",
    "receiveDate",
    "resendStatus",
    "resendStatusName",
    "messageStatus",
    "resultCode",
    "resultCodeName",
)
"""Not the grouping keys: NHN does not tell them here."""
RESULTS = {
    GOOD: "성공",
    "3005": "메시지를 발송했으나 수신 확인이 안 됨(성공 불확실)",
    "3008": "전화번호 오류",
    "3014": "메시지 길이 제한 오류",
    "3015": "템플릿을 찾을 수 없음",
    "3016": "메시지 내용이 템플릿과 일치하지 않음",
    "3018": "메시지를 전송할 수 없음",
    "3019": "카카오톡 미사용자",
    "3020": "알림톡 수신 차단",
    "3022": "메시지 발송 가능한 시간이 아님",
    "3025": "변수 글자수 제한 초과",
}
REPEATED = "The same 'X-NC-API-IDEMPOTENCY-KEY' was used within the last 10 minute."


class Idempotency:
    """The keys of the last ten minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def claim(self, key: str) -> None:
        """Use ``key`` up; an empty one never is.

        Raises:
            Refused: it was used before.

        """
        now = self._clock()
        with self._lock:
            while self._used and next(iter(self._used.values())) <= now - IDEMPOTENT:
                del self._used[next(iter(self._used))]
            if key in self._used:
                raise Refused(-1005, REPEATED)
            if key:
                self._used[key] = now


class Alimtalk:
    """Takes messages, remembers them and tells what became of them."""

    def __init__(self, templates: Templates, delivery: Delivery, clock: Clock) -> None:
        self._templates, self._delivery, self._clock = templates, delivery, clock
        self._kept = Messages()
        self._keys = Idempotency(clock)

    def send(self, app_key: str, body: Any, key: str) -> tuple[Json, Json]:
        """Return header and message of NHN's answer to a request body; ``key`` is the idempotency key.

        Raises:
            Refused: NHN would not take it; no phone got anything.

        """
        sent = body if isinstance(body, dict) else {}
        people = _check(sent)
        self._keys.claim(key)
        now = self._clock()
        request_id, group = nhn.new_request_id(now), nhn.grouping_key(sent, "senderGroupingKey")
        results, taken = [], []
        for seq, person in enumerate(people, 1):
            code, words = 0, "SUCCESS"
            try:
                taken.append(self._message(sent, person, request_id, seq, now, group))
            except Refused as refused:
                code, words = refused.code, str(refused)
            results.append(_result(person, seq, code, words))
        self._deliver(app_key, taken)
        header = (
            nhn.header(0, "SUCCESS") if taken else nhn.header(-1031, "All of receivers are failed to send.")
        )
        return header, {"requestId": request_id, "senderGroupingKey": group, "sendResults": results}

    def one(self, request_id: str, seq: int) -> Json:
        """Return one message.

        Raises:
            Refused: there is none.

        """
        found = self._kept.one(f"{request_id}/{seq}")
        if found is None:
            raise Refused(
                -1016, "It is not found any messages responding with that requestId or recipientSeq."
            )
        buttons = [{"ordering": n, **button} for n, button in enumerate(found.buttons, 1)]
        return self._told(found) | {"buttons": buttons, "quickReplies": []}

    def search(self, asked: Any, zone: Any) -> list[Json]:
        """Return the messages that the query ``asked`` means, newest first.

        Raises:
            Refused: it names neither a request nor a span.

        """
        span = nhn.read_span(asked.get("startRequestDate", ""), asked.get("endRequestDate", ""), zone)
        span = span or nhn.read_span(asked.get("startCreateDate", ""), asked.get("endCreateDate", ""), zone)
        if not asked.get("requestId") and not span:
            raise Refused(4, "requestId or startRequestDate and endRequestDate are required.")
        found = self._kept.search(asked.get("requestId", ""), asked.get("recipientNo", ""))
        if span:
            found = [m for m in found if span[0] <= m.at < span[1]]
        told = [self._told(message) for message in reversed(found)]
        wanted = ("templateCode", "senderGroupingKey", "recipientGroupingKey", "messageStatus", "senderKey")
        return [t for t in told if all(t[name] == asked[name] for name in wanted if asked.get(name))]

    def results(self, asked: Any, zone: Any) -> list[Json]:
        """Return the results that became known within the span that the query ``asked`` names, oldest first.

        Raises:
            Refused: it names none.

        """
        span = nhn.read_span(asked.get("startUpdateDate", ""), asked.get("endUpdateDate", ""), zone)
        if not span:
            raise Refused(4, "startUpdateDate and endUpdateDate are required.")
        now = self._clock()
        found = [m for m in self._kept.search() if m.settled(now) and span[0] <= m.due < span[1]]
        told = [self._told(m) for m in sorted(found, key=lambda m: m.due)]
        return [{name: t[name] for name in TOLD_OF_RESULTS} for t in told]

    def _message(
        self, sent: Json, person: Json, request_id: str, seq: int, now: datetime, group: str | None
    ) -> Message:
        number, values = _number(person), _values(person)
        key = nhn.grouping_key(person, "recipientGroupingKey") or ""
        text, buttons, result = self._filled(sent["templateCode"], values)
        return Message(
            id=f"{request_id}/{seq}",
            request=request_id,
            seq=seq,
            to=number,
            form="alimtalk",
            text=text,
            at=now,
            due=self._delivery.due(PROVIDER, now),
            result=result if result != GOOD else self._delivery.result(PROVIDER, GOOD, key, number),
            sender=sent["senderKey"],
            template=sent["templateCode"],
            buttons=buttons,
            key=key,
            group_key=group,
        )

    def _filled(self, code: str, values: Json) -> tuple[str, tuple[Json, ...], str]:
        """Return text, buttons and result of a template; what Kakao would refuse has another result than GOOD."""
        template = self._templates.find(code)
        if template is None:
            return "", (), "3015"
        try:
            text, buttons = template.fill(values)
        except Missing:
            raise Refused(-3004, "Please check template parameter.") from None
        if any(len(value) > LONGEST_VALUE for value in values.values()):
            return text, buttons, "3025"
        return text, buttons, "3014" if len(text) > LONGEST_TEXT else GOOD

    def _deliver(self, app_key: str, taken: list[Message]) -> None:
        def body(items: Any, push: str, tried: int) -> Json:  # noqa: ARG001 - NHN counts no tries
            return nhn.webhook("KakaoTalk Bizmessage", app_key, push, items)

        def receipt(message: Message) -> Json:
            return _hook(message, app_key)

        if taken:
            self._delivery.take(Envelope(PROVIDER, "header", 1, body), taken, self._kept, GOOD, receipt)

    def _told(self, message: Message) -> Json:
        settled = message.settled(self._clock())
        status = "COMPLETED" if message.result == GOOD else "FAILED"
        return {
            "requestId": message.request,
            "recipientSeq": message.seq,
            "plusFriendId": "@보람",
            "senderKey": message.sender,
            "templateCode": message.template,
            "recipientNo": message.to,
            "content": message.text,
            "requestDate": nhn.written(message.at),
            "createDate": nhn.written(message.at),
            "receiveDate": nhn.written(message.due) if settled and message.result == GOOD else None,
            "resendStatus": "RSC01",
            "resendStatusName": "대체 발송 미대상",
            "messageStatus": status if settled else "SENDING",
            "resultCode": message.result if settled else None,
            "resultCodeName": RESULTS.get(message.result, "기타 오류") if settled else None,
            "createUser": None,
            "senderGroupingKey": message.group_key,
            "recipientGroupingKey": message.key or None,
        }


def _check(sent: Json) -> list[Any]:
    for name, longest in (("senderKey", 40), ("templateCode", 20)):
        if not isinstance(sent.get(name), str) or not sent[name].strip():
            raise Refused(-2001, f"The '{name}' must not be blank.")
        if len(sent[name]) > longest:
            raise Refused(-2000, f"The '{name}' must be at less than or equal to {longest}.")
    people = sent.get("recipientList")
    if not isinstance(people, list) or not 1 <= len(people) <= MOST_RECIPIENTS:
        raise Refused(-2004, f"The 'recipientList' must be between 1 and {MOST_RECIPIENTS}.")
    if not all(isinstance(person, dict) for person in people):
        raise Refused(-3002, "Field is not valid.")
    return people


def _number(person: Json) -> str:
    number = person.get("recipientNo")
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise Refused(-4019, "Invalid recipient number.")
    return re.sub(r"^\+?82", "0", number)


def _values(person: Json) -> Json:
    values = person.get("templateParameter") or {}
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise Refused(-3004, "Please check template parameter.")
    return values


def _result(person: Json, seq: int, code: int, words: str) -> Json:
    result = {"recipientSeq": seq, "recipientNo": person.get("recipientNo"), "resultCode": code}
    return result | {"resultMessage": words, "recipientGroupingKey": person.get("recipientGroupingKey")}


def _hook(message: Message, app_key: str) -> Json:
    path = f"/alimtalk/v2.3/appkeys/{app_key}/messages/{message.request}/{message.seq}"
    return {
        "kakaoMessageType": "ALIMTALK_NORMAL",
        "requestId": message.request,
        "recipientSeq": message.seq,
        "requestDate": nhn.written(message.at),
        "createDate": nhn.written(message.at),
        "receiveDate": nhn.written(message.due),
        "recipientNo": message.to,
        "resultCode": message.result,
        "senderGroupingKey": message.group_key,
        "recipientGroupingKey": message.key or None,
        "isAddedChannel": None,
        "_links": {"self": {"href": path}},
        "hookId": nhn.new_request_id(message.due),
    }


def create_blueprint(alimtalk: Alimtalk, delivery: Delivery, secret_key: str, clock: Clock) -> Blueprint:
    """Return NHN's routes, which want ``X-Secret-Key: <secret_key>``."""
    blueprint = Blueprint("alimtalk", __name__, url_prefix="/alimtalk/v2.3/appkeys/<app_key>")
    trouble_calls(blueprint, PROVIDER, delivery.trouble)

    @blueprint.before_request
    def authorize() -> ResponseReturnValue | None:
        if nhn.knows_secret(request, secret_key):
            return None
        return jsonify({"header": nhn.header(-1001, "Invalid secretKey.")}), 401

    @blueprint.errorhandler(Refused)
    def refuse(refused: Refused) -> ResponseReturnValue:
        return jsonify({"header": nhn.header(refused.code, str(refused))})

    @blueprint.post("/messages")
    def send(app_key: str) -> ResponseReturnValue:
        key = request.headers.get("X-NC-API-IDEMPOTENCY-KEY", "")
        header, message = alimtalk.send(app_key, request.get_json(silent=True), key)
        return jsonify({"header": header, "message": message})

    @blueprint.get("/messages")
    def search(app_key: str) -> ResponseReturnValue:  # noqa: ARG001 - any application's key is taken
        found = alimtalk.search(request.args, clock().tzinfo)
        messages, _, _ = nhn.page(found, request)
        told = {"messages": messages, "totalCount": len(found)}
        return jsonify({"header": nhn.header(0, "SUCCESS"), "messageSearchResultResponse": told})

    @blueprint.get("/messages/<request_id>/<int:seq>")
    def one(app_key: str, request_id: str, seq: int) -> ResponseReturnValue:  # noqa: ARG001 - the same
        return jsonify({"header": nhn.header(0, "SUCCESS"), "message": alimtalk.one(request_id, seq)})

    @blueprint.get("/message-results")
    def results(app_key: str) -> ResponseReturnValue:  # noqa: ARG001 - the same
        messages, _, _ = nhn.page(alimtalk.results(request.args, clock().tzinfo), request)
        return jsonify({"header": nhn.header(0, "SUCCESS"), "messages": messages})

    return blueprint
