"""Answering a message once, however often the channel delivers it."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.memory import Memory
from bot.turn import Deadline, Turn

_PENDING = b""
_POLL_SECONDS = 0.05
_BY_ID_SECONDS = 60
_BY_BODY_SECONDS = 3
"""Without an id only equal bodies one right after the other are one message: the same words may be meant again."""


class Deliveries:
    """Remembers the answers of the last moments, by delivery."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def once(self, turn: Turn, produce: Callable[[], bytes]) -> bytes:
        """Return the answer to a delivery: the first produces it, the others get the same.

        A later delivery waits for the first; when the first is not done by the deadline it produces one of its own,
        which is safe because every write is idempotent.
        """
        if not turn.delivery_id:
            return produce()
        key, seconds = f"delivery:{turn.delivery_id}", _BY_ID_SECONDS
        if not turn.delivery_id.startswith("id:"):
            seconds = _BY_BODY_SECONDS
            self._forget_before(turn, key)
        if not self._memory.add(key, _PENDING, seconds):
            answer = self._wait(key, turn.deadline)
            if answer is not None:
                return answer
        try:
            answer = produce()
        except BaseException:
            self._memory.delete(key)  # nobody else should wait for it
            raise
        self._memory.set(key, answer, seconds)
        return answer

    def _forget_before(self, turn: Turn, key: str) -> None:
        """Let words count anew once the person has said something else in between: 네, a question, 네."""
        person = turn.person
        last = f"delivery:last:{person.channel}:{person.bot_id}:{person.user_key}"
        before = self._memory.swap(last, key, _BY_BODY_SECONDS)
        if before is not None and before.decode() != key:
            self._memory.delete(before.decode())

    def _wait(self, key: str, deadline: Deadline) -> bytes | None:
        while deadline.left() > 1:
            answer = self._memory.get(key)
            if answer != _PENDING:
                return answer
            time.sleep(_POLL_SECONDS)
        return None
