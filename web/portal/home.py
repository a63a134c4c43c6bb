"""The first page: where everything is."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from models.applications import LIVE, applications_of
from models.guardians import is_child
from models.hours import total_hours
from web.door import Route, Visit


def home(visit: Visit) -> ResponseReturnValue:
    """Show how many hours there are, what is to come, and where everything is."""
    today = visit.now.date()
    live = [a for a in applications_of(visit.db, visit.member, LIVE) if a.session.ends_on >= today]
    return render_template(
        "portal/home.html",
        hours=total_hours(visit.db, visit.member),
        coming=live,
        child=is_child(visit.member, visit.rules, visit.now),
    )


ROUTES = (Route("GET", "/me", home),)
