"""A small invented world with one alert of each kind, to look at its words. Nothing of it is anybody's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from models.applications import Application, ApplicationChange, ApplicationState
from models.certificates import Certificate, CertificateType
from models.clock import SEOUL
from models.consents import Consent1365
from models.events import Event, EventKind
from models.hosts import HostClub, HostInstitution, Leader
from models.hours import RecordState, ServiceRecord
from models.members import Level, Member
from models.outbox import Alert
from models.profiles import ProfileChange
from models.programs import Program, ProgramSession, SessionState
from models.recommendations import Recommendation, Why
from models.search import squeeze
from models.talents import OfferState, TalentMatch, TalentOffer

Builder: TypeAlias = Callable[[Session, Member], dict[str, Any]]
SAMPLE_NOW = datetime(2026, 11, 27, 17, 30, tzinfo=SEOUL)
"""A Friday, in the evening slot."""
_TOMORROW = date(2026, 11, 28)
_CHEONAN = ("6440000", "4490000")


def sample_alert(db: Session, kind: int, scene: str = "") -> Alert:
    """Write an invented person with what an alert of this kind is about; return the alert.

    ``scene`` is one of those its texts have (``alerts/words.py``); its usual one if empty.

    Raises:
        KeyError: there is no such kind, or no such scene of it.
    """
    build = _BUILDERS[kind]
    member = _member(db, "sample", "김보람")
    if scene in ("", USUAL.get(kind)):
        object_, version = build(db, member, kind)
        return _alert(db, kind, member, object=object_, version=version)
    return _alert(db, kind, member, **_SCENES[kind, scene](db, member))


USUAL = {4: "applied"}
"""Scene that stands for a kind which has several and none without a name."""


def _member(db: Session, dovol_id: str, name: str) -> Member:
    member = Member(
        dovol_id=dovol_id,
        name=name,
        phone="010-0000-1388",
        birth_date=date(2012, 4, 5),
        level=int(Level.MIDDLE),
        grade=2,
        sido_code=_CHEONAN[0],
        sigungu_code=_CHEONAN[1],
        interests=["0800"],
        careers=[],
        created_at=SAMPLE_NOW,
    )
    db.add(member)
    db.flush()
    return member


def _alert(db: Session, kind: int, member: Member, **columns: Any) -> Alert:
    alert = Alert(
        kind=kind,
        created_at=SAMPLE_NOW,
        due_at=SAMPLE_NOW,
        deadline=SAMPLE_NOW + timedelta(days=1),
        **({"recipient": f"member:{member.id}", "member_id": member.id} | columns),
    )
    db.add(alert)
    db.flush()
    return alert


def _profile(db: Session, member: Member, _kind: int) -> tuple[str, int]:
    at = SAMPLE_NOW - timedelta(minutes=2)
    change = ProfileChange(member_id=member.id, fields=["school", "phone"], at=at, via="web")
    db.add(change)
    db.flush()
    return f"profile_change:{change.id}", 1


def _offer(db: Session, member: Member, state: OfferState) -> TalentOffer:
    offer = TalentOffer(
        member_id=member.id,
        talent="기타 치기",
        when="주말",
        where="충남 천안시",
        state=state,
        filed_at=SAMPLE_NOW - timedelta(days=2),
    )
    db.add(offer)
    db.flush()
    return offer


def _talent_filed(db: Session, member: Member, _kind: int) -> tuple[str, int]:
    return f"talent_offer:{_offer(db, member, OfferState.FILED).id}", 1


def _talent_approved(db: Session, member: Member, _kind: int) -> tuple[str, int]:
    session = _session(db, "요양원 작은 음악회", notes="편한 옷을 입고 와 주세요.")
    match = TalentMatch(
        offer=_offer(db, member, OfferState.APPROVED),
        host=session.program.host,
        session=session,
        matched_at=SAMPLE_NOW,
        approved_at=SAMPLE_NOW,
    )
    db.add(match)
    db.flush()
    return f"talent_match:{match.id}", 1


def _applied(db: Session, member: Member, _kind: int) -> tuple[str, int]:
    session = _session(db, "하천 쓰레기 줍기", on=_TOMORROW + timedelta(days=7))
    return f"application:{_application(db, member, session, ApplicationState.APPLIED).id}", 1


def _tomorrow(db: Session, member: Member, _kind: int) -> tuple[str, int]:
    session = _session(db, "하천 쓰레기 줍기", notes="장화와 물병을 챙겨 주세요. 장갑은 드려요.")
    application = _application(db, member, session, ApplicationState.APPROVED)
    return f"application:{application.id}", _TOMORROW.toordinal()


def _absent(db: Session, member: Member, _kind: int) -> tuple[str, int]:
    session = _session(db, "하천 쓰레기 줍기", on=_TOMORROW - timedelta(days=7))
    return f"application:{_application(db, member, session, ApplicationState.ABSENT).id}", 1


def _certificate(db: Session, member: Member, _kind: int) -> tuple[str, int]:
    record = ServiceRecord(
        member_id=member.id,
        title="하천 쓰레기 줍기",
        host_name="천안청소년수련관",
        field_code="0800",
        served_on=_TOMORROW - timedelta(days=21),
        hours=2,
        state=RecordState.CREDITED,
    )
    certificate = Certificate(
        member=member,
        record=record,
        type=CertificateType.SERVICE,
        print_number="20261127-AB23-CD45",
        issued_at=SAMPLE_NOW,
    )
    db.add_all([record, certificate])
    db.flush()
    return f"certificate:{certificate.id}", 1


def _consent(db: Session, member: Member, kind: int) -> tuple[str, int]:
    agreed = kind == 8
    db.add(
        Consent1365(
            member_id=member.id,
            dovol_agreed=agreed,
            site_1365_agreed=None,
            changed_at=SAMPLE_NOW,
            version=1 if agreed else 2,
        )
    )
    db.flush()
    return f"consent_1365:{member.id}", 1 if agreed else 2


def _recommended(db: Session, member: Member, kind: int) -> tuple[str, int]:
    titles = {
        10: ("공원 나무 이름표 달기", "도서관 책 정리", "어린이집 그림책 읽어 주기"),
        11: ("기후행동 동아리 플로깅", "벽화 동아리 골목 칠하기"),
    }[kind]
    for place, title in enumerate(titles):
        session = _session(db, title, on=_TOMORROW + timedelta(days=7 + place), club=kind == 11)
        note = Recommendation(
            member_id=member.id,
            program=session.program,
            kind=kind,
            reasons=f"{Why.INTEREST} {Why.NEAR}",
            score=10 - place,
            at=SAMPLE_NOW,
            digest_day=SAMPLE_NOW.date(),
            digest_number=1,
        )
        db.add(note)
    db.flush()
    return f"digest:{SAMPLE_NOW:%Y%m%d}", 1


def _session(
    db: Session, title: str, *, on: date = _TOMORROW, notes: str = "", club: bool = False
) -> ProgramSession:
    host = HostInstitution(
        source=f"sample {title}",
        name="천안청소년수련관",
        phone="041-000-1388",
        sido_code=_CHEONAN[0],
        sigungu_code=_CHEONAN[1],
    )
    program = Program(
        source="sample",
        source_key=title,
        title=title,
        host=host,
        club=HostClub(host=host, name="초록발자국") if club else None,
        field_code="0800",
        levels=int(Level.ALL),
        search_text=squeeze(title),
        last_date=on,
    )
    session = ProgramSession(
        program=program,
        source="sample",
        source_no=title,
        starts_on=on,
        ends_on=on,
        weekday=on.weekday(),
        begins_at=time(10),
        ends_at=time(12),
        place="천안천 시민공원 관리사무소 앞",
        sido_code=_CHEONAN[0],
        sigungu_code=_CHEONAN[1],
        field_code="0800",
        levels=int(Level.ALL),
        seats=20,
        taken=8,
        credited_hours=2,
        notes=notes,
        apply_from=on - timedelta(days=30),
        apply_until=on - timedelta(days=1),
    )
    db.add(session)
    db.flush()
    return session


def _application(
    db: Session, member: Member, session: ProgramSession, state: ApplicationState
) -> Application:
    application = Application(
        member=member, session=session, state=state, applied_at=SAMPLE_NOW, changed_at=SAMPLE_NOW
    )
    application.history.append(ApplicationChange(version=1, state=state, by="member", at=SAMPLE_NOW))
    db.add(application)
    db.flush()
    return application


def _to_guardian(db: Session, member: Member) -> dict[str, Any]:
    object_, version = _profile(db, member, 1)
    return {"object": object_, "version": version, "recipient": f"guardian:{member.id}"}


def _to_leader(db: Session, member: Member) -> dict[str, Any]:
    object_, version = _talent_approved(db, member, 3)
    leader = _member(db, "sample-leader", "이지도")
    host = db.get_one(TalentMatch, int(object_.partition(":")[2])).host
    db.add(Leader(member_id=leader.id, host=host))
    db.flush()
    return {
        "object": object_,
        "version": version,
        "recipient": f"member:{leader.id}",
        "member_id": leader.id,
    }


def _in_state(*states: ApplicationState, reason: str = "", called_off: bool = False) -> Builder:
    """Return who builds an application that went through these states."""

    def build(db: Session, member: Member) -> dict[str, Any]:
        session = _session(db, "하천 쓰레기 줍기", on=_TOMORROW + timedelta(days=7))
        if called_off:
            session.state = SessionState.CALLED_OFF
        application = _application(db, member, session, states[0])
        application.reason = reason or None
        for state in states[1:]:
            application.state, application.version = state, application.version + 1
            change = ApplicationChange(version=application.version, state=state, by="host", at=SAMPLE_NOW)
            application.history.append(change)
        db.flush()
        return {"object": f"application:{application.id}", "version": application.version}

    return build


def _moved(db: Session, member: Member) -> dict[str, Any]:
    session = _session(db, "하천 쓰레기 줍기", on=_TOMORROW + timedelta(days=7))
    _application(db, member, session, ApplicationState.APPROVED)
    before = {"day": _TOMORROW.isoformat(), "time": "14:00", "place": session.place}
    event = Event(
        kind=EventKind.SESSION_MOVED,
        object=f"session:{session.id}",
        version=1,
        data={"before": before},
        at=SAMPLE_NOW,
    )
    db.add(event)
    db.flush()
    return {"object": event.object, "version": 1, "event_id": event.id}


_SCENES: dict[tuple[int, str], Builder] = {
    (1, "guardian"): _to_guardian,
    (3, "leader"): _to_leader,
    (4, "promoted"): _in_state(ApplicationState.WAITLISTED, ApplicationState.APPLIED),
    (4, "approved"): _in_state(ApplicationState.APPLIED, ApplicationState.APPROVED),
    (4, "rejected"): _in_state(
        ApplicationState.APPLIED, ApplicationState.REJECTED, reason="자리가 모두 찼어요"
    ),
    (4, "waitlisted"): _in_state(ApplicationState.WAITLISTED),
    (4, "cancelled_by_user"): _in_state(ApplicationState.APPLIED, ApplicationState.CANCELLED_BY_USER),
    (4, "cancelled_by_host"): _in_state(
        ApplicationState.APPROVED, ApplicationState.CANCELLED_BY_HOST, reason="나이가 맞지 않아요"
    ),
    (4, "called_off"): _in_state(
        ApplicationState.APPROVED, ApplicationState.CANCELLED_BY_HOST, called_off=True
    ),
    (4, "moved"): _moved,
}
"""Kind and scene → who builds what it is about, as columns of the alert."""
_BUILDERS: dict[int, Callable[[Session, Member, int], tuple[str, int]]] = {
    1: _profile,
    2: _talent_filed,
    3: _talent_approved,
    4: _applied,
    5: _tomorrow,
    6: _certificate,
    7: _absent,
    8: _consent,
    9: _consent,
    10: _recommended,
    11: _recommended,
}
"""Number of the alert → who builds what it is about, as (object, version)."""
