"""The pages that link a chat with a DOVOL account. Where somebody is on the way stands in ``models.linking``.

Who comes by a card's link signs in, types the number that stands on the card and says yes. Who opens the page
without one signs in and types the code it shows into the chat. Each sign-in gets a token of its own and ends what
was proven before it, so nobody goes on where somebody else at the same computer stopped.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from bot.linking import WARNING, burnt_card, linked_card, moved_card, question, what_moves
from bot.links import PAGES
from bot.wording import clock
from models.linking import (
    NUMBER_DIGITS,
    Linking,
    Move,
    Stage,
    finish,
    last_code,
    linking_by_link,
    linking_by_token,
    member_of_kakao_user,
    moves,
    start_on_page,
    try_number,
)
from models.login_links import spent_here
from models.masking import mask_name
from models.members import ChannelAccount, Member
from models.one_time_codes import OneTimeCode, Purpose, digits_of, new_code
from models.refusals import Refused
from web.auth.devices import known_browser
from web.auth.identity import PasswordIdentity
from web.auth.kakao_login import KakaoFailure, KakaoLogin, KakaoLoginFailed
from web.auth.links import ARRIVED_BY, logged_in
from web.door import Guard, Route, Visit

SIGNED_IN = "signed_in"
"""Name, in the signed form cookie, of the token that a sign-in gave."""
ATTEMPTS = 100
ATTEMPTS_SECONDS = 600
"""So many sign-ins in such a time may come from one address: a whole school may share one."""
_IN_BETWEEN = (Stage.NUMBER, Stage.CONFIRM, Stage.CODE)


class LinkingPages:
    """The pages, with the ways to sign in. ``kakao`` is None where Kakao Login is not set up.

    ``demo`` shows the demo people's id and password: never in production.
    """

    def __init__(self, passwords: PasswordIdentity, kakao: KakaoLogin | None, *, demo: bool) -> None:
        self._passwords, self._kakao, self._demo = passwords, kakao, demo

    @property
    def routes(self) -> tuple[Route, ...]:
        """The addresses."""
        routes = (
            Route("GET", "/link", self.link_page, Guard.GUEST),
            Route("GET", "/link/sign-in", self.sign_in_page, Guard.GUEST),
            Route("POST", "/link/sign-in", self.sign_in, Guard.GUEST),
            Route("POST", "/link/number", self.match_number, Guard.GUEST),
            Route("POST", "/link/confirm", self.link_here, Guard.GUEST),
            Route("POST", "/link/code", self.fresh_linking_code, Guard.GUEST),
        )
        if self._kakao is None:
            return routes
        return (
            *routes,
            Route("GET", "/link/kakao", self.to_kakao, Guard.GUEST),
            Route("GET", "/link/kakao/back", self.from_kakao, Guard.GUEST),
        )

    # --- where somebody is

    def link_page(self, visit: Visit) -> ResponseReturnValue:
        """Show what comes next."""
        linking, stage = _where(visit)
        if linking is None:
            return render_template("auth/link_already.html") if visit.is_member else self._sign_in_form()
        if stage is Stage.SIGN_IN:
            return self._sign_in_form(linking)
        if stage in _IN_BETWEEN:
            return _STEPS[stage](visit, linking)
        return _ended(stage)

    def sign_in_page(self, visit: Visit) -> ResponseReturnValue:
        """Show the form, also to who has signed in and wants to be somebody else."""
        return self._sign_in_form(_arrived(visit))

    def _sign_in_form(
        self, linking: Linking | None = None, error: str = "", *, kakao_is_new: bool = False
    ) -> str:
        return render_template(
            "auth/link.html",
            by_link=linking is not None and linking.link is not None,
            error=error,
            kakao=self._kakao is not None,
            kakao_is_new=kakao_is_new or (linking is not None and linking.kakao_user_id is not None),
            demo=self._demo,
            typed=request.form.get("login_id", ""),
            warning=WARNING,
        )

    # --- signing in

    def sign_in(self, visit: Visit) -> ResponseReturnValue:
        """Take id and password."""
        linking, stage = _where(visit)
        if stage not in (Stage.SIGN_IN, *_IN_BETWEEN):
            return redirect("/link", 303)
        if _too_often(visit):
            words = "이곳에서 로그인을 너무 많이 시도했어요. 10분쯤 뒤에 다시 해 주세요."
            return self._sign_in_form(linking, words), 429
        login_id, password = request.form.get("login_id", ""), request.form.get("password", "")
        if not (login_id.strip() and password):
            return self._sign_in_form(linking, "두볼 아이디와 비밀번호를 모두 적어 주세요."), 422
        found = self._passwords.sign_in(visit.db, login_id, password, visit.rules, visit.now)
        if isinstance(found, Refused):
            visit.commit()
            return self._sign_in_form(linking, found.words), 422
        return _go_on(visit, found, kakao_user_id=_kakao_user_of(linking))

    def to_kakao(self, visit: Visit) -> ResponseReturnValue:
        """Send the person to Kakao."""
        visit.db.rollback()  # no connection is held while Kakao is spoken to
        try:
            return self._kakao_login.begin()
        except KakaoLoginFailed as failed:
            return _kakao_failed(failed.failure)

    def from_kakao(self, visit: Visit) -> ResponseReturnValue:
        """Take the person back from Kakao."""
        visit.db.rollback()  # as above
        try:
            kakao_user_id = self._kakao_login.finish()
        except KakaoLoginFailed as failed:
            return _kakao_failed(failed.failure)
        linking = _arrived(visit)
        known = linking.link.account.app_user_id if linking is not None and linking.link is not None else None
        if known is not None and known != kakao_user_id:
            return render_template("auth/link_kakao.html", failure="other_account"), 403
        member = member_of_kakao_user(visit.db, kakao_user_id)
        return _go_on(visit, member, kakao_user_id=kakao_user_id, holds_chat=known is not None)

    @property
    def _kakao_login(self) -> KakaoLogin:
        if self._kakao is None:
            raise RuntimeError("Kakao Login is not set up: its routes are not open")
        return self._kakao

    # --- with a card

    def match_number(self, visit: Visit) -> ResponseReturnValue:
        """Take the number on the card."""
        linking, stage = _where(visit)
        if linking is None or linking.link is None or stage is not Stage.NUMBER:
            return redirect("/link", 303)
        typed = request.form.get("number", "")
        if len(digits_of(typed)) != NUMBER_DIGITS:  # a slip of the finger is no guess, so it does not count
            return _ask_number(visit, linking, "카드에 있는 숫자 두 자리를 적어 주세요."), 422
        if try_number(visit.db, linking, typed):
            visit.commit()
            return redirect("/link", 303)
        burnt = linking.stage(visit.now) is Stage.BURNT
        if burnt:
            visit.tell_account(linking.link.account, burnt_card())
        visit.commit()
        if burnt:
            return redirect("/link", 303)
        error = "카드의 연결 번호와 달라요. 한 번 더 틀리면 이 링크를 닫아요."
        return _ask_number(visit, linking, error), 422

    def link_here(self, visit: Visit) -> ResponseReturnValue:
        """Link what the person said yes to, and log in."""
        linking, stage = _where(visit)
        browser = known_browser()
        if linking is None or linking.link is None or linking.member is None or stage is not Stage.CONFIRM:
            return redirect("/me" if stage is Stage.DONE else "/link", 303)
        account, member = linking.link.account, linking.member
        done = finish(visit.db, linking, _agreed(), visit.now)
        if done is None:
            return redirect("/link", 303)
        visit.tell_account(account, linked_card(member))
        for other in done.moved_from:
            visit.tell_account(other, moved_card(member))
        form_session.clear()
        flash("연결됐어요! 이제 카드만 누르면 여기로 바로 올 수 있어요.", "success")
        return logged_in(visit, account, browser, PAGES["home"].at())

    # --- with a code

    def fresh_linking_code(self, visit: Visit) -> ResponseReturnValue:
        """Make a new code for the chat."""
        linking, stage = _where(visit)
        if linking is None or linking.member is None or stage is not Stage.CODE:
            return redirect("/link", 303)
        try:
            new_code(visit.db, linking.member, Purpose.LINK, visit.rules, visit.now)
        except Refused as refused:
            visit.db.rollback()
            return _show_code(visit, linking, refused.words), 429
        visit.commit()
        return redirect("/link", 303)


def _where(visit: Visit) -> tuple[Linking | None, Stage]:
    """Return the way this browser is on and what comes next."""
    token = str(form_session.get(SIGNED_IN, ""))
    linking = linking_by_token(visit.db, token) or _arrived(visit)
    if linking is None or not _is_here(linking):
        return None, Stage.SIGN_IN
    stage = linking.stage(visit.now)
    if stage in _IN_BETWEEN and not linking.is_carried_by(token):
        stage = Stage.SIGN_IN
    return linking, stage


def _arrived(visit: Visit) -> Linking | None:
    """Return the way that began with the link this browser spent."""
    link_id = form_session.get(ARRIVED_BY)
    linking = linking_by_link(visit.db, link_id) if isinstance(link_id, int) else None
    return linking if linking is not None and _is_here(linking) else None


def _is_here(linking: Linking) -> bool:
    return linking.link is None or spent_here(linking.link, known_browser())


def _go_on(
    visit: Visit, member: Member | None, *, kakao_user_id: str | None = None, holds_chat: bool = False
) -> ResponseReturnValue:
    """Keep who signed in, with cookies nobody had before."""
    linking = _arrived(visit)
    if linking is None:
        linking = start_on_page(visit.db, visit.now)
        if member is not None:
            _code_for(visit, member)
    token = linking.sign_in(member, kakao_user_id=kakao_user_id, holds_chat=holds_chat)
    visit.commit()
    form_session.clear()
    form_session[SIGNED_IN] = token
    if linking.link_id is not None:
        form_session[ARRIVED_BY] = linking.link_id
    return redirect("/link", 303)


def _code_for(visit: Visit, member: Member) -> OneTimeCode:
    """Return the code to show: one that still works, or a new one."""
    code = last_code(visit.db, member)
    if code is not None and code.spent_at is None and visit.now < code.expires_at:
        return code
    return new_code(visit.db, member, Purpose.LINK, visit.rules, visit.now)


def _kakao_user_of(linking: Linking | None) -> str | None:
    """Return the Kakao account that was signed in to here before the password."""
    token = str(form_session.get(SIGNED_IN, ""))
    return linking.kakao_user_id if linking is not None and linking.is_carried_by(token) else None


def _too_often(visit: Visit) -> bool:
    counted, _ = visit.memory.count_and_get(f"sign-in:{request.remote_addr}", ATTEMPTS_SECONDS, "")
    return counted > ATTEMPTS


def _agreed() -> frozenset[Move]:
    shown = request.form.getlist("agreed")
    return frozenset(move for move in Move if move.value in shown)


# --- what is shown


def _ask_number(visit: Visit, linking: Linking, error: str = "") -> str:
    return render_template("auth/link_number.html", error=error, warning=WARNING)


def _ask_yes(visit: Visit, linking: Linking) -> str:
    account, member = _of(linking)
    found = moves(visit.db, account, member)
    return render_template(
        "auth/link_confirm.html",
        title=question(member),
        moves=[move.value for move in sorted(found)],
        moved=what_moves(found, account),
        warning=WARNING,
        again_url=url_for("auth.sign_in_page"),
    )


def _of(linking: Linking) -> tuple[ChannelAccount, Member]:
    if linking.link is None or linking.member is None:
        raise RuntimeError("only who came by a card and signed in is asked")
    return linking.link.account, linking.member


def _show_code(visit: Visit, linking: Linking, error: str = "") -> str:
    member = linking.member
    code = last_code(visit.db, member) if member is not None else None
    spent = code is not None and code.spent_at is not None
    live = code is not None and not spent and visit.now < code.expires_at
    return render_template(
        "auth/link_code.html",
        name=mask_name(member.name) if member is not None else "",
        code=f"{code.code[:4]} {code.code[4:]}" if code is not None and live else "",
        until=clock(code.expires_at.time()) if code is not None else "",
        spent=spent,
        error=error,
    )


_STEPS = {Stage.NUMBER: _ask_number, Stage.CONFIRM: _ask_yes, Stage.CODE: _show_code}


def _ended(stage: Stage) -> ResponseReturnValue:
    form_session.pop(ARRIVED_BY, None)
    form_session.pop(SIGNED_IN, None)
    if stage is Stage.DONE:
        return redirect(PAGES["home"].at(), 303)
    return render_template("auth/link_ended.html", stage=stage.value), 410


def _kakao_failed(failure: KakaoFailure) -> ResponseReturnValue:
    status = 502 if failure in (KakaoFailure.UNREACHABLE, KakaoFailure.UNTRUSTED) else 400
    return render_template("auth/link_kakao.html", failure=failure.value), status
