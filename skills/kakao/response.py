"""What KakaoTalk accepts: SkillResponse 2.0 with every rule a reply can break.

Kakao drops a whole reply, without a word to the person, for one wrong field. So these models refuse what
Kakao refuses, and everything that leaves us passes through ``validate_response`` first. Lengths are
counted in UTF-16 units (see ``words``). Where Kakao is silent, the narrower reading is taken.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel

from skills.kakao.words import fits, is_clean, lines

MAX_BUBBLE_BYTES = 30_720
MAX_OUTPUTS = 3
MAX_QUICK_REPLIES = 10
MAX_CARDS = 10
MAX_LIST_CARDS = 5
MAX_LIST_ITEMS = 5
MAX_LIST_ITEMS_IN_CAROUSEL = 4
MAX_LIST_BUTTONS = 2
MAX_FACTS = 10
MAX_FACTS_IN_CAROUSEL = 5
MAX_BUTTONS = 3
MAX_BUTTONS_SIDE_BY_SIDE = 2
MAX_BUTTONS_IN_CAROUSEL = 2
MAX_BUTTONS_IN_GROUP = 5
MAX_LABEL = 14
MAX_LABEL_SIDE_BY_SIDE = 8
MAX_TITLE = 50
MAX_ALT = 50
MAX_SIMPLE_TEXT = 1000
MAX_TEXT_CARD = 400
"""Title and description together."""
MAX_TEXT_CARD_IN_CAROUSEL = 128
MAX_BASIC_CARD = 230
MAX_ITEM_CARD = 200
"""Title and description together."""
MAX_ITEM_CARD_IN_CAROUSEL = 100
MAX_ITEM_CARD_LINES = 12
MAX_FACT_LABEL = 6
MAX_FACT_LINES = 2
MAX_MENTIONS = 15

_URL = re.compile(r"https?://[A-Za-z0-9._~%\[\]:-]+([/?#][^\s\\]*)?")
_PHONE = re.compile(r"\+?[0-9][0-9-]{1,19}")


class InvalidResponse(ValueError):
    """A reply Kakao would drop. ``problems`` reads ``field: rule``; it never holds anyone's words."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def is_url(text: str) -> bool:
    """Tell whether ``text`` is a web address that Kakao opens or fetches."""
    return len(text) <= 2000 and is_clean(text) and bool(_URL.fullmatch(text))


def is_phone(text: str) -> bool:
    """Tell whether ``text`` can be dialled: digits and hyphens, at most 20."""
    return bool(_PHONE.fullmatch(text))


def _text(limit: int, max_lines: int | None = None) -> Callable[[str], str]:
    """Return a check for a text that is not blank, within ``limit`` units and ``max_lines`` lines."""

    def check(value: str) -> str:
        if not value.strip():
            raise ValueError("must not be blank")
        if not is_clean(value):
            raise ValueError("must not hold control characters")
        if not fits(value, limit):
            raise ValueError(f"must be {limit} characters or fewer")
        if max_lines and lines(value) > max_lines:
            raise ValueError(f"must be {max_lines} lines or fewer")
        return value

    return check


def _passing(test: Callable[[str], bool], rule: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not test(value):
            raise ValueError(rule)
        return value

    return check


def _is_money(text: str) -> bool:
    return all(c.isdigit() or c in ",. 원" or unicodedata.category(c) == "Sc" for c in text)


Url = Annotated[str, AfterValidator(_passing(is_url, "must be an http or https address"))]
Phone = Annotated[str, AfterValidator(_passing(is_phone, "must be a phone number"))]
Title = Annotated[str, AfterValidator(_text(MAX_TITLE))]
Alt = Annotated[str, AfterValidator(_text(MAX_ALT))]
Prose = Annotated[str, AfterValidator(_text(MAX_SIMPLE_TEXT))]
OneLine = Annotated[str, AfterValidator(_text(MAX_SIMPLE_TEXT, 1))]
TwoLines = Annotated[str, AfterValidator(_text(MAX_SIMPLE_TEXT, 2))]
ThreeLines = Annotated[str, AfterValidator(_text(MAX_SIMPLE_TEXT, 3))]
Label = Annotated[str, AfterValidator(_text(MAX_LABEL, 1))]
Amount = Annotated[int, Field(ge=0)]
Extra = dict[str, Any]


def _in_group(info: ValidationInfo) -> bool:
    return bool(info.context and info.context.get("group"))


def _refuse(broken: bool, rule: str) -> None:
    if broken:
        raise ValueError(rule)


class Strict(BaseModel):
    """Names are Kakao's camelCase; an unknown or wrongly typed field is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, frozen=True)


class WebLink(Strict):
    """A page to open; ``web`` wins over both others."""

    web: Url | None = None
    pc: Url | None = None
    mobile: Url | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        _refuse(not (self.web or self.pc or self.mobile), "needs web, pc or mobile")
        return self


class Pressable(Strict):
    """What buttons, chips and list items share: an action, and the one field it needs."""

    needs: ClassVar[dict[str, str]] = {
        "webLink": "web_link_url",
        "message": "message_text",
        "block": "block_id",
        "phone": "phone_number",
    }
    may: ClassVar[dict[str, set[str]]] = {"message": {"extra"}, "block": {"extra", "message_text"}}

    action: str | None = None
    message_text: Prose | None = None
    block_id: OneLine | None = None
    web_link_url: Url | None = None
    phone_number: Phone | None = None
    extra: Extra | None = None

    @model_validator(mode="after")
    def _has_what_the_action_needs(self) -> Self:
        need = self.needs.get(self.action or "")
        given = {name for name in (*self.needs.values(), "extra") if getattr(self, name) is not None}
        _refuse(bool(need) and need not in given, f"action {self.action} needs {to_camel(need or '')}")
        foreign = sorted(given - {need} - self.may.get(self.action or "", set()))
        _refuse(bool(foreign), f"action {self.action} does not take {', '.join(map(to_camel, foreign))}")
        return self


class Button(Pressable):
    """A button of a card. ``label`` lengths depend on how the card lays its buttons out."""

    label: Label
    action: Literal[
        "webLink", "message", "block", "phone", "share", "operator",
        "guide", "invite", "inviteMember", "mention", "settings",
    ]  # fmt: skip

    @model_validator(mode="after")
    def _action_is_for_this_kind_of_chat(self, info: ValidationInfo) -> Self:
        of_groups = self.action in ("guide", "invite", "inviteMember", "mention", "settings")
        _refuse(of_groups and not _in_group(info), f"action {self.action} is for group chats only")
        return self


class QuickReply(Pressable):
    """A chip under the reply."""

    label: Label
    action: Literal["message", "block"]


class Thumbnail(Strict):
    """A picture: 2:1, or 1:1 with ``fixedRatio``."""

    image_url: Url
    alt_text: Alt | None = None
    link: WebLink | None = None
    fixed_ratio: bool | None = None


class ItemThumbnail(Thumbnail):
    """The picture of an item card, which also says its size."""

    width: Literal[800] | None = None
    height: Literal[400, 800] | None = None


class Card(Strict):
    """What cards with buttons share."""

    most_buttons: ClassVar[int] = MAX_BUTTONS
    buttons: tuple[Button, ...] = Field(default=(), strict=False)

    @property
    def layout(self) -> Literal["vertical", "horizontal"] | None:
        """How the buttons were asked to stand, if the kind of card can be asked."""
        return None

    @property
    def picture(self) -> Thumbnail | None:
        """The picture on top, if the kind of card has one."""
        return None

    @property
    def is_side_by_side(self) -> bool:
        """Whether the buttons stand beside each other: when asked for, and under a square picture."""
        square = bool(self.picture and self.picture.fixed_ratio)
        return self.layout == "horizontal" or (square and self.layout is None)

    @model_validator(mode="after")
    def _buttons_have_room(self, info: ValidationInfo) -> Self:
        most = MAX_BUTTONS_IN_GROUP if _in_group(info) else self.most_buttons
        if self.is_side_by_side:
            most = MAX_BUTTONS_SIDE_BY_SIDE
            long = any(not fits(button.label, MAX_LABEL_SIDE_BY_SIDE) for button in self.buttons)
            _refuse(long, f"buttons side by side: label must be {MAX_LABEL_SIDE_BY_SIDE} characters or fewer")
        _refuse(len(self.buttons) > most, f"buttons must be {most} or fewer")
        return self

    def check_in_carousel(self) -> None:
        """Raise ``ValueError`` for what the card may be alone but not in a carousel."""
        most = MAX_BUTTONS_IN_CAROUSEL
        _refuse(len(self.buttons) > most, f"buttons must be {most} or fewer in a carousel")


class LaidOutCard(Card):
    """A card whose buttons stand as asked."""

    button_layout: Literal["vertical", "horizontal"] | None = None

    @property
    def layout(self) -> Literal["vertical", "horizontal"] | None:
        """How the buttons were asked to stand."""
        return self.button_layout


class TextCard(LaidOutCard):
    """Words and buttons."""

    title: Title | None = None
    description: Prose | None = None

    @model_validator(mode="after")
    def _words_have_room(self) -> Self:
        _refuse(not (self.title or self.description), "needs title or description")
        together = (self.title or "") + (self.description or "")
        _refuse(
            not fits(together, MAX_TEXT_CARD),
            f"title and description together must be {MAX_TEXT_CARD} characters or fewer",
        )
        return self

    def check_in_carousel(self) -> None:
        """Shorter words than alone."""
        super().check_in_carousel()
        limit = MAX_TEXT_CARD_IN_CAROUSEL
        long = not fits(self.description or "", limit)
        _refuse(long, f"description must be {limit} characters or fewer in a carousel")


class BasicCard(LaidOutCard):
    """A picture, words and buttons."""

    thumbnail: Thumbnail
    title: Title | None = None
    description: Annotated[str, AfterValidator(_text(MAX_BASIC_CARD))] | None = None
    forwardable: bool | None = None

    @property
    def picture(self) -> Thumbnail | None:
        """The picture on top."""
        return self.thumbnail


class Profile(Strict):
    """Who sells."""

    nickname: OneLine
    image_url: Url | None = None


class CommerceCard(Card):
    """Something for sale. Kakao's own table misspells ``discountedPrice``, so both spellings pass."""

    price: Amount
    thumbnails: tuple[Thumbnail, ...] = Field(min_length=1, max_length=1, strict=False)
    title: Annotated[str, AfterValidator(_text(30))] | None = None
    description: Annotated[str, AfterValidator(_text(40))] | None = None
    currency: Literal["won"] | None = None
    discount: Amount | None = None
    discount_rate: Annotated[int, Field(ge=0, le=100)] | None = None
    discounted_price: Amount | None = None
    dicounted_price: Amount | None = None
    profile: Profile | None = None

    @property
    def picture(self) -> Thumbnail | None:
        """The picture on top."""
        return self.thumbnails[0]

    @model_validator(mode="after")
    def _discount_is_whole(self) -> Self:
        after = self.discounted_price if self.discounted_price is not None else self.dicounted_price
        _refuse(self.discount_rate is not None and after is None, "discountRate needs discountedPrice")
        _refuse((self.discount or 0) > self.price, "discount must not be more than price")
        _refuse((after or 0) > self.price, "discountedPrice must not be more than price")
        return self


class ListHeader(Strict):
    """The title of a list."""

    title: Prose


class ListItem(Pressable):
    """A row: opens a page, says something, runs a block, or only shows."""

    title: Prose
    description: Prose | None = None
    image_url: Url | None = None
    link: WebLink | None = None
    action: Literal["message", "block"] | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        _refuse(bool(self.link and self.action), "needs link or action, not both")
        return self


class ListCard(Card):
    """Rows under a title."""

    most_buttons: ClassVar[int] = MAX_LIST_BUTTONS
    header: ListHeader
    items: tuple[ListItem, ...] = Field(min_length=1, max_length=MAX_LIST_ITEMS, strict=False)
    list_layout: Literal["ranking"] | None = None

    @model_validator(mode="after")
    def _layout_is_for_this_kind_of_chat(self, info: ValidationInfo) -> Self:
        _refuse(bool(self.list_layout) and not _in_group(info), "listLayout is for group chats only")
        return self

    def check_in_carousel(self) -> None:
        """Fewer rows than alone."""
        super().check_in_carousel()
        most = MAX_LIST_ITEMS_IN_CAROUSEL
        _refuse(len(self.items) > most, f"items must be {most} or fewer in a carousel")


class Fact(Strict):
    """A line of an item card's table."""

    title: Annotated[str, AfterValidator(_text(MAX_FACT_LABEL, 1))]
    description: Annotated[str, AfterValidator(_text(MAX_SIMPLE_TEXT, MAX_FACT_LINES))]


class Head(Strict):
    """A plain headline."""

    title: OneLine


class ItemProfile(Strict):
    """A headline with a small square picture."""

    title: Annotated[str, AfterValidator(_text(15, 1))]
    image_url: Url | None = None


class ImageTitle(Strict):
    """The name of the thing, beside a small picture if there is one."""

    title: TwoLines
    description: OneLine | None = None
    image_url: Url | None = None


class Summary(Strict):
    """The sum under the table."""

    title: Annotated[str, AfterValidator(_text(MAX_FACT_LABEL, 1))]
    description: Annotated[
        str,
        AfterValidator(_text(14, 1)),
        AfterValidator(_passing(_is_money, "must be digits and a currency only")),
    ]


class ItemCard(LaidOutCard):
    """A table of facts about one thing."""

    item_list: tuple[Fact, ...] = Field(min_length=1, max_length=MAX_FACTS, strict=False)
    thumbnail: ItemThumbnail | None = None
    head: Head | None = None
    profile: ItemProfile | None = None
    image_title: ImageTitle | None = None
    item_list_alignment: Literal["left", "right"] | None = None
    item_list_summary: Summary | None = None
    title: Prose | None = None
    description: Prose | None = None

    @property
    def picture(self) -> Thumbnail | None:
        """The picture on top."""
        return self.thumbnail

    @property
    def parts(self) -> tuple[bool, ...]:
        """Which of the parts are there that the cards of a carousel have all or none of."""
        return tuple(part is not None for part in (self.thumbnail, self.head, self.profile, self.image_title))

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        _refuse(bool(self.head and self.profile), "needs head or profile, not both")
        _refuse(bool(self.description and not self.title), "description needs title")
        self._words_have_room(MAX_ITEM_CARD)
        return self

    def _words_have_room(self, limit: int) -> None:
        together = [words for words in (self.title, self.description) if words]
        rule = f"title and description together must be {limit} characters"
        _refuse(not fits("".join(together), limit), f"{rule} or fewer")
        _refuse(
            sum(map(lines, together)) > MAX_ITEM_CARD_LINES,
            f"{rule} and {MAX_ITEM_CARD_LINES} lines or fewer",
        )

    def check_in_carousel(self) -> None:
        """Fewer facts and words than alone, and a picture twice as wide as high."""
        super().check_in_carousel()
        most = MAX_FACTS_IN_CAROUSEL
        _refuse(len(self.item_list) > most, f"itemList must be {most} or fewer in a carousel")
        self._words_have_room(MAX_ITEM_CARD_IN_CAROUSEL)
        tall = self.thumbnail and self.thumbnail.height == 800
        _refuse(bool(tall), "thumbnail must be 800×400 in a carousel")


class CarouselHeader(Strict):
    """The cover of a carousel."""

    title: TwoLines
    description: ThreeLines
    thumbnail: Thumbnail


class AnyCarousel(Strict):
    """What carousels share. Cards inside are checked again, by the stricter rules that hold there."""

    header: CarouselHeader | None = None

    def cards(self) -> Sequence[Card]:
        """Return the cards, whatever their kind."""
        found: Sequence[Card] = getattr(self, "items")  # noqa: B009  # each kind declares its own type of items
        return found

    @model_validator(mode="after")
    def _cards_belong_together(self) -> Self:
        for number, card in enumerate(self.cards()):
            _check_card(card, number)
        ratios = {bool(card.picture.fixed_ratio) for card in self.cards() if card.picture}
        _refuse(len(ratios) > 1, "items: every picture must have the same ratio")
        return self


def _check_card(card: Card, number: int) -> None:
    try:
        card.check_in_carousel()
    except ValueError as error:
        raise ValueError(f"items.{number}: {error}") from None


class TextCarousel(AnyCarousel):
    """Cards of words."""

    type: Literal["textCard"]
    items: tuple[TextCard, ...] = Field(min_length=1, max_length=MAX_CARDS, strict=False)
    header: None = None


class BasicCarousel(AnyCarousel):
    """Cards with pictures."""

    type: Literal["basicCard"]
    items: tuple[BasicCard, ...] = Field(min_length=1, max_length=MAX_CARDS, strict=False)


class CommerceCarousel(AnyCarousel):
    """Things for sale."""

    type: Literal["commerceCard"]
    items: tuple[CommerceCard, ...] = Field(min_length=1, max_length=MAX_CARDS, strict=False)


class ListCarousel(AnyCarousel):
    """Lists."""

    type: Literal["listCard"]
    items: tuple[ListCard, ...] = Field(min_length=1, max_length=MAX_LIST_CARDS, strict=False)
    header: None = None


class ItemCarousel(AnyCarousel):
    """Tables of facts, built alike."""

    type: Literal["itemCard"]
    items: tuple[ItemCard, ...] = Field(min_length=1, max_length=MAX_CARDS, strict=False)

    @model_validator(mode="after")
    def _cards_are_built_alike(self) -> Self:
        alike = len({card.parts for card in self.items}) == 1
        _refuse(not alike, "items: thumbnail, head, profile and imageTitle must be on all cards or none")
        return self


Carousel = Annotated[
    TextCarousel | BasicCarousel | CommerceCarousel | ListCarousel | ItemCarousel, Field(discriminator="type")
]


class SimpleText(Strict):
    """A bubble of words; over 500 characters Kakao folds it."""

    text: Prose
    extra: Extra | None = None

    @model_validator(mode="after")
    def _markdown_is_for_groups(self, info: ValidationInfo) -> Self:
        _refuse(self.extra is not None and not _in_group(info), "extra is for group chats only")
        _refuse(bool(set(self.extra or ()) - {"markdown"}), "extra takes markdown only")
        return self


class SimpleImage(Strict):
    """A bubble with a picture."""

    image_url: Url
    alt_text: Alt | None = None


class Output(Strict):
    """One bubble of exactly one kind."""

    simple_text: SimpleText | None = None
    simple_image: SimpleImage | None = None
    text_card: TextCard | None = None
    basic_card: BasicCard | None = None
    commerce_card: CommerceCard | None = None
    list_card: ListCard | None = None
    item_card: ItemCard | None = None
    carousel: Carousel | None = None

    @model_validator(mode="after")
    def _is_one_bubble(self, info: ValidationInfo) -> Self:
        _refuse(len(self.model_fields_set) != 1, "needs exactly one kind of bubble")
        kind = next(iter(self.model_fields_set))
        _refuse(getattr(self, kind) is None, f"{to_camel(kind)} must not be null")
        barred = _in_group(info) and kind in ("commerce_card", "carousel")
        _refuse(barred, f"{to_camel(kind)} is not for group chats")
        return self


class Template(Strict):
    """The bubbles and the chips under them."""

    outputs: tuple[Output, ...] = Field(max_length=MAX_OUTPUTS, strict=False)
    quick_replies: tuple[QuickReply, ...] = Field(default=(), max_length=MAX_QUICK_REPLIES, strict=False)

    @model_validator(mode="after")
    def _suits_the_chat(self, info: ValidationInfo) -> Self:
        _refuse(not self.outputs and not _in_group(info), "outputs must hold at least one bubble")
        _refuse(bool(self.quick_replies) and _in_group(info), "quickReplies are not for group chats")
        return self


class ContextValue(Strict):
    """An output context; ``lifeSpan`` 0 deletes it, ``ttl`` is in seconds."""

    name: OneLine
    life_span: Amount
    ttl: Amount | None = None
    params: dict[str, str] = {}


class Context(Strict):
    """The output contexts the block declares."""

    values: tuple[ContextValue, ...] = Field(strict=False)


class Mention(Strict):
    """Somebody of a group, named by key."""

    type: Literal["botUserKey"]
    id: OneLine


class ResponseExtra(Strict):
    """What only replies to groups carry."""

    mentions: dict[str, Mention] = Field(min_length=1, max_length=MAX_MENTIONS)


class SkillResponse(Strict):
    """A whole reply."""

    version: Literal["2.0"]
    template: Template | None = None
    context: Context | None = None
    data: dict[str, Any] | None = None
    use_callback: bool | None = None
    extra: ResponseExtra | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        _refuse(not (self.template or self.data or self.use_callback), "needs template, data or useCallback")
        _refuse(bool(self.template and self.use_callback), "template is ignored when useCallback is true")
        return self

    @model_validator(mode="after")
    def _mentions_suit_the_chat(self, info: ValidationInfo) -> Self:
        _refuse(bool(self.extra) and not _in_group(info), "extra.mentions are for group chats only")
        words_only = all(output.simple_text for output in (self.template.outputs if self.template else ()))
        _refuse(bool(self.extra) and not words_only, "extra.mentions go with simpleText only")
        return self


def validate_response(body: dict[str, Any], *, group: bool = False) -> SkillResponse:
    """Return the reply as Kakao will read it.

    Args:
        body: the JSON to be sent.
        group: whether it goes to a group chat, where other rules hold.

    Raises:
        InvalidResponse: Kakao would drop it; the problems name fields and rules.

    """
    try:
        response = SkillResponse.model_validate(body, context={"group": group})
    except ValidationError as error:
        raise InvalidResponse(tuple(_problem(each["loc"], each["msg"]) for each in error.errors())) from None
    _check_sizes(body)
    return response


def _problem(path: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, path)) or 'response'}: {message.removeprefix('Value error, ')}"


def _check_sizes(body: dict[str, Any]) -> None:
    """Measure every bubble as JSON in UTF-8; Kakao does not say how it measures."""
    outputs = (body.get("template") or {}).get("outputs", ())
    for number, output in enumerate(outputs):
        size = _json_bytes(output, f"template.outputs.{number}")
        if size > MAX_BUBBLE_BYTES:
            raise InvalidResponse(
                (f"template.outputs.{number}: {size} bytes, {MAX_BUBBLE_BYTES} is the most",)
            )
    _json_bytes({key: value for key, value in body.items() if key != "template"}, "data")


def _json_bytes(value: object, field: str) -> int:
    try:
        return len(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidResponse((f"{field}: is not JSON ({type(error).__name__})",)) from None
