from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fields import find_dovol_contents, find_dovol_types, find_fields
from models.codes import DOVOL_CONTENTS, DOVOL_TYPES, FIELDS


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("환경", "0800"),
        ("유기견 산책시키는 거", "0800"),
        ("동물 좋아해요", "0800"),
        ("댕댕이", "0800"),
        ("고양이 보호소", "0800"),
        ("쓰레기 줍는거", "0800"),
        ("플로깅", "0800"),
        ("청소 봉사", "0800"),
        ("멘토링", "0300"),
        ("말벗", "0300"),
        ("도서관", "0400"),
        ("책 읽어주는 거", "0400"),
        ("아이들 가르치는 봉사", "0400"),
        ("코딩", "0400"),
        ("벽화 그리기", "0200"),
        ("요양원", "0100"),
        ("어르신", "0100"),
        ("할머니", "0100"),
        ("김장", "0100"),
        ("헌혈", "0500"),
        ("병원에서", "0500"),
        ("일손돕기", "0600"),
        ("행사", "0700"),
        ("축제", "0700"),
        ("문화·체육·예술·관광", "0700"),
        ("사무보조", "0900"),
        ("교통안전", "1000"),
        ("다문화", "1100"),
        ("재난", "1200"),
        ("번역", "1300"),
        ("집에서 할 수 있는거", "1900"),
        ("온라인 봉사", "1900"),
        ("환경 말고 동물", "0800"),
    ],
)
def test_everyday_words_name_a_field(text: str, code: str) -> None:
    assert {found.value for found in find_fields(text)} == {code}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "청소년 봉사",
        "상담원 연결",
        "온라인으로 신청",
        "책임",
        "산책",
        "재능기부",
        "정책",
        "맞춤 추천",
        "헌혈 말고",
        "봉사시간 몇시간",
        "안전한가요",
    ],
)
def test_words_that_hide_or_rule_out_a_field_give_none(text: str) -> None:
    assert find_fields(text) == []


def test_two_fields_are_found_with_the_words_that_named_them() -> None:
    found = find_fields("도서관이나 유기견 보호")
    assert [(each.value, each.text) for each in found] == [("0400", "도서관"), ("0800", "유기견")]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("노력 봉사", "노력봉사"),
        ("재능기부", "재능봉사"),
        ("문화봉사", "문화봉사"),
        ("교육봉사", "교육(지도)봉사"),
    ],
)
def test_what_dovol_calls_its_contents_is_known(text: str, content: str) -> None:
    assert [found.value for found in find_dovol_contents(text)] == [content]
    assert content in DOVOL_CONTENTS


def test_what_dovol_calls_its_types_is_known() -> None:
    assert [found.value for found in find_dovol_types("캠페인 하고 싶어")] == ["캠페인활동"]
    assert all(find_dovol_types(name)[0].value == name for name in DOVOL_TYPES)


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert {found.value for found in find_fields(text)} <= set(FIELDS)


def test_a_very_long_text_is_read() -> None:
    assert len(find_fields("환경 " * 3_333)) == 3_333
