"""The consent to link records with 1365: both sides as a picture, our side changed, and what was changed before."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from bot.wording import AGREE_1365, SIDE_NAMES, WITHDRAW_1365, day, link_next_step
from models.consents import agreed_on_dovol, consent_of, set_dovol_side
from models.refusals import Refused
from web.door import Guard, Route, Visit

_VIA = {"chat": "챗봇에서", "page": "화면에서"}
_AGREE, _WITHDRAW = "/me/consent-1365/agree", "/me/consent-1365/withdraw"


def my_consent(visit: Visit) -> ResponseReturnValue:
    """Draw both sides, say what is next, and list what was changed."""
    consent = consent_of(visit.db, visit.member)
    agreed = agreed_on_dovol(consent)
    return render_template(
        "portal/consent.html",
        agreed=agreed,
        site_1365=consent.site_1365_agreed if consent else None,
        names_differ=consent is not None and consent.names_differ,
        linked=consent is not None and consent.linked(both_sides=visit.rules.consent_both_sides),
        sides=SIDE_NAMES,
        next_step=link_next_step(consent, visit.rules),
        refusal="" if agreed else _refusal(visit),
        history=[
            (day(step.at.date(), visit.now.date()), step.dovol_agreed, _VIA.get(step.via, "두볼에서"))
            for step in reversed(consent.history if consent else [])
        ],
    )


def ask_agree(visit: Visit) -> ResponseReturnValue:
    """Say what agreeing means and ask; a child is led to a guardian first."""
    if agreed_on_dovol(consent_of(visit.db, visit.member)):
        return _back("이미 동의했어요.", "info")
    if refusal := _refusal(visit):
        return _guardian_first(refusal)
    return render_template("portal/change_consent.html", agree=True, action=_AGREE, rule=AGREE_1365)


def ask_withdraw(visit: Visit) -> ResponseReturnValue:
    """Say what withdrawing means and ask."""
    if not agreed_on_dovol(consent_of(visit.db, visit.member)):
        return _back("이미 동의하지 않은 상태예요.", "info")
    return render_template("portal/change_consent.html", agree=False, action=_WITHDRAW, rule=WITHDRAW_1365)


def agree_1365(visit: Visit) -> ResponseReturnValue:
    """Agree on our side."""
    if refusal := _refusal(visit):
        return _guardian_first(refusal)
    return _change(visit, agreed=True)


def withdraw_1365(visit: Visit) -> ResponseReturnValue:
    """Withdraw our side; a child may do so too."""
    return _change(visit, agreed=False)


def _change(visit: Visit, *, agreed: bool) -> ResponseReturnValue:
    """Set our side, once; the alert says so in the chat."""
    set_dovol_side(visit.db, visit.member, agreed=agreed, rules=visit.rules, via="page", now=visit.now)
    visit.commit()
    return _back("두볼에서 동의했어요!" if agreed else "두볼 동의를 취소했어요", "success")


def _refusal(visit: Visit) -> str:
    """Return why the member may not agree, empty when they may."""
    try:
        visit.member.check_guardian(visit.rules, visit.now.date())
    except Refused as refused:
        return refused.words
    return ""


def _guardian_first(words: str) -> ResponseReturnValue:
    return render_template("portal/guardian_first.html", words=words), 409


def _back(words: str, category: str) -> ResponseReturnValue:
    flash(words, category)
    return redirect(url_for(".my_consent"), 303)


ROUTES = (
    Route("GET", "/me/consent-1365", my_consent, Guard.STEPPED_UP),
    Route("GET", _AGREE, ask_agree, Guard.STEPPED_UP),
    Route("POST", _AGREE, agree_1365, Guard.STEPPED_UP),
    Route("GET", _WITHDRAW, ask_withdraw, Guard.STEPPED_UP),
    Route("POST", _WITHDRAW, withdraw_1365, Guard.STEPPED_UP),
)
