"""My certificates on the page: seen, handed over as a file and issued only after one more proof of identity."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from urllib.parse import unquote

import pytest
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.applications import ApplicationState
from models.certificates import CERTIFICATE_NAMES, Certificate, CertificateType, content_of, issue, verify
from models.clock import SetClock
from models.database import Database
from models.events import EventKind
from models.hours import RecordState
from models.members import Member
from tests.web.pdf_text import text_of
from tests.web.visitor import Visitor
from tests.world import make_application, make_certificate, make_record, make_session
from web.documents.layouts import layout_of
from web.door import Route
from web.portal.certificates import FILES_PER_MINUTE, ROUTES

T = CertificateType
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def checked(visitor: Visitor, member: Member) -> Visitor:
    """Return a browser in which the member proved who they are."""
    visitor.log_in(member)
    visitor.step_up(member)
    return visitor


def issued(db: Session, member: Member, clock: SetClock, title: str = "하천 쓰레기 줍기") -> Certificate:
    """Return a certificate of one activity, as the service issues it."""
    record = make_record(db, member, title=title)
    certificate = issue(db, member, T.SERVICE, record_id=record.id, now=clock.now())
    db.commit()
    return certificate


def count(db: Session) -> int:
    db.expire_all()
    return db.scalar(select(func.count(Certificate.id))) or 0


def file_name(visitor: Visitor) -> str:
    """Return the Korean name of the file that was just handed over."""
    assert visitor.page is not None
    said = visitor.page.headers["Content-Disposition"]
    found = re.fullmatch(r"(?:attachment|inline); filename=\"([\w.-]+)\"; filename\*=UTF-8''([\w.%-]+)", said)
    assert found, said
    return unquote(found[2])


# --- who is let in


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_nothing_is_shown_or_issued_without_one_more_proof(
    visitor: Visitor, db: Session, member: Member, clock: SetClock, route: Route
) -> None:
    certificate = issued(db, member, clock)
    record = make_record(db, member)
    db.commit()
    path = (
        route.path.replace("<int:number>", str(certificate.id))
        .replace("<kind>", T.SERVICE)
        .replace("<activity>", str(record.id))
    )
    visitor.log_in(member)
    token = visitor.csrf("/me/not-me")
    if route.method == "POST":
        answer = visitor.post_raw(path, {"csrf_token": token, "back": path})
    else:
        answer = visitor.get(path)
    assert answer.status_code == 303
    assert answer.location == f"/me/check?after={path.removesuffix('.pdf')}"
    assert count(db) == 1


def test_a_proof_that_has_worn_off_leads_from_the_file_back_to_its_page(
    checked: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    certificate = issued(db, member, clock)
    path = f"/me/certificates/{certificate.id}.pdf"
    assert checked.get(path).status_code == 200
    clock.advance(timedelta(hours=1))
    checked.log_in(member)
    assert checked.get(path).location == f"/me/check?after=/me/certificates/{certificate.id}"


def test_nobody_sees_anything_without_logging_in(visitor: Visitor, db: Session, member: Member) -> None:
    certificate = make_certificate(db, member, record=make_record(db, member))
    db.commit()
    for path in ("", f"/{certificate.id}", f"/{certificate.id}.pdf", "/new"):
        assert visitor.get(f"/me/certificates{path}").status_code == 401


def test_somebody_elses_certificate_reads_like_one_that_is_not_there(
    checked: Visitor, db: Session, stranger: Member, clock: SetClock
) -> None:
    theirs = issued(db, stranger, clock, "비밀 봉사")
    for number in (theirs.id, theirs.id + 1, 0, 2**40, 10**30):
        for path in (f"/me/certificates/{number}", f"/me/certificates/{number}.pdf"):
            answer = checked.get(path)
            assert answer.status_code == 409
            assert answer.mimetype == "text/html"
            assert "내 기록이 아니라서" in checked.read()
            assert "비밀 봉사" not in checked.read()


# --- the list


def test_without_certificates_the_page_says_when_they_come(checked: Visitor) -> None:
    checked.get("/me/certificates")
    assert "아직 나온 확인서가 없어요" in checked.read()
    assert "기관이 봉사시간을 인정하고 나면" in checked.read()
    assert "/me/certificates/new" not in checked.get("/me/certificates").text


def test_who_has_recognised_hours_is_offered_the_first_certificate(
    checked: Visitor, db: Session, member: Member
) -> None:
    make_record(db, member)
    db.commit()
    assert 'href="/me/certificates/new"' in checked.get("/me/certificates").text


def test_the_newest_come_first_with_kind_day_and_print_number(
    checked: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    make_certificate(db, member, record=make_record(db, member, title="먼저 한 봉사"))
    new = issued(db, member, clock, "나중에 한 봉사")
    checked.get("/me/certificates")
    read = checked.read()
    assert read.index("나중에 한 봉사") < read.index("먼저 한 봉사")
    for words in (
        "봉사활동확인서",
        "11월 23일(월) 발급",
        f"발급번호 {new.print_number}",
        "11월 3일(화) 발급",
    ):
        assert words in read
    assert "확인서 종류" not in checked.get("/me/certificates").text


def test_several_kinds_can_be_looked_at_one_by_one(checked: Visitor, db: Session, member: Member) -> None:
    make_certificate(db, member, record=make_record(db, member, title="도서관 책 정리"))
    make_certificate(db, member, T.HISTORY)
    db.commit()
    checked.get("/me/certificates")
    assert "모두 2" in checked.read()
    assert "이력확인서 1" in checked.read()
    checked.get(f"/me/certificates?kind={T.HISTORY}")
    assert "도서관 책 정리" not in checked.read()
    for unknown in ("000000", T.GROUP, "%00", "<b>"):
        checked.get(f"/me/certificates?kind={unknown}")
        assert "도서관 책 정리" in checked.read()


# --- one certificate


@pytest.mark.parametrize("kind", T)
def test_what_stands_on_paper_stands_on_the_page(
    checked: Visitor, app: Flask, db: Session, member: Member, kind: CertificateType
) -> None:
    record = make_record(db, member, title="장터 돕기", received_from_1365=True, hours=4)
    make_record(db, member, title="도서관 책 정리", served_on=date(2025, 9, 2), hours=3)
    plan = make_application(db, member, make_session(db), ApplicationState.APPROVED)
    certificate = make_certificate(
        db, member, kind, record=record if kind in (T.SERVICE, T.RECEIVED) else None
    )
    certificate.application = plan if kind is T.ACTIVITY_PLAN else None
    db.commit()
    assert checked.get(f"/me/certificates/{certificate.id}").status_code == 200
    read = checked.read()
    for words in (
        CERTIFICATE_NAMES[kind],
        certificate.print_number,
        "홍길동",
        "2010년 5월 5일",
        "확인합니다",
    ):
        assert words in read
    assert [
        cell for row in layout_of(content_of(db, certificate)).rows for cell in row.cells if cell not in read
    ] == []
    assert f"/verify?type={kind}&number={certificate.print_number}" in read


def test_the_page_leads_to_the_file_and_its_qr_code_has_words_and_no_style(
    checked: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    certificate = issued(db, member, clock)
    shown = checked.get(f"/me/certificates/{certificate.id}").text
    assert f'href="/me/certificates/{certificate.id}.pdf"' in shown
    assert f'href="/me/certificates/{certificate.id}.pdf?view=1"' in shown
    (label, drawn) = re.search(r'role="img" aria-label="([^"]+)">(.*?)</div>', shown, re.DOTALL).groups()  # type: ignore[union-attr]
    assert "QR" in label
    assert drawn.startswith("<svg")
    assert "style" not in drawn


def test_hostile_titles_are_shown_as_they_are_written(
    checked: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    certificate = issued(db, member, clock, HOSTILE)
    plan = make_application(db, member, make_session(db, title=HOSTILE), ApplicationState.APPROVED)
    other = make_record(db, member, title=HOSTILE, host_name=HOSTILE)
    db.commit()
    for path in (
        "",
        f"/{certificate.id}",
        f"/new/{T.SERVICE}",
        f"/new/{T.SERVICE}/{other.id}",
        f"/new/{T.ACTIVITY_PLAN}",
        f"/new/{T.ACTIVITY_PLAN}/{plan.id}",
    ):
        shown = checked.get(f"/me/certificates{path}")
        assert shown.status_code == 200
        assert "<script>alert" not in shown.text
        assert HOSTILE in checked.read()


# --- the file


def test_the_file_is_a_signed_pdf_with_a_korean_name_that_nobody_keeps(
    checked: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    certificate = issued(db, member, clock)
    answer = checked.get(f"/me/certificates/{certificate.id}.pdf")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")
    assert certificate.print_number in text_of(answer.data)
    assert len(PdfFileReader(BytesIO(answer.data)).embedded_signatures) == 1
    assert answer.headers["Content-Type"] == "application/pdf"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert file_name(checked) == "봉사활동확인서 하천 쓰레기 줍기 20261123.pdf"
    assert verify(db, T.SERVICE, certificate.print_number, "홍길동", member.birth_date)


def test_the_file_can_be_looked_at_where_it_cannot_be_kept(
    checked: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    certificate = issued(db, member, clock)
    answer = checked.get(f"/me/certificates/{certificate.id}.pdf?view=1")
    assert answer.headers["Content-Disposition"].startswith("inline; ")
    assert answer.data.startswith(b"%PDF-")
    assert file_name(checked).endswith(".pdf")


def test_a_certificate_about_several_activities_is_named_by_its_kind(
    checked: Visitor, db: Session, member: Member, clock: SetClock
) -> None:
    make_record(db, member)
    certificate = issue(db, member, T.HISTORY, now=clock.now())
    db.commit()
    checked.get(f"/me/certificates/{certificate.id}.pdf")
    assert file_name(checked) == "이력확인서 20261123.pdf"


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ('"; filename="evil.exe', "filename evil exe"),
        ("가\r\nSet-Cookie: a=b\r\n\r\n나", "가 Set Cookie a b 나"),
        ("\u202efdp.exe\u2066 봉사", "fdp exe 봉사"),
        ("../../etc/passwd\x00", "etc passwd"),
        ("\u1112\u1161\u11ab\u1100\u1161\u11bc", "한강"),
        ("🧹🧹", ""),
        ("가" * 500, "가" * 52),
    ],
)
def test_a_hostile_title_breaks_neither_the_header_nor_the_name(
    checked: Visitor, db: Session, member: Member, clock: SetClock, title: str, named: str
) -> None:
    certificate = issued(db, member, clock, title)
    assert checked.get(f"/me/certificates/{certificate.id}.pdf").status_code == 200
    assert file_name(checked) == " ".join(f"봉사활동확인서 {named} 20261123.pdf".split())
    assert len(file_name(checked).encode()) < 255


def test_no_connection_is_held_while_the_file_is_drawn(
    checked: Visitor, app: Flask, db: Session, member: Member, clock: SetClock
) -> None:
    certificate = issued(db, member, clock)
    db.close()
    database: Database = app.extensions["database"]
    held: list[int] = []

    class Watching:
        def pdf(self, _content: object) -> bytes:
            held.append(database.engine.pool.checkedout())  # type: ignore[attr-defined]
            return b"%PDF-"

    app.extensions["documents"] = Watching
    assert checked.get(f"/me/certificates/{certificate.id}.pdf").data == b"%PDF-"
    assert held == [0]


def test_somebody_who_draws_without_end_is_asked_to_wait(
    checked: Visitor, app: Flask, db: Session, member: Member, clock: SetClock
) -> None:
    certificate = issued(db, member, clock)

    class Quick:
        def pdf(self, _content: object) -> bytes:
            return b"%PDF-"

    app.extensions["documents"] = Quick
    path = f"/me/certificates/{certificate.id}.pdf"
    assert {checked.get(path).status_code for _ in range(FILES_PER_MINUTE)} == {200}
    refused = checked.get(path)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert "1분 뒤에 다시" in checked.read()


# --- issuing


def test_a_certificate_is_issued_on_the_page_and_the_chat_is_told(
    checked: Visitor, db: Session, member: Member
) -> None:
    record = make_record(db, member, title="도서관 책 정리", hours=3)
    db.commit()
    assert 'href="/me/certificates/new/199010"' in checked.get("/me/certificates/new").text
    path = f"/me/certificates/new/{T.SERVICE}/{record.id}"
    assert f'href="{path}"' in checked.get(f"/me/certificates/new/{T.SERVICE}").text
    checked.post(path)
    checked.follow()
    assert "확인서가 나왔어요" in checked.read()
    assert "3시간" in checked.read()
    (event,) = checked.happened(member)
    number = db.scalars(select(Certificate.id)).one()
    assert (event.kind, event.object) == (EventKind.CERTIFICATE_ISSUED, f"certificate:{number}")


def test_asking_twice_gives_the_same_certificate_and_tells_once(
    checked: Visitor, db: Session, member: Member
) -> None:
    record = make_record(db, member)
    db.commit()
    path = f"/me/certificates/new/{T.SERVICE}/{record.id}"
    token = checked.csrf(path)
    places = {checked.post_raw(path, {"csrf_token": token}).location for _ in range(2)}
    assert len(places) == 1
    assert count(db) == 1
    assert len(checked.happened(member)) == 1
    assert checked.get(path).location in places
    checked.follow()
    assert "오늘 이미 나온 확인서예요" in checked.read()


@pytest.mark.parametrize("kind", [T.HISTORY, T.BY_DAY, T.RECEIVED])
def test_kinds_about_everything_ask_for_no_activity(
    checked: Visitor, db: Session, member: Member, kind: CertificateType
) -> None:
    make_record(db, member, received_from_1365=True)
    make_record(db, member, received_from_1365=True, hours=3)
    db.commit()
    checked.get(f"/me/certificates/new/{kind}")
    checked.follow()
    assert "2건" in checked.read()
    assert "5시간" in checked.read()
    assert checked.post(f"/me/certificates/new/{kind}/all").status_code == 303
    assert count(db) == 1


def test_only_what_qualifies_is_offered(checked: Visitor, db: Session, member: Member) -> None:
    make_record(db, member, title="인정된 봉사")
    make_record(db, member, title="확인 중인 봉사", state=RecordState.PENDING)
    make_record(db, member, title="인정 안 된 봉사", state=RecordState.NOT_CREDITED)
    make_record(db, member, title="1365 봉사", received_from_1365=True)
    make_application(db, member, make_session(db, title="승인된 계획"), ApplicationState.APPROVED)
    make_application(
        db,
        member,
        make_session(db, title="기다리는 계획", starts_on=date(2026, 12, 12)),
        ApplicationState.APPLIED,
    )
    past = make_session(db, title="지난 계획", starts_on=date(2026, 11, 1))
    make_application(db, member, past, ApplicationState.APPROVED)
    db.commit()
    checked.get(f"/me/certificates/new/{T.SERVICE}")
    assert "인정된 봉사" in checked.read()
    assert not any(title in checked.read() for title in ("확인 중인 봉사", "인정 안 된 봉사", "1365 봉사"))
    checked.get(f"/me/certificates/new/{T.ACTIVITY_PLAN}")
    assert "승인된 계획" in checked.read()
    assert not any(title in checked.read() for title in ("기다리는 계획", "지난 계획"))


def test_kinds_that_cannot_be_had_say_why_and_a_group_one_comes_from_the_host(
    checked: Visitor, db: Session, member: Member
) -> None:
    checked.get("/me/certificates/new")
    read = checked.read()
    for words in ("아직 인정된 봉사시간이 없어요", "1365에서 넘어온 봉사시간이 없어요", "승인되면 다시"):
        assert words in read
    assert "단체확인서는 함께 활동한 기관이 만들어 줘요" in read
    assert f"/new/{T.SERVICE}" not in checked.get("/me/certificates/new").text
    make_record(db, member)
    db.commit()
    assert f"/new/{T.SERVICE}" in checked.get("/me/certificates/new").text


def test_what_the_rules_refuse_is_refused_in_the_same_words(
    checked: Visitor, db: Session, member: Member, stranger: Member
) -> None:
    pending = make_record(db, member, state=RecordState.PENDING)
    theirs = make_record(db, stranger, title="비밀 봉사")
    received = make_record(db, member, received_from_1365=True)
    db.commit()
    token = checked.csrf("/me/not-me")
    for about, words in (
        (f"{T.GROUP}/all", "단체확인서는 함께 활동한 기관이 만들어 줘요"),
        (f"{T.GROUP}/{pending.id}", "단체확인서는 함께 활동한 기관이 만들어 줘요"),
        (f"{T.SERVICE}/{pending.id}", "아직 인정된 봉사시간이 아니에요"),
        (f"{T.SERVICE}/{theirs.id}", "내 기록이 아니라서"),
        (f"{T.SERVICE}/{received.id}", "확인서(나눔수신)로 받아 주세요"),
        (f"{T.SERVICE}/all", "먼저 골라 주세요"),
        (f"{T.SERVICE}/{10**17}", "내 기록이 아니라서"),
        (f"{T.ACTIVITY_PLAN}/{theirs.id}", "내 기록이 아니라서"),
    ):
        path = f"/me/certificates/new/{about}"
        assert checked.get(path).status_code == 409
        assert words in checked.read()
        assert checked.post_raw(path, {"csrf_token": token}).status_code == 409
        assert words in checked.read()
        assert "비밀 봉사" not in checked.read()
    assert count(db) == 0


def test_kinds_and_activities_that_are_none_are_not_found(checked: Visitor) -> None:
    for path in (
        "000000",
        "SERVICE",
        f"{T.SERVICE}/x",
        f"{T.SERVICE}/-1",
        f"{T.SERVICE}/{10**30}",
        "199010/１",
    ):
        assert checked.get(f"/me/certificates/new/{path}").status_code == 404
