"""How fast a provider may be called: a token bucket that all workers share, in Redis or Valkey.

When Redis does not answer, each process goes on with a bucket of its own: for that time all together may be faster
than the limit, which providers answer with 429 and we with another attempt.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import redis

from bot.breaker import Breaker, BreakerOpen

log = logging.getLogger(__name__)

# The clock is Redis's own, so that workers whose clocks differ share one bucket. More tokens than the bucket holds
# are taken on credit, or they could never be had.
_TAKE = """
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local need = math.min(wanted, burst)
local wait = 0
if tokens >= need then tokens = tokens - wanted else wait = (need - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return tostring(wait)
"""


class Bucket:
    """Lets ``rate`` messages a second go, and up to ``burst`` at once. Safe to use from several threads."""

    def __init__(self, store: str | redis.Redis, name: str, rate: float, burst: float | None = None) -> None:
        if isinstance(store, str):
            store = redis.Redis.from_url(store, socket_timeout=0.3, socket_connect_timeout=0.3)
        self._take, self._key = store.register_script(_TAKE), f"bucket:{name}"
        self._rate, self._burst = rate, max(1.0, rate if burst is None else burst)
        self._breaker, self._own = Breaker(), _Local(self._rate, self._burst)

    def take(self, n: int = 1) -> float:
        """Take ``n`` and return 0, or take none and return the seconds after which it is worth another try."""
        arguments = [self._rate, self._burst, n]
        try:
            wait: Any = self._breaker.call(lambda: self._take(keys=[self._key], args=arguments))
            return float(wait)
        except BreakerOpen:
            return self._own.take(n)
        except redis.RedisError as error:
            log.warning("Redis does not answer (%s): this process limits itself alone", type(error).__name__)
            return self._own.take(n)


class _Local:
    """The same bucket for this process alone."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, time.monotonic()
        self._lock = threading.Lock()

    def take(self, n: int) -> float:
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            need = min(n, self._burst)
            if self._tokens < need:
                return (need - self._tokens) / self._rate
            self._tokens -= n
            return 0.0
