"""Signing in: two proofs, a first time by a link, locks, sessions, and nothing typed is lost."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.audit import Did
from models.clock import SetClock
from models.rule_settings import change_rule
from models.staff import LINK_LIFE, StaffRole
from tests.web.console.colleague import COOKIE, PASSWORD, Colleague
from tests.web.visitor import Visitor


def invited(app: Flask, email: str = "new@kywa.example", role: str = "viewer") -> str:
    """Return the path of the link that the command line prints."""
    made = app.test_cli_runner().invoke(args=["staff", "create", email, "--name", "새내기", "--role", role])
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    found = re.search(r"https://boram\.example(/console/welcome/\S+)", made.output)
    assert found
    return found[1]


def test_a_newcomer_chooses_a_password_connects_the_app_and_writes_the_codes_down(
    app: Flask, visitor: Visitor, clock: SetClock
) -> None:
    link = invited(app)
    for _ in range(3):  # previews look
        assert visitor.get(link).headers["Referrer-Policy"] == "no-referrer"
    assert visitor.post(link, {"password": "short", "again": "short"}).status_code == 422
    assert visitor.post(link, {"password": PASSWORD, "again": "another long way"}).status_code == 422
    assert visitor.post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    page = visitor.follow()
    assert 'src="data:image/svg+xml' in page.text
    secret = re.search(r"설정 키\s+([A-Z2-7]{32})", visitor.read())
    assert secret
    assert visitor.get("/console/").status_code == 401
    assert visitor.post("/console/proof", {"code": "000000"}).status_code == 422
    shown = visitor.post("/console/proof", {"code": pyotp.TOTP(secret[1]).at(clock.now())})
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", shown.text)
    assert len(codes) == 10
    assert visitor.get("/console/").status_code == 200
    assert Visitor(app).get(link).status_code == 410


def test_a_link_ends_after_two_hours_and_when_it_is_used(
    app: Flask, visitor: Visitor, clock: SetClock
) -> None:
    link = invited(app)
    token = visitor.csrf(link)
    clock.advance(LINK_LIFE)
    assert visitor.get(link).status_code == 410
    typed = {"csrf_token": token, "password": PASSWORD, "again": PASSWORD}
    assert visitor.post_raw(link, typed).status_code == 410


def test_the_cookie_is_strict_and_its_value_changes_with_the_second_proof(
    colleague: Callable[..., Colleague],
) -> None:
    someone = colleague(StaffRole.VIEWER, signed_in=False)
    given = someone.give_password().headers["Set-Cookie"]
    assert given.startswith(f"{COOKIE}=")
    assert all(part in given for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))
    half = someone.cookie(COOKIE)
    assert someone.give_code().status_code == 303
    assert someone.cookie(COOKIE) != half
    someone.hold(half, COOKIE)
    assert someone.get("/console/").status_code == 401


def test_which_was_wrong_is_not_told_and_after_five_the_account_is_locked(
    app: Flask, colleague: Callable[..., Colleague], clock: SetClock
) -> None:
    someone = colleague(StaffRole.VIEWER, signed_in=False)
    assert someone.give_password("wrong password").status_code == 422
    words = someone.read()
    nobody = Visitor(app)
    nobody.post("/console/sign-in", {"email": "nobody@kywa.example", "password": "wrong password"})
    assert nobody.read().replace("nobody@kywa.example", someone.email) == words
    for _ in range(4):
        assert someone.give_password("wrong password").status_code == 422
    assert someone.give_password().status_code == 429
    assert "잠시 잠갔어요" in someone.read()
    clock.advance(timedelta(minutes=31))
    someone.sign_in()
    assert [row.did for row in someone.log()].count(Did.SIGN_IN_FAILED) == 6


def test_wrong_codes_lock_the_second_proof_and_a_right_one_is_not_taken_twice(
    colleague: Callable[..., Colleague], clock: SetClock
) -> None:
    someone = colleague(StaffRole.VIEWER, signed_in=False)
    someone.give_password()
    for _ in range(5):
        assert someone.give_code("000000").status_code == 422
    assert someone.give_code().status_code == 429
    clock.advance(timedelta(minutes=31))
    someone.sign_in()
    again = someone.elsewhere()
    assert again.give_password().status_code == 303
    assert again.give_code(pyotp.TOTP(someone.secret).at(clock.now())).status_code == 422


def strict(db: Session, clock: SetClock) -> None:
    """Let one wrong attempt lock an account, four an address."""
    change_rule(db, "code_attempts", "1", "staff:1", clock.now())
    db.commit()


def test_an_address_that_tries_many_accounts_is_locked_for_all_of_them(
    app: Flask, colleague: Callable[..., Colleague], db: Session, clock: SetClock
) -> None:
    strict(db, clock)
    someone = colleague(StaffRole.VIEWER, signed_in=False)
    robber = Visitor(app)
    token = robber.csrf("/console/sign-in")
    found = []
    for number in range(5):
        form = {"csrf_token": token, "email": f"{number}@kywa.example", "password": "x"}
        found.append(robber.post_raw("/console/sign-in", form).status_code)
    assert found == [422, 422, 422, 422, 429]
    assert someone.give_password().status_code == 429


def test_signing_in_rightly_again_and_again_locks_nobody(
    colleague: Callable[..., Colleague], db: Session, clock: SetClock
) -> None:
    strict(db, clock)
    someone = colleague(StaffRole.VIEWER, signed_in=False)
    token = someone.csrf("/console/sign-in")
    for _ in range(6):
        form = {"csrf_token": token, "email": someone.email, "password": PASSWORD}
        assert someone.post_raw("/console/sign-in", form).status_code == 303


def test_signing_in_anew_ends_the_session_this_browser_had(colleague: Callable[..., Colleague]) -> None:
    someone = colleague(StaffRole.VIEWER)
    before = someone.cookie(COOKIE)
    token = someone.csrf("/console/account")
    form = {"csrf_token": token, "email": someone.email, "password": PASSWORD}
    assert someone.post_raw("/console/sign-in", form).status_code == 303
    someone.hold(before, COOKIE)
    assert someone.get("/console/").status_code == 401


def test_a_recovery_code_opens_once_and_is_written_down(colleague: Callable[..., Colleague]) -> None:
    someone = colleague(StaffRole.VIEWER, signed_in=False)
    someone.give_password()
    assert someone.give_code(someone.recovery_codes[0].lower()).status_code == 303
    assert someone.get("/console/account").status_code == 200
    assert "9개 남음" in someone.read()
    someone.post("/console/sign-out", form_on="/console/account")
    someone.give_password()
    assert someone.give_code(someone.recovery_codes[0]).status_code == 422
    assert "복구 코드 하나를 씀" in [row.detail for row in someone.log()]


def test_a_session_ends_when_it_is_idle_and_in_any_case_after_ten_hours(
    colleague: Callable[..., Colleague], clock: SetClock
) -> None:
    someone = colleague(StaffRole.VIEWER)
    for _ in range(20):
        clock.advance(timedelta(minutes=29))
        assert someone.get("/console/").status_code == 200
    clock.advance(timedelta(minutes=21))
    assert someone.get("/console/").status_code == 401
    someone.sign_in()
    clock.advance(timedelta(minutes=30))
    assert someone.get("/console/").status_code == 401
    assert "오래 쓰지 않아" in someone.read()


def test_after_the_sign_in_the_page_that_was_wanted_opens(
    app: Flask, colleague: Callable[..., Colleague]
) -> None:
    someone = colleague(StaffRole.ADMIN, signed_in=False)
    page = someone.get("/console/settings/age_min")
    assert page.status_code == 401
    assert 'name="after" value="/console/settings/age_min"' in page.text
    for wanted, opened in (
        ("/console/settings/age_min", "/console/settings/age_min"),
        ("https://evil.example/", "/console/"),
        ("//evil.example", "/console/"),
        ("/me", "/console/"),
    ):
        someone.post("/console/sign-out", form_on="/console/account")
        someone.give_password(after=wanted)
        assert someone.give_code().location == opened


TYPED = {"value": "10", "was": "9", "reason": "새 지침에 따라 바꿔요"}


def interrupted(someone: Colleague, clock: SetClock, after: timedelta, **headers: str) -> str:
    """Send a rule's form after so much time; return the sealed form of the sign-in page."""
    token = someone.csrf("/console/settings/age_min")
    clock.advance(after)
    page = someone.post_raw("/console/settings/age_min", {"csrf_token": token, **TYPED}, **headers)
    assert page.status_code == 401
    assert TYPED["reason"] not in page.text
    found = re.search(r'name="carried" value="([^"]+)"', page.text)
    return found[1] if found else ""


def test_what_was_typed_when_the_session_ended_is_shown_again_and_sent_by_hand_only(
    admin: Colleague, clock: SetClock
) -> None:
    sealed = interrupted(admin, clock, timedelta(minutes=31))
    assert admin.give_password("wrong password", carried=sealed).status_code == 422
    assert sealed in admin.page.text  # type: ignore[union-attr]  # a page was just opened
    admin.give_password(carried=sealed)
    assert admin.give_code().location == "/console/carried"
    page = admin.follow()
    assert "규칙 바꾸기 새 값 10 이유 새 지침에 따라 바꿔요" in admin.read()
    assert 'action="/console/settings/age_min"' in page.text
    assert "rule_changed" not in [row.did for row in admin.log()]
    assert admin.post("/console/settings/age_min", TYPED, form_on="/console/carried").status_code == 303
    assert [row.reason for row in admin.log() if row.did == "rule_changed"] == [TYPED["reason"]]
    assert admin.get("/console/carried").location == "/console/"


def test_what_was_typed_can_be_dropped(admin: Colleague, clock: SetClock) -> None:
    admin.give_password(carried=interrupted(admin, clock, timedelta(minutes=31)))
    admin.give_code()
    assert admin.post("/console/carried").status_code == 303
    assert admin.get("/console/carried").location == "/console/"


def test_somebody_else_at_the_same_computer_does_not_see_what_was_typed(
    admin: Colleague, colleague: Callable[..., Colleague], clock: SetClock
) -> None:
    sealed = interrupted(admin, clock, timedelta(minutes=31))
    other = colleague(StaffRole.ADMIN, "이동료", signed_in=False)
    other.give_password(carried=sealed)
    assert other.give_code().location == "/console/"
    assert other.get("/console/carried").location == "/console/"


@pytest.mark.parametrize("sealed", ["x", "gAAAAA", "가"])
def test_a_sealed_form_that_was_tampered_with_is_dropped(
    colleague: Callable[..., Colleague], sealed: str
) -> None:
    someone = colleague(StaffRole.ADMIN, signed_in=False)
    someone.give_password(carried=sealed)
    assert someone.give_code().location == "/console/"


def test_a_page_left_open_over_night_loses_nothing_but_only_our_own_page_may_say_so(
    admin: Colleague, clock: SetClock
) -> None:
    token = admin.csrf("/console/settings/age_min")
    form = {"csrf_token": "stale" + token, **TYPED}
    assert admin.post_raw("/console/settings/age_min", form).status_code == 400
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert admin.post_raw("/console/settings/age_min", form, **foreign).status_code == 400
    own = {"Sec-Fetch-Site": "same-origin"}
    assert admin.post_raw("/console/settings/age_min", form, **own).location == "/console/carried"
    admin.follow()
    assert "새 지침에 따라 바꿔요" in admin.read()


def test_what_is_too_long_to_travel_is_shown_to_be_copied(admin: Colleague, clock: SetClock) -> None:
    token = admin.csrf("/console/settings/age_min")
    clock.advance(timedelta(minutes=31))
    long = {"csrf_token": token, "value": "<10>", "reason": secrets.token_urlsafe(40_000)}
    page = admin.post_raw("/console/settings/age_min", long)
    assert page.status_code == 401
    assert "먼저 복사해 두세요" in admin.read()
    assert f"{long['reason']}</textarea>" in page.text
    assert "&lt;10&gt;</textarea>" in page.text
    assert 'name="carried" value=""' in page.text


def test_passwords_and_codes_are_never_carried(admin: Colleague, clock: SetClock) -> None:
    token = admin.csrf("/console/account/password")
    clock.advance(timedelta(minutes=31))
    typed = {"csrf_token": token, "password": PASSWORD, "new_password": "b" * 12, "again": "b" * 12}
    page = admin.post_raw("/console/account/password", typed)
    sealed = re.search(r'name="carried" value="([^"]+)"', page.text)
    assert sealed
    admin.give_password(carried=sealed[1])
    admin.give_code()
    assert PASSWORD not in admin.follow().text


def test_sessions_are_listed_and_closed(app: Flask, admin: Colleague, db: Session) -> None:
    second = admin.elsewhere()
    second.sign_in()
    admin.get("/console/account")
    assert "아이폰 · 카카오톡에서 로그아웃" in admin.read()
    number = re.search(r"/console/account/sessions/(\d+)/end", admin.page.text)  # type: ignore[union-attr]
    assert number
    assert admin.post(number[0], form_on="/console/account").status_code == 303
    assert second.get("/console/").status_code == 401
    second.sign_in()
    admin.post("/console/account/sessions/end-others", form_on="/console/account")
    assert second.get("/console/").status_code == 401
    assert admin.get("/console/").status_code == 200


def test_the_session_of_a_colleague_is_out_of_reach(
    admin: Colleague, colleague: Callable[..., Colleague]
) -> None:
    other = colleague(StaffRole.VIEWER, "이동료")
    token = admin.csrf("/console/account")
    for number in range(1, 4):
        admin.post_raw(f"/console/account/sessions/{number + 1}/end", {"csrf_token": token})
    assert other.get("/console/").status_code == 200


def test_the_password_is_changed_for_who_knows_it_and_other_browsers_are_closed(
    app: Flask, admin: Colleague
) -> None:
    second = admin.elsewhere()
    second.sign_in()
    new = {"new_password": "another long way", "again": "another long way"}
    page = "/console/account/password"
    assert admin.post(page, {"password": "wrong", **new}).status_code == 409
    assert admin.post(page, {"password": PASSWORD, **new, "again": "x"}).status_code == 409
    assert admin.post(page, {"password": PASSWORD, **new}).status_code == 303
    assert second.get("/console/").status_code == 401
    assert second.give_password().status_code == 422
    assert second.give_password("another long way").status_code == 303


def test_new_recovery_codes_replace_the_old_ones(admin: Colleague) -> None:
    page = "/console/account/recovery-codes"
    shown = admin.post(page, {"password": PASSWORD}).text
    new = re.findall(r"<code>([A-Z2-7-]{19})</code>", shown)
    assert len(new) == 10
    admin.post("/console/sign-out", form_on="/console/account")
    admin.give_password()
    assert admin.give_code(admin.recovery_codes[0]).status_code == 422
    assert admin.give_code(new[0]).status_code == 303


def test_a_reset_takes_everything_away_and_the_command_line_lists_closes_and_verifies(
    app: Flask, admin: Colleague
) -> None:
    run = app.test_cli_runner().invoke
    again = run(args=["staff", "reset", admin.email.upper()])
    assert "/console/welcome/" in again.output
    assert admin.get("/console/").status_code == 401
    assert admin.give_password().status_code == 422
    listed = run(args=["staff", "list"])
    assert "김담당" in listed.output
    assert "아직" in listed.output
    assert run(args=["staff", "disable", admin.email]).exit_code == 0
    assert "닫힘" in run(args=["staff", "list"]).output
    assert run(args=["staff", "disable", "nobody@kywa.example"]).exit_code == 1
    twice = run(args=["staff", "create", admin.email, "--name", "x", "--role", "admin"])
    assert "이미 있어요" in twice.output
    whole = run(args=["audit", "verify"])
    assert "모두 맞아요" in whole.output
    assert whole.exit_code == 0
