"""Programmes and their sessions. One programme has many sessions, one for each date (일감)."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.hosts import HostClub, HostInstitution
from models.members import Level


class SessionState(StrEnum):
    """Whether the activity takes place. Whether it can be applied for is computed, never stored."""

    PLANNED = "planned"
    COMPLETED = "completed"
    CALLED_OFF = "called_off"


class Recruitment(StrEnum):
    """Whether a session can be applied for at a moment (모집대기, 모집중, 정원 마감, 모집완료)."""

    SCHEDULED = "recruit_scheduled"
    RECRUITING = "recruiting"
    FULL = "full"
    CLOSED = "recruit_closed"


class Program(Base):
    """A volunteering programme (봉사활동 프로그램)."""

    __tablename__ = "program"
    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        Index("ix_program_search", "last_date", "search_text", "id"),  # a search for words reads nothing else
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    """Where it came from: dovol, 1365, seed."""
    source_key: Mapped[str]
    """What groups the source's rows into this programme."""
    title: Mapped[str]
    content: Mapped[str] = mapped_column(default="")
    host_id: Mapped[int | None] = mapped_column(ForeignKey("host_institution.id"), index=True)
    club_id: Mapped[int | None] = mapped_column(ForeignKey("host_club.id"), index=True)
    field_code: Mapped[str]
    activity_type: Mapped[str] = mapped_column(default="")
    content_type: Mapped[str] = mapped_column(default="")
    levels: Mapped[int] = mapped_column(default=int(Level.ALL))
    age_min: Mapped[int | None]
    age_max: Mapped[int | None]
    cost: Mapped[int] = mapped_column(default=0)
    """What taking part costs, in won."""
    url: Mapped[str] = mapped_column(default="")
    search_text: Mapped[str]
    """Title, host and club in lower case without spaces, because people write without them."""
    last_date: Mapped[date]
    """Last activity date of all sessions, so that a text search reads only what is still to come."""

    host: Mapped[HostInstitution | None] = relationship()
    club: Mapped[HostClub | None] = relationship()
    sessions: Mapped[list[ProgramSession]] = relationship(
        back_populates="program", order_by="ProgramSession.starts_on"
    )


class ProgramSession(Base):
    """One date of a programme: what a person applies for.

    ``field_code`` and ``levels`` repeat the programme's so that one index answers a search.
    """

    __tablename__ = "program_session"
    __table_args__ = (
        UniqueConstraint("source", "source_no"),
        Index(None, "program_id", "starts_on"),
        # (place or field, day, id) finds a page in order; what follows refuses a row without reading it.
        Index("ix_program_session_day", "starts_on", "id", "begins_at", "weekday"),
        Index(
            "ix_program_session_sido", "sido_code", "starts_on", "id", "field_code", "begins_at", "weekday"
        ),
        Index(
            "ix_program_session_sigungu",
            "sigungu_code",
            "starts_on",
            "id",
            "field_code",
            "begins_at",
            "weekday",
        ),
        Index("ix_program_session_field", "field_code", "starts_on", "id", "begins_at", "weekday"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    source: Mapped[str]
    source_no: Mapped[str]
    """The source's own number of this row."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    weekday: Mapped[int]
    """Of ``starts_on``, 0 is Monday."""
    begins_at: Mapped[time | None]
    ends_at: Mapped[time | None]
    place: Mapped[str] = mapped_column(default="")
    sido_code: Mapped[str | None]
    sigungu_code: Mapped[str | None]
    field_code: Mapped[str]
    levels: Mapped[int] = mapped_column(default=int(Level.ALL))
    seats: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    """Seats gone: one for each application that holds one, and ``taken_elsewhere``."""
    taken_elsewhere: Mapped[int] = mapped_column(default=0)
    """Seats the source says were given away outside, so no application here stands for them."""
    credited_hours: Mapped[int]
    notes: Mapped[str] = mapped_column(default="")
    """Limits and belongings in the host's own words (참고사항): shown before applying."""
    apply_from: Mapped[date]
    apply_until: Mapped[date]
    state: Mapped[SessionState] = mapped_column(default=SessionState.PLANNED)
    fingerprint: Mapped[str] = mapped_column(default="")
    """Hash of the source's row: an import changes nothing that has not changed."""
    reported_at: Mapped[datetime | None]
    """When the last thing happened that the host reported of it."""

    program: Mapped[Program] = relationship(back_populates="sessions")

    def recruitment(self, now: datetime) -> Recruitment:
        """Return whether this session can be applied for at ``now``, from dates and seats alone."""
        today = now.date()
        if self.state is not SessionState.PLANNED or today > self.apply_until or today > self.starts_on:
            return Recruitment.CLOSED
        if today < self.apply_from:
            return Recruitment.SCHEDULED
        return Recruitment.RECRUITING if self.taken < self.seats else Recruitment.FULL

    def overlaps(self, other: ProgramSession) -> bool:
        """Tell whether one person could not be at both: dates meet, and times too where both are known."""
        if self.ends_on < other.starts_on or other.ends_on < self.starts_on:
            return False
        mine, theirs = (self.begins_at, self.ends_at), (other.begins_at, other.ends_at)
        if None in (*mine, *theirs):
            return False
        return self.begins_at < other.ends_at and other.begins_at < self.ends_at  # type: ignore[operator]  # None is out by now
