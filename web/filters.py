"""How templates say things: the words of ``bot.wording``, as filters."""

from __future__ import annotations

from flask import Flask

from bot.wording import STATE_NAMES, STATE_NEXT, day, host_name, host_phone, moment, session_facts, when
from models.applications import ApplicationState
from models.certificates import CERTIFICATE_NAMES
from models.masking import mask_name
from models.programs import ProgramSession

_COLOURS: dict[ApplicationState, str] = {
    ApplicationState.APPLIED: "info",
    ApplicationState.APPROVED: "success",
    ApplicationState.REJECTED: "neutral",
    ApplicationState.WAITLISTED: "warning",
    ApplicationState.CANCELLED_BY_USER: "neutral",
    ApplicationState.CANCELLED_BY_HOST: "danger",
    ApplicationState.ATTENDED: "success",
    ApplicationState.ABSENT: "danger",
}
"""State of an application → state of the badge that names it."""


def install(app: Flask) -> None:
    """Give templates the filters."""
    app.jinja_env.filters.update(
        day=day,
        moment=moment,
        when=when,
        host_name=host_name,
        host_phone=host_phone,
        masked_name=mask_name,
        session_rows=_session_rows,
        certificate_name=CERTIFICATE_NAMES.__getitem__,
        state_name=STATE_NAMES.__getitem__,
        state_next=STATE_NEXT.__getitem__,
        state_colour=_COLOURS.__getitem__,
    )


def _session_rows(session: ProgramSession, *, seats: bool = True) -> list[tuple[str, str]]:
    rows = [(fact.label, fact.value) for fact in session_facts(session, seats=seats)]
    return [*rows, ("기관", host_name(session))] if host_name(session) else rows
