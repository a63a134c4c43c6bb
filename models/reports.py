"""What DOVOL's own system reports of changes made there, and how each is applied to our store.

A report goes through the functions that change the same thing here, so it is written as an event like any other
change. DOVOL's word about a state is final; but a state that holds already changes nothing, and what happened before
the last change we know of is passed over, so reports may come twice and in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.applications import (
    Application,
    ApplicationState,
    current_application,
    file_elsewhere,
)
from models.certificates import ISSUED_HERE, CertificateType, about, draft, issue
from models.clock import SEOUL
from models.codes import FIELDS
from models.consents import consent_of, set_dovol_side
from models.hosts import HostClub, HostInstitution
from models.hours import mark_absent, mark_attended, record_of
from models.importing import dovol
from models.importing.rows import Item, Malformed
from models.importing.store import store_items
from models.masking import mask, mask_contacts, office_phone
from models.members import Level, Member
from models.profiles import FIELD_NAMES, ProfileChange, note_change
from models.programs import Program, ProgramSession, SessionState
from models.refusals import Refused
from models.rules import Rules
from models.sessions import call_off, move_session
from models.talents import (
    LONGEST,
    OfferState,
    TalentMatch,
    TalentOffer,
    approve_match,
    file_offer,
    match_offer,
    tidy,
)

VIA = "dovol"
"""How a change came that was reported."""
AHEAD = timedelta(minutes=5)
"""How far the other clock may be ahead of ours."""
MOST_SESSIONS = 50
YEARS = range(2000, 2101)


def _one_line(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("send one line without control characters and without blanks around it")
    return text


def _profile_field(name: str) -> str:
    if name not in FIELD_NAMES:
        raise ValueError(f"send one of {', '.join(FIELD_NAMES)}")
    return name


def _this_century(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError("send a date of this century")
    return day


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
Line = Annotated[str, Field(max_length=300), AfterValidator(_one_line)]
Moment = Annotated[AwareDatetime, AfterValidator(_this_century)]
Day = Annotated[date, AfterValidator(_this_century)]
ProfileField = Annotated[str, AfterValidator(_profile_field)]
LevelName = Literal["elementary", "middle", "high", "university"]


class Facts(BaseModel):
    """A part of a report. What is not in the schema is refused: it might be somebody's data."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SessionRef(Facts):
    """A session by its source's own number."""

    source: Literal["dovol"] = "dovol"
    number: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_one_line)]


class _Report(Facts):
    occurred_at: Moment | None = None
    """When it happened there; without it, now."""


class _OfMember(_Report):
    member: Name
    """The member's DOVOL id."""


class _OfSession(_Report):
    session: SessionRef


class _OfApplication(_OfMember):
    session: SessionRef


class ProfileChanged(_OfMember):
    """A profile was changed. Only which fields: values are not sent."""

    type: Literal["member.profile_changed"]
    fields: Annotated[list[ProfileField], Field(min_length=1, max_length=len(FIELD_NAMES))]


class OfferFacts(Facts):
    """A talent offer in the person's words."""

    talent: Annotated[Name, Field(max_length=LONGEST)]
    when: Annotated[Name, Field(max_length=LONGEST)]
    where: Annotated[Name, Field(max_length=LONGEST)]


class HostReport(Facts):
    """An institution. Its telephone is an office's."""

    name: Name
    phone: Line = ""


class _OfMatch(_OfMember):
    offer: OfferFacts
    host: HostReport
    session: SessionRef | None = None


class TalentMatched(_OfMatch):
    """A host wants an offered talent."""

    type: Literal["talent.matched"]


class TalentApproved(_OfMatch):
    """A match was approved."""

    type: Literal["talent.approved"]


class ApplicationFiled(_OfApplication):
    """A member applied."""

    type: Literal["application.filed"]


class ApplicationApproved(_OfApplication):
    """A host approved an application."""

    type: Literal["application.approved"]


class ApplicationRejected(_OfApplication):
    """A host rejected an application."""

    type: Literal["application.rejected"]
    reason: Line = ""


class ApplicationCancelled(_OfApplication):
    """An application was cancelled."""

    type: Literal["application.cancelled"]
    by: Literal["member", "host"]
    reason: Line = ""


class ApplicationWaitlisted(_OfApplication):
    """An application went onto the waiting list."""

    type: Literal["application.waitlisted"]


class ApplicationPromoted(_OfApplication):
    """Somebody on the waiting list was given a seat."""

    type: Literal["application.promoted"]


class ActivityAttended(_OfApplication):
    """A member came; ``hours`` are whole hours."""

    type: Literal["activity.attended"]
    hours: Annotated[int, Field(ge=1, le=24, strict=True)]


class ActivityAbsent(_OfApplication):
    """A member did not come."""

    type: Literal["activity.absent"]


class CertificateIssued(_OfMember):
    """A certificate was issued; with ``session`` where its kind is about one activity."""

    type: Literal["certificate.issued"]
    kind: CertificateType
    session: SessionRef | None = None

    @model_validator(mode="after")
    def _about_what_it_is(self) -> CertificateIssued:
        if self.kind not in ISSUED_HERE:
            raise ValueError(
                f"kind: send one of {', '.join(ISSUED_HERE)}; group certificates stay with hosts"
            )
        return self


class Consent1365Changed(_OfMember):
    """DOVOL's side of the 1365 consent was given or withdrawn."""

    type: Literal["consent_1365.changed"]
    agreed: Annotated[bool, Field(strict=True)]


class SessionCalledOff(_OfSession):
    """A session does not take place."""

    type: Literal["session.called_off"]
    reason: Line = ""


class SessionMoved(_OfSession):
    """A session takes place on another day, at other times or in another place; what is left out stays."""

    type: Literal["session.moved"]
    day: Day | None = None
    begins_at: time | None = None
    ends_at: time | None = None
    place: Line | None = None

    @model_validator(mode="after")
    def _says_where_to(self) -> SessionMoved:
        _check_times(self.begins_at, self.ends_at)
        if self.day is None and self.begins_at is None and self.place is None:
            raise ValueError("send day, begins_at with ends_at, or place")
        return self


class SessionReport(Facts):
    """One date of a programme."""

    number: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_one_line)]
    day: Day
    until: Day | None = None
    begins_at: time | None = None
    ends_at: time | None = None
    sido: Line = ""
    sigungu: Line = ""
    """Names as DOVOL writes them: 서울특별시, 마포구."""
    place: Line
    seats: Annotated[int, Field(ge=0, le=dovol.MOST_SEATS, strict=True)]
    hours: Annotated[int, Field(ge=0, le=dovol.MOST_HOURS, strict=True)]
    notes: Annotated[str, Field(max_length=1000)] = ""
    apply_from: Day
    apply_until: Day

    @model_validator(mode="after")
    def _in_order(self) -> SessionReport:
        _check_times(self.begins_at, self.ends_at)
        return self


class ProgrammeReport(Facts):
    """A programme, whatever the date."""

    title: Annotated[Name, Field(max_length=200)]
    content: Annotated[str, Field(max_length=4000)] = ""
    host: HostReport | None = None
    club: Name | None = None
    """The host's club that runs it."""
    field: str | None = None
    """Code of its category; without it, guessed from the words."""
    levels: tuple[LevelName, ...] = ()
    """Whom it is for; without it, everybody."""
    cost: Annotated[int, Field(ge=0, le=dovol.MOST_COST, strict=True)] = 0

    @model_validator(mode="after")
    def _known(self) -> ProgrammeReport:
        if self.field is not None and self.field not in FIELDS:
            raise ValueError(f"field: send one of {', '.join(FIELDS)}")
        if self.club is not None and self.host is None:
            raise ValueError("club: send the host it belongs to, too")  # a club hangs on its institution
        return self


class ProgrammePublished(_Report):
    """A host published a programme."""

    type: Literal["programme.published"]
    programme: ProgrammeReport
    sessions: Annotated[list[SessionReport], Field(min_length=1, max_length=MOST_SESSIONS)]


Report = Annotated[
    ProfileChanged
    | TalentMatched
    | TalentApproved
    | ApplicationFiled
    | ApplicationApproved
    | ApplicationRejected
    | ApplicationCancelled
    | ApplicationWaitlisted
    | ApplicationPromoted
    | ActivityAttended
    | ActivityAbsent
    | CertificateIssued
    | Consent1365Changed
    | SessionCalledOff
    | SessionMoved
    | ProgrammePublished,
    Field(discriminator="type"),
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a report did. ``why`` it changed nothing; empty where what it says held already."""

    changed: bool
    why: str = ""


class Unacceptable(Exception):
    """A sound report that cannot be applied. ``field`` says what of it, ``advice`` what to do; neither has its values."""

    def __init__(self, code: str, field: str, advice: str) -> None:
        self.code, self.field, self.advice = code, field, advice
        super().__init__(code)


OLDER = Outcome(changed=False, why="older")
"""It happened before the last change we know of."""
OVER = Outcome(changed=False, why="over")
"""The activity is over and its attendance entered, or the session is called off, or the offer withdrawn."""


def apply_report(db: Session, report: Report, rules: Rules, now: datetime) -> Outcome:
    """Apply a report. The caller commits, and gives a session without changes of its own.

    Raises:
        Unacceptable: member or session is not known here, it lies in the future, or a rule that protects data says no.
    """
    at = _moment(report.occurred_at, now)
    if isinstance(report, ProgrammePublished):
        at = now  # what can be applied for is a matter of the present
    try:
        return _APPLY[type(report)](db, report, rules, at)
    except Refused as refused:
        raise Unacceptable(refused.reason.value, "type", "a rule says no: nothing was changed") from refused
    except Malformed as malformed:
        raise Unacceptable("malformed", "sessions", "check dates and their order") from malformed


def _moment(occurred_at: datetime | None, now: datetime) -> datetime:
    if occurred_at is None:
        return now
    if occurred_at > now + AHEAD:
        raise Unacceptable("in_future", "occurred_at", "send the moment it happened; check the sending clock")
    return min(occurred_at.astimezone(SEOUL), now)


def _check_times(begins_at: time | None, ends_at: time | None) -> None:
    if (begins_at is None) != (ends_at is None):
        raise ValueError("send begins_at and ends_at together")
    if begins_at is not None and ends_at is not None:
        if begins_at.tzinfo is not None or ends_at.tzinfo is not None:
            raise ValueError("send begins_at and ends_at without a time zone: they are Korean time")
        if begins_at >= ends_at:
            raise ValueError("send an ends_at after begins_at")


def _member(db: Session, report: _OfMember) -> Member:
    """Return the member, held until the transaction ends."""
    member = db.scalars(select(Member).where(Member.dovol_id == report.member)).first()
    if member is None:
        raise Unacceptable(
            "unknown_member", "member", "send the DOVOL id of a member who has an account here"
        )
    member.lock(db)
    return member


def _session(db: Session, ref: SessionRef) -> ProgramSession:
    query = select(ProgramSession).where(
        ProgramSession.source == ref.source, ProgramSession.source_no == ref.number
    )
    session = db.scalars(query).first()
    if session is None:
        raise Unacceptable("unknown_session", "session.number", "report programme.published first")
    return session


def _profile_changed(db: Session, report: ProfileChanged, _rules: Rules, at: datetime) -> Outcome:
    member = _member(db, report)
    told = select(ProfileChange).where(
        ProfileChange.member_id == member.id, ProfileChange.at == at, ProfileChange.via == VIA
    )
    if any(set(change.fields) == set(report.fields) for change in db.scalars(told)):
        return Outcome(changed=False)
    note_change(db, member, report.fields, at, via=VIA)
    return Outcome(changed=True)


def _host(db: Session, facts: HostReport) -> HostInstitution:
    """Return the institution of that name, made known where it is not."""
    query = select(HostInstitution).where(
        HostInstitution.source == dovol.SOURCE, HostInstitution.name == mask_contacts(facts.name)
    )
    host = db.scalars(query.order_by(HostInstitution.id)).first()
    if host is None:
        host = HostInstitution(source=dovol.SOURCE, name=mask_contacts(facts.name))
        db.add(host)
        db.flush()
    host.phone = office_phone(facts.phone) or host.phone
    return host


def _offer(db: Session, member: Member, facts: OfferFacts, rules: Rules, at: datetime) -> TalentOffer:
    """Return the member's offer of just that, filed where it is not known."""
    words = {name: tidy(value) for name, value in facts.model_dump().items()}
    same = (
        TalentOffer.member_id == member.id,
        TalentOffer.talent == words["talent"],
        TalentOffer.when == words["when"],
        TalentOffer.where == words["where"],
    )
    newest = db.scalars(select(TalentOffer).where(*same).order_by(TalentOffer.id.desc())).first()
    return newest or file_offer(db, member, **words, rules=rules, now=at)


def _match(db: Session, report: _OfMatch, rules: Rules, at: datetime) -> tuple[TalentMatch | None, bool]:
    """Return the match a report is about and whether it is new; None where the offer was withdrawn."""
    member = _member(db, report)
    session = _session(db, report.session) if report.session else None
    offer, host = _offer(db, member, report.offer, rules, at), _host(db, report.host)
    new = match_offer(db, offer, host, session, at)
    if offer.state is OfferState.WITHDRAWN:
        return None, False
    same = (TalentMatch.offer_id == offer.id, TalentMatch.host_id == host.id)
    return db.scalars(select(TalentMatch).where(*same)).one(), new


def _talent_matched(db: Session, report: TalentMatched, rules: Rules, at: datetime) -> Outcome:
    match, new = _match(db, report, rules, at)
    return OVER if match is None else Outcome(new)


def _talent_approved(db: Session, report: TalentApproved, rules: Rules, at: datetime) -> Outcome:
    match, _ = _match(db, report, rules, at)
    return OVER if match is None else Outcome(approve_match(db, match, at))


def _latest(db: Session, member: Member, session: ProgramSession) -> Application | None:
    """Return the member's live application for a session, else the last that ended."""
    ended = (
        select(Application)
        .where(Application.member_id == member.id, Application.session_id == session.id)
        .order_by(Application.id.desc())
    )
    return current_application(db, member, session) or db.scalars(ended).first()


def _filed(db: Session, report: ApplicationFiled, _rules: Rules, at: datetime) -> Outcome:
    member, session = _member(db, report), _session(db, report.session)
    latest = _latest(db, member, session)
    if latest is not None and at < latest.changed_at:
        return OLDER
    if current_application(db, member, session) is not None:
        return Outcome(changed=False)
    file_elsewhere(db, member, session, ApplicationState.APPLIED, by="member", now=at)
    return Outcome(changed=True)


def _known(
    db: Session, report: _OfApplication, at: datetime, state: ApplicationState = ApplicationState.APPLIED
) -> tuple[Application, bool]:
    """Return the application a report is about, and whether it was filed just now because it was not known."""
    member, session = _member(db, report), _session(db, report.session)
    latest = _latest(db, member, session)
    if latest is not None:
        db.refresh(latest, with_for_update={"of": Application})
        return latest, False
    by = "member" if state is ApplicationState.WAITLISTED else "system"
    return file_elsewhere(db, member, session, state, by=by, now=at), True


def _decided(
    db: Session,
    report: _OfApplication,
    at: datetime,
    state: ApplicationState,
    by: str,
    reason: str = "",
) -> Outcome:
    """Put an application where DOVOL says it is."""
    filed_as = state if state is ApplicationState.WAITLISTED else ApplicationState.APPLIED
    application, filed = _known(db, report, at, filed_as)
    if at < application.changed_at:
        return OLDER
    if application.state in (ApplicationState.ATTENDED, ApplicationState.ABSENT):
        return OVER
    if application.state is state:
        return Outcome(filed)
    words = mask(reason) or None
    return Outcome(application.move(db, state, by=by, now=at, reason=words, beyond=True))


def _approved(db: Session, report: ApplicationApproved, _rules: Rules, at: datetime) -> Outcome:
    return _decided(db, report, at, ApplicationState.APPROVED, "host")


def _rejected(db: Session, report: ApplicationRejected, _rules: Rules, at: datetime) -> Outcome:
    return _decided(db, report, at, ApplicationState.REJECTED, "host", report.reason)


def _cancelled(db: Session, report: ApplicationCancelled, _rules: Rules, at: datetime) -> Outcome:
    mine = report.by == "member"
    state = ApplicationState.CANCELLED_BY_USER if mine else ApplicationState.CANCELLED_BY_HOST
    return _decided(db, report, at, state, report.by, report.reason)


def _waitlisted(db: Session, report: ApplicationWaitlisted, _rules: Rules, at: datetime) -> Outcome:
    return _decided(db, report, at, ApplicationState.WAITLISTED, "host")


def _promoted(db: Session, report: ApplicationPromoted, _rules: Rules, at: datetime) -> Outcome:
    return _decided(db, report, at, ApplicationState.APPROVED, "system")


def _attended(db: Session, report: ActivityAttended, rules: Rules, at: datetime) -> Outcome:
    application, _ = _known(db, report, at)
    record = record_of(db, application)
    entered_at = record.credited_at if record is not None else None
    if at < max(application.changed_at, entered_at or application.changed_at):
        return OLDER
    return Outcome(mark_attended(db, application, report.hours, rules, at))


def _absent(db: Session, report: ActivityAbsent, _rules: Rules, at: datetime) -> Outcome:
    application, _ = _known(db, report, at)
    if at < application.changed_at:
        return OLDER
    return Outcome(mark_absent(db, application, at))


def _certificate(db: Session, report: CertificateIssued, _rules: Rules, at: datetime) -> Outcome:
    member = _member(db, report)
    named = about(report.kind, _certified(db, member, report))
    if draft(db, member, report.kind, **named, now=at).issued is not None:
        return Outcome(changed=False)
    issue(db, member, report.kind, **named, now=at)
    return Outcome(changed=True)


def _certified(db: Session, member: Member, report: CertificateIssued) -> int | None:
    """Return the number of the record, or for a plan of the application, that a certificate is about."""
    if report.session is None:
        return None
    application = current_application(db, member, _session(db, report.session))
    if report.kind is CertificateType.ACTIVITY_PLAN and application is not None:
        return application.id
    record = record_of(db, application) if application is not None else None
    if record is None:
        raise Unacceptable("unknown_activity", "session", "report the application or the attendance first")
    return record.id


def _consent(db: Session, report: Consent1365Changed, rules: Rules, at: datetime) -> Outcome:
    member = _member(db, report)
    consent = consent_of(db, member)
    if consent is not None and at < consent.changed_at:
        return OLDER
    return Outcome(set_dovol_side(db, member, agreed=report.agreed, rules=rules, via=VIA, now=at))


def _called_off(db: Session, report: SessionCalledOff, _rules: Rules, at: datetime) -> Outcome:
    session = _session(db, report.session)
    if session.reported_at is not None and at < session.reported_at:
        return OLDER
    changed = call_off(db, session, mask(report.reason), at)
    session.reported_at = at
    return Outcome(changed)


def _moved(db: Session, report: SessionMoved, _rules: Rules, at: datetime) -> Outcome:
    session = _session(db, report.session)
    db.refresh(session, with_for_update={"of": ProgramSession})
    if session.reported_at is not None and at < session.reported_at:
        return OLDER
    if session.state is SessionState.CALLED_OFF:
        return OVER
    times = (report.begins_at, report.ends_at) if report.begins_at and report.ends_at else None
    place = mask_contacts(report.place) if report.place is not None else None
    changed = move_session(db, session, day=report.day, times=times, place=place, now=at)
    session.reported_at = at
    return Outcome(changed)


def _published(db: Session, report: ProgrammePublished, _rules: Rules, now: datetime) -> Outcome:
    """Store a programme as the importer would, which may meet it later and must know it again.

    Sessions that are known are left alone: they may have been called off or moved since.
    """
    numbers = select(ProgramSession.source_no).where(
        ProgramSession.source == dovol.SOURCE,
        ProgramSession.source_no.in_([session.number for session in report.sessions]),
    )
    known = set(db.scalars(numbers))
    new = [session for session in report.sessions if session.number not in known]
    items = [_item(report.programme, session, now.date()) for session in new]
    stored = store_items(db, items, now, announce_from=date.min)
    if report.programme.club is not None:
        keys = {item.program.source_key for item in items}
        _give_to_club(db, keys, mask_contacts(report.programme.club))
    return Outcome(bool(stored.new))


def _item(programme: ProgrammeReport, session: SessionReport, today: date) -> Item:
    """Return what the importer makes of the same facts, with what the report says more exactly."""
    item = dovol.read(_row(programme, session), today)
    program, facts = item.program, item.sessions[0]
    if programme.field is not None:
        program = replace(program, field_code=programme.field)
    if programme.levels:
        levels = sum(Level[name.upper()] for name in set(programme.levels))
        program = replace(program, levels=Level(levels))
    if program.host is not None and programme.host is not None:
        program = replace(program, host=replace(program.host, phone=office_phone(programme.host.phone)))
    if session.begins_at is not None:
        facts = replace(facts, begins_at=session.begins_at, ends_at=session.ends_at)
    return replace(item, program=program, sessions=(facts,))


def _row(programme: ProgrammeReport, session: SessionReport) -> dict[str, Any]:
    """Return a report in the fields of DOVOL's open API."""
    return {
        "prgrmNo": session.number,
        "prgrmNm": programme.title,
        "vlntwkSttsSeNm": "활동중",
        "actvCtpvNm": session.sido,
        "actvSggNm": session.sigungu,
        "actvPlcCn": session.place,
        "certHr": session.hours,
        "rcrtNope": session.seats,
        "mainCn": programme.content,
        "aplyPsbltyBgngYmd": f"{session.apply_from:%Y%m%d}",
        "aplyPsbltyEndYmd": f"{session.apply_until:%Y%m%d}",
        "actvBgngYmd": f"{session.day:%Y%m%d}",
        "actvEndYmd": f"{session.until or session.day:%Y%m%d}",
        "refMttr": session.notes,
        "grpNm": programme.host.name if programme.host else "",
        "prtcpCst": programme.cost,
    }


def _give_to_club(db: Session, keys: set[str], name: str) -> None:
    """Name the club that runs programmes, made known where it is not."""
    query = select(Program).where(Program.source == dovol.SOURCE, Program.source_key.in_(keys))
    for program in db.scalars(query):
        mine = select(HostClub).where(HostClub.host_id == program.host_id, HostClub.name == name)
        program.club = db.scalars(mine).first() or HostClub(host_id=program.host_id, name=name)
        db.flush()


_APPLY: dict[type[_Report], Callable[[Session, Any, Rules, datetime], Outcome]] = {
    ProfileChanged: _profile_changed,
    TalentMatched: _talent_matched,
    TalentApproved: _talent_approved,
    ApplicationFiled: _filed,
    ApplicationApproved: _approved,
    ApplicationRejected: _rejected,
    ApplicationCancelled: _cancelled,
    ApplicationWaitlisted: _waitlisted,
    ApplicationPromoted: _promoted,
    ActivityAttended: _attended,
    ActivityAbsent: _absent,
    CertificateIssued: _certificate,
    Consent1365Changed: _consent,
    SessionCalledOff: _called_off,
    SessionMoved: _moved,
    ProgrammePublished: _published,
}
"""Type of report → how it is applied."""
