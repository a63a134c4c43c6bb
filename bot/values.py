"""What the words of a message stand for: one entry for all entities, in the spelling of the entity table.

The readers of this folder read the whole sentence: 다음 주 and 토요일 are one day however the NLU cut them. What the NLU
marked decides where two readings claim the same words (환경 as a field or a career), brings in words that are none by
themselves (성수 as a place), and alone tells of free names (host, program).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Protocol, TypeAlias, TypeVar

from bot.careers import find_careers
from bot.data import Found, plain
from bot.dates import Prefer, moved_dates, parse_dates
from bot.fields import find_dovol_contents, find_dovol_types, find_fields
from bot.kinds import find_alert_kinds, find_certificate_types, find_channels, find_on_off, find_problems
from bot.ordinals import LAST, find_ordinals
from bot.people import find_ages, find_grades, find_persons
from bot.regions import find_regions
from bot.times import parse_hours, parse_times
from bot.understanding import Entity, ParsedMessage
from models.codes import FIELDS, Region

Scalar: TypeAlias = str | int | float
T = TypeVar("T", bound=Scalar)


@dataclass(frozen=True, slots=True)
class Value:
    """What words of a message stand for: ``parsed.text[start:end] == text``.

    ``value`` by ``entity``: date ``2026-11-28`` or ``2026-11-28/2026-11-29``; time ``09:00/12:00``; region the code of
    the 시군구, else of the 시도, or ``profile`` (우리 동네); field a category code or the name of a DOVOL type; grade 중2,
    고등학생 or 3학년; age, hours a number; ordinal a number from the top, negative from the bottom, or ``last``; career a
    name of ``bot.careers.CAREERS``; alert_kind 1 to 11 or several as ``10,11``; channel ``kakao`` or ``sms``; on_off
    ``on`` or ``off``; certificate_type KYWA's code; person ``self``, ``child`` or ``friend``; problem, host, program a name.
    ``name`` is how a code is shown to people. Candidates to ask about are joined by ``|`` when ``ambiguous``.
    """

    entity: str
    value: Scalar
    text: str
    start: int
    end: int
    name: str = ""
    ambiguous: bool = False


class Span(Protocol):
    """Words at a place."""

    @property
    def start(self) -> int:
        """Where they begin."""

    @property
    def end(self) -> int:
        """Where they end."""


class Words(Span, Protocol):
    """Words found at a place."""

    @property
    def text(self) -> str:
        """The words."""


class Places(Protocol):
    """Names of hosts and programmes as they are stored; see ``bot.places``."""

    def hosts(self, words: str) -> tuple[str, ...]:
        """Return the hosts that ``words`` may mean, most alike first."""

    def programs(self, words: str) -> tuple[str, ...]:
        """Return the titles of programmes that ``words`` may mean, most alike first."""


def values_of(parsed: ParsedMessage, now: datetime, places: Places | None = None) -> tuple[Value, ...]:
    """Return the values in a message, in order of their places. ``now`` is in Seoul.

    Without ``places`` a host or programme keeps the words it was marked with.
    """
    text = parsed.text
    read = [value for reader in _READERS for value in reader(text, now, parsed.intent)]
    read += _marked_only(parsed, now, read)
    kept = [value for value in read if _believed(value, parsed)]
    kept = [value for value in kept if not _outdone(value, kept, parsed)]
    named = [value for entity in parsed.entities for value in _named(entity, text, places)]
    found = sorted(_in_original(text, kept) + named, key=lambda value: not _is_marked(value, parsed))
    once = [value for at, value in enumerate(found) if not _repeated(value, found[:at])]
    return tuple(sorted(once, key=lambda value: (value.start, value.end)))


# Reading: each reader as values, at places of ``plain(text)``.

_PAST = frozenset(
    {"check_hours", "hours_missing", "certificate_issue", "neis_transfer", "no_show", "consent_1365"}
)
"""Who asks of these speaks of what is over: 토요일 is the last one."""
Reader: TypeAlias = Callable[[str, datetime, str], Iterable[Value]]


def _value(
    entity: str,
    found: Words,
    value: Scalar,
    name: str = "",
    *,
    ambiguous: bool = False,
) -> Value:
    return Value(entity, value, found.text, found.start, found.end, name, ambiguous)


def _dates(text: str, now: datetime, intent: str) -> Iterator[Value]:
    prefer: Prefer = "past" if intent in _PAST else "future"
    away, to = moved_dates(text, now) if intent == "cancel_application" else ([], [])
    if away:
        return (_value("date", found, found.value.iso()) for found in (*away, *to))
    return (_value("date", found, found.value.iso()) for found in parse_dates(text, now, prefer))


def _times(text: str, now: datetime, _intent: str) -> Iterator[Value]:
    return (_value("time", found, found.value.iso()) for found in parse_times(text, now))


def _regions(text: str, _now: datetime, _intent: str) -> Iterator[Value]:
    for found in find_regions(text):
        if found.near_me:
            yield _value("region", found, "profile")
        elif found.ambiguous:
            codes, names = map(_code, found.regions), (region.name for region in found.regions)
            yield _value("region", found, "|".join(codes), " | ".join(names), ambiguous=True)
        else:
            yield from (_value("region", found, _code(region), region.name) for region in found.regions)


def _code(region: Region) -> str:
    return region.sigungu_code or region.sido_code


def _fields(text: str, _now: datetime, _intent: str) -> Iterator[Value]:
    """Yield categories, and DOVOL's own kinds where their names say more than a category (캠페인, 재능봉사)."""
    categories = [_value("field", found, found.value, FIELDS[found.value]) for found in find_fields(text)]
    types = [_value("field", found, found.value, found.value) for found in find_dovol_types(text)]
    contents = [_value("field", found, found.value, found.value) for found in find_dovol_contents(text)]
    yield from types
    yield from _joined(text, [v for v in categories if not any(_overlap(v, each) for each in types)])
    yield from (v for v in contents if not any(_overlap(v, each) for each in categories))


def _joined(text: str, values: list[Value]) -> Iterator[Value]:
    """Make one of values that are the same side by side: 영어 번역."""
    words, last = plain(text), None
    for value in values:
        if last and last.value == value.value and not words[last.end : value.start].strip():
            last = replace(last, text=words[last.start : value.end], end=value.end)
            continue
        if last:
            yield last
        last = value
    if last:
        yield last


def _grades(text: str, _now: datetime, _intent: str) -> Iterator[Value]:
    return (_value("grade", found, found.value.label) for found in find_grades(text))


def _careers(text: str, _now: datetime, _intent: str) -> Iterator[Value]:
    return (_value("career", found, found.value.name, found.value.name) for found in find_careers(text))


def _alert_kinds(text: str, _now: datetime, _intent: str) -> Iterator[Value]:
    for found in find_alert_kinds(text):
        numbers = sorted(found.value)
        yield _value("alert_kind", found, numbers[0] if len(numbers) == 1 else ",".join(map(str, numbers)))


def _switches(text: str, _now: datetime, _intent: str) -> Iterator[Value]:
    return (_value("on_off", found, "on" if found.value else "off") for found in find_on_off(text))


def _ordinals(text: str, _now: datetime, _intent: str) -> Iterator[Value]:
    return (
        _value("ordinal", found, "last" if found.value == LAST else found.value)
        for found in find_ordinals(text)
    )


def _persons(text: str, _now: datetime, _intent: str) -> Iterator[Value]:
    """Yield whose matter it is; who says 제 친구 speaks of the friend."""
    found = find_persons(text)
    for one, following in zip_longest(found, found[1:]):
        if one and not (
            following and one.value == "self" and plain(text)[one.end : following.start].isspace()
        ):
            yield _value("person", one, one.value)


def _hours(text: str, _now: datetime, _intent: str) -> Iterator[Value]:
    for found in parse_hours(text):
        rounded = round(found.value, 2)
        yield _value("hours", found, int(rounded) if rounded.is_integer() else rounded)


def _plainly(entity: str, find: Callable[[str], Iterable[Found[T]]]) -> Reader:
    """Return a reader for what needs no spelling: numbers, codes, names."""
    return lambda text, _now, _intent: (_value(entity, found, found.value) for found in find(text))


_READERS: tuple[Reader, ...] = (
    _dates,
    _times,
    _regions,
    _grades,
    _plainly("age", find_ages),
    _hours,
    _careers,
    _alert_kinds,
    _plainly("channel", find_channels),
    _switches,
    _plainly("certificate_type", find_certificate_types),
    _plainly("problem", find_problems),
    _ordinals,
    _fields,
    _persons,
)


# Choosing between readings.

_SPOKEN_OF = {
    "field": {"find_program", "recommend_program", "apply_program", "talent_sharing", "change_profile"},
    "career": {"recommend_program", "change_profile"},
    "alert_kind": {"notification_settings"},
    "channel": {"notification_settings"},
    "on_off": {"notification_settings"},
    "certificate_type": {"certificate_issue"},
    "problem": {"login_problem"},
}
"""Entities whose words are everyday ones: believed where the NLU marked them, or in these intents."""
_SAID_AFTER = {
    "field": re.compile(
        r"(?<=봉사)|\s?(?:자원)?봉사|(?:(?<=온라인)으|(?<=비대면)으)로\s?(?:한|하는|해)|(?:(?<=해외)|(?<=외국))(?:에서|나가)"
    ),
    "channel": re.compile(r"(?:이|가|은|는|도|으?로)?\s?(?:왔|온[다대데거 ]|날[아라])"),
}
"""What tells that such words are meant elsewhere too: 비대면 봉사 in any question, 카톡 왔는데."""
_RANK = {name: n for n, name in enumerate(("date", "time", "grade", "age", "region", "alert_kind", "career"))}
"""Who has the words two readings claim, when neither was marked; what is not named comes last."""
_TOGETHER = (
    {"hours", "time"},
    {"hours", "date"},
    {"date", "time"},
    {"alert_kind", "on_off"},
    {"channel", "on_off"},
)
"""Readings of the same words that do not exclude each other: 2시간 안에 is an amount and a time."""
_ONCE = ("field", "region", "career", "alert_kind", "channel", "certificate_type", "problem")
"""What is said twice is meant once: 집에서 하는 온라인 봉사."""
_FREE = ("host", "program")


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _is_marked(value: Value, parsed: ParsedMessage) -> bool:
    return any(each.name == value.entity and _overlap(each, value) for each in parsed.entities)


def _believed(value: Value, parsed: ParsedMessage) -> bool:
    if value.entity == "region" and value.text == "경기" and parsed.intent == "out_of_scope":
        return False  # a match, or how business goes
    intents = _SPOKEN_OF.get(value.entity)
    if intents is None or parsed.intent in intents or _is_marked(value, parsed):
        return True
    said_after = _SAID_AFTER.get(value.entity)
    if said_after is None or (value.entity == "field" and not parsed.intent.startswith("faq_")):
        return False
    return said_after.match(plain(parsed.text), value.end) is not None


def _outdone(value: Value, others: list[Value], parsed: ParsedMessage) -> bool:
    """Tell whether the same words are better read as something else."""
    if value.entity == "field" and any(e.name in _FREE and _overlap(e, value) for e in parsed.entities):
        return True  # 도서관 is the library meant, no kind of volunteering
    if value.entity == "field" and _belongs_to_a_career(value, others, parsed):
        return True
    strength = _strength(value, parsed)
    return any(
        _overlap(value, other) and _strength(other, parsed) > strength
        for other in others
        if other.entity != value.entity and {other.entity, value.entity} not in _TOGETHER
        if not (value.entity == "career" and other.entity == "field" and not _is_marked(other, parsed))
    )


def _belongs_to_a_career(field: Value, others: list[Value], parsed: ParsedMessage) -> bool:
    """Tell whether a kind of activity is part of a career's name, within it or glued to it: 수학교사, 청소년 상담사."""
    careers = [each for each in others if each.entity == "career"]
    near = any(career.start <= field.end and field.start <= career.end for career in careers)
    return near and not _is_marked(field, parsed)


def _repeated(value: Value, before: list[Value]) -> bool:
    if value.entity in _ONCE:
        return any(each.entity == value.entity and each.value == value.value for each in before)
    return value in before


def _strength(value: Value, parsed: ParsedMessage) -> tuple[bool, int, int]:
    rank = _RANK.get(value.entity, len(_RANK))
    return _is_marked(value, parsed), value.end - value.start, -rank


def _marked_only(parsed: ParsedMessage, now: datetime, read: list[Value]) -> Iterator[Value]:
    """Yield what words mean that only their mark makes a place, a person, a time since when."""
    for entity in parsed.entities:
        if not any(value.entity == entity.name and _overlap(value, entity) for value in read):
            words = plain(parsed.text)[entity.start : entity.end].strip()
            value = _by_its_mark(entity.name, words, now, parsed.intent) if words else None
            if value is not None:
                yield replace(value, text=words, start=entity.start, end=entity.end)


def _by_its_mark(name: str, words: str, now: datetime, intent: str) -> Value | None:
    """Return what ``words`` mean where the NLU took them for an entity: 성수쪽, 보름 전, 고등학생."""
    if name == "region":
        if words == "경기":
            return None  # read wherever it is no match
        return next(_regions(f"{words}쪽", now, intent), None)
    if name == "date" and intent in _PAST:
        return next(_dates(f"{words} 전", now, intent), None)
    for pattern, entity, value in _MARKED_WORDS:
        if entity == name and pattern.match(words):
            return Value(name, value or words, words, 0, 0)
    return None


_PEOPLE = (
    r".*(?:친구|칭구|칭긔|칭기|애들|동생|동샏|언니|오빠|누나|누님|형|선배|후배|사촌|조카|가족|부모|엄마|아빠|할머니|할아버지|이모|고모|삼촌|"
    r"짝꿍|짝궁|베프|절친|남친|여친|학생|회원|부원|조원|팀원|멤버|사람|friend|mom|dad|brother|sister)"
)
"""What other people are called; a name by itself says nothing of who it is."""
_MARKED_WORDS = tuple(
    (re.compile(pattern), entity, value)
    for entity, pattern, value in (
        ("grade", "초등", "초등학생"),
        ("grade", "중학교", "중학생"),
        ("grade", "고등", "고등학생"),
        ("grade", "대학", "대학생"),
        ("person", "(?:아이|애|자녀|딸|아들|첫째|둘째|막내)(?!들)", "child"),
        ("person", _PEOPLE, "friend"),
        ("on_off", "안|꺼|끄|끌|끔|ㄲ|ㄴㄴ|취소|그만", "off"),
        ("on_off", "켜|켤|받|바[드들]|ㅇㅇ", "on"),
        ("problem", "", ""),
    )
)
"""What marked words mean that no reader knows; the first that fits. A problem is free text: its own words."""


# Names.


def _named(entity: Entity, text: str, places: Places | None) -> Iterator[Value]:
    if entity.name not in _FREE:
        return
    words = text[entity.start : entity.end] or entity.text
    find = None if places is None else places.hosts if entity.name == "host" else places.programs
    names = find(words) if find else ()
    yield Value(
        entity.name,
        "|".join(names) or words,
        words,
        entity.start,
        entity.end,
        " | ".join(names),
        ambiguous=len(names) > 1,
    )


# Places in the text as it was written.


_CLUSTER = re.compile(r"(?s).[\u0300-\u036f\u1160-\u11ff\u3099\u309a]*")
"""A character with the marks or 자모 that compose with it; nothing before it changes by what follows."""


def _in_original(text: str, values: list[Value]) -> list[Value]:
    """Return values at their places in ``text``; the readers count composed syllables."""
    if unicodedata.is_normalized("NFC", text):
        return [_placed(text, value, value.start, value.end) for value in values]
    begins = _begins(text)
    last = len(begins) - 1
    return [_placed(text, v, begins[min(v.start, last)], begins[min(v.end, last)]) for v in values]


def _placed(text: str, value: Value, start: int, end: int) -> Value:
    return Value(value.entity, value.value, text[start:end], start, end, value.name, value.ambiguous)


def _begins(text: str) -> list[int]:
    """Return where in ``text`` each character of its composed form begins, and where the last one ends."""
    begins = list[int]()
    for cluster in _CLUSTER.finditer(text):
        begins += [cluster.start()] * len(unicodedata.normalize("NFC", cluster.group()))
    return [*begins, len(text)]
