"""What no step may touch: addresses and ids (alswns12, a@b.kr, www.dovol.com)."""

from __future__ import annotations

import re
from functools import lru_cache

from components.written import Shelter

LATIN_WORD = re.compile(r"[\w.+/:@-]++(?:[?=&%#~][\w.+/:@?=&%#~-]*+)*+", re.ASCII)
ADDRESS = re.compile(r"://|^www\.|^[\w.+-]+@[\w-]+\.|\.(?:com|net|org|kr|io|me|gg|be)\b", re.ASCII)
ID = re.compile("[A-Za-z][0-9_]|[0-9_][A-Za-z]")


@lru_cache(maxsize=256)
def sheltered(text: str) -> Shelter:
    """Return the places of addresses and ids in a text."""
    words = (match for match in LATIN_WORD.finditer(text) if len(match[0]) > 1)
    return Shelter(match.span() for match in words if ADDRESS.search(match[0]) or ID.search(match[0]))
