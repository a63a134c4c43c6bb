"""The composition root: ``create_app`` builds every part once and hands it over."""

from __future__ import annotations

import logging

from flask import Flask

import commands
from actions import ACTIONS
from bot.assistant import Assistant
from bot.deliveries import Deliveries
from bot.links import PublicLinks
from bot.memory import Memory
from bot.pictures import Pictures
from bot.settings import Settings, load_settings
from bot.understanding import RasaUnderstanding
from models.base import use_keys
from models.clock import Clock, SystemClock
from models.database import Database
from models.migrate import is_current
from skills.kakao.endpoint import create_blueprint as kakao_blueprint
from web import health, pictures

MAX_BODY = 64 * 1024
"""Largest request body in bytes; Kakao's payloads are a few thousand."""


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """Return the web application, wired from the settings."""
    settings = settings or load_settings()
    clock = clock or SystemClock()
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    use_keys(settings.data_key)
    database = Database(settings.database, pool_size=settings.web_threads * 2)
    memory = Memory(settings.redis)
    understanding = RasaUnderstanding(settings.nlu_urls, settings.nlu_token, memory)
    drawn = Pictures(settings.address, settings.signing_key)
    assistant = Assistant(
        actions=ACTIONS,
        understanding=understanding,
        memory=memory,
        database=database,
        clock=clock,
        links=PublicLinks(),
        pictures=drawn,
        threshold=settings.nlu_threshold,
        turns_per_minute=settings.turns_per_minute,
    )

    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    app.extensions.update(settings=settings, database=database, clock=clock, memory=memory)
    kakao = kakao_blueprint(assistant.answer, settings, clock, Deliveries(memory))
    app.register_blueprint(kakao)
    app.register_blueprint(pictures.create_blueprint(drawn))
    app.register_blueprint(
        health.create_blueprint(
            {
                "database": lambda: _check(is_current(database.engine), "run `flask db upgrade`"),
                "redis": memory.ping,
                "nlu": lambda: _check(understanding.ready(), "start the NLU server"),
            }
        )
    )
    commands.register(app)
    app.extensions["closers"] = (kakao.close, understanding.close, memory.close, database.close)
    return app


def close_app(app: Flask) -> None:
    """Finish what is under way and give everything back. The process may end afterwards."""
    for close in app.extensions["closers"]:
        close()


def _check(holds: bool, advice: str) -> None:
    if not holds:
        raise RuntimeError(advice)
