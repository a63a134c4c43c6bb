"""The public check of a certificate: anybody who holds one can ask whether it is genuine. No log-in, no script."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from bot.memory import Memory
from models.certificates import CERTIFICATE_NAMES, CertificateType, verify
from models.clock import Clock
from models.database import Database
from web.forms import read_date

CHECKS_PER_MINUTE = 10
"""Checks one address may ask for: enough for a teacher with a pile of papers, too few to guess."""
_MINUTE = 60
_KINDS = tuple((kind.value, f"{name} ({kind.value})") for kind, name in CERTIFICATE_NAMES.items())


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a certificate."""

    kind: CertificateType
    number: str
    name: str
    birth_date: date


def create_blueprint(database: Database, memory: Memory, clock: Clock) -> Blueprint:
    """Return the page ``/verify``: GET shows the form, filled in from a QR code's address, POST answers."""
    blueprint = Blueprint("verify", __name__)

    @blueprint.get("/verify")
    def form() -> str:
        return _page(request.args)

    @blueprint.post("/verify")
    def check() -> ResponseReturnValue:
        if not _may_ask(memory, request.remote_addr):
            return render_template("verify/too_often.html"), 429, {"Retry-After": str(_MINUTE)}
        question = read_question(request.form)
        if not isinstance(question, Question):
            return _page(request.form, errors=question), 422
        with database.session() as db:
            genuine = verify(db, question.kind, question.number, question.name, question.birth_date)
        return _page(request.form, genuine=genuine, checked=f"{clock.now():%Y년 %-m월 %-d일 %H:%M}")

    @blueprint.after_request
    def keep_nothing(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint


def read_question(form: Mapping[str, str]) -> Question | dict[str, str]:
    """Return what is asked, or field → what to do, for what is empty or cannot be read; nothing is told of right."""
    kind, birth_date = _kind(form.get("type", "")), read_date(form.get("birth_date", ""))
    number, name = form.get("number", "").strip(), form.get("name", "").strip()
    if kind and number and name and birth_date:
        return Question(kind, number, name, birth_date)
    needed = (
        ("type", kind, "확인서 종류를 골라 주세요."),
        ("number", number, "발급번호를 적어 주세요. 확인서 왼쪽 위에 있어요."),
        ("name", name, "확인서에 적힌 이름을 적어 주세요."),
        ("birth_date", birth_date, "생년월일을 20100505처럼 숫자 8자리로 적어 주세요."),
    )
    return {field: words for field, value, words in needed if not value}


def _kind(code: str) -> CertificateType | None:
    return CertificateType(code) if code in set(CertificateType) else None


def _page(
    typed: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    genuine: bool | None = None,
    checked: str = "",
) -> str:
    return render_template(
        "verify/check.html", kinds=_KINDS, typed=typed, errors=errors or {}, genuine=genuine, checked=checked
    )


def _may_ask(memory: Memory, address: str | None) -> bool:
    """Count one more check from this address; without Redis nothing is counted and everybody may ask."""
    counter = f"verify:{household(address or '')}"
    asked, _ = memory.count_and_get(counter, _MINUTE, counter)
    return asked <= CHECKS_PER_MINUTE


def household(address: str) -> str:
    """Return what one asker cannot change at will: the address, of IPv6 the network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
