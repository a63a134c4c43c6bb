from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.people import Grade, find_ages, find_grades, find_persons
from models.members import Level


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("초6", Grade("elementary", 6)),
        ("초등학교 6학년", Grade("elementary", 6)),
        ("중2인데 봉사", Grade("middle", 2)),
        ("중학교 2학년", Grade("middle", 2)),
        ("중 2", Grade("middle", 2)),
        ("고3", Grade("high", 3)),
        ("고삼", Grade("high", 3)),
        ("고등학교 일학년", Grade("high", 1)),
        ("대1", Grade("university", 1)),
        ("중학생", Grade("middle")),
        ("고딩", Grade("high")),
        ("초딩도 돼요?", Grade("elementary")),
        ("대학생", Grade("university")),
        ("3학년이요", Grade(None, 3)),
        ("예비고1", Grade("high", 1, upcoming=True)),
        ("예비 중1이에요", Grade("middle", 1, upcoming=True)),
    ],
)
def test_a_school_grade(text: str, expected: Grade) -> None:
    assert [found.value for found in find_grades(text)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "이 중 2명",
        "그중 1번",
        "중2병",
        "신청중 2개",
        "중5",
        "2학년도",
        "하는 중 2시",
        "집중 3시간",
        "초밥",
        "고양이",
    ],
)
def test_counts_and_years_no_school_has_are_no_grade(text: str) -> None:
    assert find_grades(text) == []


def test_several_levels_in_one_word() -> None:
    assert [found.value.level for found in find_grades("중고등학생")] == ["middle", "high"]
    assert [found.value.level for found in find_grades("초중고")] == ["elementary", "middle", "high"]
    assert [found.value.label for found in find_grades("중3이랑 고1")] == ["중3", "고1"]


@pytest.mark.parametrize(
    ("text", "now", "label"),
    [("예비고1", "중3", "예비고1"), ("예비중1", "초6", "예비중1"), ("고2", "고2", "고2")],
)
def test_the_grade_to_come_is_not_yet_the_grade_of_now(text: str, now: str, label: str) -> None:
    [found] = find_grades(text)
    assert (found.value.now.label, found.value.label) == (now, label)


def test_a_grades_level_is_one_of_the_members_levels() -> None:
    levels = [found.value.level for found in find_grades("초1 중1 고1 대1")]
    assert [Level[level.upper()] for level in levels if level] == [
        Level.ELEMENTARY,
        Level.MIDDLE,
        Level.HIGH,
        Level.UNIVERSITY,
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("22살", [22]),
        ("열네 살", [14]),
        ("스물두살이요", [22]),
        ("14세", [14]),
        ("만 13세인데", [13]),
        ("십사 세", [14]),
    ],
)
def test_an_age(text: str, expected: list[int]) -> None:
    assert [found.value for found in find_ages(text)] == expected


@pytest.mark.parametrize("text", ["", "세시", "3세션", "999살", "세 번", "세종"])
def test_no_age(text: str) -> None:
    assert find_ages(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("우리 애 시간 볼 수 있나요", ["child"]),
        ("저희 아이", ["child"]),
        ("아들 봉사", ["child"]),
        ("엄마인데요", ["child"]),
        ("학부모인데", ["child"]),
        ("친구랑 같이", ["friend"]),
        ("제 동생", ["self", "friend"]),
        ("내 시간", ["self"]),
        ("저는", ["self"]),
        ("", []),
        ("내일", []),
        ("딸기", []),
        ("아이들 돌봄", []),
        ("친구 추가", []),
        ("나가기", []),
        ("저장", []),
    ],
)
def test_whose_matter_it_is(text: str, expected: list[str]) -> None:
    assert [found.value for found in find_persons(text)] == expected


@given(
    st.text(st.sampled_from("초중고대학생교년딩예비살세우리애친구나저0123456789 일이삼"), max_size=40)
    | st.text(max_size=40)
)
def test_any_text_is_read_without_an_error(text: str) -> None:
    for found in find_grades(text):
        assert found.value.label
        assert found.value.now.label
    find_ages(text)
    find_persons(text)


@pytest.mark.parametrize("part", ["고3", "중 ", "세", "우리 애", "1"])
def test_a_very_long_text_is_read(part: str) -> None:
    text = (part * 10_000)[:10_000]
    find_grades(text)
    find_ages(text)
    find_persons(text)
