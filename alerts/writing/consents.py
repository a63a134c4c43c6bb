"""Alerts 8 and 9: our side of the consent to the link with 1365 was given, or taken back."""

from __future__ import annotations

from alerts.kinds import Dropped, Writing, Written
from alerts.writing.parts import asking, card
from bot.wording import SIDE_NAMES, day, link_next_step
from models.clock import SEOUL
from models.consents import Consent1365, consent_of
from models.members import Member

AGREED, CHANGED = 8, 9
SCOPE = "두볼에서 인정된 봉사시간"
"""What may flow to 1365."""
_PAGE = ("consent_1365", "", "연계 동의 보기")


def write_consent(writing: Writing) -> Written | Dropped:
    """Write that our side is agreed to, and what the other side still needs."""
    consent = _as_told(writing, agreed=True)
    if isinstance(consent, Dropped):
        return consent
    on, other = _day(writing, consent), SIDE_NAMES[consent.site_1365_agreed]
    facts = (("동의한 날", on), ("범위", SCOPE), ("두볼", SIDE_NAMES[True]), ("1365", other))
    text = writing.words.card(AGREED, 다음=link_next_step(consent, writing.rules))
    shown = card(AGREED, text, facts, asking("consent_1365"), page=_PAGE)
    variables = {"동의한날": on, "범위": SCOPE, "1365상태": other}
    return Written(shown, variables, writing.words.sms(AGREED))


def write_consent_changed(writing: Writing) -> Written | Dropped:
    """Write what our side was and is now, and what follows."""
    consent = _as_told(writing, agreed=False)
    if isinstance(consent, Dropped):
        return consent
    on, change = _day(writing, consent), f"{SIDE_NAMES[True]} → {SIDE_NAMES[False]}"
    facts = (("바뀐 날", on), ("두볼", change), ("1365", SIDE_NAMES[consent.site_1365_agreed]))
    shown = card(CHANGED, writing.words.card(CHANGED), facts, asking("consent_1365"), page=_PAGE)
    return Written(shown, {"바뀐날": on, "바뀐내용": change}, writing.words.sms(CHANGED))


def _as_told(writing: Writing, *, agreed: bool) -> Consent1365 | Dropped:
    """Return the consent, if it still stands as the event told."""
    member = writing.db.get(Member, writing.alert.object_id)
    consent = consent_of(writing.db, member) if member else None
    if consent is None:
        return Dropped("gone")
    if consent.version != writing.alert.version or consent.dovol_agreed is not agreed:
        return Dropped("overtaken")
    return consent


def _day(writing: Writing, consent: Consent1365) -> str:
    return day(consent.changed_at.astimezone(SEOUL).date(), writing.now.date())
