"""When someone is in distress, insults, or tries to break in. Distress comes before everything else."""

from __future__ import annotations

from actions.humans import next_opening
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Card, Operator, Press, QuickReply, Reply, Say, Text
from bot.safety import HELP, HELP_LINES
from models.tickets import TicketKind, open_ticket

ACTION = "crisis_support"
SURE = 0.6
"""Confidence below which distress is only suspected: the numbers are shown all the same, the words ask gently."""


def crisis_support(ctx: Context) -> Reply:
    """Show the help lines at once, offer a person, and open an urgent ticket without asking."""
    sure = ctx.parsed.confidence >= SURE
    _report(ctx, sure=sure)
    return Reply((HELP, _person(ctx))) if sure else _gentle()


def _report(ctx: Context, *, sure: bool) -> None:
    """Tell the staff. The words stay as they were written: a number or a place in them may bring help."""
    ticket, _ = open_ticket(
        ctx.db,
        account_id=ctx.account.id,
        member_id=ctx.account.member_id,
        kind=TicketKind.CRISIS,
        summary=ctx.turn.words[:1000] if sure else f"(확실하지 않음) {ctx.turn.words[:1000]}",
        now=ctx.now,
        urgent=sure,
    )
    ticket.urgent = ticket.urgent or sure


def _person(ctx: Context) -> Card:
    if ctx.rules.operators_are_in(ctx.now):
        text = "여기서 사람과 이야기하고 싶으면 눌러 주세요. 믿을 수 있는 어른에게 말해도 좋아요."
    else:
        opening = next_opening(ctx.rules, ctx.now)
        text = f"여기 상담원은 {opening}에 와요. 기다리지 말고 1388에 먼저 이야기해 주세요. 믿을 수 있는 어른에게 말해도 좋아요."
    return Card("사람과 이야기하기", text, buttons=(Button("상담원 연결", Operator()),))


def _gentle() -> Reply:
    text = "제가 잘못 알아들었다면 미안해요. 힘든 일이 있다면 혼자 견디지 않아도 돼요. 아래 번호는 24시간 들어줘요."
    return Reply(
        (Card("혹시 지금 힘든 일이 있어요?", text, buttons=HELP_LINES),),
        (
            QuickReply("네, 힘들어요", Press(ACTION), "yes"),
            QuickReply("아니에요", Say("메뉴"), "no"),
            *chips("human_agent"),
        ),
    )


def abuse(ctx: Context) -> Reply:  # noqa: ARG001 - an action takes its context
    """Set a calm boundary and stay useful."""
    text = "그런 말에는 답하지 않을게요. 속상한 일이 있었다면 말해 줘도 괜찮아요. 봉사 이야기라면 언제든 도와줄게요."
    return Reply((Text(text),), chips("check_hours", "application_status", "find_program", "human_agent"))


def security_attack(ctx: Context) -> Reply:  # noqa: ARG001 - an action takes its context
    """Refuse without telling what there is to find."""
    text = "그건 도와줄 수 없어요. 내 봉사시간이나 신청처럼 내 이야기라면 도와줄게요!"
    return Reply((Text(text),), chips("check_hours", "application_status", "find_program"))
