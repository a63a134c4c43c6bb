from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills.kakao.response import InvalidResponse, validate_response
from tests.skills.samples import BLOCK, FIXTURES, is_skill_response, response

ALL = sorted(path.stem for path in (FIXTURES / "responses").glob("*.json") if is_skill_response(path))
GROUP_ONLY = {"group_event_suppress", "group_mentions"}
NOT_FOR_GROUPS = {
    "carousel_basic_card",
    "carousel_commerce_card_header",
    "carousel_item_card",
    "carousel_list_card_quick_replies",
    "carousel_text_card",
    "commerce_card",
    "quick_replies",
}
URL = "https://cdn.example.com/a.png"
BUTTON = {"action": "message", "label": "예", "messageText": "예"}
OPERATOR = {"action": "operator", "label": "상담원 연결"}
DROP = object()
"""Stands for a field that is taken away."""


def problems(body: dict[str, Any], *, group: bool = False) -> str:
    with pytest.raises(InvalidResponse) as caught:
        validate_response(body, group=group)
    return str(caught.value)


def changed(name: str, *path: Any, to: Any) -> dict[str, Any]:
    """Return a captured reply with one field changed, added or (``DROP``) taken away."""
    body = response(name)
    part: Any = body
    for step in path[:-1]:
        part = part[step]
    if to is DROP:
        del part[path[-1]]
    else:
        part[path[-1]] = to
    return body


def one(kind: str, **card: Any) -> dict[str, Any]:
    return {"version": "2.0", "template": {"outputs": [{kind: card}]}}


def carousel(kind: str, *cards: dict[str, Any], **more: Any) -> dict[str, Any]:
    return one("carousel", type=kind, items=list(cards), **more)


def bubble(*path: Any) -> tuple[Any, ...]:
    return ("template", "outputs", 0, *path)


@pytest.mark.parametrize("name", ALL)
def test_every_documented_reply_is_valid_where_it_belongs(name: str) -> None:
    validate_response(response(name), group=name in GROUP_ONLY)


@pytest.mark.parametrize("name", sorted(GROUP_ONLY))
def test_what_only_groups_may_get_is_refused_elsewhere(name: str) -> None:
    problems(response(name))


@pytest.mark.parametrize("name", sorted(NOT_FOR_GROUPS))
def test_what_groups_may_not_get_is_refused_there(name: str) -> None:
    assert "not for group chats" in problems(response(name), group=True)


def test_there_are_documented_replies() -> None:
    assert len(ALL) == 23


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    # the whole
    ("no version", changed("simple_text", "version", to=DROP), "version"),
    ("an old version", changed("simple_text", "version", to="1.0"), "version"),
    ("nothing said", {"version": "2.0"}, "template"),
    ("an unknown field", changed("simple_text", "tempalte", to={}), "tempalte"),
    ("template beside useCallback", changed("simple_text", "useCallback", to=True), "useCallback"),
    ("data that is no JSON", changed("simple_text", "data", to={"n": float("nan")}), "data"),
    ("mentions outside a group", changed("simple_text", "extra", to={"mentions": {}}), "extra"),
    # the template
    ("no outputs", changed("simple_text", "template", "outputs", to=[]), "outputs"),
    ("four outputs", changed("simple_text", "template", "outputs", to=[{"simpleText": {"text": "a"}}] * 4), "outputs"),
    ("two kinds in one output", changed("simple_text", *bubble("simpleImage"), to={"imageUrl": URL}), "outputs.0"),
    ("an empty output", changed("simple_text", *bubble(), to={}), "outputs.0"),
    ("a null bubble", changed("simple_text", *bubble("simpleText"), to=None), "simpleText"),
    ("an unknown kind", changed("simple_text", *bubble(), to={"videoCard": {}}), "videoCard"),
    ("eleven chips", changed("quick_replies", "template", "quickReplies", to=[BUTTON] * 11), "quickReplies"),
    ("a chip that opens a page", changed("quick_replies", "template", "quickReplies", 0, "action", to="webLink"), "quickReplies.0.action"),
    ("a chip without action", changed("quick_replies", "template", "quickReplies", 0, "action", to=DROP), "quickReplies.0.action"),
    ("a chip without words", changed("quick_replies", "template", "quickReplies", 0, "messageText", to=DROP), "messageText"),
    ("a chip without block", changed("quick_replies", "template", "quickReplies", 1, "blockId", to=DROP), "blockId"),
    ("a long chip", changed("quick_replies", "template", "quickReplies", 0, "label", to="가" * 15), "quickReplies.0.label"),
    # text and image
    ("no text", changed("simple_text", *bubble("simpleText", "text"), to=DROP), "simpleText.text"),
    ("blank text", changed("simple_text", *bubble("simpleText", "text"), to=" \n "), "simpleText.text"),
    ("long text", changed("simple_text", *bubble("simpleText", "text"), to="가" * 1001), "simpleText.text"),
    ("long text in emoji", changed("simple_text", *bubble("simpleText", "text"), to="😀" * 501), "simpleText.text"),
    ("a number for text", changed("simple_text", *bubble("simpleText", "text"), to=5), "simpleText.text"),
    ("half a character", changed("simple_text", *bubble("simpleText", "text"), to="a\ud800"), "simpleText.text"),
    ("a control character", changed("simple_text", *bubble("simpleText", "text"), to="a\x00"), "simpleText.text"),
    ("markdown outside a group", changed("simple_text", *bubble("simpleText", "extra"), to={"markdown": True}), "simpleText"),
    ("an image without address", changed("simple_image", *bubble("simpleImage", "imageUrl"), to=DROP), "imageUrl"),
    ("an image from a script", changed("simple_image", *bubble("simpleImage", "imageUrl"), to="javascript:alert(1)"), "imageUrl"),
    ("a long alt text", changed("simple_image", *bubble("simpleImage", "altText"), to="가" * 51), "altText"),
    # text card
    ("neither title nor description", one("textCard", buttons=[BUTTON]), "textCard"),
    ("a long title", changed("text_card", *bubble("textCard", "title"), to="가" * 51), "textCard.title"),
    ("title and description too long together", one("textCard", title="가" * 50, description="나" * 351), "textCard"),
    ("four buttons", one("textCard", title="a", buttons=[BUTTON] * 4), "textCard"),
    ("three buttons side by side", one("textCard", title="a", buttons=[BUTTON] * 3, buttonLayout="horizontal"), "textCard"),
    ("a long label", one("textCard", title="a", buttons=[BUTTON | {"label": "가" * 15}]), "buttons.0.label"),
    ("a long label side by side", one("textCard", title="a", buttons=[BUTTON | {"label": "가" * 9}], buttonLayout="horizontal"), "textCard"),
    ("an unknown layout", one("textCard", title="a", buttonLayout="grid"), "buttonLayout"),
    # buttons
    ("no label", one("textCard", title="a", buttons=[{"action": "operator"}]), "buttons.0.label"),
    ("a blank label", one("textCard", title="a", buttons=[OPERATOR | {"label": " "}]), "buttons.0.label"),
    ("an unknown action", one("textCard", title="a", buttons=[OPERATOR | {"action": "osLink"}]), "buttons.0.action"),
    ("a link without address", one("textCard", title="a", buttons=[{"action": "webLink", "label": "a"}]), "webLinkUrl"),
    ("a call without number", one("textCard", title="a", buttons=[{"action": "phone", "label": "a"}]), "phoneNumber"),
    ("a call to words", one("textCard", title="a", buttons=[{"action": "phone", "label": "a", "phoneNumber": "전화"}]), "phoneNumber"),
    ("a block without id", one("textCard", title="a", buttons=[{"action": "block", "label": "a"}]), "blockId"),
    ("a message without words", one("textCard", title="a", buttons=[{"action": "message", "label": "a"}]), "messageText"),
    ("a field of another action", one("textCard", title="a", buttons=[OPERATOR | {"webLinkUrl": URL}]), "webLinkUrl"),
    ("extra that is no map", one("textCard", title="a", buttons=[BUTTON | {"extra": "x"}]), "extra"),
    ("a group's action elsewhere", one("textCard", title="a", buttons=[OPERATOR | {"action": "invite"}]), "buttons.0"),
    # basic card
    ("no thumbnail", changed("basic_card", *bubble("basicCard", "thumbnail"), to=DROP), "basicCard.thumbnail"),
    ("a long description", changed("basic_card", *bubble("basicCard", "description"), to="가" * 231), "basicCard.description"),
    ("three buttons under a square picture", changed("basic_card", *bubble("basicCard", "thumbnail", "fixedRatio"), to=True), "basicCard"),
    ("a link that leads nowhere", changed("basic_card", *bubble("basicCard", "thumbnail", "link"), to={}), "thumbnail.link"),
    # commerce card
    ("no price", changed("commerce_card", *bubble("commerceCard", "price"), to=DROP), "commerceCard.price"),
    ("a price in words", changed("commerce_card", *bubble("commerceCard", "price"), to="10000"), "commerceCard.price"),
    ("another currency", changed("commerce_card", *bubble("commerceCard", "currency"), to="usd"), "commerceCard.currency"),
    ("two thumbnails", changed("commerce_card", *bubble("commerceCard", "thumbnails"), to=[{"imageUrl": URL}] * 2), "commerceCard.thumbnails"),
    ("no thumbnails", changed("commerce_card", *bubble("commerceCard", "thumbnails"), to=[]), "commerceCard.thumbnails"),
    ("a rate without price", changed("commerce_card", *bubble("commerceCard", "discountRate"), to=10), "discountedPrice"),
    ("a discount over the price", changed("commerce_card", *bubble("commerceCard", "discount"), to=10_001), "commerceCard"),
    ("a price after discount over the price", changed("commerce_card", *bubble("commerceCard", "dicountedPrice"), to=10_001), "commerceCard"),
    ("a long commerce title", changed("commerce_card", *bubble("commerceCard", "title"), to="가" * 31), "commerceCard.title"),
    ("a long commerce description", changed("commerce_card", *bubble("commerceCard", "description"), to="가" * 41), "commerceCard.description"),
    ("a seller without name", changed("commerce_card", *bubble("commerceCard", "profile", "nickname"), to=DROP), "profile.nickname"),
    # list card
    ("no header", changed("list_card", *bubble("listCard", "header"), to=DROP), "listCard.header"),
    ("a header without title", changed("list_card", *bubble("listCard", "header"), to={}), "header.title"),
    ("no items", changed("list_card", *bubble("listCard", "items"), to=[]), "listCard.items"),
    ("six items", changed("list_card", *bubble("listCard", "items"), to=[{"title": "a"}] * 6), "listCard.items"),
    ("an item without title", changed("list_card", *bubble("listCard", "items", 0, "title"), to=DROP), "items.0.title"),
    ("an item with link and action", changed("list_card", *bubble("listCard", "items", 0, "link"), to={"web": URL}), "items.0"),
    ("an item's block without id", changed("list_card", *bubble("listCard", "items", 0, "blockId"), to=DROP), "blockId"),
    ("an item that dials", changed("list_card", *bubble("listCard", "items", 0, "action"), to="phone"), "items.0.action"),
    ("three buttons on a list", changed("list_card", *bubble("listCard", "buttons"), to=[BUTTON] * 3), "listCard"),
    ("a ranking outside a group", changed("list_card", *bubble("listCard", "listLayout"), to="ranking"), "listCard"),
    ("a laid-out list", changed("list_card", *bubble("listCard", "buttonLayout"), to="vertical"), "buttonLayout"),
    # item card
    ("no facts", changed("item_card", *bubble("itemCard", "itemList"), to=[]), "itemCard.itemList"),
    ("eleven facts", changed("item_card", *bubble("itemCard", "itemList"), to=[{"title": "a", "description": "b"}] * 11), "itemCard.itemList"),
    ("a long fact label", changed("item_card", *bubble("itemCard", "itemList", 0, "title"), to="일곱글자예요요"), "itemList.0.title"),
    ("a fact of three lines", changed("item_card", *bubble("itemCard", "itemList", 0, "description"), to="a\nb\nc"), "itemList.0.description"),
    ("head and profile", changed("item_card", *bubble("itemCard", "head"), to={"title": "a"}), "head or profile"),
    ("a head of two lines", one("itemCard", head={"title": "a\nb"}, itemList=[{"title": "a", "description": "b"}]), "head.title"),
    ("a long profile", changed("item_card", *bubble("itemCard", "profile", "title"), to="가" * 16), "profile.title"),
    ("an image title of three lines", changed("item_card", *bubble("itemCard", "imageTitle", "title"), to="a\nb\nc"), "imageTitle.title"),
    ("an image text of two lines", changed("item_card", *bubble("itemCard", "imageTitle", "description"), to="a\nb"), "imageTitle.description"),
    ("another alignment", changed("item_card", *bubble("itemCard", "itemListAlignment"), to="center"), "itemListAlignment"),
    ("a sum in words", changed("item_card", *bubble("itemCard", "itemListSummary", "description"), to="아주 많아요"), "itemListSummary.description"),
    ("a long sum", changed("item_card", *bubble("itemCard", "itemListSummary", "description"), to="1" * 15), "itemListSummary.description"),
    ("a long sum label", changed("item_card", *bubble("itemCard", "itemListSummary", "title"), to="일곱글자예요요"), "itemListSummary.title"),
    ("description without title", changed("item_card", *bubble("itemCard", "title"), to=DROP), "description needs title"),
    ("long words under a table", changed("item_card", *bubble("itemCard", "description"), to="가" * 199), "itemCard"),
    ("many lines under a table", changed("item_card", *bubble("itemCard", "description"), to="\n".join("가" * 12)), "12 lines"),
    ("a picture of another size", changed("item_card", *bubble("itemCard", "thumbnail", "height"), to=500), "thumbnail.height"),
    # carousel
    ("no cards", changed("carousel_basic_card", *bubble("carousel", "items"), to=[]), "items"),
    ("eleven cards", carousel("textCard", *[{"title": "a"}] * 11), "items"),
    ("no type", changed("carousel_basic_card", *bubble("carousel", "type"), to=DROP), "carousel"),
    ("an unknown type", changed("carousel_basic_card", *bubble("carousel", "type"), to="simpleText"), "carousel"),
    ("cards of two kinds", carousel("textCard", {"title": "a"}, {"title": "a", "thumbnail": {"imageUrl": URL}}), "items.1"),
    ("three buttons in a carousel", carousel("textCard", {"title": "a", "buttons": [BUTTON] * 3}), "items.0"),
    ("a long text card in a carousel", carousel("textCard", {"description": "가" * 129}), "items.0"),
    ("six lists", carousel("listCard", *[{"header": {"title": "a"}, "items": [{"title": "a"}]}] * 6), "items"),
    ("a list of five in a carousel", carousel("listCard", {"header": {"title": "a"}, "items": [{"title": "a"}] * 5}), "items.0"),
    ("a table of six in a carousel", carousel("itemCard", {"itemList": [{"title": "a", "description": "b"}] * 6}), "items.0"),
    ("long words under a table in a carousel", carousel("itemCard", {"itemList": [{"title": "a", "description": "b"}], "title": "가" * 101}), "items.0"),
    ("a square picture on a table in a carousel", carousel("itemCard", {"itemList": [{"title": "a", "description": "b"}], "thumbnail": {"imageUrl": URL, "width": 800, "height": 800}}), "800×400"),
    ("tables built differently", changed("carousel_item_card", "template", "outputs", 1, "carousel", "items", 0, "imageTitle", to=DROP), "all cards or none"),
    ("pictures of two ratios", carousel("basicCard", {"thumbnail": {"imageUrl": URL}}, {"thumbnail": {"imageUrl": URL, "fixedRatio": True}}), "same ratio"),
    ("a cover on text cards", carousel("textCard", {"title": "a"}, header={"title": "a", "description": "b", "thumbnail": {"imageUrl": URL}}), "header"),
    ("a cover on lists", changed("carousel_list_card_quick_replies", *bubble("carousel", "header"), to={"title": "a", "description": "b", "thumbnail": {"imageUrl": URL}}), "header"),
    ("a cover without picture", changed("carousel_commerce_card_header", *bubble("carousel", "header", "thumbnail"), to=DROP), "header.thumbnail"),
    ("a cover title of three lines", changed("carousel_commerce_card_header", *bubble("carousel", "header", "title"), to="a\nb\nc"), "header.title"),
    ("a cover text of four lines", changed("carousel_commerce_card_header", *bubble("carousel", "header", "description"), to="a\nb\nc\nd"), "header.description"),
    # contexts
    ("a context without name", changed("context_control", "context", "values", 0, "name", to=DROP), "name"),
    ("a context without life span", changed("context_control", "context", "values", 0, "lifeSpan", to=DROP), "lifeSpan"),
    ("a life span below nothing", changed("context_control", "context", "values", 0, "lifeSpan", to=-1), "lifeSpan"),
    ("the incoming spelling of life span", changed("context_control", "context", "values", 0, "lifespan", to=1), "lifespan"),
    ("a context value that is no text", changed("context_control", "context", "values", 0, "params", to={"n": 1}), "params.n"),
    # size
    ("a bubble too big", one("textCard", title="a", buttons=[BUTTON | {"extra": {"k": "가" * 10_300}}]), "bytes"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "named"), [(b, n) for _, b, n in BROKEN], ids=[what for what, _, _ in BROKEN]
)
def test_a_broken_rule_is_refused_and_its_place_named(body: dict[str, Any], named: str) -> None:
    assert named in problems(body)


GROUP_BROKEN = [
    ("six buttons", one("textCard", title="a", buttons=[BUTTON] * 6), "buttons"),
    ("other extras of text", one("simpleText", text="a", extra={"bold": True}), "markdown"),
    ("mentions beside a card", response("text_card") | {"extra": response("group_mentions")["extra"]}, "simpleText only"),
    ("sixteen mentions", changed("group_mentions", "extra", "mentions", to={f"u{n}": {"type": "botUserKey", "id": "a"} for n in range(16)}), "mentions"),
    ("no mentions", changed("group_mentions", "extra", "mentions", to={}), "mentions"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "named"), [(b, n) for _, b, n in GROUP_BROKEN], ids=[what for what, _, _ in GROUP_BROKEN]
)
def test_a_broken_rule_of_group_chats_is_refused(body: dict[str, Any], named: str) -> None:
    assert named in problems(body, group=True)


@pytest.mark.parametrize(
    "body",
    [
        one("textCard", title="a", buttons=[BUTTON] * 5),
        one("textCard", title="a", buttons=[OPERATOR | {"action": "invite"}]),
        one("simpleText", text="**a**", extra={"markdown": True}),
        changed("list_card", *bubble("listCard", "listLayout"), to="ranking"),
    ],
)
def test_groups_may_have_what_others_may_not(body: dict[str, Any]) -> None:
    validate_response(body, group=True)
    problems(body)


@pytest.mark.parametrize(
    "body",
    [
        one("simpleText", text="가" * 1000),
        one("textCard", title="가" * 50, description="나" * 350, buttons=[BUTTON | {"label": "가" * 14}] * 3),
        one("textCard", title="a", buttons=[BUTTON | {"label": "가" * 8}] * 2, buttonLayout="horizontal"),
        one("basicCard", thumbnail={"imageUrl": URL}, description="가" * 230),
        one("commerceCard", price=0, thumbnails=[{"imageUrl": URL}], discountRate=100, dicountedPrice=0),
        one("listCard", header={"title": "a"}, items=[{"title": "a"}] * 5, buttons=[BUTTON] * 2),
        one("itemCard", itemList=[{"title": "여섯글자예요", "description": "a\nb"}] * 10, title="가" * 200),
        carousel("textCard", *[{"title": "가" * 50, "description": "가" * 128, "buttons": [BUTTON] * 2}] * 10),
        carousel("listCard", *[{"header": {"title": "a"}, "items": [{"title": "a"}] * 4}] * 5),
        changed("quick_replies", "template", "quickReplies", to=[{"action": "block", "label": "가" * 14, "blockId": BLOCK}] * 10),
        changed("simple_text", "data", to={"debug": {"deep": [1, None]}}),
    ],
)  # fmt: skip
def test_a_reply_right_at_its_limits_is_valid(body: dict[str, Any]) -> None:
    validate_response(body)


def test_a_problem_never_repeats_the_words_of_the_reply() -> None:
    assert "홍길동" not in problems(one("textCard", title="홍길동" * 20))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every field and element in a reply."""
    if isinstance(value, dict):
        return [p for key, each in value.items() for p in ((*path, key), *_places(each, (*path, key)))]
    if isinstance(value, list):
        return [p for at, each in enumerate(value) for p in ((*path, at), *_places(each, (*path, at)))]
    return []


MUTABLE = [
    (name, path)
    for name in ALL
    for path in _places(response(name))
    if "extra" not in path and "data" not in path
]


@given(st.sampled_from(MUTABLE), st.sampled_from([None, 3.5, "", " ", [], "가" * 3000, b"bytes", [[]]]))
def test_no_value_of_a_wrong_kind_passes_anywhere(place: tuple[str, tuple[Any, ...]], wrong: Any) -> None:
    name, path = place
    body = changed(name, *path, to=copy.deepcopy(wrong))
    with suppress(InvalidResponse):
        validate_response(body, group=name in GROUP_ONLY)
        left_out = wrong in ([], None) and isinstance(path[-1], str)
        free_text = path[-2:-1] == ("params",) and isinstance(wrong, str)  # a map of text to any text
        assert left_out or free_text, (
            "only null or an empty list may pass: they mean the same as leaving the field out"
        )


@given(st.sampled_from(MUTABLE), st.text(min_size=1, max_size=8))
def test_no_unknown_field_passes_anywhere(place: tuple[str, tuple[Any, ...]], field: str) -> None:
    name, path = place
    body = response(name)
    part: Any = body
    for step in path:
        part = part[step]
    if isinstance(part, dict) and "params" not in path and "mentions" not in path and field not in part:
        part[f"x{field}"] = 1
        assert field in problems(body, group=name in GROUP_ONLY)
