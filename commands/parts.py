"""The parts of the running application that commands use."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import current_app

from alerts.sweeping import Sweeper
from bot.model_folder import ModelFolder
from bot.promotion import Promoter
from bot.settings import Settings
from bot.slots import Slots
from bot.topics import Topics
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


def slots() -> Slots:
    """Return the slots of the language servers."""
    return cast("Slots", current_app.extensions["slots"])


def models() -> ModelFolder:
    """Return the folder of language models."""
    return ModelFolder(settings().instance_dir / "models")


def promoter() -> Promoter:
    """Return what changes the live language model."""
    return Promoter(slots(), database(), clock(), models())


def topics() -> Topics:
    """Return the FAQ as the chat answers it."""
    return cast("Topics", current_app.extensions["topics"])
