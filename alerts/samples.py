"""A small invented world with one alert of each kind, to look at its words. Nothing of it is anybody's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from models.applications import Application, ApplicationChange, ApplicationState
from models.certificates import Certificate, CertificateType
from models.clock import SEOUL
from models.consents import Consent1365
from models.hosts import HostClub, HostInstitution
from models.hours import RecordState, ServiceRecord
from models.members import Level, Member
from models.outbox import Alert
from models.profiles import ProfileChange
from models.programs import Program, ProgramSession
from models.recommendations import Recommendation, Why
from models.search import squeeze
from models.talents import OfferState, TalentMatch, TalentOffer

SAMPLE_NOW = datetime(2026, 11, 27, 17, 30, tzinfo=SEOUL)
"""A Friday, in the evening slot."""
_TOMORROW = date(2026, 11, 28)
_CHEONAN = ("6440000", "4490000")


def sample_alert(db: Session, kind: int) -> Alert:
    """Write an invented person with what an alert of this kind is about; return the alert.

    Raises:
        KeyError: there is no such kind.
    """
    build = _BUILDERS[kind]
    member = Member(
        dovol_id="sample",
        name="김보람",
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
    object_, version = build(db, member, kind)
    alert = Alert(
        kind=kind,
        recipient=f"member:{member.id}",
        member_id=member.id,
        object=object_,
        version=version,
        created_at=SAMPLE_NOW,
        due_at=SAMPLE_NOW,
        deadline=SAMPLE_NOW + timedelta(days=1),
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
