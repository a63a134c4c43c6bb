"""Slips of the finger in the names of days, times and places: 담쥬, 이번쥬말, 수언, 분댱.

A word counts as a slip when one letter (자모) of it differs from a known word, by a letter that lies beside it on the
keyboard or sounds like it. The syllables stay as many, so positions in the text stay what they are. Words that exist
themselves (후원, 상추, 종료) are never changed; ``data/spelling.json`` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.data import table
from bot.data.calendar import YEARLY
from models.codes import SIDOS_BY_NAME, SIGUNGU, squeeze

_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_FIRST, _SYLLABLES = ord("가"), 11_172
_TABLE, _PLACES = table("spelling"), table("regions")
_EXISTING = frozenset(_TABLE["existing"])
_SHORT = 2
"""Words of two syllables are near many others: they must stand alone, particles allowed, and of the parts of cities
only the best known are mended."""


def _letters(syllable: str) -> tuple[int, int, int]:
    code = ord(syllable) - _FIRST
    return code // 588, code % 588 // 28, code % 28


def _syllable(initial: int, vowel: int, final: int) -> str:
    return chr(_FIRST + (initial * 21 + vowel) * 28 + final)


def _pairs(letters: str, groups: Iterable[str]) -> dict[int, set[int]]:
    """Return for each letter those it is confused with, as places in ``letters``."""
    confused: dict[int, set[int]] = {}
    for group in groups:
        for letter in group:
            confused.setdefault(letters.index(letter), set()).update(
                letters.index(other) for other in group if other != letter
            )
    return confused


def _confusions(suffix: str = "") -> tuple[dict[int, set[int]], ...]:
    """Return what initials, vowels and finals are confused with; further ones by the names with ``suffix``."""
    places = (("initials", _INITIALS), ("vowels", _VOWELS), ("finals", _FINALS))
    return tuple(
        _pairs(letters, _TABLE[name] + (_TABLE[name + suffix] if suffix else [])) for name, letters in places
    )


_CONFUSED, _CONFUSED_IN_CALENDAR = _confusions(), _confusions("_of_long_calendar_words")


def _slips_of_a_syllable(syllable: str, confused: tuple[dict[int, set[int]], ...]) -> Iterator[str]:
    initial, vowel, final = _letters(syllable)
    yield from (_syllable(other, vowel, final) for other in confused[0].get(initial, ()))
    yield from (_syllable(initial, other, final) for other in confused[1].get(vowel, ()))
    yield from (_syllable(initial, vowel, other) for other in confused[2].get(final, ()))


def slips(word: str, *, calendar: bool = False) -> Iterator[str]:
    """Yield ``word`` with one letter replaced by one it is confused with, at each place.

    More letters are taken for confused in long words of the ``calendar``: hardly any other word is near them.
    """
    confused = _CONFUSED_IN_CALENDAR if calendar and len(word) > _SHORT else _CONFUSED
    for at, syllable in enumerate(word):
        if 0 <= ord(syllable) - _FIRST < _SYLLABLES:
            for other in _slips_of_a_syllable(syllable, confused):
                yield word[:at] + other + word[at + 1 :]


def _calendar_words() -> set[str]:
    weeks = {f"{which}{unit}" for which in _TABLE["which"] for unit in _TABLE["units"]}
    return weeks | {squeeze(word) for word in (*YEARLY, *_TABLE["calendar"])}


def _place_words() -> set[str]:
    regions = {name for each in SIGUNGU for name in (each.name, each.bare_name, *each.districts)}
    parts = {name for names in _PLACES["places"].values() for name in names if len(name) > _SHORT}
    return (regions | parts | {*SIDOS_BY_NAME, *_TABLE["best_known_places"]}) - set(_PLACES["weak"])


def _mends(words: set[str], known: set[str]) -> dict[str, str]:
    """Return slip → word; what is near two words, or a word itself, is left as it is."""
    near: dict[str, set[str]] = {}
    for word in words:
        for slip in slips(word, calendar=word in _CALENDAR_WORDS):
            near.setdefault(slip, set()).add(word)
    return {
        slip: word
        for slip, (word, *others) in near.items()
        if not others and slip not in known and slip not in _EXISTING
    }


_CALENDAR_WORDS, _PLACE_WORDS = _calendar_words(), {word for word in _place_words() if len(word) >= _SHORT}
_KNOWN = _CALENDAR_WORDS | _PLACE_WORDS
_ANYWHERE = _mends({word for word in _CALENDAR_WORDS if len(word) > _SHORT}, _KNOWN)
"""Slips found wherever they are, other words glued to them (이번쥬토욜). A slip in the last syllable may be the beginning
of another word (다음부터), so what follows it must be an end."""
_ALONE = _mends(_KNOWN, _KNOWN)
"""Slips that must be words of their own, particles allowed."""
_LONGEST = max(map(len, _ALONE))
_HANGUL_RUN = re.compile(r"[가-힣]{2,}")
_TAIL = re.compile(
    r"(?=[월화수목금토일](?:요일|욜|날))|(?:[꺼거것]|날|때|쯤|에서|에는?|엔|은|는|도|만|의|부터|까지|이나|나|이랑|랑|마다|쪽|역|근처|이?요|말|인데|사는|봉사|오전|오후|중)?(?![가-힣])"
)


def mended(words: str) -> str:
    """Return ``words`` (as ``plain`` returns it) with slips in known words put right, as long as before."""
    return _HANGUL_RUN.sub(lambda run: _mended_run(run.group()), words)


def _mended_run(run: str) -> str:
    for length in range(min(_LONGEST, len(run)), 1, -1):
        alone = _ALONE.get(run[:length])
        if alone and _TAIL.match(run, length):
            return alone + run[length:]
        for at in range(len(run) - length + 1 if length > _SHORT else 0):
            word = _ANYWHERE.get(run[at : at + length])
            if word and (word[-1] == run[at + length - 1] or _TAIL.match(run, at + length)):
                return f"{run[:at]}{word}{_mended_run(run[at + length :])}"
    return run
