"""What all pages share: the frame around them, protection against forged forms, safe headers, kind errors."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from bot.links import PAGES
from bot.settings import Settings
from models.base import derive_key
from web import assets

log = logging.getLogger(__name__)

FORM_COOKIE = "__Host-boram-form"
"""Signed cookie of forms: the CSRF secret and the words shown after a redirect. It says nothing about anybody."""
_SECRET_PATHS = ("/l/", "/h/", "/guardian/")
"""Addresses that carry a token: they go to nobody as a referrer."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the navigation."""

    label: str
    url: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the page; only the masked name is ever shown."""

    name: str


_NAVIGATION = (
    ("programme_list", "봉사 찾기", "search"),
    ("my_application", "내 신청", "list"),
    ("my_hours", "내 시간", "clock"),
    ("my_certificate", "확인서", "certificate"),
    ("home", "더보기", "more"),
)


def install(app: Flask, settings: Settings) -> CSRFProtect:
    """Give the application its frame, its protection and its error pages.

    Return the CSRF protection, for doors that machines come by to be exempted from.
    """
    app.config.update(
        SECRET_KEY=derive_key(settings.signing_key, "forms"),
        SESSION_COOKIE_NAME=FORM_COOKIE,
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=int(timedelta(hours=12).total_seconds()),
        WTF_CSRF_SSL_STRICT=False,  # it wants a referrer, which pages with a token do not send
    )
    assets.install(app)
    app.context_processor(lambda: _frame(settings))
    app.after_request(lambda response: _protected(response, settings))
    app.register_error_handler(HTTPException, _told)
    app.register_error_handler(Exception, _accident)
    return CSRFProtect(app)


def _frame(settings: Settings) -> dict[str, Any]:
    name = g.get("viewer", "")
    common = {
        "home_url": PAGES["home"].path if name else PAGES["programme_list"].path,
        "chat_url": settings.chat_url,
        "public_url": settings.address,
        "privacy_url": PAGES["privacy"].path,
    }
    if not name:
        return common
    return common | {
        "viewer": Viewer(name),
        "navigation": [_entry(page, label, icon) for page, label, icon in _NAVIGATION],
        "not_me_url": url_for("auth.not_me"),
        "logout_url": url_for("auth.sign_out"),
    }


def _entry(page: str, label: str, icon: str) -> Entry:
    path = PAGES[page].path
    here = request.path == path or (page != "home" and request.path.startswith(f"{path}/"))
    return Entry(label, path, icon, here)


def _protected(response: Response, settings: Settings) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    secret = request.path.startswith(_SECRET_PATHS)
    response.headers.setdefault("Referrer-Policy", "no-referrer" if secret else "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    if settings.address.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _told(error: HTTPException) -> ResponseReturnValue:
    forged = isinstance(error, CSRFError)
    code = error.code or 500
    if code < 400:
        return error.get_response()
    return render_template("errors/error.html", code=code, forged=forged), code


def _accident(error: Exception) -> ResponseReturnValue:
    # The path may hold a token and is not logged; the endpoint's name is enough to find the place.
    log.error("%s failed: %s", request.endpoint, type(error).__name__, exc_info=error)
    return _told(InternalServerError())
