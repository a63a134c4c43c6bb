"""The link with 1365: where it stands on both sides, and our side of the consent."""

from __future__ import annotations

import re

from actions.faq import topic_chips
from actions.members import for_members
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Card, Fact, Link, Press, Question, Reply, Say
from bot.wording import AGREE_1365, SIDE_NAMES, WITHDRAW_1365, day, link_next_step
from models.consents import agreed_on_dovol, consent_of, set_dovol_side
from models.members import Member
from models.refusals import Refused

ACTION = "consent_1365"
_AGREE = re.compile(
    r"동의\s?(?:다시\s?)?(?:할|해\s?줘|하고\s?싶|하겠)|연[계동결]\s?(?:할|해\s?줘|해\s?주|하고\s?싶|시켜|부탁)"
)
_WITHDRAW = re.compile(r"(?:취소|철회|해제)\s?(?:할|해\s?줘|해\s?주|하고\s?싶)|끊(?:어|을)|거두고|그만\s?할")


@for_members
def consent_1365(ctx: Context, member: Member) -> Reply:
    """Show both sides; ask before our side is changed, and change it once."""
    if (wish := _wish(ctx)) is None:
        return _state(ctx, member, "1365 연계 상태")
    if agreed_on_dovol(consent_of(ctx.db, member)) is wish:
        return _state(ctx, member, "이미 동의했어요" if wish else "이미 동의하지 않은 상태예요")
    if wish and (refusal := _refusal(ctx, member)):
        return _ask_guardian(ctx, refusal)
    if ctx.data.get("confirm") is not True:
        return _ask(agree=wish)
    set_dovol_side(ctx.db, member, agreed=wish, rules=ctx.rules, via="chat", now=ctx.now)
    return _state(ctx, member, "두볼에서 동의했어요!" if wish else "두볼 동의를 취소했어요")


def _wish(ctx: Context) -> bool | None:
    """Return whether our side shall be agreed to, None when nothing shall change."""
    pressed = ctx.data.get("agree")
    if ctx.data:
        return pressed if isinstance(pressed, bool) else None
    if _WITHDRAW.search(ctx.turn.words):
        return False
    return True if _AGREE.search(ctx.turn.words) else None


def _refusal(ctx: Context, member: Member) -> str:
    """Return why the member may not agree, empty when they may."""
    try:
        member.check_guardian(ctx.rules, ctx.now.date())
    except Refused as refused:
        return refused.words
    return ""


def _ask_guardian(ctx: Context, refusal: str) -> Reply:
    """Show the way to a guardian's consent in place of an agreement the child cannot give."""
    card = Card("보호자 동의가 먼저예요", refusal, buttons=(_guardian(ctx),))
    return Reply((card,), topic_chips(ctx, "consent_1365/how_to_consent"))


def _guardian(ctx: Context) -> Button:
    return Button("보호자 동의 받기", Link(ctx.link("guardian")))


def _ask(*, agree: bool) -> Reply:
    title = "두볼에서 연계에 동의할까요?" if agree else "두볼 동의를 취소할까요?"
    yes = Button(
        "동의할게요" if agree else "취소할게요", Press(ACTION, {"agree": agree, "confirm": True}), "yes"
    )
    no = Button("그대로 둘래요", Say("됐어"), "no")
    text = AGREE_1365 if agree else WITHDRAW_1365
    return Reply((Card(title, text, buttons=(yes, no)),), question=Question(ACTION))


def _state(ctx: Context, member: Member, title: str) -> Reply:
    consent = consent_of(ctx.db, member)
    agreed = agreed_on_dovol(consent)
    facts = [
        Fact("두볼", SIDE_NAMES[agreed]),
        Fact("1365", SIDE_NAMES[consent.site_1365_agreed if consent else None]),
    ]
    if consent is not None:
        facts.append(Fact("바뀐 날", day(consent.changed_at.date(), ctx.now.date())))
    refusal = "" if agreed else _refusal(ctx, member)
    change = Button("두볼 동의 취소" if agreed else "두볼에서 동의", Press(ACTION, {"agree": not agreed}))
    buttons = [_guardian(ctx) if refusal else change, Button("화면에서 보기", Link(ctx.link("consent_1365")))]
    if consent is not None and consent.names_differ:
        buttons.append(Button("내 정보 보기", Link(ctx.link("my_profile"))))
    card = Card(title, refusal or link_next_step(consent, ctx.rules), tuple(facts), buttons=tuple(buttons))
    help_chips = topic_chips(ctx, "consent_1365/how_to_consent", "neis_transfer/how_long")
    return Reply((card,), (*help_chips, *chips("neis_transfer", "check_hours")))
