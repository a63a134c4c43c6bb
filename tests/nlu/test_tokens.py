"""KiwiTokenizer cuts Korean exactly where it says it does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nlu.conftest import tokens_of
from tests.nlu.sentences import sentences
from tests.nlu_server import NLU_DATA

# sentence: (written, start, end) of every token
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
        ("낼", 0, 1),
        ("봉사", 2, 4),
        ("취소", 5, 7),
        ("할래", 7, 9),
        ("ㅠㅠ", 9, 11),
    ],
    "1365 연계 했는뎅": [("1365", 0, 4), ("연계", 5, 7), ("했", 8, 9), ("는뎅", 9, 11)],
    "중2인데 신청 되나용": [
        ("중", 0, 1),
        ("2", 1, 2),
        ("인", 2, 3),
        ("데", 3, 4),
        ("신청", 5, 7),
        ("되", 8, 9),
        ("나용", 9, 11),
    ],
    "봉시 확인좀": [("봉시", 0, 2), ("확인", 3, 5), ("좀", 5, 6)],
    "비번 까먹었어": [("비번", 0, 2), ("까먹", 3, 5), ("었", 5, 6), ("어", 6, 7)],
    "담임쌤이 나이스에 올리래": [
        ("담임쌤", 0, 3),
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
        ("토욜", 0, 2),
        ("에", 2, 3),
        ("전북", 4, 6),
        ("익산시", 7, 10),
        ("도서관", 11, 14),
    ],
    "😀 안녕👨‍👩‍👧하세요": [("😀", 0, 1), ("안녕", 2, 4), ("👨‍👩‍👧", 4, 9), ("하", 9, 10), ("세요", 10, 12)],
    "죽고 싶어": [("죽", 0, 1), ("고", 1, 2), ("싶", 3, 4), ("어", 4, 5)],
    "   ": [("   ", 0, 3)],
}
LEMMAS = {
    "1365": ["일삼육오"],
    "봉시": ["봉사 시간"],
    "VMS": ["브이엠에스"],
    "토욜": ["토요일"],
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


def test_every_token_of_every_sentence_is_the_text_between_its_offsets_and_every_entity_is_whole_tokens() -> (
    None
):
    authored = [*sentences(NLU_DATA / "data"), *sentences(NLU_DATA / "holdout")]
    torn = []
    for sentence, tokens in zip(authored, tokens_of([s.text for s in authored]), strict=True):
        assert all(sentence.text[start:end] == written for written, start, end, *_ in tokens)
        starts, ends = {token[1] for token in tokens}, {token[2] for token in tokens}
        torn += [
            (sentence.file, sentence.text, sentence.text[start:end])
            for _, start, end in sentence.spans
            if start not in starts or end not in ends
        ]
    assert torn == []
