"""Logging in without typing: login links, hints, the session, one more proof of identity."""

from __future__ import annotations

from flask import Blueprint

from web.auth import links, sessions
from web.auth.linking import LinkingPages
from web.door import Door


def create_blueprint(door: Door, linking: LinkingPages) -> Blueprint:
    """Return the pages around logging in and out."""
    blueprint = Blueprint("auth", __name__)
    for routes in (links.ROUTES, sessions.ROUTES, linking.routes):
        door.open(blueprint, routes)
    return blueprint
