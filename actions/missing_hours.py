"""Hours that are absent, wrong or late: what is recorded, why, whom to ask, and a request to the staff."""

from __future__ import annotations

from actions.faq import topic_chips
from actions.members import for_members
from bot.context import Context
from bot.hour_cases import (
    AFTER_REPORT,
    ALREADY_REPORTED,
    REPORTED,
    WHOM_TO_ASK,
    Case,
    case_of_application,
    case_of_record,
    cases_of,
    of_record,
    report,
)
from bot.menu import chips
from bot.replies import (
    Button,
    Call,
    Card,
    Fact,
    Link,
    ListCard,
    ListItem,
    Press,
    Question,
    QuickReply,
    Reply,
    Say,
    Text,
)
from bot.wording import day
from models.hours import RecordState, records_of
from models.members import Member
from models.search import squeeze

ACTION = "hours_missing"
_LISTED = 8


@for_members
def hours_missing(ctx: Context, member: Member) -> Reply:
    """Show what does not count yet and why; hand one over to the staff when asked."""
    if (case := _picked(ctx, member)) is not None:
        return _report(ctx, member, case) if ctx.data.get("confirm") is True else _card(ctx, case)
    missing = cases_of(ctx.db, member, ctx.now.date())
    meant = _meant(ctx, missing)
    if len(meant) == 1:
        return _card(ctx, meant[0])
    return _list(ctx, meant, "아직 안 들어온 봉사시간") if meant else _nothing_missing(ctx, member)


def _picked(ctx: Context, member: Member) -> Case | None:
    if (number := ctx.number("record") or ctx.referred_number("record")) is not None:
        return case_of_record(ctx.db, member, number)
    if (number := ctx.number("application") or ctx.referred_number("application")) is not None:
        return case_of_application(ctx.db, member, number)
    return None


def _meant(ctx: Context, cases: list[Case]) -> list[Case]:
    """Return the cases that the words name by programme or host, all when they name none of them."""
    names = [squeeze(words) for name in ("program", "host") for words in ctx.parsed.words(name)]
    named = [case for case in cases if any(name in squeeze(case.title + case.host) for name in names)]
    return named or cases


def _list(ctx: Context, cases: list[Case], title: str) -> Reply:
    items = tuple(
        ListItem(case.title, f"{day(case.served_on, ctx.now.date())} · {case.why}", Press(ACTION, case.data))
        for case in cases[:_LISTED]
    )
    help_chips = topic_chips(
        ctx, "hours_missing/not_shown", "hours_missing/wrong", "faq_hours_rule/daily_limit"
    )
    return Reply((Text("어떤 활동인지 골라 주면 자세히 볼게요."), ListCard(title, items)), help_chips)


def _nothing_missing(ctx: Context, member: Member) -> Reply:
    """Offer the credited records: one of them may show wrong hours."""
    credited = [of_record(record) for record in records_of(ctx.db, member, (RecordState.CREDITED,), limit=5)]
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
        Button("화면에서 보기", Link(ctx.link("my_hours", case.page))),
    ]
    if case.phone:
        buttons.insert(0, Button("기관에 전화하기", Call(case.phone)))
    card = Card(case.title, f"{case.why.rstrip('.')}. {WHOM_TO_ASK}", tuple(facts), buttons=tuple(buttons))
    no = QuickReply("괜찮아요", Say("됐어"), "no")
    return Reply(
        (card,),
        (no, *topic_chips(ctx, "hours_missing/wrong", "faq_hours_rule/minutes")),
        Question(ACTION, case.data),
    )


def _report(ctx: Context, member: Member, case: Case) -> Reply:
    new = report(ctx.db, ctx.account, member, case, ctx.now)
    title = REPORTED if new else ALREADY_REPORTED
    return Reply(
        (Card(title, AFTER_REPORT, (Fact("활동", case.title),)),), chips("check_hours", "application_status")
    )
