"""Hangul as arithmetic: syllables to the keys they are typed with, and back.

A *jamo* here is a compatibility letter (ㄱ, ㅏ, ㅘ), the one people see when it stands alone. *Keys* are what the
two-set keyboard has: ㅘ is typed ㅗㅏ and ㄳ is typed ㄱㅅ, while ㄲ and ㅐ are keys of their own.
"""

from __future__ import annotations

import re
from functools import lru_cache

HANGUL = re.compile("[가-힣ㄱ-ㅣ]")
WORD = re.compile("[가-힣ㄱ-ㅣ]++")
FIRST, LAST = 0xAC00, 0xD7A3
LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODAS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
# Two keys, one letter.
VOWEL_PAIRS = {
    "ㅗㅏ": "ㅘ",
    "ㅗㅐ": "ㅙ",
    "ㅗㅣ": "ㅚ",
    "ㅜㅓ": "ㅝ",
    "ㅜㅔ": "ㅞ",
    "ㅜㅣ": "ㅟ",
    "ㅡㅣ": "ㅢ",
}
CODA_PAIRS = {
    "ㄱㅅ": "ㄳ",
    "ㄴㅈ": "ㄵ",
    "ㄴㅎ": "ㄶ",
    "ㄹㄱ": "ㄺ",
    "ㄹㅁ": "ㄻ",
    "ㄹㅂ": "ㄼ",
    "ㄹㅅ": "ㄽ",
    "ㄹㅌ": "ㄾ",
    "ㄹㅍ": "ㄿ",
    "ㄹㅎ": "ㅀ",
    "ㅂㅅ": "ㅄ",
}
KEYS_OF = {letter: keys for keys, letter in (VOWEL_PAIRS | CODA_PAIRS).items()}


def is_syllable(character: str) -> bool:
    """Whether the character is a whole syllable (가–힣)."""
    return FIRST <= ord(character) <= LAST


@lru_cache(maxsize=4096)
def split(syllable: str) -> tuple[str, str, str]:
    """Lead, vowel and coda of a syllable; the coda is "" where there is none."""
    number = ord(syllable) - FIRST
    return LEADS[number // 588], VOWELS[number // 28 % 21], CODAS[number % 28].strip()


def join(lead: str, vowel: str, coda: str = "") -> str:
    """Return the syllable of three letters; the opposite of ``split``."""
    return chr(FIRST + LEADS.index(lead) * 588 + VOWELS.index(vowel) * 28 + CODAS.index(coda or " "))


@lru_cache(maxsize=16384)
def keys_of(text: str) -> str:
    """Return the keys a text is typed with; what is no Hangul stays."""
    return "".join(KEYS_OF.get(letter, letter) for char in text for letter in _letters(char))


def _letters(character: str) -> tuple[str, ...]:
    return split(character) if is_syllable(character) else (character,)


def typed(keys: str) -> list[tuple[str, int, int]]:
    """Return what a Korean keyboard writes for these keys: ``(character, first key, after its last key)``.

    A letter that finds no syllable stays alone, as on the screen; the coda moves on when a vowel follows it.
    """
    machine = _Composer()
    for position, key in enumerate(keys):
        machine.press(key, position)
    return machine.finish(len(keys))


class _Composer:
    """The syllable being typed: at most a lead, a vowel and a coda, and where it began."""

    def __init__(self) -> None:
        self._done: list[tuple[str, int, int]] = []
        self._letters: tuple[str, str, str] = ("", "", "")
        self._start = 0

    def press(self, key: str, position: int) -> None:
        lead, vowel, coda = self._letters
        if key in VOWELS:
            self._press_vowel(key, position)
        elif lead and vowel and key in CODAS and not coda:
            self._letters = (lead, vowel, key)
        elif coda + key in CODA_PAIRS:
            self._letters = (lead, vowel, CODA_PAIRS[coda + key])
        else:
            self._begin((key, "", ""), position)

    def _press_vowel(self, key: str, position: int) -> None:
        lead, vowel, coda = self._letters
        if lead in LEADS and lead and not vowel:
            self._letters = (lead, key, "")
        elif vowel + key in VOWEL_PAIRS and not coda:
            self._letters = (lead, VOWEL_PAIRS[vowel + key], "")
        elif coda:
            stays, moves = KEYS_OF.get(coda, coda)[:-1], KEYS_OF.get(coda, coda)[-1]
            self._letters = (lead, vowel, stays)
            self._begin((moves, key, ""), position - 1)
        else:
            self._begin(("", key, ""), position)

    def _begin(self, letters: tuple[str, str, str], position: int) -> None:
        self.finish(position)
        self._letters, self._start = letters, position

    def finish(self, position: int) -> list[tuple[str, int, int]]:
        lead, vowel, coda = self._letters
        if lead or vowel:
            written = join(lead, vowel, coda) if lead and vowel else lead + vowel
            self._done.append((written, self._start, position))
        self._letters = ("", "", "")
        return self._done
