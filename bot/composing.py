"""One reply out of several: two wishes answered together, and what comes next where they do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.menu import INTENT_TITLES
from bot.replies import Block, Card, Press, QuickReply, Reply, Text
from bot.wishes import NEXT, Wish

BUBBLES = 3
"""Blocks of one reply; more are too much to read at once, and KakaoTalk shows no more."""
_CHIPS = 10


def together(first: Reply, second: Reply, *, last: bool) -> Reply | None:
    """Return both replies as one, None where they do not fit into one.

    The question is that of the second, so that it is the last thing read. ``last``: the second changes something, which
    is done or being asked, so it must be seen; the first gives up its words, then its cards.
    """
    room = BUBBLES - len(second.blocks)
    told = [_told(block) for block in second.blocks]
    blocks = tuple(block for block in first.blocks if _told(block) not in told)
    if len(blocks) > room and last:
        blocks = _shortened(blocks, room)
    if len(blocks) > room:
        return None
    chips = second.quick_replies if second.question else (*second.quick_replies, *first.quick_replies)
    return Reply((*blocks, *second.blocks), _different(chips), second.question)


def _told(block: Block) -> object:
    """Return what a block tells; the same invitation twice differs in its login link only."""
    return (block.title, block.text) if isinstance(block, Card) else block


def _shortened(blocks: Sequence[Block], room: int) -> tuple[Block, ...]:
    cards: list[Block] = [block for block in blocks if not isinstance(block, Text)]
    return tuple((cards or list(blocks))[: max(room, 0)])


def _different(chips: Sequence[QuickReply]) -> tuple[QuickReply, ...]:
    """Return chips without those whose label an earlier one has."""
    first: dict[str, QuickReply] = {}
    for chip in chips:
        first.setdefault(chip.label, chip)
    return tuple(first.values())[:_CHIPS]


def with_next(reply: Reply, left: Sequence[Wish]) -> Reply:
    """Return a reply that offers what was also wished for as a button, and says so where there is room."""
    if not left:
        return reply
    title = INTENT_TITLES[left[0].parsed.intent]
    words = "\n".join(wish.words for wish in left)
    chip = QuickReply(f"이어서 {title}", Press(NEXT, {"words": words}))
    blocks = reply.blocks
    if len(blocks) < BUBBLES and reply.question is None:  # a question is the last thing to be read
        blocks = (*blocks, Text(f"그다음 '{title}'도 도와줄게요. 아래 '이어서' 버튼을 눌러 줘요."))
    return replace(reply, blocks=blocks, quick_replies=_different((chip, *reply.quick_replies)))


def with_care(card: Block, reply: Reply) -> Reply:
    """Return a reply with a gentle word before it; its own first words give way where there is no room."""
    blocks = reply.blocks
    if len(blocks) >= BUBBLES:
        blocks = _shortened(blocks, BUBBLES - 1)
    return replace(reply, blocks=(card, *blocks))
