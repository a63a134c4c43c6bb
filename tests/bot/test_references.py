"""Words that point at what was shown, against what was shown in the last replies."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.references import Thing, ordinal_in, refers_to, things_of
from bot.replies import Button, Card, Carousel, Fact, Link, ListCard, ListItem, Press, Reply, Text
from models.clock import SEOUL

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=SEOUL)
RIVER = Thing("하천 쓰레기 줍기", "11월 28일(토) 10:00 · 천안천", {"session": 1})
LIBRARY = Thing("책 정리", "12월 5일(토) 10:00 · 성정도서관", {"session": 2})
DOGS = Thing("유기견 산책 돕기", "12월 6일(일) 10:00 · 보호소", {"session": 3})
FOUND = [RIVER, LIBRARY, DOGS]
MURAL = Thing("벽화 그리기", "승인 기다리는 중 · 11월 28일(토)", {"application": 7})
TALKS = Thing("경로당 말벗", "승인됨 · 12월 5일(토)", {"application": 8})
MINE = [MURAL, TALKS]


def meant(words: str, intent: str | None, *shown: list[Thing]) -> list[Thing] | None:
    referral = refers_to(words, intent, shown, NOW)
    return None if referral is None else list(referral.things)


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("두 번째 거 신청할래", LIBRARY),
        ("3번 신청할게요", DOGS),
        ("마지막 거 신청할래", DOGS),
        ("맨 위에 거 신청해줘", RIVER),
        ("마지막 거 말고 그 앞에 거 신청할래", LIBRARY),
        ("첫 번째 말고 그 다음 거 신청할래", LIBRARY),
        ("아까 그 도서관 신청할래", LIBRARY),
        ("도서관 거 신청할래", LIBRARY),
        ("방금 본 유기견 신청하고 싶어", DOGS),
        ("유기견꺼 신청할래", DOGS),
        ("그 하천 봉사 신청해줘", RIVER),
        ("12월 6일 거 신청할래", DOGS),
        ("일요일 거 말고 이번 토요일 거 신청할래", RIVER),
    ],
)
def test_one_of_what_was_shown_is_meant(words: str, thing: Thing) -> None:
    assert meant(words, "apply_program", FOUND) == [thing]


def test_a_thing_is_still_meant_after_other_replies() -> None:
    assert meant("아까 그 도서관 신청할래", "apply_program", FOUND, [DOGS], MINE) == [LIBRARY]


def test_what_was_shown_last_is_meant_by_a_bare_word() -> None:
    assert meant("그거 신청할래", "apply_program", FOUND, [DOGS]) == [DOGS]
    assert meant("이거 취소해줘", "cancel_application", MINE, [MURAL]) == [MURAL]


def test_only_what_can_be_acted_on_is_meant() -> None:
    assert meant("그거 취소할래", "cancel_application", MINE[:1], FOUND) == [MURAL]
    assert meant("그거 취소할래", "cancel_application", FOUND) is None


def test_several_that_fit_are_all_there_to_ask_about() -> None:
    assert meant("그거 신청할래", "apply_program", FOUND) == FOUND
    assert meant("12월 거 신청할래", "apply_program", FOUND) == [LIBRARY, DOGS]


@pytest.mark.parametrize("words", ["아까 그 고양이 카페 신청할래", "7번째 거 신청할래"])
def test_where_none_fits_everything_is_there_to_ask_about(words: str) -> None:
    referral = refers_to(words, "apply_program", [FOUND], NOW)
    assert referral is not None
    assert (list(referral.things), referral.missed) == (FOUND, True)


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("그거 몇 시야", DOGS),
        ("거기 어디야?", DOGS),
        ("그 기관 전화번호 알려줘", DOGS),
        ("그 봉사 언제 하는 거야", DOGS),
        ("이거 시간 몇 시간 줘?", DOGS),
        ("아까 그 도서관", LIBRARY),
        ("아까 그 도서관 어디였지", LIBRARY),
        ("두 번째 거 자세히", LIBRARY),
        ("방금 그거", DOGS),
    ],
)
def test_what_is_asked_about_a_thing_shows_it(words: str, thing: Thing) -> None:
    referral = refers_to(words, None, [FOUND, [DOGS]], NOW)
    assert referral is not None
    assert list(referral.things) == [thing]
    assert referral.action_on(thing) == "find_program"


def test_a_question_taken_for_something_else_is_still_about_the_thing() -> None:
    assert meant("그 기관 전화번호 알려줘", "human_agent", FOUND, [DOGS]) == [DOGS]
    assert meant("그거 시간 몇 시간 줘?", "check_hours", FOUND, [DOGS]) == [DOGS]


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("이거 왜 이래", None),
        ("그거 말고 다른 거", None),
        ("그 노래 좋더라", None),
        ("오늘 날씨 어때", None),
        ("봉사시간 알려줘", "check_hours"),
        ("그거 있잖아 봉사시간 알려줘", "check_hours"),
        ("고양이 카페 거 신청할래", "apply_program"),
        ("토요일 도서관 봉사 찾아줘", "find_program"),
        ("여기서 할 수 있는 봉사 찾아줘", "find_program"),
        ("도서관 거 찾아줘", "find_program"),
        ("저 신청할래요", "apply_program"),
        ("내가 신청한 거 취소해줘", "apply_program"),
    ],
)
def test_other_words_point_at_nothing(words: str, intent: str | None) -> None:
    assert meant(words, intent, FOUND) is None


@pytest.mark.parametrize(
    ("words", "ordinal"),
    [
        ("두 번째", 2),
        ("마지막 거 말고 그 앞에 거", -2),
        ("세 번째 거 말고 바로 위에 거", 2),
        ("1번 말고 그 다음 거", 2),
        ("2번 말고 3번", 3),
        ("그거", None),
    ],
)
def test_the_neighbour_of_one_of_a_list_can_be_named(words: str, ordinal: int | None) -> None:
    assert ordinal_in(words) == ordinal


def test_things_are_read_off_carousels_lists_and_cards() -> None:
    apply = Button("신청하기", Press("apply_program", {"session": 5, "confirm": True}))
    card = Card("책 정리", facts=(Fact("일시", "토요일"), Fact("장소", "도서관")), buttons=(apply,))
    item = ListItem("벽화", "승인됨", Press("application_status", {"application": 7}))
    reply = Reply((Text("이에요"), Carousel((card,)), ListCard("내 신청", (item, ListItem("설명")))))
    assert things_of(reply) == [
        Thing("책 정리", "토요일 · 도서관", {"session": 5}),
        Thing("벽화", "승인됨", {"application": 7}),
    ]


def test_a_card_without_a_telling_button_is_what_was_asked_for() -> None:
    card = Card("벽화", facts=(Fact("상태", "취소됨"),), buttons=(Button("화면", Link("https://x.example")),))
    assert things_of(Reply((card,)), {"application": 7}) == [Thing("벽화", "취소됨", {"application": 7})]
    assert things_of(Reply((card,)), {"list": True}) == []


@given(st.text(max_size=60), st.sampled_from([None, "apply_program", "cancel_application", "greeting"]))
def test_any_words_may_come(words: str, intent: str | None) -> None:
    referral = refers_to(words, intent, [FOUND, MINE], NOW)
    assert referral is None or referral.things
