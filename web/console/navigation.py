"""The console's places in their groups, each shown to the roles that may use it, with how much waits there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from flask import request, url_for
from sqlalchemy.orm import Session

from models.inbox import open_count
from models.staff import StaffRole
from models.staff_sends import waiting_sends
from models.tickets import waiting_tickets

LANGUAGE, PEOPLE, ALERTS, OFFICE = "말 배우기", "사람들", "알림", "관리"


@dataclass(frozen=True, slots=True)
class Place:
    """One place: the endpoint of its first page, its name, the role it wants, its group and how much waits there.

    The places of a group stand together. Counting happens on every page, so it must be a matter of milliseconds.
    """

    endpoint: str
    label: str
    wants: StaffRole
    group: str = ""
    waiting: Callable[[Session], int] | None = None


PLACES: tuple[Place, ...] = (
    Place("console.home", "오늘 할 일", StaffRole.VIEWER),
    Place("console.inbox", "받은 문장", StaffRole.TRAINER, LANGUAGE, open_count),
    Place("console.training", "훈련 문장", StaffRole.TRAINER, LANGUAGE),
    Place("console.nlu_models", "모델", StaffRole.VIEWER, LANGUAGE),
    Place("console.faq", "FAQ", StaffRole.VIEWER, LANGUAGE),
    Place("console.try_it", "해 보기", StaffRole.VIEWER, LANGUAGE),
    Place("console.conversations", "대화", StaffRole.VIEWER, PEOPLE),
    Place("console.tickets", "상담", StaffRole.VIEWER, PEOPLE, waiting_tickets),
    Place("console.find_member", "회원", StaffRole.OPERATOR, PEOPLE),
    Place("console.alerts", "알림", StaffRole.VIEWER, ALERTS, waiting_sends),
    Place("console.settings", "규칙", StaffRole.ADMIN, OFFICE),
    Place("console.colleagues", "직원", StaffRole.ADMIN, OFFICE),
    Place("console.audit", "기록", StaffRole.ADMIN, OFFICE),
    Place("console.account", "내 계정", StaffRole.VIEWER, OFFICE),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as the navigation shows it."""

    label: str
    url: str
    current: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class Group:
    """Places that stand together under a name; the first one has none."""

    name: str
    entries: tuple[Entry, ...]


def groups(role: StaffRole, db: Session | None) -> list[Group]:
    """Return the places a role may use, the present one marked; without a store nothing is counted."""
    shown = [place for place in PLACES if role.covers(place.wants)]
    return [
        Group(name, tuple(_entries(places, db))) for name, places in groupby(shown, lambda each: each.group)
    ]


def _entries(places: Iterator[Place], db: Session | None) -> Iterator[Entry]:
    for place in places:
        url = url_for(place.endpoint)
        below = not url.endswith("/") and request.path.startswith(f"{url}/")
        yield Entry(place.label, url, request.path == url or below, _waiting(place, db))


def _waiting(place: Place, db: Session | None) -> int:
    if place.waiting is None or db is None:
        return 0
    with db.no_autoflush:  # looking must not write what a page has not yet decided to keep
        return place.waiting(db)
