"""The composition root: ``create_app`` builds every part once and hands it over."""

from __future__ import annotations

import logging
from functools import cache, partial
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import commands
from actions import ACTIONS, WITHOUT_INTENT
from actions.faq import TOPICS
from alerts.channels.nhn_sms import NhnSms
from alerts.queue import SHORT_PATIENCE, Queue, create_celery
from alerts.setup import create_delivery
from alerts.status import AlertsCollector
from alerts.sweeping import Sweeper
from bot.assistant import Assistant
from bot.deliveries import Deliveries
from bot.links import Links
from bot.memory import Memory
from bot.pictures import Pictures
from bot.places import StoredPlaces
from bot.settings import Settings, load_settings
from bot.shadow import Shadow
from bot.slots import SlotsCollector, create_slots
from bot.topics import Topics
from bot.trial import Trials
from bot.understanding import RasaUnderstanding
from commands.alert_preview import draw_card, preview_json
from models.base import derive_key, use_keys
from models.clock import Clock, SystemClock
from models.database import Database, Fleeting
from models.migrate import is_current
from skills.kakao.endpoint import create_blueprint as kakao_blueprint
from skills.kakao.extra import unpack
from skills.kakao.render import render
from skills.kakao.words import clean
from web import api, auth, console, filters, guardian, health, pictures, portal, receipts, site, verify
from web.auth.identity import LocalDirectory
from web.auth.kakao_login import KakaoLogin
from web.auth.linking import LinkingPages
from web.console.carried import Carrier
from web.console.door import ConsoleDoor
from web.console.tools import Tools
from web.documents import Documents
from web.documents.signing import Signatory, ensure_self_signed_key
from web.door import Door

MAX_BODY = 64 * 1024
"""Largest request body in bytes; Kakao's payloads are a few thousand."""


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """Return the web application, wired from the settings."""
    settings = settings or load_settings()
    clock = clock or SystemClock()
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    use_keys(settings.data_key)
    queue = Queue(create_celery(settings.redis, SHORT_PATIENCE), settings.redis)
    database = Database(settings.database, pool_size=settings.web_threads * 2, committed=queue)
    memory = Memory(settings.redis)
    slots = create_slots(settings, database, memory)
    shadow = Shadow(slots, database, clock)
    understanding = RasaUnderstanding(slots, shadow)
    drawn = Pictures(settings.address, settings.signing_key)
    links = Links(settings.address)
    topics = Topics(database, clock, TOPICS.values())
    assistant_of = partial(
        Assistant,
        actions={**ACTIONS, **WITHOUT_INTENT},
        memory=memory,
        clock=clock,
        links=links,
        pictures=drawn,
        topics=topics,
        threshold=settings.nlu_threshold,
        turns_per_minute=settings.turns_per_minute,
    )
    assistant = assistant_of(understanding=understanding, database=database)
    trials = Trials(
        lambda one_slot: assistant_of(understanding=one_slot, database=Fleeting(database)),
        slots,
        memory,
        database,
        personas=settings.app_env != "production",
    )

    app = Flask(__name__, static_folder=None, template_folder="web/templates")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies)  # type: ignore[method-assign]  # how Flask wants to be wrapped
    documents = cache(lambda: _documents(settings, clock))
    if settings.app_env == "production":
        documents()  # a key that cannot be read stops the start, not the first young person
    sweeper = cache(lambda: Sweeper(database, create_delivery(settings, database, clock), clock))
    app.extensions.update(
        settings=settings,
        database=database,
        clock=clock,
        memory=memory,
        slots=slots,
        topics=topics,
        documents=documents,
        sweeper=sweeper,
    )
    csrf = site.install(app, settings)
    filters.install(app)
    places = StoredPlaces(database, clock)
    kakao = kakao_blueprint(assistant.answer, settings, clock, Deliveries(memory), places=places)
    events = api.create_blueprint(database, clock, settings.events_key)
    receipts_door = receipts.create_blueprint(database, clock, settings.receipt_token)
    for machines_door in (kakao, events, receipts_door):
        csrf.exempt(machines_door)
        app.register_blueprint(machines_door)
    door = Door(database, clock, memory, links)
    app.register_blueprint(auth.create_blueprint(door, _linking(app, settings)))
    app.register_blueprint(portal.create_blueprint(door))
    app.register_blueprint(guardian.create_blueprint(door, _texts(settings)))
    carrier = Carrier(derive_key(settings.signing_key, "carried forms"))
    tools = Tools(
        draw=partial(render, block_id=settings.kakao_block_id),
        topics=topics,
        preview_alert=partial(preview_json, pages=settings.address),
        draw_notice=draw_card,
        trials=trials,
        clean=clean,
        pressed=unpack,
        understands=understanding.ready,
    )
    staff_door = ConsoleDoor(database, clock, carrier, settings.address, tools)
    app.register_blueprint(console.create_blueprint(staff_door))
    app.register_blueprint(verify.create_blueprint(database, memory, clock))
    app.register_blueprint(pictures.create_blueprint(drawn))
    app.register_blueprint(
        health.create_blueprint(
            {
                "database": lambda: _check(is_current(database.engine), "run `flask db upgrade`"),
                "redis": memory.ping,
                "nlu": lambda: _check(understanding.ready(), "start the NLU server"),
            },
            [AlertsCollector(database, clock), SlotsCollector(database, slots.names)],
        )
    )
    commands.register(app)
    app.extensions["closers"] = (
        kakao.close,
        shadow.close,
        slots.close,
        memory.close,
        queue.close,
        database.close,
    )
    return app


def _documents(settings: Settings, clock: Clock) -> Documents:
    """Return what makes certificates, with the key of the settings or, in local runs, one made once."""
    key_file = Path(settings.certificate_key_file or settings.instance_dir / "certificates.p12")
    if not settings.certificate_key_file:
        ensure_self_signed_key(key_file, "", settings.certificate_issuer, clock.now())
    signatory = Signatory.load(key_file, settings.certificate_key_password, clock.now())
    sample = settings.app_env != "production"
    return Documents(signatory, f"{settings.address}/verify", settings.certificate_issuer, sample)


def _texts(settings: Settings) -> NhnSms | None:
    """Return what sends text messages, None where no key for it is set."""
    if not settings.sms_app_key:
        return None
    return NhnSms(settings.sms_url, settings.sms_app_key, settings.sms_secret_key, settings.sms_sender)


def _linking(app: Flask, settings: Settings) -> LinkingPages:
    """Return the pages that link accounts, with Kakao Login where it is set up."""
    kakao = KakaoLogin(app, settings) if settings.kakao_login_client_id else None
    return LinkingPages(LocalDirectory(), kakao, demo=settings.app_env != "production")


def close_app(app: Flask) -> None:
    """Finish what is under way and give everything back. The process may end afterwards."""
    for close in app.extensions["closers"]:
        close()


def _check(holds: bool, advice: str) -> None:
    if not holds:
        raise RuntimeError(advice)
