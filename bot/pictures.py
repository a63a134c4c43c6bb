"""Drawn summaries: what they show, and the address under which they are drawn.

KakaoTalk fetches a card's picture without logging in, so the address carries everything, encrypted: it names nobody,
cannot be guessed or changed, and needs no look-up.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from cryptography.fernet import Fernet, InvalidToken

from bot.replies import Image
from models.base import derive_key

LIFETIME_SECONDS = 30 * 24 * 3600
"""How long a picture can be fetched; afterwards the chat shows KakaoTalk's own copy."""


@dataclass(frozen=True, slots=True)
class HoursPicture:
    """Numbers of the hours card, in whole hours. ``months`` is (month number, hours) from left to right."""

    total: int
    goal: int
    period: str
    in_period: int
    months: tuple[tuple[int, int], ...]


class Pictures:
    """Makes and reads picture addresses."""

    def __init__(self, address: str, signing_key: str) -> None:
        self._address = address
        self._fernet = Fernet(derive_key(signing_key, "pictures"))

    def hours(self, picture: HoursPicture) -> Image:
        """Return the hours picture as a card shows it."""
        token = self._fernet.encrypt(json.dumps(asdict(picture), ensure_ascii=False).encode()).decode()
        alt = f"{picture.period} {picture.in_period}시간, 모두 {picture.total}시간"
        return Image(f"{self._address}/pictures/hours/{token}.png", alt)

    def read_hours(self, token: str) -> HoursPicture | None:
        """Return what an address asks for, None when it is not ours or too old."""
        try:
            values = json.loads(self._fernet.decrypt(token.encode(), ttl=LIFETIME_SECONDS))
        except (InvalidToken, ValueError):
            return None
        values["months"] = tuple((month, hours) for month, hours in values["months"])
        return HoursPicture(**values)
