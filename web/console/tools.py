"""What the console's pages need besides the store: the composition root hands it over, a visit carries it along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alerts.texts import Texts
from bot.replies import Press, Reply
from bot.topics import Topics
from bot.trial import Trials
from models.outbox import NoticeCard


@dataclass(frozen=True, slots=True)
class Tools:
    """Parts of the service that pages of the console use."""

    draw: Callable[[Reply], dict[str, Any]]
    """Draws a reply as KakaoTalk's JSON, within KakaoTalk's limits."""
    preview_alert: Callable[[int, str, Texts], dict[str, Any]]
    """Shows an alert (kind, scene) in the words of some texts, by every channel, with invented values."""
    draw_notice: Callable[[NoticeCard], dict[str, Any]]
    """Draws the card of an alert as KakaoTalk's JSON; its links lead nowhere."""
    topics: Topics
    """The FAQ as the chat answers it."""
    trials: Trials
    """Answers staff who try 보람 out; nothing of it lasts."""
    clean: Callable[[str], str]
    """Returns words as they come from KakaoTalk: without control and invisible characters."""
    pressed: Callable[[Mapping[str, Any]], Press | None]
    """Reads what a button of a drawn reply carries; None when it is none of ours."""
    understands: Callable[[], bool]
    """Tells whether a language server answers now."""
