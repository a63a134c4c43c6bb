"""Talking with the real assistant in tests: words in, reply out, buttons pressed by what is written on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.assistant import Answer, Assistant
from bot.replies import (
    Button,
    Call,
    Card,
    Carousel,
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
from bot.turn import Deadline, Person, Turn
from models.clock import Clock

Pressable = Button | ListItem | QuickReply


@dataclass
class Chat:
    """One person's conversation. ``reply`` is what they see last."""

    assistant: Assistant
    clock: Clock
    person: Person = field(default_factory=lambda: Person("kakao", "bot", "user-1"))
    answer: Answer | None = None

    @property
    def reply(self) -> Reply:
        assert self.answer is not None, "nothing was said yet"
        return self.answer.reply

    @property
    def outcome(self) -> str:
        assert self.answer is not None, "nothing was said yet"
        return self.answer.outcome

    def say(self, words: str, press: Press | None = None) -> str:
        """Send words, or a press with the label as words; return everything that can be read in the reply."""
        self.answer = self.assistant.answer(
            Turn(self.person, words, self.clock.now(), Deadline.after(10), press)
        )
        _assert_fits(self.answer.reply)
        return self.read()

    def press(self, label: str) -> str:
        """Press what carries ``label`` in the last reply."""
        target = self.target(label)
        assert isinstance(target, Press | Say), f"{label} opens {target} and sends nothing"
        if isinstance(target, Say):
            return self.say(target.text)
        return self.say(label, target)

    def target(self, label: str) -> Target | None:
        """Return what is behind a label of the last reply."""
        labels = {_label(each): each.target for each in pressables(self.reply)}
        assert label in labels, f"{label} is not among {list(labels)}"
        return labels[label]

    def labels(self) -> list[str]:
        """Return everything that can be pressed, from top to bottom."""
        return [_label(each) for each in pressables(self.reply)]

    def read(self) -> str:
        """Return all words of the last reply, one line each."""
        return "\n".join(_words(self.reply))

    def links(self) -> dict[str, str]:
        """Return what opens a page: label → address."""
        return {
            _label(each): each.target.url for each in pressables(self.reply) if isinstance(each.target, Link)
        }

    def numbers(self) -> list[str]:
        """Return the telephone numbers that can be dialled."""
        return [each.target.number for each in pressables(self.reply) if isinstance(each.target, Call)]

    def offers_operator(self) -> bool:
        return any(isinstance(each.target, Operator) for each in pressables(self.reply))


def pressables(reply: Reply) -> Iterator[Pressable]:
    """Return the buttons, rows and chips of a reply."""
    for block in reply.blocks:
        if isinstance(block, Carousel):
            for card in block.cards:
                yield from card.buttons
        elif isinstance(block, ListCard):
            yield from block.items
            yield from block.buttons
        elif isinstance(block, Card):
            yield from block.buttons
    yield from reply.quick_replies


def _label(shown: Pressable) -> str:
    return shown.title if isinstance(shown, ListItem) else shown.label


def _words(reply: Reply) -> Iterator[str]:
    for block in reply.blocks:
        if isinstance(block, Text):
            yield block.text
        elif isinstance(block, Carousel):
            for card in block.cards:
                yield from _card_words(card)
        elif isinstance(block, ListCard):
            yield block.title
            yield from (f"{item.title} | {item.text}" for item in block.items)
        else:
            yield from _card_words(block)


def _card_words(card: Card) -> Iterator[str]:
    yield card.title
    yield card.text
    yield from (f"{fact.label}: {fact.value}" for fact in card.facts)


def _assert_fits(reply: Reply) -> None:
    """Every reply of every dialog is checked: what a channel can show without shortening, and what buttons carry."""
    for block in reply.blocks:
        cards = block.cards if isinstance(block, Carousel) else (block,)
        most = 2 if isinstance(block, Carousel | ListCard) else 3
        for card in cards:
            if isinstance(card, Card | ListCard):
                assert 1 <= len(card.title) <= 40, card.title
                assert len(card.buttons) <= most, [button.label for button in card.buttons]
            if isinstance(card, Card):
                assert len(card.title) + len(card.text) <= (200 if card.facts else 400), card.text
                assert all(len(fact.label) <= 6 and len(fact.value) <= 40 for fact in card.facts), card.facts
    assert 1 <= len(reply.blocks) <= 3
    assert len(reply.quick_replies) <= 10
    for shown in pressables(reply):
        assert isinstance(shown, ListItem) or 1 <= len(shown.label) <= 14, shown.label
        if isinstance(shown.target, Press):
            assert all(isinstance(value, str | int | bool) for value in shown.target.data.values())
            assert all(len(str(value)) <= 500 for value in shown.target.data.values())
    chips = [chip.label for chip in reply.quick_replies]
    assert len(chips) == len(set(chips)), chips
