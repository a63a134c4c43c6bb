"""Texts of alerts as staff wrote them, version by version, and kinds they switched off.

What stands here overrides the words that come with the service (``alerts/words.py``, ``alerts/templates``). An Alimtalk
text is worth nothing before the provider has approved it letter by letter: a new version waits, and the one before is
sent until then. No row is ever changed but for how it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, Text, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.alert_settings import ALWAYS_ON
from models.base import Base
from models.staff import Staff, StaffRefused

BUILT_IN = 0
"""Version of the words that come with the service."""
LONGEST_CODE = 40
_CHANGED_MEANWHILE = "그사이 다른 사람이 바꿨어요. 지금 문구를 보고 다시 고쳐 주세요."


class TextChannel(StrEnum):
    """Where a text is read."""

    CARD = "card"
    SMS = "sms"
    ALIMTALK = "alimtalk"


class TextState(StrEnum):
    """How a version stands."""

    WAITING = "waiting"
    """With the provider, which has to approve it."""
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """Taken back, or a newer one was handed in."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Which text is meant: of an alert, in one of its scenes (approved, moved; empty for its only one), somewhere."""

    kind: int
    scene: str
    channel: TextChannel


class AlertText(Base):
    """One version of one text."""

    __tablename__ = "alert_text"
    __table_args__ = (
        Index("uq_alert_text_version", "kind", "scene", "channel", "version", unique=True),
        Index(
            "uq_alert_text_in_use",
            "kind",
            "scene",
            "channel",
            unique=True,
            sqlite_where=text("in_use"),
            postgresql_where=text("in_use"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[int]
    scene: Mapped[str]
    channel: Mapped[TextChannel]
    version: Mapped[int]
    text: Mapped[str | None] = mapped_column(Text)
    """None for the words that come with the service, whatever these are by then."""
    code: Mapped[str] = mapped_column(default="")
    """The provider's name for it; of Alimtalk only."""
    state: Mapped[TextState]
    in_use: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str]
    """Why it was written."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    """What the provider said of it."""

    made_by: Mapped[Staff] = relationship(foreign_keys=made_by_id)
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=decided_by_id)

    @property
    def slot(self) -> Slot:
        """Which text it is a version of."""
        return Slot(self.kind, self.scene, self.channel)


class AlertSwitch(Base):
    """One kind of alert that staff switched off, or on again."""

    __tablename__ = "alert_switch"

    kind: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    on: Mapped[bool]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[datetime]

    changed_by: Mapped[Staff] = relationship()


def texts_in_use(db: Session) -> dict[Slot, AlertText]:
    """Return the versions that are sent; texts nobody has touched are not among them."""
    return {row.slot: row for row in db.scalars(select(AlertText).where(AlertText.in_use.is_(True)))}


def history_of(db: Session, slot: Slot) -> list[AlertText]:
    """Return all versions of a text, newest first."""
    query = select(AlertText).where(*_of(slot)).order_by(AlertText.version.desc())
    names = (joinedload(AlertText.made_by), joinedload(AlertText.decided_by))
    return list(db.scalars(query.options(*names)))


def waiting_texts(db: Session) -> list[AlertText]:
    """Return versions that the provider has still to approve, oldest first."""
    query = select(AlertText).where(AlertText.state == TextState.WAITING).order_by(AlertText.id)
    return list(db.scalars(query))


def text_version(db: Session, slot: Slot, version: int) -> AlertText | None:
    """Return one version, None when there is none of that number."""
    return db.scalars(select(AlertText).where(*_of(slot), AlertText.version == version)).first()


def write_text(
    db: Session,
    slot: Slot,
    words: str | None,
    *,
    was: int,
    by: Staff,
    reason: str,
    now: datetime,
    code: str = "",
) -> AlertText:
    """Add a version; ``was`` is the newest one the writer saw, ``words`` None for those of the service.

    Words with a ``code`` wait for the provider; all others are sent from now on. The caller commits.

    Raises:
        StaffRefused: somebody else was faster.
    """
    newest = db.scalar(select(func.max(AlertText.version)).where(*_of(slot))) or BUILT_IN
    if newest != was:
        raise StaffRefused(_CHANGED_MEANWHILE)
    waits = bool(code) and words is not None
    row = AlertText(
        kind=slot.kind,
        scene=slot.scene,
        channel=slot.channel,
        version=newest + 1,
        text=words,
        code=code,
        state=TextState.WAITING if waits else TextState.APPROVED,
        reason=reason,
        made_by_id=by.id,
        made_at=now,
    )
    if waits:
        _withdraw_waiting(db, slot)
    return _added(db, row, in_use=not waits)


def restore_text(
    db: Session, slot: Slot, version: int, *, was: int, by: Staff, reason: str, now: datetime
) -> AlertText:
    """Send an earlier version again, as a new one; ``BUILT_IN`` for the words of the service. The caller commits.

    Raises:
        StaffRefused: there is no such version, the provider has not approved it, or somebody else was faster.
    """
    if version == BUILT_IN:
        return write_text(db, slot, None, was=was, by=by, reason=reason, now=now)
    old = text_version(db, slot, version)
    if old is None or old.state is not TextState.APPROVED:
        raise StaffRefused("되돌릴 수 있는 버전이 아니에요. 승인된 버전을 골라 주세요.")
    row = write_text(db, slot, old.text, was=was, by=by, reason=reason, now=now)
    row.code = old.code
    db.flush()
    return row


def approve_text(db: Session, row: AlertText, code: str, by: Staff, now: datetime) -> None:
    """Note that the provider approved a version under this code: it is sent from now on. The caller commits.

    Raises:
        StaffRefused: it waits no longer.
    """
    _decide(db, row, TextState.APPROVED, {"code": code}, by, now)
    _use(db, row)


def reject_text(db: Session, row: AlertText, answer: str, by: Staff, now: datetime) -> None:
    """Note that the provider refused a version, and why. The caller commits.

    Raises:
        StaffRefused: it waits no longer.
    """
    _decide(db, row, TextState.REJECTED, {"answer": answer}, by, now)


def withdraw_text(db: Session, row: AlertText, by: Staff, now: datetime) -> None:
    """Take a version back before the provider has said anything. The caller commits.

    Raises:
        StaffRefused: it waits no longer.
    """
    _decide(db, row, TextState.WITHDRAWN, {}, by, now)


def kinds_off(db: Session) -> frozenset[int]:
    """Return the kinds that nobody is sent at present."""
    return frozenset(db.scalars(select(AlertSwitch.kind).where(AlertSwitch.on.is_(False))))


def switches(db: Session) -> dict[int, AlertSwitch]:
    """Return the kinds that were ever switched off, with who did it last."""
    query = select(AlertSwitch).options(joinedload(AlertSwitch.changed_by))
    return {row.kind: row for row in db.scalars(query)}


def switch_kind(db: Session, kind: int, *, on: bool, by: Staff, now: datetime) -> bool:
    """Switch a kind for everybody; return whether that changed anything. The caller commits.

    Raises:
        StaffRefused: it must stay on.
    """
    if kind in ALWAYS_ON and not on:
        raise StaffRefused("이 알림은 회원의 안전을 위해 끌 수 없어요.")
    row = db.get(AlertSwitch, kind)
    if (row is None or row.on) is on:
        return False
    db.merge(AlertSwitch(kind=kind, on=on, changed_by_id=by.id, changed_at=now))
    db.flush()
    return True


def _of(slot: Slot) -> tuple[ColumnElement[bool], ...]:
    return (AlertText.kind == slot.kind, AlertText.scene == slot.scene, AlertText.channel == slot.channel)


def _added(db: Session, row: AlertText, *, in_use: bool) -> AlertText:
    db.add(row)
    _flush(db)
    if in_use:
        _use(db, row)
    return row


def _use(db: Session, row: AlertText) -> None:
    """Send this version from now on in place of the one before."""
    before = update(AlertText).where(*_of(row.slot), AlertText.in_use.is_(True)).values(in_use=False)
    db.execute(before.execution_options(synchronize_session="fetch"))
    row.in_use = True
    _flush(db)


def _flush(db: Session) -> None:
    """Write to the store; whoever does the same at the same moment is refused."""
    try:
        db.flush()
    except IntegrityError:
        db.rollback()
        raise StaffRefused(_CHANGED_MEANWHILE) from None


def _withdraw_waiting(db: Session, slot: Slot) -> None:
    older = update(AlertText).where(*_of(slot), AlertText.state == TextState.WAITING)
    db.execute(older.values(state=TextState.WITHDRAWN).execution_options(synchronize_session="fetch"))


def _decide(
    db: Session, row: AlertText, state: TextState, more: Mapping[str, str], by: Staff, now: datetime
) -> None:
    values = {"state": state, "decided_by_id": by.id, "decided_at": now, **more}
    mine = update(AlertText).where(AlertText.id == row.id, AlertText.state == TextState.WAITING)
    done = db.execute(mine.values(**values).execution_options(synchronize_session=False))
    db.expire(row)
    if not done.rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        raise StaffRefused("이미 처리한 문구예요. 지금 상태를 다시 봐 주세요.")
