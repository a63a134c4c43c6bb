"""The page of the phones: what arrived, whoever sent it."""

from __future__ import annotations

from flask import Blueprint, render_template


def create_blueprint() -> Blueprint:
    """Return the page ``/phone``."""
    blueprint = Blueprint("phone", __name__)

    @blueprint.get("/phone")
    def page() -> str:
        return render_template("phone.html")

    return blueprint
