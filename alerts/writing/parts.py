"""What the writers share: the frame of a card, the button into the conversation, dates in a few letters."""

from __future__ import annotations

import json
from datetime import date, datetime, time

from alerts.kinds import KINDS
from bot.replies import Scalar
from bot.wording import ASK, host_name, host_phone, short
from models.clock import SEOUL
from models.outbox import NoticeCard
from models.programs import ProgramSession

Facts = tuple[tuple[str, str], ...]
LONGEST_FACT = 40
"""Characters that stay within two lines of a phone, beside their label."""
UNKNOWN_PLACE = "기관에 물어봐 주세요"
_LONGEST_REASON = 60
_LONGEST_HOST = 24


def press(label: str, action: str, **data: Scalar) -> tuple[str, str, str]:
    """Return a button of a ``NoticeCard`` that runs an action."""
    return (label, action, json.dumps(data, ensure_ascii=False))


def asking(action: str, **data: Scalar) -> tuple[str, str, str]:
    """Return the button into the conversation about the thing an alert is about."""
    return press(ASK, action, **data)


def card(
    kind: int,
    text: str,
    facts: Facts,
    *presses: tuple[str, str, str],
    page: tuple[str, str, str] = ("", "", ""),
    map_query: str = "",
) -> NoticeCard:
    """Return the card of an alert under its official title. ``page`` is (name, record, label of its button)."""
    shortened = tuple((label, short(value, LONGEST_FACT)) for label, value in facts if value)
    name, record, button = page
    return NoticeCard(
        KINDS[kind].title, text, shortened, name, record, button, presses=presses, map_query=map_query
    )


def begins(session: ProgramSession) -> datetime:
    """Return when a session begins; the end of its first day where no time is known."""
    return datetime.combine(session.starts_on, session.begins_at or time(23, 59), SEOUL)


def contact(session: ProgramSession) -> str:
    """Return who runs a session with the telephone, as far as known; of the two the name is shortened."""
    return f"{short(host_name(session), _LONGEST_HOST)} {host_phone(session)}".strip()


def slashed(value: date) -> str:
    """Return a day for a short message: 12/5."""
    return f"{value.month}/{value.day}"


def said_by_host(reason: str | None) -> str:
    """Return what the host left as a sentence of its own, empty for nothing."""
    return f"기관이 남긴 말: {short(reason.strip(), _LONGEST_REASON)}" if reason and reason.strip() else ""
