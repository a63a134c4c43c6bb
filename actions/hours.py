"""My hours: all, of a period, by kind, and what is left to a goal, with a drawn summary."""

from __future__ import annotations

from datetime import date

from actions.members import for_members
from actions.wording import day
from bot.context import Context
from bot.dates import DateRange, parse_dates
from bot.menu import chips
from bot.pictures import HoursPicture
from bot.replies import Button, Card, Link, ListCard, ListItem, Press, Reply, Text
from models.codes import FIELDS
from models.hours import HoursSummary, RecordState, ServiceRecord, hours_summary, records_of
from models.members import Member

ACTION = "check_hours"
_RECORD_STATES: dict[RecordState, str] = {
    RecordState.PENDING: "확인 중",
    RecordState.CREDITED: "인정",
    RecordState.NOT_CREDITED: "인정 안 됨",
}
_MONTHS_DRAWN = 12


@for_members
def check_hours(ctx: Context, member: Member) -> Reply:
    """Show the hours card; the list of records when asked."""
    if ctx.data.get("list") is True:
        return _records(ctx, member)
    period, title = _period(ctx)
    summary = hours_summary(ctx.db, member, period.start, period.end)
    if not summary.total and not summary.pending:
        return Reply(
            (Text("아직 인정된 봉사시간이 없어요. 첫 봉사를 찾아볼까요?"),),
            chips("find_program", "hours_missing"),
        )
    goal = _goal(ctx, member)
    card = Card(
        f"모두 {summary.total}시간 인정됐어요",
        _told(summary, title, goal),
        image=ctx.pictures.hours(_picture(summary, title, goal, period)),
        buttons=(
            Button("하나씩 보기", Press(ACTION, {"list": True})),
            Button("확인서", Press("certificate_issue")),
            Button("두볼에서 보기", Link(ctx.link("my_hours"))),
        ),
    )
    return Reply((card,), chips("hours_missing", "find_program", "certificate_issue", "neis_transfer"))


def _period(ctx: Context) -> tuple[DateRange, str]:
    """Return the period asked for with its name; the school year when none is named."""
    for found in parse_dates(ctx.turn.words, ctx.now, prefer="past") if not ctx.data else ():
        return found.value, found.text
    start, end = ctx.rules.school_year(ctx.now.date())
    return DateRange(start, end), "이번 학년"


def _goal(ctx: Context, member: Member) -> int:
    for words in ctx.parsed.words("hours"):
        digits = "".join(c for c in words if c.isdigit())
        if digits and 0 < int(digits[:4]) <= 2000:
            return int(digits[:4])
    return member.hours_goal or ctx.rules.hours_goal


def _told(summary: HoursSummary, title: str, goal: int) -> str:
    lines = [f"{title} {summary.in_period}시간"]
    left = goal - summary.in_period
    lines.append(
        f"목표 {goal}시간까지 {left}시간 남았어요!" if left > 0 else f"목표 {goal}시간을 다 채웠어요! 🎉"
    )
    if summary.by_field:
        most = " · ".join(f"{FIELDS[code]} {hours}시간" for code, hours in list(summary.by_field.items())[:3])
        lines.append(most)
    if summary.received_from_1365:
        lines.append(f"1365에서 온 시간 {summary.received_from_1365}시간 포함")
    if summary.pending:
        lines.append(f"확인 중인 시간 {summary.pending}시간")
    return "\n".join(lines)


def _picture(summary: HoursSummary, title: str, goal: int, period: DateRange) -> HoursPicture:
    months = _months(period.start, period.end)
    return HoursPicture(
        total=summary.total,
        goal=goal,
        period=title,
        in_period=summary.in_period,
        months=tuple((month, summary.by_month.get((year, month), 0)) for year, month in months),
    )


def _months(start: date, end: date) -> list[tuple[int, int]]:
    """Return the last months of a period as (year, month), at most twelve."""
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    return [(n // 12, n % 12 + 1) for n in range(max(first, last - _MONTHS_DRAWN + 1), last + 1)]


def _records(ctx: Context, member: Member) -> Reply:
    records = records_of(ctx.db, member, limit=10)
    if not records:
        return Reply((Text("아직 기록이 없어요."),), chips("find_program", "hours_missing"))
    card = ListCard("최근 봉사 기록", tuple(_record_item(record, ctx.now.date()) for record in records))
    return Reply((card,), chips("hours_missing", "certificate_issue", "neis_transfer"))


def _record_item(record: ServiceRecord, today: date) -> ListItem:
    state = _RECORD_STATES[record.state]
    return ListItem(record.title, f"{day(record.served_on, today)} · {record.hours}시간 · {state}")
