"""The pages about alerts, as tabs above each of them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from models.staff import StaffRole


@dataclass(frozen=True, slots=True)
class Tab:
    """One page as the tabs show it."""

    label: str
    url: str
    current: bool


_TABS = (
    ("console.alerts", "종류", StaffRole.VIEWER),
    ("console.alert_queue", "대기열", StaffRole.VIEWER),
    ("console.alert_failures", "보내지 못함", StaffRole.VIEWER),
    ("console.staff_sends", "직원 소식", StaffRole.VIEWER),
    ("console.alert_costs", "비용", StaffRole.VIEWER),
    ("console.find_alerts", "한 사람", StaffRole.OPERATOR),
)


def tabs(role: StaffRole) -> list[Tab]:
    """Return the pages a role may use, the present one marked."""
    found = [(label, url_for(endpoint)) for endpoint, label, wants in _TABS if role.covers(wants)]
    below = [url for _, url in found if request.path == url or request.path.startswith(f"{url}/")]
    nearest = max(below, key=len, default="")
    return [Tab(label, url, url == nearest) for label, url in found]
