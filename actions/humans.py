"""A person instead of the assistant: at once while operators are in, otherwise by a message they find later."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from actions.forms import ask
from bot.context import Context
from bot.menu import INTENT_TITLES, chips
from bot.replies import Button, Call, Card, Fact, Operator, Press, Question, Reply
from bot.wording import clock, day
from models.masking import mask
from models.members import ConversationTurn
from models.rules import Rules
from models.tickets import TicketKind, open_ticket

ACTION = "human_agent"
_TURNS_TOLD = 5
"""How many turns before the message the summary names, by what was understood."""


def human_agent(ctx: Context) -> Reply:
    """Hand the room to an operator, or take a message for the next time they are in."""
    if message := ctx.text("message").strip():
        return _leave(ctx, message)
    if ctx.data.get("leave") is True:
        text = (
            "무슨 일인지 여기에 남겨 주세요. 담당자가 보고 도와줄게요. 비밀번호나 주민등록번호는 적지 마세요!"
        )
        return ask(text, Question(ACTION, {"leave": True}, field="message", verbatim=True))
    return _offer(ctx)


def next_opening(rules: Rules, now: datetime) -> str:
    """Return when operators are in next: 오늘 오전 9시, 내일 오전 9시, 11월 30일(월) 오전 9시.

    Rules that leave no office hours at all give no moment, only words.
    """
    ahead = (
        datetime.combine(now.date() + timedelta(days=n), rules.operator_from, now.tzinfo) for n in range(8)
    )
    opening = next((moment for moment in ahead if moment > now and rules.operators_are_in(moment)), None)
    if opening is None:
        return "다음 상담 시간"
    days = (opening.date() - now.date()).days
    name = {0: "오늘", 1: "내일"}.get(days, day(opening.date()))
    return f"{name} {clock(opening.time())}"


def _offer(ctx: Context) -> Reply:
    rules = ctx.rules
    facts = [Fact("상담 시간", f"평일 {clock(rules.operator_from)}–{clock(rules.operator_until)}")]
    buttons = [Button("메시지 남기기", Press(ACTION, {"leave": True}))]
    if rules.operator_phone:
        facts.append(Fact("전화", rules.operator_phone))
        buttons.append(Button("전화하기", Call(rules.operator_phone)))
    if rules.operators_are_in(ctx.now):
        buttons.insert(0, Button("상담원 연결", Operator()))
        card = Card(
            "상담원에게 이어 줄게요",
            "지금 상담원이 있어요. 아래를 누르면 이 방에서 바로 이야기할 수 있어요.",
            tuple(facts),
            buttons=tuple(buttons),
        )
    else:
        text = f"지금은 상담 시간이 아니에요. 상담원은 {next_opening(rules, ctx.now)}에 와요. 메시지를 남기면 그때 볼게요."
        card = Card("메시지를 남겨 줄래요?", text, tuple(facts), buttons=tuple(buttons))
    return Reply((card,), chips("check_hours", "application_status", "login_problem"))


def _leave(ctx: Context, message: str) -> Reply:
    _, new = open_ticket(
        ctx.db,
        account_id=ctx.account.id,
        member_id=ctx.account.member_id,
        kind=TicketKind.QUESTION,
        summary=f"{mask(message)}\n{_talked_about(ctx)}".strip(),
        now=ctx.now,
    )
    title = "메시지를 남겼어요" if new else "앞서 남긴 메시지에 덧붙였어요"
    when = (
        "지금 상담 시간이라 곧 볼 거예요."
        if ctx.rules.operators_are_in(ctx.now)
        else f"상담원이 {next_opening(ctx.rules, ctx.now)}부터 차례대로 볼게요."
    )
    return Reply(
        (Card(title, f"{when} 더 하고 싶은 말이 있으면 또 남겨 주세요."),),
        chips("check_hours", "application_status", "find_program"),
    )


def _talked_about(ctx: Context) -> str:
    """Return what the last turns were about, oldest first, for the operator to begin from."""
    last = ctx.db.scalars(
        select(ConversationTurn.intent)
        .where(ConversationTurn.account_id == ctx.account.id, ConversationTurn.intent != ACTION)
        .order_by(ConversationTurn.at.desc(), ConversationTurn.id.desc())
        .limit(_TURNS_TOLD)
    ).all()
    told = list(dict.fromkeys(INTENT_TITLES.get(intent, intent) for intent in reversed(last)))
    return f"앞서 이야기한 것: {', '.join(told)}" if told else ""
