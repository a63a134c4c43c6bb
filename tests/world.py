"""Building a small world: each function makes one believable thing and takes whatever a test wants otherwise."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import count

from sqlalchemy.orm import Session

from models.applications import SEATED, Application, ApplicationChange, ApplicationState
from models.certificates import Certificate, CertificateType
from models.clock import SEOUL
from models.consents import Consent1365
from models.hosts import HostInstitution
from models.hours import RecordState, ServiceRecord
from models.members import ChannelAccount, GuardianConsent, Level, Member
from models.programs import Program, ProgramSession
from models.search import squeeze

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=SEOUL)
"""The Monday morning most tests live in."""
CHEONAN = ("6440000", "4490000")
PHONE = "041-000-1388"
_numbers = count(1)


def make_member(
    db: Session,
    *,
    name: str = "홍길동",
    phone: str = "010-0000-1234",
    born: date = date(2010, 5, 5),
    level: Level | None = Level.HIGH,
    grade: int | None = 1,
    guardian_agreed: bool = False,
) -> Member:
    member = Member(
        dovol_id=f"member-{next(_numbers)}",
        name=name,
        phone=phone,
        birth_date=born,
        level=level,
        grade=grade,
        sido_code=CHEONAN[0],
        sigungu_code=CHEONAN[1],
        interests=[],
        careers=[],
        created_at=NOW,
    )
    if guardian_agreed:
        member.guardian_consents.append(GuardianConsent(text_version="1", channel="web", given_at=NOW))
    db.add(member)
    db.flush()
    return member


def make_account(db: Session, member: Member | None, user_key: str = "user-1") -> ChannelAccount:
    account = ChannelAccount(
        channel="kakao",
        bot_id="bot",
        user_key=user_key,
        member_id=member.id if member else None,
        linked_at=NOW if member else None,
        first_seen_at=NOW,
    )
    db.add(account)
    db.flush()
    return account


def make_host(db: Session, name: str = "천안청소년수련관", phone: str | None = PHONE) -> HostInstitution:
    host = HostInstitution(
        source=f"test-{next(_numbers)}", name=name, phone=phone, sido_code=CHEONAN[0], sigungu_code=CHEONAN[1]
    )
    db.add(host)
    db.flush()
    return host


def make_session(
    db: Session,
    *,
    title: str = "하천 쓰레기 줍기",
    starts_on: date = date(2026, 12, 5),
    begins_at: time | None = time(10),
    ends_at: time | None = time(12),
    seats: int = 10,
    taken: int = 0,
    hours: int = 2,
    field: str = "0800",
    host: HostInstitution | None = None,
    program: Program | None = None,
    levels: Level = Level.ALL,
    notes: str = "",
    place: str = "천안천",
    sigungu_code: str = CHEONAN[1],
    apply_from: date | None = None,
    apply_until: date | None = None,
) -> ProgramSession:
    if program is None:
        program = make_program(
            db, title=title, field=field, host=host or make_host(db), levels=levels, last_date=starts_on
        )
    program.last_date = max(program.last_date, starts_on)
    session = ProgramSession(
        program=program,
        source="test",
        source_no=f"{next(_numbers)}",
        starts_on=starts_on,
        ends_on=starts_on,
        weekday=starts_on.weekday(),
        begins_at=begins_at,
        ends_at=ends_at,
        place=place,
        sido_code=CHEONAN[0],
        sigungu_code=sigungu_code,
        field_code=program.field_code,
        levels=int(levels),
        seats=seats,
        taken=taken,
        taken_elsewhere=taken,
        credited_hours=hours,
        notes=notes,
        apply_from=apply_from or starts_on - timedelta(days=60),
        apply_until=apply_until or starts_on - timedelta(days=1),
    )
    db.add(session)
    db.flush()
    return session


def make_program(
    db: Session,
    *,
    title: str = "하천 쓰레기 줍기",
    field: str = "0800",
    host: HostInstitution | None = None,
    levels: Level = Level.ALL,
    last_date: date = date(2026, 12, 5),
    content: str = "",
) -> Program:
    program = Program(
        source="test",
        source_key=f"{next(_numbers)}",
        title=title,
        content=content,
        host=host,
        field_code=field,
        levels=int(levels),
        search_text=squeeze(title + (host.name if host else "")),
        last_date=last_date,
    )
    db.add(program)
    db.flush()
    return program


def make_application(
    db: Session,
    member: Member,
    session: ProgramSession,
    state: ApplicationState = ApplicationState.APPLIED,
    *,
    applied_at: datetime = NOW - timedelta(days=5),
    changed_at: datetime | None = None,
    reason: str | None = None,
) -> Application:
    application = Application(
        member_id=member.id,
        session=session,
        state=state,
        reason=reason,
        applied_at=applied_at,
        changed_at=changed_at or applied_at,
    )
    application.history.append(
        ApplicationChange(version=1, state=state, reason=reason, by="member", at=applied_at)
    )
    session.taken += state in SEATED
    db.add(application)
    db.flush()
    return application


def make_record(
    db: Session,
    member: Member,
    *,
    title: str = "하천 쓰레기 줍기",
    host_name: str = "천안청소년수련관",
    served_on: date = date(2026, 10, 10),
    hours: int = 2,
    state: RecordState = RecordState.CREDITED,
    reason: str | None = None,
    application: Application | None = None,
    field: str = "0800",
    received_from_1365: bool = False,
) -> ServiceRecord:
    record = ServiceRecord(
        member_id=member.id,
        application_id=application.id if application else None,
        session_id=application.session_id if application else None,
        title=title,
        host_name=host_name,
        field_code=field,
        served_on=served_on,
        hours=hours,
        state=state,
        reason=reason,
        received_from_1365=received_from_1365,
    )
    db.add(record)
    db.flush()
    return record


def make_certificate(
    db: Session,
    member: Member,
    kind: CertificateType = CertificateType.SERVICE,
    *,
    record: ServiceRecord | None = None,
    issued_at: datetime = NOW - timedelta(days=20),
) -> Certificate:
    certificate = Certificate(
        member_id=member.id,
        record=record,
        type=kind,
        print_number=f"test-{next(_numbers)}",
        issued_at=issued_at,
    )
    db.add(certificate)
    db.flush()
    return certificate


def make_consent(
    db: Session, member: Member, *, dovol: bool, site_1365: bool | None, names_differ: bool = False
) -> Consent1365:
    consent = Consent1365(
        member_id=member.id,
        dovol_agreed=dovol,
        site_1365_agreed=site_1365,
        names_differ=names_differ,
        changed_at=NOW - timedelta(days=30),
    )
    db.add(consent)
    db.flush()
    return consent
