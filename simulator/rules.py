"""Kakao's rules for a SkillResponse 2.0, and what breaking each one costs.

Written from Kakao's own guide, independently of our renderer, so that the two check each other.
Lengths count Unicode characters. Lines count line breaks only: where KakaoTalk wraps depends on the phone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

Effect: TypeAlias = Literal["reply", "bubble", "notice"]
"""``reply``: KakaoTalk drops the whole reply. ``bubble``: that bubble. ``notice``: shown, but not as meant."""

RULES: dict[str, Effect] = {
    "json_object": "reply",
    "version": "reply",
    "template": "reply",
    "callback_not_offered": "reply",
    "component": "reply",
    "required": "reply",
    "type": "reply",
    "length": "reply",
    "count": "reply",
    "choice": "reply",
    "address": "reply",
    "discount_rate": "reply",
    "head_or_profile": "reply",
    "description_needs_title": "reply",
    "summary_money": "reply",
    "image_size": "reply",
    "carousel_header": "reply",
    "carousel_same_parts": "reply",
    "carousel_same_ratio": "reply",
    "bubble_bytes": "bubble",
    "lines": "notice",
    "quick_reply_label": "notice",
    "carousel_buttons": "notice",
    "forwardable": "notice",
    "unknown_field": "notice",
}

BUBBLE_BYTES = 30_720
ACTIONS = ("webLink", "message", "block", "phone", "share", "operator")
NEEDS = {"webLink": "webLinkUrl", "message": "messageText", "block": "blockId", "phone": "phoneNumber"}
"""The field an action cannot do without."""
MONEY = re.compile(r"[\d.,+\-\s₩$€¥£원]+")
CAROUSEL_PARTS = ("thumbnail", "head", "profile", "imageTitle")


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: its key in ``RULES``, what it costs, where, and a Korean sentence for people."""

    rule: str
    effect: Effect
    path: str
    message: str


def check(reply: object, *, callback_offered: bool = True, skill_data: bool = True) -> list[Violation]:
    """Return every rule that ``reply`` (parsed JSON) breaks, in reading order.

    ``callback_offered``: the request carried a callback address. ``skill_data``: the block shows our
    bubbles (스킬데이터 사용), so a template is needed.
    """
    report = _Report()
    if not isinstance(reply, Mapping):
        report.add("json_object", "", "답이 JSON 객체가 아니에요")
        return report.found
    _reply(_Node(reply, "", report), callback_offered, skill_data)
    report.unknown_fields()
    return report.found


def drops_reply(violations: Sequence[Violation]) -> bool:
    """Tell whether KakaoTalk shows nothing at all."""
    return any(v.effect == "reply" for v in violations)


def fitting_bubbles(outputs: Sequence[Any]) -> list[Any]:
    """Return the bubbles KakaoTalk sends: all but those that are too large."""
    return [bubble for bubble in outputs if _size(bubble) <= BUBBLE_BYTES]


def _size(bubble: object) -> int:
    return len(json.dumps(bubble, ensure_ascii=False, separators=(",", ":")).encode())


@dataclass(slots=True)
class _Report:
    """Collects violations, and the objects seen, so that fields nobody asked for can be named."""

    found: list[Violation] = field(default_factory=list)
    nodes: list[_Node] = field(default_factory=list)

    def add(self, rule: str, path: str, message: str) -> None:
        self.found.append(Violation(rule, RULES[rule], path, message))

    def unknown_fields(self) -> None:
        for node in self.nodes:
            for name in sorted(node.value.keys() - node.asked):
                self.add("unknown_field", node.at(name), "카카오가 모르는 필드라 무시해요")


class _Node:
    """One JSON object of the reply; asking for a field checks it."""

    def __init__(self, value: Mapping[str, Any], path: str, report: _Report) -> None:
        self.value, self.path, self.report = value, path, report
        self.asked: set[str] = set()
        report.nodes.append(self)

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def add(self, rule: str, name: str, message: str) -> None:
        self.report.add(rule, self.at(name), message)

    def get(self, name: str, kind: type, word: str, *, required: bool = False) -> Any:
        """Return the field if it is there and a ``kind``, else None; a bool is no int."""
        self.asked.add(name)
        if name not in self.value:
            if required:
                self.add("required", name, "꼭 있어야 해요")
            return None
        value = self.value[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.add("type", name, f"{word} 자리예요")
            return None
        return value

    def text(self, name: str, most: int = 0, *, required: bool = False, lines: int = 0) -> str:
        text: str = self.get(name, str, "글", required=required) or ""
        if required and not text.strip() and isinstance(self.value.get(name), str):
            self.add("required", name, "빈 글은 보낼 수 없어요")
        if most and len(text) > most:
            self.add("length", name, f"{most:,}자까지예요 (지금 {len(text):,}자)")
        self.lines(name, text, lines)
        return text

    def lines(self, name: str, text: str, most: int) -> None:
        if most and text.count("\n") >= most:
            self.add("lines", name, f"{most}줄까지 보이고 나머지는 잘려요")

    def flag(self, name: str) -> bool:
        return bool(self.get(name, bool, "true/false"))

    def number(self, name: str, *, required: bool = False) -> int | None:
        number: int | None = self.get(name, int, "정수", required=required)
        return number

    def choice(self, name: str, allowed: Sequence[str], *, required: bool = False) -> str:
        word: str = self.get(name, str, "글", required=required) or ""
        if isinstance(self.value.get(name), str) and word not in allowed:
            self.add("choice", name, f"{' · '.join(allowed)} 가운데 하나예요 (지금 {word})")
        return word

    def address(self, name: str, *, required: bool = False) -> str:
        url: str = self.get(name, str, "주소", required=required) or ""
        if isinstance(self.value.get(name), str) and not _is_web_address(url):
            self.add("address", name, "http나 https로 시작하는 온전한 주소여야 해요")
        return url

    def free(self, name: str) -> None:
        """Accept any object: its content is ours, not Kakao's."""
        self.get(name, Mapping, "객체")

    def child(self, name: str, *, required: bool = False) -> _Node | None:
        value = self.get(name, Mapping, "객체", required=required)
        return None if value is None else _Node(value, self.at(name), self.report)

    def children(self, name: str, least: int, most: int, *, required: bool = False) -> list[_Node]:
        values = self.get(name, list, "목록", required=required)
        if values is None:
            return []
        if not least <= len(values) <= most:
            self.add("count", name, f"{least}개부터 {most}개까지예요 (지금 {len(values)}개)")
        return [n for i, v in enumerate(values) if (n := self._item(f"{name}[{i}]", v))]

    def _item(self, name: str, value: object) -> _Node | None:
        if isinstance(value, Mapping):
            return _Node(value, self.at(name), self.report)
        self.add("type", name, "객체 자리예요")
        return None


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        return False


def _reply(node: _Node, callback_offered: bool, skill_data: bool) -> None:
    if node.get("version", str, "글") != "2.0":
        node.add("version", "version", '"2.0"이어야 해요. 없으면 옛 형식으로 읽혀요')
    node.asked |= {"data", "extra"}  # any JSON of the admin centre's, and group rooms' mentions
    _context(node.child("context"))
    if node.flag("useCallback"):
        node.asked.add("template")  # ignored by Kakao
        if not callback_offered:
            node.add("callback_not_offered", "useCallback", "요청에 callbackUrl이 없었어요")
        return
    template = node.child("template")
    if template:
        _template(template)
    elif skill_data and "template" not in node.value:
        node.add("template", "template", "말풍선이 없어요. template이 있어야 해요")


def _context(context: _Node | None) -> None:
    if not context:
        return
    for value in context.children("values", 0, 10_000, required=True):
        value.text("name", required=True)
        value.number("lifeSpan", required=True)
        value.number("ttl")
        params = value.get("params", Mapping, "객체") or {}
        for name, word in params.items():
            if not isinstance(word, str):
                value.add("type", f"params.{name}", "글만 담을 수 있어요")


def _template(template: _Node) -> None:
    for output in template.children("outputs", 1, 3, required=True):
        _output(output)
    for chip in template.children("quickReplies", 0, 10):
        _quick_reply(chip)


def _output(output: _Node) -> None:
    names = list(output.value)
    output.asked |= set(names)
    if len(names) != 1 or names[0] not in OUTPUTS:
        output.report.add("component", output.path, f"모르는 말풍선이에요: {', '.join(names) or '비어 있음'}")
        return
    component = output.child(names[0])
    if component:
        OUTPUTS[names[0]](component)
    if (size := _size(output.value)) > BUBBLE_BYTES:
        output.report.add(
            "bubble_bytes", output.path, f"{BUBBLE_BYTES:,}바이트까지예요 (지금 {size:,}바이트)"
        )


def _quick_reply(chip: _Node) -> None:
    label = chip.text("label", required=True)
    if len(label) > 14:
        chip.add("quick_reply_label", "label", f"14자까지가 안전해요 (지금 {len(label)}자)")
    _action(chip, ("message", "block"), required=True)


def _action(node: _Node, allowed: Sequence[str], *, required: bool) -> None:
    action = node.choice("action", allowed, required=required)
    node.text("messageText", required=action == "message")
    node.text("blockId", required=action == "block")
    node.free("extra")


def _buttons(card: _Node, in_carousel: bool, *, square: bool = False) -> None:
    layout = card.choice("buttonLayout", ("vertical", "horizontal"))
    most, label = (2, 8) if (layout or ("horizontal" if square else "")) == "horizontal" else (3, 14)
    buttons = card.children("buttons", 0, most)
    if in_carousel and len(buttons) > 2:
        card.add("carousel_buttons", "buttons", "캐러셀 카드는 버튼 2개까지가 안전해요")
    for button in buttons:
        button.text("label", label, required=True)
        _action(button, ACTIONS, required=True)
        needed = NEEDS.get(str(button.value.get("action")))
        button.address("webLinkUrl", required=needed == "webLinkUrl")
        button.text("phoneNumber", required=needed == "phoneNumber")


def _link(link: _Node | None) -> None:
    if not link:
        return
    addresses = [link.address(name) for name in ("web", "pc", "mobile")]
    if not any(addresses):
        link.report.add("required", link.path, "web, pc, mobile 가운데 하나는 있어야 해요")


def _thumbnail(image: _Node | None) -> bool:
    """Check a thumbnail and tell whether it is square."""
    if not image:
        return False
    image.address("imageUrl", required=True)
    image.text("altText", 50)
    _link(image.child("link"))
    return image.flag("fixedRatio")


def _simple_text(bubble: _Node) -> None:
    bubble.text("text", 1000, required=True)
    bubble.free("extra")  # group rooms only; ignored here


def _simple_image(bubble: _Node) -> None:
    bubble.address("imageUrl", required=True)
    bubble.text("altText", 50)


def _text_card(card: _Node, in_carousel: bool = False) -> None:
    title = card.text("title", 50)
    description = card.text("description", 128 if in_carousel else 0)
    if not title and not description:
        card.add("required", "title", "title이나 description 가운데 하나는 있어야 해요")
    _together(card, title, description, 0 if in_carousel else 400)
    _buttons(card, in_carousel)


def _together(card: _Node, title: str, description: str, most: int) -> None:
    if most and (length := len(title) + len(description)) > most:
        card.add("length", "description", f"title과 더해 {most}자까지예요 (지금 {length}자)")


def _basic_card(card: _Node, in_carousel: bool = False) -> None:
    square = _thumbnail(card.child("thumbnail", required=True))
    card.text("title", 50, lines=2 if in_carousel else 0)
    card.text("description", 230, lines=2 if in_carousel else 0)
    _buttons(card, in_carousel, square=square)
    if card.flag("forwardable") and (in_carousel or card.value.get("buttons")):
        card.add("forwardable", "forwardable", "버튼이 있거나 캐러셀이면 보이지 않아요")


def _commerce_card(card: _Node, in_carousel: bool = False) -> None:
    card.number("price", required=True)
    images = card.children("thumbnails", 1, 1, required=True)
    squares = [_thumbnail(image) for image in images]
    card.text("title", 30)
    card.text("description", 40)
    card.choice("currency", ("won",))
    _discount(card)
    if profile := card.child("profile"):
        profile.text("nickname")
        profile.address("imageUrl")
    _buttons(card, in_carousel, square=any(squares))


def _discount(card: _Node) -> None:
    rate = card.number("discountRate")
    card.number("discount")
    if card.number("discountedPrice") is None and rate is not None:
        card.add("discount_rate", "discountRate", "discountedPrice와 함께 써야 해요")


def _list_card(card: _Node, in_carousel: bool = False) -> None:
    if header := card.child("header", required=True):
        header.text("title", required=True)
        _link(header.child("link"))
    items = card.children("items", 1, 4 if in_carousel else 5, required=True)
    for item in items:
        item.text("title", required=True)
        item.text("description")
        item.address("imageUrl")
        _link(item.child("link"))
        _action(item, ("message", "block"), required=False)
    _buttons(card, in_carousel)
    linked = any("link" in item.value for item in items)
    if card.flag("forwardable") and (in_carousel or linked or card.value.get("buttons")):
        card.add("forwardable", "forwardable", "버튼이나 링크가 있거나 캐러셀이면 보이지 않아요")


def _item_card(card: _Node, in_carousel: bool = False) -> None:
    _item_image(card, in_carousel)
    _item_top(card)
    for row in card.children("itemList", 1, 5 if in_carousel else 10, required=True):
        row.text("title", 6, required=True)
        row.text("description", required=True, lines=2)
    card.choice("itemListAlignment", ("left", "right"))
    _item_summary(card.child("itemListSummary"))
    _item_words(card, 100 if in_carousel else 200)
    _buttons(card, in_carousel)


def _item_image(card: _Node, in_carousel: bool) -> None:
    image = card.child("thumbnail")
    _thumbnail(image)
    if not image:
        return
    size = (image.number("width"), image.number("height"))
    if size not in ((None, None), (800, 400)) and (in_carousel or size != (800, 800)):
        allowed = "800×400이에요" if in_carousel else "800×400이나 800×800이에요"
        image.add("image_size", "width", f"{allowed} (지금 {size[0]}×{size[1]})")


def _item_top(card: _Node) -> None:
    head, profile = card.child("head"), card.child("profile")
    if head and profile:
        card.add("head_or_profile", "head", "head와 profile은 함께 쓸 수 없어요")
    if head:
        head.text("title", required=True, lines=1)
    if profile:
        profile.text("title", 15, required=True)
        profile.address("imageUrl")
    if image_title := card.child("imageTitle"):
        image_title.text("title", required=True, lines=2)
        image_title.text("description", lines=1)
        image_title.address("imageUrl")


def _item_summary(summary: _Node | None) -> None:
    if not summary:
        return
    summary.text("title", 6, required=True)
    amount = summary.text("description", 14, required=True)
    if amount and not MONEY.fullmatch(amount):
        summary.add("summary_money", "description", "숫자와 통화 기호만 쓸 수 있어요")


def _item_words(card: _Node, most: int) -> None:
    title, description = card.text("title"), card.text("description")
    if description and not title:
        card.add("description_needs_title", "description", "title이 있어야 쓸 수 있어요")
    _together(card, title, description, most)
    card.lines("description", f"{title}\n{description}", 12)


def _carousel(carousel: _Node) -> None:
    kind = carousel.choice("type", tuple(CARDS), required=True)
    cards = carousel.children("items", 1, 5 if kind == "listCard" else 10, required=True)
    _carousel_header(carousel.child("header"), kind)
    if kind not in CARDS:
        return
    for card in cards:
        CARDS[kind](card, True)
    if kind == "itemCard":
        _same_parts(carousel, cards)
    if len({square for card in cards for square in _ratios(card.value)}) > 1:
        carousel.add("carousel_same_ratio", "items", "이미지 비율이 모두 같아야 해요")


def _carousel_header(header: _Node | None, kind: str) -> None:
    if not header:
        return
    if kind in ("textCard", "listCard"):
        header.report.add("carousel_header", header.path, f"{kind} 캐러셀에는 쓸 수 없어요")
    header.text("title", required=True, lines=2)
    header.text("description", required=True, lines=3)
    _thumbnail(header.child("thumbnail", required=True))


def _same_parts(carousel: _Node, cards: Sequence[_Node]) -> None:
    for part in CAROUSEL_PARTS:
        if len({part in card.value for card in cards}) > 1:
            carousel.add("carousel_same_parts", "items", f"{part}: 모든 카드에 있거나 모두 없어야 해요")


def _ratios(card: Mapping[str, Any]) -> list[bool]:
    images = card.get("thumbnails", [card.get("thumbnail")])
    found = images if isinstance(images, list) else []
    return [bool(image.get("fixedRatio")) for image in found if isinstance(image, Mapping)]


CARDS: dict[str, Callable[[_Node, bool], None]] = {
    "textCard": _text_card,
    "basicCard": _basic_card,
    "commerceCard": _commerce_card,
    "listCard": _list_card,
    "itemCard": _item_card,
}
OUTPUTS: dict[str, Callable[..., None]] = {
    "simpleText": _simple_text,
    "simpleImage": _simple_image,
    "carousel": _carousel,
    **CARDS,
}
