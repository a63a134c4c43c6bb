"""Each alert as its recipient sees it, with invented values: for people who write the words.

The very writers, templates and renderers draw it that draw the real ones; only the world they look at is invented,
and lives in memory.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from sqlite3 import Connection
from typing import Any

from sqlalchemy import StaticPool, create_engine
from sqlalchemy.orm import Session

from actions.notices import draw
from alerts.bubble import draw_bubble
from alerts.channels.short_text import SMS_BYTES, readable, size
from alerts.kinds import KINDS, Dropped, Writing, Written
from alerts.messages import Addresses, compose
from alerts.routing import SMS, Recipient
from alerts.samples import SAMPLE_NOW, sample_alert
from alerts.templates import BUTTONS, fill
from alerts.texts import BUILT_IN, Texts
from alerts.writing import WRITERS
from models.outbox import Alert, NoticeCard
from models.rules import Rules
from models.staff_sends import STAFF_SEND_KIND
from models.tables import Base
from skills.kakao.render import render

PAGES = "https://boram.example"
CHAT = "https://pf.kakao.com/_boram/chat"
OPT_OUT = "080-000-1388"
_BLOCK = "block"


def preview_json(kind: int, scene: str = "", texts: Texts = BUILT_IN, pages: str = PAGES) -> dict[str, Any]:
    """Return an alert by each channel, with believable values, in the words of ``texts``.

    ``scene`` is one of those the kind's texts have, its usual one if empty; ``pages`` is where its links lead.
    Keys: ``kind``, ``title``, ``kakao`` (SkillResponse), ``alimtalk`` ({code, text, characters, bytes,
    buttons} or None), ``sms`` ({text, bytes, type}).

    Raises:
        KeyError: there is no such kind, or no such scene of it.
    """
    with _world() as db:
        alert = sample_alert(db, kind, scene)
        written = _write(db, alert, texts)
        return {
            "kind": kind,
            "title": KINDS[kind].title,
            "kakao": _kakao(kind, written),
            "alimtalk": _alimtalk(kind, written, texts),
            "sms": _sms(alert, written, texts, pages),
        }


def preview_png(kind: int) -> bytes:
    """Return a picture (PNG) of the KakaoTalk bubble.

    Raises:
        KeyError: there is no such kind.
    """
    return draw_bubble(_kakao(kind, written_sample(kind)), SAMPLE_NOW)


def written_sample(kind: int) -> Written:
    """Return what an alert's writer says to an invented person.

    Raises:
        KeyError: there is no such kind.
    """
    with _world() as db:
        return _write(db, sample_alert(db, kind))


def _world() -> Session:
    """Return a session of an empty store in memory; it is gone with the session."""

    def connect() -> Connection:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.deserialize(_empty_store())
        return connection

    return Session(create_engine("sqlite://", creator=connect, poolclass=StaticPool))


@cache
def _empty_store() -> bytes:
    """Return a store with all tables and no row: to copy it is quicker than to make the tables each time."""
    with closing(sqlite3.connect(":memory:")) as connection:
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        Base.metadata.create_all(engine)
        return connection.serialize()


def _write(db: Session, alert: Alert, texts: Texts = BUILT_IN) -> Written:
    written = WRITERS[alert.kind](Writing(db, alert, Rules(), SAMPLE_NOW, texts.words))
    if isinstance(written, Dropped):
        raise RuntimeError(  # noqa: TRY004 - a fault of ours, not of a type
            f"the sample of alert {alert.kind} is not true: {written.reason}"
        )
    return written


def draw_card(card: NoticeCard, kind: int = STAFF_SEND_KIND) -> dict[str, Any]:
    """Return a card of an alert as KakaoTalk's JSON; its links lead nowhere."""
    reply = draw(card, kind, lambda page, record: f"{PAGES}/l/{page}-{record}")
    return render(reply, block_id=_BLOCK)


def _kakao(kind: int, written: Written) -> dict[str, Any]:
    return draw_card(written.card, kind)


def _alimtalk(kind: int, written: Written, texts: Texts) -> dict[str, Any] | None:
    code = KINDS[kind].template
    if not code:
        return None
    text = fill(code, written.variables, texts.templates)
    return {
        "code": texts.templates[code].code,
        "text": text,
        "characters": len(text),
        "bytes": size(readable(text)),
        "buttons": list(BUTTONS),
    }


def _sms(alert: Alert, written: Written, texts: Texts, pages: str) -> dict[str, Any]:
    rules = Rules()
    to = Recipient(
        alert.member,
        None,
        (rules.quiet_from, rules.quiet_until),
        phone="010-0000-1388",
        is_guardian=alert.recipient.startswith("guardian:"),
    )
    sent = compose(SMS, "preview", alert, written, to, Addresses(pages, CHAT, OPT_OUT), texts.templates)
    text = readable(sent.text)
    count = size(text)
    return {"text": text, "bytes": count, "type": "SMS" if count <= SMS_BYTES else "LMS"}
