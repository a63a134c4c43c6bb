"""Alert 1: somebody changed the profile. Which fields, when; never what stands there now."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.kinds import Dropped, Writing, Written
from alerts.words import Words
from alerts.writing.parts import asking, card, press
from bot.wording import moment
from models.clock import SEOUL
from models.masking import mask_name
from models.members import Member
from models.profiles import FIELD_NAMES, ProfileChange

KIND = 1
_NAMED = 4
"""Fields a card has room to name."""


def write_profile(writing: Writing) -> Written | Dropped:
    """Write the alert for the member, or for the guardian of a child."""
    change = writing.db.get(ProfileChange, writing.alert.object_id)
    member = writing.db.get(Member, change.member_id) if change else None
    if change is None or member is None:
        return Dropped("gone")
    at = moment(change.at.astimezone(SEOUL))
    if writing.alert.recipient.startswith("guardian:"):
        return _to_guardian(writing.words, member, change.fields, at)
    text = writing.words.card(KIND)
    facts = (("바뀐 것", _few(change.fields)), ("바뀐 때", at))
    presses = (press("내가 안 바꿨어요", "my_data"), asking("change_profile"))
    shown = card(KIND, text, facts, *presses, page=("my_profile", "", "내 정보 보기"))
    return Written(shown, _variables(change.fields, at), writing.words.sms(KIND))


def _to_guardian(words: Words, member: Member, fields: Sequence[str], at: str) -> Written:
    """Say it to somebody who has no page here, in one text that stands alone."""
    child = mask_name(member.name)
    told = words.sms(KIND, "guardian", 이름=child, 바뀐것=_few(fields), 바뀐때=at)
    return Written(card(KIND, told, ()), _variables(fields, at), told)


def _variables(fields: Sequence[str], at: str) -> dict[str, str]:
    return {"바뀐것": ", ".join(_names(fields)), "바뀐때": at}


def _names(fields: Sequence[str]) -> list[str]:
    return [name for field, name in FIELD_NAMES.items() if field in fields]


def _few(fields: Sequence[str]) -> str:
    """Return the names of the fields, of many the first ones: 학교, 학년, 사는 곳 외 2개."""
    names = _names(fields)
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: _NAMED - 1])} 외 {len(names) - _NAMED + 1}개"
