"""What people write to values: the table beside this file, marks of the NLU, places, anything at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import Entity, ParsedMessage
from bot.values import Places, Scalar, Value, values_of

SEOUL = ZoneInfo("Asia/Seoul")
TABLE = Path(__file__).with_name("values.txt")
MESSAGES = Path(__file__).with_name("messages.txt")
AFTERNOON = datetime(2026, 11, 25, 16, tzinfo=SEOUL)


@dataclass(frozen=True)
class Case:
    """One line of the table: in a message of ``intent`` at ``now``, what ``entity`` means."""

    entity: str
    now: datetime
    intent: str
    text: str
    expected: tuple[str, ...]


def cases() -> Iterator[Case]:
    entity, now, intent = "", datetime.now(SEOUL), ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            entity, moment, intent = line[1:].split()
            now = datetime.fromisoformat(moment).replace(tzinfo=SEOUL)
        elif line and not line.startswith("#"):
            text, _, expected = line.partition(" => ")
            yield Case(entity, now, intent, text, () if expected == "-" else tuple(expected.split(" & ")))


CASES = list(cases())


def shown(value: Value) -> str:
    return value.name if value.entity == "region" and value.name else str(value.value)


def parsed(text: str, intent: str = "find_program", *marked: Entity) -> ParsedMessage:
    return ParsedMessage(intent, 0.9, "nlu", entities=marked, text=text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.entity}: {case.text}")
def test_what_people_write_becomes_the_value_they_mean(case: Case) -> None:
    values = values_of(parsed(case.text, case.intent), case.now)
    assert tuple(shown(v) for v in values if v.entity == case.entity) == case.expected


@dataclass(frozen=True)
class Message:
    """One line of the messages: all that a whole message holds, by entity."""

    intent: str
    text: str
    expected: dict[str, tuple[str, ...]]


def messages() -> Iterator[Message]:
    for line in MESSAGES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _, expected = line.partition(" => ")
            intent, _, text = said.partition(" | ")
            pairs = (part.partition("=") for part in expected.split("; ") if expected != "-")
            yield Message(intent, text, {name: tuple(values.split(" & ")) for name, _, values in pairs})


@pytest.mark.parametrize("message", list(messages()), ids=lambda message: message.text)
def test_a_whole_message_holds_these_values_and_no_others(message: Message) -> None:
    found: dict[str, tuple[str, ...]] = {}
    for value in values_of(parsed(message.text, message.intent), AFTERNOON):
        found[value.entity] = (*found.get(value.entity, ()), shown(value))
    assert found == message.expected


# --- what the NLU marked


NOW = datetime(2026, 11, 25, 10, tzinfo=SEOUL)


def marked(text: str, name: str, words: str, intent: str = "find_program") -> ParsedMessage:
    """Return a message in which the NLU marked some words."""
    start = text.index(words)
    return parsed(text, intent, Entity(name, words, start, start + len(words)))


def read(message: ParsedMessage, *, places: Places | None = None) -> list[tuple[str, Scalar]]:
    return [(value.entity, value.value) for value in values_of(message, NOW, places)]


def test_a_mark_decides_between_a_career_and_a_field() -> None:
    assert read(marked("환경 쪽이요", "career", "환경")) == [("career", "환경·생명과학")]
    assert read(marked("환경 쪽이요", "field", "환경", "recommend_program")) == [("field", "0800")]


def test_a_mark_makes_a_place_of_an_everyday_word() -> None:
    assert read(parsed("미사에 사람 많아요")) == []
    assert read(marked("미사에 사람 많아요", "region", "미사")) == [("region", "4040000")]


def test_a_match_is_no_region_even_where_it_is_marked() -> None:
    assert read(marked("토트넘 경기", "region", "경기")) == []
    assert read(marked("경기 봉사", "region", "경기")) == [("region", "6410000")]


@pytest.mark.parametrize(
    ("text", "name", "words", "intent", "value"),
    [
        ("고등학교 원서 쓸 때", "grade", "고등학교", "faq_college_admission", "고등학생"),
        ("반 애들 대신 가요", "person", "반 애들", "apply_program", "friend"),
        ("아이 보내도 되나요", "person", "아이", "faq_insurance_safety", "child"),
        ("알림 싹 끔", "on_off", "끔", "notification_settings", "off"),
        ("버튼이 안 눌려요", "problem", "버튼", "login_problem", "버튼"),
        ("벌써 보름인데 안 떠요", "date", "보름", "hours_missing", "2026-11-10"),
    ],
)
def test_a_mark_tells_what_words_mean_that_alone_say_too_little(
    text: str, name: str, words: str, intent: str, value: str
) -> None:
    assert read(parsed(text, intent)) == []
    assert read(marked(text, name, words, intent)) == [(name, value)]


def test_a_marked_name_of_a_person_says_nothing_of_who_it_is() -> None:
    assert read(marked("우리 반 김서연 거요", "person", "김서연", "hours_missing")) == []
    assert read(marked("우리 형 거요", "person", "형", "hours_missing")) == [("person", "friend")]


def test_words_of_settings_count_only_where_settings_are_spoken_of() -> None:
    assert read(parsed("문자 알림 꺼줘")) == []
    assert read(parsed("문자 알림 꺼줘", "notification_settings")) == [("channel", "sms"), ("on_off", "off")]
    assert read(marked("문자 알림 꺼줘", "channel", "문자")) == [("channel", "sms")]


def test_a_marked_name_keeps_its_words_until_it_is_looked_up() -> None:
    (value,) = values_of(marked("도서관 거 취소", "host", "도서관", "cancel_application"), NOW)
    assert value == Value("host", "도서관", "도서관", 0, 3)


class TwoLibraries:
    """Places that know two libraries and one programme."""

    def hosts(self, words: str) -> tuple[str, ...]:
        return ("한강바람도서관", "김해책숲도서관") if words == "도서관" else ()

    def programs(self, words: str) -> tuple[str, ...]:
        return ("골목길 벽화 그리기",) if words == "벽화 그리기" else ()


def test_a_marked_name_is_looked_up_and_several_are_asked_about() -> None:
    (host,) = values_of(marked("도서관 거 취소", "host", "도서관"), NOW, TwoLibraries())
    assert (host.value, host.ambiguous) == ("한강바람도서관|김해책숲도서관", True)
    (unknown,) = values_of(marked("우체국 거 취소", "host", "우체국"), NOW, TwoLibraries())
    assert (unknown.value, unknown.ambiguous) == ("우체국", False)
    (program,) = values_of(marked("벽화 그리기 신청", "program", "벽화 그리기"), NOW, TwoLibraries())
    assert (program.value, program.name) == ("골목길 벽화 그리기", "골목길 벽화 그리기")


def test_a_region_has_its_code_as_value_and_its_name_to_show() -> None:
    (value,) = values_of(parsed("용인 수지"), NOW)
    assert (value.value, value.name, value.text) == ("4050000", "경기도 용인시", "용인 수지")
    (unclear,) = values_of(parsed("강서구"), NOW)
    assert (unclear.value, unclear.ambiguous) == ("3150000|3360000", True)


# --- anything at all


_BITS = re.findall(
    r"\S+",
    "담주 토욜 다음쥬 12/3 2월 30일 수능 끝나고 부터 까지 말고 서울 중구 수언 오후 2시 ~ 5시 2시간 안에 중2 22살 간호사 환경 두번째 "
    "알림 꺼줘 카톡 확인서 친구 나 비번 99999 0 설 연휴 대체공휴일 ㄱㄴ 🙂 \u200b\u202e",
)
_WILD = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(_BITS),
        max_size=12,
    ).map("".join),
)
_INTENTS = st.sampled_from(["find_program", "check_hours", "notification_settings", "login_problem"])
_MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2029, 12, 31), timezones=st.just(SEOUL))  # noqa: DTZ001 - hypothesis adds the zone


@given(_WILD, _INTENTS, _MOMENTS)
def test_anything_becomes_values_within_the_text(text: str, intent: str, now: datetime) -> None:
    for value in values_of(parsed(text, intent), now):
        assert 0 <= value.start <= value.end <= len(text)
        assert text[value.start : value.end] == value.text


@given(_WILD, _INTENTS, _MOMENTS)
def test_days_and_times_are_real_and_in_order(text: str, intent: str, now: datetime) -> None:
    values = values_of(parsed(text, intent), now)
    for days in (str(v.value).split("/") for v in values if v.entity == "date"):
        assert days == sorted(date.fromisoformat(day).isoformat() for day in days)
    for times in (str(v.value).split("/") for v in values if v.entity == "time"):
        assert [time.fromisoformat(each) for each in times] == sorted(map(time.fromisoformat, times))


@given(_WILD, st.integers(-5, 70), st.integers(-5, 70))
def test_marks_of_any_kind_at_any_place_do_no_harm(text: str, start: int, end: int) -> None:
    marks = tuple(Entity(name, "x", start, end) for name in ("host", "region", "date", "unheard of"))
    values_of(parsed(text, "find_program", *marks), NOW)


@given(st.sampled_from([case.text for case in CASES]))
def test_decomposed_syllables_mean_the_same(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert read(parsed(decomposed)) == read(parsed(composed))
    for value in values_of(parsed(decomposed), NOW):
        assert decomposed[value.start : value.end] == value.text
