"""The door every page is entered by: finds out who comes, opens the store, turns refusals into pages.

A topic is a file with views and a table ``ROUTES`` that says for each one who is let in. A view gets a ``Visit`` and
returns a response; it commits by ``visit.commit()``, after which what it wanted to say in the chat goes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import cached_property, wraps
from typing import Any, Literal

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session as DbSession

from bot.links import Links
from bot.memory import Memory
from models.clock import Clock
from models.database import Database
from models.masking import mask_name
from models.members import ChannelAccount, Member
from models.notices import add_notice, notify_member
from models.outbox import NoticeCard
from models.refusals import Refused
from models.rules import Rules, load_rules
from models.web_sessions import WebSession, find_session

SESSION_COOKIE = "__Host-boram"
"""The session's token. The prefix makes the browser insist on HTTPS, this host and no other path."""
_OWN_PATH = re.compile(r"/(?:me|programmes)(?:/[A-Za-z0-9-]+)*(?:\.pdf|\.json)?")


@dataclass
class Visit:
    """One request of one person: the store, the time, the session if there is one, and what views need."""

    db: DbSession
    now: datetime
    memory: Memory
    links: Links
    _session: WebSession | None = None

    @cached_property
    def rules(self) -> Rules:
        """The rules in force."""
        return load_rules(self.db)

    def enter(self, session: WebSession | None) -> None:
        """Make it the visit of who is logged in, if anybody is."""
        self._session = session

    @property
    def is_member(self) -> bool:
        """Tell whether somebody is logged in."""
        return self._session is not None

    @property
    def session(self) -> WebSession:
        """The session. Only behind a guard is there always one."""
        if self._session is None:
            raise RuntimeError("nobody is logged in: the route needs Guard.MEMBER")
        return self._session

    @property
    def member(self) -> Member:
        """Who is logged in."""
        return self.session.member

    @property
    def account(self) -> ChannelAccount:
        """The chat account the person came from."""
        return self.session.account

    def tell(self, card: NoticeCard) -> None:
        """Show a card in the chat the person came from, once this is committed."""
        add_notice(self.db, self.account, card, self.now)

    def tell_all(self, member: Member, card: NoticeCard) -> None:
        """Show a card in every chat of a member, once this is committed."""
        notify_member(self.db, member, card, self.now)

    def tell_account(self, account: ChannelAccount, card: NoticeCard) -> None:
        """Show a card in one chat, once this is committed."""
        add_notice(self.db, account, card, self.now)

    def commit(self) -> None:
        """Make the changes last; what is to be told goes out by itself then."""
        self.db.commit()


View = Callable[..., ResponseReturnValue]
"""Takes the visit, then what the path names."""


class Guard(Enum):
    """Who is let in."""

    GUEST = auto()
    """Everybody; who is logged in is known all the same."""
    MEMBER = auto()
    """Who is logged in; others are told how to come."""
    STEPPED_UP = auto()
    """Who proved a moment ago, by one thing more, who they are; others are asked for it first."""


@dataclass(frozen=True, slots=True)
class Route:
    """One address. Its endpoint has the view's name."""

    method: Literal["GET", "POST"]
    path: str
    view: View
    guard: Guard = Guard.MEMBER


class Door:
    """Lets people in to views."""

    def __init__(self, database: Database, clock: Clock, memory: Memory, links: Links) -> None:
        self._database, self._clock, self._memory, self._links = database, clock, memory, links

    def open(self, blueprint: Blueprint, routes: Iterable[Route]) -> None:
        """Add the routes of a topic to a blueprint."""
        for route in routes:
            view = self._guarded(route.view, _CHECKS[route.guard])
            blueprint.add_url_rule(route.path, route.view.__name__, view, methods=[route.method])

    def _guarded(self, view: View, check: Callable[[Visit], ResponseReturnValue | None]) -> View:
        @wraps(view)
        def enter(**path: Any) -> ResponseReturnValue:
            with self._database.session() as db:
                visit = self._visit(db)
                g.viewer = mask_name(visit.member.name) if visit.is_member else ""
                try:
                    return check(visit) or view(visit, **path)
                except Refused as refused:
                    db.rollback()
                    return render_template("refused.html", words=refused.words, reason=refused.reason), 409

        return enter

    def _visit(self, db: DbSession) -> Visit:
        visit = Visit(db, self._clock.now(), self._memory, self._links)
        if token := request.cookies.get(SESSION_COOKIE, ""):
            visit.enter(find_session(db, token, visit.rules, visit.now))
        if db.dirty:
            db.commit()  # the last visit is kept, whatever becomes of this one
        return visit


def own_path(path: str) -> str:
    """Return a path of ours that a person shall be led on to; the first page for everything else."""
    return path if _OWN_PATH.fullmatch(path) else "/me"


def _everybody(visit: Visit) -> ResponseReturnValue | None:
    return None


def _only_members(visit: Visit) -> ResponseReturnValue | None:
    return None if visit.is_member else (render_template("auth/come_by_chat.html"), 401)


def _only_stepped_up(visit: Visit) -> ResponseReturnValue | None:
    if not visit.is_member or visit.session.is_stepped_up(visit.rules, visit.now):
        return _only_members(visit)
    after = request.path if request.method == "GET" else request.form.get("back", "/me")
    # A file is no page to stand on: a browser that keeps it would stay where the code was typed.
    return redirect(url_for("auth.step_up", after=own_path(after).removesuffix(".pdf")), 303)


_CHECKS: dict[Guard, Callable[[Visit], ResponseReturnValue | None]] = {
    Guard.GUEST: _everybody,
    Guard.MEMBER: _only_members,
    Guard.STEPPED_UP: _only_stepped_up,
}
"""Guard → what stops a visit, None when nothing does."""
