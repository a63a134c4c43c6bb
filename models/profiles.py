"""A member's profile: what can be changed, how what was typed is read, and what was changed when.

Name and birth date are never changed here: hours and certificates hang on them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.codes import FIELDS, SIDO_BY_CODE
from models.events import EventKind, record_event
from models.members import Level, Member
from models.one_time_codes import digits_of
from models.phones import mobile_number

FIELD_NAMES: dict[str, str] = {
    "school": "학교",
    "level": "다니는 곳",
    "grade": "학년",
    "region": "사는 곳",
    "phone": "전화번호",
    "interests": "관심 분야",
    "careers": "관심 진로",
    "free_days": "봉사할 수 있는 요일",
    "hours_goal": "목표 시간",
}
"""What can be changed → what it is called, in the order it is named."""
LEVEL_NAMES: dict[Level, str] = {
    Level.ELEMENTARY: "초등학교",
    Level.MIDDLE: "중학교",
    Level.HIGH: "고등학교",
    Level.UNIVERSITY: "대학교",
}
YEARS: dict[Level, int] = {Level.ELEMENTARY: 6, Level.MIDDLE: 3, Level.HIGH: 3, Level.UNIVERSITY: 6}
"""School level → how many years it has; medicine takes six."""
DAY_NAMES = ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일")
"""Days of the week as their numbers count them: 0 is Monday."""
LONGEST_SCHOOL = 40
LONGEST_CAREER = 20
MOST_CHOSEN = 5
"""Fields of interest, and careers: who likes everything likes nothing in particular."""
MOST_HOURS = 999
_GOAL = re.compile(r"(\d{1,3})\s*(?:시간)?")

Typed = Mapping[str, str | Sequence[str]]
"""Form field → what was typed; ``interests``, ``careers`` and ``free_days`` are lists."""
Values = dict[str, Any]
"""Column of ``Member`` → value."""


class InvalidProfile(ValueError):
    """What was typed cannot be taken. ``errors``: form field → what to type instead."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(", ".join(self.errors))


class ProfileChange(Base):
    """One change of a profile: which fields, when, from where. Never the values."""

    __tablename__ = "profile_change"
    __table_args__ = (Index(None, "member_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    fields: Mapped[list[str]]
    """Keys of ``FIELD_NAMES``."""
    at: Mapped[datetime]
    via: Mapped[str]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("web_session.id", ondelete="SET NULL"))
    """The page session it was changed in."""


def update_profile(
    db: Session,
    member: Member,
    changes: Typed,
    now: datetime,
    *,
    via: str = "web",
    session_id: int | None = None,
) -> frozenset[str]:
    """Change the profile to what was typed; return the fields (of ``FIELD_NAMES``) that are different now.

    Form fields: ``school``; ``level`` with ``grade``; ``sido_code`` with ``sigungu_code``; ``phone``; ``interests``;
    ``careers``; ``free_days`` (numbers of weekdays); ``hours_goal``. What is not among ``changes`` stays, an empty one is taken away, other names count for
    nothing. The caller commits.

    Raises:
        InvalidProfile: something cannot be taken; then nothing was changed.
    """
    values = _read(changes)
    member.lock(db)
    db.refresh(member)
    for name in ("interests", "careers"):
        if name in values:
            values[name] = _in_order(getattr(member, name), values[name])
    changed = {name for name, value in values.items() if getattr(member, name) != value}
    for name in changed:
        setattr(member, name, values[name])
    fields = frozenset("region" if name in ("sido_code", "sigungu_code") else name for name in changed)
    if fields:
        note_change(db, member, fields, now, via=via, session_id=session_id)
    return fields


def note_change(
    db: Session,
    member: Member,
    fields: Collection[str],
    now: datetime,
    *,
    via: str,
    session_id: int | None = None,
) -> ProfileChange:
    """Keep which ``fields`` (of ``FIELD_NAMES``) were changed, and tell of it. The caller commits."""
    ordered = [name for name in FIELD_NAMES if name in fields]
    change = ProfileChange(member_id=member.id, fields=ordered, at=now, via=via, session_id=session_id)
    db.add(change)
    db.flush()
    record_event(
        db,
        EventKind.PROFILE_CHANGED,
        f"profile_change:{change.id}",
        1,
        member_id=member.id,
        data={"fields": ordered},
        now=now,
    )
    return change


def changes_of(db: Session, member: Member, limit: int = 5) -> list[ProfileChange]:
    """Return the last changes of the profile, the newest first."""
    query = select(ProfileChange).where(ProfileChange.member_id == member.id)
    return list(db.scalars(query.order_by(ProfileChange.at.desc(), ProfileChange.id.desc()).limit(limit)))


def free_days_of(member: Member) -> list[int]:
    """Return the weekdays a member has time on, 0 for Monday; none when nothing was said."""
    return [number for number in range(len(DAY_NAMES)) if (member.free_days or 0) >> number & 1]


def mask_phone(phone: str) -> str:
    """Return a telephone number as it may be shown: 010-****-1234."""
    digits = digits_of(phone)
    return f"{digits[:3]}-****-{digits[-4:]}" if len(digits) > 8 else "****"


def _read(typed: Typed) -> Values:
    values: Values = {}
    errors: dict[str, str] = {}
    for name, read in _READERS.items():
        try:
            values |= read(typed) if name in typed else {}
        except InvalidProfile as invalid:
            errors |= invalid.errors
    if errors:
        raise InvalidProfile(errors)
    return values


def _in_order(before: list[str], chosen: list[str]) -> list[str]:
    """Return what was chosen, what was there before first and in its old order: most liked comes first."""
    return [each for each in before if each in chosen] + [each for each in chosen if each not in before]


def _word(typed: Typed, name: str) -> str:
    """Return one typed value, with single blanks."""
    value = typed.get(name, "")
    return " ".join(value.split()) if isinstance(value, str) else ""


def _words(typed: Typed, name: str) -> list[str]:
    """Return the chosen values, each once."""
    value = typed.get(name, ())
    return list(dict.fromkeys([value] if isinstance(value, str) else value))


def _read_school(typed: Typed) -> Values:
    school = _word(typed, "school")
    if len(school) > LONGEST_SCHOOL or not school.isprintable():
        words = f"학교 이름은 기호 없이 {LONGEST_SCHOOL}글자까지 적을 수 있어요. 예: 보람중학교"
        raise InvalidProfile({"school": words})
    return {"school": school or None}


def _read_level(typed: Typed) -> Values:
    chosen, grade = _word(typed, "level"), _word(typed, "grade")
    if not chosen:
        return {"level": None, "grade": None}
    level = next((each for each in YEARS if str(int(each)) == chosen), None)
    if level is None:
        raise InvalidProfile({"level": "초등학교부터 대학교까지, 다니는 곳을 골라 주세요."})
    if grade not in map(str, range(1, YEARS[level] + 1)):
        words = f"{LEVEL_NAMES[level]}는 1학년부터 {YEARS[level]}학년까지예요. 학년을 다시 골라 주세요."
        raise InvalidProfile({"grade": words})
    return {"level": int(level), "grade": int(grade)}


def _read_region(typed: Typed) -> Values:
    chosen, part = _word(typed, "sido_code"), _word(typed, "sigungu_code")
    if not chosen:
        return {"sido_code": None, "sigungu_code": None}
    sido = SIDO_BY_CODE.get(chosen)
    if sido is None:
        raise InvalidProfile({"sido_code": "시·도를 목록에서 골라 주세요."})
    if part and part not in {each.region.sigungu_code for each in sido.sigungu}:
        words = f"{sido.region.sido_name}에 있는 시·군·구를 목록에서 골라 주세요."
        raise InvalidProfile({"sigungu_code": words})
    return {"sido_code": sido.region.sido_code, "sigungu_code": part or None}


def _read_phone(typed: Typed) -> Values:
    phone = _word(typed, "phone")
    if not phone:
        return {"phone": None}
    number = mobile_number(phone)
    if number is None:
        raise InvalidProfile({"phone": "휴대폰 번호를 010-0000-0000처럼 숫자 11자리로 적어 주세요."})
    return {"phone": number}


def _read_interests(typed: Typed) -> Values:
    codes = _words(typed, "interests")
    if any(code not in FIELDS for code in codes):
        raise InvalidProfile({"interests": "관심 분야를 목록에서 골라 주세요."})
    return {"interests": _few(codes, "interests", "관심 분야는")}


def _read_careers(typed: Typed) -> Values:
    careers = _words(typed, "careers")
    if any(not name or len(name) > LONGEST_CAREER or not name.isprintable() for name in careers):
        raise InvalidProfile({"careers": "관심 진로를 목록에서 골라 주세요."})
    return {"careers": _few(careers, "careers", "관심 진로는")}


def _read_days(typed: Typed) -> Values:
    chosen = _words(typed, "free_days")
    known = [str(number) for number in range(len(DAY_NAMES))]
    if any(each not in known for each in chosen):
        raise InvalidProfile({"free_days": "요일을 목록에서 골라 주세요."})
    return {"free_days": sum(1 << int(each) for each in chosen) or None}


def _few(chosen: list[str], name: str, subject: str) -> list[str]:
    if len(chosen) > MOST_CHOSEN:
        words = f"{subject} {MOST_CHOSEN}개까지 고를 수 있어요. {len(chosen) - MOST_CHOSEN}개를 빼 주세요."
        raise InvalidProfile({name: words})
    return chosen


def _read_goal(typed: Typed) -> Values:
    goal = _word(typed, "hours_goal")
    if not goal:
        return {"hours_goal": None}
    found = _GOAL.fullmatch(goal)
    if found is None or int(found[1]) == 0:
        raise InvalidProfile({"hours_goal": f"목표는 1부터 {MOST_HOURS}까지 숫자로 적어 주세요. 예: 40"})
    return {"hours_goal": int(found[1])}


_READERS: dict[str, Callable[[Typed], Values]] = {
    "school": _read_school,
    "level": _read_level,
    "sido_code": _read_region,
    "phone": _read_phone,
    "interests": _read_interests,
    "careers": _read_careers,
    "free_days": _read_days,
    "hours_goal": _read_goal,
}
"""Form field that must be there → how what was typed becomes values."""
