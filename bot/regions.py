"""Which region is meant: 시도 and 시군구 by any of their names, or the neighbourhood of the person.

Names must stand as words of their own, particles allowed: 대구에서 is a region, 대구탕, 서울대 and 고양이 are not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.data import declined, plain, table
from bot.spelling import mended
from models.codes import SIDOS_BY_NAME, SIGUNGU, Region, Sigungu, bare, region_by_names


@dataclass(frozen=True, slots=True)
class RegionFound:
    """A region named in a text, at ``plain(text)[start:end]``.

    Several ``regions`` are candidates to ask about when ``ambiguous`` (중구), else all of them are meant (수도권).
    ``near_me`` has no regions: the person's own region is meant (우리 동네).
    """

    regions: tuple[Region, ...]
    start: int
    end: int
    text: str
    ambiguous: bool = False
    near_me: bool = False


@dataclass(frozen=True, slots=True)
class _Hit:
    """A name at its place. ``placed``: 쪽, 근처 or the like ends there, after the name."""

    name: str
    start: int
    end: int
    placed: int | None

    @property
    def regions(self) -> tuple[Region, ...]:
        """What the name means by itself; a district only where no 시군구 has its name."""
        return _WHOLE.get(self.name) or _PARTS[self.name]

    def within(self, outer: RegionFound) -> tuple[Region, ...]:
        """Return what the name means inside ``outer``, districts included."""
        inner = dict.fromkeys((*_WHOLE.get(self.name, ()), *_PARTS.get(self.name, ())))
        return tuple(r for r in inner if any(each.contains(r) for each in outer.regions))


def _names(pairs: Iterable[tuple[str, Region]]) -> Mapping[str, tuple[Region, ...]]:
    names: dict[str, dict[Region, None]] = defaultdict(dict)
    for name, region in pairs:
        names[name][region] = None
    return {name: tuple(regions) for name, regions in names.items()}


def _spellings(name: str) -> tuple[str, str]:
    return name, bare(name)


def _is_sido_of(name: str, sigungu: Sigungu) -> bool:
    """Tell whether ``name`` alone means the 시도 around it: 제주."""
    return any(sido.region.contains(sigungu.region) for sido in SIDOS_BY_NAME.get(name, ()))


def _places() -> Iterator[tuple[str, Region]]:
    for place, spellings in _TABLE["places"].items():
        region = region_by_names(*place.split())
        if region is None:
            raise ValueError(f"bot/data/regions.json: places: no such region: {place}")
        yield from ((spelling, region) for name in spellings for spelling in _longer_and_shorter(name))


def _longer_and_shorter(name: str) -> tuple[str, ...]:
    """Return 성수 and 성수동, 사당역 and 사당: most of these places are a 동 too, or have a station."""
    if len(name) == 2 and not name.endswith("동"):
        return (name, f"{name}동")
    return (name, name[:2]) if _is_longer(name) else (name,)


def _is_longer(name: str) -> bool:
    return len(name) == 3 and name[2] in "동역" and name[:2] not in _WHOLE.keys() | _TABLE["not_bare"]


_TABLE = table("regions")
_WHOLE = _names(
    [(name, sido.region) for name, sidos in SIDOS_BY_NAME.items() for sido in sidos]
    + [
        (name, each.region)
        for each in SIGUNGU
        for name in _spellings(each.name)
        if not _is_sido_of(name, each)
    ]
)
_PARTS = _names(
    [
        (name, each.region)
        for each in SIGUNGU
        for full in (*each.districts, *each.other_names)
        for name in _spellings(full)
    ]
    + list(_places())
)
_LONGEST = max(map(len, _WHOLE.keys() | _PARTS.keys()))
_SAID_IN_FULL = {name for names in _TABLE["places"].values() for name in names}
_WEAK = frozenset(_TABLE["weak"]) | ({name[:2] for name in _SAID_IN_FULL if _is_longer(name)} - _SAID_IN_FULL)
_NOT_AFTER = {name: tuple(words) for name, words in _TABLE["not_after"].items()}
_NOT_BEFORE = {name: tuple(words) for name, words in _TABLE["not_before"].items()}
_TOGETHER = frozenset(name for name, sidos in SIDOS_BY_NAME.items() if len(sidos) > 1)

_PLAYED = re.compile(
    r"\s?(?:를|을|가|도|는|은)?\s?(?:보러|보고|보는|볼|봐|봤|봄|본(?![부사점인])|몇\s?[시대]|이[겼기긴길]|졌|지[냐는]|중계|티켓|직관|응원|예매|뛰|나가|스코어|점수|하이라이트|재밌|끝)"
)
_PLAYERS = re.compile(
    r"(?:[가-힣]*(?:트넘|유나이티드|시티|리그|월드컵|대표팀|국대|한국|일본|결승전?|예선|본선|평가전|개막|원정|홈|손흥민|이강인|메시|호날두|"
    r"두산|한화|기아|롯데|삼성|키움|엘지|프로|팀|반|학교)|lg|kt|ssg|nc|t1|젠지|롤|피파)\s?$"
)
"""Who plays a match, before 경기; what one does with it is in ``_PLAYED``."""
_PLACE_WORDS = r"\d\s?[가동]|(?:입구)?역|입구|신도시|시내|읍내|지역|지방|쪽|근처|부근|인근|주변|방면"
_PARTICLES = (
    r"에?서(?:는|도|만|의)?|에(?:는|도)?|엔|은|는|도|만|의|가|을|를|으?로|까지|부터|이나|나|이랑|랑|하고|과|와|"
    r"이?[요여야]|이?에요|예요|인데|임|이라서?|이고|말고|빼고|권"
)
_TAIL = re.compile(
    rf"(?P<home>\s?(?:사는데|사는|살[아고]))|청?(?P<place>\s?(?:{_PLACE_WORDS}))?\s?(?:봉사(?:활동)?)?"
    rf"(?:{_PARTICLES})?(?![가-힣a-z0-9])"
)
"""What may follow a name that stands as a word of its own."""
_GAP = re.compile(r"\s{0,2}(?:의|에서|에|쪽|지역)?\s{0,2}")
_WORD = re.compile(r"[가-힣a-z0-9]")
_BEFORE = re.compile(
    r"(?:요일|욜|주말|평일|오늘|내일|모레|[번음담난]\s?주|[번음담난]\s?달|방학|오전|오후|저녁|에|는)$"
)
_NEAR = re.compile(
    r"(?:우리|울|저희|내|제)\s?(?:동[네내]|지역|고장)|near me|(?:우리\s?|울\s?|저희\s?)?(?:집|학교|우리|여기|내|나)"
    r"(?:에서|이랑|랑|하고)?\s?(?:근처|주변|부근|가까[운이]|앞)|(?<![가-힣])(?<![그저]\s)(?:동네|가까운|근처에서?|^근처)"
)


def find_regions(text: str) -> list[RegionFound]:
    """Return the regions named in ``text``, in order; what is ruled out (서울 말고) is left out.

    A 시군구 after its 시도 or city is one region (충남 천안, 부산 강서구, 천안 동남구); a district gives its city.
    A name that several places share is settled by a region named elsewhere in the text where that is possible.
    """
    written = plain(text)
    words = mended(written)
    found = _settled(_joined(words, _hits(words))) or [
        RegionFound((), m.start(), m.end(), m.group(), near_me=True)
        for m in _NEAR.finditer(words)
        if not declined(words, m.end())
    ]
    return [replace(each, text=written[each.start : each.end]) for each in found]


def _hits(words: str) -> Iterator[_Hit]:
    at = after_name = 0
    while at < len(words):
        hit = _hit_at(words, at) if at == after_name or _begins(words, at) else None
        if hit:
            yield hit
        at = hit.end if hit else at + 1
        after_name = at if hit else 0


def _begins(words: str, at: int) -> bool:
    """Tell whether a word may begin here: at a boundary, or glued to a word that ends in time or a particle."""
    return not _WORD.match(words, at - 1) or bool(_BEFORE.search(words, max(0, at - 6), at))


def _hit_at(words: str, at: int) -> _Hit | None:
    for length in range(min(_LONGEST, len(words) - at), 1, -1):
        name, end = words[at : at + length], at + length
        if (name in _WHOLE or name in _PARTS) and not _another_word(words, name, at, end):
            tail = _TAIL.match(words, end)
            if tail or _name_at(words, end):
                return _Hit(name, at, end, _placed(tail))
    return None


def _placed(tail: re.Match[str] | None) -> int | None:
    return max(tail.end("home"), tail.end("place")) if tail and (tail["home"] or tail["place"]) else None


def _name_at(words: str, at: int) -> bool:
    return any(words[at : at + n] in _WHOLE or words[at : at + n] in _PARTS for n in range(2, _LONGEST + 1))


def _another_word(words: str, name: str, start: int, end: int) -> bool:
    if name == "경기" and (_PLAYED.match(words, end) or _PLAYERS.search(words, max(0, start - 12), start)):
        return True
    before, after = words[max(0, start - 8) : start].rstrip(), words[end : end + 8].lstrip()
    return before.endswith(_NOT_AFTER.get(name, ())) or after.startswith(_NOT_BEFORE.get(name, ()))


def _joined(words: str, hits: Iterable[_Hit]) -> list[RegionFound]:
    """Join each name that narrows the one before it (경기 + 성남 + 분당); drop what is ruled out."""
    found: list[RegionFound] = []
    for hit in hits:
        outer = found[-1] if found and _GAP.fullmatch(words, found[-1].end, hit.start) else None
        inner = hit.within(outer) if outer else ()
        if declined(words, hit.end) or declined(words, hit.placed or hit.end):
            found[-1:] = [] if inner else found[-1:]
        elif outer and inner:
            found[-1] = _found(words, inner, outer.start, hit.end)
        elif hit.placed or hit.name not in _WEAK:
            found.append(_found(words, hit.regions, hit.start, hit.end, together=hit.name in _TOGETHER))
    return found


def _found(
    words: str, regions: tuple[Region, ...], start: int, end: int, *, together: bool = False
) -> RegionFound:
    return RegionFound(regions, start, end, words[start:end], ambiguous=len(regions) > 1 and not together)


def _settled(found: list[RegionFound]) -> list[RegionFound]:
    """Settle shared names by the 시도 of the clear ones: 부산 중구나 서구."""
    clear = {region.sido_code for each in found if not each.ambiguous for region in each.regions}
    return [_narrowed(each, clear) if each.ambiguous else each for each in found]


def _narrowed(found: RegionFound, sido_codes: set[str]) -> RegionFound:
    regions = tuple(region for region in found.regions if region.sido_code in sido_codes)
    return replace(found, regions=regions, ambiguous=False) if len(regions) == 1 else found
