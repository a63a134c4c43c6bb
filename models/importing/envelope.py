"""The envelope both APIs wrap their rows in, as JSON or XML, with both kinds of error in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

SUCCESS = frozenset({"00", "0", "A01001"})
NO_DATA = "03"
AGAIN = frozenset({"01", "02", "04", "05", "23"})
"""Errors that pass: asking again helps."""
DAILY_LIMIT = "22"
MEANINGS: dict[str, str] = {
    "01": "제공 기관의 서비스에 오류가 났어요",
    "02": "제공 기관의 데이터베이스에 오류가 났어요",
    "04": "제공 기관과 연결이 끊겼어요",
    "05": "제공 기관이 제때 답하지 않았어요",
    "10": "요청 값이 잘못됐어요",
    "11": "꼭 필요한 요청 값이 빠졌어요",
    "12": "없어진 서비스예요. 주소를 확인해 주세요",
    "20": "이 서비스를 쓸 권한이 없어요. 활용 신청을 확인해 주세요",
    "21": "인증키가 잠시 막혔어요",
    "22": "하루 호출 한도를 다 썼어요. 내일 이어서 해 주세요",
    "23": "짧은 시간에 너무 많이 요청했어요",
    "29": "이 서버의 IP가 막혀 있어요",
    "30": "등록되지 않은 인증키예요. OPENAPI_SERVICE_KEY를 확인해 주세요",
    "31": "인증키 기간이 끝났어요. 활용 기간을 연장해 주세요",
    "32": "등록되지 않은 IP예요. 활용 신청에 서버 IP를 등록해 주세요",
    "33": "서명되지 않은 호출이에요",
}


class OpenApiError(Exception):
    """The API answered with an error. ``code`` is the API's own; the message names the next step in Korean."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        super().__init__(f"[{code}] {MEANINGS.get(code) or message or '모르는 오류예요'}")


class NotAnEnvelope(ValueError):
    """Data that is no answer of these APIs, or a broken one."""


class SomethingElse(NotAnEnvelope):
    """Sound data, but no answer of these APIs."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One page of rows."""

    rows: list[object]
    total: int


def read_envelope(data: bytes) -> Envelope:
    """Return the rows of an answer, whichever way it is written.

    Raises:
        OpenApiError: the answer is an error.
        SomethingElse: it is no answer of these APIs.
        NotAnEnvelope: it is broken, or holds entity declarations.
    """
    answer = _from_xml(data) if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _from_json(data)
    _raise_gateway_error(answer)
    answer = answer.get("response", answer)
    header, body = _part(answer, "header"), _part(answer, "body")
    if not header:
        raise SomethingElse("오픈API 응답이 아니에요(header가 없어요)")
    code = str(header.get("resultCode") or "")
    if code == NO_DATA:
        return Envelope([], 0)
    if code not in SUCCESS:
        raise OpenApiError(code or "없음", str(header.get("resultMsg") or ""))
    rows = _rows(body.get("items"))
    return Envelope(rows, _number(body.get("totalCount"), len(rows)))


def _raise_gateway_error(answer: dict[str, Any]) -> None:
    refusal = _part(answer, "OpenAPI_ServiceResponse") or answer
    refusal = _part(refusal, "cmmMsgHeader")
    if refusal:
        code = str(refusal.get("returnReasonCode") or "없음").zfill(2)
        raise OpenApiError(code, str(refusal.get("returnAuthMsg") or refusal.get("errMsg") or ""))


def _part(answer: object, name: str) -> dict[str, Any]:
    part = answer.get(name) if isinstance(answer, dict) else None
    return part if isinstance(part, dict) else {}


def _rows(items: object) -> list[object]:
    """One row is written as an object, none as an empty text, several as a list."""
    if isinstance(items, dict):
        items = items.get("item")
    if items is None or items == "":
        return []
    return items if isinstance(items, list) else [items]


def _number(value: object, default: int) -> int:
    text = str(value)
    return int(text) if text.isdecimal() else default


def _from_json(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotAnEnvelope(f"JSON을 읽을 수 없어요: {error}") from error
    if not isinstance(answer, dict):
        raise SomethingElse("오픈API 응답이 아니에요(객체가 아니에요)")
    return answer


def _from_xml(data: bytes) -> dict[str, Any]:
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise NotAnEnvelope(f"위험한 XML이라 읽지 않았어요: {type(error).__name__}") from error
    except (ParseError, ValueError, LookupError) as error:
        raise NotAnEnvelope(f"XML을 읽을 수 없어요: {error}") from error
    return {root.tag: _element(root)}


def _element(element: Element) -> Any:
    """Return an element as a JSON of this API would hold it; equal neighbours become a list."""
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = _element(child)
        if child.tag not in found:
            found[child.tag] = value
        elif isinstance(found[child.tag], list):
            found[child.tag].append(value)
        else:
            found[child.tag] = [found[child.tag], value]
    return found
