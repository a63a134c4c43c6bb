"""Reading what people type into forms."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_DATE = re.compile(r"(\d{4})(?:(\d\d)(\d\d)|\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})\D{0,2})", re.ASCII)


def read_date(typed: str) -> date | None:
    """Return the date of ``20100505``, ``2010-5-5``, ``2010. 5. 5.`` or ``2010년 5월 5일``; None if it is none."""
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", typed).strip())
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return date(year, month, day)
    except ValueError:
        return None
