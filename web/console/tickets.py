"""Tickets: what young people left for a person. Urgent ones first; read for a reason, claimed, answered, closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did, reason_given
from models.masking import RESIDENT_MASK, mask_contacts
from models.staff import StaffRefused, StaffRole
from models.tickets import (
    ANSWER_TITLE,
    LONGEST_ANSWER,
    LONGEST_NOTE,
    TICKET_DID,
    TICKET_NAMES,
    Ticket,
    TicketDid,
    TicketKind,
    WantedTickets,
    answer_ticket,
    claim_ticket,
    close_ticket,
    count_tickets,
    note_on,
    release_ticket,
    reopen_ticket,
    steps_of,
    turn_of,
)
from models.tickets import tickets as wanted_tickets
from web.console.door import Route, Visit
from web.console.reason import HOLDS, personal

PAGE = 30
_SHOWS: Mapping[str, str] = {"open": "기다리는 상담", "mine": "내가 맡은 상담", "closed": "끝난 상담"}
_ABOUT: Mapping[str, str] = {
    "application": "신청 {}번",
    "session": "회차 {}번",
    "service_record": "봉사 기록 {}번",
}
"""What a ticket refers to, by its table."""


def tickets(visit: Visit) -> ResponseReturnValue:
    """Show tickets without what they say: what about, since when, who takes care."""
    show = request.args.get("show", "open")
    show = show if show in _SHOWS else "open"
    kind = request.args.get("kind", "")
    wanted = WantedTickets(
        open=show != "closed",
        kind=TicketKind(kind) if kind in set(TicketKind) else None,
        claimed_by_id=visit.staff.id if show == "mine" else None,
    )
    page = _page_number()
    found = wanted_tickets(visit.db, wanted, limit=PAGE + 1, offset=(page - 1) * PAGE)
    return render_template(
        "console/tickets.html",
        rows=[(each, TICKET_NAMES[each.kind]) for each in found[:PAGE]],
        title=_SHOWS[show],
        shows=[_chip(visit, name, label, name == show, kind) for name, label in _SHOWS.items()],
        kinds=[("", "모두"), *((each.value, name) for each, name in TICKET_NAMES.items())],
        show=show,
        kind=kind,
        page=page,
        previous_url=_list_url(show, kind, page - 1) if page > 1 else None,
        next_url=_list_url(show, kind, page + 1) if len(found) > PAGE else None,
        may_open=visit.staff.role.covers(StaffRole.OPERATOR),
        me=visit.staff.id,
    )


def ticket(visit: Visit, number: int) -> ResponseReturnValue:
    """Show a ticket with what the person said and what was done about it."""
    return _page(visit, _ticket(visit, number))


def take_ticket(visit: Visit, number: int) -> ResponseReturnValue:
    """Take care of a ticket."""
    return _do(
        visit, number, TicketDid.CLAIMED, lambda found: claim_ticket(visit.db, found, visit.staff, visit.now)
    )


def drop_ticket(visit: Visit, number: int) -> ResponseReturnValue:
    """Give a ticket back, or take it from a colleague who is away."""
    return _do(
        visit,
        number,
        TicketDid.RELEASED,
        lambda found: release_ticket(
            visit.db, found, visit.staff, _words("왜 내려놓는지 적어 주세요."), visit.now
        ),
    )


def note_ticket(visit: Visit, number: int) -> ResponseReturnValue:
    """Write a note for colleagues."""
    return _do(
        visit,
        number,
        TicketDid.NOTED,
        lambda found: note_on(visit.db, found, visit.staff, _words("메모를 적어 주세요."), visit.now),
    )


def reply_to_ticket(visit: Visit, number: int) -> ResponseReturnValue:
    """Show an answer in the person's chat."""
    return _do(
        visit,
        number,
        TicketDid.ANSWERED,
        lambda found: answer_ticket(visit.db, found, visit.staff, _answer(), visit.now),
    )


def end_ticket(visit: Visit, number: int) -> ResponseReturnValue:
    """Close a ticket with what came of it."""
    return _do(
        visit,
        number,
        TicketDid.CLOSED,
        lambda found: close_ticket(
            visit.db, found, visit.staff, _words("어떻게 끝났는지 적어 주세요."), visit.now
        ),
    )


def open_ticket_again(visit: Visit, number: int) -> ResponseReturnValue:
    """Open a closed ticket again."""
    return _do(
        visit,
        number,
        TicketDid.REOPENED,
        lambda found: reopen_ticket(
            visit.db, found, visit.staff, _words("왜 다시 여는지 적어 주세요."), visit.now
        ),
    )


_TOLD: Mapping[TicketDid, str] = {
    TicketDid.CLAIMED: "맡았어요. 이야기를 보고 도와주세요.",
    TicketDid.RELEASED: "내려놓았어요. 다른 사람이 맡을 수 있어요.",
    TicketDid.NOTED: "메모를 남겼어요.",
    TicketDid.ANSWERED: "채팅으로 답을 보냈어요.",
    TicketDid.CLOSED: "상담을 끝냈어요. 수고했어요.",
    TicketDid.REOPENED: "다시 열고 맡았어요.",
}


def _do(visit: Visit, number: int, did: TicketDid, change: Callable[[Ticket], None]) -> ResponseReturnValue:
    """Do something about a ticket and write that down, but never the words."""
    try:
        change(_ticket(visit, number))
    except StaffRefused as refused:
        visit.db.rollback()
        return _refused(visit, number, did, refused)
    visit.note(Did.TICKET_CHANGED, f"ticket:{number}", detail=TICKET_DID[did])
    visit.commit()
    flash(_TOLD[did], "success")
    return redirect(url_for("console.ticket", number=number), 303)


def _refused(visit: Visit, number: int, did: TicketDid, refused: StaffRefused) -> ResponseReturnValue:
    """Show the ticket with what could not be done and what was typed, to who may read it without asking."""
    about = f"ticket:{number}"
    reason = reason_given(visit.db, visit.staff, about, visit.now - HOLDS)
    if not reason:
        raise refused
    visit.note(Did.SEEN, about, reason)
    visit.commit()
    return _page(visit, _ticket(visit, number), refused.words, did), 422


def _page(visit: Visit, found: Ticket, error: str = "", failed: TicketDid | None = None) -> str:
    turn = turn_of(visit.db, found)
    return render_template(
        "console/ticket.html",
        ticket=found,
        name=TICKET_NAMES[found.kind],
        about=_about(found.about),
        link=_link(found),
        dialog_url=url_for("console.dialog", number=turn) if turn else "",
        steps=[(step, TICKET_DID[step.did]) for step in steps_of(visit.db, found)],
        mine=found.claimed_by_id == visit.staff.id,
        longest_answer=LONGEST_ANSWER,
        longest_note=LONGEST_NOTE,
        answer_title=ANSWER_TITLE,
        error=error,
        typed={failed.value: request.form.get("words", "")} if failed else {},
    )


def _link(found: Ticket) -> list[tuple[str, Any]]:
    """Return where the chat account stands, and no more of it than answering takes."""
    account = found.account
    linked = account.member_id is not None
    return [
        ("두볼 연결", "연결됨" if linked else "연결 안 됨"),
        ("채널 친구", "친구예요" if account.is_friend else "친구가 아니에요. 답이 닿지 않을 수 있어요."),
    ]


def _about(about: str) -> str:
    table, _, key = about.partition(":")
    return _ABOUT[table].format(key) if table in _ABOUT else ""


def _ticket(visit: Visit, number: int) -> Ticket:
    return visit.db.get(Ticket, number, populate_existing=True) or abort(404)


def _words(advice: str, most: int = LONGEST_NOTE) -> str:
    """Return what was typed, or refuse with advice."""
    typed = request.form.get("words", "").replace("\r\n", "\n").strip()
    words = "".join(char for char in typed if char.isprintable() or char == "\n")
    if not words:
        raise StaffRefused(advice)
    if len(words) > most:
        raise StaffRefused(f"{most}자까지 적을 수 있어요. 지금은 {len(words)}자예요.")
    return words


def _answer() -> str:
    words = _words("보낼 답을 적어 주세요.", LONGEST_ANSWER)
    if RESIDENT_MASK in mask_contacts(words):
        raise StaffRefused("주민등록번호처럼 보이는 숫자가 있어요. 지우고 다시 적어 주세요.")
    return words


def _page_number() -> int:
    typed = request.args.get("page", "1")
    return max(1, int(typed)) if re.fullmatch(r"\d{1,5}", typed, re.ASCII) else 1


def _list_url(show: str, kind: str, page: int = 1) -> str:
    asked = {"show": show, "kind": kind, "page": page if page > 1 else ""}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return url_for("console.tickets", **given)


def _chip(visit: Visit, name: str, label: str, current: bool, kind: str) -> dict[str, Any]:
    wanted = WantedTickets(open=name != "closed", claimed_by_id=visit.staff.id if name == "mine" else None)
    count = f" {count_tickets(visit.db, wanted):,}" if name != "closed" else ""
    return {"label": f"{label}{count}", "url": _list_url(name, kind), "current": current}


_TICKET = "/console/tickets/<int(max=2147483647):number>"
_WORDS = {"words": "쓴 말"}
ROUTES = (
    Route("GET", "/console/tickets", tickets, StaffRole.VIEWER),
    *personal(_TICKET, ticket, StaffRole.OPERATOR, "상담 요청", "ticket:{number}"),
    Route("POST", f"{_TICKET}/claim", take_ticket, StaffRole.OPERATOR, "상담 맡기"),
    Route("POST", f"{_TICKET}/release", drop_ticket, StaffRole.OPERATOR, "상담 내려놓기", _WORDS),
    Route("POST", f"{_TICKET}/note", note_ticket, StaffRole.OPERATOR, "상담 메모", _WORDS),
    Route("POST", f"{_TICKET}/answer", reply_to_ticket, StaffRole.OPERATOR, "상담에 답하기", _WORDS),
    Route("POST", f"{_TICKET}/close", end_ticket, StaffRole.OPERATOR, "상담 끝내기", _WORDS),
    Route("POST", f"{_TICKET}/reopen", open_ticket_again, StaffRole.OPERATOR, "상담 다시 열기", _WORDS),
)
