from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.rules import BUBBLE_BYTES, RULES, check, drops_reply, fitting_bubbles
from tests.simulator.skill_server import FIXTURES, fixture, text

NOT_FOR_OUR_BLOCKS = {
    "data_only_webhook": "template",  # a block drawn in the admin centre
    "group_event_suppress": "count",  # group rooms may send nothing
}
REPLIES = [
    path.stem
    for path in sorted((FIXTURES / "responses").glob("*.json"))
    if fixture(path.stem).get("version") == "2.0"
]


def test_the_samples_hold_every_kind_of_reply() -> None:
    assert len(REPLIES) == 23


@pytest.mark.parametrize("name", [n for n in REPLIES if n not in NOT_FOR_OUR_BLOCKS])
def test_kakaos_own_samples_break_no_rule(name: str) -> None:
    assert check(fixture(name)) == []


@pytest.mark.parametrize(("name", "rule"), NOT_FOR_OUR_BLOCKS.items())
def test_samples_of_other_kinds_of_block_are_refused_for_ours(name: str, rule: str) -> None:
    assert [v.rule for v in check(fixture(name))] == [rule]


def test_a_block_drawn_in_the_admin_centre_needs_no_template() -> None:
    assert check(fixture("data_only_webhook"), skill_data=False) == []


ITEM = "template.outputs[0].itemCard"
CARDS = "template.outputs[0].carousel.items"
CARD = f"{CARDS}[0]"
IMAGE = {"imageUrl": "https://example.com/a.png"}
BUTTON = {"action": "message", "label": "예", "messageText": "예"}
ROW = {"title": "일시", "description": "내일"}
DELETE = object()

# sample, path to change, new value, rule broken, and where it is reported if not at that path
MUTATIONS: list[tuple[str, str, Any, str, str | None]] = [
    ("simple_text", "version", DELETE, "version", None),
    ("simple_text", "version", "1.0", "version", None),
    ("simple_text", "template", DELETE, "template", None),
    ("simple_text", "template", [], "type", None),
    ("simple_text", "useCallback", "yes", "type", None),
    ("simple_text", "template.outputs", DELETE, "required", None),
    ("simple_text", "template.outputs", [], "count", None),
    ("simple_text", "template.outputs", [{"simpleText": {"text": "가"}}] * 4, "count", None),
    ("simple_text", "template.outputs[0]", {"videoCard": {}}, "component", None),
    ("simple_text", "template.outputs[0]", {}, "component", None),
    ("simple_text", "template.outputs[0]", {"simpleText": {"text": "가"}, "textCard": {}}, "component", None),
    ("simple_text", "template.outputs[0]", "가", "type", None),
    ("simple_text", "template.outputs[0].simpleText.text", "", "required", None),
    ("simple_text", "template.outputs[0].simpleText.text", None, "type", None),
    ("simple_text", "template.outputs[0].simpleText.text", "가" * 1001, "length", None),
    ("simple_text", "template.outputs[0].simpleText.extra", {"x": "가" * 10_300}, "bubble_bytes", "template.outputs[0]"),
    ("simple_image", "template.outputs[0].simpleImage.imageUrl", DELETE, "required", None),
    ("simple_image", "template.outputs[0].simpleImage.imageUrl", "data:image/png;base64,AA", "address", None),
    ("simple_image", "template.outputs[0].simpleImage.altText", "가" * 51, "length", None),
    ("quick_replies", "template.quickReplies", [{"action": "message", "label": "예", "messageText": "예"}] * 11, "count", None),
    ("quick_replies", "template.quickReplies[0].action", "webLink", "choice", None),
    ("quick_replies", "template.quickReplies[0].messageText", DELETE, "required", None),
    ("quick_replies", "template.quickReplies[1].blockId", DELETE, "required", None),
    ("quick_replies", "template.quickReplies[1].extra", "x", "type", None),
    ("quick_replies", "template.quickReplies[0].label", DELETE, "required", None),
    ("quick_replies", "template.quickReplies[0].label", "가" * 15, "quick_reply_label", None),
    ("text_card", "template.outputs[0].textCard.title", "가" * 51, "length", None),
    ("text_card", "template.outputs[0].textCard.description", "가" * 396, "length", None),
    ("text_card", "template.outputs[0].textCard", {"buttons": []}, "required", "template.outputs[0].textCard.title"),
    ("text_card", "template.outputs[0].textCard.buttons", [BUTTON] * 4, "count", None),
    ("text_card", "template.outputs[0].textCard.buttons[0].label", "가" * 15, "length", None),
    ("text_card", "template.outputs[0].textCard.buttons[0].action", "addChannel", "choice", None),
    ("text_card", "template.outputs[0].textCard.buttons[0].action", DELETE, "required", None),
    ("text_card", "template.outputs[0].textCard.buttons[0].webLinkUrl", DELETE, "required", None),
    ("text_card", "template.outputs[0].textCard.buttons[0].webLinkUrl", "javascript:alert(1)", "address", None),
    ("text_card", "template.outputs[0].textCard.buttons[0].webLinkUrl", "http://[", "address", None),
    ("text_card", "template.outputs[0].textCard.buttons[1].blockId", DELETE, "required", None),
    ("text_card", "template.outputs[0].textCard.buttonLayout", "grid", "choice", None),
    ("text_card", "template.outputs[0].textCard.subtitle", "가", "unknown_field", None),
    ("text_card_horizontal_buttons", "template.outputs[0].textCard.buttons", [BUTTON] * 3, "count", None),
    ("text_card_horizontal_buttons", "template.outputs[0].textCard.buttons[0].label", "가" * 9, "length", None),
    ("text_card_horizontal_buttons", "template.outputs[0].textCard.buttons[0].messageText", DELETE, "required", None),
    ("basic_card", "template.outputs[0].basicCard.thumbnail", DELETE, "required", None),
    ("basic_card", "template.outputs[0].basicCard.title", "가" * 51, "length", None),
    ("basic_card", "template.outputs[0].basicCard.description", "가" * 231, "length", None),
    ("basic_card", "template.outputs[0].basicCard.thumbnail.imageUrl", DELETE, "required", None),
    ("basic_card", "template.outputs[0].basicCard.thumbnail.altText", "가" * 51, "length", None),
    ("basic_card", "template.outputs[0].basicCard.thumbnail.fixedRatio", "true", "type", None),
    ("basic_card", "template.outputs[0].basicCard.thumbnail.link", {}, "required", None),
    ("basic_card", "template.outputs[0].basicCard.thumbnail.link.web", "/path", "address", None),
    ("basic_card", "template.outputs[0].basicCard.buttons[2].phoneNumber", DELETE, "required", None),
    ("basic_card", "template.outputs[0].basicCard.forwardable", True, "forwardable", None),
    ("basic_card_fixed_ratio", "template.outputs[0].basicCard.buttons", [BUTTON] * 3, "count", None),
    ("commerce_card", "template.outputs[0].commerceCard.price", DELETE, "required", None),
    ("commerce_card", "template.outputs[0].commerceCard.price", "10000", "type", None),
    ("commerce_card", "template.outputs[0].commerceCard.price", True, "type", None),
    ("commerce_card", "template.outputs[0].commerceCard.thumbnails", [], "count", None),
    ("commerce_card", "template.outputs[0].commerceCard.thumbnails", [IMAGE, IMAGE], "count", None),
    ("commerce_card", "template.outputs[0].commerceCard.title", "가" * 31, "length", None),
    ("commerce_card", "template.outputs[0].commerceCard.description", "가" * 41, "length", None),
    ("commerce_card", "template.outputs[0].commerceCard.currency", "usd", "choice", None),
    ("commerce_card", "template.outputs[0].commerceCard.discountRate", 10, "discount_rate", None),
    ("commerce_card", "template.outputs[0].commerceCard.dicountedPrice", 9000, "unknown_field", None),
    ("list_card", "template.outputs[0].listCard.header", DELETE, "required", None),
    ("list_card", "template.outputs[0].listCard.header.title", DELETE, "required", None),
    ("list_card", "template.outputs[0].listCard.items", [{"title": "가"}] * 6, "count", None),
    ("list_card", "template.outputs[0].listCard.items[0].title", DELETE, "required", None),
    ("list_card", "template.outputs[0].listCard.items[0].blockId", DELETE, "required", None),
    ("list_card", "template.outputs[0].listCard.items[1].messageText", DELETE, "required", None),
    ("list_card", "template.outputs[0].listCard.items[0].action", "webLink", "choice", None),
    ("list_card", "template.outputs[0].listCard.items[0].imageUrl", "branch.jpg", "address", None),
    ("list_card", "template.outputs[0].listCard.forwardable", True, "forwardable", None),
    ("item_card", f"{ITEM}.itemList", DELETE, "required", None),
    ("item_card", f"{ITEM}.itemList", [ROW] * 11, "count", None),
    ("item_card", f"{ITEM}.itemList[0].title", "일곱글자제목요", "length", None),
    ("item_card", f"{ITEM}.itemList[0].description", DELETE, "required", None),
    ("item_card", f"{ITEM}.itemList[0].description", "가\n나\n다", "lines", None),
    ("item_card", f"{ITEM}.itemListAlignment", "center", "choice", None),
    ("item_card", f"{ITEM}.itemListSummary.title", "일곱글자제목요", "length", None),
    ("item_card", f"{ITEM}.itemListSummary.description", "1" * 15, "length", None),
    ("item_card", f"{ITEM}.itemListSummary.description", "42시간", "summary_money", None),
    ("item_card", f"{ITEM}.head", {"title": "예약"}, "head_or_profile", None),
    ("item_card", f"{ITEM}.profile.title", "가" * 16, "length", None),
    ("item_card", f"{ITEM}.imageTitle.title", DELETE, "required", None),
    ("item_card", f"{ITEM}.imageTitle.description", "가\n나", "lines", None),
    ("item_card", f"{ITEM}.thumbnail.width", 640, "image_size", None),
    ("item_card", f"{ITEM}.title", DELETE, "description_needs_title", f"{ITEM}.description"),
    ("item_card", f"{ITEM}.description", "가" * 199, "length", None),
    ("item_card", f"{ITEM}.description", "\n" * 11, "lines", None),
    ("carousel_basic_card", "template.outputs[0].carousel.type", "simpleText", "choice", None),
    ("carousel_basic_card", "template.outputs[0].carousel.type", DELETE, "required", None),
    ("carousel_basic_card", CARDS, [], "count", None),
    ("carousel_basic_card", CARDS, [{"title": "가", "thumbnail": IMAGE}] * 11, "count", None),
    ("carousel_basic_card", f"{CARD}.thumbnail", DELETE, "required", None),
    ("carousel_basic_card", f"{CARD}.thumbnail.fixedRatio", True, "carousel_same_ratio", CARDS),
    ("carousel_basic_card", f"{CARD}.title", "가\n나\n다", "lines", None),
    ("carousel_basic_card", f"{CARD}.buttons", [BUTTON] * 3, "carousel_buttons", None),
    ("carousel_basic_card", f"{CARD}.forwardable", True, "forwardable", None),
    ("carousel_text_card", f"{CARD}.description", "가" * 129, "length", None),
    ("carousel_text_card", "template.outputs[0].carousel.header", {"title": "가", "description": "나", "thumbnail": IMAGE}, "carousel_header", None),
    ("carousel_list_card_quick_replies", CARDS, [{"header": {"title": "가"}, "items": [{"title": "나"}]}] * 6, "count", None),
    ("carousel_list_card_quick_replies", f"{CARD}.items", [{"title": "가"}] * 5, "count", None),
    ("carousel_item_card", "template.outputs[1].carousel.items[0].itemList", [ROW] * 6, "count", None),
    ("carousel_item_card", "template.outputs[1].carousel.items[0].imageTitle", DELETE, "carousel_same_parts", "template.outputs[1].carousel.items"),
    ("carousel_item_card", "template.outputs[1].carousel.items[0].title", "가" * 101, "length", "template.outputs[1].carousel.items[0].description"),
    ("carousel_commerce_card_header", "template.outputs[0].carousel.header.title", DELETE, "required", None),
    ("carousel_commerce_card_header", "template.outputs[0].carousel.header.title", "가\n나\n다", "lines", None),
    ("carousel_commerce_card_header", "template.outputs[0].carousel.header.description", "가\n나\n다\n라", "lines", None),
    ("carousel_commerce_card_header", "template.outputs[0].carousel.header.thumbnail", DELETE, "required", None),
    ("carousel_commerce_card_header", f"{CARD}.thumbnails[0].fixedRatio", True, "carousel_same_ratio", CARDS),
    ("context_control", "context.values[0].name", DELETE, "required", None),
    ("context_control", "context.values[0].lifeSpan", DELETE, "required", None),
    ("context_control", "context.values[0].lifeSpan", "3", "type", None),
    ("context_control", "context.values[0].ttl", 1.5, "type", None),
    ("context_control", "context.values[0].params.slot", 15, "type", None),
]  # fmt: skip


def mutated(name: str, path: str, value: Any) -> Any:
    reply = fixture(name)
    *parents, last = path.replace("[", ".").replace("]", "").split(".")
    at = reply
    for key in parents:
        at = at[int(key)] if isinstance(at, list) else at[key]
    if value is DELETE:
        del at[last]
    else:
        at[int(last) if isinstance(at, list) else last] = value
    return reply


@pytest.mark.parametrize(("name", "path", "value", "rule", "where"), MUTATIONS)
def test_one_wrong_thing_breaks_its_rule(
    name: str, path: str, value: Any, rule: str, where: str | None
) -> None:
    found = {(v.rule, v.path) for v in check(mutated(name, path, value))}
    assert (rule, where or path) in found


def test_every_rule_is_broken_by_one_of_these_tests() -> None:
    elsewhere = {"json_object", "callback_not_offered"}
    assert {rule for *_, rule, _ in MUTATIONS} | elsewhere == set(RULES)


@pytest.mark.parametrize("reply", [None, [], "글", 3])
def test_a_reply_that_is_no_object_is_dropped(reply: object) -> None:
    assert [v.rule for v in check(reply)] == ["json_object"]


def test_a_callback_may_be_announced_only_when_the_request_offered_one() -> None:
    reply = fixture("use_callback_ack")
    assert check(reply, callback_offered=True) == []
    assert [v.rule for v in check(reply, callback_offered=False)] == ["callback_not_offered"]


def test_what_is_only_cut_on_the_screen_does_not_drop_the_reply() -> None:
    found = check(mutated("item_card", f"{ITEM}.imageTitle.description", "가\n나"))
    assert found
    assert not drops_reply(found)


def test_one_oversized_bubble_is_left_out_and_the_others_stay() -> None:
    reply = text("작아요")
    huge = {"simpleText": {"text": "커요", "extra": {"x": "가" * BUBBLE_BYTES}}}
    reply["template"]["outputs"].append(huge)
    assert [(v.rule, v.path) for v in check(reply)] == [("bubble_bytes", "template.outputs[1]")]
    assert not drops_reply(check(reply))
    assert fitting_bubbles(reply["template"]["outputs"]) == [{"simpleText": {"text": "작아요"}}]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(wild=json_values, mutation=st.sampled_from(MUTATIONS))
def test_any_json_in_any_place_is_judged_and_never_breaks_the_judge(
    wild: Any, mutation: tuple[str, str, Any, str, str | None]
) -> None:
    name, path, *_ = mutation
    assert isinstance(check(mutated(name, path, wild)), list)
    assert isinstance(check(wild), list)
