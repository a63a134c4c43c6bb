"""The characters and the length of a short message: EUC-KR, 90 bytes.

Python's codec is no judge of what fits: it writes a rare syllable as eight bytes of jamo instead of refusing.
So each character is asked on its own, and only one or two bytes count as supported.
"""

from __future__ import annotations

import unicodedata

SMS_BYTES = 90
"""Longest short message; 45 Hangul."""

SPELLED = {"–": "-", "—": "-", "−": "-", "•": "·", "₩": "￦", "‧": "·", "〜": "~"}
"""Characters that people write and EUC-KR lacks, and what is sent instead."""
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
FIRST_SYLLABLE, LAST_SYLLABLE = "가", "힣"


def size(text: str) -> int:
    """Return the bytes of ``text``, which ``readable`` has made."""
    return sum(1 if char.isascii() else 2 for char in text)


def readable(text: str) -> str:
    """Return ``text`` with only what EUC-KR can carry: others are spelled out, emoji are left out."""
    return "".join(_replaced(char) for char in unicodedata.normalize("NFC", text))


def _replaced(char: str) -> str:
    if char in SPELLED:
        return SPELLED[char]
    if _fits(char):
        return char
    if FIRST_SYLLABLE <= char <= LAST_SYLLABLE:
        return _taken_apart(char)
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if _fits(c))
    return plain or ("?" if unicodedata.category(char)[0] in "LN" else "")


def _fits(char: str) -> bool:
    try:
        return len(char.encode("euc_kr")) <= 2
    except UnicodeEncodeError:
        return False


def _taken_apart(syllable: str) -> str:
    """Return a rare syllable as people still read it: 똠 as 또ㅁ, or letter by letter."""
    rest, final = divmod(ord(syllable) - ord(FIRST_SYLLABLE), len(FINALS))
    initial, vowel = divmod(rest, len(VOWELS))
    open_syllable = chr(ord(syllable) - final)
    front = open_syllable if _fits(open_syllable) else INITIALS[initial] + VOWELS[vowel]
    return front + FINALS[final].strip()
