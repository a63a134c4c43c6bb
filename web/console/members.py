"""One member's contact data, for staff who help: found by DOVOL id, shown to who says why."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from models.members import Member
from models.staff import StaffRole
from web.console.door import Route, Visit
from web.console.reason import personal


def find_member(visit: Visit) -> ResponseReturnValue:
    """Show where a DOVOL id is typed."""
    return render_template("console/find_member.html", error="", typed="")


def found_member(visit: Visit) -> ResponseReturnValue:
    """Go to the member of a DOVOL id; it is sent in a form, so that it stands in no address."""
    typed = request.form.get("dovol_id", "").strip()
    known = typed.isprintable()  # PostgreSQL takes no NUL
    number = visit.db.scalar(select(Member.id).where(Member.dovol_id == typed)) if known else None
    if number is None:
        words = "이 아이디를 쓰는 회원이 없어요. 한 글자씩 다시 봐 주세요."
        return render_template("console/find_member.html", error=words, typed=typed), 422
    return redirect(url_for("console.member", number=number), 303)


def member(visit: Visit, number: int) -> ResponseReturnValue:
    """Show a member's contact data."""
    found = visit.db.get(Member, number) or abort(404)
    facts = [
        ("이름", found.name),
        ("생년월일", f"{found.birth_date:%Y년 %-m월 %-d일}"),
        ("전화번호", found.phone or "없어요"),
        ("두볼 아이디", found.dovol_id),
        ("학교", found.school or "없어요"),
        ("보호자", found.guardian_name or "없어요"),
        ("보호자 전화번호", found.guardian_phone or "없어요"),
    ]
    return render_template("console/member.html", facts=facts)


ROUTES = (
    Route("GET", "/console/members", find_member, StaffRole.OPERATOR),
    Route("POST", "/console/members", found_member, StaffRole.OPERATOR),
    *personal(
        "/console/members/<int(max=2147483647):number>",
        member,
        StaffRole.OPERATOR,
        "회원 정보",
        "member:{number}",
    ),
)
