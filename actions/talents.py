"""Talent sharing: a short form for what I can give, and where my offers stand."""

from __future__ import annotations

import re

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
    Say,
)
from bot.wording import OFFER_EXAMPLES, OFFER_LABELS, OFFER_NEXT, OFFER_WITHDRAW, day, offer_places, when
from models.members import Member
from models.ownership import own
from models.programs import ProgramSession
from models.talents import (
    LIVE,
    OFFER_STATE_NAMES,
    TalentOffer,
    check_withdraw,
    file_offer,
    offers_of,
    tidy,
    trouble,
    withdraw_offer,
)

ACTION = "talent_sharing"
QUESTIONS: dict[str, str] = {
    "talent": "어떤 재능을 나누고 싶어요? 그림, 악기, 코딩처럼 잘하는 걸 편하게 말해 주세요.",
    "when": "언제 할 수 있어요?",
    "where": "어느 지역에서 하고 싶어요?",
}
"""The form: field → question, in the order they are asked."""
_SAID_BY = {"when": ("date", "time"), "where": ("region",)}
"""Fields that a sentence may fill → the entities that do."""
_WITHDRAW = re.compile(r"취소|철회|그만\s?두|그만\s?할|내릴|내려\s?줘|지워")
"""Words of someone who takes an offer back."""


@for_members
def talent_sharing(ctx: Context, member: Member) -> Reply:
    """Show an offer or all of mine, or go on with the form for a new one."""
    number = ctx.number("offer") or ctx.referred_number("offer")
    if number is not None:
        return _named(ctx, member, own(ctx.db, member, TalentOffer, number))
    filled = _filled(ctx)
    offers = offers_of(ctx.db, member)
    if _takes_back(ctx):
        return _which(ctx, offers)
    if offers and not filled and ctx.data.get("new") is not True:
        return _mine(ctx, offers)
    member.check_guardian(ctx.rules, ctx.now.date())  # before anything is asked
    return _form(ctx, member, filled)


def _named(ctx: Context, member: Member, offer: TalentOffer) -> Reply:
    """Show one offer, or take it back once that is confirmed."""
    if ctx.data.get("withdraw") is not True and not _takes_back(ctx):
        return _offer(ctx, offer, offer.talent)
    if ctx.data.get("confirm") is not True:
        return _ask_withdraw(ctx, offer)
    withdraw_offer(ctx.db, offer, member)
    return _offer(ctx, offer, "재능나눔을 취소했어요")


def _takes_back(ctx: Context) -> bool:
    said = not ctx.data and ctx.parsed.source != "question"
    return said and _WITHDRAW.search(ctx.turn.words) is not None


def _which(ctx: Context, offers: list[TalentOffer]) -> Reply:
    """Find the offer that shall be taken back: the only one, or one to be picked."""
    live = [offer for offer in offers if offer.state in LIVE]
    if len(live) == 1:
        return _ask_withdraw(ctx, live[0])
    return _mine(ctx, live or offers, "어떤 재능나눔을 취소할까요?" if live else "취소할 재능나눔이 없어요")


def _ask_withdraw(ctx: Context, offer: TalentOffer) -> Reply:
    if offer.state not in LIVE:
        check_withdraw(offer)
        return _offer(ctx, offer, "이미 취소했어요")
    yes = Press(ACTION, {"offer": offer.id, "withdraw": True, "confirm": True})
    buttons = (Button("취소할게요", yes, "yes"), Button("그대로 둘래요", Say("됐어"), "no"))
    card = Card("이 재능나눔을 취소할까요?", OFFER_WITHDRAW, _facts(_answers(offer)), buttons=buttons)
    return Reply((card,), question=Question(ACTION, {"offer": offer.id}))


def _filled(ctx: Context) -> dict[str, str]:
    """Return the answers so far: those carried along, and what a whole sentence says besides.

    The words that answer a question are taken as they are, so what they name counts for that question only.
    """
    answers = {name: tidy(ctx.text(name)) for name in QUESTIONS}
    if ctx.parsed.source != "question":
        for name, entities in _SAID_BY.items():
            said = " ".join(words for entity in entities for words in ctx.parsed.words(entity))
            answers[name] = said or answers[name]
    return {name: answer for name, answer in answers.items() if answer}


def _form(ctx: Context, member: Member, filled: dict[str, str]) -> Reply:
    wrong = next((name for name, answer in filled.items() if trouble(answer)), None)
    if wrong is not None:
        rest = {name: answer for name, answer in filled.items() if name != wrong}
        return _ask(member, wrong, rest, trouble(filled[wrong]))
    missing = next((name for name in QUESTIONS if name not in filled), None)
    if missing is not None:
        return _ask(member, missing, filled, QUESTIONS[missing])
    return _file(ctx, member, filled) if ctx.data.get("confirm") is True else _confirm(filled)


def _ask(member: Member, name: str, filled: dict[str, str], question: str) -> Reply:
    """Ask for one field; the chips answer it with a press, so they work without memory too."""
    examples = offer_places(member) if name == "where" else OFFER_EXAMPLES[name]
    offered = tuple(QuickReply(each, Press(ACTION, {**filled, name: each})) for each in examples)
    return ask(question, Question(ACTION, filled or {"new": True}, field=name), offered)


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
    return tuple(Fact(OFFER_LABELS[name], str(answers[name])) for name in QUESTIONS)


def _answers(offer: TalentOffer) -> Data:
    return {"talent": offer.talent, "when": offer.when, "where": offer.where}


def _file(ctx: Context, member: Member, filled: dict[str, str]) -> Reply:
    offer = file_offer(ctx.db, member, **filled, rules=ctx.rules, now=ctx.now)
    card = Card(
        "재능을 올려 뒀어요! 🎉",
        OFFER_NEXT[offer.state],
        _facts(filled),
        buttons=(
            Button("내 재능나눔 보기", Press(ACTION, {"offer": offer.id})),
            Button("화면에서 보기", Link(ctx.link("my_talent", str(offer.id)))),
        ),
    )
    return Reply((card,), chips("find_program", "notification_settings"))


def _mine(ctx: Context, offers: list[TalentOffer], title: str = "내 재능나눔") -> Reply:
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
    listed = ListCard(title, items, buttons)
    return Reply((listed,), topic_chips(ctx, "talent_sharing/what_is_it"))


def _offer(ctx: Context, offer: TalentOffer, title: str) -> Reply:
    facts = [
        Fact("상태", OFFER_STATE_NAMES[offer.state]),
        Fact(OFFER_LABELS["when"], offer.when),
        Fact(OFFER_LABELS["where"], offer.where),
    ]
    buttons = [Button("화면에서 보기", Link(ctx.link("my_talent", str(offer.id))))]
    for match in offer.matches[-1:]:
        facts.append(Fact("기관", match.host.name))
        if match.session is not None:
            facts += _where_and_when(match.session)
        if match.host.phone:
            buttons.insert(0, Button("기관에 전화하기", Call(match.host.phone)))
    if offer.state in LIVE:
        buttons.append(Button("재능나눔 취소", Press(ACTION, {"offer": offer.id, "withdraw": True})))
    card = Card(title, OFFER_NEXT[offer.state], tuple(facts), buttons=tuple(buttons))
    another = QuickReply("다른 재능 올리기", Press(ACTION, {"new": True}))
    return Reply((card,), (another, *topic_chips(ctx, "talent_sharing/what_is_it")))


def _where_and_when(session: ProgramSession) -> list[Fact]:
    return [Fact("일시", when(session)), *([Fact("장소", session.place)] if session.place else [])]
