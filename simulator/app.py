"""The simulator's composition root: settings in, a Flask application out."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, Response, jsonify, render_template, send_from_directory
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue

from simulator import (
    alimtalk,
    approvals,
    chat,
    dovol,
    events,
    faults,
    feed,
    ledger,
    login,
    phone,
    sms,
    solapi,
)
from simulator.alimtalk import Alimtalk
from simulator.approvals import Templates
from simulator.callbacks import Callbacks
from simulator.chat import Chat
from simulator.delivery import Delivery
from simulator.dovol import Dovol
from simulator.events import Events
from simulator.faults import Trouble
from simulator.feed import Feed
from simulator.ledger import Ledger
from simulator.login import Login, Signer
from simulator.people import People
from simulator.personas import PERSONAS
from simulator.previews import Previews
from simulator.receipts import Later, Receipts
from simulator.settings import Settings, from_environment
from simulator.skill import Skill
from simulator.sms import Sms
from simulator.solapi import Door, Solapi

SEOUL = ZoneInfo("Asia/Seoul")
LARGEST_BODY = 4 * 1024 * 1024
"""Bytes; far over what our server takes, so that its own limit can be tried."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
        "img-src 'self' http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class _Json(DefaultJSONProvider):
    """Keeps Korean readable and fields in the order they went over the wire."""

    ensure_ascii = False
    sort_keys = False


def create_app(
    settings: Settings | None = None, clock: Callable[[], datetime] = lambda: datetime.now(SEOUL)
) -> Flask:
    """Return the simulator; without ``settings`` it reads the environment, as gunicorn wants it.

    Waiting callbacks live in this process, so run one worker with threads.
    """
    settings = settings or from_environment(os.environ)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json = _Json(app)
    skill = Skill(settings.skill_url, settings.skill_key, settings.skill_seconds)
    callbacks, people, news = Callbacks(clock, settings.callback_seconds), People(), Feed(clock)
    previews = Previews(news, enabled=settings.previews)
    app.register_blueprint(chat.create_blueprint(Chat(settings, skill, callbacks, people, previews, clock)))
    trouble, counted, later = Trouble(), Ledger(), Later()
    receipts = Receipts(
        settings.receipts_url, settings.receipt_token, settings.receipt_retry_seconds, trouble, later
    )
    delivery = Delivery(counted, trouble, news, previews, receipts, later)
    speaker = Events(skill, people, news, previews, clock, trouble, counted, later)
    app.register_blueprint(events.create_blueprint(speaker, settings.kakao_rest_api_key, clock, trouble))
    app.register_blueprint(login.create_blueprint(Login(settings, clock, Signer())))
    app.register_blueprint(feed.create_blueprint(news))
    app.register_blueprint(phone.create_blueprint())
    reporter = Dovol(settings.events_url, settings.events_key, clock)
    app.register_blueprint(dovol.create_blueprint(reporter, clock))
    app.register_blueprint(faults.create_blueprint(trouble))
    app.register_blueprint(ledger.create_blueprint(counted))
    _add_messages(app, settings, delivery, clock)
    _add_pages(app, settings)
    return app


def _add_messages(app: Flask, settings: Settings, delivery: Delivery, clock: Callable[[], datetime]) -> None:
    """Add the providers that reach people by their phone numbers."""
    templates = Templates()
    app.register_blueprint(approvals.create_blueprint(templates))
    texts = Sms(delivery, clock)
    app.register_blueprint(sms.create_blueprint(texts, delivery, settings.sms_secret_key, clock))
    cards = Alimtalk(templates, delivery, clock)
    app.register_blueprint(alimtalk.create_blueprint(cards, delivery, settings.alimtalk_secret_key, clock))
    door = Door(settings.solapi_api_key, settings.solapi_api_secret, clock)
    app.register_blueprint(solapi.create_blueprint(Solapi(templates, delivery, clock), delivery, door))


def _add_pages(app: Flask, settings: Settings) -> None:
    @app.get("/")
    def index() -> str:
        return render_template("index.html", personas=PERSONAS)

    @app.get("/fonts/<name>")
    def font(name: str) -> ResponseReturnValue:
        return send_from_directory(settings.font_folder, name, max_age=86_400)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
