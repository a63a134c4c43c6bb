"""The demo world's people: five personas one can be in the simulator, and friends who fill seats and queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.applications import SEATED, Application, ApplicationChange, ApplicationState
from models.certificates import Certificate, CertificateType
from models.clock import SEOUL
from models.consents import Consent1365, Consent1365Change
from models.credentials import set_password
from models.hosts import Leader
from models.hours import RecordState, ServiceRecord
from models.members import ANY_BOT, ChannelAccount, Level, Member, Role
from models.programs import ProgramSession, SessionState
from models.rules import Rules
from models.seed.world import World
from models.talents import OfferState, TalentMatch, TalentOffer

SEOUL_MAPO = ("6110000", "3130000")
DEMO_PASSWORD = "boram-demo"  # noqa: S105 - known to all on purpose, in the demo world only
"""Every persona signs in with it; their DOVOL id is the key, such as ``persona-42h``."""
NEWCOMER = "newcomer"
"""DOVOL id of a member without any chat, for ``persona-new`` to link with."""
FRIENDS = 6
THIS_YEAR = (
    *("asan-apple", "gongju-guide", "daejeon-science", "eunpyeong-lunch"),
    *("goyang-dogs", "anyang-kimchi", "mapo-reading", "suwon-wall"),
)
LAST_YEAR = ("cheonan-festival", "jeju-citrus", "busanjin-cpr", "jongno-guide")
"""Programmes of the persona with 42 hours: 23 hours this school year and 15 last year."""
FROM_1365 = 4
"""Hours that came from 1365: with both years' 38 they make 42."""

S = ApplicationState


@dataclass(frozen=True, slots=True)
class Step:
    """One step in an application's life."""

    state: ApplicationState
    by: str
    at: datetime
    reason: str | None = None


class People:
    """Plants the people of one world."""

    def __init__(self, db: Session, world: World, now: datetime, rules: Rules) -> None:
        self._db, self._world, self._now, self._rules = db, world, now, rules

    def plant(self) -> None:
        """Add every persona. ``persona-new`` is one who has no row yet."""
        self._thirteen()
        self._busy()
        self._forty_two_hours()
        self._leader()
        self._newcomer()

    def _day(self, days: int) -> date:
        return self._now.date() + timedelta(days=days)

    def _at(self, days: int, hour: int = 19) -> datetime:
        """Return a moment so many days from now, never one still to come."""
        return min(datetime.combine(self._day(days), time(hour), SEOUL), self._now)

    def _member(self, key: str, name: str, years: int, number: int, **more: Any) -> Member:
        born = self._day(-120)
        member = Member(
            dovol_id=key,
            name=name,
            phone=f"010-0000-{number:04d}",
            birth_date=date(born.year - years, born.month, min(born.day, 28)),
            sido_code=SEOUL_MAPO[0],
            sigungu_code=SEOUL_MAPO[1],
            created_at=self._at(-400),
            **{"role": Role.YOUTH, "interests": [], "careers": [], **more},
        )
        self._db.add(member)
        self._db.flush()
        return member

    def _persona(self, key: str, *args: Any, **more: Any) -> Member:
        member = self._member(key, *args, **more)
        set_password(self._db, member, key, DEMO_PASSWORD)
        self._db.add(
            ChannelAccount(
                channel="kakao",
                bot_id=ANY_BOT,
                user_key=key,
                is_friend=True,
                member_id=member.id,
                linked_at=self._at(-300),
                first_seen_at=self._at(-300),
            )
        )
        return member

    def _thirteen(self) -> None:
        guardian = {"guardian_name": "김나무", "guardian_phone": "010-0000-1013"}
        school = {"school": "새싹중학교", "level": int(Level.MIDDLE), "grade": 1}
        self._persona("persona-13", "김새싹", 13, 13, interests=["0800"], **school, **guardian)

    def _newcomer(self) -> None:
        school = {"school": "첫걸음중학교", "level": int(Level.MIDDLE), "grade": 3}
        member = self._member(NEWCOMER, "한새봄", 15, 15, interests=["0700"], **school)
        set_password(self._db, member, NEWCOMER, DEMO_PASSWORD)

    def _leader(self) -> None:
        leader = self._persona("persona-leader", "이든든", 35, 35, role=Role.LEADER)
        host = self._world.hosts["mapo-youth"]
        self._db.add(Leader(member_id=leader.id, host=host, trained_on=self._day(-700)))

    def _busy(self) -> None:
        school = {"school": "마포너른고등학교", "level": int(Level.HIGH), "grade": 1}
        member = self._persona(
            "persona-busy", "박바다", 16, 16, interests=["0400", "0700"], careers=["교육·교사"], **school
        )
        self._coming(member)
        self._queued(member)
        self._not_taking_place(member)
        self._over(member)

    def _coming(self, member: Member) -> None:
        far = self._free("mapo-reading", self._day(22))
        self._enrol(member, far, [self._applied(-2)])
        tomorrow = self._free("mapo-shelves", self._day(1))
        self._enrol(member, tomorrow, [self._applied(-9), Step(S.APPROVED, "host", self._at(-7, 11))])

    def _queued(self, member: Member) -> None:
        """Fill a session with friends and others, put two friends on its waiting list and then the persona."""
        session = self._free("mapo-plogging", self._day(9))
        friends = [
            self._member(f"friend-{n}", f"친구{n}", 15, 100 + n, level=int(Level.HIGH))
            for n in range(1, FRIENDS + 1)
        ]
        for friend in friends[2:]:
            self._enrol(friend, session, [self._applied(-8), Step(S.APPROVED, "host", self._at(-6, 11))])
        session.taken_elsewhere = session.seats - session.taken
        session.taken = session.seats
        for days, person in zip((-5, -4, -3), [*friends[:2], member], strict=True):
            self._enrol(person, session, [Step(S.WAITLISTED, "member", self._at(days))])

    def _not_taking_place(self, member: Member) -> None:
        reason = "신청이 많아서 처음 참여하는 친구를 먼저 뽑았어요."
        rejected = self._free("mapo-band", self._day(12))
        self._enrol(member, rejected, [self._applied(-6), Step(S.REJECTED, "host", self._at(-4, 14), reason)])
        mine = self._free("eunpyeong-phone", self._day(15))
        self._enrol(member, mine, [self._applied(-5), Step(S.CANCELLED_BY_USER, "member", self._at(-2))])
        called_off = self._free("nowon-birds", self._day(6))
        called_off.state = SessionState.CALLED_OFF
        steps = [self._applied(-10), Step(S.APPROVED, "host", self._at(-8, 11))]
        steps.append(
            Step(S.CANCELLED_BY_HOST, "host", self._at(-1, 10), "행사장 공사 때문에 열 수 없게 됐어요.")
        )
        self._enrol(member, called_off, steps)

    def _over(self, member: Member) -> None:
        absent = self._free("gangnam-data", self._day(-3))
        self._enrol(member, absent, self._taken_part(-3, S.ABSENT, "출석 확인이 안 됐어요."))
        self._attend(member, "mapo-photo", -10, RecordState.CREDITED)
        self._attend(member, "mapo-shelves", -5, RecordState.PENDING)
        self._attend(
            member,
            "jongno-guide",
            -20,
            RecordState.NOT_CREDITED,
            "끝나는 시간에 서명이 없어서 시간을 확인하지 못했어요.",
        )

    def _forty_two_hours(self) -> None:
        school = {"school": "한강물결고등학교", "level": int(Level.HIGH), "grade": 2, "hours_goal": 60}
        likes = {"interests": ["0800", "0400"], "careers": ["간호·의료"]}
        member = self._persona("persona-42h", "최한결", 17, 42, **school, **likes)
        records = self._years_of_service(member)
        records.append(self._received(member))
        self._db.flush()
        self._certificates(member, records)
        self._consent(member)
        self._talent(member)

    def _years_of_service(self, member: Member) -> list[ServiceRecord]:
        start, _ = self._rules.school_year(self._now.date())
        this_year = _spread(start, self._day(-7), len(THIS_YEAR))
        last_year = _spread(start - timedelta(days=240), start - timedelta(days=30), len(LAST_YEAR))
        served = [*zip(THIS_YEAR, this_year, strict=True), *zip(LAST_YEAR, last_year, strict=True)]
        today = self._now.date()
        return [self._attend(member, key, (day - today).days, RecordState.CREDITED) for key, day in served]

    def _received(self, member: Member) -> ServiceRecord:
        start, _ = self._rules.school_year(self._now.date())
        day = start - timedelta(days=70)
        record = ServiceRecord(
            member_id=member.id,
            title="연말 나눔장터 운영 도우미",
            host_name="한걸음나눔가게",
            field_code="0100",
            served_on=day,
            hours=FROM_1365,
            state=RecordState.CREDITED,
            received_from_1365=True,
            credited_at=datetime.combine(day + timedelta(days=14), time(9), SEOUL),
        )
        self._db.add(record)
        return record

    def _certificates(self, member: Member, records: Sequence[ServiceRecord]) -> None:
        issued = (
            (CertificateType.SERVICE, records[2], -40),
            (CertificateType.SERVICE, records[3], -33),
            (CertificateType.RECEIVED, records[-1], -30),
            (CertificateType.BY_DAY, None, -12),
            (CertificateType.HISTORY, None, -12),
        )
        for number, (kind, record, days) in enumerate(issued, start=1):
            self._db.add(
                Certificate(
                    member_id=member.id,
                    record_id=record.id if record else None,
                    type=kind,
                    print_number=f"DEMO-{kind.value}-{number:04d}",
                    issued_at=self._at(days, 10),
                )
            )

    def _consent(self, member: Member) -> None:
        at = self._at(-60)
        consent = Consent1365(
            member_id=member.id, dovol_agreed=True, site_1365_agreed=False, changed_at=at, version=1
        )
        consent.history.append(Consent1365Change(version=1, dovol_agreed=True, at=at, via="page"))
        self._db.add(consent)

    def _talent(self, member: Member) -> None:
        offer = TalentOffer(
            member_id=member.id,
            talent="캘리그라피",
            when="토요일 오후",
            where="서울 마포구",
            state=OfferState.MATCHED,
            filed_at=self._at(-14),
        )
        session = self._free("mapo-photo", self._day(19))
        match = TalentMatch(host=self._world.hosts["mapo-youth"], matched_at=self._at(-4, 15))
        self._db.add_all([offer, session])
        self._db.flush()
        match.program_session_id = session.id
        offer.matches.append(match)

    def _attend(
        self, member: Member, key: str, days: int, state: RecordState, reason: str | None = None
    ) -> ServiceRecord:
        session = self._free(key, self._day(days))
        application = self._enrol(member, session, self._taken_part(days, S.ATTENDED))
        record = ServiceRecord(
            member_id=member.id,
            application_id=application.id,
            session_id=session.id,
            title=session.program.title,
            host_name=session.program.host.name if session.program.host else "",
            field_code=session.field_code,
            served_on=session.starts_on,
            hours=session.credited_hours,
            state=state,
            reason=reason,
            credited_at=self._at(days + 3, 10) if state is RecordState.CREDITED else None,
        )
        self._db.add(record)
        return record

    def _applied(self, days: int) -> Step:
        return Step(S.APPLIED, "member", self._at(days))

    def _taken_part(self, days: int, end: ApplicationState, reason: str | None = None) -> list[Step]:
        approved = Step(S.APPROVED, "host", self._at(days - 5, 11))
        return [self._applied(days - 8), approved, Step(end, "host", self._at(days, 18), reason)]

    def _free(self, key: str, day: date) -> ProgramSession:
        """Return a session on that day that takes place and has room."""
        session = self._world.session(key, day)
        session.taken = session.taken_elsewhere = 0
        session.state = SessionState.COMPLETED if day < self._now.date() else SessionState.PLANNED
        session.apply_until = max(session.apply_until, day - timedelta(days=1))
        return session

    def _enrol(self, member: Member, session: ProgramSession, steps: Sequence[Step]) -> Application:
        last = steps[-1]
        application = Application(
            member_id=member.id,
            session=session,
            state=last.state,
            version=len(steps),
            reason=last.reason,
            applied_at=steps[0].at,
            changed_at=last.at,
        )
        application.history.extend(
            ApplicationChange(version=version, state=step.state, reason=step.reason, by=step.by, at=step.at)
            for version, step in enumerate(steps, start=1)
        )
        session.taken += last.state in SEATED
        self._db.add(application)
        self._db.flush()
        return application


def _spread(first: date, last: date, count: int) -> list[date]:
    """Return days evenly between two, the latest first; before the first where a school year has just begun."""
    step = max((last - first).days // (count + 1), 7)
    return [last - timedelta(days=step * n) for n in range(count)]
