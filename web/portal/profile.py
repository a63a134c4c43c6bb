"""My profile: what DOVOL knows about me, and changing it one part at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.careers import CAREERS, find_careers
from bot.links import PAGES
from bot.wording import moment
from models.codes import FIELDS, OTHER_FIELD, SIDO_BY_CODE, SIDOS, region_by_codes
from models.masking import mask_name
from models.members import Level, Member
from models.profiles import (
    DAY_NAMES,
    FIELD_NAMES,
    LEVEL_NAMES,
    LONGEST_SCHOOL,
    YEARS,
    InvalidProfile,
    Typed,
    changes_of,
    free_days_of,
    mask_phone,
    update_profile,
)
from web.door import Guard, Route, Visit

Rows = list[tuple[str, str]]
Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Part:
    """What is changed together: its form's fields, those where several can be chosen, what is shown of it."""

    title: str
    fields: tuple[str, ...]
    rows: Callable[[Member], Rows]
    lists: tuple[str, ...] = ()


def my_profile(visit: Visit) -> ResponseReturnValue:
    """Show the profile; the telephone number only in part."""
    member = visit.member
    changes = [(named(each.fields), moment(each.at)) for each in changes_of(visit.db, member)]
    return render_template(
        "portal/profile/show.html",
        fixed=[("이름", member.name), ("생년월일", f"{member.birth_date:%Y년 %-m월 %-d일}")],
        parts=[(name, part.title, part.rows(member)) for name, part in PARTS.items()],
        guardian=_guardian_rows(member),
        changes=changes,
        dovol_url=PAGES["sign_up"].path,
    )


def edit_profile(visit: Visit, part: str) -> ResponseReturnValue:
    """Show the form of one part, filled with what is there."""
    return _form(part, _current(visit.member))


def change_profile(visit: Visit, part: str) -> ResponseReturnValue:
    """Change one part, once; the alert says in the chat that it was changed."""
    typed = _typed(_part(part))
    try:
        _check_careers(typed)
        fields = update_profile(visit.db, visit.member, typed, visit.now, session_id=visit.session.id)
    except InvalidProfile as invalid:
        visit.db.rollback()
        return _form(part, typed, invalid.errors), 422
    visit.commit()
    flash(
        "바꿨어요. 챗봇으로도 알려 줄게요." if fields else "바뀐 것이 없어요.",
        "success" if fields else "info",
    )
    return redirect(url_for(".my_profile"), 303)


def named(fields: Sequence[str] | frozenset[str]) -> str:
    """Return the fields by their names, in the order they always come: 학교, 학년."""
    return ", ".join(name for field, name in FIELD_NAMES.items() if field in fields)


def _part(name: str) -> Part:
    if name not in PARTS:
        abort(404)
    return PARTS[name]


def _form(name: str, typed: Typed, errors: dict[str, str] | None = None) -> str:
    part = _part(name)
    sido = request.values.get("sido_code", typed.get("sido_code", "")) if name == "region" else ""
    return render_template(
        f"portal/profile/{name}.html",
        title=part.title,
        part=name,
        typed=typed,
        errors=errors or {},
        levels=[("", "학교에 다니지 않아요"), *((str(int(k)), v) for k, v in LEVEL_NAMES.items())],
        grades=[
            ("", "학년 없음"),
            *((str(year), f"{year}학년") for year in range(1, max(YEARS.values()) + 1)),
        ],
        sidos=[("", "정하지 않을래요"), *((s.region.sido_code, s.region.sido_name) for s in SIDOS)],
        sido=SIDO_BY_CODE.get(str(sido)),
        sigungus=_sigungus(str(sido)),
        fields=[(code, name) for code, name in FIELDS.items() if code != OTHER_FIELD],
        careers=[(name, name) for name in CAREERS],
        weekdays=[(str(number), name) for number, name in enumerate(DAY_NAMES)],
        longest=LONGEST_SCHOOL,
    )


def _sigungus(sido_code: str) -> Options:
    sido = SIDO_BY_CODE.get(sido_code)
    if sido is None:
        return []
    return [
        ("", f"{sido.region.sido_name} 전체"),
        *((s.region.sigungu_code or "", s.name) for s in sido.sigungu),
    ]


def _typed(part: Part) -> dict[str, str | list[str]]:
    form = request.form
    return {
        name: form.getlist(name) if name in part.lists else form.get(name, "")
        for name in part.fields
    }  # fmt: skip


def _current(member: Member) -> dict[str, str | list[str]]:
    """Return the profile as its forms would send it."""
    region = region_by_codes(member.sido_code or "", member.sigungu_code)
    return {
        "school": member.school or "",
        "level": str(member.level or ""),
        "grade": str(member.grade or ""),
        "sido_code": region.sido_code if region else "",
        "sigungu_code": (region.sigungu_code if region else None) or "",
        "phone": member.phone or "",
        "interests": member.interests,
        "careers": _known_careers(member),
        "free_days": [str(number) for number in free_days_of(member)],
        "hours_goal": str(member.hours_goal or ""),
    }


def _known_careers(member: Member) -> list[str]:
    """Return the careers as the form names them: who once said 간호사 finds 간호·의료 chosen."""
    found = [
        [name] if name in CAREERS else [f.value.name for f in find_careers(name)] for name in member.careers
    ]
    return list(dict.fromkeys(name for names in found for name in names))


def _check_careers(typed: Typed) -> None:
    if any(name not in CAREERS for name in typed.get("careers", ())):
        raise InvalidProfile({"careers": "관심 진로를 목록에서 골라 주세요."})


def _school_rows(member: Member) -> Rows:
    level = LEVEL_NAMES.get(Level(member.level), "") if member.level else "다니지 않아요"
    year = f" {member.grade}학년" if member.grade else ""
    return [("학교", member.school or "아직 없어요"), ("학년", f"{level}{year}")]


def _region_rows(member: Member) -> Rows:
    region = region_by_codes(member.sido_code or "", member.sigungu_code)
    return [("사는 곳", region.name if region else "아직 없어요")]


def _contact_rows(member: Member) -> Rows:
    return [("전화번호", mask_phone(member.phone) if member.phone else "아직 없어요")]


def _interest_rows(member: Member) -> Rows:
    fields = ", ".join(FIELDS[code] for code in member.interests if code in FIELDS)
    return [("관심 분야", fields or "아직 없어요"), ("관심 진로", ", ".join(member.careers) or "아직 없어요")]


def _day_rows(member: Member) -> Rows:
    days = ", ".join(DAY_NAMES[number] for number in free_days_of(member))
    return [("요일", days or "아직 없어요")]


def _goal_rows(member: Member) -> Rows:
    return [("목표 시간", f"{member.hours_goal}시간" if member.hours_goal else "아직 없어요")]


def _guardian_rows(member: Member) -> Rows:
    if not member.guardian_name and not member.guardian_phone:
        return []
    name = mask_name(member.guardian_name) if member.guardian_name else "아직 없어요"
    phone = mask_phone(member.guardian_phone) if member.guardian_phone else "아직 없어요"
    return [("이름", name), ("전화번호", phone)]


PARTS: dict[str, Part] = {
    "school": Part("학교·학년", ("school", "level", "grade"), _school_rows),
    "region": Part("사는 곳", ("sido_code", "sigungu_code"), _region_rows),
    "contact": Part("연락처", ("phone",), _contact_rows),
    "interests": Part(
        "관심 분야·진로", ("interests", "careers"), _interest_rows, lists=("interests", "careers")
    ),
    "days": Part("봉사할 수 있는 요일", ("free_days",), _day_rows, lists=("free_days",)),
    "goal": Part("목표 시간", ("hours_goal",), _goal_rows),
}
"""Parts of the profile by the names their addresses and templates have."""

ROUTES = (
    Route("GET", "/me/profile", my_profile, Guard.STEPPED_UP),
    Route("GET", "/me/profile/<part>", edit_profile, Guard.STEPPED_UP),
    Route("POST", "/me/profile/<part>", change_profile, Guard.STEPPED_UP),
)
