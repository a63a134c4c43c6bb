"""What each of the eleven alerts says.

A writer is called at the moment of sending, with the alert and its object: it reads the store anew and gives
``Dropped`` for what is no longer true. An application that has moved on since has a newer alert of its own.
"""

from __future__ import annotations

from alerts.kinds import Dropped, Writer, Writing, Written
from alerts.writing.applications import write_absent, write_application, write_tomorrow
from alerts.writing.certificates import write_certificate
from alerts.writing.consents import write_consent, write_consent_changed
from alerts.writing.profile import write_profile
from alerts.writing.recommendation import write_recommendation
from alerts.writing.staff_sends import write_staff_send
from alerts.writing.talents import write_talent_approved, write_talent_filed


def _write_about_application(writing: Writing) -> Written | Dropped:
    """Write what became of an application, or what staff have to say about its session."""
    by_staff = writing.alert.object.startswith("staff_send:")
    return write_staff_send(writing) if by_staff else write_application(writing)


WRITERS: dict[int, Writer] = {
    1: write_profile,
    2: write_talent_filed,
    3: write_talent_approved,
    4: _write_about_application,
    5: write_tomorrow,
    6: write_certificate,
    7: write_absent,
    8: write_consent,
    9: write_consent_changed,
    10: write_recommendation,
    11: write_recommendation,
}
"""Number of the alert → who writes it."""
