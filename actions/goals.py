"""The goal of hours for a school year: set by saying it, taken back by one press."""

from __future__ import annotations

import re

from actions.forms import ask
from actions.members import for_members
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Card, Link, Press, Question, QuickReply, Reply
from bot.wording import goal_told
from models.hours import goal_of
from models.members import Member
from models.profiles import InvalidProfile, update_profile

ACTION = "hours_goal"
_EXAMPLES = ("20", "30", "40")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*")


@for_members
def hours_goal(ctx: Context, member: Member) -> Reply:
    """Set the goal that a button or the words name; without a number, ask for one."""
    typed = _typed(ctx)
    if typed is None:
        return _ask(f"목표를 몇 시간으로 할까요? 지금은 {goal_of(member, ctx.rules)}시간이에요.")
    before = member.hours_goal
    try:
        changed = update_profile(ctx.db, member, {"hours_goal": typed}, ctx.now, via="chat")
    except InvalidProfile as invalid:
        return _ask(invalid.errors["hours_goal"])
    undo = (Button("되돌리기", Press(ACTION, {"hours": str(before or "")})),) if changed else ()
    return _told(ctx, "목표를 바꿨어요" if changed else "이미 그 목표예요", goal_of(member, ctx.rules), undo)


def _typed(ctx: Context) -> str | None:
    """Return the goal as the page's form would hold it: empty gives back everybody's. None: nothing was named."""
    if "hours" in ctx.data:
        return ctx.text("hours")
    found = _NUMBER.search(ctx.text("said") or ctx.turn.words)
    return found.group() if found else ctx.text("said") or None


def _ask(words: str) -> Reply:
    examples = (QuickReply(f"{hours}시간", Press(ACTION, {"hours": hours})) for hours in _EXAMPLES)
    return ask(words, Question(ACTION, field="said", verbatim=True), examples)


def _told(ctx: Context, title: str, goal: int, undo: tuple[Button, ...]) -> Reply:
    page = Button("화면에서 보기", Link(ctx.link("my_hours", "goal")))
    card = Card(title, goal_told(goal), buttons=(*undo, page))
    return Reply((card,), chips("check_hours", "find_program"))
