"""Drawing a reply as KakaoTalk's JSON. Kakao's limits are known here (and beside) and nowhere else."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from bot.replies import (
    SILENCE,
    Block,
    Button,
    Call,
    Card,
    Carousel,
    Image,
    Link,
    ListCard,
    ListItem,
    Press,
    QuickReply,
    Reply,
    Say,
    Target,
    Text,
)
from skills.kakao import extra
from skills.kakao import response as limits
from skills.kakao.layout import fit, pages, text_room
from skills.kakao.response import InvalidResponse, validate_response
from skills.kakao.tidy import NOTHING
from skills.kakao.words import clean, fits, shorten

JSON: TypeAlias = dict[str, Any]
MAX_SUBTITLE = 30
"""Longest text that stays on the one line under a table's title."""
MAX_ROW = 100
"""Longest title and text of a list row; phones show two lines."""
_FIRST_BREAK = re.compile(r"(?<=[.!?。…])\s+|\n+")

logger = logging.getLogger(__name__)


def render(
    reply: Reply, *, block_id: str = "", group: bool = False, debug: Mapping[str, Any] | None = None
) -> JSON:
    """Return ``reply`` as a SkillResponse that has passed ``validate_response``; for ``SILENCE``, ``nothing``.

    Args:
        reply: any reply; what does not fit is moved, split or shortened by rule.
        block_id: the block that runs our skill; buttons call it. Empty: buttons send their words, with
            the same data.
        group: whether the reply goes to a group chat, which takes no chips and no carousels.
        debug: shown to developers under ``data.debug``; must be JSON.

    """
    if reply is SILENCE:  # a reply that is empty by accident says something all the same
        return nothing()
    body = _Pen(block_id).draw(fit(reply, group=group))
    if debug is not None:
        body["data"] = {"debug": dict(debug)}
    try:
        validate_response(body, group=group)
    except InvalidResponse as error:
        logger.error("a reply breaks Kakao's rules and goes out as plain words: %s", error)  # noqa: TRY400
        return plain(" ".join(_words(reply)))
    return body


def nothing() -> JSON:
    """Return a reply without a bubble, of which KakaoTalk shows nothing.

    Outside group chats Kakao drops such a reply by its rules, which is what is wanted. It is the only one of ours
    that goes out without ``validate_response``.
    """
    return {"version": "2.0", "template": {"outputs": []}}


def plain(words: str) -> JSON:
    """Return one bubble with these words: valid whatever they are."""
    text = shorten(clean(words), limits.MAX_SIMPLE_TEXT) or NOTHING
    return {"version": "2.0", "template": {"outputs": [{"simpleText": {"text": text}}]}}


def _words(reply: Reply) -> Iterator[str]:
    for block in reply.blocks:
        cards = block.cards if isinstance(block, Carousel) else (block,)
        for card in cards:
            yield from _block_words(card)


def _block_words(block: Text | Card | ListCard) -> Iterator[str]:
    if isinstance(block, Text):
        yield block.text
        return
    yield block.title
    if isinstance(block, ListCard):
        yield from (f"{item.title} {item.text}" for item in block.items)
    else:
        yield from (f"{fact.label} {fact.value}" for fact in block.facts)
        yield block.text


class _Pen:
    """Draws blocks of a fitted reply; knows the block that buttons call."""

    def __init__(self, block_id: str) -> None:
        self.block_id = block_id

    def draw(self, reply: Reply) -> JSON:
        template: JSON = {"outputs": [self._output(block) for block in reply.blocks]}
        if reply.quick_replies:
            template["quickReplies"] = [self._chip(chip) for chip in reply.quick_replies]
        return {"version": "2.0", "template": template}

    def _output(self, block: Block) -> JSON:
        if isinstance(block, Text):
            return {"simpleText": {"text": block.text}}
        if isinstance(block, Carousel):
            return {"carousel": self._carousel(block)}
        if isinstance(block, ListCard):
            return self._list(block)
        kind, card = self._card(block)
        return {kind: card | _side_by_side(card)}

    def _carousel(self, carousel: Carousel) -> JSON:
        drawn = [self._card(card, in_carousel=True) for card in carousel.cards]
        return {"type": drawn[0][0], "items": [card for _, card in drawn]}

    def _list(self, card: ListCard) -> JSON:
        drawn = [self._list_card(page) for page in pages(card)]
        if len(drawn) == 1:
            return {"listCard": drawn[0]}
        return {"carousel": {"type": "listCard", "items": drawn}}

    def _list_card(self, card: ListCard) -> JSON:
        header = {"title": shorten(card.title, limits.MAX_TITLE)}
        return {"header": header, "items": [self._item(item) for item in card.items]} | self._buttons(
            card.buttons
        )

    def _card(self, card: Card, *, in_carousel: bool = False) -> tuple[str, JSON]:
        """Return the kind of card and its JSON."""
        if card.facts:
            kind, body = "itemCard", _item_card(card, in_carousel=in_carousel)
        elif card.image:
            kind, body = "basicCard", _thumbnail(card.image) | _titled(card, limits.MAX_BASIC_CARD)
        else:
            kind, body = "textCard", _titled(card, _text_card_room(card, in_carousel=in_carousel))
        return kind, body | self._buttons(card.buttons)

    def _buttons(self, buttons: tuple[Button, ...]) -> JSON:
        return {"buttons": [self._button(button) for button in buttons]} if buttons else {}

    def _button(self, button: Button) -> JSON:
        return {"label": shorten(button.label, limits.MAX_LABEL)} | self._pressing(
            button.target, button.label
        )

    def _chip(self, chip: QuickReply) -> JSON:
        return {"label": shorten(chip.label, limits.MAX_LABEL)} | self._pressing(chip.target, chip.label)

    def _item(self, item: ListItem) -> JSON:
        row: JSON = {"title": shorten(item.title, MAX_ROW)}
        if item.text:
            row["description"] = shorten(item.text, MAX_ROW)
        if item.image:
            row["imageUrl"] = item.image.url
        if isinstance(item.target, Link):
            return row | {"link": {"web": item.target.url}}
        return row | (self._pressing(item.target, item.title) if item.target else {})

    def _pressing(self, target: Target, label: str) -> JSON:
        """Return what pressing does. The words it says are the whole label, however short it is drawn."""
        if isinstance(target, Press):
            return self._press(target, label)
        if isinstance(target, Say):
            return {"action": "message", "messageText": shorten(target.text or label, limits.MAX_SIMPLE_TEXT)}
        if isinstance(target, Link):
            return {"action": "webLink", "webLinkUrl": target.url}
        if isinstance(target, Call):
            return {"action": "phone", "phoneNumber": target.number}
        return {"action": "operator"}

    def _press(self, press: Press, label: str) -> JSON:
        saying = {"messageText": shorten(label, limits.MAX_SIMPLE_TEXT), "extra": extra.pack(press)}
        if self.block_id:
            return {"action": "block", "blockId": self.block_id} | saying
        return {"action": "message"} | saying


def _side_by_side(card: JSON) -> JSON:
    """Two short buttons stand beside each other: 네 | 아니요."""
    labels = [button["label"] for button in card.get("buttons", ())]
    short = all(fits(label, limits.MAX_LABEL_SIDE_BY_SIDE) for label in labels)
    return {"buttonLayout": "horizontal"} if len(labels) == limits.MAX_BUTTONS_SIDE_BY_SIDE and short else {}


def _text_card_room(card: Card, *, in_carousel: bool) -> int:
    return limits.MAX_TEXT_CARD_IN_CAROUSEL if in_carousel else text_room(card)


def _titled(card: Card, room: int) -> JSON:
    title = {"title": shorten(card.title, limits.MAX_TITLE)} if card.title else {}
    return title | ({"description": shorten(card.text, room)} if card.text else {})


def _thumbnail(image: Image, **size: int) -> JSON:
    alt = {"altText": shorten(image.alt, limits.MAX_ALT)} if image.alt else {}
    return {"thumbnail": {"imageUrl": image.url} | alt | size}


def _item_card(card: Card, *, in_carousel: bool) -> JSON:
    room = limits.MAX_ITEM_CARD_IN_CAROUSEL if in_carousel else limits.MAX_ITEM_CARD
    body: JSON = _thumbnail(card.image, width=800, height=400) if card.image else {}
    body["itemList"] = [{"title": fact.label, "description": fact.value} for fact in card.facts]
    body["itemListAlignment"] = "left"
    if not card.title:
        return body | _below_table(card.text, room)
    body["imageTitle"] = {"title": shorten(card.title, limits.MAX_TITLE)}
    if card.text and fits(card.text, MAX_SUBTITLE) and "\n" not in card.text:
        body["imageTitle"]["description"] = card.text
        return body
    return body | _below_table(card.text, room)


def _below_table(text: str, room: int) -> JSON:
    """Kakao wants a title before a description, so the first line or sentence becomes it."""
    text = shorten(text, room, limits.MAX_ITEM_CARD_LINES)
    found = _FIRST_BREAK.search(text)
    if not found:
        return {"title": text} if text else {}
    return {"title": text[: found.start()], "description": text[found.end() :]}
