"""What the assistant answers, whatever the channel.

Actions build these; only a channel's renderer (``skills/kakao/render.py``) knows its limits.
All values are immutable, so a reply can be cached, compared and replayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Scalar: TypeAlias = str | int | bool
Data: TypeAlias = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Press:
    """Pressing runs an action directly, without understanding: it must carry all the action needs."""

    action: str
    data: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """Pressing says ``text`` for the person, as if typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Pressing opens a page."""

    url: str


@dataclass(frozen=True, slots=True)
class Call:
    """Pressing dials a number."""

    number: str


@dataclass(frozen=True, slots=True)
class Operator:
    """Pressing hands the chat room to a human."""


Target: TypeAlias = Press | Say | Link | Call | Operator


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a card. ``means`` lets a typed "응" or "아니" stand for pressing it."""

    label: str
    target: Target
    means: Literal["yes", "no"] | None = None


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A chip under the whole reply."""

    label: str
    target: Press | Say
    means: Literal["yes", "no"] | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by address. ``alt`` says what it shows, for those who do not see it."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card's table: 일시 · 12월 5일(토) 10:00."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Text:
    """A plain bubble."""

    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """One thing: title, text, facts, a picture, buttons."""

    title: str
    text: str = ""
    facts: tuple[Fact, ...] = ()
    image: Image | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class ListItem:
    """One row of a list card."""

    title: str
    text: str = ""
    target: Press | Say | Link | None = None
    image: Image | None = None


@dataclass(frozen=True, slots=True)
class ListCard:
    """Several things to compare or pick from."""

    title: str
    items: tuple[ListItem, ...]
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Carousel:
    """Cards side by side, to swipe through."""

    cards: tuple[Card, ...]


Block: TypeAlias = Text | Card | ListCard | Carousel


@dataclass(frozen=True, slots=True)
class Question:
    """What the assistant is waiting for after this reply.

    With ``field`` the next free words go to ``action`` as ``data | {field: words}``.
    Without it one of the reply's own buttons, items or chips is expected.
    ``verbatim``: whatever is said is the answer (an objection, a message); only distress and leaving come first.
    """

    action: str
    data: Data = field(default_factory=dict)
    field: str | None = None
    verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer: blocks from top to bottom, then chips."""

    blocks: tuple[Block, ...]
    quick_replies: tuple[QuickReply, ...] = ()
    question: Question | None = None


SILENCE = Reply(())
"""Nothing at all: the person did not speak, and has seen what there was to say. Only this very reply is silent."""
