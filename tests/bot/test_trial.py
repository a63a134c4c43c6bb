"""Trying 보람 out over both stores: the answers are those a young person gets, and the store stays as it was."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions import ACTIONS, WITHOUT_INTENT
from actions.faq import TOPICS
from bot.assistant import Assistant
from bot.links import Links
from bot.memory import Memory
from bot.pictures import Pictures
from bot.topics import Topics
from models.applications import Application, ApplicationState
from models.base import Base
from models.clock import SetClock
from models.database import Database, Fleeting
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import make_account, make_application, make_member, make_session


@pytest.fixture
def chat(database: Database, memory: Memory, clock: SetClock) -> Chat:
    """Return a chat with an assistant of which nothing lasts."""
    assistant = Assistant(
        actions={**ACTIONS, **WITHOUT_INTENT},
        understanding=ScriptedUnderstanding(),
        memory=memory,
        database=Fleeting(database),
        clock=clock,
        links=Links("https://boram.example"),
        pictures=Pictures("http://127.0.0.1:8000", "a key for tests"),
        topics=Topics(database, clock, TOPICS.values()),
        threshold=0.5,
        turns_per_minute=1000,
    )
    return Chat(assistant, clock)


def everything(db: Session) -> dict[str, int]:
    """Return how many rows every table has."""
    db.rollback()
    tables = Base.metadata.sorted_tables
    return {table.name: db.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_a_cancelled_application_a_cry_for_help_and_a_message_leave_nothing_behind(
    database: Database, chat: Chat
) -> None:
    with database.session() as db:
        member = make_member(db)
        make_account(db, member)
        number = make_application(db, member, make_session(db)).id
        db.commit()
        before = everything(db)

        chat.say("내 신청")
        chat.press("신청 취소")
        assert "취소했어요" in chat.press("취소할게요")
        assert "말해 줘서 고마워요" in chat.say("죽고 싶어")
        chat.say("상담원 연결")
        chat.press("메시지 남기기")
        assert "메시지를 남겼어요" in chat.say("빨리 연락 주세요")
        assert chat.outcome == "answered"

        assert everything(db) == before
        assert db.get_one(Application, number, populate_existing=True).state is ApplicationState.APPLIED
