"""Commands for staff and developers, as ``flask <group> <command>``."""

from __future__ import annotations

from flask import Flask

from commands.alerts import alerts
from commands.audit import audit
from commands.faq import faq
from commands.nlu import nlu
from commands.programs import programs, seed
from commands.staff import staff
from commands.store import db


def register(app: Flask) -> None:
    """Add all commands to the application."""
    for command in (alerts, audit, db, nlu, programs, seed, staff, faq):
        app.cli.add_command(command)
