"""What our buttons carry, and how it comes back when they are pressed.

On the wire: ``{"action": "<name>", "data": {"<key>": str | int | bool}, "v": 1}``. It travels through
the person's phone, so what comes back is bounded and checked as if a stranger had written it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.replies import Press
from skills.kakao.words import is_clean

VERSION = 1
MAX_KEYS = 20
MAX_TEXT = 500
"""Longest value, in characters."""
_BIG = 2**63

_ACTION = re.compile(r"[a-z][a-z0-9_./:-]{0,79}")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


def pack(press: Press) -> dict[str, Any] | None:
    """Return the ``extra`` of a button, or ``None`` when ``unpack`` would refuse it on the way back."""
    extra = {"action": press.action, "data": dict(press.data), "v": VERSION}
    return extra if unpack(extra) else None


def unpack(extra: Mapping[str, Any]) -> Press | None:
    """Return what a pressed button means; ``None`` when it is not one of ours or was tampered with."""
    action, data, version = extra.get("action"), extra.get("data", {}), extra.get("v")
    if str(version) != str(VERSION) or not isinstance(action, str) or not _ACTION.fullmatch(action):
        return None
    if not _is_data(data):
        return None
    return Press(action, dict(data))


def _is_data(data: object) -> bool:
    return (
        isinstance(data, Mapping)
        and len(data) <= MAX_KEYS
        and all(isinstance(key, str) and _KEY.fullmatch(key) for key in data)
        and all(_is_scalar(value) for value in data.values())
    )


def _is_scalar(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and is_clean(value)
    return isinstance(value, bool) or (isinstance(value, int) and -_BIG <= value < _BIG)
