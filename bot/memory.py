"""What is remembered between turns: a thin layer over Redis that never fails a turn.

When Redis does not answer, reads find nothing and writes are lost; after three failures in a row it is left alone
for two seconds, so that its absence costs a turn no time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar, cast

import redis

from bot.breaker import Breaker, BreakerOpen

log = logging.getLogger(__name__)
T = TypeVar("T")


class Memory:
    """Keys to bytes, each with a lifetime in seconds."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=0.3, socket_connect_timeout=0.3)
        self._breaker = Breaker()

    def get(self, key: str) -> bytes | None:
        """Return the value, None when there is none or Redis does not answer."""
        return self._try(lambda: cast("bytes | None", self._redis.get(key)), None)

    def set(self, key: str, value: bytes | str, seconds: int) -> None:
        """Keep a value for some time."""
        self._try(lambda: self._redis.set(key, value, ex=seconds), None)

    def add(self, key: str, value: bytes | str, seconds: int) -> bool:
        """Keep a value unless the key has one. Return False only when it has one for certain."""
        return self._try(lambda: bool(self._redis.set(key, value, ex=seconds, nx=True)), default=True)

    def swap(self, key: str, value: str, seconds: int) -> bytes | None:
        """Keep a value and return the one before, None when there was none or Redis does not answer."""
        return self._try(
            lambda: cast("bytes | None", self._redis.set(key, value, ex=seconds, get=True)), None
        )

    def count_and_get(self, counter: str, seconds: int, key: str) -> tuple[int, bytes | None]:
        """Count one more and return how many there were in the present window, with the value of another key.

        Both in one exchange, because every turn begins with both. (0, None) when Redis does not answer.
        """

        def exchange() -> tuple[int, bytes | None]:
            pipe = self._redis.pipeline(transaction=False)
            pipe.incr(counter)
            pipe.expire(counter, seconds, nx=True)
            pipe.get(key)
            counted, _, value = pipe.execute()
            return int(counted), value

        nothing: tuple[int, bytes | None] = (0, None)
        return self._try(exchange, nothing)

    def delete(self, key: str) -> None:
        """Forget a value."""
        self._try(lambda: self._redis.delete(key), None)

    def ping(self) -> None:
        """Raise ``redis.RedisError`` when Redis does not answer."""
        self._redis.ping()

    def close(self) -> None:
        """Give the connections back."""
        self._redis.close()

    def _try(self, call: Callable[[], T], default: T) -> T:
        try:
            return self._breaker.call(call)
        except BreakerOpen:
            return default
        except redis.RedisError as error:
            log.warning("Redis does not answer (%s): going on without memory", type(error).__name__)
            return default
