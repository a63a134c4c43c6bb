"""My certificates: those there are, what stands on one, the file to hand in, and issuing another."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

import segno
from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from bot.wording import (
    CERTIFICATE_AGAIN,
    CERTIFICATE_PURPOSES,
    CERTIFICATE_RULE,
    CERTIFICATES_COME,
    certified,
    hours_label,
)
from models.certificates import (
    ABOUT_ONE,
    CERTIFICATE_NAMES,
    ISSUED_HERE,
    Certificate,
    CertificateContent,
    CertificateType,
    about,
    certificates_of,
    check_kind,
    choices,
    content_of,
    draft,
    issuable_kinds,
    issue,
    refusal,
)
from models.clock import SEOUL
from models.ownership import own
from web.documents.drawing import proof_url
from web.documents.layouts import Layout, RowKind, layout_of
from web.door import Guard, Route, Visit

FILES_PER_MINUTE = 20
"""Files one person may have drawn: more than anybody opens, too few to keep a processor busy."""
_MINUTE = 60
_MOST = 500
_ALL = "all"
"""Stands in an address for the activity, where a certificate is about all of them."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A view of the list: one kind, or all."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind to choose. ``url`` leads on; where there is nothing to issue it is empty and ``refusal`` says why."""

    name: str
    purpose: str
    url: str
    refusal: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table on paper, for a narrow screen: the activity, its hours, and the rest in one."""

    title: str
    hours: str
    rest: str


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that belong together under a title, which is empty where there is only one part."""

    title: str
    lines: list[Line]


def my_certificates(visit: Visit) -> ResponseReturnValue:
    """List them, the newest first, all or those of one kind."""
    mine = certificates_of(visit.db, visit.member, limit=_MOST)
    wanted = request.args.get("kind", "")
    shown = [each for each in mine if each.type == wanted] or mine
    return render_template(
        "portal/certificates.html",
        certificates=shown,
        chips=_chips(mine, shown),
        can_issue=bool(mine or issuable_kinds(visit.db, visit.member, visit.now)),
        come=CERTIFICATES_COME,
        today=visit.now.date(),
    )


def my_certificate(visit: Visit, number: int) -> ResponseReturnValue:
    """Show what stands on one, the way to the file, and how a school checks it."""
    certificate = own(visit.db, visit.member, Certificate, number)
    content = content_of(visit.db, certificate)
    layout = layout_of(content)
    check = proof_url(f"{current_app.extensions['settings'].address}/verify", content)
    return render_template(
        "portal/certificate.html",
        certificate=certificate,
        purpose=CERTIFICATE_PURPOSES[content.type],
        layout=layout,
        parts=_parts(layout),
        total=next((row.cells[-1] for row in layout.rows if row.kind is RowKind.TOTAL), None),
        check_url=check,
        qr=_qr(check),
        today=visit.now.date(),
    )


def certificate_pdf(visit: Visit, number: int) -> ResponseReturnValue:
    """Return the signed file: to keep, or with ``?view=1`` to look at where a file cannot be kept."""
    certificate = own(visit.db, visit.member, Certificate, number)
    counter = f"certificates:{visit.member.id}"
    drawn, _ = visit.memory.count_and_get(counter, _MINUTE, counter)
    if drawn > FILES_PER_MINUTE:
        wait = {"Retry-After": str(_MINUTE)}
        return render_template("portal/certificate_wait.html", number=number), 429, wait
    content, title = content_of(visit.db, certificate), certificate.title
    visit.db.close()  # drawing and signing take a while, and others need the connection
    response = Response(current_app.extensions["documents"]().pdf(content), mimetype="application/pdf")
    way = "inline" if request.args.get("view") else "attachment"
    response.headers["Content-Disposition"] = f"{way}; {_file_names(content, title)}"
    return response


def new_certificate(visit: Visit) -> ResponseReturnValue:
    """Let choose the kind: what each is for, and why one cannot be had yet."""
    kinds = [_kind(visit, kind) for kind in (*ISSUED_HERE, CertificateType.GROUP)]
    return render_template("portal/certificate_new.html", kinds=kinds)


def choose_activity(visit: Visit, kind: str) -> ResponseReturnValue:
    """Let choose the activity, of those that qualify."""
    chosen = _known(kind)
    if chosen not in ABOUT_ONE:
        return redirect(url_for(".ask_certificate", kind=kind, activity=_ALL), 303)
    check_kind(visit.db, visit.member, chosen, visit.now)
    return render_template(
        "portal/certificate_activity.html",
        kind=chosen,
        name=CERTIFICATE_NAMES[chosen],
        choices=choices(visit.db, visit.member, chosen, visit.now),
        today=visit.now.date(),
    )


def ask_certificate(visit: Visit, kind: str, activity: str) -> ResponseReturnValue:
    """Ask before one is issued; today's that says the same is shown instead."""
    chosen, number = _known(kind), _number(activity)
    drafted = draft(visit.db, visit.member, chosen, **about(chosen, number), now=visit.now)
    if drafted.issued is not None:
        return _again(drafted.issued)
    content = drafted.content
    rows = [
        ("종류", CERTIFICATE_NAMES[chosen]),
        ("활동", certified(content.activities)),
        (hours_label(chosen), f"{content.total_hours}시간"),
    ]
    back = url_for(".choose_activity", kind=kind) if chosen in ABOUT_ONE else url_for(".new_certificate")
    return render_template("portal/certificate_confirm.html", rows=rows, rule=CERTIFICATE_RULE, back=back)


def issue_certificate(visit: Visit, kind: str, activity: str) -> ResponseReturnValue:
    """Issue one, once a day for the same; the alert says so in the chat."""
    chosen, number = _known(kind), _number(activity)
    visit.member.lock(visit.db)  # of two presses at the same time only one issues it
    drafted = draft(visit.db, visit.member, chosen, **about(chosen, number), now=visit.now)
    if drafted.issued is not None:
        return _again(drafted.issued)
    certificate = issue(visit.db, visit.member, chosen, **about(chosen, number), now=visit.now)
    visit.commit()
    flash("확인서가 나왔어요! 아래에서 내려받을 수 있어요.", "success")
    return _to(certificate)


def _again(certificate: Certificate) -> ResponseReturnValue:
    flash(CERTIFICATE_AGAIN, "info")
    return _to(certificate)


def _to(certificate: Certificate) -> ResponseReturnValue:
    return redirect(url_for(".my_certificate", number=certificate.id), 303)


def _chips(mine: list[Certificate], shown: list[Certificate]) -> list[Chip]:
    """Return a view for each kind there is and one for all; nothing to choose where there is one kind."""
    kinds = sorted({each.type for each in mine})
    if len(kinds) < 2:
        return []
    every = Chip(f"모두 {len(mine)}", url_for(".my_certificates"), len(shown) == len(mine))
    return [every, *(_chip(kind, mine, shown) for kind in kinds)]


def _chip(kind: CertificateType, mine: list[Certificate], shown: list[Certificate]) -> Chip:
    count = sum(each.type is kind for each in mine)
    current = len(shown) < len(mine) and shown[0].type is kind
    return Chip(f"{CERTIFICATE_NAMES[kind]} {count}", url_for(".my_certificates", kind=kind.value), current)


def _kind(visit: Visit, kind: CertificateType) -> Kind:
    refused = refusal(visit.db, visit.member, kind, visit.now)
    url = "" if refused else url_for(".choose_activity", kind=kind)
    return Kind(CERTIFICATE_NAMES[kind], CERTIFICATE_PURPOSES[kind], url, refused.words if refused else "")


def _known(kind: str) -> CertificateType:
    return CertificateType(kind) if kind in set(CertificateType) else abort(404)


def _number(activity: str) -> int | None:
    """Return the number of the activity an address names, None where it names all."""
    if activity == _ALL:
        return None
    return int(activity) if re.fullmatch(r"[0-9]{1,18}", activity) else abort(404)


def _parts(layout: Layout) -> list[Part]:
    """Return the rows of the table on paper as parts of lines; its total is told apart."""
    titles = [column.title for column in layout.columns]
    parts: list[Part] = []
    for row in layout.rows:
        if row.kind is RowKind.GROUP:
            parts.append(Part(" · ".join(row.cells), []))
        elif row.kind is RowKind.LINE:
            parts = parts or [Part("", [])]
            parts[-1].lines.append(_line(titles, row.cells))
    return parts


def _line(titles: list[str], cells: tuple[str, ...]) -> Line:
    title = titles.index("활동")
    rest = [cell for at, cell in enumerate(cells[:-1]) if at != title and cell]
    return Line(cells[title], cells[-1], " · ".join(rest))


def _qr(address: str) -> Markup:
    """Return a QR code as SVG without any style, which our pages' policy would stop."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(scale=4, border=4, light="#fff"))  # noqa: S704 - drawn by segno from nothing but squares


def _file_names(content: CertificateContent, title: str) -> str:
    """Return the file's name for a header: one every browser reads, and the Korean one (RFC 6266).

    Titles come from hosts: only letters and digits of them get in, so nothing can end the header, hide the ending
    or turn the direction of reading.
    """
    day, kind = content.issued_at.astimezone(SEOUL), CERTIFICATE_NAMES[content.type]
    named = kind if title == kind else f"{kind} {title}"
    korean = quote(f"{_letters(named)[:60].strip()} {day:%Y%m%d}.pdf", safe="")
    return f"filename=\"certificate-{day:%Y%m%d}.pdf\"; filename*=UTF-8''{korean}"


def _letters(words: str) -> str:
    composed = unicodedata.normalize("NFC", words)
    return " ".join("".join(letter if letter.isalnum() else " " for letter in composed).split())


ROUTES = (
    Route("GET", "/me/certificates", my_certificates, Guard.STEPPED_UP),
    Route("GET", "/me/certificates/<int:number>", my_certificate, Guard.STEPPED_UP),
    Route("GET", "/me/certificates/<int:number>.pdf", certificate_pdf, Guard.STEPPED_UP),
    Route("GET", "/me/certificates/new", new_certificate, Guard.STEPPED_UP),
    Route("GET", "/me/certificates/new/<kind>", choose_activity, Guard.STEPPED_UP),
    Route("GET", "/me/certificates/new/<kind>/<activity>", ask_certificate, Guard.STEPPED_UP),
    Route("POST", "/me/certificates/new/<kind>/<activity>", issue_certificate, Guard.STEPPED_UP),
)
