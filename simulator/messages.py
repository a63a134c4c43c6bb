"""Messages that providers took: what was in them, when their result is known and what it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

Json: TypeAlias = dict[str, Any]
Clock: TypeAlias = Callable[[], datetime]
Form: TypeAlias = Literal["alimtalk", "sms", "lms"]

KEPT = 300_000
"""Messages remembered of one provider; the oldest requests are forgotten first."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message for one phone. ``result`` is the provider's final code, known from ``due`` on."""

    id: str
    request: str
    """The request or group it came with."""
    seq: int
    to: str
    form: Form
    text: str
    at: datetime
    due: datetime
    result: str
    sender: str = ""
    title: str = ""
    template: str = ""
    buttons: tuple[Json, ...] = ()
    key: str = ""
    """The caller's own name for it: recipientGroupingKey, or one of the customFields."""
    group_key: str | None = None
    fields: Json = field(default_factory=dict)
    shown: str = ""
    """What of ``text`` arrives on the phone."""
    urgent: bool = False

    def settled(self, now: datetime) -> bool:
        """Tell whether the result is known by ``now``."""
        return now >= self.due


class Messages:
    """The messages of one provider by id, request and phone; safe to use from several threads."""

    def __init__(self) -> None:
        self._requests: dict[str, tuple[Message, ...]] = {}
        self._by_id: dict[str, Message] = {}
        self._by_phone: dict[str, list[Message]] = {}
        self._lock = threading.Lock()

    def add(self, messages: Sequence[Message]) -> None:
        """Keep ``messages``, which all came with one request."""
        if not messages:
            return
        with self._lock:
            self._requests[messages[0].request] = tuple(messages)
            for message in messages:
                self._by_id[message.id] = message
                self._by_phone.setdefault(message.to, []).append(message)
            while len(self._by_id) > KEPT:
                self._forget_oldest()

    def one(self, message_id: str) -> Message | None:
        """Return the message of that id; None for one that was never taken."""
        with self._lock:
            return self._by_id.get(message_id)

    def search(self, request: str = "", to: str = "") -> list[Message]:
        """Return the messages of ``request`` or for ``to``, in the order they came; without either, all."""
        with self._lock:
            if request:
                found: Iterable[Message] = self._requests.get(request, ())
            else:
                found = self._by_phone.get(to, ()) if to else self._by_id.values()
            return [message for message in found if not to or message.to == to]

    def _forget_oldest(self) -> None:
        for message in self._requests.pop(next(iter(self._requests))):
            del self._by_id[message.id]
            others = self._by_phone[message.to]
            others.remove(message)
            if not others:
                del self._by_phone[message.to]
