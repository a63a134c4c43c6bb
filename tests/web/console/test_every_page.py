"""Every page of the console: found by its route, reached by links, opened in a real browser at both widths."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from models.staff import StaffRole
from tests.web.console.colleague import COOKIE, Colleague
from tests.web.console.house import furnish
from tests.web.visitor import DOMAIN
from tests.web.window import looking
from web.console import TOPICS

PATHS = {
    route.path
    for topic in TOPICS
    for route in topic.ROUTES
    if route.method == "GET" and isinstance(route.wants, StaffRole)
}
NOWHERE = "/console/<path:rest>"
NO_PAGES = {
    NOWHERE: "whatever is not there",
    "/console/carried": "leads home where nothing was interrupted; test_sign_in opens it",
}
WIDTHS = (1280, 390)
_RUN_AXE = """axe.run({resultTypes: ["violations"]}).then(({violations}) =>
    violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html.slice(0, 200)).join(" and ")}`))"""
FEW = 3
STARTS = ["/console/", "/console/training/uploads/1"]
"""The first page, and what only the answer to a form leads to."""
_LINK = re.compile(r'href="(/console[^"#]*)')
_FETCHED = re.compile(r'data-[a-z]+="(/console[^"#]*)')
_ASKS_WHY = 'name="usual"'


class Walk:
    """Goes through the console by its links, from the first page on.

    ``pages`` has an address for each path that is a page, ``others`` the paths that are something else, ``broken`` what
    failed, with its status.
    """

    def __init__(self, app: Flask, someone: Colleague) -> None:
        self._someone = someone
        self._paths: MapAdapter = app.url_map.bind(DOMAIN)
        self.pages: dict[str, str] = {}
        self.others: set[str] = set()
        self.broken: dict[str, int] = {}

    def go(self) -> None:
        """Follow all links; of many with the same path the first few, as not all lead to the same places."""
        waiting, opened = list(STARTS), Counter[str]()
        seen = set[str]()
        while waiting:
            address = waiting.pop(0)
            path = self._path(address)
            if path == NOWHERE:
                self.broken[address] = 404
            elif path in PATHS and address not in seen and opened[path] < FEW:
                seen.add(address)
                opened[path] += 1
                waiting += self._open(path, address)

    def _open(self, path: str, address: str) -> list[str]:
        """Open an address and return its links."""
        answer = self._someone.get(address)
        if _ASKS_WHY in answer.text:
            self._someone.post(address, {"usual": "회원이 전화나 채팅으로 물어봤어요"})
            answer = self._someone.get(address)
        if answer.status_code >= 400:
            self.broken[address] = answer.status_code
        if "<html" not in answer.text:
            self.others.add(path)
            return []
        self.pages.setdefault(path, address)
        fetched = [unescape(link) for link in _FETCHED.findall(answer.text)]  # some are for forms only
        links = [unescape(link) for link in _LINK.findall(answer.text)]
        return links + [each for each in fetched if self._path(each) != NOWHERE]

    def _path(self, address: str) -> str:
        """Return the path of the route that serves an address, empty where only forms go."""
        try:
            rule, _ = self._paths.match(address.partition("?")[0], method="GET", return_rule=True)
        except HTTPException:
            return ""
        return str(rule.rule)


def troubles(page: Page) -> list[str]:
    """Return what somebody could not use of the page in the window, and whether it sticks out sideways."""
    found: list[str] = page.evaluate(_RUN_AXE)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("sticks out sideways")
    return found


@pytest.mark.timeout(420)
def test_every_page_can_be_reached_and_used_by_everybody(
    app: Flask, address: str, admin: Colleague, db: Session, browser: Browser, tmp_path: Path
) -> None:
    furnish(app, db, admin, tmp_path / "sentences")
    walk = Walk(app, admin)
    walk.go()
    assert walk.broken == {}
    unseen = PATHS - NO_PAGES.keys() - walk.pages.keys() - walk.others
    assert unseen == set(), "no link leads there: let tests/web/console/house.py have something for it"

    found = dict[tuple[str, int], list[str]]()
    with looking(browser, WIDTHS[0]) as page:
        secure = address.replace("http:", "https:")
        page.context.add_cookies(
            [{"name": COOKIE, "value": admin.cookie(COOKIE), "url": secure, "secure": True}]
        )
        for path, place in sorted(walk.pages.items()):
            page.goto(f"{address}{place}")
            page.evaluate(AXE_SCRIPT)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 844})
                if bad := troubles(page):
                    found[path, width] = bad
    assert found == {}
