"""The thread of a conversation: what was last shown, what was asked, and what a short answer refers to."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.memory import Memory
from bot.references import Thing, asks_detail, ordinal_in, things_of
from bot.replies import (
    Block,
    Button,
    Card,
    Carousel,
    Data,
    ListCard,
    ListItem,
    Press,
    Question,
    QuickReply,
    Reply,
    Say,
)
from bot.turn import Person

log = logging.getLogger(__name__)

LIFETIME_SECONDS = 1800
SHORT_ANSWER = 12
"""Longest answer, without spaces, that a number in it decides; longer ones are understood as sentences."""

_REPLIES_KEPT, _MOST_THINGS = 3, 10
"""How far back "아까 그 도서관" reaches, and how many things of one reply: a session stays small."""

_THING = re.compile(r"(?:쪽|꺼|거|것|걸|건)(?:이?요|으?로(?:요|할게요?|할래요?)?|할게요?|할래요?)?$")
_TRAILING = re.compile(r"[?!.~,;^ㅋㅎㅠㅜ]+$")
YES = frozenset(
    [
        "네",
        "넹",
        "넵",
        "넴",
        "네네",
        "예",
        "응",
        "웅",
        "엉",
        "어",
        "ㅇㅇ",
        "ㅇ",
        "그래",
        "그래요",
        "좋아",
        "좋아요",
        "좋아여",
        "맞아",
        "맞아요",
        "할게",
        "할게요",
        "할래",
        "할래요",
        "해줘",
        "해주세요",
        "확인",
        "부탁해",
        "부탁해요",
        "ok",
        "okay",
        "오케이",
        "오키",
        "ㅇㅋ",
        "콜",
        "고고",
        "ㄱㄱ",
        "yes",
        "신청할게요",
        "신청해줘",
        "신청할래",
        "취소해줘",
        "취소할게요",
        "취소할래",
    ]
)
NO = frozenset(
    [
        "아니",
        "아니요",
        "아니오",
        "아뇨",
        "아니야",
        "ㄴㄴ",
        "ㄴ",
        "노노",
        "노",
        "no",
        "싫어",
        "싫어요",
        "안할래",
        "안할래요",
        "안해",
        "안해요",
        "하지마",
        "그냥둘래",
        "그냥두기",
    ]
)
LEAVE = frozenset(
    [
        "그만둘래",
        "그만둘래요",
        "그만둘게요",
        "그만할게",
        "그만할게요",
        "뒤로",
        "뒤로가기",
        "이전",
        "안할게",
        "안할게요",
        "종료",
        "됐어",
        "됐어요",
        "됐다",
        "괜찮아",
        "괜찮아요",
        "그만",
        "그만할래",
        "나가기",
        "나갈래",
        "처음으로",
        "처음",
        "메뉴",
        "홈",
        "다음에",
        "나중에",
        "나중에할게",
    ]
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something on the last reply that can be named instead of pressed. ``listed`` ones count for numbers."""

    label: str
    target: Press | Say
    means: Literal["yes", "no"] | None = None
    listed: bool = False


@dataclass(slots=True)
class Session:
    """What is remembered of a conversation for half an hour."""

    choices: list[Choice] = field(default_factory=list)
    question: Question | None = None
    misses: int = 0
    """Messages in a row that were not understood."""
    shown: list[list[Thing]] = field(default_factory=list)
    """The things of the last replies that showed any, the latest last."""

    def follow(self, reply: Reply, asked: Data | None = None) -> None:
        """Take over what ``reply`` shows and asks; ``asked`` is the data it answers."""
        choices = list(_choices(reply))
        if choices or reply.question:
            self.choices = choices
        self.question = reply.question
        if things := things_of(reply, asked)[:_MOST_THINGS]:
            self.shown = [*self.shown, things][-_REPLIES_KEPT:]

    def listed(self, ordinal: int) -> Choice | None:
        """Return the n-th thing of the last list: 1 is the first, -1 the last."""
        items = [choice for choice in self.choices if choice.listed]
        index = ordinal - 1 if ordinal > 0 else ordinal
        return items[index] if items and -len(items) <= index < len(items) else None

    def chosen_by(self, words: str) -> Choice | None:
        """Return what a short answer refers to: a label, a number, yes or no."""
        squeezed = squeeze(words)
        for choice in self.choices:
            if squeezed == squeeze(choice.label):
                return choice
        if meant := _yes_or_no(squeezed):  # never a number, though 네 is also a four
            asked = self.choices if self.question is not None else []
            return next((choice for choice in asked if choice.means == meant), None)
        if len(squeezed) > SHORT_ANSWER:
            return None
        if ordinal := ordinal_in(words):
            named = self.listed(ordinal)
            return None if named is None or _wants_else(words, named) else named
        return self._only_one_containing(squeezed)

    def _only_one_containing(self, squeezed: str) -> Choice | None:
        """Return what alone has a name in its label: 도서관, or 도서관 거요."""
        name = _THING.sub("", squeezed)
        if len(name) < 2 or self.question is None:
            return None
        found = [choice for choice in self.choices if choice.listed and name in squeeze(choice.label)]
        return found[0] if len(found) == 1 else None


def _wants_else(words: str, choice: Choice) -> bool:
    """Tell whether words name one of a list for something else than choosing it: 두 번째 거 언제야, 두 번째 거 취소할래."""
    cancels = isinstance(choice.target, Press) and choice.target.action == "cancel_application"
    return asks_detail(words) or ("취소" in words and not cancels)


def squeeze(words: str) -> str:
    """Return words as they are compared: lower case, no spaces, no marks or laughter at the end."""
    return _TRAILING.sub("", "".join(words.lower().split())) or words.strip()


def leaves(words: str) -> bool:
    """Tell whether the person wants out of what was asked, whatever it was."""
    squeezed = squeeze(words)
    return squeezed in LEAVE or squeezed in NO


def starts_over(words: str) -> bool:
    """Tell whether the person asks for the menu."""
    return squeeze(words) in {"처음으로", "처음", "메뉴", "홈"}


class Sessions:
    """Sessions in Redis, by person and room. One that cannot be read is begun anew.

    What was shown to a person alone is never shown again where others read along.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def enter(self, person: Person, room: str = "") -> tuple[Session, int]:
        """Return the person's session, a new one when there is none, and their turns within this minute."""
        turns, stored = self._memory.count_and_get(f"rate:{_key(person)}", 60, _key(person, room))
        if stored is None:
            return Session(), turns
        try:
            return _session(json.loads(stored)), turns
        except (ValueError, KeyError, TypeError):
            log.warning("a stored session could not be read and was begun anew")
            return Session(), turns

    def save(self, person: Person, session: Session, room: str = "") -> None:
        """Keep the session for half an hour."""
        self._memory.set(
            _key(person, room), json.dumps(_stored(session), ensure_ascii=False), LIFETIME_SECONDS
        )


def _key(person: Person, room: str = "") -> str:
    own = f"session:{person.channel}:{person.bot_id}:{person.user_key}"
    return f"{own}:{room}" if room else own


def _yes_or_no(squeezed: str) -> Literal["yes", "no"] | None:
    if squeezed in YES:
        return "yes"
    return "no" if squeezed in NO else None


def _choices(reply: Reply) -> Iterable[Choice]:
    for block in reply.blocks:
        yield from _choices_of(block)
    for chip in reply.quick_replies:
        yield Choice(chip.label, chip.target, chip.means)


def _choices_of(block: Block) -> Iterable[Choice]:
    if isinstance(block, Carousel):
        for card in block.cards:
            if (first := _first_press(card)) is not None:
                yield Choice(card.title, first, listed=True)
    elif isinstance(block, ListCard):
        yield from (
            Choice(item.title, t, listed=True) for item in block.items if (t := _target(item)) is not None
        )
        yield from _named_buttons(block.buttons)
    elif isinstance(block, Card):
        yield from _named_buttons(block.buttons)


def _named_buttons(buttons: Iterable[Button]) -> Iterable[Choice]:
    for button in buttons:
        if (target := _target(button)) is not None:
            yield Choice(button.label, target, button.means)


def _first_press(card: Card) -> Press | None:
    return next((button.target for button in card.buttons if isinstance(button.target, Press)), None)


def _target(shown: Button | ListItem | QuickReply) -> Press | Say | None:
    return shown.target if isinstance(shown.target, Press | Say) else None


def _stored(session: Session) -> dict[str, Any]:
    return {
        "choices": [_stored_choice(choice) for choice in session.choices],
        "question": session.question
        and [
            *(getattr(session.question, name) for name in ("action", "field", "verbatim")),
            dict(session.question.data),
        ],
        "misses": session.misses,
        "shown": [
            [[thing.title, thing.about, dict(thing.data)] for thing in group] for group in session.shown
        ],
    }


def _stored_choice(choice: Choice) -> list[Any]:
    target: list[Any] = (
        [choice.target.action, dict(choice.target.data)]
        if isinstance(choice.target, Press)
        else [choice.target.text]
    )
    return [choice.label, target, choice.means, choice.listed]


def _session(stored: dict[str, Any]) -> Session:
    question = stored["question"]
    return Session(
        choices=[
            Choice(label, _loaded(target), means, listed)
            for label, target, means, listed in stored["choices"]
        ],
        question=Question(question[0], question[3], question[1], question[2]) if question else None,
        misses=int(stored["misses"]),
        shown=[
            [Thing(title, about, data) for title, about, data in group] for group in stored.get("shown", ())
        ],
    )


def _loaded(target: list[Any]) -> Press | Say:
    if len(target) == 1:
        return Say(str(target[0]))
    data: Data = target[1]
    return Press(str(target[0]), data)
