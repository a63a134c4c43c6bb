"""Commands for staff and developers, as ``flask <group> <command>``."""

from __future__ import annotations

from flask import Flask

from commands.alerts import alerts
from commands.nlu import nlu
from commands.programs import programs, seed
from commands.store import db


def register(app: Flask) -> None:
    """Add all commands to the application."""
    for command in (alerts, db, nlu, programs, seed):
        app.cli.add_command(command)
