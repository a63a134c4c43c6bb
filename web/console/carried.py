"""A form that was sent when the session was over: it goes along through the sign-in and is shown again.

It is never sent by itself. In the sign-in page it travels sealed (encrypted and signed), after the password it waits in
the new session, and only whose session had ended gets to see it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from cryptography.fernet import Fernet, InvalidToken

LIFE_SECONDS = 12 * 3600
LARGEST = 40_000
"""Characters of a sealed form; with it the sign-in form must stay below the largest request body."""
_NEVER_KEPT = ("csrf_token", "password", "new_password", "again", "code", "carried")


@dataclass(frozen=True, slots=True)
class Carried:
    """A form: whose it is, where it was sent, what it is called, what was typed and the labels of what is shown."""

    staff_id: int | None
    path: str
    title: str
    labels: dict[str, str]
    typed: list[tuple[str, str]]

    @classmethod
    def of(
        cls,
        staff_id: int | None,
        path: str,
        title: str,
        labels: Mapping[str, str],
        typed: Sequence[tuple[str, str]],
    ) -> Carried:
        """Return what is kept of a form; passwords and codes are not."""
        kept = [(name, value) for name, value in typed if name not in _NEVER_KEPT]
        return cls(staff_id, path, title, dict(labels), kept)

    @property
    def text(self) -> str:
        """Return it as text, which ``read`` understands."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Carried:
        """Return the form of a text."""
        values = json.loads(text)
        return cls(**{**values, "typed": [(name, value) for name, value in values["typed"]]})

    @property
    def shown(self) -> list[tuple[str, str]]:
        """Return what the person typed, label and words."""
        return [(self.labels[name], value) for name, value in self.typed if name in self.labels]


class Carrier:
    """Seals forms that leave us and come back with the sign-in page."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def seal(self, carried: Carried) -> str:
        """Return the form as a sealed text; empty when it is too large to travel."""
        sealed = self._fernet.encrypt(zlib.compress(carried.text.encode())).decode()
        return sealed if len(sealed) <= LARGEST else ""

    def unseal(self, sealed: str, staff_id: int) -> str | None:
        """Return the text of a sealed form if it is this person's, fresh and untouched."""
        try:
            text = zlib.decompress(self._fernet.decrypt(sealed.encode(), ttl=LIFE_SECONDS)).decode()
        except (InvalidToken, UnicodeError):
            return None
        return text if Carried.read(text).staff_id == staff_id else None
