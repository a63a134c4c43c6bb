"""The link with 1365: where it stands on both sides, and our side of the consent."""

from __future__ import annotations

import re

from actions.faq import topic_chips
from actions.members import for_members
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Card, Fact, Link, Press, Question, Reply, Say
from bot.wording import day
from models.consents import Consent1365, consent_of, set_dovol_side
from models.members import Member
from models.refusals import Reason, Refused
from models.rules import Rules

ACTION = "consent_1365"
_BOTH_SIDES = "두볼과 1365, 두 곳에서 모두 동의해야 봉사시간이 이어져요."
_PATH_1365 = "1365의 '나의 자원봉사 › 회원정보관리 › 부가정보 › 봉사실적 연계 동의'"
_AGREE = re.compile(
    r"동의\s?(?:다시\s?)?(?:할|해\s?줘|하고\s?싶|하겠)|연[계동결]\s?(?:할|해\s?줘|해\s?주|하고\s?싶|시켜|부탁)"
)
_WITHDRAW = re.compile(r"(?:취소|철회|해제)\s?(?:할|해\s?줘|해\s?주|하고\s?싶)|끊(?:어|을)|거두고|그만\s?할")
_SIDE_1365 = {True: "동의함", False: "동의 안 함", None: "확인 안 됨"}


@for_members
def consent_1365(ctx: Context, member: Member) -> Reply:
    """Show both sides; ask before our side is changed, and change it once."""
    if (wish := _wish(ctx)) is None:
        return _state(ctx, member, "1365 연계 상태")
    if wish and member.needs_guardian(ctx.rules, ctx.now.date()):
        raise Refused(Reason.GUARDIAN_CONSENT, guardian_consent_under=ctx.rules.guardian_consent_under)
    if _agreed(consent_of(ctx.db, member)) is wish:
        return _state(ctx, member, "이미 동의했어요" if wish else "이미 동의하지 않은 상태예요")
    if ctx.data.get("confirm") is not True:
        return _ask(agree=wish)
    set_dovol_side(ctx.db, member, agreed=wish, via="chat", now=ctx.now)
    return _state(ctx, member, "두볼에서 동의했어요!" if wish else "두볼 동의를 취소했어요")


def _wish(ctx: Context) -> bool | None:
    """Return whether our side shall be agreed to, None when nothing shall change."""
    pressed = ctx.data.get("agree")
    if ctx.data:
        return pressed if isinstance(pressed, bool) else None
    if _WITHDRAW.search(ctx.turn.words):
        return False
    return True if _AGREE.search(ctx.turn.words) else None


def _agreed(consent: Consent1365 | None) -> bool:
    return consent is not None and consent.dovol_agreed


def _ask(*, agree: bool) -> Reply:
    title = "두볼에서 연계에 동의할까요?" if agree else "두볼 동의를 취소할까요?"
    text = (
        f"동의하면 두볼에서 인정된 봉사시간을 1365로 보낼 수 있어요. {_BOTH_SIDES} 언제든 취소할 수 있어요."
        if agree
        else "취소하면 새 봉사시간이 1365로 넘어가지 않을 수 있어요. 이미 넘어간 기록이 어떻게 되는지는 아직 확인하지 못했어요."
    )
    yes = Button(
        "동의할게요" if agree else "취소할게요", Press(ACTION, {"agree": agree, "confirm": True}), "yes"
    )
    no = Button("그대로 둘래요", Say("됐어"), "no")
    return Reply((Card(title, text, buttons=(yes, no)),), question=Question(ACTION))


def _state(ctx: Context, member: Member, title: str) -> Reply:
    consent = consent_of(ctx.db, member)
    agreed = _agreed(consent)
    facts = [
        Fact("두볼", "동의함" if agreed else "동의 안 함"),
        Fact("1365", _SIDE_1365[consent.site_1365_agreed if consent else None]),
    ]
    if consent is not None:
        facts.append(Fact("바뀐 날", day(consent.changed_at.date(), ctx.now.date())))
    change = Button("두볼 동의 취소" if agreed else "두볼에서 동의", Press(ACTION, {"agree": not agreed}))
    buttons = (change, Button("연계 화면 열기", Link(ctx.link("consent_1365"))))
    card = Card(title, next_step(consent, ctx.rules), tuple(facts), buttons=buttons)
    help_chips = topic_chips("consent_1365/how_to_consent", "neis_transfer/how_long")
    return Reply((card,), (*help_chips, *chips("neis_transfer", "check_hours")))


def next_step(consent: Consent1365 | None, rules: Rules) -> str:
    """Say what is left to do until records flow, or that they do."""
    if consent is not None and consent.names_differ:
        return "두볼과 1365의 이름이 서로 달라서 이어지지 못하고 있어요. 어느 쪽이 맞는지 보고 내 정보에서 고쳐 주세요."
    if consent is None or not consent.dovol_agreed:
        return f"{_BOTH_SIDES} 먼저 두볼에서 동의해 볼까요?"
    if consent.linked(both_sides=rules.consent_both_sides):
        return "두 곳 모두 동의해서 잘 이어져 있어요!"
    if consent.site_1365_agreed is None:
        return f"{_BOTH_SIDES} 1365 쪽은 아직 확인되지 않았어요. {_PATH_1365}에서 볼 수 있어요."
    return f"{_BOTH_SIDES} 이제 {_PATH_1365}에서 동의해 주세요."
