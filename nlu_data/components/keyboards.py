"""Keyboards Korean is typed on: which key an English layout shows for which letter, and which letters slip for which.

Slips follow three layouts: the two-set keyboard (neighbouring keys), 천지인 (letters of one key, one press too many)
and 나랏글 (letters one stroke apart).
"""

from __future__ import annotations

from itertools import combinations, pairwise

QWERTY = "qwertyuiopasdfghjklzxcvbnm"
TWO_SET = "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ"
SHIFTED = {"Q": "ㅃ", "W": "ㅉ", "E": "ㄸ", "R": "ㄲ", "T": "ㅆ", "O": "ㅒ", "P": "ㅖ"}
JAMO_OF = dict(zip(QWERTY, TWO_SET, strict=True)) | {
    key.upper(): jamo for key, jamo in zip(QWERTY, TWO_SET, strict=True)
}
JAMO_OF |= SHIFTED
LATIN_OF = dict(zip(TWO_SET, QWERTY, strict=True)) | {jamo: key for key, jamo in SHIFTED.items()}

_ROWS = ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ")
_ONE_KEY = ("ㄱㅋㄲ", "ㄴㄹ", "ㄷㅌㄸ", "ㅂㅍㅃ", "ㅅㅎㅆ", "ㅈㅊㅉ", "ㅇㅁ")  # 천지인
_ONE_STROKE = ("ㄱㅋㄲ", "ㄴㄷㅌㄸ", "ㅁㅂㅍㅃ", "ㅅㅈㅊㅆㅉ", "ㅇㅎ", "ㅏㅓ", "ㅗㅜ")  # 나랏글
_ALIKE = (
    "ㅏㅑ",
    "ㅓㅕ",
    "ㅗㅛ",
    "ㅜㅠ",
    "ㅐㅔㅒㅖ",
    "ㅕㅖ",
    "ㅗㅓ",
    "ㅏㅓ",
    "ㅡㅜ",
    "ㅡㅓ",
    "ㅣㅡ",
)  # vowels one dot apart, or alike to the ear


def _slips() -> frozenset[tuple[str, str]]:
    found = {pair for row in _ROWS for pair in pairwise(row)}
    # The row below begins half a key to the right: every key touches two keys under it.
    for upper, lower in pairwise(_ROWS):
        found |= {(upper[i], lower[j]) for i in range(len(upper)) for j in (i - 1, i) if 0 <= j < len(lower)}
    found |= {pair for group in (*_ONE_KEY, *_ONE_STROKE, *_ALIKE) for pair in combinations(group, 2)}
    return frozenset(found | {(b, a) for a, b in found})


SLIPS = _slips()


def is_slip(written: str, meant: str) -> bool:
    """Whether a finger that means one letter easily writes the other."""
    return (written, meant) in SLIPS
