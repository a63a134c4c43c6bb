"""The child's page: whether a guardian has to agree, whom to ask, and the link to send."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.guardians import (
    GuardianRequest,
    ask,
    check_needed,
    consent_in_force,
    is_child,
    may_text,
    open_request,
    person_name,
    recorded_guardian,
)
from models.members import Member
from models.phones import mobile_number
from models.refusals import Reason, Refused
from web.door import Route, Visit
from web.guardian.texts import NotTexted, Texts, invitation


class Asking:
    """The views, with what sends texts."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    @property
    def routes(self) -> tuple[Route, ...]:
        """The child's routes."""
        return (
            Route("GET", "/me/guardian", self.guardian),
            Route("POST", "/me/guardian", self.ask_guardian),
            Route("POST", "/me/guardian/text", self.text_again),
        )

    def guardian(self, visit: Visit) -> ResponseReturnValue:
        """Show where the consent stands."""
        return self._page(visit)

    def ask_guardian(self, visit: Visit) -> ResponseReturnValue:
        """Make the request and text its link; say plainly when the text did not go out."""
        check_needed(visit.member, visit.rules, visit.now)
        if not self._texts.possible:
            return self._page(visit), 503
        name, phone, errors = _named(visit.member, request.form)
        if not errors:
            try:
                asked = ask(visit.db, visit.member, name, phone, rules=visit.rules, now=visit.now)
            except Refused as refused:
                if refused.reason is not Reason.GUARDIAN_OWN_PHONE:
                    raise
                visit.db.rollback()
                errors = {"phone": refused.words}
            else:
                return self._text(visit, asked)
        return self._page(visit, errors), 422

    def text_again(self, visit: Visit) -> ResponseReturnValue:
        """Text the link of the open request once more, while it did not get through."""
        asked = open_request(visit.db, visit.member, visit.now)
        return self._text(visit, asked) if asked else redirect(url_for(".guardian"), 303)

    def _text(self, visit: Visit, asked: GuardianRequest) -> ResponseReturnValue:
        if may_text(asked, visit.rules):
            asked.texts += 1
            visit.commit()  # no connection is held while the text is sent
            try:
                link = visit.links.guardian(asked.token or "")
                key = f"guardian-{asked.id}-{asked.texts}"
                self._texts.send(visit.memory, asked.guardian_phone or "", invitation(link), key)
                asked.texted_at = visit.now
                flash("보호자에게 문자를 보냈어요.", "success")
            except NotTexted as failed:
                flash(f"{failed.words} 아래 링크를 카카오톡으로 전달해도 돼요.", "warning")
        visit.commit()
        return redirect(url_for(".guardian"), 303)

    def _page(self, visit: Visit, errors: Mapping[str, str] | None = None) -> str:
        waiting = open_request(visit.db, visit.member, visit.now)
        return render_template(
            "guardian/asking.html",
            needed=is_child(visit.member, visit.rules, visit.now),
            consent=consent_in_force(visit.member),
            waiting=waiting,
            link=visit.links.guardian(waiting.token or "") if waiting else "",
            may_text=waiting is not None and may_text(waiting, visit.rules),
            recorded=recorded_guardian(visit.member),
            texts=self._texts.possible,
            rules=visit.rules,
            errors=errors or {},
            typed=request.form,
        )


def _named(member: Member, form: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """Return the guardian's name and number, and field → what to do about it for what is wrong."""
    recorded = recorded_guardian(member)
    if form.get("recorded") and recorded:
        return *recorded, {}
    name, phone = person_name(form.get("name", "")), mobile_number(form.get("phone", ""))
    checked = (
        ("name", name, "보호자의 이름을 적어 주세요. 글자만 쓸 수 있어요."),
        ("phone", phone, "보호자의 휴대폰 번호를 010-1234-5678처럼 적어 주세요."),
    )
    return name or "", phone or "", {field: words for field, value, words in checked if not value}
