"""School grade, age, and whose matter it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.data import Found, declined, plain
from bot.ordinals import NATIVE, SINO, any_of, number

Level: TypeAlias = Literal["elementary", "middle", "high", "university"]
Person: TypeAlias = Literal["self", "child", "friend"]

_LEVELS: dict[str, Level] = {"초": "elementary", "중": "middle", "고": "high", "대": "university"}
_SYLLABLES = {level: syllable for syllable, level in _LEVELS.items()}
_PUPILS = {"elementary": "초등학생", "middle": "중학생", "high": "고등학생", "university": "대학생"}
_YEARS: dict[Level, int] = {"elementary": 6, "middle": 3, "high": 3, "university": 6}
_BEFORE: dict[Level, Level] = {"middle": "elementary", "high": "middle", "university": "high"}


@dataclass(frozen=True, slots=True)
class Grade:
    """A school level and the year in it; either may be unsaid. ``upcoming``: 예비고1, from next March.

    ``level`` in capitals is the name of a ``models.members.Level``.
    """

    level: Level | None
    year: int | None = None
    upcoming: bool = False

    @property
    def label(self) -> str:
        """Return it as people write it: 중2, 예비 고등학생, 3학년."""
        if self.level is None:
            return f"{self.year}학년"
        if self.year is None:
            return f"{'예비 ' if self.upcoming else ''}{_PUPILS[self.level]}"
        return f"{'예비' if self.upcoming else ''}{_SYLLABLES[self.level]}{self.year}"

    @property
    def now(self) -> Grade:
        """Return the grade of today: 예비고1 is still 중3."""
        if not self.upcoming or self.level is None:
            return self
        if self.year and self.year > 1:
            return Grade(self.level, self.year - 1)
        before = _BEFORE.get(self.level)
        return Grade(before, _YEARS[before]) if before else Grade(self.level)


_YEAR_WORDS = any_of(word for word, n in SINO.items() if n <= 6)
_NOT_A_COUNT = r"(?!\d|\s?(?:명|개|시|번|월|일|주|회|건|가지|곳|분|병|층|위|차|~\s?\d|/|\.))"
_COMING = r"(?<![가-힣])(?P<coming>예비\s?)?"
_GRADES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![가-힣])(?P<levels>초중고|초중|중\s?·?\s?고)(?:(?:등학생|등생|등|생|학생)(?!\s?(?:교|[1-6]))|(?<=초중고)(?![가-힣]))",
        rf"{_COMING}(?P<level>[초중고]등?|대)(?:학[교생]?|딩|생)?\s?(?P<year>[1-6]|{_YEAR_WORDS})\s?학년",
        rf"(?<!\d){_COMING}(?P<level>[초중고대])\s?(?P<year>[1-6]){_NOT_A_COUNT}",
        rf"{_COMING}(?P<level>[중고])(?P<year>삼)(?=$|[^가-힣]|[이인때])",
        rf"{_COMING}(?P<level>[초고]등|[초중고대])(?:학생|딩|생(?![가-힣]))",
        r"(?<![가-힣])(?P<coming>예비\s?)(?P<level>[초중고대])(?=$|[^가-힣]|[인이예라에])",
        rf"(?<![\d가-힣])(?P<year>[1-6]|{_YEAR_WORDS})\s?학년(?!도)",
    )
)


def find_grades(text: str) -> list[Found[Grade]]:
    """Return the school grades named in ``text``, in order: 초6, 중학교 2학년, 고딩, 예비고1, 3학년; 중고등학생 gives two.

    A count (그중 2명) and a year no such school has (중5) are not taken.
    """
    words = plain(text)
    taken = bytearray(len(words) + 1)
    found: list[Found[Grade]] = []
    for pattern in _GRADES:
        for match in pattern.finditer(words):
            if not any(taken[match.start() : match.end()]) and not declined(words, match.end()):
                taken[match.start() : match.end()] = b"\1" * len(match.group())
                found += [Found(grade, *match.span(), match.group()) for grade in _grades(match)]
    return sorted(found, key=lambda each: each.start)


def _grades(match: re.Match[str]) -> list[Grade]:
    groups = match.groupdict()
    if groups.get("levels"):
        return [Grade(_LEVELS[each]) for each in groups["levels"] if each in _LEVELS]
    level = _LEVELS[groups["level"][0]] if groups.get("level") else None
    year = number(groups["year"]) if groups.get("year") else None
    if year and level and year > _YEARS[level]:
        return []
    return [Grade(level, year, upcoming=bool(groups.get("coming")))]


_NOUN_AGE = any_of(
    word
    for word, n in NATIVE.items()
    if 10 <= n <= 29 and not word.endswith(("한", "두", "세", "네", "스무", "열"))
)
_AGE = re.compile(
    rf"(?<![가-힣])(?P<noun>{_NOUN_AGE})(?=인데|이에요|예요|이고|이라|이면|되면|도\s)|"
    rf"(?P<n>(?<![\d.])\d{{1,3}}|(?<![가-힣])(?:{any_of(NATIVE)}))\s?살|"
    rf"(?P<years>(?<![\d.])\d{{1,3}}|(?<![가-힣])(?:{any_of(SINO)}))\s?세(?=$|[^가-힣]|[이인가는도부까면로요입])"
)


def find_ages(text: str) -> list[Found[int]]:
    """Return the ages named in ``text``, in years: 22살, 열네 살, 만 14세."""
    words = plain(text)
    found = [
        Found(number(m["n"] or m["years"] or m["noun"]), *m.span(), m.group()) for m in _AGE.finditer(words)
    ]
    return [each for each in found if 0 < each.value <= 120]


_COMES = r"(?:(?<=[가-힣]\s)나요|(?<=[이가]\s)나는)"
_NOT_COMING = "".join(
    rf"(?<!{word}\s)"
    for word in ("안", "못", "생각", "생각이", "기억", "기억이", "시간", "시간이", "짜증", "화", "열", "티")
)
"""Where 나 is what a thought, time or a fever does: 생각이 안 나요, 시간 나는 날."""
_PERSONS: tuple[tuple[Person, re.Pattern[str]], ...] = (
    (
        "child",
        re.compile(
            r"(?<![가-힣])(?:(?:우리|울|저희|제|내)\s?(?:애(?!들)|아이(?![디돌패폰템콘스크피])|아들|딸|자녀|첫째|둘째|막내)|아들|딸(?!기)|자녀|애가|아이가|"
            r"학부모|(?:엄마|아빠|부모|보호자)(?=인데|예요|에요|입니다|이에요|이고|로서))"
        ),
    ),
    (
        "friend",
        re.compile(
            r"친구(?!\s?(?:추가|톡|등록|초대|목록))|(?<![가-힣])(?:남동생|여동생|동생|언니|오빠|누나|다른\s?(?:사람|애)|딴\s?(?:사람|애)|"
            r"(?:같은\s?반\s?|우리\s?반\s?|반\s?|동아리\s?)?애들(?=(?:이랑|이?하고|과|끼리)(?!\s?(?:놀|공부))))"
        ),
    ),
    (
        "self",
        re.compile(
            rf"(?<![가-힣])(?:(?!{_COMES}){_NOT_COMING}[나저](?:는|도|의|만|랑|를|한테|요)?|[내제](?:가|\s?[꺼거것])?|본인(?:이|은|도|의)?)(?![가-힣])"
        ),
    ),
)


def find_persons(text: str) -> list[Found[Person]]:
    """Return whose matter it is, in order: ``self``, ``child`` (우리 애) or ``friend`` (친구, 동생: any other person)."""
    words = plain(text)
    found = [
        Found(person, *m.span(), m.group()) for person, pattern in _PERSONS for m in pattern.finditer(words)
    ]
    return sorted(found, key=lambda each: each.start)
