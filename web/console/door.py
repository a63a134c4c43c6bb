"""The console's door: finds out who of the staff comes, holds them to their role, writes down what they do.

A topic is a file with views and a table ``ROUTES`` that says for each one which role it wants. A view gets a ``Visit``
and returns a response. What it did it notes (``visit.note``); ``visit.commit()`` makes change and note last together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from functools import cached_property, wraps
from typing import Any, Literal

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session as DbSession

from models.audit import Did, Note, append
from models.clock import Clock
from models.database import Database
from models.rules import Rules, load_rules
from models.staff import Staff, StaffRefused, StaffRole
from models.staff_sessions import StaffSession, session_of, touch
from web.console.carried import Carried, Carrier
from web.console.tools import Tools

STAFF_COOKIE = "__Host-boram-staff"
"""The session's token; another one than the portal's, and never sent by another site."""


@dataclass(frozen=True, slots=True)
class Badge:
    """Who looks at the page, as the frame around it shows."""

    name: str
    role: StaffRole


@dataclass
class Visit:
    """One request: the store, the time, the session if there is one, and what is to be written into the log."""

    db: DbSession
    now: datetime
    address: str
    origin: str
    """Where browsers find us, as scheme and host."""
    carrier: Carrier
    tools: Tools
    _session: StaffSession | None = None
    _notes: list[Note] = field(default_factory=list)

    @cached_property
    def rules(self) -> Rules:
        """The rules in force."""
        return load_rules(self.db)

    @property
    def session(self) -> StaffSession:
        """The session. Only behind a guard is there always one."""
        if self._session is None:
            raise RuntimeError("nobody is signed in: the route needs a role")
        return self._session

    @property
    def staff(self) -> Staff:
        """Who is signed in."""
        return self.session.staff

    @property
    def stands(self) -> bool:
        """Tell whether there is a session that still stands, proven or not."""
        return self._session is not None and self._session.is_open(self.rules, self.now)

    @property
    def is_signed_in(self) -> bool:
        """Tell whether somebody is signed in with both proofs."""
        return self.stands and self.session.is_proven

    @property
    def last_staff_id(self) -> int | None:
        """Whose this browser's session is or was, None when it has none."""
        return self._session.staff_id if self._session else None

    def enter(self, session: StaffSession | None) -> None:
        """Make it the visit of whose session it is."""
        self._session = session

    def note(
        self, did: Did, about: str = "", reason: str = "", detail: str = "", *, by: Staff | None = None
    ) -> None:
        """Write into the log, with the next commit, what was done; ``by`` is who, before anybody is signed in."""
        who = by or (self.session.staff if self.stands else None)
        self._notes.append(Note(did, who.id if who else None, about, reason, detail, self.address))

    def commit(self) -> None:
        """Make the changes last, and with them what is noted of them."""
        for note in self._notes:
            append(self.db, note, self.now)
        self._notes.clear()
        self.db.commit()


View = Callable[..., ResponseReturnValue]
"""Takes the visit, then what the path names."""


class Stage(Enum):
    """Who is let in where no role is needed."""

    ANYBODY = auto()
    """Everybody: the pages of signing in."""
    HALF = auto()
    """Who has given the password and not yet the second proof."""


@dataclass(frozen=True, slots=True)
class Route:
    """One address and the role it wants; its endpoint has the view's name.

    ``title`` and ``fields`` (name → label) say what a form is and which of its fields hold what was typed: a form that
    is sent when the session is over is shown again with these, to be confirmed.
    """

    method: Literal["GET", "POST"]
    path: str
    view: View
    wants: StaffRole | Stage
    title: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    largest: int | None = None
    """Bytes that may be sent where a file is; None for as many as everywhere else."""


class ConsoleDoor:
    """Lets staff in to views."""

    def __init__(self, database: Database, clock: Clock, carrier: Carrier, origin: str, tools: Tools) -> None:
        self._database, self._clock, self._carrier, self._origin = database, clock, carrier, origin
        self._tools = tools
        self.routes: dict[str, Route] = {}

    def open(self, blueprint: Blueprint, routes: Iterable[Route]) -> None:
        """Add the routes of a topic to a blueprint."""
        for route in routes:
            name = route.view.__name__
            self.routes[f"{blueprint.name}.{name}"] = route
            blueprint.add_url_rule(route.path, name, self._guarded(route), methods=[route.method])

    def make_room(self, *_: object) -> None:
        """Let a file in where one is expected; asked before anything of a request is read."""
        route = self.routes.get(request.endpoint or "")
        if route is not None and route.largest is not None:
            request.max_content_length = route.largest

    def turn_back(self) -> ResponseReturnValue:
        """Answer a form whose protection has run out: what was typed is kept if it came from a page of ours."""
        route = self.routes.get(request.endpoint or "")
        own_page = request.headers.get("Sec-Fetch-Site") == "same-origin"
        if route is None or isinstance(route.wants, Stage) or not own_page:
            return render_template("console/error.html", code=400, forged=True), 400
        with self._database.session() as db:
            visit = self._visit(db)
            if not visit.is_signed_in:
                return self._ask_to_sign_in(visit, route)
            visit.session.carried = self._carried(visit, route).text
            visit.commit()
        return redirect(url_for("console.carried_form"), 303)

    def _guarded(self, route: Route) -> View:
        @wraps(route.view)
        def enter(**path: Any) -> ResponseReturnValue:
            with self._database.session() as db:
                visit = self._visit(db)
                g.store = db  # the frame around the page counts what waits
                try:
                    return self._stopped(visit, route) or route.view(visit, **path)
                except StaffRefused as refused:
                    db.rollback()
                    return render_template("console/refused.html", words=refused.words), 409
                finally:
                    del g.store

        return enter

    def _visit(self, db: DbSession) -> Visit:
        visit = Visit(
            db, self._clock.now(), request.remote_addr or "", self._origin, self._carrier, self._tools
        )
        visit.enter(session_of(db, request.cookies.get(STAFF_COOKIE, "")))
        if visit.is_signed_in:
            g.badge = Badge(visit.staff.name, visit.staff.role)
            touch(visit.session, visit.now)
            self._forget_carried(visit)
        if db.dirty:
            db.commit()  # the last visit is kept, whatever becomes of this one
        return visit

    def _stopped(self, visit: Visit, route: Route) -> ResponseReturnValue | None:
        """Return what stops a visit, None when nothing does."""
        if isinstance(route.wants, StaffRole):
            if not visit.is_signed_in:
                return self._ask_to_sign_in(visit, route)
            allowed = visit.staff.role.covers(route.wants)
            return None if allowed else (render_template("console/forbidden.html", wants=route.wants), 403)
        if route.wants is Stage.ANYBODY or (visit.stands and not visit.session.is_proven):
            return None
        return redirect(url_for("console.home" if visit.is_signed_in else "console.sign_in"), 303)

    def _ask_to_sign_in(self, visit: Visit, route: Route) -> ResponseReturnValue:
        """Show the sign-in page where the person stands; a form that was sent goes along, sealed."""
        carried = self._carried(visit, route) if request.method == "POST" else None
        sealed = visit.carrier.seal(carried) if carried else ""
        after = request.full_path.rstrip("?") if request.method == "GET" else ""
        elsewhere = request.headers.get("Sec-Fetch-Site") == "cross-site"
        ended = visit.last_staff_id is not None
        page = render_template(
            "console/sign_in.html",
            after=after,
            carried=sealed,
            lost=carried if carried and not sealed else None,
            ended=ended,
            elsewhere=elsewhere,
            email="",
        )
        return page, 401

    def _carried(self, visit: Visit, route: Route) -> Carried:
        typed = [(name, value) for name, value in request.form.items(multi=True)]
        return Carried.of(
            visit.last_staff_id, request.full_path.rstrip("?"), route.title, route.fields, typed
        )

    def _forget_carried(self, visit: Visit) -> None:
        """Forget a form that was carried through the sign-in, once it is sent to where it was meant for."""
        if request.method != "POST" or visit.session.carried is None:
            return
        if Carried.read(visit.session.carried).path == request.full_path.rstrip("?"):
            visit.session.carried = None
