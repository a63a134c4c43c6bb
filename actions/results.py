"""Search results as cards: a carousel, more of it, wider when there is nothing, one programme in detail."""

from __future__ import annotations

from actions.wishes import Wish
from bot.context import Context
from bot.dates import impossible_dates
from bot.menu import MORE, chips
from bot.regions import RegionFound
from bot.replies import (
    Button,
    Call,
    Card,
    Carousel,
    Fact,
    Link,
    Press,
    Question,
    QuickReply,
    Reply,
    Say,
    Text,
)
from bot.searches import in_regions, on_weekend, own_region, said, to_data
from bot.wording import host_name, host_phone, session_facts, when
from models.codes import FIELDS
from models.programs import ProgramSession
from models.search import Cursor, Page, ProgramQuery, find_sessions, sessions_of

FIND = "find_program"
APPLY = "apply_program"
PAGE = 5
_WIDER: tuple[tuple[tuple[str, ...], str], ...] = (
    (("begins_from", "begins_before"), "시간대를 넓혀서"),
    (("weekdays",), "다른 요일까지"),
    (("first_day", "last_day"), "다른 날짜까지"),
    (("field_codes",), "다른 분야까지"),
    (("sigungu_codes",), "옆 동네까지"),
    (("words",), "이름을 빼고"),
    (("sido_codes",), "전국에서"),
)
"""What is let go, in this order, when nothing is found, and how it is said."""


def search(ctx: Context, wish: Wish, asking: str = "") -> Reply:
    """Show a page of what is looked for; ask, go on or widen where there is need."""
    if wish.unclear is not None:
        return which_region(wish.query, wish.unclear)
    if not ctx.data and (wrong := impossible_dates(ctx.turn.words, ctx.now)):
        text = f"'{wrong[0].text}'은 달력에 없는 날이에요. 다른 날짜로 말해 줄래요?"
        return Reply((Text(text),), _refinements(ctx, wish.query))
    after = Cursor.parse(ctx.text("after"))
    page = find_sessions(ctx.db, wish.query, ctx.now, limit=PAGE, after=after)
    if page.sessions:
        return shown(ctx, wish.query, page, asking or _lead(ctx, wish.query, more=after is not None))
    if after is not None:
        return Reply(
            (Text("여기까지가 전부예요! 조건을 바꿔서 더 찾아볼까요?"),), _refinements(ctx, wish.query)
        )
    return wider(ctx, wish.query)


def _lead(ctx: Context, query: ProgramQuery, *, more: bool) -> str:
    words = said(query, ctx.now.date())
    if more:
        return "더 찾아봤어요!"
    return f"{words} 활동이에요!" if words else "지금 신청할 수 있는 활동이에요!"


def shown(ctx: Context, query: ProgramQuery, page: Page, lead: str) -> Reply:
    """Show a page as a carousel, with what comes next as chips."""
    carousel = Carousel(tuple(_card(session) for session in page.sessions))
    following: tuple[QuickReply, ...] = ()
    if page.next is not None:
        data = {**to_data(query), "after": str(page.next)}
        following = (QuickReply(MORE, Press(FIND, data)),)
    return Reply((Text(lead), carousel), (*following, *_refinements(ctx, query)))


def _card(session: ProgramSession) -> Card:
    facts = [Fact("일시", when(session)), Fact("장소", session.place or host_name(session))]
    facts += [
        Fact("인정시간", f"{session.credited_hours}시간"),
        Fact("남은 자리", f"{session.seats - session.taken}명"),
        Fact("분야", FIELDS.get(session.field_code, "기타")),
    ]
    return Card(
        session.program.title,
        facts=tuple(fact for fact in facts if fact.value),
        buttons=(
            Button("신청하기", Press(APPLY, {"session": session.id})),
            Button("자세히", Press(FIND, {"session": session.id})),
        ),
    )


def _refinements(ctx: Context, query: ProgramQuery) -> tuple[QuickReply, ...]:
    """Offer the next thing a person would narrow down by."""
    offers = []
    today = ctx.now.date()
    if query.first_day is None:
        offers.append(QuickReply("이번 주말", Press(FIND, to_data(on_weekend(query, today)))))
    near = own_region(ctx.member)
    if near and not query.sido_codes:
        offers.append(QuickReply("우리 동네", Press(FIND, to_data(in_regions(query, near)))))
    return (*offers, *chips("recommend_program", "application_status"))


def which_region(query: ProgramQuery, unclear: RegionFound) -> Reply:
    """Ask which of several places of one name is meant."""
    choices = tuple(
        QuickReply(region.short_name, Press(FIND, to_data(in_regions(query, [region]))))
        for region in unclear.regions[:10]
    )
    return Reply(
        (Text(f"'{unclear.text}'라는 곳은 여러 군데 있어요. 어디를 찾을까요?"),), choices, Question(FIND)
    )


def wider(ctx: Context, query: ProgramQuery) -> Reply:
    """Let go of one wish after the other until something is found, and say which."""
    loose, told = query, list[str]()
    for names, how in _WIDER:
        if all(getattr(loose, name) == getattr(ProgramQuery(), name) for name in names):
            continue
        for name in names:
            loose = loose.without(name)
        told.append(how)
        page = find_sessions(ctx.db, loose, ctx.now, limit=PAGE)
        if page.sessions:
            asked = said(query, ctx.now.date())
            exactly = f"'{asked}'에 딱 맞는 건" if asked else "딱 맞는 건"
            return shown(ctx, loose, page, f"{exactly} 지금 없어서, {', '.join(told)} 찾아봤어요.")
    return Reply(
        (Text("지금은 신청할 수 있는 활동이 없어요. 새 활동이 올라오면 알려 줄까요?"),),
        (QuickReply("새 봉사 알림 받기", Say("봉사 추천 알림 켜줘")), *chips("recommend_program")),
    )


def detail(ctx: Context, session_id: int) -> Reply:
    """Show one programme at one session, with what else there is to know."""
    session = ctx.db.get(ProgramSession, session_id)
    if session is None:
        return Reply((Text("그 활동을 찾을 수 없어요. 다시 찾아볼까요?"),), chips(FIND))
    program = session.program
    facts = session_facts(session)
    buttons = [
        Button("신청하기", Press(APPLY, {"session": session.id})),
        Button("화면에서 보기", Link(ctx.link("programme_detail", str(session.id)))),
    ]
    if phone := host_phone(session):
        buttons.append(Button("기관에 전화하기", Call(phone)))
    following = chips("find_program", "application_status")
    if len(sessions_of(ctx.db, program.id, ctx.now)) > 1:
        following = (QuickReply("다른 날짜 보기", Press(APPLY, {"program": program.id})), *following)
    about = "\n\n".join(
        part for part in (program.content[:300], session.notes and f"📌 {session.notes[:300]}") if part
    )
    card = Card(program.title, facts=facts, buttons=tuple(buttons))
    return Reply((card, Text(about)) if about else (card,), following)
