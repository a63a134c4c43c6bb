"""The demo world's institutions, programmes and sessions: from ``catalogue.yml``, laid out around today."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from models.codes import Region, region_by_names
from models.hosts import HostClub, HostInstitution
from models.members import Level
from models.programs import Program, ProgramSession, SessionState
from models.search import squeeze

SOURCE = "seed"
SEED = 1365
WEEKS = 8
"""Weeks laid out, this one included."""
OPENS_BEFORE = 35
"""Days before the activity that applying begins, so that the last weeks are not open yet."""
FULL_EVERY, CALLED_OFF_EVERY, CLOSED_EVERY = 9, 41, 13
"""Every so many sessions one is full, called off, or closes early."""
DAYS = "월화수목금토일"
LEVELS = {"초": Level.ELEMENTARY, "중": Level.MIDDLE, "고": Level.HIGH, "대": Level.UNIVERSITY}


@cache
def catalogue() -> dict[str, Any]:
    """Return the catalogue's hosts and programmes."""
    read: dict[str, Any] = yaml.safe_load(
        (Path(__file__).parent / "catalogue.yml").read_text(encoding="utf-8")
    )
    return read


@dataclass(slots=True)
class Plan:
    """One programme of the catalogue and its row."""

    spec: dict[str, Any]
    program: Program
    region: Region

    def session(self, day: date) -> ProgramSession:
        """Return a new session of the programme on ``day``, with all seats free."""
        begins_at, ends_at = times_of(self.spec["time"])
        return ProgramSession(
            program=self.program,
            source=SOURCE,
            source_no=f"{self.spec['key']}:{day:%Y%m%d}",
            starts_on=day,
            ends_on=day,
            weekday=day.weekday(),
            begins_at=begins_at,
            ends_at=ends_at,
            place=self.spec.get("place") or catalogue()["hosts"][self.spec["host"]]["name"],
            sido_code=self.region.sido_code,
            sigungu_code=self.region.sigungu_code,
            field_code=self.program.field_code,
            levels=self.program.levels,
            seats=self.spec["seats"],
            taken=0,
            taken_elsewhere=0,
            credited_hours=self.spec["hours"],
            notes=self.spec.get("notes", ""),
            apply_from=day - timedelta(days=OPENS_BEFORE),
            apply_until=day - timedelta(days=self.spec.get("closes", 1)),
            state=SessionState.PLANNED,
        )


class World:
    """The programmes just planted, and their sessions by programme and day."""

    def __init__(self, db: Session, today: date) -> None:
        self._db = db
        self.today = today
        self.hosts = {key: _host(spec) for key, spec in catalogue()["hosts"].items()}
        self._clubs = {
            name: HostClub(host=self.hosts[key], name=name)
            for key, spec in catalogue()["hosts"].items()
            for name in spec.get("clubs", ())
        }
        self.plans = {spec["key"]: self._plan(spec) for spec in catalogue()["programs"]}
        self._sessions: dict[tuple[str, date], ProgramSession] = {}
        db.add_all(
            [*self.hosts.values(), *self._clubs.values(), *(plan.program for plan in self.plans.values())]
        )

    def session(self, key: str, day: date) -> ProgramSession:
        """Return the programme's session on a day, a new one if there is none."""
        if (key, day) not in self._sessions:
            plan = self.plans[key]
            session = self._sessions[key, day] = plan.session(day)
            if day < self.today:
                session.state = SessionState.COMPLETED
            plan.program.last_date = max(plan.program.last_date, day)
            self._db.add(session)
        return self._sessions[key, day]

    def lay_out(self) -> None:
        """Add the sessions of the weeks ahead: some full, some called off, some closing early."""
        chance = random.Random(SEED)  # noqa: S311 - the same world each time, no secret
        monday = self.today - timedelta(days=self.today.weekday())
        days = [
            (key, monday + timedelta(days=n)) for key, plan in self.plans.items() for n in _offsets(plan.spec)
        ]
        for number, (key, day) in enumerate(days, start=1):
            share = chance.random()
            if day > self.today:
                self._settle(self.session(key, day), number, share)

    def _settle(self, session: ProgramSession, number: int, share: float) -> None:
        """Fill seats with people of another site; only personas and their friends have applications here."""
        gone = session.seats if number % FULL_EVERY == 0 else int(session.seats * share * 0.8)
        session.taken = session.taken_elsewhere = gone
        if number % CALLED_OFF_EVERY == 0:
            session.state = SessionState.CALLED_OFF
        if number % CLOSED_EVERY == 0:
            session.apply_until = session.starts_on - timedelta(days=10)

    def _plan(self, spec: dict[str, Any]) -> Plan:
        host, club = self.hosts[spec["host"]], self._clubs.get(spec.get("club", ""))
        place = catalogue()["hosts"][spec["host"]]
        region = region_by_names(place["sido"], place["sigungu"])
        if region is None:
            raise LookupError(f"catalogue.yml: no region {place['sido']} {place['sigungu']}")
        program = Program(
            source=SOURCE,
            source_key=spec["key"],
            title=spec["title"],
            content=spec["content"],
            host=host,
            club=club,
            field_code=spec["field"],
            activity_type=spec.get("activity_type", "지역사회봉사활동"),
            content_type=spec.get("content_type", "노력봉사"),
            levels=int(levels_of(spec.get("levels", ""))),
            cost=0,
            url="",
            search_text=squeeze(f"{spec['title']} {host.name} {club.name if club else ''}"),
            last_date=self.today,
        )
        return Plan(spec, program, region)


def _host(spec: dict[str, Any]) -> HostInstitution:
    region = region_by_names(spec["sido"], spec["sigungu"])
    return HostInstitution(
        source=SOURCE,
        name=spec["name"],
        phone=spec["phone"],
        sido_code=region.sido_code if region else None,
        sigungu_code=region.sigungu_code if region else None,
        certified_on=date(2020, 3, 2),
    )


def levels_of(letters: str) -> Level:
    """Return the levels the letters 초중고대 stand for, all for none."""
    levels = Level(0)
    for letter in letters:
        levels |= LEVELS[letter]
    return levels or Level.ALL


def times_of(span: str) -> tuple[time | None, time | None]:
    """Return begin and end of 10:00-12:00, nothing for an empty span."""
    begins, _, ends = span.partition("-")
    return (time.fromisoformat(begins), time.fromisoformat(ends)) if span else (None, None)


def _offsets(spec: dict[str, Any]) -> list[int]:
    """Return the activity days as days after this week's Monday."""
    weeks = range(spec.get("first", 0), WEEKS, spec.get("every", 2))
    return [7 * week + DAYS.index(day) for week in weeks for day in spec["days"]]
