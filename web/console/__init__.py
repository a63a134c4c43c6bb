"""The staff console: people at the institution see what 보람 does, help, teach and set the rules."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

import quality
from models.staff import ROLES
from web.console import (
    account,
    alert_queue,
    alert_texts,
    alerts,
    audit,
    colleagues,
    conversations,
    faq,
    home,
    inbox,
    keys,
    members,
    nlu_golden,
    nlu_jobs,
    nlu_models,
    nlu_shadow,
    nlu_switching,
    nlu_trend,
    settings,
    sign_in,
    staff_sends,
    tickets,
    training,
    training_files,
    training_pairs,
    try_it,
)
from web.console.door import ConsoleDoor
from web.console.navigation import groups

log = logging.getLogger(__name__)

TOPICS = (
    home,
    sign_in,
    keys,
    account,
    members,
    conversations,
    colleagues,
    settings,
    audit,
    faq,
    inbox,
    try_it,
    tickets,
    alerts,
    alert_texts,
    alert_queue,
    staff_sends,
    training,
    training_files,
    training_pairs,
    nlu_models,
    nlu_jobs,
    nlu_golden,
    nlu_shadow,
    nlu_switching,
    nlu_trend,
)
DRAWINGS = Path(quality.__file__).parent / "templates"
"""Pictures of an evaluation, which stand in reports of their own too."""


def create_blueprint(door: ConsoleDoor) -> Blueprint:
    """Return the pages below ``/console/``."""
    blueprint = Blueprint("console", __name__, template_folder=str(DRAWINGS))
    for topic in TOPICS:
        door.open(blueprint, topic.ROUTES)

    def told(error: HTTPException) -> ResponseReturnValue:
        if isinstance(error, CSRFError):
            return door.turn_back()
        if (error.code or 500) < 400:
            return error.get_response()
        page = render_template(
            "console/error.html", code=error.code, forged=False, largest=request.max_content_length
        )
        return page, error.code or 500

    blueprint.url_value_preprocessor(door.make_room)
    blueprint.context_processor(_frame)
    blueprint.register_error_handler(HTTPException, told)
    blueprint.register_error_handler(Exception, _accident)
    return blueprint


def _frame() -> dict[str, Any]:
    """Return what stands around every page of the console, in place of the portal's frame."""
    badge = g.get("badge")
    return {
        "home_url": url_for("console.home"),
        "chat_url": None,
        "navigation": None,
        "not_me_url": None,
        "viewer": badge,
        "logout_url": url_for("console.sign_out"),
        "role_name": ROLES[badge.role].name if badge else "",
        "places": groups(badge.role, g.get("store")) if badge else (),
    }


def _accident(error: Exception) -> ResponseReturnValue:
    # The path may hold a token and is not logged; the endpoint's name is enough to find the place.
    log.error("%s failed: %s", request.endpoint, type(error).__name__, exc_info=error)
    return render_template("console/error.html", code=500, forged=False), 500
