"""Applying: pick a session, read the notes, confirm, and have a seat or a place on the waiting list."""

from __future__ import annotations

from actions import find
from actions.members import for_members
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Card, Link, ListCard, ListItem, Press, Question, Reply, Say, Text
from bot.wording import (
    ALREADY_APPLIED,
    applied,
    asked_to_apply,
    cancel_rule,
    day_limit,
    seats_left,
    session_facts,
    when,
)
from models import applications
from models.applications import Application, Eligibility
from models.members import Member
from models.programs import ProgramSession
from models.refusals import Reason, Refused
from models.search import sessions_of

ACTION = "apply_program"
_NOTES_LENGTH = 200


def apply_program(ctx: Context) -> Reply:
    """Apply for what a button, a number or the words name; search when they name no session."""
    session_id = ctx.number("session") or ctx.referred_number("session")
    if session_id is not None:
        return _apply_for(ctx, session_id)
    if (program_id := ctx.number("program")) is not None:
        return _pick_date(ctx, program_id)
    return find.to_apply(ctx)


def _apply_for(ctx: Context, session_id: int) -> Reply:
    session = ctx.db.get(ProgramSession, session_id)
    if session is None:
        return Reply((Text("그 활동을 찾을 수 없어요. 다시 찾아볼까요?"),), chips("find_program"))
    return _for_session(ctx, session)


def _for_session(ctx: Context, session: ProgramSession) -> Reply:
    step = _confirm if ctx.data.get("confirm") is True else _ask
    return for_members(lambda c, member: step(c, member, session))(ctx)


def _ask(ctx: Context, member: Member, session: ProgramSession) -> Reply:
    """Show notes and rules before anything is done."""
    eligibility = applications.check_apply(ctx.db, member, session, ctx.rules, ctx.now)
    label = "대기 신청할게요" if eligibility.waitlist else "신청할게요"
    card = Card(
        session.program.title,
        facts=session_facts(session),
        buttons=(
            Button(label, Press(ACTION, {"session": session.id, "confirm": True}), means="yes"),
            Button("안 할래요", Say("됐어"), means="no"),
        ),
    )
    return Reply((Text(_before_applying(ctx, session, eligibility)), card), question=Question(ACTION))


def _before_applying(ctx: Context, session: ProgramSession, eligibility: Eligibility) -> str:
    lines = [asked_to_apply(eligibility)]
    if warning := day_limit(session, eligibility, ctx.rules):
        lines.append(f"⚠️ {warning}")
    if session.notes:
        lines.append(f"📌 꼭 읽어 주세요\n{session.notes[:_NOTES_LENGTH]}")
    lines.append(cancel_rule(session, eligibility, ctx.rules, ctx.now))
    return "\n\n".join(lines)


def _confirm(ctx: Context, member: Member, session: ProgramSession) -> Reply:
    try:
        application = applications.apply(ctx.db, member, session, ctx.rules, ctx.now)
    except Refused as refused:
        if refused.reason is not Reason.ALREADY_APPLIED:
            raise
        return _already(ctx, member, session)
    return _applied(ctx, application)


def _already(ctx: Context, member: Member, session: ProgramSession) -> Reply:
    """Answer a second press with the state the first one made."""
    existing = applications.current_application(ctx.db, member, session)
    if existing is None:
        raise Refused(Reason.ALREADY_APPLIED)
    return _applied(ctx, existing, again=True)


def _applied(ctx: Context, application: Application, *, again: bool = False) -> Reply:
    text = ALREADY_APPLIED if again else applied(applications.waiting_place(ctx.db, application))
    card = Card(
        application.session.program.title,
        text,
        buttons=(
            Button("내 신청 보기", Press("application_status", {"application": application.id})),
            Button("신청 취소", Press("cancel_application", {"application": application.id})),
            Button("화면에서 보기", Link(ctx.link("my_application", str(application.id)))),
        ),
    )
    return Reply((card,), chips("application_status", "find_program", "notification_settings"))


def _pick_date(ctx: Context, program_id: int) -> Reply:
    sessions = sessions_of(ctx.db, program_id, ctx.now)
    if not sessions:
        return Reply((Text("남은 날짜가 없어요. 비슷한 다른 활동을 찾아볼까요?"),), chips("find_program"))
    if len(sessions) == 1:
        return _for_session(ctx, sessions[0])
    items = tuple(
        ListItem(
            when(session),
            f"{session.credited_hours}시간 · {seats_left(session, ctx.now)}",
            Press(ACTION, {"session": session.id}),
        )
        for session in sessions
    )
    return Reply((ListCard("언제 할까요?", items),), question=Question(ACTION))
