"""The real application over a fresh store and a real Valkey; a clock that stands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import close_app, create_app
from bot.settings import Settings
from models.clock import SetClock
from models.database import Database
from models.members import Member
from tests.web.visitor import Visitor
from tests.world import make_account, make_member


@pytest.fixture
def app(
    tmp_path: Path, sqlite_address: str, redis_url: str, memory: object, clock: SetClock
) -> Iterator[Flask]:
    """Return the whole web application; nothing is sent, notices wait in the store."""
    settings = Settings(
        app_env="test",
        instance_dir=tmp_path,
        database_url=sqlite_address,
        redis_url=redis_url,
        public_url="https://boram.example",
        kakao_channel_url="https://pf.kakao.com/_boram/chat",
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="a key for tests only, of enough length",
        signing_key="a key for tests",
    )
    app = create_app(settings, clock)
    yield app
    close_app(app)


@pytest.fixture
def db(app: Flask) -> Iterator[Session]:
    """Return a session to build the world with and to look at it; commit before visiting."""
    database: Database = app.extensions["database"]
    with database.session() as session:
        yield session


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def member(db: Session) -> Member:
    """Return a member of 16 with a linked chat."""
    member = make_member(db)
    make_account(db, member)
    db.commit()
    return member


@pytest.fixture
def stranger(db: Session) -> Member:
    """Return another member, whose things must stay out of reach."""
    other = make_member(db, name="김낯선")
    make_account(db, other, "user-2")
    db.commit()
    return other


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Serve the application over real HTTP, for a real browser."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
