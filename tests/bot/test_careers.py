from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.careers import CAREERS, find_careers
from models.codes import DOVOL_CONTENTS, DOVOL_TYPES, FIELDS


@pytest.mark.parametrize(
    ("text", "name", "first_field"),
    [
        ("간호사가 꿈이에요", "간호·의료", "0500"),
        ("의사 되고 싶어", "간호·의료", "0500"),
        ("선생님이 되고 싶어요", "교육·교사", "0400"),
        ("체육 선생님", "스포츠·체육", "0700"),
        ("디자인 쪽", "미술·디자인", "0700"),
        ("IT 쪽 관심있음", "IT·데이터", "1900"),
        ("개발자", "IT·데이터", "1900"),
        ("수의사", "동물·수의", "0800"),
        ("경찰", "경찰·소방·안전", "1000"),
        ("변호사", "법·공공·시민사회", "1100"),
        ("외교관", "외교·국제·통번역", "1300"),
        ("심리상담사", "상담·심리", "0300"),
        ("요리사", "농업·식품", "0600"),
        ("회계사", "경영·금융·사무", "0900"),
        ("사회복지사", "사회복지·돌봄", "0100"),
        ("건축가", "건축·인테리어", "0200"),
    ],
)
def test_a_career_leads_to_the_volunteering_that_suits_it(text: str, name: str, first_field: str) -> None:
    [found] = find_careers(text)
    assert (found.value.name, found.value.field_codes[0]) == (name, first_field)


@pytest.mark.parametrize("text", ["", "item", "상담사 연결해줘", "봉사 찾아줘", "동영상", "pdf"])
def test_no_career(text: str) -> None:
    assert find_careers(text) == []


def test_every_career_has_known_fields_and_a_reason_to_show() -> None:
    for name, career in CAREERS.items():
        assert career.name == name
        assert set(career.field_codes) <= set(FIELDS)
        assert set(career.dovol_contents) <= {*DOVOL_CONTENTS, *DOVOL_TYPES}
        assert career.interest.endswith("관심 있다고 했으니까")


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    find_careers(text)
