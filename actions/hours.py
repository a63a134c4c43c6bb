"""My hours: all, of a period, by kind, and what is left to a goal, with a drawn summary."""

from __future__ import annotations

from datetime import date

from actions.members import for_members
from bot.context import Context
from bot.dates import DateRange, parse_dates
from bot.menu import chips
from bot.pictures import HoursPicture
from bot.replies import Button, Card, Link, ListCard, ListItem, Press, Reply, Text
from bot.times import parse_hours
from bot.wording import RECORD_NAMES, THIS_SCHOOL_YEAR, day
from models.codes import FIELDS
from models.hours import (
    HoursSummary,
    ServiceRecord,
    goal_of,
    hours_summary,
    months_between,
    records_of,
)
from models.members import Member

ACTION = "check_hours"
_KINDS_TOLD = 3
_LARGEST_GOAL = 2000


@for_members
def check_hours(ctx: Context, member: Member) -> Reply:
    """Show the hours card; the list of records when asked."""
    if ctx.data.get("list") is True:
        return _records(ctx, member)
    period, title = _period(ctx)
    summary = hours_summary(ctx.db, member, period.start, period.end)
    if not summary.total and not summary.pending:
        return Reply(
            (Card("아직 인정된 봉사시간이 없어요", "첫 봉사를 찾아볼까요?", buttons=(_page(ctx),)),),
            chips("find_program", "hours_missing"),
        )
    named = _named_goal(ctx)
    goal = named or goal_of(member, ctx.rules)
    card = Card(
        f"모두 {summary.total}시간 인정됐어요",
        "\n".join(
            [
                f"{title} {summary.in_period}시간",
                *_left(summary, title, goal, named=bool(named)),
                *_kinds(summary),
            ]
        ),
        image=ctx.pictures.hours(_picture(summary, title, goal, period)),
        buttons=(
            Button("하나씩 보기", Press(ACTION, {"list": True})),
            Button("확인서", Press("certificate_issue")),
            _page(ctx),
        ),
    )
    return Reply((card,), chips("hours_missing", "find_program", "certificate_issue", "neis_transfer"))


def _page(ctx: Context) -> Button:
    return Button("화면에서 보기", Link(ctx.link("my_hours")))


def _period(ctx: Context) -> tuple[DateRange, str]:
    """Return the period asked for with its name; the school year when none is named."""
    for found in parse_dates(ctx.turn.words, ctx.now, prefer="past") if not ctx.data else ():
        return found.value, found.text
    start, end = ctx.rules.school_year(ctx.now.date())
    return DateRange(start, end), THIS_SCHOOL_YEAR


def _named_goal(ctx: Context) -> int:
    """Return the goal the words name (50시간까지), 0 when they name none."""
    hours = [int(found.value) for found in parse_hours(ctx.turn.words)] if not ctx.data else []
    return next((value for value in hours if 0 < value <= _LARGEST_GOAL), 0)


def _left(summary: HoursSummary, title: str, goal: int, *, named: bool) -> list[str]:
    """Tell what is left: to a goal just named from all hours, to the year's goal from the year's."""
    if not named and title != THIS_SCHOOL_YEAR:
        return []
    whose, left = ("", goal - summary.total) if named else (f"{THIS_SCHOOL_YEAR} ", goal - summary.in_period)
    if left <= 0:
        return [f"{whose}목표 {goal}시간을 다 채웠어요! 🎉"]
    return [f"{whose}목표 {goal}시간까지 {left}시간 남았어요!"]


def _kinds(summary: HoursSummary) -> list[str]:
    lines = []
    if summary.by_field:
        most = [f"{FIELDS[code]} {hours}시간" for code, hours in summary.by_field.items()]
        lines.append(" · ".join(most[:_KINDS_TOLD]) + (" 등" if len(most) > _KINDS_TOLD else ""))
    if summary.received_from_1365:
        lines.append(f"1365에서 온 시간 {summary.received_from_1365}시간 포함")
    if summary.pending:
        lines.append(f"확인 중인 시간 {summary.pending}시간")
    return lines


def _picture(summary: HoursSummary, title: str, goal: int, period: DateRange) -> HoursPicture:
    months = months_between(period.start, period.end)
    return HoursPicture(
        total=summary.total,
        goal=goal,
        period=title,
        in_period=summary.in_period,
        months=tuple((month, summary.by_month.get((year, month), 0)) for year, month in months),
    )


def _records(ctx: Context, member: Member) -> Reply:
    records = records_of(ctx.db, member, limit=10)
    if not records:
        return Reply((Text("아직 기록이 없어요."),), chips("find_program", "hours_missing"))
    items = tuple(_record_item(record, ctx.now.date()) for record in records)
    card = ListCard("최근 봉사 기록", items, (Button("화면에서 모두 보기", Link(ctx.link("my_hours"))),))
    return Reply((card,), chips("hours_missing", "certificate_issue", "neis_transfer"))


def _record_item(record: ServiceRecord, today: date) -> ListItem:
    state = RECORD_NAMES[record.state]
    told = f"{day(record.served_on, today)} · {record.hours}시간 · {state}"
    return ListItem(record.title, told, Press("hours_missing", {"record": record.id}))
