"""What the console's pages need besides the store: the composition root hands it over, a visit carries it along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.replies import Reply
from bot.topics import Topics


@dataclass(frozen=True, slots=True)
class Tools:
    """Parts of the service that pages of the console use."""

    draw: Callable[[Reply], dict[str, Any]]
    """Draws a reply as KakaoTalk's JSON, within KakaoTalk's limits."""
    topics: Topics
    """The FAQ as the chat answers it."""
