"""The console's places, each shown to the roles that may use it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from models.staff import StaffRole


@dataclass(frozen=True, slots=True)
class Place:
    """One place: the endpoint of its first page, its name, and the role it wants."""

    endpoint: str
    label: str
    wants: StaffRole


PLACES: tuple[Place, ...] = (
    Place("console.home", "오늘 할 일", StaffRole.VIEWER),
    Place("console.find_member", "회원", StaffRole.OPERATOR),
    Place("console.settings", "규칙", StaffRole.ADMIN),
    Place("console.colleagues", "직원", StaffRole.ADMIN),
    Place("console.audit", "기록", StaffRole.ADMIN),
    Place("console.account", "내 계정", StaffRole.VIEWER),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as the navigation shows it."""

    label: str
    url: str
    current: bool


def entries(role: StaffRole) -> list[Entry]:
    """Return the places a role may use, the present one marked."""
    return [_entry(place) for place in PLACES if role.covers(place.wants)]


def _entry(place: Place) -> Entry:
    url = url_for(place.endpoint)
    below = not url.endswith("/") and request.path.startswith(f"{url}/")
    return Entry(place.label, url, request.path == url or below)
