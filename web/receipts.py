"""The door for receipts: providers push what became of our messages."""

from __future__ import annotations

import logging

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from alerts.channels import Unsigned
from alerts.channels.webhooks import WEBHOOKS
from alerts.receipts import apply_receipts
from models.clock import Clock
from models.database import Database

MAX_BODY = 4 * 1024 * 1024
"""Largest push in bytes: a provider may tell of a thousand messages at once, about 1,200 each."""
log = logging.getLogger(__name__)


def create_blueprint(database: Database, clock: Clock, token: str) -> Blueprint:
    """Return ``POST /receipts/<provider>``, which wants ``token`` in the provider's own way; empty: nothing is taken."""
    blueprint = Blueprint("receipts", __name__)

    @blueprint.post("/receipts/<provider>")
    def receive(provider: str) -> ResponseReturnValue:
        if provider not in WEBHOOKS or not token:
            abort(404)
        request.max_content_length = MAX_BODY
        try:
            read = WEBHOOKS[provider]
            receipts = read(dict(request.headers), request.args, request.get_data(), token)
        except Unsigned:
            return {"error": "the receipt is not signed as agreed"}, 401
        except ValueError as error:
            return {"error": str(error)}, 400
        with database.session() as db:
            news = apply_receipts(db, receipts, clock.now())
            db.commit()
        log.info("%s receipts of %s, %s of them news", len(receipts), provider, news)
        return {"received": len(receipts)}

    return blueprint
