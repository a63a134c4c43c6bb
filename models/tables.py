"""All tables in one place, so that migrations and tests see every one."""

from models import (
    alert_settings,
    applications,
    certificates,
    consents,
    credentials,
    hosts,
    hours,
    login_links,
    members,
    notices,
    one_time_codes,
    profiles,
    programs,
    rules,
    talents,
    tickets,
    web_sessions,
)
from models.base import Base

__all__ = [
    "Base",
    "alert_settings",
    "applications",
    "certificates",
    "consents",
    "credentials",
    "hosts",
    "hours",
    "login_links",
    "members",
    "notices",
    "one_time_codes",
    "profiles",
    "programs",
    "rules",
    "talents",
    "tickets",
    "web_sessions",
]
