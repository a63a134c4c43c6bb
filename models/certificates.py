"""Certificates (확인서): what each of the six kinds says, who may issue one, and whether one shown is genuine.

What a certificate says is fixed when it is issued and kept with it, so a document never changes afterwards.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypedDict, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.applications import Application, ApplicationState
from models.base import LARGEST_ID, Base, Encrypted
from models.clock import SEOUL
from models.codes import FIELDS
from models.events import EventKind, record_event
from models.hours import RecordState, ServiceRecord
from models.members import Member
from models.programs import ProgramSession, SessionState
from models.refusals import Reason, Refused

Owned = TypeVar("Owned", Application, ServiceRecord)

PRINT_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""The 32 letters of a print number: no 0 and O, no 1 and I. Eight of them are 40 random bits."""


class CertificateType(StrEnum):
    """The six kinds of certificate, by KYWA's own codes."""

    ACTIVITY_PLAN = "199008"
    SERVICE = "199010"
    RECEIVED = "199011"
    BY_DAY = "199012"
    GROUP = "199014"
    HISTORY = "199015"


CERTIFICATE_NAMES: dict[CertificateType, str] = {
    CertificateType.ACTIVITY_PLAN: "사전계획서",
    CertificateType.SERVICE: "봉사활동확인서",
    CertificateType.RECEIVED: "확인서(나눔수신)",
    CertificateType.BY_DAY: "일자별 확인서",
    CertificateType.GROUP: "단체확인서",
    CertificateType.HISTORY: "이력확인서",
}


ABOUT_ONE = frozenset({CertificateType.ACTIVITY_PLAN, CertificateType.SERVICE})
"""Kinds that are about one activity, which has to be named; the others are about all there are."""
ISSUED_HERE = (
    CertificateType.SERVICE,
    CertificateType.HISTORY,
    CertificateType.BY_DAY,
    CertificateType.RECEIVED,
    CertificateType.ACTIVITY_PLAN,
)
"""Kinds a young person can issue, the most wanted first; the one that is missing is issued by hosts."""


class Certificate(Base):
    """A certificate that was issued."""

    __tablename__ = "certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("service_record.id"))
    """The one record it is about; None when it is about several, or a plan."""
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    """The application a plan is about."""
    type: Mapped[CertificateType]
    print_number: Mapped[str] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    content: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    """``CertificateContent`` as JSON; read it with ``content_of``. Loaded on demand: a list needs none of it."""

    member: Mapped[Member] = relationship()
    record: Mapped[ServiceRecord | None] = relationship()
    application: Mapped[Application | None] = relationship()

    @property
    def title(self) -> str:
        """Name of the activity it is about; of its kind, where it is about several."""
        if self.application is not None:
            return self.application.session.program.title
        return self.record.title if self.record is not None else CERTIFICATE_NAMES[self.type]


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of a certificate: an activity done, or planned. ``hours`` are whole hours."""

    on: date
    title: str
    host: str
    field: str
    """Name of the category: 환경·생태계보호."""
    hours: int
    until: date | None = None
    """Last day, where a plan has several."""
    begins_at: time | None = None
    ends_at: time | None = None
    place: str = ""
    received_from_1365: bool = False


@dataclass(frozen=True, slots=True)
class CertificateContent:
    """All that a certificate says."""

    type: CertificateType
    print_number: str
    issued_at: datetime
    name: str
    birth_date: date
    school: str
    """School and grade, empty outside school."""
    activities: tuple[Activity, ...]
    """Oldest first."""
    group: tuple[str, ...] = ()
    """Names of those a group certificate is for, where the host gave them."""

    @property
    def total_hours(self) -> int:
        """Whole hours of all activities."""
        return sum(activity.hours for activity in self.activities)


@dataclass(frozen=True, slots=True)
class Draft:
    """A certificate that is not issued yet: its content has no print number."""

    content: CertificateContent
    record: ServiceRecord | None
    application: Application | None
    issued: Certificate | None
    """Today's certificate that says the same, which is given again instead."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An activity one can ask a certificate about; ``number`` is its record's, for a plan its application's."""

    number: int
    activity: Activity


class About(TypedDict):
    """What a certificate is about, as ``issue`` and ``draft`` take it."""

    record_id: int | None
    application_id: int | None


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a certificate is about."""

    activities: tuple[Activity, ...]
    record: ServiceRecord | None = None
    application: Application | None = None


_JSON = TypeAdapter(CertificateContent)


def issue(
    db: Session,
    member: Member,
    kind: CertificateType,
    *,
    record_id: int | None = None,
    application_id: int | None = None,
    now: datetime,
) -> Certificate:
    """Issue a certificate to the member, or return today's if it says the same. The caller commits.

    ``SERVICE`` takes a ``record_id``, ``ACTIVITY_PLAN`` an ``application_id``; ``RECEIVED`` is about one record
    or, without, about all; the others are about all credited records.

    Raises:
        Refused: it is someone else's, not credited, not approved, there is nothing to certify, or only a host
            may issue it.
    """
    member.lock(db)
    db.refresh(member)
    drafted = draft(db, member, kind, record_id=record_id, application_id=application_id, now=now)
    if drafted.issued is not None:
        return drafted.issued
    content = replace(drafted.content, print_number=_new_print_number(db, now))
    certificate = Certificate(
        member_id=member.id,
        record=drafted.record,
        application=drafted.application,
        type=kind,
        print_number=content.print_number,
        issued_at=now,
        content=_JSON.dump_json(content).decode(),
    )
    db.add(certificate)
    db.flush()
    object_ = f"certificate:{certificate.id}"
    record_event(db, EventKind.CERTIFICATE_ISSUED, object_, 1, member_id=member.id, now=now)
    return certificate


def draft(
    db: Session,
    member: Member,
    kind: CertificateType,
    *,
    record_id: int | None = None,
    application_id: int | None = None,
    now: datetime,
) -> Draft:
    """Return what ``issue`` would issue for the same arguments, or has issued today.

    Raises:
        Refused: as ``issue`` does.
    """
    subject = _subject(db, member, kind, record_id, application_id, now)
    content = _content(member, kind, subject, "", now)
    issued = _same_today(db, member, content, subject)
    return Draft(content, subject.record, subject.application, issued)


def about(kind: CertificateType, number: int | None) -> About:
    """Return the arguments that name what a certificate is about: an application for a plan, else a record."""
    plan = kind is CertificateType.ACTIVITY_PLAN
    return {"record_id": None if plan else number, "application_id": number if plan else None}


def choices(db: Session, member: Member, kind: CertificateType, now: datetime) -> list[Choice]:
    """Return the activities a certificate of this kind can be about; none where it is about all.

    Those done come newest first, those planned soonest first.
    """
    if kind is CertificateType.SERVICE:
        own = [record for record in _credited(db, member) if not record.received_from_1365]
        return [Choice(each.id, *_activities([each])) for each in reversed(own)]
    if kind is CertificateType.ACTIVITY_PLAN:
        approved = select(Application).where(
            Application.member_id == member.id, Application.state == ApplicationState.APPROVED
        )
        coming = [each for each in db.scalars(approved) if _is_coming(each, now)]
        return sorted((Choice(each.id, _planned(each)) for each in coming), key=lambda each: each.activity.on)
    return []


def check_kind(db: Session, member: Member, kind: CertificateType, now: datetime) -> None:
    """Check that there is something to issue a certificate of this kind about.

    Raises:
        Refused: there is nothing yet, or only a host may issue it.
    """
    if kind not in ABOUT_ONE:
        _subject(db, member, kind, None, None, now)
    elif not choices(db, member, kind, now):
        plan = kind is CertificateType.ACTIVITY_PLAN
        raise Refused(Reason.NOT_APPROVED if plan else Reason.NOTHING_CREDITED)


def issuable_kinds(db: Session, member: Member, now: datetime) -> list[CertificateType]:
    """Return the kinds the member can issue one of right now, the most wanted first."""
    return [kind for kind in ISSUED_HERE if refusal(db, member, kind, now) is None]


def refusal(db: Session, member: Member, kind: CertificateType, now: datetime) -> Refused | None:
    """Return why the member can issue none of a kind, None when they can."""
    try:
        check_kind(db, member, kind, now)
    except Refused as refused:
        return refused
    return None


def content_of(db: Session, certificate: Certificate) -> CertificateContent:
    """Return what a certificate says: as kept when it was issued, else from the data as of that moment."""
    if certificate.content is not None:
        return _JSON.validate_json(certificate.content)
    subject = _subject_as_of_issue(db, certificate)
    return _content(
        certificate.member, certificate.type, subject, certificate.print_number, certificate.issued_at
    )


def verify(db: Session, kind: CertificateType, print_number: str, name: str, birth_date: date) -> bool:
    """Tell whether there is such a certificate: kind, print number, name and birth date all match.

    Spaces, case, hyphens and full-width letters make no difference. All four are compared every time, so the
    answer and its cost tell no one which of them was wrong.
    """
    number = normal_print_number(print_number)
    certificate = db.scalars(select(Certificate).where(Certificate.print_number == number)).first()
    content = content_of(db, certificate) if certificate else _NOBODY
    compared = [
        _equal(content.type, kind),
        _equal(_letters(content.name), _letters(name)),
        _equal(content.birth_date.isoformat(), birth_date.isoformat()),
    ]
    return all(compared) and certificate is not None


def certificates_of(db: Session, member: Member, limit: int = 50) -> list[Certificate]:
    """Return the member's certificates, newest first, with what they are about."""
    return list(
        db.scalars(
            select(Certificate)
            .where(Certificate.member_id == member.id)
            .options(
                joinedload(Certificate.record),
                joinedload(Certificate.application)
                .joinedload(Application.session)
                .joinedload(ProgramSession.program),
            )
            .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
            .limit(limit)
        )
    )


def make_print_number(day: date) -> str:
    """Return a fresh number nobody can guess and anybody can read out: ``20261123-7K3M-QX9W``."""
    letters = "".join(secrets.choice(PRINT_ALPHABET) for _ in range(8))
    return f"{day:%Y%m%d}-{letters[:4]}-{letters[4:]}"


def normal_print_number(typed: str) -> str:
    """Return a print number as it is stored, however it was typed; what is none comes back harmless."""
    letters = _letters(re.sub(r"[‐-―−ー]", "-", typed)).upper()
    bare = re.fullmatch(r"(\d{8})-?([0-9A-Z]{4})-?([0-9A-Z]{4})", letters, re.ASCII)
    return "-".join(bare.groups()) if bare else letters


def _letters(text: str) -> str:
    """Return what one reads, without spaces, invisible characters and differences of width or case."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if unicodedata.category(letter)[0] not in "CZ")


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _new_print_number(db: Session, now: datetime) -> str:
    while True:
        number = make_print_number(now.astimezone(SEOUL).date())
        if db.scalar(select(Certificate.id).where(Certificate.print_number == number)) is None:
            return number


def _content(
    member: Member, kind: CertificateType, subject: _Subject, print_number: str, issued_at: datetime
) -> CertificateContent:
    grade = f"{member.grade}학년" if member.school and member.grade else ""
    return CertificateContent(
        type=kind,
        print_number=print_number,
        issued_at=issued_at,
        name=member.name,
        birth_date=member.birth_date,
        school=f"{member.school or ''} {grade}".strip(),
        activities=subject.activities,
    )


def _same_today(
    db: Session, member: Member, content: CertificateContent, subject: _Subject
) -> Certificate | None:
    """Return the certificate of this day that says the same about the same."""
    midnight = datetime.combine(content.issued_at.astimezone(SEOUL), time.min, SEOUL)
    todays = select(Certificate).where(
        Certificate.member_id == member.id,
        Certificate.type == content.type,
        Certificate.record_id.is_not_distinct_from(subject.record and subject.record.id),
        Certificate.application_id.is_not_distinct_from(subject.application and subject.application.id),
        Certificate.issued_at >= midnight,
        Certificate.issued_at < midnight + timedelta(days=1),
    )
    for certificate in db.scalars(todays.order_by(Certificate.id)):
        kept = content_of(db, certificate)
        if replace(kept, print_number=content.print_number, issued_at=content.issued_at) == content:
            return certificate
    return None


def _subject(
    db: Session,
    member: Member,
    kind: CertificateType,
    record_id: int | None,
    application_id: int | None,
    now: datetime,
) -> _Subject:
    """Return what a new certificate would be about, or refuse."""
    if kind is CertificateType.GROUP:
        raise Refused(Reason.ISSUED_BY_HOST)
    if kind is CertificateType.ACTIVITY_PLAN:
        return _plan(_own(db, member, Application, application_id), now)
    if kind is CertificateType.SERVICE:
        return _service(_own(db, member, ServiceRecord, record_id))
    if kind is CertificateType.RECEIVED:
        return _received(db, member, record_id)
    return _all_credited(db, member)


def _own(db: Session, member: Member, kind: type[Owned], number: int | None) -> Owned:
    if number is None:
        raise Refused(Reason.CHOOSE_ACTIVITY)
    query = select(kind).where(kind.id == number, kind.member_id == member.id)
    query = query.execution_options(populate_existing=True)
    found = db.scalars(query).first() if 0 < number <= LARGEST_ID else None
    if found is None:
        raise Refused(Reason.NOT_YOURS)
    return found


def _is_coming(application: Application, now: datetime) -> bool:
    session = application.session
    return session.state is not SessionState.CALLED_OFF and session.ends_on >= now.date()


def _plan(application: Application, now: datetime) -> _Subject:
    if application.state is not ApplicationState.APPROVED or not _is_coming(application, now):
        raise Refused(Reason.NOT_APPROVED)
    return _Subject((_planned(application),), application=application)


def _service(record: ServiceRecord) -> _Subject:
    if record.state is not RecordState.CREDITED:
        raise Refused(Reason.NOT_CREDITED)
    if record.received_from_1365:
        raise Refused(Reason.RECEIVED_ELSEWHERE)
    return _Subject(_activities([record]), record=record)


def _received(db: Session, member: Member, record_id: int | None) -> _Subject:
    record = None if record_id is None else _own(db, member, ServiceRecord, record_id)
    records = _credited(db, member) if record is None else [record]
    received = [each for each in records if each.received_from_1365 and each.state is RecordState.CREDITED]
    if not received:
        raise Refused(Reason.NOTHING_RECEIVED)
    return _Subject(_activities(received), record=record)


def _all_credited(db: Session, member: Member) -> _Subject:
    records = _credited(db, member)
    if not records:
        raise Refused(Reason.NOTHING_CREDITED)
    return _Subject(_activities(records))


def _credited(db: Session, member: Member) -> list[ServiceRecord]:
    """Return all credited records of the member as they are now, oldest first."""
    query = (
        select(ServiceRecord)
        .where(ServiceRecord.member_id == member.id, ServiceRecord.state == RecordState.CREDITED)
        .order_by(ServiceRecord.served_on, ServiceRecord.id)
    )
    return list(db.scalars(query.execution_options(populate_existing=True)))


def _subject_as_of_issue(db: Session, certificate: Certificate) -> _Subject:
    """Return what a certificate without kept content is about: what was credited by the time it was issued."""
    if certificate.application is not None:
        return _Subject((_planned(certificate.application),))
    if certificate.record is not None:
        return _Subject(_activities([certificate.record]))
    if certificate.type not in (CertificateType.RECEIVED, CertificateType.BY_DAY, CertificateType.HISTORY):
        return _Subject(())
    only_received = certificate.type is CertificateType.RECEIVED
    return _Subject(
        _activities(
            record
            for record in _credited(db, certificate.member)
            if _credited_by(record, certificate.issued_at)
            and (record.received_from_1365 or not only_received)
        )
    )


def _credited_by(record: ServiceRecord, moment: datetime) -> bool:
    if record.credited_at is not None:
        return record.credited_at <= moment
    return record.served_on <= moment.astimezone(SEOUL).date()


def _activities(records: Iterable[ServiceRecord]) -> tuple[Activity, ...]:
    return tuple(
        Activity(
            on=record.served_on,
            title=record.title,
            host=record.host_name,
            field=FIELDS.get(record.field_code, ""),
            hours=record.hours,
            received_from_1365=record.received_from_1365,
        )
        for record in records
    )


def _planned(application: Application) -> Activity:
    session, program = application.session, application.session.program
    host = program.host or program.club
    return Activity(
        on=session.starts_on,
        title=program.title,
        host=host.name if host else "",
        field=FIELDS.get(session.field_code, ""),
        hours=session.credited_hours,
        until=session.ends_on if session.ends_on > session.starts_on else None,
        begins_at=session.begins_at,
        ends_at=session.ends_at,
        place=session.place,
    )


_NOBODY = CertificateContent(
    CertificateType.SERVICE, "", datetime(2000, 1, 1, tzinfo=SEOUL), "", date(2000, 1, 1), "", ()
)
"""What a number that is no certificate's is compared with."""
