"""A guardian's consent for a child: the child's page that asks for it, and the guardian's page that gives it."""

from __future__ import annotations

from flask import Blueprint

from alerts.channels import Channel
from web.door import Door
from web.guardian.answering import Answering
from web.guardian.asking import Asking
from web.guardian.texts import Texts


def create_blueprint(door: Door, channel: Channel | None) -> Blueprint:
    """Return ``/me/guardian`` and ``/guardian/<token>``. Without a channel both say that no text can be sent."""
    blueprint = Blueprint("guardian", __name__)
    texts = Texts(channel)
    door.open(blueprint, Asking(texts).routes)
    door.open(blueprint, Answering(texts).routes)
    return blueprint
