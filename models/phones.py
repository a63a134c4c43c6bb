"""Telephone numbers as people type them."""

from __future__ import annotations

import re
import unicodedata

_MOBILE = re.compile(r"(?:820?|0)(?:(10)(\d{4})|(1[16789])(\d{3,4}))(\d{4})", re.ASCII)


def mobile_number(typed: str) -> str | None:
    """Return a Korean mobile number as 010-1234-5678, however it was typed; None when it is none."""
    digits = re.sub(r"[\s().+-]", "", unicodedata.normalize("NFKC", typed))
    found = _MOBILE.fullmatch(digits)
    return "0" + "-".join(part for part in found.groups() if part) if found else None
