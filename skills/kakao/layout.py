"""Fitting a reply into what KakaoTalk can hold, while it is still channel-neutral.

``fit`` hands back a reply that can be drawn one block to one bubble: at most three blocks and ten chips,
cards that are alike inside a carousel, buttons that have room. Words move (to another bubble, into lines,
to a chip) before any are shortened, and what has to be left out is logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from bot.replies import (
    Block,
    Button,
    Card,
    Carousel,
    Fact,
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
from skills.kakao import response as limits
from skills.kakao.tidy import CHOOSE, MAX_LISTED, first, tidy
from skills.kakao.words import fits, lines, shorten, split, units

PICTURE = "사진"
UNFOLDED = 500
"""Longest text that KakaoTalk shows without folding it."""
MAX_VALUE = 40
"""Longest fact that stays within two lines of a phone, beside its label."""
MIN_PIECE = 40
"""A card keeps the end of a long text only when at least this much fits."""
_PAGE_MARK = " (10/10)"

Blocks = tuple[Block, ...]
Chips = tuple[QuickReply, ...]


def fit(reply: Reply, *, group: bool = False) -> Reply:
    """Return ``reply`` in a form KakaoTalk can show.

    Args:
        reply: any reply, however wild.
        group: whether it goes to a group chat, which shows no chips and no carousels.

    """
    tidied = tidy(reply)
    blocks = _fewer(tidied.blocks)
    if group:
        blocks = tuple(_as_list(block) if isinstance(block, Carousel) else block for block in blocks)
    blocks, moved = _with_room_for_buttons(blocks, most_buttons(group=group))
    chips = (*moved, *tidied.quick_replies)
    if group:
        blocks, chips = _for_group(blocks, chips), ()
    blocks = _with_room_for_words(tuple(map(_settled, blocks)))
    return Reply(blocks, first(chips, limits.MAX_QUICK_REPLIES, "quick replies"))


def pages(card: ListCard) -> tuple[ListCard, ...]:
    """Return a list as one card when it fits, else as several with four rows each."""
    if len(card.items) <= limits.MAX_LIST_ITEMS:
        return (card,)
    return _pages(card, limits.MAX_LIST_ITEMS_IN_CAROUSEL)


def most_buttons(*, group: bool) -> int:
    """Return how many buttons a card may have, one below the other."""
    return limits.MAX_BUTTONS_IN_GROUP if group else limits.MAX_BUTTONS


# --- at most three blocks


def _fewer(blocks: Blocks) -> Blocks:
    """Return at most three blocks: neighbours are joined first; in the end one text, carousel and list."""
    joins = (
        (_join_neighbours, (Text,)),
        (_join_neighbours, (Card, Carousel)),
        (_join_all, (Text,)),
        (_join_all, (Card, Carousel)),
        (_join_all, (ListCard,)),
    )
    for join, kinds in joins:
        if len(blocks) > limits.MAX_OUTPUTS:
            blocks = join(blocks, kinds)
    return blocks


def _join_neighbours(blocks: Blocks, kinds: tuple[type, ...]) -> Blocks:
    runs = groupby(blocks, key=lambda block: isinstance(block, kinds))
    return tuple(block for alike, run in runs for block in ((_joined(tuple(run)),) if alike else run))


def _join_all(blocks: Blocks, kinds: tuple[type, ...]) -> Blocks:
    """Join all blocks of these kinds where the first of them stands."""
    alike = tuple(block for block in blocks if isinstance(block, kinds))
    joined = (_joined(alike),) if alike else ()
    at = blocks.index(alike[0]) if alike else 0
    before, after = blocks[:at], tuple(block for block in blocks[at:] if not isinstance(block, kinds))
    return (*before, *joined, *after)


def _joined(alike: Blocks) -> Block:
    if len(alike) == 1:
        return alike[0]
    if isinstance(alike[0], Text):
        return Text("\n\n".join(block.text for block in alike if isinstance(block, Text)))
    if isinstance(alike[0], ListCard):
        return _joined_lists([block for block in alike if isinstance(block, ListCard)])
    cards = tuple(card for block in alike for card in _cards(block))
    return Carousel(first(cards, limits.MAX_CARDS, "cards"))


def _joined_lists(cards: Sequence[ListCard]) -> ListCard:
    items = tuple(item for card in cards for item in card.items)
    buttons = tuple(button for card in cards for button in card.buttons)
    return ListCard(" · ".join(card.title for card in cards), first(items, MAX_LISTED, "list items"), buttons)


def _cards(block: Block) -> tuple[Card, ...]:
    if isinstance(block, Carousel):
        return block.cards
    return (block,) if isinstance(block, Card) else ()


# --- group chats: chips become buttons or rows, carousels become lists


def _for_group(blocks: Blocks, chips: Chips) -> Blocks:
    offered = _offering(blocks, chips) if chips else blocks
    parts = tuple(part for block in offered for part in _group_parts(block))
    return first(parts, limits.MAX_OUTPUTS, "bubbles")


def _group_parts(block: Block) -> Blocks:
    return _pages(block, limits.MAX_LIST_ITEMS) if isinstance(block, ListCard) else (block,)


def _as_list(carousel: Carousel) -> ListCard:
    return ListCard(CHOOSE, tuple(map(_as_item, carousel.cards)))


def _as_item(card: Card) -> ListItem:
    flat = _flat(card)
    pressable = (button.target for button in card.buttons if isinstance(button.target, Press | Say | Link))
    title = flat.title or flat.text or _picture_name(flat)
    text = flat.text if flat.title else ""
    return ListItem(" ".join(title.split("\n")), text, _row_target(next(pressable, None)), card.image)


def _row_target(target: Target | None) -> Press | Say | Link | None:
    return target if isinstance(target, Press | Say | Link) else None


def _offering(blocks: Blocks, chips: Chips) -> Blocks:
    """Put the chips on the last block as buttons when it has room, else below it as a list."""
    last = blocks[-1]
    if isinstance(last, Text) and fits(last.text, limits.MAX_TEXT_CARD):
        last = Card("", last.text)
    if isinstance(last, Card) and len(last.buttons) + len(chips) <= limits.MAX_BUTTONS_IN_GROUP:
        buttons = tuple(Button(chip.label, chip.target, chip.means) for chip in chips)
        return (*blocks[:-1], replace(last, buttons=(*last.buttons, *buttons)))
    return (*blocks, ListCard(CHOOSE, tuple(ListItem(chip.label, target=chip.target) for chip in chips)))


def _pages(card: ListCard, size: int) -> tuple[ListCard, ...]:
    starts = range(0, len(card.items), size)
    if len(starts) == 1:
        return (card,)
    title = shorten(card.title, limits.MAX_TITLE - len(_PAGE_MARK))
    parts = [
        ListCard(f"{title} ({number}/{len(starts)})", card.items[start : start + size])
        for number, start in enumerate(starts, 1)
    ]
    return (*parts[:-1], replace(parts[-1], buttons=card.buttons))


# --- buttons: what has no room becomes a chip or moves to a card below


def _with_room_for_buttons(blocks: Blocks, most: int) -> tuple[Blocks, Chips]:
    room = limits.MAX_OUTPUTS - len(blocks)
    placed: list[Block] = []
    chips: list[QuickReply] = []
    for block in blocks:
        kept, rest = _keeping_buttons(block, most)
        below = first(_below(rest), room, "cards for more buttons")
        room -= len(below)
        placed += [kept, *below]
        chips += _as_chips(rest)
    return tuple(placed), tuple(chips)


def _keeping_buttons(block: Block, most: int) -> tuple[Block, tuple[Button, ...]]:
    """Return the block with as many buttons as it holds, and the other buttons."""
    if isinstance(block, Carousel):
        return Carousel(tuple(map(_with_few_buttons, block.cards))), ()
    if isinstance(block, Text):
        return block, ()
    kept = _most_needed(block.buttons, limits.MAX_LIST_BUTTONS if isinstance(block, ListCard) else most)
    return replace(block, buttons=kept), tuple(button for button in block.buttons if button not in kept)


def _with_few_buttons(card: Card) -> Card:
    """Leave out what has no room: as a chip it would not say which of the cards it is about."""
    most = limits.MAX_BUTTONS_IN_CAROUSEL
    first(card.buttons, most, "buttons in a carousel")
    return replace(card, buttons=_most_needed(card.buttons, most))


def _most_needed(buttons: tuple[Button, ...], most: int) -> tuple[Button, ...]:
    """Return the buttons to keep, in their order: links, calls and operators first, as they cannot be chips."""
    by_need = sorted(buttons, key=lambda button: isinstance(button.target, Press | Say))
    needed = by_need[:most]
    return tuple(button for button in buttons if button in needed)[:most]


def _as_chips(buttons: tuple[Button, ...]) -> list[QuickReply]:
    return [
        QuickReply(button.label, button.target, button.means)
        for button in buttons
        if isinstance(button.target, Press | Say)
    ]


def _below(buttons: tuple[Button, ...]) -> tuple[Card, ...]:
    fixed = tuple(button for button in buttons if not isinstance(button.target, Press | Say))
    starts = range(0, len(fixed), limits.MAX_BUTTONS)
    return tuple(Card("", CHOOSE, buttons=fixed[at : at + limits.MAX_BUTTONS]) for at in starts)


# --- facts: a table where Kakao has room for one, else lines of the text


def is_table(card: Card, most: int = limits.MAX_FACTS) -> bool:
    """Tell whether the card's facts can stand in a table of at most ``most`` lines."""
    return 0 < len(card.facts) <= most and all(map(_is_row, card.facts))


def _is_row(fact: Fact) -> bool:
    return (
        bool(fact.label and fact.value)
        and fits(fact.label, limits.MAX_FACT_LABEL)
        and fits(fact.value, MAX_VALUE)
        and lines(fact.value) <= limits.MAX_FACT_LINES
    )


def _settled(block: Block) -> Block:
    """Return the block with facts only where they become a table, and with pictures only where all have one."""
    if isinstance(block, Card):
        return block if is_table(block) else _flat(block)
    return Carousel(_alike(block.cards)) if isinstance(block, Carousel) else block


def _alike(cards: tuple[Card, ...]) -> tuple[Card, ...]:
    tables = all(card.title and is_table(card, limits.MAX_FACTS_IN_CAROUSEL) for card in cards)
    if not all(card.image for card in cards):
        return tuple(_without_picture(card if tables else _flat(card)) for card in cards)
    return cards if tables else tuple(_two_lines(_flat(card)) for card in cards)


def _two_lines(card: Card) -> Card:
    """Return a picture card with its lines run together: in a carousel only two would show."""
    return replace(card, text=" · ".join(line for line in card.text.split("\n") if line))


def _flat(card: Card) -> Card:
    rows = [": ".join(part for part in (fact.label, fact.value) if part) for fact in card.facts]
    return replace(card, facts=(), text="\n\n".join(part for part in ("\n".join(rows), card.text) if part))


def _without_picture(card: Card) -> Card:
    bare = not (card.title or card.text or card.facts)
    return replace(card, image=None, title=_picture_name(card) if bare else card.title)


def _picture_name(card: Card) -> str:
    return (card.image and card.image.alt) or PICTURE


# --- words: what is too long moves into bubbles of its own while there are any left


def _with_room_for_words(blocks: Blocks) -> Blocks:
    room = limits.MAX_OUTPUTS - len(blocks)
    spread: list[Block] = []
    for block in blocks:
        parts = _spread(block, room)
        room -= len(parts) - 1
        spread += parts
    return tuple(spread)


def _spread(block: Block, room: int) -> Blocks:
    """Return the block in at most ``room`` bubbles more than one."""
    if isinstance(block, Text):
        return _spread_text(block.text, room)
    if not room or not isinstance(block, Card) or fits(block.text, text_room(block)):
        return (block,)
    head, rest = _parted(block)
    return (*_spread_text(head, room - 1), rest)


def _spread_text(text: str, room: int) -> tuple[Text, ...]:
    pieces = split(text, UNFOLDED)
    if len(pieces) > room + 1:
        pieces = split(text, limits.MAX_SIMPLE_TEXT)
    kept, rest = pieces[:room], pieces[room:]
    last = shorten("\n".join(rest), limits.MAX_SIMPLE_TEXT)
    return tuple(Text(piece) for piece in (*kept, last) if piece)


def _parted(card: Card) -> tuple[str, Card]:
    """Return the beginning of a card's words, and the card with their end: nothing lost, nothing twice."""
    tail = split(card.text, text_room(card))[-1] if text_room(card) >= MIN_PIECE else ""
    head = card.text.removesuffix(tail).rstrip()
    if not tail and not card.facts and not card.image:
        tail = CHOOSE
    return "\n".join(part for part in (card.title, head) if part), replace(card, title="", text=tail)


def text_room(card: Card) -> int:
    """Return how many characters of text a single card can show."""
    if card.facts:
        return limits.MAX_ITEM_CARD
    if card.image:
        return limits.MAX_BASIC_CARD
    return limits.MAX_TEXT_CARD - min(units(card.title), limits.MAX_TITLE)
