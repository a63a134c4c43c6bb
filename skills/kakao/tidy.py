"""A reply without anything Kakao would refuse outright: clean words, nothing empty, no dead button.

Whatever cannot be shown is left out here and logged, because Kakao would drop the whole reply for it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import TypeVar

from bot.replies import (
    Block,
    Button,
    Call,
    Card,
    Carousel,
    Fact,
    Image,
    Link,
    ListCard,
    ListItem,
    Operator,
    Press,
    QuickReply,
    Reply,
    Say,
    Target,
    Text,
)
from skills.kakao import extra
from skills.kakao import response as limits
from skills.kakao.words import clean

CHOOSE = "아래에서 골라 주세요."
NOTHING = "지금은 보여 줄 내용이 없어요."
MAX_LISTED = limits.MAX_LIST_CARDS * limits.MAX_LIST_ITEMS_IN_CAROUSEL
"""Most rows a list may have: KakaoTalk shows them as a carousel of lists."""
_DEFAULT_LABELS: dict[type, str] = {Link: "열기", Call: "전화하기", Operator: "상담 연결"}

T = TypeVar("T")
logger = logging.getLogger(__name__)


def tidy(reply: Reply) -> Reply:
    """Return ``reply`` with only what can be shown, and at least one block."""
    blocks: tuple[Block, ...] = _present(map(_block, reply.blocks))
    return Reply(blocks or (Text(NOTHING),), _present(map(_chip, reply.quick_replies)))


def first(things: tuple[T, ...], most: int, what: str) -> tuple[T, ...]:
    """Return at most ``most`` of ``things``; what is left out is logged as ``what``."""
    if len(things) > most:
        logger.warning("%d %s where KakaoTalk shows %d: the rest is left out", len(things), what, most)
    return things[:most]


def _present(found: Iterable[T | None]) -> tuple[T, ...]:
    return tuple(each for each in found if each is not None)


def _block(block: Block) -> Block | None:
    if isinstance(block, Card):
        return _card(block)
    if isinstance(block, ListCard):
        return _list(block)
    if isinstance(block, Carousel):
        return _carousel(block)
    words = clean(block.text)
    return Text(words) if words else None


def _carousel(carousel: Carousel) -> Block | None:
    cards = first(_present(map(_card, carousel.cards)), limits.MAX_CARDS, "cards")
    return Carousel(cards) if len(cards) > 1 else next(iter(cards), None)


def _card(card: Card) -> Card | None:
    buttons = _present(map(_button, card.buttons))
    facts = tuple(fact for fact in map(_fact, card.facts) if fact.label or fact.value)
    image, title, text = _image(card.image), _line(card.title), clean(card.text)
    if title or text or facts or image:
        return Card(title, text, facts, image, buttons)
    return Card("", CHOOSE, buttons=buttons) if buttons else None


def _list(card: ListCard) -> Block | None:
    items = first(_present(map(_item, card.items)), MAX_LISTED, "list items")
    if not items:
        return _card(Card(card.title, buttons=card.buttons))
    return ListCard(_line(card.title) or CHOOSE, items, _present(map(_button, card.buttons)))


def _item(item: ListItem) -> ListItem | None:
    title, text = _line(item.title), clean(item.text)
    if not (title or text):
        return None
    target = _target(item.target) if item.target else None
    shown = target if isinstance(target, Press | Say | Link) else None
    return ListItem(title or _line(text), text if title else "", shown, _image(item.image))


def _fact(fact: Fact) -> Fact:
    return Fact(_line(fact.label), clean(fact.value))


def _image(image: Image | None) -> Image | None:
    if image is not None and not limits.is_url(image.url):
        logger.error("a picture has no web address: it is left out")
        return None
    return image and Image(image.url, _line(image.alt))


def _button(button: Button) -> Button | None:
    target = _target(button.target)
    return Button(_label(button.label, target), target, button.means) if target else None


def _chip(chip: QuickReply) -> QuickReply | None:
    target = _target(chip.target)
    if not isinstance(target, Press | Say):
        return None
    return QuickReply(_label(chip.label, target), target, chip.means)


def _target(target: Target) -> Target | None:
    if isinstance(target, Say):
        return Say(_line(target.text))
    if isinstance(target, Call):
        target = Call(re.sub(r"[^0-9+-]", "", target.number))
    if isinstance(target, Press) and extra.pack(target) is None:
        logger.error("a button carries data that would not come back: it says its label instead")
        return Say("")
    return None if _is_dead(target) else target


def _is_dead(target: Target) -> bool:
    dead_link = isinstance(target, Link) and not limits.is_url(target.url)
    dead_call = isinstance(target, Call) and not limits.is_phone(target.number)
    if dead_link or dead_call:
        logger.error("a button leads to no web address or phone number: it is left out")
    return dead_link or dead_call


def _label(label: str, target: Target) -> str:
    said = target.text if isinstance(target, Say) else ""
    return _line(label) or said or _DEFAULT_LABELS.get(type(target), "선택")


def _line(text: str) -> str:
    return " ".join(clean(text).split("\n"))
