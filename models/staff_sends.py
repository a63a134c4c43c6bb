"""Messages that staff send to the people of a session or a programme: called off, moved, something to know.

Staff compose one, look at it and at what it costs, and schedule it; for many people a second colleague looks at it
before it goes. When its time has come everybody in its audience gets a row in the outbox (``alerts/staff_sends``), in batches, and each person once however often that is begun anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, func, select, text, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.applications import LIVE, Application, ApplicationState
from models.base import Base
from models.masking import RESIDENT_MASK, mask_contacts
from models.outbox import OPEN, Alert, AlertState
from models.programs import Program, ProgramSession
from models.redrives import is_newest_round

LONGEST_TEXT = 200
"""Characters staff may write: what a card has room for beside the facts."""
STAFF_SEND_KIND = 4
"""Alert it goes out as: what becomes of an application."""


class SendReason(StrEnum):
    """What a message is about."""

    CALLED_OFF = "called_off"
    MOVED = "moved"
    NOTICE = "notice"


class SendState(StrEnum):
    """Where a message of staff stands."""

    DRAFT = "draft"
    WAITING = "waiting"
    """For a second colleague, who lets it go or sends it back."""
    SCHEDULED = "scheduled"
    SENDING = "sending"
    """Its rows are being written, or some of them have not ended yet."""
    PAUSED = "paused"
    """Nothing more is written or handed over until somebody lets it go on."""
    DONE = "done"
    CANCELLED = "cancelled"


class NotSendable(Exception):
    """What staff want cannot be done; the message says why and what to do, in Korean."""


class StaffSend(Base):
    """One message of staff. Its audience are the applicants of a session, or of all sessions of a programme."""

    __tablename__ = "staff_send"
    __table_args__ = (
        Index(
            "ix_staff_send_due",
            "send_at",
            "id",
            sqlite_where=text("state IN ('scheduled', 'sending')"),
            postgresql_where=text("state IN ('scheduled', 'sending')"),
        ),
        Index(None, "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("program_session.id"), index=True)
    program_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"), index=True)
    states: Mapped[list[str]]
    """States of applications it goes to."""
    reason: Mapped[SendReason]
    text: Mapped[str]
    urgent: Mapped[bool] = mapped_column(default=False)
    """Goes in quiet hours too."""
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    send_at: Mapped[datetime | None]
    state: Mapped[SendState] = mapped_column(default=SendState.DRAFT)
    asked_by: Mapped[str | None]
    """Who wanted it to go."""
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    audience: Mapped[int | None]
    """How many people it was for when it was scheduled."""
    reached: Mapped[int] = mapped_column(default=0)
    """Largest member id whose row is written: where a send that broke off goes on."""
    written_at: Mapped[datetime | None]
    """When the last row was written."""
    done_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]

    session: Mapped[ProgramSession | None] = relationship()
    program: Mapped[Program | None] = relationship()

    @property
    def object(self) -> str:
        """What its rows in the outbox are about."""
        return f"staff_send:{self.id}"

    @property
    def title(self) -> str:
        """Title of the programme whose people it is for."""
        program = self.session.program if self.session else self.program
        return program.title if program else ""


OPEN_SENDS = (
    SendState.DRAFT,
    SendState.WAITING,
    SendState.SCHEDULED,
    SendState.SENDING,
    SendState.PAUSED,
)
"""States in which something of it can still be taken back."""


@dataclass(frozen=True, slots=True)
class People:
    """Whom a message is for: applicants of a session or of a programme, whose applications are in these states."""

    session_id: int | None = None
    program_id: int | None = None
    states: tuple[ApplicationState, ...] = LIVE


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a message has come: people it was for, rows written, and how these stand."""

    audience: int
    owed: int
    ended: int
    states: dict[AlertState, int]


def compose(
    db: Session,
    people: People,
    *,
    reason: SendReason,
    text: str,
    by: str,
    now: datetime,
) -> StaffSend:
    """Write a draft. The caller commits.

    Raises:
        NotSendable: nobody is named, or the text cannot be sent as it is.
    """
    _check_people(db, people)
    send = StaffSend(
        session_id=people.session_id,
        program_id=people.program_id,
        states=[state.value for state in dict.fromkeys(people.states)],
        reason=reason,
        text=_checked(text),
        created_by=by,
        created_at=now,
        state=SendState.DRAFT,
    )
    db.add(send)
    db.flush()
    return send


def amend(db: Session, send: StaffSend, people: People, *, reason: SendReason, text: str) -> None:
    """Write a draft anew. The caller commits.

    Raises:
        NotSendable: it is no draft any more, nobody is named, or the text cannot be sent as it is.
    """
    _check_people(db, people)
    values = {
        "session_id": people.session_id,
        "program_id": people.program_id,
        "states": [state.value for state in dict.fromkeys(people.states)],
        "reason": reason,
        "text": _checked(text),
    }
    if not _change(db, send, (SendState.DRAFT,), values):
        raise NotSendable("이미 보내기로 한 소식이라 고칠 수 없어요. 취소하고 새로 써 주세요.")


def _check_people(db: Session, people: People) -> None:
    if (people.session_id is None) is (people.program_id is None):
        raise NotSendable("회차나 프로그램 가운데 하나만 골라 주세요.")
    if people.session_id is not None and db.get(ProgramSession, people.session_id) is None:
        raise NotSendable(f"{people.session_id}번 회차가 없어요. 번호를 다시 봐 주세요.")
    if people.program_id is not None and db.get(Program, people.program_id) is None:
        raise NotSendable(f"{people.program_id}번 프로그램이 없어요. 번호를 다시 봐 주세요.")
    if not people.states:
        raise NotSendable("어떤 신청 상태인 사람에게 보낼지 하나 이상 골라 주세요.")


def _checked(words: str) -> str:
    words = "".join(char for char in words if char.isprintable() or char == "\n").strip()
    if not words:
        raise NotSendable("보낼 말이 비어 있어요. 무엇이 어떻게 됐는지 한두 문장으로 적어 주세요.")
    if len(words) > LONGEST_TEXT:
        raise NotSendable(f"보낼 말은 {LONGEST_TEXT}자까지예요. 지금은 {len(words)}자예요.")
    if RESIDENT_MASK in mask_contacts(words):
        raise NotSendable("주민등록번호처럼 보이는 숫자가 있어요. 지우고 다시 적어 주세요.")
    return words


def staff_send(db: Session, number: int) -> StaffSend:
    """Return a message as it stands in the store now.

    Raises:
        NotSendable: there is none of that number.
    """
    send = db.get(StaffSend, number, populate_existing=True)
    if send is None:
        raise NotSendable(f"{number}번 소식이 없어요.")
    return send


def staff_sends(db: Session, limit: int = 20) -> list[StaffSend]:
    """Return messages of staff, newest first, with what they are about."""
    whose = (
        joinedload(StaffSend.session).joinedload(ProgramSession.program),
        joinedload(StaffSend.program),
    )
    return list(db.scalars(select(StaffSend).order_by(StaffSend.id.desc()).limit(limit).options(*whose)))


def audience(send: StaffSend, today: date) -> Select[Any]:
    """Return the query of its people, as member ids without order, each once.

    Of a programme those count whose session is not over.
    """
    query = select(Application.member_id).distinct().where(Application.state.in_(_states(send)))
    if send.session_id is not None:
        return query.where(Application.session_id == send.session_id)
    return query.join(Application.session).where(
        ProgramSession.program_id == send.program_id, ProgramSession.ends_on >= today
    )


def application_told(db: Session, send: StaffSend, member_id: int, today: date) -> Application | None:
    """Return the application a member is told about, the nearest one of several; None when it has ended.

    What was called off may have ended the application itself: that is still worth telling.
    """
    states = _states(send)
    if send.reason is SendReason.CALLED_OFF:
        states = [*states, ApplicationState.CANCELLED_BY_HOST]
    query = (
        select(Application)
        .join(Application.session)
        .where(Application.member_id == member_id, Application.state.in_(states))
        .options(joinedload(Application.session).joinedload(ProgramSession.program))
        .order_by(ProgramSession.starts_on, Application.id.desc())
        .execution_options(populate_existing=True)
    )
    if send.session_id is not None:
        return db.scalars(query.where(Application.session_id == send.session_id)).first()
    return db.scalars(
        query.where(ProgramSession.program_id == send.program_id, ProgramSession.ends_on >= today)
    ).first()


def _states(send: StaffSend) -> list[ApplicationState]:
    return [ApplicationState(state) for state in send.states]


def audience_count(db: Session, send: StaffSend, today: date) -> int:
    """Return how many people it would go to."""
    return db.scalar(select(func.count()).select_from(audience(send, today).subquery())) or 0


def schedule(
    db: Session,
    send: StaffSend,
    at: datetime | None,
    now: datetime,
    *,
    urgent: bool = False,
    by: str = "",
    two_from: int | None = None,
) -> int:
    """Let a draft go at a moment, or at once; return how many people it is for. The caller commits.

    ``urgent`` goes in quiet hours too. From ``two_from`` people on it waits for ``approve`` by somebody else.

    Raises:
        NotSendable: it is no draft, the moment is past, or there is nobody to tell.
    """
    if at is not None and at < now:
        raise NotSendable("이미 지난 시각이에요. 앞으로 올 시각을 적거나, 시각 없이 지금 보내 주세요.")
    people = audience_count(db, send, now.date())
    if not people:
        raise NotSendable("받을 사람이 없어요. 회차와 신청 상태를 다시 봐 주세요.")
    state = SendState.WAITING if two_from is not None and people >= two_from else SendState.SCHEDULED
    values = {"state": state, "send_at": at or now, "audience": people, "urgent": urgent, "asked_by": by}
    if not _change(db, send, (SendState.DRAFT,), values):
        raise NotSendable(f"{send.id}번 소식은 이미 예약했거나 끝났어요. 새로 써서 보내 주세요.")
    return people


def approve(db: Session, send: StaffSend, by: str, now: datetime) -> None:
    """Let go what a colleague wrote; its moment is now where it has passed meanwhile. The caller commits.

    Raises:
        NotSendable: it does not wait, or it is one's own.
    """
    if by in (send.created_by, send.asked_by):
        raise NotSendable("내가 쓴 소식은 다른 직원이 확인해야 해요.")
    values = {"state": SendState.SCHEDULED, "approved_by": by, "approved_at": now}
    late = {"send_at": now} if send.send_at is None or send.send_at < now else {}
    if not _change(db, send, (SendState.WAITING,), {**values, **late}):
        raise NotSendable(f"{send.id}번 소식은 확인을 기다리고 있지 않아요.")


def send_back(db: Session, send: StaffSend) -> None:
    """Make what waits for a second colleague a draft again. The caller commits.

    Raises:
        NotSendable: it does not wait.
    """
    values = {"state": SendState.DRAFT, "send_at": None, "audience": None, "asked_by": None}
    if not _change(db, send, (SendState.WAITING,), values):
        raise NotSendable(f"{send.id}번 소식은 확인을 기다리고 있지 않아요.")


def pause(db: Session, send: StaffSend) -> None:
    """Let a message rest: what no provider has yet stays with us. The caller commits.

    Raises:
        NotSendable: it is not under way.
    """
    if not _change(db, send, (SendState.SCHEDULED, SendState.SENDING), {"state": SendState.PAUSED}):
        raise NotSendable(f"{send.id}번 소식은 보내는 중이 아니라 멈출 수 없어요.")


def go_on(db: Session, send: StaffSend) -> None:
    """Let a message that rests go on. The caller commits.

    Raises:
        NotSendable: it does not rest.
    """
    begun = send.reached or send.written_at is not None
    state = SendState.SENDING if begun else SendState.SCHEDULED
    if not _change(db, send, (SendState.PAUSED,), {"state": state}):
        raise NotSendable(f"{send.id}번 소식은 멈춰 있지 않아요.")


def paused_sends(db: Session) -> frozenset[int]:
    """Return the numbers of messages that rest."""
    return frozenset(db.scalars(select(StaffSend.id).where(StaffSend.state == SendState.PAUSED)))


def waiting_sends(db: Session) -> int:
    """Return how many messages wait for a second colleague."""
    query = select(func.count()).select_from(StaffSend).where(StaffSend.state == SendState.WAITING)
    return db.scalar(query) or 0


def cancel(db: Session, send: StaffSend, by: str, now: datetime) -> int:
    """Take a message back as far as it has not gone; return how many rows were taken back. The caller commits.

    Raises:
        NotSendable: it has gone, or was taken back before.
    """
    values = {"state": SendState.CANCELLED, "cancelled_at": now, "cancelled_by": by}
    if not _change(db, send, OPEN_SENDS, values):
        raise NotSendable(f"{send.id}번 소식은 이미 다 나갔거나 취소했어요.")
    waiting = update(Alert).where(
        Alert.send_id == send.id, Alert.state == AlertState.CREATED, Alert.claim.is_(None)
    )
    ended = {"state": AlertState.CANCELLED, "reason": CANCELLED_BY_STAFF, "finished_at": now}
    done = db.execute(waiting.values(**ended).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


CANCELLED_BY_STAFF = "cancelled by staff"
"""Reason of a row that was taken back."""


def _change(db: Session, send: StaffSend, states: Sequence[SendState], values: Mapping[str, object]) -> bool:
    """Change a message by one conditional update; False when it is in none of the states any more."""
    query = update(StaffSend).where(StaffSend.id == send.id, StaffSend.state.in_(states)).values(**values)
    done = db.execute(query.execution_options(synchronize_session=False))
    db.expire(send)
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def progress(db: Session, send: StaffSend) -> Progress:
    """Return how far a message has come; of one that was sent anew the newest round counts."""
    counted = db.execute(
        select(Alert.state, func.count())
        .where(Alert.send_id == send.id, is_newest_round())
        .group_by(Alert.state)
    )
    states = {state: count for state, count in counted}  # noqa: C416 - a Row is no pair for the type checker
    owed = sum(states.values())
    ended = sum(count for state, count in states.items() if state not in OPEN)
    return Progress(send.audience or 0, owed, ended, states)


def due_sends(db: Session, now: datetime) -> list[StaffSend]:
    """Return messages whose time has come and whose rows are not all written."""
    running = (SendState.SCHEDULED, SendState.SENDING)
    query = select(StaffSend).where(
        StaffSend.state.in_(running), StaffSend.send_at <= now, StaffSend.written_at.is_(None)
    )
    return list(db.scalars(query.order_by(StaffSend.send_at, StaffSend.id)))


def next_people(db: Session, send: StaffSend, now: datetime, most: int) -> list[int] | None:
    """Take the next people of a message, by member id; empty when all were taken, None when it is not ours to send.

    They are taken by the commit that writes their rows: two workers never take the same, and one that breaks off
    leaves the message where it was.
    """
    query = audience(send, now.date()).where(Application.member_id > send.reached)
    ids: list[int] = list(db.scalars(query.order_by(Application.member_id).limit(most)))
    last = {"reached": ids[-1] if ids else send.reached, "written_at": now if len(ids) < most else None}
    mine = update(StaffSend).where(
        StaffSend.id == send.id,
        StaffSend.state.in_((SendState.SCHEDULED, SendState.SENDING)),
        StaffSend.reached == send.reached,
        StaffSend.written_at.is_(None),
    )
    taken = mine.values(state=SendState.SENDING, **last).execution_options(synchronize_session=False)
    changed = bool(db.execute(taken).rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
    db.expire(send)
    return ids if changed else None


def close_sends(db: Session, now: datetime) -> None:
    """End messages whose rows are all written and have all ended. The caller commits."""
    still_open = select(Alert.id).where(Alert.send_id == StaffSend.id, Alert.finished_at.is_(None)).exists()
    finished = update(StaffSend).where(
        StaffSend.state == SendState.SENDING, StaffSend.written_at.is_not(None), ~still_open
    )
    db.execute(
        finished.values(state=SendState.DONE, done_at=now).execution_options(synchronize_session=False)
    )
