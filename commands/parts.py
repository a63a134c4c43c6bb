"""The parts of the running application that commands use."""

from __future__ import annotations

from typing import cast

from flask import current_app

from bot.settings import Settings
from models.clock import Clock
from models.database import Database


def database() -> Database:
    """Return the store."""
    return cast("Database", current_app.extensions["database"])


def clock() -> Clock:
    """Return the clock."""
    return cast("Clock", current_app.extensions["clock"])


def settings() -> Settings:
    """Return the settings."""
    return cast("Settings", current_app.extensions["settings"])
