"""Each alert as its recipient sees it, with invented values: for people who write the words."""

from __future__ import annotations

from typing import Any


def preview_json(kind: int) -> dict[str, Any]:
    """Return an alert by each channel, with believable values.

    Keys: ``kind``, ``title``, ``kakao`` (SkillResponse), ``alimtalk`` ({code, text, characters, buttons} or None),
    ``sms`` ({text, bytes, type}).

    Raises:
        KeyError: there is no such kind.
    """
    raise KeyError(kind)


def preview_png(kind: int) -> bytes:
    """Return a picture (PNG) of the KakaoTalk bubble.

    Raises:
        KeyError: there is no such kind.
    """
    raise KeyError(kind)
