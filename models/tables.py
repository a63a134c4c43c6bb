"""All tables in one place, so that migrations and tests see every one."""

from models import (
    alert_settings,
    applications,
    certificates,
    consents,
    hosts,
    hours,
    members,
    programs,
    rules,
    talents,
    tickets,
)
from models.base import Base

__all__ = [
    "Base",
    "alert_settings",
    "applications",
    "certificates",
    "consents",
    "hosts",
    "hours",
    "members",
    "programs",
    "rules",
    "talents",
    "tickets",
]
