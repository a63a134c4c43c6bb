"""My talents: what I offer, who wants it, offering one more and taking one back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.wording import OFFER_EXAMPLES, OFFER_LABELS, OFFER_NEXT, OFFER_WITHDRAW, offer_places, short
from models.outbox import NoticeCard
from models.ownership import own
from models.talents import (
    LIVE,
    LONGEST,
    OFFER_STATE_NAMES,
    OfferState,
    TalentOffer,
    check_withdraw,
    equal_offer,
    file_offer,
    offers_of,
    tidy,
    trouble,
    withdraw_offer,
)
from web.door import Route, Visit

_COLOURS: dict[OfferState, str] = {
    OfferState.FILED: "info",
    OfferState.MATCHED: "warning",
    OfferState.APPROVED: "success",
    OfferState.WITHDRAWN: "neutral",
}
"""State of an offer → state of the badge that names it."""
_STEPS: dict[OfferState, int] = {OfferState.FILED: 2, OfferState.MATCHED: 3, OfferState.APPROVED: 4}
"""State of an offer → the step it is at: filed, matched, approved, done."""


def my_talents(visit: Visit) -> ResponseReturnValue:
    """List them, the newest first."""
    offers = offers_of(visit.db, visit.member)
    return render_template(
        "portal/talents.html",
        offers=offers,
        names=OFFER_STATE_NAMES,
        colours=_COLOURS,
        today=visit.now.date(),
    )


def my_talent(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one, how far it is and who wants it."""
    offer = own(visit.db, visit.member, TalentOffer, number)
    return render_template(
        "portal/talent.html",
        offer=offer,
        state=OFFER_STATE_NAMES[offer.state],
        colour=_COLOURS[offer.state],
        told=OFFER_NEXT[offer.state],
        step=_STEPS.get(offer.state),
        can_withdraw=offer.state in LIVE,
        today=visit.now.date(),
    )


def new_talent(visit: Visit) -> ResponseReturnValue:
    """Show the form for one more."""
    visit.member.check_guardian(visit.rules, visit.now.date())
    return _form(visit, dict.fromkeys(OFFER_LABELS, ""), {})


def offer_talent(visit: Visit) -> ResponseReturnValue:
    """File what the form says, once; the alert says so in the chat."""
    answers = {name: tidy(request.form.get(name, "")) for name in OFFER_LABELS}
    errors = {
        name: f"{OFFER_LABELS[name]}: {wrong}"
        for name, answer in answers.items()
        if (wrong := trouble(answer))
    }
    if errors:
        return _form(visit, answers, errors), 400
    visit.member.lock(visit.db)
    known = equal_offer(visit.db, visit.member, **answers)
    offer = known or file_offer(visit.db, visit.member, **answers, rules=visit.rules, now=visit.now)
    visit.commit()
    flash(f"재능을 올려 뒀어요! {OFFER_NEXT[offer.state]}", "success")
    return redirect(url_for(".my_talent", number=offer.id), 303)


def ask_withdraw_talent(visit: Visit, number: int) -> ResponseReturnValue:
    """Ask before taking one back; where a host counts on it, say whom to call."""
    offer = own(visit.db, visit.member, TalentOffer, number)
    check_withdraw(offer)
    return render_template("portal/withdraw_talent.html", offer=offer, rule=OFFER_WITHDRAW)


def withdraw_talent(visit: Visit, number: int) -> ResponseReturnValue:
    """Take one back, once, and say so in the chat."""
    offer = own(visit.db, visit.member, TalentOffer, number)
    if withdraw_offer(visit.db, offer, visit.member):
        visit.tell(_withdrawn(offer))
    visit.commit()
    flash("재능나눔을 취소했어요. 다시 하고 싶으면 언제든 새로 올릴 수 있어요.", "success")
    return redirect(url_for(".my_talent", number=number), 303)


def _form(visit: Visit, answers: dict[str, str], errors: dict[str, str]) -> str:
    examples = OFFER_EXAMPLES | {"where": offer_places(visit.member)}
    return render_template(
        "portal/new_talent.html", answers=answers, errors=errors, examples=examples, longest=LONGEST
    )


def _withdrawn(offer: TalentOffer) -> NoticeCard:
    facts = tuple((label, short(getattr(offer, name))) for name, label in OFFER_LABELS.items())
    text = "화면에서 누른 대로 취소했어요."
    return NoticeCard("재능나눔을 취소했어요", text, facts, page="my_talent", record=str(offer.id))


ROUTES = (
    Route("GET", "/me/talents", my_talents),
    Route("GET", "/me/talents/new", new_talent),
    Route("POST", "/me/talents/new", offer_talent),
    Route("GET", "/me/talents/<int:number>", my_talent),
    Route("GET", "/me/talents/<int:number>/withdraw", ask_withdraw_talent),
    Route("POST", "/me/talents/<int:number>/withdraw", withdraw_talent),
)
