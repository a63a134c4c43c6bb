"""The session's own pages: one more proof of identity, logging out, "that is not me"."""

from __future__ import annotations

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.login_links import void_links_of
from models.one_time_codes import DIGITS, Purpose, digits_of, new_code, try_code
from models.outbox import NoticeCard
from models.refusals import Refused
from models.web_sessions import end_sessions
from web.door import SESSION_COOKIE, Guard, Route, Visit, own_path
from web.forms import read_date


def step_up(visit: Visit) -> ResponseReturnValue:
    """Ask for one more proof."""
    return _ask(_after())


def send_code(visit: Visit) -> ResponseReturnValue:
    """Send a code to the chat the person came from."""
    try:
        code = new_code(visit.db, visit.member, Purpose.STEP_UP, visit.rules, visit.now)
    except Refused as refused:
        visit.db.rollback()
        return _ask(_after(), refused.words, sent=True), 429
    visit.tell(_code_card(code.code, visit.rules.code_ttl_min))
    visit.commit()
    return redirect(url_for("auth.step_up", after=_after(), sent=1), 303)


def check_code(visit: Visit) -> ResponseReturnValue:
    """Take birth date and code; which of them was wrong is not told. What cannot be either is no attempt."""
    born, typed = read_date(request.form.get("birth_date", "")), request.form.get("code", "")
    if born is None or len(digits_of(typed)) != DIGITS[Purpose.STEP_UP]:
        return _ask(_after(), "생년월일은 20110305처럼, 인증번호는 숫자 6자리로 적어 주세요.", sent=True), 422
    right = born == visit.member.birth_date
    refused = try_code(visit.db, visit.member, Purpose.STEP_UP, typed, visit.rules, visit.now, more=right)
    if refused is None:
        visit.session.stepped_up_at = visit.now
    visit.commit()
    return redirect(_after(), 303) if refused is None else (_ask(_after(), refused.words, sent=True), 422)


def sign_out(visit: Visit) -> ResponseReturnValue:
    """End this session."""
    if visit.is_member:
        visit.session.ended_at = visit.now
        visit.commit()
    return without_session("auth/signed_out.html")


def not_me(visit: Visit) -> ResponseReturnValue:
    """Ask before everything is closed."""
    return render_template("auth/not_me.html")


def end_everything(visit: Visit) -> ResponseReturnValue:
    """End every session and open link of the member, and warn them in their own chat."""
    ended = end_sessions(visit.db, visit.member, visit.now)
    void_links_of(visit.db, visit.member, visit.now)
    visit.tell_all(visit.member, _warning(ended))
    visit.commit()
    return without_session("auth/not_me_done.html")


def _ask(after: str, error: str = "", *, sent: bool = False) -> str:
    sent = sent or "sent" in request.args
    return render_template("auth/step_up.html", after=after, error=error, sent=sent, typed=request.form)


def _after() -> str:
    return own_path(request.values.get("after", ""))


def _code_card(code: str, minutes: int) -> NoticeCard:
    text = f"열려 있는 화면에 적어 주세요. {minutes}분 동안 쓸 수 있어요. 아무에게도 알려 주지 마세요. 내가 부탁한 게 아니라면 무시해도 돼요."
    return NoticeCard(f"인증번호 {code[:3]} {code[3:]}", text)


def _warning(ended: int) -> NoticeCard:
    text = (
        f"'내가 아니에요'를 눌러서 열려 있던 화면 {ended}개를 모두 닫았어요. 전에 받은 링크도 이제 열리지 않아요. "
        "카드나 링크를 다른 사람에게 보내지 마세요."
    )
    return NoticeCard("모든 기기에서 로그아웃했어요", text, page="my_devices")


def without_session(template: str) -> Response:
    """Return the page of somebody who has just been logged out: it names nobody and takes the cookie away."""
    g.viewer = ""
    response = make_response(render_template(template))
    response.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, samesite="Lax", path="/")
    return response


ROUTES = (
    Route("GET", "/me/check", step_up),
    Route("POST", "/me/check/code", send_code),
    Route("POST", "/me/check", check_code),
    Route("POST", "/me/sign-out", sign_out, Guard.GUEST),
    Route("GET", "/me/not-me", not_me),
    Route("POST", "/me/not-me", end_everything),
)
