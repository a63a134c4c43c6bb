"""The parts of the running application that commands use."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import current_app

from alerts.sweeping import Sweeper
from bot.settings import Settings
from models.clock import Clock
from models.database import Database


def database() -> Database:
    """Return the store."""
    return cast("Database", current_app.extensions["database"])


def clock() -> Clock:
    """Return the clock."""
    return cast("Clock", current_app.extensions["clock"])


def sweeper() -> Sweeper:
    """Return what sends the alerts."""
    return cast("Callable[[], Sweeper]", current_app.extensions["sweeper"])()


def settings() -> Settings:
    """Return the settings."""
    return cast("Settings", current_app.extensions["settings"])
