"""What is kept of a reply: its words, without what opens something; and a reply to look at, made of them again.

A block is kept as what stands in it: ``text``; ``title``, ``text``, ``facts``, ``image`` and ``buttons`` of a card;
``title``, ``items`` and ``buttons`` of a list; ``cards`` of a carousel. Chips come last, as ``chips``. What is empty is
left out. Where buttons led is not kept: addresses log people in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from bot.replies import (
    Block,
    Button,
    Card,
    Carousel,
    Fact,
    ListCard,
    ListItem,
    QuickReply,
    Reply,
    Say,
    Text,
)
from bot.understanding import ParsedMessage

Kept: TypeAlias = list[dict[str, Any]]
"""A reply as words, block by block."""

HIDDEN = "●●"
_CODE = re.compile(r"(?<![\d-])(?:\d{3}[\s\-–—]?\d{3}|\d{4}[\s\-–—]?\d{4})(?![\d-])")
"""Codes have six or eight digits; nothing else that we say has so many in a row."""
_LIKELIEST = 3


def kept(reply: Reply) -> Kept:
    """Return the words of a reply, without codes and addresses."""
    blocks = [_filled(_block(block)) for block in reply.blocks]
    chips = [chip.label for chip in reply.quick_replies]
    return [*blocks, {"chips": chips}] if chips else blocks


def written(reply: Reply) -> str:
    """Return the words of a reply as they are stored."""
    return json.dumps(kept(reply), ensure_ascii=False)


def with_words(reply: Kept, change: Callable[[str], str]) -> Kept:
    """Return kept words with every one of them changed: masked, for instance."""
    return [{name: _changed(value, change) for name, value in block.items()} for block in reply]


def drawable(reply: Kept) -> Reply:
    """Return a reply that looks like the one whose words were kept; its buttons lead nowhere."""
    chips = [label for block in reply for label in block.get("chips", ())]
    blocks = tuple(_read(block) for block in reply if "chips" not in block)
    return Reply(blocks, tuple(QuickReply(label, Say(label)) for label in chips))


def understood(parsed: ParsedMessage, *, masked: bool, asks: str = "") -> dict[str, Any] | None:
    """Return what is kept of a parse, None where nothing was parsed.

    ``masked``: something was hidden in the words, so nothing that repeats them is kept. ``asks``: the action whose
    question the reply ends with; who does not answer it may have meant something else.
    """
    found = {
        "entities": [] if masked else [[each.name, each.text] for each in parsed.entities],
        "ranking": [[each.intent, round(each.confidence, 4)] for each in parsed.ranking[:_LIKELIEST]],
        "novelty": parsed.novelty,
        "normalized": "" if masked else parsed.normalized,
        "safety": [parsed.safety.level, parsed.safety.kind, parsed.safety.why]
        if parsed.safety.level
        else None,
    }
    return {**_filled(found), **({"asks": asks} if asks else {})} if _filled(found) else None


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Text):
        return {"text": _told(block.text)}
    if isinstance(block, Carousel):
        return {"cards": [_filled(_card(card)) for card in block.cards]}
    return _list(block) if isinstance(block, ListCard) else _card(block)


def _card(card: Card) -> dict[str, Any]:
    return {
        "title": _told(card.title),
        "text": _told(card.text),
        "facts": [[fact.label, _told_of(fact)] for fact in card.facts],
        "image": card.image.alt if card.image else "",
        "buttons": [button.label for button in card.buttons],
    }


def _list(card: ListCard) -> dict[str, Any]:
    return {
        "title": _told(card.title),
        "items": [[_told(item.title), _told(item.text)] for item in card.items],
        "buttons": [button.label for button in card.buttons],
    }


def _told(words: str) -> str:
    return _CODE.sub(HIDDEN, words)


def _told_of(fact: Fact) -> str:
    """Return a fact's value; of what is called a number (연결 번호, 인증번호) the number itself is hidden."""
    return HIDDEN if fact.label.endswith("번호") else _told(fact.value)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", [], None)}


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_changed(each, change) for each in value]
    return {name: _changed(each, change) for name, each in value.items()}


def _read(block: Mapping[str, Any]) -> Block:
    if "cards" in block:
        return Carousel(tuple(_read_card(card) for card in block["cards"]))
    if "items" in block:
        items = tuple(ListItem(title, text) for title, text in block["items"])
        return ListCard(block.get("title", ""), items, _buttons(block.get("buttons", ())))
    return Text(block.get("text", "")) if set(block) <= {"text"} else _read_card(block)


def _read_card(card: Mapping[str, Any]) -> Card:
    """Return a card; of a picture its description is left, because pictures are drawn for one person and one hour."""
    picture = f"(그림: {card['image']})" if card.get("image") else ""
    words = "\n".join(filter(None, (picture, card.get("text", ""))))
    facts = tuple(Fact(label, value) for label, value in card.get("facts", ()))
    return Card(card.get("title", ""), words, facts, buttons=_buttons(card.get("buttons", ())))


def _buttons(labels: Sequence[str]) -> tuple[Button, ...]:
    return tuple(Button(label, Say(label)) for label in labels)
