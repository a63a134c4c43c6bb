"""Turns for measuring the console: a million of them over half a year, with sentences people could have said."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeAlias

from sqlalchemy import Engine, column, func, insert, select, table, text

from bench.stack import ROOT
from bot.replies import Button, Card, Fact, QuickReply, Reply, Say
from bot.transcript import written
from models.base import Encrypted
from models.database import Database
from models.members import ChannelAccount, ConversationTurn
from models.refusals import Reason

Row: TypeAlias = dict[str, Any]
Watch: TypeAlias = Callable[[int], None]
"""Told how many rows more there are."""

DAYS = 180
TURNS_OF_A_DIALOG = 5
DIALOGS_OF_A_CHAT = 8
ROWS_AT_ONCE = 10_000
REPLIES = 300
"""Answers that are sealed once and used again: sealing a million would take longer than all the rest."""
_EXAMPLE = re.compile(r"^ +- (.+)$")
_MARK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_ENDS = (
    *["answered"] * 80,
    *["not_understood"] * 4,
    *["asked_meaning"] * 4,
    *["asked_again"] * 3,
    *["asked_which"] * 3,
    *["declined"] * 2,
    "nlu_down",
)


def turns_in(database: Database) -> int:
    """Return how many turns the store has."""
    with database.session() as db:
        return db.scalar(select(func.count()).select_from(ConversationTurn)) or 0


def add_turns(database: Database, count: int, now: datetime, watch: Watch) -> None:
    """Write so many turns that end now, and the chats they were said in, into a store without any."""
    chats = -(-count // (TURNS_OF_A_DIALOG * DIALOGS_OF_A_CHAT))
    with database.engine.begin() as connection:
        accounts = ({"id": number, **_account(number, now)} for number in range(1, chats + 1))
        while part := list(islice(accounts, ROWS_AT_ONCE)):
            connection.execute(insert(ChannelAccount), part)
    columns = [column(c.name, None if isinstance(c.type, Encrypted) else c.type) for c in _TABLE.c]
    sealed = table(ConversationTurn.__tablename__, *columns)
    rows = _turns(database.engine, count, chats, now)
    while part := list(islice(rows, ROWS_AT_ONCE)):
        with database.engine.begin() as connection:
            connection.execute(insert(sealed), part)
        watch(len(part))
    _settle(database.engine)


_TABLE = ConversationTurn.__table__


def _settle(engine: Engine) -> None:
    """Tell the planner what there is, as the store does by itself in the long run; ids go on after those written."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name != "postgresql":
            connection.execute(text("ANALYZE"))
            return
        for name in ("channel_account", "conversation_turn"):
            last = select(func.max(column("id"))).select_from(table(name)).scalar_subquery()
            connection.execute(select(func.setval(f"{name}_id_seq", last)))
        connection.execute(text("VACUUM ANALYZE"))


def _account(number: int, now: datetime) -> Row:
    key = {"channel": "kakao", "bot_id": "bench", "user_key": f"bench-user-{number}"}
    return key | {"is_friend": False, "first_seen_at": now - timedelta(days=DAYS)}


def _turns(engine: Engine, count: int, chats: int, now: datetime) -> Iterator[Row]:
    draw = random.Random(1)
    said, replies, step = _sentences(), _replies(engine, draw), timedelta(days=DAYS) / count
    chat = 1
    for number in range(count):
        if number % TURNS_OF_A_DIALOG == 0:
            chat = draw.randint(1, chats)
        intent, words = draw.choice(said)
        yield {"account_id": chat, "at": now - step * (count - number), **_turn(draw, intent, words, replies)}


def _turn(draw: random.Random, intent: str, words: str, replies: list[str]) -> Row:
    pressed = draw.random() < 0.35
    sure = 1.0 if pressed else round(min(0.99, max(0.05, draw.gauss(0.8, 0.18))), 3)
    end = draw.choice(_ENDS) if not pressed else "answered"
    if draw.random() < 0.03:
        end = f"refused:{draw.choice(list(Reason)).value}"
    ranking = {"ranking": [[intent, sure], ["find_program", 0.1], ["check_hours", 0.05]], "novelty": 0.2}
    return {
        "words": words if draw.random() < 0.5 else f"{words} {draw.randint(1, 99_999)}",
        "pressed": pressed,
        "intent": intent,
        "topic": f"{intent}/some" if intent.startswith("faq_") else None,
        "confidence": sure,
        "source": "button" if pressed else "nlu",
        "outcome": end,
        "milliseconds": draw.randint(10, 400),
        "model": "" if pressed else "bench",
        "alert_kind": draw.randint(1, 11) if draw.random() < 0.02 else None,
        "rating": draw.choice((1, 1, 1, -1)) if draw.random() < 0.01 else None,
        "original": None,
        "reply": draw.choice(replies),
        "understood": None if pressed else ranking,
    }


def _sentences() -> list[tuple[str, str]]:
    """Return intent and words of the sentences that the language is learned from."""
    return [
        (file.stem, _MARK.sub(r"\1", found[1]))
        for file in sorted((ROOT / "nlu_data/data").glob("*.yml"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if (found := _EXAMPLE.match(line)) and not file.stem.startswith(("lookups", "safety"))
    ]


def _replies(engine: Engine, draw: random.Random) -> list[str]:
    seal = Encrypted().process_bind_param
    return [str(seal(written(_reply(draw, number)), engine.dialect)) for number in range(REPLIES)]


def _reply(draw: random.Random, number: int) -> Reply:
    facts = (Fact("올해", f"{draw.randint(1, 60)}시간"), Fact("모두", f"{draw.randint(60, 200)}시간"))
    text = "올해 목표까지 조금 남았어요. 아래에서 더 볼 수 있어요. " * draw.randint(1, 2)
    card = Card(f"봉사 이야기 {number}", text.strip(), facts, buttons=(Button("화면에서 보기", Say("보기")),))
    return Reply((card,), tuple(QuickReply(label, Say(label)) for label in ("봉사 찾기", "내 신청")))
