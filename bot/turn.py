"""One message of one person, whatever channel it came by."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.replies import Press

NOTICE = "notice"
"""Action of an event: the chat comes for a card we told it about. The person said nothing."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes, as the channel knows them. The keys identify; they prove nothing."""

    channel: str
    bot_id: str
    user_key: str
    app_user_id: str | None = None
    is_friend: bool | None = None
    """None where the channel did not tell."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock by which the answer must be out."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline ``seconds`` from now."""
        return cls(time.monotonic() + seconds)

    def left(self, at_most: float = float("inf")) -> float:
        """Return the seconds that remain, never negative, capped by ``at_most``."""
        return max(0.0, min(at_most, self.at - time.monotonic()))


@dataclass(frozen=True, slots=True)
class Turn:
    """One message: words typed, or a button pressed, and the time there is to answer it.

    ``delivery_id`` is equal for two deliveries of the same message and different otherwise, as far
    as the channel lets us tell; empty when it cannot be told.
    """

    person: Person
    words: str
    received: datetime
    deadline: Deadline
    press: Press | None = None
    delivery_id: str = ""
    context: dict[str, str] = field(default_factory=dict)

    @property
    def room(self) -> str:
        """Room whose other people read along, empty in a chat of one's own."""
        return self.context.get("group", "")

    @property
    def is_notice(self) -> bool:
        """Tell whether nobody spoke: the card is one that we wanted to show."""
        return self.press is not None and self.press.action == NOTICE
