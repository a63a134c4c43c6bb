from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.masking import mask, mask_contacts, office_phone, without_name

PHONES = ["010-1234-5678", "01012345678", "010.1234.5678", "010 1234 5678", "02-123-4567", "(041) 123-4567"]
PHONES += [
    "031)123-4567",
    "+82 10-1234-5678",
    "０１０－１２３４－５６７８",
    "070-1234-5678",
    "0504-1234-5678",
    "1588-1234",
]


@pytest.mark.parametrize("phone", PHONES)
def test_a_telephone_number_is_masked_however_it_is_written(phone: str) -> None:
    masked = mask(f"신청은 {phone} 로 해 주세요")
    assert not re.search(r"\d{4}", masked)
    assert masked.startswith("신청은 ")
    assert masked.endswith(" 로 해 주세요")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("담당자 홍길동", "홍길동"),
        ("담당자: 홍길동", "홍길동"),
        ("김○○ 선생님께 물어보세요", "김○○"),
        ("김OO 선생님", "김OO"),
        ("문의는 박영희 팀장", "박영희"),
        ("인솔자 : 최민", "최민"),
        ("홍길동 010-1234-5678", "홍길동"),
        ("010-1234-5678 김철수", "김철수"),
        ("01012345678, 김나은이에요", "김나은"),
        ("제 번호는 010-1234-5678이고 이름 김민서입니다", "김민서"),
        ("010 1234 5678 이예지 학생", "이예지"),
        ("02-123-4567/박영희", "박영희"),
        ("(010-1234-5678) 김철수", "김철수"),
        ("(담당자 가명)", "가명"),
        ("복지팀 이○", "이○"),
    ],
)
def test_a_contact_persons_name_is_masked(text: str, name: str) -> None:
    assert name not in mask(text)


@pytest.mark.parametrize(
    "bracket", ["(문의: 김철수 031-123-4567)", "[홍길동 주무관 010-1111-2222]", "（담당 a@example.org）"]
)
def test_a_bracketed_contact_is_masked_as_a_whole(bracket: str) -> None:
    assert mask(f"모여서 출발해요 {bracket}") == "모여서 출발해요 (연락처 가림)"


@pytest.mark.parametrize(
    "text",
    [
        "어르신 섬김 추억의 가설극장 사전 준비 및 안전관리",
        "센터 위촉강사 및 센터 동아리 활동 중인 학생만 참여 가능",
        "담당자에게 문의해 주세요",
        "담당선생님 지시에 따라 주세요",
        "2026년 10월 10일 14:00~17:00, 20261010, 80점 이상",
        "강사 지도하에 진행하며 안내데스크 담당 도우미를 뽑아요",
        "https://www.youth.go.kr/x?kProgrmSn=9993998",
    ],
)
def test_ordinary_words_and_figures_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "after",
    [
        " 주세요",
        " 전화해 주세요",
        "로 문의해 주세요",
        " 문의는 평일에",
        " 신청은 미리",
        " 주차장 없음",
        " 우천시 연기",
        " 방과후 가능",
        " 박물관 앞",
        " 신청할 때 알려 주세요",
        " 이거 제 번호예요",
        "\n오전반 모집",
    ],
)
def test_ordinary_words_after_a_number_stay(after: str) -> None:
    assert mask(f"02-123-4567{after}").endswith(after)


@given(st.text(max_size=60), st.sampled_from(PHONES[:4]), st.text(alphabet=" ,:\n가나다", max_size=5))
def test_no_mobile_number_survives_in_any_text(before: str, phone: str, after: str) -> None:
    text = f"{before.rstrip('0123456789')} {phone} {after}"
    assert "1234-5678" not in mask(text)
    assert "12345678" not in re.sub(r"\D", "", mask_contacts(text).replace(before, ""))


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("02-000-0000", "02-000-0000"),
        ("041)000-0000", "041-000-0000"),
        ("0310000000", "031-000-0000"),
        ("+82-2-000-0000", "02-000-0000"),
        ("1588-0000", "1588-0000"),
        ("02-0000-0000 (내선 3)", "02-0000-0000"),
        ("010-0000-0000", None),
        ("0504-000-0000", None),
        ("전화 없음", None),
        ("", None),
    ],
)
def test_only_an_office_number_counts_as_a_hosts_telephone(written: str, phone: str | None) -> None:
    assert office_phone(written) == phone


@pytest.mark.parametrize("number", ["080101-3234567", "0801013234567", "080101 - 3234567"])
def test_a_resident_number_is_masked(number: str) -> None:
    assert number not in mask(f"주민번호 {number}이에요")
    assert "[주민번호 가림]" in mask(f"주민번호 {number}이에요")


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("나 홍길동인데", "나 ○○○인데"),
        ("홍 길동이요", "○○○이요"),
        ("길동이 시간 알려줘", "○○○이 시간 알려줘"),
        ("길동아 안녕", "○○○아 안녕"),
        ("저는 길동이에요", "저는 ○○○이에요"),
        ("길동", "○○○"),
        ("산길동네 청소", "산길동네 청소"),
        ("길동무 찾기", "길동무 찾기"),
        ("봉사 찾아줘", "봉사 찾아줘"),
    ],
)
def test_a_persons_own_name_is_masked_whole_and_given(said: str, masked: str) -> None:
    assert without_name(said, "홍길동") == masked


def test_a_name_of_two_syllables_is_masked_only_whole_and_none_is_no_name() -> None:
    assert without_name("나 김철이고 철이 좋아", "김철") == "나 ○○○이고 철이 좋아"
    assert without_name("아무 말이나", "") == "아무 말이나"
    assert without_name("괄호(가 있어도", "홍(동") == "괄호(가 있어도"
