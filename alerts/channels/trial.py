"""Trial runs: nothing goes out, or only to people on a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from models.phones import mobile_number

Mode: TypeAlias = Literal["live", "dry_run", "allow_list"]

DRY_RUN = "dry run: nothing is sent"
NOT_LISTED = "trial: this person is not on the allow-list"


@dataclass(frozen=True, slots=True)
class Trial:
    """Says whom messages may go to. ``allowed``: DOVOL ids, mobile numbers (however written) or botUserKeys."""

    mode: Mode = "live"
    allowed: frozenset[str] = frozenset()

    def stops(self, member_dovol_id: str, to: str) -> str | None:
        """Return why nothing may go to this person at this address, None when it may."""
        if self.mode == "live":
            return None
        if self.mode == "dry_run":
            return DRY_RUN
        listed = {_plain(each) for each in self.allowed} - {""}
        return None if listed & {_plain(member_dovol_id), _plain(to)} else NOT_LISTED


def _plain(name: str) -> str:
    return mobile_number(name) or name.strip()
