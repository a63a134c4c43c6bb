"""Every page of the console names the role it wants, and nobody gets past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import groupby

import pytest
from flask import Flask, url_for
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from models.members import Member
from models.staff import StaffRole
from models.tickets import TicketKind, open_ticket
from tests.web.console.colleague import COOKIE, Colleague
from tests.web.visitor import Visitor, account_of
from web.console import TOPICS
from web.console.door import Route, Stage
from web.console.navigation import PLACES

ROUTES: list[Route] = [route for topic in TOPICS for route in topic.ROUTES]
GUARDED = [route for route in ROUTES if isinstance(route.wants, StaffRole)]


def path_of(app: Flask, route: Route) -> str:
    """Return a path of a route, with something in it that is not there."""
    rule: Rule = next(rule for rule in app.url_map.iter_rules() if rule.rule == route.path)
    return rule.build(dict.fromkeys(rule.arguments, 999), append_unknown=False)[1]  # type: ignore[index]


def open_route(visitor: Visitor, app: Flask, route: Route, token: str) -> int:
    if route.method == "GET":
        return visitor.get(path_of(app, route)).status_code
    return visitor.post_raw(path_of(app, route), {"csrf_token": token}).status_code


def test_every_address_of_the_console_stands_in_a_table_with_what_it_wants(app: Flask) -> None:
    served = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/console")
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert served == {(route.method, route.path) for route in ROUTES}
    assert {type(route.wants) for route in ROUTES} == {StaffRole, Stage}
    open_to_all = {route.path for route in ROUTES if route.wants is Stage.ANYBODY}
    assert open_to_all == {"/console/sign-in", "/console/sign-out", "/console/welcome/<token>"}


def test_strangers_and_the_half_signed_in_see_the_sign_in_page_only(
    app: Flask, visitor: Visitor, colleague: Callable[..., Colleague]
) -> None:
    half = colleague(StaffRole.ADMIN, signed_in=False)
    assert half.give_password().status_code == 303
    for someone in (visitor, half):
        token = someone.csrf("/console/sign-in")
        found = {route.path: open_route(someone, app, route, token) for route in GUARDED}
        assert {path for path, status in found.items() if status != 401} == set()


@pytest.mark.parametrize("role", list(StaffRole))
def test_every_role_gets_what_the_table_says_and_nothing_else(
    app: Flask, colleague: Callable[..., Colleague], role: StaffRole
) -> None:
    someone = colleague(role)
    token = someone.csrf("/console/account")
    wrong = {}
    for route in GUARDED:
        if route.path == "/console/account/sessions/end-others":
            continue
        status = open_route(someone, app, route, token)
        refused = status == 403
        if refused is role.covers(route.wants) or status >= 500:  # type: ignore[arg-type]  # GUARDED want roles
            wrong[route.method, route.path] = status
    assert wrong == {}


def test_the_navigation_shows_what_the_role_may_use(colleague: Callable[..., Colleague]) -> None:
    def places(role: StaffRole) -> set[str]:
        nav = colleague(role).get("/console/").text.split('<nav class="places"')[1].split("</nav>")[0]
        return {place.label for place in PLACES if f">{place.label}<" in nav}

    for role in StaffRole:
        assert places(role) == {place.label for place in PLACES if role.covers(place.wants)}


def test_the_navigation_tells_how_much_waits(
    admin: Colleague, db: Session, member: Member, now: datetime
) -> None:
    account = account_of(db, member)
    for about in ("a:1", "a:2"):
        open_ticket(
            db,
            account_id=account.id,
            member_id=member.id,
            kind=TicketKind.QUESTION,
            summary="도와줘요",
            about=about,
            now=now,
        )
    db.commit()
    waiting = '>상담<span class="places-waiting">2<span class="sr-only">건 기다려요</span>'
    assert waiting in admin.get("/console/account").text
    lost = admin.get("/console/nothing/here").text
    assert ">상담</a>" in lost  # a page about an accident asks the store for nothing


def test_the_places_of_a_group_stand_together_and_every_place_opens(app: Flask, admin: Colleague) -> None:
    names = [name for name, _ in groupby(place.group for place in PLACES)]
    assert len(names) == len(set(names))
    with app.test_request_context():
        urls = [url_for(place.endpoint) for place in PLACES]
    assert {url: admin.get(url).status_code for url in urls} == dict.fromkeys(urls, 200)


def test_every_form_wants_its_csrf_token(app: Flask, admin: Colleague) -> None:
    posts = [route for route in ROUTES if route.method == "POST"]
    found = {route.path: admin.post_raw(path_of(app, route), {}).status_code for route in posts}
    assert {path for path, status in found.items() if status != 400} == set()


def test_a_member_of_the_portal_is_nobody_here_and_staff_are_nobody_there(
    admin: Colleague, visitor: Visitor
) -> None:
    visitor.hold(admin.cookie(COOKIE))  # the portal's cookie with a token of the console
    assert visitor.get("/console/").status_code == 401
    assert visitor.get("/me").status_code == 401
    assert admin.get("/me").status_code == 401


def test_a_role_that_is_taken_away_and_an_account_that_is_closed_hold_at_once(
    admin: Colleague, colleague: Callable[..., Colleague]
) -> None:
    other = colleague(StaffRole.OPERATOR, "이동료")
    assert other.get("/console/members").status_code == 200
    admin.post(f"/console/staff/{other.id}/role", {"role": "viewer"}, form_on=f"/console/staff/{other.id}")
    assert other.get("/console/members").status_code == 403
    admin.post(f"/console/staff/{other.id}/disable", form_on=f"/console/staff/{other.id}")
    assert other.get("/console/").status_code == 401
    assert other.give_password().status_code == 422
    admin.post(f"/console/staff/{other.id}/enable", form_on=f"/console/staff/{other.id}")
    other.sign_in()
    assert [row.did for row in admin.log() if row.about == f"staff:{other.id}"] == [
        "role_changed",
        "staff_disabled",
        "staff_enabled",
    ]


def test_nobody_changes_or_closes_the_own_account(admin: Colleague) -> None:
    token = admin.csrf("/console/account")
    for what in ("role", "disable", "reset"):
        data = {"csrf_token": token, "role": "viewer"}
        assert admin.post_raw(f"/console/staff/{admin.id}/{what}", data).status_code == 409
    assert admin.get("/console/staff").status_code == 200


def test_a_page_that_is_not_there_is_told_in_the_consoles_own_words(admin: Colleague) -> None:
    assert admin.get("/console/nothing/here").status_code == 404
    assert "페이지를 찾지 못했어요" in admin.read()
    assert "챗봇" not in admin.page.text.split("<main")[1]  # type: ignore[union-attr]  # a page was just opened
    assert admin.get("/console").location.endswith("/console/")
