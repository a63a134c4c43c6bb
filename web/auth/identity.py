"""Who checks a DOVOL id and its password: DOVOL where it is reachable, a directory of our own where it is not."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from models.credentials import sign_in
from models.members import Member
from models.refusals import Refused
from models.rules import Rules


class PasswordIdentity(Protocol):
    """Knows members by their DOVOL id and password."""

    def sign_in(
        self, db: Session, login_id: str, password: str, rules: Rules, now: datetime
    ) -> Member | Refused:
        """Return whose they are, or why nobody's: wrong, or locked after too many wrong ones.

        The caller commits either way, because wrong ones are counted.
        """


class LocalDirectory:
    """The directory in our own store."""

    def sign_in(
        self, db: Session, login_id: str, password: str, rules: Rules, now: datetime
    ) -> Member | Refused:
        """Return whose they are, or why nobody's."""
        return sign_in(db, login_id, password, rules, now)
