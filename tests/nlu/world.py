"""A small world to talk about, and an assistant over it that understands by the real Rasa server."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from actions import ACTIONS, WITHOUT_INTENT
from actions.faq import TOPICS
from bot.assistant import Assistant
from bot.context import Action
from bot.links import Links
from bot.memory import Memory
from bot.pictures import Pictures
from bot.settings import Settings
from bot.topics import Topics
from bot.understanding import Understanding
from models.clock import Clock
from models.database import Database
from models.members import Member
from tests.world import (
    make_account,
    make_application,
    make_certificate,
    make_host,
    make_member,
    make_record,
    make_session,
)

SATURDAY, NEXT_SATURDAY, SUNDAY = date(2026, 11, 28), date(2026, 12, 5), date(2026, 11, 29)
OFFERED = ("하천 쓰레기 줍기", "도서관 책 정리", "유기견 산책 돕기")
"""What can be applied for, in the order of the carousel."""


def furnish(db: Session) -> Member:
    """Make a member with hours, a certificate and two applications, and three programmes to apply for."""
    member = make_member(db)
    make_account(db, member)
    record = make_record(db, member, hours=4)
    make_record(db, member, title="김장 나눔", served_on=date(2026, 11, 7), hours=3)
    make_certificate(db, member, record=record)
    for title, day in (("벽화 그리기", SATURDAY), ("경로당 말벗", NEXT_SATURDAY)):
        make_application(db, member, make_session(db, title=title, starts_on=day))
    for n, (title, place) in enumerate(zip(OFFERED, ("천안천", "성정도서관", "보호소"), strict=True), 6):
        make_session(
            db, title=title, starts_on=date(2026, 12, n), place=place, host=make_host(db, f"{place} 기관")
        )
    db.commit()
    return member


def assistant_over(
    store: Database, memory: Memory, clock: Clock, understanding: Understanding, **instead: Action
) -> Assistant:
    """Return an assistant as the service makes it, with the default threshold; ``instead`` replaces actions."""
    return Assistant(
        actions={**ACTIONS, **WITHOUT_INTENT, **instead},
        understanding=understanding,
        memory=memory,
        database=store,
        clock=clock,
        links=Links("https://boram.example"),
        pictures=Pictures("http://127.0.0.1:8000", "a key for tests"),
        topics=Topics(store, clock, TOPICS.values()),
        threshold=Settings.model_fields["nlu_threshold"].default,
        turns_per_minute=100_000,
    )
