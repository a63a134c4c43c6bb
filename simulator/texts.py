"""Text messages in bytes: Korean carriers count EUC-KR, where a Hangul syllable is two bytes."""

from __future__ import annotations

SMS_BYTES = 90
TITLE_BYTES = 40
LMS_BYTES = 2000


def in_euc_kr(char: str) -> bool:
    """Tell whether ``char`` is one or two bytes: Python also encodes rare syllables, as eight."""
    try:
        return len(char.encode("euc_kr")) <= 2
    except UnicodeEncodeError:
        return False


def size(text: str) -> int:
    """Return the bytes of ``text``, all of whose characters are ``in_euc_kr``."""
    return len(text.encode("euc_kr"))


def cut(text: str, most: int) -> str:
    """Return ``text`` up to ``most`` bytes, never half a syllable."""
    spent = 0
    for place, char in enumerate(text):
        spent += len(char.encode("euc_kr"))
        if spent > most:
            return text[:place]
    return text
