"""What each of the eleven alerts says. A writer is called at the moment of sending: it checks that it is still true."""

from __future__ import annotations

from alerts.kinds import Writer

WRITERS: dict[int, Writer] = {}
"""Number of the alert → who writes it."""
