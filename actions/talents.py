"""Talent sharing: a short form for what I can give, and where my offers stand."""

from __future__ import annotations

from actions.faq import topic_chips
from actions.forms import STOP, ask
from actions.members import for_members
from bot.context import Context
from bot.menu import chips
from bot.replies import (
    Button,
    Call,
    Card,
    Data,
    Fact,
    Link,
    ListCard,
    ListItem,
    Press,
    Question,
    QuickReply,
    Reply,
)
from bot.wording import day, when
from models.codes import region_by_codes
from models.masking import mask
from models.members import Member
from models.ownership import own
from models.programs import ProgramSession
from models.talents import OFFER_STATE_NAMES, OfferState, TalentOffer, file_offer, offers_of

ACTION = "talent_sharing"
LONGEST = 60
"""Longest answer to one question, in characters."""
QUESTIONS: dict[str, str] = {
    "talent": "어떤 재능을 나누고 싶어요? 그림, 악기, 코딩처럼 잘하는 걸 편하게 말해 주세요.",
    "when": "언제 할 수 있어요?",
    "where": "어느 지역에서 하고 싶어요?",
}
"""The form: field → question, in the order they are asked."""
_LABELS = {"talent": "재능", "when": "언제", "where": "어디서"}
_EXAMPLES: dict[str, tuple[str, ...]] = {
    "talent": ("그림", "악기 연주", "공부 가르치기", "춤·노래"),
    "when": ("주말", "평일 방과 후", "방학 때", "언제든"),
    "where": ("온라인", "어디든"),
}
_SAID_BY = {"when": ("date", "time"), "where": ("region",)}
"""Fields that a sentence may fill → the entities that do."""
_HEARD = {
    OfferState.FILED: "맞는 곳을 찾고 있어요. 찾으면 알려 줄게요!",
    OfferState.MATCHED: "함께하고 싶다는 곳이 있어요. 승인되면 알려 줄게요.",
    OfferState.APPROVED: "승인됐어요! 아래 내용을 보고 함께해 주세요.",
    OfferState.WITHDRAWN: "취소한 재능나눔이에요.",
}


@for_members
def talent_sharing(ctx: Context, member: Member) -> Reply:
    """Show an offer or all of mine, or go on with the form for a new one."""
    number = ctx.number("offer") or ctx.referred_number("offer")
    if number is not None:
        return _offer(ctx, own(ctx.db, member, TalentOffer, number))
    filled = _filled(ctx)
    offers = offers_of(ctx.db, member)
    if offers and not filled and ctx.data.get("new") is not True:
        return _mine(ctx, offers)
    return _form(ctx, member, filled)


def _filled(ctx: Context) -> dict[str, str]:
    """Return the answers so far: those carried along, and what a whole sentence says besides.

    The words that answer a question are taken as they are, so what they name counts for that question only.
    """
    answers = {name: " ".join(mask(ctx.text(name)).split()) for name in QUESTIONS}
    if ctx.parsed.source != "question":
        for name, entities in _SAID_BY.items():
            said = " ".join(words for entity in entities for words in ctx.parsed.words(entity))
            answers[name] = said or answers[name]
    return {name: answer for name, answer in answers.items() if answer}


def _form(ctx: Context, member: Member, filled: dict[str, str]) -> Reply:
    too_long = next((name for name, answer in filled.items() if len(answer) > LONGEST), None)
    if too_long is not None:
        rest = {name: answer for name, answer in filled.items() if name != too_long}
        return _ask(member, too_long, rest, f"조금만 짧게 말해 줄래요? {LONGEST}자까지 적을 수 있어요.")
    missing = next((name for name in QUESTIONS if name not in filled), None)
    if missing is not None:
        return _ask(member, missing, filled, QUESTIONS[missing])
    return _file(ctx, member, filled) if ctx.data.get("confirm") is True else _confirm(filled)


def _ask(member: Member, name: str, filled: dict[str, str], question: str) -> Reply:
    """Ask for one field; the chips answer it with a press, so they work without memory too."""
    examples = (*_home(member), *_EXAMPLES[name]) if name == "where" else _EXAMPLES[name]
    offered = tuple(QuickReply(each, Press(ACTION, {**filled, name: each})) for each in examples)
    return ask(question, Question(ACTION, filled or {"new": True}, field=name), offered)


def _home(member: Member) -> tuple[str, ...]:
    region = region_by_codes(member.sido_code or "", member.sigungu_code)
    return (region.short_name,) if region else ()


def _confirm(filled: Data) -> Reply:
    card = Card(
        "이렇게 올릴까요?",
        "올리면 맞는 기관을 찾아서 알려 줄게요.",
        _facts(filled),
        buttons=(
            Button("올릴게요", Press(ACTION, {**filled, "confirm": True}), "yes"),
            Button("처음부터 다시", Press(ACTION, {"new": True})),
            Button(STOP.label, STOP.target, STOP.means),
        ),
    )
    return Reply((card,), question=Question(ACTION, filled))


def _facts(answers: Data) -> tuple[Fact, ...]:
    return tuple(Fact(_LABELS[name], str(answers[name])) for name in QUESTIONS)


def _file(ctx: Context, member: Member, filled: dict[str, str]) -> Reply:
    offer = file_offer(ctx.db, member, **filled, now=ctx.now)
    card = Card(
        "재능을 올려 뒀어요! 🎉",
        _HEARD[offer.state],
        _facts(filled),
        buttons=(Button("내 재능나눔 보기", Press(ACTION, {"offer": offer.id})),),
    )
    return Reply((card,), chips("find_program", "notification_settings"))


def _mine(ctx: Context, offers: list[TalentOffer]) -> Reply:
    items = tuple(
        ListItem(
            offer.talent,
            f"{OFFER_STATE_NAMES[offer.state]} · {day(offer.filed_at.date(), ctx.now.date())}",
            Press(ACTION, {"offer": offer.id}),
        )
        for offer in offers[:5]
    )
    buttons = (
        Button("새로 올리기", Press(ACTION, {"new": True})),
        Button("화면에서 보기", Link(ctx.link("my_talent"))),
    )
    listed = ListCard("내 재능나눔", items, buttons)
    return Reply((listed,), topic_chips("talent_sharing/what_is_it"))


def _offer(ctx: Context, offer: TalentOffer) -> Reply:
    facts = [
        Fact("상태", OFFER_STATE_NAMES[offer.state]),
        Fact(_LABELS["when"], offer.when),
        Fact(_LABELS["where"], offer.where),
    ]
    buttons = [Button("화면에서 보기", Link(ctx.link("my_talent", str(offer.id))))]
    for match in offer.matches[-1:]:
        facts.append(Fact("기관", match.host.name))
        if match.program_session_id is not None:
            facts += _where_and_when(ctx, match.program_session_id)
        if match.host.phone:
            buttons.insert(0, Button("기관에 전화하기", Call(match.host.phone)))
    card = Card(offer.talent, _HEARD[offer.state], tuple(facts), buttons=tuple(buttons))
    another = QuickReply("다른 재능 올리기", Press(ACTION, {"new": True}))
    return Reply((card,), (another, *topic_chips("talent_sharing/what_is_it")))


def _where_and_when(ctx: Context, session_id: int) -> list[Fact]:
    session = ctx.db.get(ProgramSession, session_id)
    if session is None:
        return []
    return [Fact("일시", when(session)), *([Fact("장소", session.place)] if session.place else [])]
