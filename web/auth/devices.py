"""The browser: remembered by a cookie of its own, named in a few Korean words."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from models.tokens import is_token, new_token

BROWSER_COOKIE = "__Host-boram-browser"
"""A random name for this browser. It gives no right to anything; a spent link is bound to it."""
_A_YEAR = 365 * 24 * 3600
_MACHINES = (
    ("iPhone", "아이폰"),
    ("iPad", "아이패드"),
    ("Android", "안드로이드"),
    ("Windows", "윈도우 컴퓨터"),
    ("Macintosh", "맥"),
    ("Linux", "리눅스 컴퓨터"),
)
_BROWSERS = (
    ("KAKAOTALK", "카카오톡"),
    ("SamsungBrowser", "삼성 인터넷"),
    ("Whale", "웨일"),
    ("Edg", "엣지"),
    ("Firefox", "파이어폭스"),
    ("Chrome", "크롬"),
    ("Safari", "사파리"),
)


def known_browser() -> str:
    """Return the name this browser carries, empty when it has none."""
    name = request.cookies.get(BROWSER_COOKIE, "")
    return name if is_token(name) else ""


def remember_browser(response: Response) -> None:
    """Give the browser a name unless it has one."""
    if not known_browser():
        set_cookie(response, BROWSER_COOKIE, new_token(), _A_YEAR)


def set_cookie(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie that scripts, other sites and plain HTTP never see."""
    response.set_cookie(name, value, max_age=seconds, secure=True, httponly=True, samesite="Lax", path="/")


def device_words(user_agent: str) -> str:
    """Return what a browser says it is, such as 아이폰 · 카카오톡. Only words of ours come out."""
    machine = next((name for mark, name in _MACHINES if mark in user_agent), "알 수 없는 기기")
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    return f"{machine} · {browser}" if browser else machine
