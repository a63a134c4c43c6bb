"""KiwiTokenizer cuts Korean exactly where it says it does: text normalised, places of the original."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.nlu.conftest import Reader, tokens_of
from tests.nlu.sentences import sentences
from tests.nlu.test_normalizer import WRITTEN_LIKE_A_MESSAGE
from tests.nlu_server import NLU_DATA

# sentence: (normalised text, start, end in the sentence) of every token
CUT: dict[str, list[tuple[str, int, int]]] = {
    "이번주 토요일 서울에서 환경 봉사 있어요?": [
        ("이번", 0, 2),
        ("주", 2, 3),
        ("토요일", 4, 7),
        ("서울", 8, 10),
        ("에서", 10, 12),
        ("환경", 13, 15),
        ("봉사", 16, 18),
        ("있", 19, 20),
        ("어요", 20, 22),
        ("?", 22, 23),
    ],
    "봉사시간얼마나있는지알려줘": [
        ("봉사", 0, 2),
        ("시간", 2, 4),
        ("얼마나", 4, 7),
        ("있", 7, 8),
        ("는지", 8, 10),
        ("알려", 10, 12),
        ("줘", 12, 13),
    ],
    "낼 봉사 취소할래ㅠㅠ": [
        ("내일", 0, 1),
        ("봉사", 2, 4),
        ("취소", 5, 7),
        ("할래", 7, 9),
        ("ㅠㅠ", 9, 11),
    ],
    "1365 연계 했는뎅": [("1365", 0, 4), ("연계", 5, 7), ("했", 8, 9), ("는데", 9, 11)],
    "중2인데 신청 되나용": [
        ("중", 0, 1),
        ("2", 1, 2),
        ("인", 2, 3),
        ("데", 3, 4),
        ("신청", 5, 7),
        ("되", 8, 9),
        ("나요", 9, 11),
    ],
    "봉시 확인좀": [("봉사 시간", 0, 2), ("확인", 3, 5), ("좀", 5, 6)],
    "비번 까먹었어": [("비밀번호", 0, 2), ("까먹", 3, 5), ("었", 5, 6), ("어", 6, 7)],
    "담임쌤이 나이스에 올리래": [
        ("담임", 0, 2),
        ("선생님", 2, 3),
        ("이", 3, 4),
        ("나이스", 5, 8),
        ("에", 8, 9),
        ("올리", 10, 12),
        ("래", 12, 13),
    ],
    "12/3 2시부터 5시까지": [
        ("12/3", 0, 4),
        ("2", 5, 6),
        ("시", 6, 7),
        ("부터", 7, 9),
        ("5", 10, 11),
        ("시", 11, 12),
        ("까지", 12, 14),
    ],
    "두볼 터전이 뭐예요": [("두볼", 0, 2), ("터전", 3, 5), ("이", 5, 6), ("뭐", 7, 8), ("예요", 8, 10)],
    "토욜에 전북 익산시 도서관": [
        ("토요일", 0, 2),
        ("에", 2, 3),
        ("전북", 4, 6),
        ("익산시", 7, 10),
        ("도서관", 11, 14),
    ],
    "😀 안녕👨‍👩‍👧하세요": [("😀", 0, 1), ("안녕", 2, 4), ("👨", 4, 9), ("하", 9, 10), ("세요", 10, 12)],
    "dkssud, qhdtktlrks": [("안녕", 0, 6), (",", 6, 7), ("봉사", 8, 13), ("시간", 13, 18)],
    "담주 봉시": [("다음", 0, 1), ("주", 1, 2), ("봉사 시간", 3, 5)],
    "봉사시갼은 제바아아알": [("봉사", 0, 2), ("시간", 2, 4), ("은", 4, 5), ("제발", 6, 11)],
    "죽고 싶어": [("죽", 0, 1), ("고", 1, 2), ("싶", 3, 4), ("어", 4, 5)],
    "   ": [("   ", 0, 3)],
}
LEMMAS = {
    "1365": ["일삼육오"],
    "봉시": ["봉사 시간"],
    "VMS": ["브이엠에스"],
    "토욜": ["토요일"],
    "ㄱㅅ": ["감사"],
    "ㅅㅂ": ["씨발"],
    "했어": ["하+었", "어"],
    "ㅋㅋㅋㅋㅋㅋ": ["ㅋㅋ"],
}


@pytest.fixture(scope="module")
def cut() -> dict[str, list[list[Any]]]:
    texts = [*CUT, *LEMMAS]
    return dict(zip(texts, tokens_of(texts), strict=True))


@pytest.mark.parametrize("text", CUT)
def test_a_sentence_is_cut_into_these_morphemes_at_these_places(
    cut: dict[str, list[list[Any]]], text: str
) -> None:
    assert [tuple(token[:3]) for token in cut[text]] == CUT[text]


@pytest.mark.parametrize("text", LEMMAS)
def test_a_word_is_counted_as_the_word_it_stands_for(cut: dict[str, list[list[Any]]], text: str) -> None:
    assert [token[3] for token in cut[text]] == LEMMAS[text]


def test_tokens_ascend_apart_and_every_entity_of_every_sentence_is_whole_tokens() -> None:
    authored = [*sentences(NLU_DATA / "data"), *sentences(NLU_DATA / "holdout")]
    torn = []
    for sentence, tokens in zip(authored, tokens_of([s.text for s in authored]), strict=True):
        assert_apart(sentence.text, tokens)
        starts, ends = {token[1] for token in tokens}, {token[2] for token in tokens}
        torn += [
            (sentence.file, sentence.text, sentence.text[start:end])
            for _, start, end in sentence.spans
            if start not in starts or end not in ends
        ]
    assert torn == []


def assert_apart(text: str, tokens: list[list[Any]]) -> None:
    """Every token holds something of the text, after the token before it."""
    places = [0, *(place for token in tokens for place in token[1:3])]
    assert places == sorted(places)
    assert all(start < end <= len(text) for _, start, end, *_ in tokens)


@given(st.text(max_size=60) | WRITTEN_LIKE_A_MESSAGE)
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_is_cut_into_tokens_that_do_not_overlap(reader: Reader, text: str) -> None:
    if text:
        assert_apart(text, reader.read(text)["tokens"])
