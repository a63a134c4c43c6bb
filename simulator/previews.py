"""Link previews: KakaoTalk fetches every address before anybody presses it, and so does the simulator.

A link that is spent by being fetched is dead before its owner sees it; here that shows at once.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from simulator.feed import Feed, Json

AGENT = "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984"
SECONDS = 2.0
MOST_REDIRECTS = 5
KEPT = 10_000
"""Addresses remembered as fetched; the oldest are forgotten first."""
ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,!?)]")
LINK_FIELDS = frozenset({"webLinkUrl", "web", "mobile", "pc", "text"})


def links_in(bubbles: Any) -> list[str]:
    """Return the addresses in ``bubbles`` that a person can press, each once, in reading order.

    Pictures are none: KakaoTalk's own servers fetch those.
    """
    return list(dict.fromkeys(_links(bubbles, "")))


def _links(value: Any, field: str) -> list[str]:
    if isinstance(value, dict):
        return [link for name, inner in value.items() for link in _links(inner, name)]
    if isinstance(value, list):
        return [link for inner in value for link in _links(inner, field)]
    return ADDRESS.findall(value) if isinstance(value, str) and field in LINK_FIELDS else []


class Previews:
    """Fetches each address once, in the background, and tells open windows what came of it."""

    def __init__(self, feed: Feed, *, enabled: bool = True) -> None:
        self._feed, self._enabled = feed, enabled
        self._seen: dict[str, None] = {}
        self._lock = threading.Lock()

    def look(self, links: Collection[str]) -> None:
        """Fetch those of ``links`` that were never fetched; returns at once."""
        fresh = self._fresh(links) if self._enabled else []
        if fresh:
            threading.Thread(target=self._fetch_all, args=(fresh,), daemon=True, name="previews").start()

    def _fresh(self, links: Collection[str]) -> list[str]:
        with self._lock:
            fresh = [link for link in links if link not in self._seen]
            self._seen |= dict.fromkeys(fresh)
            while len(self._seen) > KEPT:
                del self._seen[next(iter(self._seen))]
        return fresh

    def _fetch_all(self, links: Sequence[str]) -> None:
        for link in links:
            self._feed.publish("preview", "", {"url": link} | fetch(link))


def fetch(url: str) -> Json:
    """Return what a preview's GET met: ``status`` (None when nobody answered) and ``elsewhere``.

    Redirects are followed on the same host only; ``elsewhere`` is true for one that leads away from it.
    """
    with requests.Session() as session:
        session.trust_env = False  # Kakao knows neither a proxy nor a .netrc of ours
        session.headers["User-Agent"] = AGENT
        try:
            return _follow(session, url)
        except (requests.RequestException, ValueError):  # ValueError: an address no URL parser takes
            return {"status": None, "elsewhere": False}


def _follow(session: requests.Session, url: str) -> Json:
    status = None
    for _ in range(MOST_REDIRECTS + 1):
        with session.get(url, timeout=SECONDS, allow_redirects=False, stream=True) as response:
            status = response.status_code
            target = urljoin(url, response.headers.get("Location", "")) if response.is_redirect else ""
        if not target:
            break
        if urlsplit(target).netloc != urlsplit(url).netloc:
            return {"status": status, "elsewhere": True}
        url = target
    return {"status": status, "elsewhere": False}
