"""Turns of dialogs as the assistant leaves them, for tests of what reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.replies import Reply, Text
from bot.transcript import written
from models.members import ChannelAccount, ConversationTurn
from tests.world import NOW


def make_turn(
    db: Session,
    account: ChannelAccount,
    words: str = "내 봉사시간 알려줘",
    *,
    at: datetime = NOW,
    reply: Reply | None = None,
    **columns: Any,
) -> ConversationTurn:
    """Write a turn that was understood and answered, or whatever else the columns say."""
    values = {
        "pressed": False,
        "intent": "check_hours",
        "topic": None,
        "confidence": 0.93,
        "source": "nlu",
        "outcome": "answered",
        "milliseconds": 40,
        "model": "20261101-first",
        "reply": written(reply or Reply((Text("모두 12시간이에요."),))),
    }
    turn = ConversationTurn(account_id=account.id, at=at, words=words, **(values | columns))
    db.add(turn)
    db.flush()
    return turn
