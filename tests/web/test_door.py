"""Every page has a guard, and the guard holds."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from models.members import Member
from tests.web.visitor import Visitor

PUBLIC = ("/programmes", "/verify", "/privacy", "/l/", "/h/", "/link", "/guardian/", "/static/", "/pictures/")
"""What everybody may open."""
STAFF = "/console"
"""What staff open, with tests of its own."""
MACHINES = ("/skills/", "/api/", "/receipts/", "/healthz", "/readyz", "/metrics")
"""What other machines open, with a key or a signature, each with tests of its own."""


def pages(app: Flask, method: str) -> list[str]:
    """Return a path of every page behind the log-in."""

    def filled(rule: Rule) -> str:
        values = dict.fromkeys(rule.arguments, 1)
        return rule.build(values, append_unknown=False)[1]  # type: ignore[index]

    rules = (rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()))
    paths = (filled(rule) for rule in rules)
    return sorted(path for path in paths if path != "/" and not path.startswith((*PUBLIC, *MACHINES, STAFF)))


def test_every_page_behind_the_log_in_turns_strangers_away(app: Flask, visitor: Visitor) -> None:
    found = {path: visitor.get(path).status_code for path in pages(app, "GET")}
    assert len(found) >= 10
    assert {path for path, status in found.items() if status != 401} == set()


def test_every_form_behind_the_log_in_turns_strangers_away(app: Flask, visitor: Visitor) -> None:
    token = visitor.csrf("/link") if "/link" in {r.rule for r in app.url_map.iter_rules()} else ""
    found = {}
    for path in pages(app, "POST"):
        found[path] = visitor.post_raw(path, {"csrf_token": token}).status_code
    assert {path for path, status in found.items() if status != 401 and path != "/me/sign-out"} == set()


def test_every_form_wants_its_csrf_token(app: Flask, visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    open_forms = [path for path in pages(app, "POST") if visitor.post_raw(path, {}).status_code != 400]
    assert open_forms == []


@pytest.mark.parametrize("path", ["/me", "/programmes", "/verify", "/no-such-page", "/healthz"])
def test_every_answer_carries_the_safe_headers(visitor: Visitor, path: str) -> None:
    headers = visitor.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"]
    assert headers["Cache-Control"] == "no-store"


def test_a_page_that_is_not_there_says_so_kindly(visitor: Visitor) -> None:
    assert visitor.get("/no-such-page").status_code == 404
    assert "페이지를 찾지 못했어요" in visitor.read()
    assert visitor.page is not None
    assert visitor.page.text.count("챗봇에서 물어보기") == 1
    assert 'href="/me"' in visitor.page.text
    assert 'href="/programmes"' in visitor.page.text


def test_a_form_kept_open_too_long_is_told_so(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    assert visitor.post_raw("/me/not-me", {"csrf_token": "old"}).status_code == 400
    assert visitor.get("/me").status_code == 200


def test_a_page_that_breaks_shows_no_stack_and_logs_no_path(
    app: Flask, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(secret: str) -> str:
        raise RuntimeError("something is wrong")

    app.add_url_rule("/l/broken/<secret>", "broken", broken)
    page = visitor.get("/l/broken/TOKEN")
    assert page.status_code == 500
    assert "RuntimeError" not in page.text
    assert "우리 쪽에 문제가 생겼어요" in visitor.read()
    assert "broken failed: RuntimeError" in caplog.text
    assert "TOKEN" not in caplog.text
