"""Answering after the five seconds: Kakao gives an address, good for one minute and one use.

The address comes from outside, so only the hosts in the settings are called: anything else would let a
forged message make this server call others inside its own network.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

import requests

from bot.settings import Settings
from skills.kakao.metrics import TURNS

ANSWER_SECONDS = 55.0
"""From the message's arrival until the answer must be on its way; Kakao's address dies after 60."""
MOST_OWED = 64
"""Answers owed at the same time; beyond it people are told at once that it takes too long."""
CONNECT_SECONDS, READ_SECONDS = 2.0, 3.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[::1\])(?P<port>:[0-9]{1,5})?(/[!-\[\]-~]*)?", re.ASCII
)
logger = logging.getLogger(__name__)


class Callbacks:
    """The answers we owe to callback addresses. Each is posted at most once."""

    def __init__(self, settings: Settings) -> None:
        self._hosts = frozenset(host.strip().lower() for host in settings.kakao_callback_hosts.split(","))
        self._development = settings.app_env != "production"
        self._free = BoundedSemaphore(MOST_OWED)
        self._posters = ThreadPoolExecutor(MOST_OWED, thread_name_prefix="kakao-callback")

    def allows(self, url: str | None) -> bool:
        """Tell whether ``url`` may be called: https to a host of the settings, without a strange port.

        A loopback host of the settings may also be called by http, and by any port, outside production.
        """
        found = _ADDRESS.fullmatch(url or "")
        if not found or found["host"] not in self._hosts:
            return False
        if found["host"] in LOOPBACK:
            return self._development
        return found["scheme"] == "https" and found["port"] in (None, ":443")

    def owe(self, url: str, answer: Callable[[], bytes]) -> bool:
        """Promise to post what ``answer`` returns to ``url``; false when too many answers are owed already.

        Args:
            url: an address that ``allows`` has let pass.
            answer: returns a valid SkillResponse, waiting for it if need be; must not raise.

        """
        if not self._free.acquire(blocking=False):
            logger.error("%d callback answers are owed already: this one is refused", MOST_OWED)
            return False
        self._posters.submit(self._keep, url, answer)
        return True

    def close(self) -> None:
        """Wait until every answer owed is posted."""
        self._posters.shutdown(wait=True)

    def _keep(self, url: str, answer: Callable[[], bytes]) -> None:
        try:
            delivered = _post(url, answer())
            TURNS.labels("callback_delivered" if delivered else "callback_failed").inc()
        finally:
            self._free.release()


def _post(url: str, body: bytes) -> bool:
    """Post ``body`` once and tell whether Kakao took it. The address is a secret: it is never logged."""
    try:
        response = requests.post(
            url,
            data=body,
            headers={"Content-Type": "application/json; charset=utf-8"},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
        return _is_taken(response)
    except requests.RequestException as error:
        logger.error("callback: no answer from Kakao (%s)", type(error).__name__)  # noqa: TRY400  # the message holds the address
        return False


def _is_taken(response: requests.Response) -> bool:
    try:
        result = response.json()
    except requests.JSONDecodeError:
        result = None
    status = result.get("status") if isinstance(result, dict) else None
    if response.status_code == requests.codes.ok and status == "SUCCESS":
        return True
    reason = str(result.get("message"))[:200] if isinstance(result, dict) else "no JSON"
    logger.error(
        "callback: Kakao did not take the answer (HTTP %d, %s, %r)", response.status_code, status, reason
    )
    return False
