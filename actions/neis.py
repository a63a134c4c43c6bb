"""Sending hours on to NEIS: where mine stand, and what happens next. Nobody can say how many days it takes."""

from __future__ import annotations

from actions.faq import topic_chips
from actions.members import for_members
from bot.context import Context
from bot.replies import Button, Card, Fact, Link, Press, Reply
from bot.wording import day, link_next_step
from models.consents import consent_of
from models.hours import HoursSummary, hours_summary
from models.members import Member

QUESTIONS = (
    "neis_transfer/how_long",
    "neis_transfer/sent_but_missing",
    "neis_transfer/change_after_sending",
    "neis_transfer/last_year",
    "consent_1365/withdraw",
    "neis_transfer/vms",
    "neis_transfer/double_counting",
)
"""What people ask next."""


@for_members
def neis_transfer(ctx: Context, member: Member) -> Reply:
    """Show the link, the hours of this school year, and the next step."""
    start, end = ctx.rules.school_year(ctx.now.date())
    consent = consent_of(ctx.db, member)
    linked = consent is not None and consent.linked(both_sides=ctx.rules.consent_both_sides)
    hours = hours_summary(ctx.db, member, start, end)
    facts = (
        Fact("연계", "이어짐" if linked else "아직 안 됨"),
        Fact("인정된 시간", f"{hours.in_period}시간"),
        Fact("확인 중", f"{hours.pending}시간"),
        Fact("이번 학년도", f"{day(end, ctx.now.date())}까지"),
    )
    page = Button("화면에서 보기", Link(ctx.link("my_hours" if linked else "consent_1365")))
    buttons = (page,) if linked else (Button("1365 연계 보기", Press("consent_1365")), page)
    text = _next_step(hours) if linked else f"먼저 1365와 연계돼야 해요. {link_next_step(consent, ctx.rules)}"
    card = Card("나이스 전송 상태", text, facts, buttons=buttons)
    return Reply((card,), topic_chips(ctx, *QUESTIONS))


def _next_step(hours: HoursSummary) -> str:
    if hours.in_period:
        return "이제 1365에 로그인해서 나이스로 보내면 학교가 확인하고 승인해요. 걸리는 시간은 학교마다 달라요. 이번 학년도가 끝나기 전에 보내 주세요."
    if hours.pending:
        return "기관이 시간을 인정하고 나면 1365에서 나이스로 보낼 수 있어요."
    return "이번 학년도에 보낼 시간이 아직 없어요. 봉사를 하고 시간이 인정되면 보낼 수 있어요."
