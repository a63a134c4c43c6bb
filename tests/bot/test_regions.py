from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.regions import find_regions


def names(text: str) -> list[str]:
    """Each region found, candidates of an ambiguous one with a question mark."""
    return [
        "near me"
        if found.near_me
        else "/".join(region.short_name for region in found.regions) + ("?" if found.ambiguous else "")
        for found in find_regions(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("서울", "서울"),
        ("서울특별시", "서울"),
        ("충남에서 할래", "충남"),
        ("마포에서 봉사", "서울 마포구"),
        ("마포구", "서울 마포구"),
        ("서울시 마포구", "서울 마포구"),
        ("서울마포구", "서울 마포구"),
        ("강남 쪽", "서울 강남구"),
        ("강남역 근처", "서울 강남구"),
        ("강남구청", "서울 강남구"),
        ("해운대 쪽으로", "부산 해운대구"),
        ("천안", "충남 천안시"),
        ("천안 동남구", "충남 천안시"),
        ("충남 천안이요", "충남 천안시"),
        ("분당", "경기 성남시"),
        ("경기도 성남시 분당구", "경기 성남시"),
        ("수지 근처", "경기 용인시"),
        ("일산서구", "경기 고양시"),
        ("동탄", "경기 화성시"),
        ("수원역", "경기 수원시"),
        ("수원 사는데 봉사 찾아줘", "경기 수원시"),
        ("남양주봉사", "경기 남양주시"),
        ("부산 강서구", "부산 강서구"),
        ("경기 광주", "경기 광주시"),
        ("광주광역시", "광주"),
        ("광주 북구", "광주 북구"),
        ("포항 남구", "경북 포항시"),
        ("고성이요 강원도", "강원 고성군"),
        ("세종시", "세종"),
        ("제주", "제주"),
        ("제주시", "제주 제주시"),
        ("이번주토요일서울", "서울"),
        ("미추홀구", "인천 미추홀구"),
        ("인천 검단", "인천 서구"),
        ("군위", "대구 군위군"),
    ],
)
def test_a_region_by_any_of_its_names(text: str, expected: str) -> None:
    assert names(text)[:1] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("강원도", "강원"),
        ("강원특별자치도 춘천", "강원 춘천시"),
        ("강원도 춘천시", "강원 춘천시"),
        ("전라북도 전주", "전북 전주시"),
        ("전북특별자치도 익산시", "전북 익산시"),
        ("전남광주통합특별시", "광주/전남"),
        ("전남광주통합특별시 화순군", "전남 화순군"),
        ("전남광주통합특별시 동구", "광주 동구"),
        ("수도권", "서울/인천/경기"),
        ("경상도", "경북/경남"),
    ],
)
def test_old_and_new_names_and_names_of_several_together(text: str, expected: str) -> None:
    assert names(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("중구", "서울 중구/부산 중구/대구 중구/인천 중구/대전 중구/울산 중구?"),
        ("동구에서", "부산 동구/대구 동구/인천 동구/광주 동구/대전 동구/울산 동구?"),
        ("남구", "부산 남구/대구 남구/광주 남구/울산 남구?"),
        ("강서구", "서울 강서구/부산 강서구?"),
        ("고성군", "강원 고성군/경남 고성군?"),
        ("광주", "광주/경기 광주시?"),
    ],
)
def test_a_shared_name_gives_every_candidate_to_ask_about(text: str, expected: str) -> None:
    assert names(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("서울이나 경기", ["서울", "경기"]),
        ("강남,서초", ["서울 강남구", "서울 서초구"]),
        ("부산 중구랑 서구", ["부산 중구", "부산 서구"]),
        ("충남 천안 아산", ["충남 천안시", "충남 아산시"]),
        ("서울 말고 경기", ["경기"]),
        ("서울은 빼고 인천", ["인천"]),
        ("서울 말고", []),
    ],
)
def test_several_regions_and_one_ruled_out(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    ["우리 동네", "울 동네에서", "집 근처", "학교 근처 봉사", "집에서 가까운 데", "내 주변", "가까운 곳"],
)
def test_near_me_is_the_persons_own_region(text: str) -> None:
    assert names(text) == ["near me"]


def test_a_named_region_wins_over_nearness() -> None:
    assert names("강남에서 가까운 곳") == ["서울 강남구"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "대구탕 먹고싶다",
        "중구난방",
        "수원이가 그랬어",
        "서울대",
        "서울대학교 멘토링",
        "고양이 봉사",
        "고양이랑 놀기",
        "친구로 추가",
        "그동안 한 거",
        "방학 동안",
        "목표 달성",
        "음성 녹음 봉사",
        "수정해줘",
        "동작이 느려요",
        "축구 경기 진행 봉사",
        "경기 시작 시간",
        "이천 원",
        "예산이 얼마",
        "마포도서관",
        "세종대왕",
        "수영 보조",
        "그 전주에",
    ],
)
def test_words_that_merely_contain_a_name_are_no_region(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("동작구", "서울 동작구"),
        ("서울 동작", "서울 동작구"),
        ("음성군", "충북 음성군"),
        ("수영 근처", "부산 수영구"),
        ("성남 수정구", "경기 성남시"),
    ],
)
def test_a_name_that_is_a_common_word_counts_where_it_can_only_be_a_place(text: str, expected: str) -> None:
    assert names(text) == [expected]


def test_the_place_in_the_text_is_told() -> None:
    text = "내일 충남 천안 쪽에서"
    [found] = find_regions(text)
    assert text[found.start : found.end] == found.text == "충남 천안"


@given(
    st.text(
        st.sampled_from("서울부산중구광주강원경기고성남천안시도군에쪽이 ,말고근처역우리동네"), max_size=60
    )
    | st.text(max_size=60)
)
def test_any_text_is_read_without_an_error(text: str) -> None:
    for found in find_regions(text):
        assert found.near_me != bool(found.regions)
        assert found.start < found.end


@pytest.mark.parametrize("part", ["서울", "중구랑 ", "가", " ", "고성 "])
def test_a_very_long_text_is_read(part: str) -> None:
    find_regions((part * 10_000)[:10_000])
