"""The young person's pages, one file per topic."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from bot.links import PAGES
from web.door import Door
from web.portal import (
    alert_history,
    alerts,
    applications,
    certificates,
    consent,
    devices,
    home,
    hours,
    privacy,
    profile,
    programmes,
    talents,
)

TOPICS = (
    home,
    hours,
    applications,
    certificates,
    profile,
    programmes,
    devices,
    alerts,
    alert_history,
    consent,
    talents,
    privacy,
)


def create_blueprint(door: Door) -> Blueprint:
    """Return the pages below ``/me`` and the public search."""
    blueprint = Blueprint("portal", __name__)
    blueprint.add_url_rule("/", "front", _front)
    for topic in TOPICS:
        door.open(blueprint, topic.ROUTES)
    return blueprint


def _front() -> ResponseReturnValue:
    return redirect(PAGES["programme_list"].path, 303)
