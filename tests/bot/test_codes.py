from __future__ import annotations

import json
from pathlib import Path

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from models.codes import (
    DOVOL_CONTENTS,
    DOVOL_TYPES,
    FIELDS,
    SIDOS,
    SIGUNGU,
    field_by_code,
    field_by_name,
    guess_field,
    region_by_codes,
    region_by_names,
)


def test_there_are_17_sido_and_228_sigungu_with_codes_of_their_own() -> None:
    codes = [sido.region.sido_code for sido in SIDOS] + [str(each.region.sigungu_code) for each in SIGUNGU]
    assert (len(SIDOS), len(SIGUNGU)) == (17, 228)
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 7 and code.isdecimal() for code in codes)


@pytest.mark.parametrize(
    ("sido", "sigungu", "expected"),
    [
        ("서울특별시", "마포구", "서울 마포구"),
        ("서울", "마포", "서울 마포구"),
        ("충청남도", "천안시 동남구", "충남 천안시"),
        ("경기도", "광주시", "경기 광주시"),
        ("경기도", "성남시 분당구", "경기 성남시"),
        ("강원도", "춘천시", "강원 춘천시"),
        ("강원특별자치도", "춘천시", "강원 춘천시"),
        ("전라북도", "익산시", "전북 익산시"),
        ("전남광주통합특별시", "화순군", "전남 화순군"),
        ("전남광주통합특별시", "남구", "광주 남구"),
        ("경상북도", "군위군", "대구 군위군"),
        ("인천광역시", "남구", "인천 미추홀구"),
        ("인천광역시", "검단구", "인천 서구"),
        ("세종특별자치시", "세종특별자치시", "세종"),
        ("세종특별자치시", None, "세종"),
        ("부산광역시", "", "부산"),
        ("부산광역시", "어딘가구", "부산"),
    ],
)
def test_a_region_by_the_names_importers_meet(sido: str, sigungu: str | None, expected: str) -> None:
    region = region_by_names(sido, sigungu)
    assert region is not None
    assert region.short_name == expected


@pytest.mark.parametrize(
    ("sido", "sigungu"),
    [("", ""), (None, None), ("전남광주통합특별시", ""), ("", "중구"), ("달나라", "토끼구")],
)
def test_names_that_say_too_little_are_no_region(sido: str | None, sigungu: str | None) -> None:
    assert region_by_names(sido, sigungu) is None


@pytest.mark.parametrize(
    ("sido", "sigungu", "expected"),
    [
        ("6110000", "3130000", ("6110000", "3130000")),
        ("6440000", "4490000", ("6440000", "4490000")),
        ("6450000", "4680000", ("6540000", "4681000")),
        ("6420000", "4180000", ("6530000", "4181000")),
        ("6420000", None, ("6530000", None)),
        ("6410000", "5630000", ("6410000", "4050000")),
        ("6410000", "3810000", ("6410000", "3780000")),
        ("5690000", "5690000", ("5690000", None)),
        ("6290000", "6299998", ("6290000", "6299998")),
        ("6260000", "9990000", ("6260000", None)),
        ("6470000", "5140000", ("6270000", "5141000")),
    ],
)
def test_old_codes_and_those_of_districts_become_the_ones_in_force(
    sido: str, sigungu: str | None, expected: tuple[str, str | None]
) -> None:
    region = region_by_codes(sido, sigungu)
    assert region is not None
    assert (region.sido_code, region.sigungu_code) == expected


def test_unknown_codes_are_no_region() -> None:
    assert region_by_codes("", "") is None
    assert region_by_codes("1234567") is None


def test_every_region_is_found_again_by_its_own_names_and_codes() -> None:
    for region in [sido.region for sido in SIDOS] + [each.region for each in SIGUNGU]:
        assert region_by_names(region.sido_name, region.sigungu_name) == region
        assert region_by_codes(region.sido_code, region.sigungu_code) == region


def test_a_sido_contains_its_sigungu_and_not_the_other_way_round() -> None:
    seoul, mapo = region_by_names("서울"), region_by_names("서울", "마포구")
    assert seoul is not None
    assert mapo is not None
    assert seoul.contains(mapo)
    assert not mapo.contains(seoul)
    assert mapo.name == "서울특별시 마포구"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("교육", "0400"),
        ("교육 > 전문교육", "0400"),
        ("상담ㆍ멘토링", "0300"),
        ("상담·멘토링", "0300"),
        ("멘토링", "0300"),
        ("보건의료", "0500"),
        ("문화행사 > 공연활동", "0700"),
        ("안전.예방", "1000"),
        ("환경ㆍ생태계보호", "0800"),
        ("자원봉사교육 > 자원봉사기본교육", "1700"),
        ("기타 > 기타", "1500"),
        ("헌혈", "0500"),
        ("온라인자원봉사", "1900"),
    ],
)
def test_a_field_by_old_new_and_part_names(name: str, code: str) -> None:
    assert field_by_name(name) == code


def test_a_field_by_codes_old_and_new() -> None:
    assert [field_by_code(code) for code in ("0800", "1400", "0503", "1402", "9900", "")] == [
        "0800",
        "0300",
        "0500",
        "0300",
        None,
        None,
    ]
    assert field_by_name("") is None
    assert field_by_name(None) is None
    assert len(FIELDS) == 16


@pytest.mark.parametrize(
    ("title", "text", "content", "code"),
    [
        ("유기견 보호소 산책 봉사", "", "노력봉사", "0800"),
        ("도서관 서가 정리", "", "노력봉사", "0400"),
        ("하천 정화활동", "", "노력봉사", "0800"),
        ("요양원 어르신 말벗", "", "노력봉사", "0100"),
        ("청소년 봉사자 모집", "", "노력봉사", "1500"),
        ("청소년 봉사자 모집", "", "문화봉사", "0700"),
        ("청소년 봉사자 모집", "", "교육(지도)봉사", "0400"),
        ("주말 봉사", "그림책 읽어주기와 도서관 정리", "노력봉사", "0400"),
        ("등굣길 교통안전 캠페인", "", "노력봉사", "1000"),
        ("", "", "", "1500"),
    ],
)
def test_a_field_is_guessed_from_the_words(title: str, text: str, content: str, code: str) -> None:
    assert guess_field(title, text, content) == code


def test_every_recorded_dovol_row_has_a_region_a_known_content_and_a_field(reference: Path) -> None:
    [path] = (reference / "openapi_youth").glob("dovol_svc003_rows_*.json")
    rows = json.loads(path.read_text(encoding="utf-8"))["body"]["items"]["item"]
    guessed = {}
    for row in rows:
        region = region_by_names(row["actvCtpvNm"], row["actvSggNm"])
        assert region is not None
        assert region.sigungu_name == row["actvSggNm"]
        assert row["vlntwkDtlTypeNm"] in {"", *DOVOL_TYPES}
        assert row["vlntwkDtlCnNm"] in {"", *DOVOL_CONTENTS}
        guessed[row["prgrmNo"]] = guess_field(row["prgrmNm"], row["mainCn"], row["vlntwkDtlCnNm"])
    assert "0400" in guessed.values()
    assert "1500" not in guessed.values()


def test_every_recorded_1365_row_has_a_region_and_its_field_is_known(reference: Path) -> None:
    items = [
        item
        for path in sorted((reference / "openapi_1365").glob("*_real.xml"))
        for item in ElementTree.parse(path).iter("item")
        if item.findtext("sidoCd")
    ]
    assert items
    for item in items:
        region = region_by_codes(item.findtext("sidoCd") or "", item.findtext("gugunCd"))
        assert region is not None
        assert region.sigungu_code is not None
        assert item.findtext("srvcClCode") is None or field_by_name(item.findtext("srvcClCode")) in FIELDS


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_name_is_looked_up_without_an_error(first: str, second: str) -> None:
    region_by_names(first, second)
    region_by_codes(first, second)
    field_by_name(first)
    field_by_code(first)
    assert guess_field(first, second) in FIELDS
