"""A guardian's consent: whether it is needed, where it stands, and words to forward to the guardian.

Whom to ask is said on the page: names and numbers of others are not typed into the chat.
"""

from __future__ import annotations

from actions.members import for_members
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Card, Fact, Link, Press, QuickReply, Reply, Text
from bot.wording import day, moment
from models.guardians import (
    GuardianRequest,
    ask,
    consent_in_force,
    is_child,
    open_request,
    recorded_guardian,
)
from models.masking import mask_name
from models.members import GuardianConsent, Member
from models.refusals import Reason, Refused

ACTION = "guardian"


@for_members
def guardian(ctx: Context, member: Member) -> Reply:
    """Show where the consent stands; make a link to forward when that was pressed."""
    if not is_child(member, ctx.rules, ctx.now):
        under = ctx.rules.guardian_consent_under
        refused = Refused(Reason.GUARDIAN_NOT_NEEDED, guardian_consent_under=under)
        return Reply((Text(refused.words),), chips("find_program"))
    if consent := consent_in_force(member):
        return _agreed(ctx, consent)
    waiting = open_request(ctx.db, member, ctx.now)
    recorded = recorded_guardian(member)
    if waiting is None and recorded and ctx.data.get("ask") is True:
        waiting = ask(ctx.db, member, *recorded, rules=ctx.rules, now=ctx.now)
    return _waiting(ctx, waiting) if waiting else _needed(ctx, recorded)


def _agreed(ctx: Context, consent: GuardianConsent) -> Reply:
    facts = [Fact("동의한 날", day(consent.given_at.date(), ctx.now.date()))]
    if consent.guardian_name:
        facts.insert(0, Fact("보호자", mask_name(consent.guardian_name)))
    card = Card(
        "보호자가 동의했어요",
        "이제 봉사를 신청할 수 있어요. 더 할 일은 없어요.",
        tuple(facts),
        buttons=(_page(ctx, "화면에서 보기"),),
    )
    return Reply((card,), chips("find_program", "application_status"))


def _waiting(ctx: Context, waiting: GuardianRequest) -> Reply:
    link = ctx.links.guardian(waiting.token or "")
    card = Card(
        "보호자의 답을 기다리고 있어요",
        "위 글을 길게 눌러 보호자에게 전달해 주세요. 동의는 보호자 휴대폰으로 가는 인증번호로 해요.",
        (
            Fact("보호자", mask_name(waiting.guardian_name or "")),
            Fact("기한", f"{moment(waiting.expires_at)}까지"),
        ),
        buttons=(_page(ctx, "화면에서 보기"),),
    )
    forwarded = Text(f"보람에서 보호자 동의를 부탁해요. 이 주소를 열어 주세요.\n{link}")
    return Reply((forwarded, card), (_why(), *chips("find_program")))


def _needed(ctx: Context, recorded: tuple[str, str] | None) -> Reply:
    under = ctx.rules.guardian_consent_under
    buttons = [_page(ctx, "보호자에게 부탁하기")]
    if recorded:
        buttons.append(Button("전달할 링크 받기", Press(ACTION, {"ask": True})))
    text = f"{under}살이 안 됐으면 봉사를 신청하기 전에 보호자의 동의가 필요해요. 보호자에게 문자나 카카오톡으로 링크를 보내면, 보호자가 열어서 동의할 수 있어요."
    return Reply(
        (Card("보호자 동의가 필요해요", text, buttons=tuple(buttons)),), (_why(), *chips("find_program"))
    )


def _page(ctx: Context, label: str) -> Button:
    return Button(label, Link(ctx.link("guardian")))


def _why() -> QuickReply:
    return QuickReply("왜 필요해요?", Press("faq_signup", {"topic": "faq_signup/guardian_consent"}))
