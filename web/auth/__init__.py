"""Logging in without typing: login links, hints, the session, one more proof of identity."""

from __future__ import annotations

from flask import Blueprint

from web.auth import links, sessions
from web.door import Door

TOPICS = (links, sessions)


def create_blueprint(door: Door) -> Blueprint:
    """Return the pages around logging in and out."""
    blueprint = Blueprint("auth", __name__)
    for topic in TOPICS:
        door.open(blueprint, topic.ROUTES)
    return blueprint
