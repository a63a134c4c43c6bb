"""The real assistant over a fresh store and a real Valkey, with an understanding that knows a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from actions import ACTIONS, WITHOUT_INTENT
from actions.faq import TOPICS
from bot.assistant import Assistant
from bot.links import Links
from bot.memory import Memory
from bot.pictures import Pictures
from bot.topics import Topics
from models.clock import SetClock
from models.database import Database
from models.members import ChannelAccount, Member
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import make_account, make_member


@pytest.fixture
def store(sqlite_address: str) -> Iterator[Database]:
    store = Database(sqlite_address)
    yield store
    store.close()


@pytest.fixture
def db(store: Database) -> Iterator[Session]:
    """Return a session to build the world with and to look at it; commit before talking."""
    with store.session() as session:
        yield session


@pytest.fixture
def nlu() -> ScriptedUnderstanding:
    return ScriptedUnderstanding()


@pytest.fixture
def assistant(store: Database, memory: Memory, clock: SetClock, nlu: ScriptedUnderstanding) -> Assistant:
    return _assistant(store, memory, clock, nlu)


@pytest.fixture
def forgetful_chat(store: Database, clock: SetClock, nlu: ScriptedUnderstanding) -> Iterator[Chat]:
    """Return a chat without Redis: nothing is remembered from one turn to the next."""
    memory = Memory("redis://127.0.0.1:9")
    yield Chat(_assistant(store, memory, clock, nlu), clock)
    memory.close()


def _assistant(store: Database, memory: Memory, clock: SetClock, nlu: ScriptedUnderstanding) -> Assistant:
    return Assistant(
        actions={**ACTIONS, **WITHOUT_INTENT},
        understanding=nlu,
        memory=memory,
        database=store,
        clock=clock,
        links=Links("https://boram.example"),
        pictures=Pictures("http://127.0.0.1:8000", "a key for tests"),
        topics=Topics(store, clock, TOPICS.values()),
        threshold=0.5,
        turns_per_minute=1000,
    )


@pytest.fixture
def chat(assistant: Assistant, clock: SetClock) -> Chat:
    return Chat(assistant, clock)


@pytest.fixture
def account(db: Session) -> ChannelAccount:
    """Return a chat account that is not linked yet."""
    account = make_account(db, None)
    db.commit()
    return account


@pytest.fixture
def member(db: Session) -> Member:
    """Return the member behind the chat."""
    member = make_member(db)
    make_account(db, member)
    db.commit()
    return member


@pytest.fixture
def stranger(db: Session) -> Member:
    """Return another member, whose things must stay out of reach."""
    other = make_member(db, name="김낯선")
    db.commit()
    return other
