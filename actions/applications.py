"""My applications: where they stand, and cancelling one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from actions.members import for_members
from actions.names import title_words
from bot.context import Context
from bot.dates import DateRange, moved_dates, parse_dates
from bot.menu import chips
from bot.replies import Button, Call, Card, Fact, Link, ListCard, ListItem, Press, Question, Reply, Say, Text
from bot.wording import STATE_NAMES, STATE_NEXT, day, host_name, host_phone, moment, session_facts, when
from models import applications
from models.applications import LIVE, Application, ApplicationState
from models.members import Member
from models.ownership import own
from models.refusals import Reason, Refused

STATUS = "application_status"
CANCEL = "cancel_application"
_STATE_WORDS: dict[str, tuple[ApplicationState, ...]] = {
    "승인": (ApplicationState.APPROVED, ApplicationState.APPLIED),
    "확정": (ApplicationState.APPROVED, ApplicationState.APPLIED),
    "반려": (ApplicationState.REJECTED,),
    "거절": (ApplicationState.REJECTED,),
    "대기": (ApplicationState.WAITLISTED,),
    "취소된": (ApplicationState.CANCELLED_BY_USER, ApplicationState.CANCELLED_BY_HOST),
}


@for_members
def application_status(ctx: Context, member: Member) -> Reply:
    """Show one application when one is meant, otherwise all, those to come first."""
    if ctx.data.get("waiting") is True:
        return _waiting(ctx, member)
    wanted = _wanted_id(ctx)
    if wanted is not None:
        return _detail(ctx, own(ctx.db, member, Application, wanted))
    mine = applications.applications_of(ctx.db, member)
    if not mine:
        return Reply(
            (Text("아직 신청한 봉사가 없어요. 마음에 드는 활동을 찾아볼까요?"),),
            chips("find_program", "recommend_program"),
        )
    matching = _meant(ctx, mine)
    if len(matching) == 1 and len(mine) > 1:
        return _detail(ctx, matching[0])
    return _overview(ctx, matching or mine, nothing_matched=not matching)


@for_members
def cancel_application(ctx: Context, member: Member) -> Reply:
    """Pick, show the rule, confirm, cancel; where the rule says no, show whom to call."""
    wanted = _wanted_id(ctx)
    if wanted is not None:
        application = own(ctx.db, member, Application, wanted)
        return (
            _cancel(ctx, member, application) if ctx.data.get("confirm") is True else _ask(ctx, application)
        )
    live = [
        a for a in applications.applications_of(ctx.db, member, LIVE) if a.session.starts_on >= ctx.now.date()
    ]
    if not live:
        return Reply((Text("취소할 수 있는 신청이 없어요."),), chips("application_status", "find_program"))
    matching = _meant(ctx, live)
    return _ask(ctx, matching[0]) if len(matching) == 1 else _pick(matching or live, exact=bool(matching))


def _wanted_id(ctx: Context) -> int | None:
    return ctx.number("application") or ctx.referred_number("application")


def _meant(ctx: Context, mine: Sequence[Application]) -> list[Application]:
    """Return the applications that the words narrow down to: by date, by name, by state."""
    found = list(mine)
    if days := _days(ctx):
        found = [a for a in found if any(a.session.starts_on in d for d in days)]
    found = _named(ctx.turn.words, found)
    for word, states in _STATE_WORDS.items():
        if word in ctx.turn.words and (ctx.parsed.intent == STATUS or word == "대기"):
            found = [a for a in found if a.state in states] or found
    return found


def _days(ctx: Context) -> list[DateRange]:
    """Return the days that are named; who moves from one to another (토요일 말고 일요일로 옮겨줘) gives up the first."""
    if ctx.data:
        return []
    away, _ = moved_dates(ctx.turn.words, ctx.now)
    return [found.value for found in away or parse_dates(ctx.turn.words, ctx.now)]


def _waiting(ctx: Context, member: Member) -> Reply:
    """Show at which place of a waiting list the member stands."""
    waiting = applications.applications_of(ctx.db, member, (ApplicationState.WAITLISTED,))
    waiting = [a for a in waiting if a.session.ends_on >= ctx.now.date()]
    if not waiting:
        return Reply((Text("지금 대기 중인 신청은 없어요."),), chips("application_status", "find_program"))
    if len(waiting) == 1:
        return _detail(ctx, waiting[0])
    items = tuple(_waiting_item(ctx, application) for application in waiting[:10])
    page = Button("화면에서 보기", Link(ctx.link("my_application")))
    return Reply((ListCard("내 대기 순번", items, (page,)),), chips("application_status", "find_program"))


def _waiting_item(ctx: Context, application: Application) -> ListItem:
    place = applications.waiting_position(ctx.db, application)
    told = f"대기 {place}번째 · {when(application.session, ctx.now.date())}"
    return ListItem(application.session.program.title, told, Press(STATUS, {"application": application.id}))


def _named(words: str, mine: list[Application]) -> list[Application]:
    """Return those whose title or host has most of the words said; all when none has any."""
    said = title_words(words)
    scores = [sum(word in a.session.program.search_text for word in said) for a in mine]
    best = max(scores, default=0)
    return [a for a, score in zip(mine, scores, strict=True) if score == best]


def _overview(ctx: Context, mine: Sequence[Application], *, nothing_matched: bool) -> Reply:
    coming = [a for a in mine if a.state in LIVE and a.session.ends_on >= ctx.now.date()]
    past = [a for a in reversed(mine) if a not in coming]
    all_of_them = (Button("화면에서 보기", Link(ctx.link("my_application"))),)
    blocks: list[Text | ListCard] = [Text(_counts(ctx, mine, coming, nothing_matched=nothing_matched))]
    if coming:
        items = tuple(_item(a, today=ctx.now.date()) for a in coming[:5])
        blocks.append(ListCard("다가오는 봉사", items, () if past else all_of_them))
    if past:
        items = tuple(_item(a, today=ctx.now.date()) for a in past[:5])
        blocks.append(ListCard("지난 신청", items, all_of_them))
    return Reply(tuple(blocks), chips("cancel_application", "find_program", "check_hours"))


def _counts(
    ctx: Context, mine: Sequence[Application], coming: Sequence[Application], *, nothing_matched: bool
) -> str:
    lead = "말한 것과 꼭 맞는 신청은 없어서 전부 보여 줄게요.\n" if nothing_matched else ""
    if not coming:
        return f"{lead}다가오는 봉사는 없어요. 지난 신청은 {len(mine)}개예요."
    nearest = coming[0].session
    days_left = (nearest.starts_on - ctx.now.date()).days
    when_words = {0: "바로 오늘", 1: "내일"}.get(days_left, f"{days_left}일 뒤")
    return f"{lead}다가오는 봉사가 {len(coming)}개 있어요. 가장 가까운 건 {when_words}예요!"


def _item(application: Application, action: str = STATUS, *, today: date | None = None) -> ListItem:
    session = application.session
    return ListItem(
        session.program.title,
        f"{STATE_NAMES[application.state]} · {when(session, today)}",
        Press(action, {"application": application.id}),
    )


def _detail(ctx: Context, application: Application) -> Reply:
    session, state = application.session, application.state
    buttons: list[Button] = []
    if _may_cancel(ctx, application):
        buttons.append(Button("신청 취소", Press(CANCEL, {"application": application.id})))
    if state is ApplicationState.ABSENT:
        buttons.append(Button("이의 내기", Press("no_show", {"application": application.id})))
    if phone := host_phone(session):
        buttons.append(Button("기관에 전화하기", Call(phone)))
    buttons.append(Button("화면에서 보기", Link(ctx.link("my_application", str(application.id)))))
    facts = (Fact("상태", STATE_NAMES[state]), *session_facts(session, seats=False))
    if host := host_name(session):
        facts = (*facts, Fact("기관", host))
    card = Card(session.program.title, facts=facts, buttons=tuple(buttons))
    return Reply((Text(_explained(ctx, application)), card), chips("application_status", "find_program"))


def _may_cancel(ctx: Context, application: Application) -> bool:
    try:
        application.check_cancel(ctx.rules, ctx.now)
    except Refused:
        return False
    return True


def _explained(ctx: Context, application: Application) -> str:
    text = STATE_NEXT[application.state]
    if application.state is ApplicationState.WAITLISTED:
        text = f"지금 대기 {applications.waiting_position(ctx.db, application)}번째예요. {text}"
    if application.reason:
        text += f"\n기관이 남긴 말: {application.reason}"
    if application.state in LIVE and application.session.notes:
        text += f"\n📌 {application.session.notes[:200]}"
    return text


def _pick(live: Sequence[Application], *, exact: bool) -> Reply:
    items = tuple(_item(application, CANCEL) for application in live[:10])
    lead = () if exact else (Text("말한 것과 꼭 맞는 신청은 없어요."),)
    return Reply((*lead, ListCard("어떤 신청을 취소할까요?", items)), question=Question(CANCEL))


def _ask(ctx: Context, application: Application) -> Reply:
    """Show the rule before the button."""
    if application.state is ApplicationState.CANCELLED_BY_USER:
        return _cancelled(application, again=True)
    try:
        application.check_cancel(ctx.rules, ctx.now)
    except Refused as refused:
        return _call_host(application, refused)
    deadline = moment(ctx.rules.cancel_deadline(application.session.starts_on))
    card = Card(
        application.session.program.title,
        f"{when(application.session)}\n{deadline}까지 취소할 수 있어요. 취소하면 되돌릴 수 없고, 다시 하려면 새로 신청해야 해요. 정말 취소할까요?",
        buttons=(
            Button(
                "취소할게요", Press(CANCEL, {"application": application.id, "confirm": True}), means="yes"
            ),
            Button("그대로 둘래요", Say("됐어"), means="no"),
        ),
    )
    return Reply((card,), question=Question(CANCEL))


def _cancel(ctx: Context, member: Member, application: Application) -> Reply:
    try:
        changed = applications.cancel(ctx.db, application, member, ctx.rules, ctx.now)
    except Refused as refused:
        return _call_host(application, refused)
    return _cancelled(application, again=not changed)


def _cancelled(application: Application, *, again: bool) -> Reply:
    text = "이미 취소되어 있어요." if again else "취소했어요. 다음에 또 만나요!"
    card = Card(
        application.session.program.title, f"{text}\n{day(application.session.starts_on)} 활동이었어요."
    )
    return Reply((card,), chips("find_program", "application_status"))


def _call_host(application: Application, refused: Refused) -> Reply:
    session = application.session
    buttons = [Button("상담원 연결", Press("human_agent"))]
    phone = host_phone(session)
    if phone:
        buttons.insert(0, Button("기관에 전화하기", Call(phone)))
    where = f"{host_name(session)} {phone}".strip()
    text = (
        f"{refused.words}\n{where}"
        if where and refused.reason is not Reason.NOT_CANCELLABLE
        else refused.words
    )
    return Reply((Card(session.program.title, text, buttons=tuple(buttons)),), chips("application_status"))
