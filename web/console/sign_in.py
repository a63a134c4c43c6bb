"""Signing in: e-mail and password, then the second proof; the first time by a link, with the app to be set up."""

from __future__ import annotations

import re
from typing import cast

import segno
from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did
from models.base import LARGEST_ID
from models.credentials import WrongPasswords, count_attempt, is_password, locked_until
from models.one_time_codes import digits_of
from models.staff import Staff, StaffRefused, StaffRole, choose_password, find_link, find_staff, spend_link
from models.staff_factors import (
    app_address,
    keys_of,
    new_recovery_codes,
    prepare_app,
    try_app_code,
    try_recovery_code,
)
from models.staff_sessions import open_fully, open_half
from models.tokens import digest
from web.auth.devices import device_words
from web.console.carried import Carried
from web.console.door import STAFF_COOKIE, Route, Stage, Visit
from web.verify import household

ADDRESS_FACTOR = 4
"""An address may be an office: so many times the wrong attempts of one account lock it."""
_WRONG = "이메일이나 비밀번호가 맞지 않아요. 다시 한번 확인해 주세요."
_WRONG_CODE = "번호가 맞지 않아요. 앱에 지금 보이는 번호를 적어 주세요. 한 번 쓴 번호는 다시 쓸 수 없어요."
_LOCKED = (
    "여러 번 틀려서 안전을 위해 잠시 잠갔어요. {until}부터 다시 할 수 있어요. "
    "내가 한 게 아니라면 관리자에게 알려 주세요."
)
_OWN_PATH = re.compile(r"/console(?:/[A-Za-z0-9_-]+)*(?:\?[\w=&%.-]*)?", re.ASCII)


def sign_in(visit: Visit) -> ResponseReturnValue:
    """Show where e-mail and password are typed."""
    if visit.is_signed_in:
        return redirect(url_for("console.home"), 303)
    return _sign_in_page()


def check_password(visit: Visit) -> ResponseReturnValue:
    """Take e-mail and password; which of them was wrong is not told."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    staff = find_staff(visit.db, email)
    right = is_password(staff.password_hash if staff else None, password)  # slow, so before anything is held
    if words := locked(visit, f"staff:{email.strip().casefold()}"):
        visit.commit()
        return _sign_in_page(words), 429
    if staff is None or not right or not staff.is_open:
        visit.note(Did.SIGN_IN_FAILED, by=staff, detail="비밀번호")
        visit.commit()
        return _sign_in_page(_WRONG), 422
    forgive(visit, f"staff:{email.strip().casefold()}")
    return _half_way(visit, staff)


def welcome(visit: Visit, token: str) -> ResponseReturnValue:
    """Show where a password is chosen. Looking spends nothing."""
    link = find_link(visit.db, token, visit.now)
    if link is None:
        return render_template("console/link_ended.html"), 410, _NO_REFERRER
    return render_template("console/welcome.html", staff=link.staff, error=""), 200, _NO_REFERRER


def choose_first_password(visit: Visit, token: str) -> ResponseReturnValue:
    """Take the password, spend the link and go on to the second proof."""
    link = find_link(visit.db, token, visit.now)
    if link is None:
        return render_template("console/link_ended.html"), 410, _NO_REFERRER
    try:
        choose_password(link.staff, request.form.get("password", ""), request.form.get("again", ""))
    except StaffRefused as refused:
        visit.db.rollback()
        return (
            render_template("console/welcome.html", staff=link.staff, error=refused.words),
            422,
            _NO_REFERRER,
        )
    if not spend_link(visit.db, link, visit.now):
        visit.db.rollback()
        return render_template("console/link_ended.html"), 410, _NO_REFERRER
    visit.note(Did.PASSWORD_CHANGED, by=link.staff, detail="링크로 정함")
    return _half_way(visit, link.staff)


def second_proof(visit: Visit) -> ResponseReturnValue:
    """Ask for the app's code or a security key; who has no app yet sets it up first."""
    return _proof_page(visit)


def check_second_proof(visit: Visit) -> ResponseReturnValue:
    """Take a code of the app, or a recovery code."""
    staff, typed = visit.staff, request.form.get("code", "")
    if words := locked(visit, f"staff code:{staff.id}"):
        visit.commit()
        return _proof_page(visit, words), 429
    how = _how_proven(visit, typed)
    if how is None:
        visit.note(Did.SIGN_IN_FAILED, detail="두 번째 확인")
        visit.commit()
        return _proof_page(visit, _WRONG_CODE), 422
    forgive(visit, f"staff code:{staff.id}")
    return first_time(visit) if staff.totp_confirmed_at is None else let_in(visit, how)


def first_time(visit: Visit) -> ResponseReturnValue:
    """Show the recovery codes, once, to who has just set the app up."""
    visit.staff.totp_confirmed_at = visit.now
    codes = new_recovery_codes(visit.db, visit.staff)
    visit.note(Did.FACTOR_CHANGED, detail="인증 앱을 처음 설정함")
    after = _go_on(visit)
    token = _open(visit, "인증 앱")
    return _with_cookie(
        make_response(render_template("console/recovery_codes.html", codes=codes, after=after)), token
    )


def let_in(visit: Visit, how: str) -> ResponseReturnValue:
    """Open the console for who gave both proofs."""
    after = _go_on(visit)
    return _with_cookie(cast("Response", redirect(after, 303)), _open(visit, how))


def sign_out(visit: Visit) -> ResponseReturnValue:
    """End this session."""
    if visit.stands:
        visit.note(Did.SIGNED_OUT)
        visit.session.ended_at = visit.now
        visit.commit()
    g.pop("badge", None)
    response = make_response(_sign_in_page(told="로그아웃했어요. 오늘도 수고했어요."))
    response.delete_cookie(STAFF_COOKIE, secure=True, httponly=True, samesite="Strict", path="/")
    return response


def carried_form(visit: Visit) -> ResponseReturnValue:
    """Show a form again that was sent when the session was over: to be sent by hand, or dropped."""
    if visit.session.carried is None:
        return redirect(url_for("console.home"), 303)
    return render_template("console/carried.html", form=Carried.read(visit.session.carried))


def drop_carried_form(visit: Visit) -> ResponseReturnValue:
    """Forget that form."""
    visit.session.carried = None
    visit.commit()
    return redirect(url_for("console.home"), 303)


def _half_way(visit: Visit, staff: Staff) -> ResponseReturnValue:
    """Open a session that knows the password only, and go on to the second proof."""
    after = request.form.get("after", "")
    if visit.stands:
        visit.session.ended_at = visit.now  # one browser, one session
    token, session = open_half(
        visit.db,
        staff,
        device_words(request.user_agent.string),
        after if _OWN_PATH.fullmatch(after) else "",
        visit.now,
    )
    if sealed := request.form.get("carried", ""):
        session.carried = visit.carrier.unseal(sealed, staff.id)
    if staff.totp_confirmed_at is None:
        prepare_app(staff)
    visit.commit()
    return _with_cookie(cast("Response", redirect(url_for("console.second_proof"), 303)), token)


def _open(visit: Visit, how: str) -> str:
    token = open_fully(visit.session, visit.rules, visit.now)
    visit.note(Did.SIGNED_IN, detail=f"{visit.session.device}, {how}")
    visit.commit()
    return token


def _go_on(visit: Visit) -> str:
    if visit.session.carried is not None:
        return url_for("console.carried_form")
    return visit.session.after or url_for("console.home")


def _how_proven(visit: Visit, typed: str) -> str | None:
    """Return by what a typed code proves the person, None when it does not."""
    if try_app_code(visit.db, visit.staff, digits_of(typed), visit.now):
        return "인증 앱"
    if visit.staff.totp_confirmed_at and try_recovery_code(visit.db, visit.staff, typed, visit.now):
        visit.note(Did.FACTOR_CHANGED, detail="복구 코드 하나를 씀")
        return "복구 코드"
    return None


def locked(visit: Visit, whose: str) -> str:
    """Count an attempt for the account and for the address; return the words of a lock, empty when there is none."""
    most = visit.rules.code_attempts
    for key, limit in ((whose, most), (_from_here(visit), most * ADDRESS_FACTOR)):
        wrong = count_attempt(visit.db, key, limit, visit.rules, visit.now)
        if wrong.count > limit:
            return _LOCKED.format(until=f"{locked_until(wrong, visit.rules):%-H시 %-M분}")
    return ""


def forgive(visit: Visit, whose: str) -> None:
    """Take back what was counted for a right attempt: all of the account's, this one of the address's."""
    for key, forgiven in ((whose, LARGEST_ID), (_from_here(visit), 1)):
        wrong = visit.db.get_one(WrongPasswords, digest(key))  # held since it was counted
        wrong.count = max(0, wrong.count - forgiven)


def _from_here(visit: Visit) -> str:
    return f"staff address:{household(visit.address)}"


def _sign_in_page(error: str = "", told: str = "") -> str:
    form = request.form
    return render_template(
        "console/sign_in.html",
        error=error,
        told=told,
        email=form.get("email", ""),
        after=form.get("after", ""),
        carried=form.get("carried", ""),
    )


def _proof_page(visit: Visit, error: str = "") -> str:
    staff = visit.staff
    if staff.totp_confirmed_at is None:
        qr = segno.make(app_address(staff)).svg_data_uri(scale=5, border=3)
        return render_template("console/set_up.html", qr=qr, secret=staff.totp_secret, error=error)
    return render_template("console/proof.html", error=error, has_keys=bool(keys_of(visit.db, staff)))


def _with_cookie(response: Response, token: str) -> Response:
    response.set_cookie(STAFF_COOKIE, token, secure=True, httponly=True, samesite="Strict", path="/")
    return response


_NO_REFERRER = {"Referrer-Policy": "no-referrer"}

ROUTES = (
    Route("GET", "/console/sign-in", sign_in, Stage.ANYBODY),
    Route("POST", "/console/sign-in", check_password, Stage.ANYBODY),
    Route("GET", "/console/welcome/<token>", welcome, Stage.ANYBODY),
    Route("POST", "/console/welcome/<token>", choose_first_password, Stage.ANYBODY),
    Route("GET", "/console/proof", second_proof, Stage.HALF),
    Route("POST", "/console/proof", check_second_proof, Stage.HALF),
    Route("POST", "/console/sign-out", sign_out, Stage.ANYBODY),
    Route("GET", "/console/carried", carried_form, StaffRole.VIEWER),
    Route("POST", "/console/carried", drop_carried_form, StaffRole.VIEWER),
)
