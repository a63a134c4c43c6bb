"""The guardian's page. The link shows what is asked; a code to the guardian's telephone lets decide.

Looking changes nothing, and nothing of the child is shown before the code: whoever gets hold of the link learns that
somebody asked somebody.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, g, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from bot.wording import day
from models.guardians import (
    TEXT_VERSION,
    GuardianRequest,
    RequestState,
    agree,
    check_code,
    decline,
    find_request,
    is_proven,
    person_name,
    send_code,
    state_of,
    take_back,
    withdraw,
)
from models.masking import mask_name
from models.outbox import NoticeCard
from models.refusals import Reason, Refused
from web.door import Guard, Route, Visit
from web.guardian.texts import NotTexted, Texts, code_text, receipt

PROOF = "guardian_proof"
"""Name, in the signed form cookie, of what the right code gave."""
_ANSWERABLE = (RequestState.OPEN, RequestState.AGREED)
_NAME_WANTED = "본인 이름을 적어 주세요. 글자만 쓸 수 있어요."
Decision = Callable[[GuardianRequest, str], None]
"""Takes the request and the proof."""


class Answering:
    """The views, with what sends texts."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    @property
    def routes(self) -> tuple[Route, ...]:
        """The guardian's routes."""
        return (
            Route("GET", "/guardian/<token>", self.show, Guard.GUEST),
            Route("POST", "/guardian/<token>/code", self.code, Guard.GUEST),
            Route("POST", "/guardian/<token>/check", self.check, Guard.GUEST),
            Route("GET", "/guardian/<token>/decide", self.decide, Guard.GUEST),
            Route("POST", "/guardian/<token>/agree", self.agree, Guard.GUEST),
            Route("POST", "/guardian/<token>/decline", self.decline, Guard.GUEST),
            Route("POST", "/guardian/<token>/withdraw", self.withdraw, Guard.GUEST),
            Route("POST", "/guardian/<token>/receipt", self.receipt, Guard.GUEST),
        )

    def show(self, visit: Visit, token: str) -> ResponseReturnValue:
        """Say what is asked, or where the consent stands."""
        asked = _find(visit, token)
        return self._page(visit, asked, token) if asked else _closed(visit, token)

    def code(self, visit: Visit, token: str) -> ResponseReturnValue:
        """Send a code to the guardian's number."""
        asked = _find(visit, token)
        if asked is None:
            return _closed(visit, token)
        if not self._texts.possible:
            return self._page(visit, asked, token), 503
        try:
            code = send_code(visit.db, asked, visit.rules, visit.now)
        except Refused as refused:
            visit.db.rollback()
            sent = refused.reason is Reason.CODE_TOO_SOON
            return self._page(visit, asked, token, error=refused.words, sent=sent), 429
        visit.commit()  # no connection is held while the text is sent
        try:
            key = f"guardian-code-{code.id}"
            self._texts.send(visit.memory, asked.guardian_phone or "", code_text(code.code), key)
        except NotTexted as failed:
            if not failed.maybe_sent:
                take_back(visit.db, code)
                visit.commit()
            return self._page(visit, asked, token, error=failed.words, sent=failed.maybe_sent), 502
        return redirect(url_for(".show", token=token, sent=1), 303)

    def check(self, visit: Visit, token: str) -> ResponseReturnValue:
        """Take the code, and the guardian's name with it."""
        asked = _find(visit, token)
        if asked is None:
            return _closed(visit, token)
        name = person_name(request.form.get("name", ""))
        if name is None and state_of(asked, visit.rules, visit.now) is RequestState.OPEN:
            return self._page(visit, asked, token, errors={"name": _NAME_WANTED}, sent=True), 422
        proof = check_code(visit.db, asked, request.form.get("code", ""), name, visit.rules, visit.now)
        visit.commit()
        if isinstance(proof, Refused):
            return self._page(visit, asked, token, error=proof.words, sent=True), 422
        form_session[PROOF] = proof
        return redirect(url_for(".decide", token=token), 303)

    def decide(self, visit: Visit, token: str) -> ResponseReturnValue:
        """Show whose consent it is about, masked, and ask for the decision."""
        asked = _find(visit, token)
        if asked is None or not is_proven(asked, form_session.get(PROOF, ""), visit.now):
            return redirect(url_for(".show", token=token), 303)
        return _render(
            "guardian/decide.html",
            token=token,
            child=mask_name(asked.member.name),
            asked=asked,
            agreed=asked.consent is not None,
            version=TEXT_VERSION,
        )

    def agree(self, visit: Visit, token: str) -> ResponseReturnValue:
        """Record the consent, tell the child, and text the guardian that we saw it."""

        def decision(asked: GuardianRequest, proof: str) -> None:
            agree(visit.db, asked, proof, visit.rules, visit.now)
            visit.tell_all(asked.member, _agreed_card(asked, visit))

        asked, answer = _decided(visit, token, decision)
        if asked is not None:
            self._send_receipt(visit, asked, token)
        return answer

    def decline(self, visit: Visit, token: str) -> ResponseReturnValue:
        """Close the request, forget the guardian, tell the child."""

        def decision(asked: GuardianRequest, proof: str) -> None:
            decline(visit.db, asked, proof, visit.rules, visit.now)
            visit.tell_all(asked.member, _DECLINED)

        asked, answer = _decided(visit, token, decision)
        if asked is not None:
            flash("동의하지 않았다고 자녀에게 알렸어요. 자녀가 적어 준 이름과 번호는 지웠어요.", "success")
        return answer

    def withdraw(self, visit: Visit, token: str) -> ResponseReturnValue:
        """Withdraw the consent and tell the child what follows."""

        def decision(asked: GuardianRequest, proof: str) -> None:
            linked = withdraw(visit.db, asked, proof, visit.rules, visit.now)
            visit.tell_all(asked.member, _withdrawn_card(linked=linked))

        return _decided(visit, token, decision)[1]

    def receipt(self, visit: Visit, token: str) -> ResponseReturnValue:
        """Text once more that we saw the consent, where that did not get through."""
        asked = _find(visit, token)
        if asked is not None and state_of(asked, visit.rules, visit.now) is RequestState.AGREED:
            self._send_receipt(visit, asked, token)
        return redirect(url_for(".show", token=token), 303)

    def _send_receipt(self, visit: Visit, asked: GuardianRequest, token: str) -> None:
        if asked.receipt_at is not None:
            return
        visit.commit()  # no connection is held while the text is sent
        try:
            key = f"guardian-receipt-{asked.id}-{int(visit.now.timestamp())}"
            text = receipt(visit.links.guardian(token))
            self._texts.send(visit.memory, asked.guardian_phone or "", text, key)
            asked.receipt_at = visit.now
            visit.commit()
            flash("확인 문자를 보냈어요. 문자에 있는 링크로 언제든 취소할 수 있어요.", "success")
        except NotTexted as failed:
            flash(failed.words, "warning")

    def _page(
        self,
        visit: Visit,
        asked: GuardianRequest,
        token: str,
        *,
        error: str = "",
        errors: dict[str, str] | None = None,
        sent: bool = False,
    ) -> str:
        return _render(
            "guardian/answering.html",
            token=token,
            agreed=asked.consent is not None,
            given=day(asked.consent.given_at.date(), visit.now.date()) if asked.consent else "",
            version=asked.consent.text_version if asked.consent else TEXT_VERSION,
            receipt_missing=asked.consent is not None and asked.receipt_at is None,
            digits=(asked.guardian_phone or "")[-2:],
            texts=self._texts.possible,
            sent=sent or "sent" in request.args,
            error=error,
            errors=errors or {},
            typed=request.form,
            rules=visit.rules,
        )


def _find(visit: Visit, token: str) -> GuardianRequest | None:
    """Return the request a guardian can answer here; none in a browser where the child itself is logged in."""
    asked = find_request(visit.db, token)
    if asked is None or state_of(asked, visit.rules, visit.now) not in _ANSWERABLE:
        return None
    return None if _is_the_child(visit, asked) else asked


def _is_the_child(visit: Visit, asked: GuardianRequest) -> bool:
    return visit.is_member and visit.member.id == asked.member_id


def _closed(visit: Visit, token: str) -> ResponseReturnValue:
    """Say why there is nothing to answer."""
    asked = find_request(visit.db, token)
    if asked is None:
        return _render("guardian/closed.html", state="unknown"), 404
    state = state_of(asked, visit.rules, visit.now)
    if state in _ANSWERABLE:
        return _render("guardian/closed.html", state="child"), 409
    return _render("guardian/closed.html", state=state.value), 410 if state is RequestState.CLOSED else 200


def _decided(
    visit: Visit, token: str, decision: Decision
) -> tuple[GuardianRequest | None, ResponseReturnValue]:
    """Let the guardian decide. Return the request when that changed something, and where to go on."""
    asked = _find(visit, token)
    answer = redirect(url_for(".show", token=token), 303)
    if asked is None:
        return None, answer
    try:
        decision(asked, form_session.get(PROOF, ""))
    except Refused as refused:
        visit.db.rollback()
        if refused.reason is not Reason.GUARDIAN_REQUEST_OVER:  # of which the page itself tells
            flash(refused.words, "danger")
        return None, answer
    form_session.pop(PROOF, None)
    visit.commit()
    return asked, answer


def _render(template: str, **context: object) -> str:
    g.viewer = ""  # the page is the guardian's, whoever is logged in here
    return render_template(template, **context)


def _agreed_card(asked: GuardianRequest, visit: Visit) -> NoticeCard:
    facts = (("보호자", mask_name(asked.signer_name or "")), ("동의한 날", day(visit.now.date())))
    return NoticeCard("보호자가 동의했어요", "이제 봉사를 신청할 수 있어요!", facts, page="guardian")


_DECLINED = NoticeCard(
    "보호자가 이번에는 동의하지 않았어요",
    "보호자와 이야기해 보고, 마음이 바뀌면 다시 부탁할 수 있어요.",
    page="guardian",
)


def _withdrawn_card(*, linked: bool) -> NoticeCard:
    text = "이제 새로 신청할 수 없어요. 이미 신청한 봉사는 그대로 있고, 내가 직접 취소할 수 있어요."
    if linked:
        text += " 1365 연계 동의도 함께 취소했어요."
    return NoticeCard("보호자가 동의를 취소했어요", text, page="guardian")
