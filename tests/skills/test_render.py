from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.replies import (
    SILENCE,
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
    Text,
)
from simulator.rules import check
from skills.kakao import extra
from skills.kakao.apologies import BROKEN, TOO_SLOW, UNREADABLE
from skills.kakao.render import render
from skills.kakao.response import validate_response
from tests.skills.samples import BLOCK, REPLIES

PICTURE = Image("https://boram.example/hours.png", "봉사시간 그림")
YES, NO = (
    Button("네", Press("apply_program", {"session": 7, "confirm": True})),
    Button("아니요", Say("아니요")),
)
WHEN, WHERE = Fact("일시", "12월 5일(토) 10:00"), Fact("장소", "부산 해운대구")


def drawn(*blocks: Any, chips: tuple[QuickReply, ...] = (), **how: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the kind and content of each bubble."""
    body = render(Reply(blocks, chips), **how)
    return [next(iter(output.items())) for output in body["template"]["outputs"]]


def chips_of(*blocks: Any, chips: tuple[QuickReply, ...] = (), **how: Any) -> list[str]:
    body = render(Reply(blocks, chips), **how)
    return [chip["label"] for chip in body["template"].get("quickReplies", ())]


def card(**given: Any) -> Card:
    return replace(Card("해변 정화 활동"), **given)


# --- kinds


def test_words_become_a_text_bubble() -> None:
    assert drawn(Text("안녕하세요!")) == [("simpleText", {"text": "안녕하세요!"})]


def test_a_card_with_facts_becomes_a_table() -> None:
    ((kind, body),) = drawn(card(text="환경 활동이에요.", facts=(WHEN, WHERE), image=PICTURE, buttons=(YES,)))
    assert kind == "itemCard"
    assert body["itemList"][0] == {"title": "일시", "description": "12월 5일(토) 10:00"}
    assert body["imageTitle"] == {"title": "해변 정화 활동", "description": "환경 활동이에요."}
    assert body["thumbnail"]["altText"] == "봉사시간 그림"


def test_longer_words_stand_under_the_table() -> None:
    text = "10분 전까지 와 주세요. 물과 모자를 꼭 챙기고, 편한 운동화를 신고 오면 좋아요."
    ((_, body),) = drawn(card(text=text, facts=(WHEN,)))
    assert body["title"] == "10분 전까지 와 주세요."
    assert body["description"] == "물과 모자를 꼭 챙기고, 편한 운동화를 신고 오면 좋아요."


@pytest.mark.parametrize(
    "fact",
    [Fact("일곱글자예요요", "값"), Fact("준비물", "가" * 60), Fact("준비물", "a\nb\nc"), Fact("", "값")],
)
def test_facts_without_room_in_a_table_become_lines(fact: Fact) -> None:
    ((kind, body),) = drawn(card(text="설명", facts=(WHEN, fact)))
    assert kind == "textCard"
    assert body["description"].startswith("일시: 12월 5일(토) 10:00\n")
    assert fact.value in body["description"]
    assert body["description"].endswith("\n\n설명")


def test_more_facts_than_a_table_holds_become_lines() -> None:
    ((kind, body),) = drawn(card(facts=tuple(Fact(f"항목{n}", "값") for n in range(11))))
    assert kind == "textCard"
    assert "항목10: 값" in body["description"]


def test_a_card_with_a_picture_becomes_a_picture_card_and_one_without_a_text_card() -> None:
    assert drawn(card(image=PICTURE))[0][0] == "basicCard"
    assert drawn(card(text="설명"))[0] == ("textCard", {"title": "해변 정화 활동", "description": "설명"})


def test_two_short_buttons_stand_side_by_side() -> None:
    assert drawn(card(buttons=(YES, NO)))[0][1]["buttonLayout"] == "horizontal"
    assert (
        "buttonLayout" not in drawn(card(buttons=(YES, Button("다른 날짜도 볼래요", Say("다른 날짜")))))[0][1]
    )


# --- pressing


def test_a_press_calls_our_block_with_its_data_when_there_is_one() -> None:
    button = drawn(card(buttons=(YES,)), block_id=BLOCK)[0][1]["buttons"][0]
    assert button == {
        "label": "네",
        "action": "block",
        "blockId": BLOCK,
        "messageText": "네",
        "extra": {"action": "apply_program", "data": {"session": 7, "confirm": True}, "v": 1},
    }


def test_a_press_says_its_label_with_its_data_when_there_is_no_block() -> None:
    button = drawn(card(buttons=(YES,)))[0][1]["buttons"][0]
    assert (button["action"], button["messageText"]) == ("message", "네")
    assert extra.unpack(button["extra"]) == YES.target


def test_a_shortened_label_still_says_all_of_its_words() -> None:
    label = "이번 주 토요일 부산에서 하는 봉사"
    button = drawn(card(buttons=(Button(label, Press("find_program")),)), block_id=BLOCK)[0][1]["buttons"][0]
    assert button["label"] == "이번 주 토요일 부산에서…"
    assert button["messageText"] == label


def test_every_other_target_has_its_action() -> None:
    buttons = (
        Button("지도", Link("https://a.kr")),
        Button("", Call("02-330-2830")),
        Button("상담", Operator()),
    )
    assert drawn(card(buttons=buttons))[0][1]["buttons"] == [
        {"label": "지도", "action": "webLink", "webLinkUrl": "https://a.kr"},
        {"label": "전화하기", "action": "phone", "phoneNumber": "02-330-2830"},
        {"label": "상담", "action": "operator"},
    ]


def test_list_items_press_say_and_open() -> None:
    items = (
        ListItem("첫째", "10:00", Press("x", {"id": 1})),
        ListItem("둘째", target=Link("https://a.kr")),
        ListItem("셋째"),
    )
    body = drawn(ListCard("골라요", items), block_id=BLOCK)[0][1]
    assert body["items"][0]["blockId"] == BLOCK
    assert body["items"][0]["messageText"] == "첫째"
    assert body["items"][1] == {"title": "둘째", "link": {"web": "https://a.kr"}}
    assert body["items"][2] == {"title": "셋째"}


@pytest.mark.parametrize(
    "target", [Link("javascript:alert(1)"), Link("/me/hours"), Link(""), Call("전화"), Call("")]
)
def test_a_button_that_could_do_nothing_is_left_out_and_logged(
    target: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert "buttons" not in drawn(card(buttons=(Button("눌러요", target),)))[0][1]
    assert "left out" in caplog.text


def test_a_button_whose_data_would_not_come_back_says_its_label(caplog: pytest.LogCaptureFixture) -> None:
    body = drawn(card(buttons=(Button("신청할래요", Press("x", {"note": "가" * 900})),)))[0][1]
    assert body["buttons"] == [{"label": "신청할래요", "action": "message", "messageText": "신청할래요"}]
    assert "would not come back" in caplog.text


# --- too much


def test_a_long_text_is_spread_over_bubbles_that_are_not_folded() -> None:
    text = "봉사는 즐거워요. " * 80
    bubbles = drawn(Text(text))
    assert len(bubbles) == 2
    assert all(len(body["text"]) <= 500 for _, body in bubbles)


def test_a_very_long_text_uses_all_three_bubbles_and_says_that_it_was_cut() -> None:
    bubbles = drawn(Text("봉사는 즐거워요. " * 500))
    assert len(bubbles) == 3
    assert bubbles[-1][1]["text"].endswith("…")


def test_a_card_with_long_words_gets_a_bubble_before_it_and_nothing_is_lost() -> None:
    text = " ".join(f"문장{n}이에요." for n in range(80))
    bubbles = drawn(card(text=text, buttons=(YES,)))
    assert [kind for kind, _ in bubbles] == ["simpleText", "textCard"]
    shown = f"{bubbles[0][1]['text']} {bubbles[1][1]['description']}"
    assert shown.split() == ["해변", "정화", "활동", *text.split()]
    assert bubbles[1][1]["buttons"]


def test_too_many_blocks_are_joined_and_no_word_is_lost() -> None:
    bubbles = drawn(
        Text("하나"),
        Text("둘"),
        card(title="셋"),
        Text("넷"),
        card(title="다섯"),
        ListCard("여섯", (ListItem("일곱"),)),
    )
    assert len(bubbles) <= 3
    shown = json.dumps(bubbles, ensure_ascii=False)
    assert all(word in shown for word in ("하나", "둘", "셋", "넷", "다섯", "여섯", "일곱"))


def test_a_fourth_button_becomes_a_chip() -> None:
    buttons = (
        *(Button(f"고르기 {n}", Press("x", {"id": n})) for n in range(3)),
        Button("지도", Link("https://a.kr")),
    )
    body = drawn(card(buttons=buttons))[0][1]
    assert [button["label"] for button in body["buttons"]] == ["고르기 0", "고르기 1", "지도"]
    assert chips_of(card(buttons=buttons)) == ["고르기 2"]


def test_buttons_that_cannot_be_chips_move_to_a_card_below() -> None:
    calls = (Button(number, Call(number)) for number in ("1388", "112", "119"))
    buttons = (*calls, Button("상담", Operator()))
    bubbles = drawn(Text("혼자 있지 않아도 돼요."), card(buttons=buttons))
    assert [button["label"] for _, body in bubbles for button in body.get("buttons", ())] == [
        "1388",
        "112",
        "119",
        "상담",
    ]


def test_a_list_of_more_than_five_becomes_a_carousel_of_lists() -> None:
    ((kind, body),) = drawn(ListCard("신청", tuple(ListItem(f"{n}번") for n in range(9)), (NO,)))
    assert (kind, body["type"]) == ("carousel", "listCard")
    assert [page["header"]["title"] for page in body["items"]] == ["신청 (1/3)", "신청 (2/3)", "신청 (3/3)"]
    assert [item["title"] for page in body["items"] for item in page["items"]] == [f"{n}번" for n in range(9)]
    assert "buttons" in body["items"][-1]


def test_more_cards_than_a_carousel_holds_are_cut_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    ((_, body),) = drawn(Carousel((card(text="설명"),) * 12))
    assert len(body["items"]) == 10
    assert "12 cards" in caplog.text


def test_chips_are_ten_at_most() -> None:
    assert len(chips_of(Text("a"), chips=(QuickReply("칩", Say("칩")),) * 12)) == 10


# --- carousels


def test_cards_with_facts_and_titles_become_tables() -> None:
    ((_, body),) = drawn(Carousel((card(facts=(WHEN,)), card(facts=(WHERE,)))))
    assert body["type"] == "itemCard"


def test_a_carousel_where_one_card_has_no_picture_has_none() -> None:
    ((_, body),) = drawn(Carousel((card(facts=(WHEN,), image=PICTURE), card(facts=(WHERE,)))))
    assert body["type"] == "itemCard"
    assert all("thumbnail" not in item for item in body["items"])


def test_a_carousel_where_one_card_has_no_facts_shows_them_as_lines() -> None:
    ((_, body),) = drawn(Carousel((card(facts=(WHEN, WHERE)), card(text="설명"))))
    assert body["type"] == "textCard"
    assert body["items"][0]["description"] == "일시: 12월 5일(토) 10:00\n장소: 부산 해운대구"


def test_picture_cards_show_their_facts_within_two_lines() -> None:
    ((_, body),) = drawn(
        Carousel((card(facts=(WHEN, WHERE), image=PICTURE), card(text="설명", image=PICTURE)))
    )
    assert body["type"] == "basicCard"
    assert body["items"][0]["description"] == "일시: 12월 5일(토) 10:00 · 장소: 부산 해운대구"


def test_a_carousel_of_one_is_a_card() -> None:
    assert drawn(Carousel((card(text="설명", buttons=(YES, NO)),)))[0][0] == "textCard"


def test_a_card_that_was_only_a_picture_keeps_its_name_when_pictures_go() -> None:
    ((_, body),) = drawn(Carousel((Card("", image=PICTURE), card(text="설명"))))
    assert body["items"][0]["title"] == "봉사시간 그림"


# --- nothing to show


@pytest.mark.parametrize(
    "blocks", [(), (Text(""),), (Text(" \x00 "),), (Card(""),), (Carousel(()),), (ListCard("", ()),)]
)
def test_an_empty_reply_still_says_something(blocks: tuple[Any, ...]) -> None:
    ((kind, body),) = drawn(*blocks)
    assert kind == "simpleText"
    assert body["text"]


def test_a_card_of_buttons_only_asks_to_choose() -> None:
    assert drawn(Card("", buttons=(YES,)))[0][1]["description"] == "아래에서 골라 주세요."


# --- groups


def test_in_a_group_chips_become_buttons_of_the_last_bubble() -> None:
    ((kind, body),) = drawn(
        Text("신청할까요?"),
        chips=(QuickReply("네", Say("네")), QuickReply("아니요", Say("아니요"))),
        group=True,
    )
    assert kind == "textCard"
    assert [button["label"] for button in body["buttons"]] == ["네", "아니요"]
    assert chips_of(Text("신청할까요?"), chips=(QuickReply("네", Say("네")),), group=True) == []


def test_in_a_group_more_chips_than_buttons_become_a_list() -> None:
    bubbles = drawn(
        card(buttons=(YES, NO)), chips=tuple(QuickReply(f"칩{n}", Say("칩")) for n in range(4)), group=True
    )
    assert [kind for kind, _ in bubbles] == ["textCard", "listCard"]
    assert [item["title"] for item in bubbles[1][1]["items"]] == ["칩0", "칩1", "칩2", "칩3"]


def test_in_a_group_a_carousel_becomes_a_list() -> None:
    ((kind, body),) = drawn(Carousel((card(facts=(WHEN,), buttons=(YES,)), card(text="설명"))), group=True)
    assert kind == "listCard"
    assert body["items"][0]["title"] == "해변 정화 활동"
    assert body["items"][0]["extra"]["action"] == "apply_program"


# --- always


def test_what_developers_see_goes_into_data() -> None:
    body = render(Reply((Text("a"),)), debug={"intent": "greeting"})
    assert body["data"] == {"debug": {"intent": "greeting"}}
    assert "data" not in render(Reply((Text("a"),)))


def test_a_reply_kakao_would_drop_goes_out_as_plain_words_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heavy = {f"k{n}": "가" * 500 for n in range(20)}
    with caplog.at_level(logging.ERROR):
        ((kind, body),) = drawn(
            card(text="이 말은 남아요.", buttons=(Button("눌러요", Press("x", heavy)),) * 2), block_id=BLOCK
        )
    assert kind == "simpleText"
    assert body["text"] == "해변 정화 활동 이 말은 남아요."
    assert "template.outputs.0" in caplog.text
    assert "해변" not in caplog.text


@pytest.mark.parametrize("apology", [TOO_SLOW, BROKEN, UNREADABLE])
@pytest.mark.parametrize("group", [False, True])
def test_every_apology_is_a_valid_card_with_the_menu(apology: Reply, group: bool) -> None:
    body = render(apology, group=group)
    validate_response(body, group=group)
    assert "내 봉사시간" in json.dumps(body, ensure_ascii=False)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(REPLIES, st.booleans(), st.sampled_from(["", BLOCK]))
def test_any_reply_at_all_becomes_a_valid_response(reply: Reply, group: bool, block_id: str) -> None:
    body = render(reply, block_id=block_id, group=group)
    validate_response(body, group=group)
    json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    if not group:
        assert check(body) == [], "our rules and the simulator's are written apart and must agree"


PLAIN = st.text("가나다라마바사 abc😀", min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
LABELS = PLAIN.map(lambda text: text.strip()[:7].strip())
SHORT_BUTTONS = st.lists(st.builds(Button, LABELS, st.builds(Say, PLAIN)), max_size=3).map(tuple)
SHORT_FACTS = st.lists(st.builds(Fact, PLAIN, PLAIN), max_size=4).map(tuple)
SHORT_CARDS = st.builds(Card, PLAIN, PLAIN, SHORT_FACTS, st.none() | st.just(PICTURE), SHORT_BUTTONS)
SHORT_CAROUSEL_CARDS = st.builds(
    Card,
    PLAIN,
    PLAIN,
    SHORT_FACTS.map(lambda f: f[:3]),
    st.none() | st.just(PICTURE),
    SHORT_BUTTONS.map(lambda b: b[:2]),
)
SHORT_ITEMS = st.lists(st.builds(ListItem, PLAIN, PLAIN), min_size=1, max_size=9).map(tuple)
SHORT_BLOCKS = st.one_of(
    st.builds(Text, PLAIN),
    SHORT_CARDS,
    st.builds(ListCard, PLAIN, SHORT_ITEMS, SHORT_BUTTONS),
    st.builds(Carousel, st.lists(SHORT_CAROUSEL_CARDS, min_size=1, max_size=6).map(tuple)),
)
SHORT_REPLIES = st.builds(
    Reply,
    st.lists(SHORT_BLOCKS, min_size=1, max_size=3).map(tuple),
    st.lists(st.builds(QuickReply, LABELS, st.builds(Say, PLAIN)), max_size=4).map(tuple),
)


def words_in(value: Any) -> str:
    """Return every text of a reply or of its JSON, in one string without spaces."""
    if isinstance(value, str):
        return "".join(value.split()) + "\n"
    if isinstance(value, dict):
        return "".join(map(words_in, value.values()))
    if isinstance(value, list | tuple):
        return "".join(map(words_in, value))
    return "".join(
        words_in(getattr(value, name)) for name in getattr(value, "__slots__", ()) if name != "target"
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(SHORT_REPLIES)
def test_no_word_of_a_short_reply_gets_lost(reply: Reply) -> None:
    shown = words_in(render(reply))
    for block in (*reply.blocks, *reply.quick_replies):
        for words in words_in(replace_pictures(block)).split("\n"):
            assert words in shown


def replace_pictures(block: Any) -> Any:
    """Leave pictures aside: a carousel shows them only when all cards have one."""
    if isinstance(block, Carousel):
        return Carousel(tuple(replace(each, image=None) for each in block.cards))
    return replace(block, image=None) if isinstance(block, Card) else block


def test_silence_is_a_reply_without_a_bubble() -> None:
    for group in (False, True):
        body = render(SILENCE, group=group, debug={"intent": "notice"})
        assert body == {"version": "2.0", "template": {"outputs": []}}
