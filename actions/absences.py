"""Marked absent: the record, what it means, and how to object."""

from __future__ import annotations

from actions.faq import topic_chips
from actions.forms import ask
from actions.members import for_members
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Call, Card, Fact, Link, ListCard, ListItem, Press, Question, Reply, Text
from bot.wording import day, host_name, host_phone, when
from models.applications import Application, ApplicationState, applications_of
from models.members import Member
from models.ownership import own
from models.refusals import Reason, Refused
from models.tickets import TicketKind, open_ticket

ACTION = "no_show"
_LISTED = 10


@for_members
def no_show(ctx: Context, member: Member) -> Reply:
    """Show my absences, or one of them; take an objection to it."""
    number = ctx.number("application") or ctx.referred_number("application")
    if number is not None:
        return _about(ctx, own(ctx.db, member, Application, number))
    absences = applications_of(ctx.db, member, (ApplicationState.ABSENT,))
    if not absences:
        text = "불참으로 기록된 활동이 없어요 👍 활동한 시간이 안 보인다면 같이 확인해 볼게요."
        return Reply((Text(text),), chips("hours_missing", "application_status"))
    return _card(ctx, absences[0]) if len(absences) == 1 else _list(ctx, absences)


def _list(ctx: Context, absences: list[Application]) -> Reply:
    items = tuple(
        ListItem(each.session.program.title, when(each.session), Press(ACTION, {"application": each.id}))
        for each in reversed(absences[-_LISTED:])
    )
    text = f"불참으로 기록된 활동이 {len(absences)}개 있어요. 다르게 기억하는 활동이 있으면 골라 주세요."
    return Reply((Text(text), ListCard("불참 기록", items)), topic_chips(ctx, "no_show/effect"))


def _about(ctx: Context, application: Application) -> Reply:
    if application.state is not ApplicationState.ABSENT:
        text = "이 활동은 불참으로 기록되어 있지 않아요. 걱정 안 해도 돼요!"
        return Reply((Text(text),), chips("application_status", "hours_missing"))
    if "reason" not in ctx.data and ctx.data.get("object") is not True:
        return _card(ctx, application)
    if ctx.now.date() > application.objection_until(ctx.rules):
        raise Refused(Reason.OBJECTION_TOO_LATE, objection_days=ctx.rules.objection_days)
    return _object(ctx, application, ctx.text("reason").strip())


def _card(ctx: Context, application: Application) -> Reply:
    session, last_day = application.session, application.objection_until(ctx.rules)
    facts = [Fact("일시", when(session))]
    if host := host_name(session):
        facts.append(Fact("기관", host))
    facts.append(Fact("이의 마감", day(last_day, ctx.now.date())))
    buttons = []
    if ctx.now.date() <= last_day:
        buttons.append(Button("이의 내기", Press(ACTION, {"application": application.id, "object": True})))
    if phone := host_phone(session):
        buttons.append(Button("기관에 전화하기", Call(phone)))
    buttons.append(Button("화면에서 보기", Link(ctx.link("my_application", str(application.id)))))
    card = Card(session.program.title, _told(application, ctx), tuple(facts), buttons=tuple(buttons))
    return Reply((card,), (*topic_chips(ctx, "no_show/effect"), *chips("human_agent", "application_status")))


def _told(application: Application, ctx: Context) -> str:
    text = "기관이 불참으로 기록했어요."
    if application.reason:
        text += f"\n남긴 말: {application.reason}"
    if ctx.now.date() <= application.objection_until(ctx.rules):
        return f"{text}\n실제로 다녀왔거나 사정이 있었다면 이의를 낼 수 있어요. 기관에 먼저 물어봐도 좋아요."
    return f"{text}\n이의를 내는 기간은 지났어요. 그래도 사실과 다르면 기관이나 상담원에게 물어봐 주세요."


def _object(ctx: Context, application: Application, reason: str) -> Reply:
    if not reason:
        text = "그날 어떤 일이 있었는지 편하게 말해 주세요. 몇 시에 갔는지, 누구를 만났는지 적으면 확인하기 쉬워요."
        return ask(text, Question(ACTION, {"application": application.id}, field="reason", verbatim=True))
    _, new = open_ticket(
        ctx.db,
        account_id=ctx.account.id,
        member_id=application.member_id,
        kind=TicketKind.OBJECTION,
        about=f"application:{application.id}",
        summary=f"불참 이의: {reason}",
        now=ctx.now,
    )
    title = "이의를 접수했어요" if new else "접수된 이의에 덧붙였어요"
    text = "말해 줘서 고마워요. 담당자가 기관과 함께 확인할게요."
    return Reply(
        (Card(title, text, (Fact("활동", application.session.program.title),)),),
        chips("application_status", "find_program"),
    )
