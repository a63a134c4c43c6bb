"""Whom the channel knows: the personas, and everyone who has written once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from simulator.payloads import Person, plusfriend_key
from simulator.personas import PERSONAS

KEYS: dict[str, Callable[[Person], str]] = {
    "botUserKey": lambda person: person.user_key,
    "plusfriendUserKey": lambda person: plusfriend_key(person.user_key),
    "appUserId": lambda person: person.app_user_id,
}
"""The three kinds of key that Kakao's Event API takes, and how a person's is found."""


class People:
    """The known people as they last were; safe to use from several threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Person] = {}
        self._lock = threading.Lock()
        for persona in PERSONAS:
            self.saw(Person(persona.key, app_user_id=persona.app_user_id))

    def saw(self, person: Person) -> None:
        """Remember ``person`` as they are now: friend or not, connected to Kakao Login or not."""
        with self._lock:
            before = self._known.get(("botUserKey", person.user_key))
            if before and before.app_user_id != person.app_user_id:
                self._known.pop(("appUserId", before.app_user_id), None)
            self._known |= {(kind, key(person)): person for kind, key in KEYS.items() if key(person)}

    def find(self, kind: str, key: str) -> Person | None:
        """Return the person whose key of ``kind`` (one of ``KEYS``) is ``key``; None for a stranger."""
        with self._lock:
            return self._known.get((kind, key))
