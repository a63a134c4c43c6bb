"""The channels are tried against the running simulator: real HTTP, and nothing of ours on the other side."""

from __future__ import annotations

from tests.simulator.conftest import settings, simulator, skill

__all__ = ["settings", "simulator", "skill"]
