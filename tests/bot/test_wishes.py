"""Telling wishes apart: where a message may be split, what its parts must mean for it, and what is ruled out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import ParsedMessage
from bot.wishes import MOST, Ruled, Wish, in_order, places, ruled_out, wants_another, wishes, within

MEANINGS = {
    "시간": "check_hours",
    "취소": "cancel_application",
    "등록": "apply_program",
    "찾아": "find_program",
    "추천": "recommend_program",
    "확인서": "certificate_issue",
    "알림": "notification_settings",
    "내역": "application_status",
    "안녕": "greeting",
    "날씨": "out_of_scope",
    "바보": "abuse",
}


def understood(words: str) -> ParsedMessage:
    """Understand by one word: the last that is known; sure of it when it is the only one."""
    known = [intent for word, intent in MEANINGS.items() if word in words]
    return ParsedMessage(known[-1], 0.9 if len(known) == 1 else 0.7, "nlu") if known else unclear()


def unclear() -> ParsedMessage:
    return ParsedMessage("clarify_needed", 0.4, "nlu")


def told(words: str) -> list[tuple[str, str]]:
    return [(wish.words, wish.parsed.intent) for wish in wishes(words, understood(words), understood)]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("봉사시간 몇시간인지 알려주고 토요일 봉사 취소해줘", ["check_hours", "cancel_application"]),
        ("내일 신청한거 취소하고 다른거 찾아줘", ["cancel_application", "find_program"]),
        ("내일 신청한거 취소하고 다른거 보여줘", ["cancel_application", "find_program"]),
        ("시간 확인이랑 확인서 발급", ["check_hours", "certificate_issue"]),
        ("시간 몇시간이야? 토요일 취소할래", ["check_hours", "cancel_application"]),
        ("시간 알려줘 그리고 확인서도 뽑아줘", ["check_hours", "certificate_issue"]),
        ("시간 알려줘\n확인서 뽑아줘", ["check_hours", "certificate_issue"]),
        (
            "시간 보여줘 확인서도 뽑아줘 알림도 꺼줘",
            ["check_hours", "certificate_issue", "notification_settings"],
        ),
        ("신청 내역 보여주고 확인서도 발급해줘", ["application_status", "certificate_issue"]),
        ("토욜꺼 취소할래 그리고 일욜 봉사 찾아줘", ["cancel_application", "find_program"]),
        ("토요일 거 취소하고 싶은데 그 전에 내 시간 좀 알려줘", ["cancel_application", "check_hours"]),
        ("시간이랑 신청내역 보여주세요", ["check_hours", "application_status"]),
    ],
)
def test_two_wishes_are_told_apart_in_the_order_they_were_said(words: str, parts: list[str]) -> None:
    assert [intent for _, intent in told(words)] == parts


@pytest.mark.parametrize(
    "words",
    [
        "수원이랑 용인 봉사 찾아줘",
        "토요일하고 일요일 봉사 찾아줘",
        "신청하고 싶은데 어떻게 해요",
        "취소하고 싶은데 언제까지 돼요?",
        "봉사하고 시간이 안 들어왔어요",
        "로그인하려고 하는데 비번 까먹음",
        "친구랑 같이 봉사 찾아줘",
        "1365랑 두볼 시간이 달라요",
        "봉사 신청하고 취소하면 불이익 있어요?",
        "확인서 발급하고 학교에 내면 되나요?",
        "봉사 추천해주고 봉사 찾아줘",
        "시간 알려줘 빨리 알려줘",
        "봉사 등록하고 취소하고 싶어요",
        "",
        "취소",
    ],
)
def test_one_wish_stays_one_message(words: str) -> None:
    assert [said for said, _ in told(words)] == [words]


def test_a_split_is_not_taken_when_a_part_is_not_understood() -> None:
    words = "시간 알려주고 그것 좀 해줘"
    assert [said for said, _ in told(words)] == [words]


def test_a_split_is_not_taken_when_the_whole_surely_means_something_else() -> None:
    words = "시간 알려주고 확인서 뽑아줘"
    whole = ParsedMessage("neis_transfer", 0.9, "nlu")
    assert wishes(words, whole, understood) == (Wish(words, whole),)


def test_a_story_is_not_split() -> None:
    assert places("시간 알려주고 확인서 뽑아줘 " * 30) == []


def test_what_only_shows_is_answered_first_and_the_rest_as_it_was_said() -> None:
    said = ("취소", "시간", "확인서", "내역")
    ordered = in_order(tuple(Wish(words, understood(words)) for words in said))
    assert [wish.words for wish in ordered] == ["시간", "내역", "취소", "확인서"]


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("안녕 시간 알려줘", "시간 알려줘"),
        ("배고파 봉사 찾아줘 날씨", None),
        ("안녕하세요~ 확인서 뽑아주세요", "확인서 뽑아주세요"),
        ("바보야 시간 알려줘", "시간 알려줘"),
        ("확인서 뽑아줘 바보야", "확인서 뽑아줘"),
        ("안녕 ㅋㅋ", None),
        ("바보야", None),
    ],
)
def test_the_wish_within_small_talk_or_an_insult_is_found(words: str, wish: str | None) -> None:
    talk = ParsedMessage("abuse" if "바보" in words else "greeting", 0.9, "nlu")
    found = within(words, talk, understood)
    assert (found and found.words) == wish


def test_a_wish_that_is_understood_is_not_searched_for_another() -> None:
    assert within("안녕 시간 알려줘", ParsedMessage("check_hours", 0.9, "nlu"), understood) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("취소 말고 그냥 보기만", Ruled("cancel_application", "그냥 보기만", "application_status")),
        ("신청 말고 보기만 할게", Ruled("apply_program", "보기만 할게", "find_program")),
        ("취소 말고 시간 알려줘", Ruled("cancel_application", "시간 알려줘")),
        ("신청이 아니라 취소요", Ruled("apply_program", "취소요")),
        ("취소하려는게 아니라 언제인지 보려고요", Ruled("cancel_application", "언제인지 보려고요")),
        ("확인서 말고 봉사시간 보여줘", Ruled("certificate_issue", "봉사시간 보여줘")),
        ("취소하지 말고 시간 알려줘", Ruled("cancel_application", "시간 알려줘")),
        ("취소 안 할래", Ruled("cancel_application", final=True)),
        ("취소 안할게요", Ruled("cancel_application", final=True)),
        ("신청 안 할 거야", Ruled("apply_program", final=True)),
        ("알림 안 끌래", Ruled("notification_settings", final=True)),
        ("알림 끄지 마", Ruled("notification_settings", final=True)),
        ("취소하지 말아줘", Ruled("cancel_application", final=True)),
        ("취소하기 싫어요", Ruled("cancel_application", final=True)),
        ("취소 안 할래 시간이나 알려줘", Ruled("cancel_application", "시간이나 알려줘", final=True)),
    ],
)
def test_what_is_ruled_out_is_known(words: str, expected: Ruled) -> None:
    assert ruled_out(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "신청 안 했는데 신청됐어요",
        "취소 안 했는데 취소됐어요",
        "취소 안 되나요?",
        "취소 안 하면 어떻게 돼요?",
        "신청이 안 돼요",
        "취소 안 해도 돼?",
        "알림이 안 와요",
        "토요일 말고 일요일 봉사 찾아줘",
        "취소 말고도 방법 있어요?",
        "확인서가 안 나와요",
    ],
)
def test_what_happened_and_what_is_asked_rules_out_nothing(words: str) -> None:
    assert ruled_out(words) is None


@pytest.mark.parametrize("words", ["이거 말고 다른 거 보여줘", "다른 봉사 있어?", "다른데도 찾아줘"])
def test_another_of_the_kind_is_heard(words: str) -> None:
    assert wants_another(words)


PIECES = st.lists(
    st.sampled_from(
        [
            "시간 알려줘",
            "토요일 취소해줘",
            "취소하고",
            "알려주고",
            "확인서이랑",
            "확인서 발급",
            "그리고",
            "봉사 찾아줘",
            "싶은데",
            "말고",
            "안 할래",
            "?",
            "\n",
            "ㅋㅋ",
            "안녕",
            "바보",
            "날씨",
        ]
    )
    | st.text(max_size=6),
    max_size=9,
)


@given(PIECES)
def test_the_parts_of_any_message_stand_in_it_in_their_order(pieces: list[str]) -> None:
    words = " ".join(pieces)
    found = wishes(words, understood(words), understood)
    assert 1 <= len(found) <= MOST
    at = 0
    for wish in found:
        at = words.index(wish.words, at) + len(wish.words)


@given(PIECES)
def test_nothing_but_connecting_words_is_lost_between_two_parts(pieces: list[str]) -> None:
    words = " ".join(pieces)
    for end, begin in places(words):
        between = words[end:begin].strip(" ,.?!\n;~ㅋㅎㅠㅜ\t\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0")
        assert 0 < end <= begin < len(words)
        assert len(between) <= 12 or not between.strip(), between


@given(st.text(max_size=300))
def test_any_text_may_come(words: str) -> None:
    places(words)
    ruled_out(words)
    within(words, ParsedMessage("abuse", 0.9, "nlu"), understood)
    assert wishes(words, understood(words), understood)
