"""Hours that are absent, wrong or late: what is recorded, why, whom to ask, and a request to the staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from actions.faq import topic_chips
from actions.members import for_members
from bot.context import Context
from bot.menu import chips
from bot.replies import Button, Call, Card, Data, Fact, ListCard, ListItem, Press, Question, Reply, Say, Text
from bot.wording import day, host_name, host_phone
from models.applications import Application, ApplicationState, applications_of
from models.hours import RecordState, ServiceRecord, records_of
from models.members import Member
from models.ownership import own
from models.search import squeeze
from models.tickets import TicketKind, open_ticket

ACTION = "hours_missing"
_LISTED = 8
_NOT_ENTERED = "기관이 아직 시간을 입력하지 않았어요"
_WHY: dict[RecordState, str] = {
    RecordState.PENDING: "기관이 시간을 확인하고 있어요",
    RecordState.NOT_CREDITED: "인정되지 않았어요",
    RecordState.CREDITED: "인정됐어요",
}


@dataclass(frozen=True, slots=True)
class Case:
    """An activity whose hours the person may miss: a record, or an application without one."""

    title: str
    served_on: date
    host: str
    phone: str
    why: str
    recorded: str
    data: Data

    @property
    def about(self) -> str:
        """What a ticket refers to: ``service_record:7`` or ``application:9``."""
        table = "service_record" if "record" in self.data else "application"
        return f"{table}:{next(iter(self.data.values()))}"


@for_members
def hours_missing(ctx: Context, member: Member) -> Reply:
    """Show what does not count yet and why; hand one over to the staff when asked."""
    if (case := _picked(ctx, member)) is not None:
        return _report(ctx, member, case) if ctx.data.get("confirm") is True else _card(ctx, case)
    missing = _missing(ctx, member)
    meant = _meant(ctx, missing)
    if len(meant) == 1:
        return _card(ctx, meant[0])
    return _list(ctx, meant, "아직 안 들어온 봉사시간") if meant else _nothing_missing(ctx, member)


def _picked(ctx: Context, member: Member) -> Case | None:
    if (number := ctx.number("record") or ctx.referred_number("record")) is not None:
        return _of_record(own(ctx.db, member, ServiceRecord, number))
    if (number := ctx.number("application") or ctx.referred_number("application")) is None:
        return None
    application = own(ctx.db, member, Application, number)
    record = ctx.db.scalars(select(ServiceRecord).where(ServiceRecord.application_id == number)).first()
    return _of_record(record) if record else _of_application(application)


def _missing(ctx: Context, member: Member) -> list[Case]:
    """Return what does not count yet, newest first."""
    records = records_of(ctx.db, member, limit=500)
    entered = {record.application_id for record in records}
    over = [
        each
        for each in applications_of(
            ctx.db, member, (ApplicationState.APPROVED, ApplicationState.ATTENDED), limit=500
        )
        if each.id not in entered and each.session.ends_on < ctx.now.date()
    ]
    cases = [_of_record(record) for record in records if record.state is not RecordState.CREDITED]
    cases += [_of_application(application) for application in over]
    return sorted(cases, key=lambda case: case.served_on, reverse=True)


def _meant(ctx: Context, cases: list[Case]) -> list[Case]:
    """Return the cases that the words name by programme or host, all when they name none of them."""
    names = [squeeze(words) for name in ("program", "host") for words in ctx.parsed.words(name)]
    named = [case for case in cases if any(name in squeeze(case.title + case.host) for name in names)]
    return named or cases


def _of_record(record: ServiceRecord) -> Case:
    phone = host_phone(record.session) if record.session else ""
    why = (
        record.reason or _WHY[record.state]
        if record.state is RecordState.NOT_CREDITED
        else _WHY[record.state]
    )
    recorded = f"{record.hours}시간"
    return Case(record.title, record.served_on, record.host_name, phone, why, recorded, {"record": record.id})


def _of_application(application: Application) -> Case:
    session = application.session
    data = {"application": application.id}
    return Case(
        session.program.title,
        session.starts_on,
        host_name(session),
        host_phone(session),
        _NOT_ENTERED,
        "없음",
        data,
    )


def _list(ctx: Context, cases: list[Case], title: str) -> Reply:
    items = tuple(
        ListItem(case.title, f"{day(case.served_on, ctx.now.date())} · {case.why}", Press(ACTION, case.data))
        for case in cases[:_LISTED]
    )
    help_chips = topic_chips("hours_missing/not_shown", "hours_missing/wrong", "faq_hours_rule/daily_limit")
    return Reply((Text("어떤 활동인지 골라 주면 자세히 볼게요."), ListCard(title, items)), help_chips)


def _nothing_missing(ctx: Context, member: Member) -> Reply:
    """Offer the credited records: one of them may show wrong hours."""
    credited = [_of_record(record) for record in records_of(ctx.db, member, (RecordState.CREDITED,), limit=5)]
    if not credited:
        text = "아직 봉사 기록이 없어요. 다녀왔는데 안 보인다면 신청이 두볼에서 된 건지 같이 확인해 볼까요?"
        return Reply((Text(text),), chips("application_status", "find_program", "human_agent"))
    shown = _list(ctx, credited, "최근 인정된 봉사시간")
    text = "빠진 기록은 없어 보여요. 시간이 다르게 적힌 활동이 있으면 골라 주세요."
    return Reply(
        (Text(text), *shown.blocks[1:]), (*chips("check_hours", "human_agent"), *shown.quick_replies)
    )


def _card(ctx: Context, case: Case) -> Reply:
    facts = [Fact("활동일", day(case.served_on, ctx.now.date())), Fact("기록된 시간", case.recorded)]
    if case.host:
        facts.append(Fact("기관", case.host))
    buttons = [
        Button("확인 부탁하기", Press(ACTION, {**case.data, "confirm": True}), "yes"),
        Button("괜찮아요", Say("됐어"), "no"),
    ]
    if case.phone:
        buttons.insert(0, Button("기관에 전화하기", Call(case.phone)))
    text = f"{case.why.rstrip('.')}. 시간은 기관이 넣기 때문에 기관에 물어보는 게 가장 빨라요. 담당자에게도 확인을 부탁할까요?"
    card = Card(case.title, text, tuple(facts), buttons=tuple(buttons))
    return Reply(
        (card,), topic_chips("hours_missing/wrong", "faq_hours_rule/minutes"), Question(ACTION, case.data)
    )


def _report(ctx: Context, member: Member, case: Case) -> Reply:
    _, new = open_ticket(
        ctx.db,
        account_id=ctx.account.id,
        member_id=member.id,
        kind=TicketKind.HOURS_MISSING,
        about=case.about,
        summary=f"{case.served_on} {case.title}: {case.why} (기록된 시간 {case.recorded})",
        now=ctx.now,
    )
    title = "담당자에게 부탁했어요" if new else "이미 부탁해 뒀어요"
    text = "확인하고 도와줄게요. 기관에도 활동한 날짜와 시간을 말하면 더 빨라요."
    return Reply(
        (Card(title, text, (Fact("활동", case.title),)),), chips("check_hours", "application_status")
    )
