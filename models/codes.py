"""Code tables of regions and fields, and the names they go by.

Regions carry 7-digit 행정표준기관코드 as in 1365's ``sidoCd`` and ``gugunCd``; DOVOL gives names instead. Fields are
the 16 top categories of 1365; DOVOL gives a content type, mostly 노력봉사, so a field is guessed from the words.
Sources of the tables are named in ``data/regions.json`` and ``data/fields.json``.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
OTHER_FIELD = "1500"
WEIGHT, WEAK_WEIGHT, TITLE_FACTOR = 3, 1, 3


@dataclass(frozen=True, slots=True)
class Region:
    """A 시도, or one 시군구 of it; codes have 7 digits and are the ones in force."""

    sido_code: str
    sigungu_code: str | None
    sido_name: str
    sigungu_name: str | None

    @property
    def name(self) -> str:
        """Full name: 경기도 성남시."""
        return f"{self.sido_name} {self.sigungu_name}" if self.sigungu_name else self.sido_name

    @property
    def short_name(self) -> str:
        """Name as people say it: 경기 성남시."""
        sido = SIDO_BY_CODE[self.sido_code].aliases[0]
        return f"{sido} {self.sigungu_name}" if self.sigungu_name else sido

    def contains(self, other: Region) -> bool:
        """Tell whether ``other`` is this region or lies in it."""
        return self.sido_code == other.sido_code and self.sigungu_code in (None, other.sigungu_code)


@dataclass(frozen=True, slots=True)
class Sigungu:
    """One 시군구 with what else it is called: districts of a large city, earlier and later names."""

    region: Region
    districts: tuple[str, ...]
    other_names: tuple[str, ...]
    district_prefixes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name: 천안시."""
        return self.region.sigungu_name or ""

    @property
    def bare_name(self) -> str:
        """Its name without 시, 군 or 구 where two syllables remain: 천안; 중구 stays 중구."""
        return bare(self.name)

    def called(self, name: str) -> bool:
        """Tell whether ``name`` means this place, whole or in part."""
        return name in (self.name, self.bare_name, *self.other_names, *self.districts)


@dataclass(frozen=True, slots=True)
class Sido:
    """One 시도. The first alias is its short name."""

    region: Region
    aliases: tuple[str, ...]
    former_codes: tuple[str, ...]
    sigungu: tuple[Sigungu, ...]


def bare(name: str) -> str:
    """Return a 시군구 name without its last syllable where two remain."""
    return name[:-1] if len(name) > 2 and name[-1] in "시군구" else name


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return loaded


def _sigungu(row: dict[str, Any], sido: dict[str, Any]) -> Sigungu:
    return Sigungu(
        Region(sido["code"], row["code"], sido["name"], row["name"]),
        tuple(row.get("districts", ())),
        tuple(row.get("other_names", ())),
        tuple(row.get("district_prefixes", ())),
    )


def _sido(row: dict[str, Any]) -> Sido:
    return Sido(
        Region(row["code"], None, row["name"], None),
        tuple(row["aliases"]),
        tuple(row.get("former_codes", ())),
        tuple(_sigungu(each, row) for each in row["sigungu"]),
    )


_REGIONS = _load("regions.json")
SIDOS: tuple[Sido, ...] = tuple(_sido(row) for row in _REGIONS["sidos"])
SIGUNGU: tuple[Sigungu, ...] = tuple(each for sido in SIDOS for each in sido.sigungu)
SIDO_BY_CODE: Mapping[str, Sido] = {
    code: sido for sido in SIDOS for code in (sido.region.sido_code, *sido.former_codes)
}
SIDOS_BY_NAME: Mapping[str, tuple[Sido, ...]] = {
    name: (sido,) for sido in SIDOS for name in (sido.region.sido_name, *sido.aliases)
} | {
    name: tuple(SIDO_BY_CODE[code] for code in group["members"])
    for group in _REGIONS["groups"]
    for name in group["names"]
}
"""시도 by every name; names of several together (수도권, 전남광주통합특별시) give all of them."""
_SIGUNGU_BY_PREFIX: Mapping[str, Sigungu] = {
    prefix: each
    for each in SIGUNGU
    for prefix in ((each.region.sigungu_code or "")[:3], *each.district_prefixes)
}


def region_by_codes(sido_code: str, sigungu_code: str | None = None) -> Region | None:
    """Return the region of 1365 codes, old or new, those of a city's districts included.

    A 시군구 is recognised by the first three digits of its code (익산 4680000 became 4681000); an unknown one
    gives the 시도 alone. None when neither code is known.
    """
    sigungu = None if sigungu_code in SIDO_BY_CODE else _SIGUNGU_BY_PREFIX.get((sigungu_code or "")[:3])
    place = sigungu or SIDO_BY_CODE.get(sido_code)
    return place.region if place else None


def region_by_names(sido_name: str | None, sigungu_name: str | None = None) -> Region | None:
    """Return the region of names as KYWA writes them, old and new ones mixed.

    Of "천안시 동남구" the first word counts. A 시군구 that moved (경상북도 군위군) is found by its name. An unknown
    one gives the 시도 alone. None when the names say too little, as 전남광주통합특별시 without a 시군구.
    """
    sidos = SIDOS_BY_NAME.get("".join((sido_name or "").split()), ())
    for word in (sigungu_name or "").split()[:1]:
        for places in (tuple(each for sido in sidos for each in sido.sigungu), SIGUNGU):
            found = [each.region for each in places if each.called(word)]
            if len(found) == 1:
                return found[0]
    return sidos[0].region if len(sidos) == 1 else None


_FIELDS = _load("fields.json")
FIELDS: Mapping[str, str] = {row["code"]: row["name"] for row in _FIELDS["fields"]}
"""The 16 categories in force since 2026: code → name."""
DOVOL_TYPES: tuple[str, ...] = tuple(_FIELDS["dovol_types"])
"""``vlntwkDtlTypeNm`` of DOVOL."""
DOVOL_CONTENTS: Mapping[str, str] = _FIELDS["dovol_contents"]
"""``vlntwkDtlCnNm`` of DOVOL → the field it stands for when the words tell nothing."""


def _plain(name: str) -> str:
    return re.sub(r"[\s·ㆍ.,/]", "", name)


_CANONICAL = {code: code for code in FIELDS} | {
    former: row["code"] for row in _FIELDS["fields"] for former in row.get("former_codes", ())
}
_FIELD_BY_NAME = {
    _plain(name): row["code"]
    for part in ("parts", "former_names", "name")
    for row in _FIELDS["fields"]
    for name in ([row["name"]] if part == "name" else row.get(part, ()))
}


def field_by_code(code: str) -> str | None:
    """Return the category in force for a code, old (1400), new (0300) or a part's (0503); None if unknown."""
    return _CANONICAL.get(code) or _CANONICAL.get(f"{code[:2]}00")


def field_by_name(name: str | None) -> str | None:
    """Return the category's code for a name: "교육 > 전문교육", "상담ㆍ멘토링", "문화행사", "헌혈".

    The part before ``>`` decides, also when it is an old name. None if unknown.
    """
    return _FIELD_BY_NAME.get(_plain((name or "").split(">")[0]))


def spaced(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of ``words``, the longest first, whatever the spaces within them."""
    longest = sorted(words, key=len, reverse=True)
    return re.compile("|".join(r"\s?".join(re.escape(part) for part in word.split()) for word in longest))


def squeeze(words: str) -> str:
    """Return ``words`` without white space."""
    return "".join(words.split())


FIELD_WORDS: Mapping[str, tuple[str, int]] = {
    word: (row["code"], weight)
    for key, weight in (("weak_words", WEAK_WEIGHT), ("words", WEIGHT))
    for row in _FIELDS["fields"]
    for word in row[key]
}
"""Words that tell of a field → its code and how surely."""
IGNORED_FIELD_WORDS: tuple[str, ...] = tuple(_FIELDS["ignored_words"])
"""Longer words that hide those inside them: 청소년 is no 청소."""
_FIELD_WORD = spaced([*FIELD_WORDS, *IGNORED_FIELD_WORDS])
_SURENESS = {squeeze(word): found for word, found in FIELD_WORDS.items()}


def guess_field(title: str, text: str = "", content: str = "") -> str:
    """Return the category code that title and text speak of.

    Every different word counts once, three times as much in the title; among equals the first one met wins.
    Without any word the DOVOL ``content`` type decides, and 기타 (1500) is what remains.
    """
    scores: dict[str, int] = defaultdict(int)
    for words, factor in ((title, TITLE_FACTOR), (text, 1)):
        for word in dict.fromkeys(squeeze(m.group()) for m in _FIELD_WORD.finditer(words)):
            code, weight = _SURENESS.get(word, (OTHER_FIELD, 0))
            scores[code] += weight * factor
    best = max(scores, key=lambda code: scores[code], default=OTHER_FIELD)
    return best if scores[best] else DOVOL_CONTENTS.get(content, OTHER_FIELD)
