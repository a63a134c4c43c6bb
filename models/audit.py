"""The audit log: who of the staff saw or changed what, when, from where and why.

Rows are only ever added. Each carries a hash over its content and the hash of the row before, so a row that was
altered, left out or put in between is found. One row (``audit_head``) names the last number and hash: it is held while
a row is added, so writers at the same moment queue up, and a tail that was cut off is found too. Old rows go after two
years; a row in the log itself then says where the chain begins.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import LARGEST_ID, Base, Encrypted
from models.clock import SEOUL
from models.rules import Rules
from models.staff import Staff

GENESIS = "0" * 64
"""What stands for the row before the first one."""
_BATCH = 1000


class Did(StrEnum):
    """What was done. The words are in ``DID``."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SESSION_CLOSED = "session_closed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - what was done, no password
    FACTOR_CHANGED = "factor_changed"
    STAFF_CREATED = "staff_created"
    STAFF_RESET = "staff_reset"
    ROLE_CHANGED = "role_changed"
    STAFF_DISABLED = "staff_disabled"
    STAFF_ENABLED = "staff_enabled"
    RULE_CHANGED = "rule_changed"
    LABELLED = "labelled"
    LABEL_UNDONE = "label_undone"
    ALERT_TEXT_CHANGED = "alert_text_changed"
    ALERT_SWITCHED = "alert_switched"
    ALERTS_REDRIVEN = "alerts_redriven"
    STAFF_SEND_CHANGED = "staff_send_changed"
    TICKET_CHANGED = "ticket_changed"
    UNMASKED = "unmasked"
    SEEN = "seen"
    EXPORTED = "exported"
    FAQ_CHANGED = "faq_changed"
    SENTENCE_CHANGED = "sentence_changed"
    SENTENCES_UPLOADED = "sentences_uploaded"
    MODEL_TAUGHT = "model_taught"
    MODEL_SWITCHED = "model_switched"
    GATE_OVERRIDDEN = "gate_overridden"
    MODEL_DISCARDED = "model_discarded"
    GOLDEN_CHANGED = "golden_changed"
    REVIEWED = "reviewed"
    PURGED = "purged"


DID: dict[Did, str] = {
    Did.SIGNED_IN: "로그인",
    Did.SIGN_IN_FAILED: "로그인 실패",
    Did.SIGNED_OUT: "로그아웃",
    Did.SESSION_CLOSED: "로그인 닫음",
    Did.PASSWORD_CHANGED: "비밀번호 바꿈",
    Did.FACTOR_CHANGED: "두 번째 확인 바꿈",
    Did.STAFF_CREATED: "직원 계정 만듦",
    Did.STAFF_RESET: "직원 계정 처음부터",
    Did.ROLE_CHANGED: "역할 바꿈",
    Did.STAFF_DISABLED: "직원 계정 닫음",
    Did.STAFF_ENABLED: "직원 계정 다시 엶",
    Did.RULE_CHANGED: "규칙 바꿈",
    Did.LABELLED: "문장의 뜻을 정함",
    Did.LABEL_UNDONE: "정한 뜻을 되돌림",
    Did.ALERT_TEXT_CHANGED: "알림 문구 바꿈",
    Did.ALERT_SWITCHED: "알림 켜고 끔",
    Did.ALERTS_REDRIVEN: "알림 다시 보냄",
    Did.STAFF_SEND_CHANGED: "직원 소식",
    Did.TICKET_CHANGED: "상담 처리",
    Did.UNMASKED: "이유를 적고 엶",
    Did.SEEN: "개인정보 봄",
    Did.EXPORTED: "파일로 내려받음",
    Did.FAQ_CHANGED: "FAQ 바꿈",
    Did.SENTENCE_CHANGED: "훈련 문장 바꿈",
    Did.SENTENCES_UPLOADED: "훈련 문장 올림",
    Did.MODEL_TAUGHT: "모델 훈련과 시험",
    Did.MODEL_SWITCHED: "모델 바꿈",
    Did.GATE_OVERRIDDEN: "관문을 열고 모델 바꿈",
    Did.MODEL_DISCARDED: "모델 지움",
    Did.GOLDEN_CHANGED: "꼭 맞아야 하는 문장 바꿈",
    Did.REVIEWED: "기록 점검함",
    Did.PURGED: "오래된 기록 지움",
}
PERSONAL = (Did.UNMASKED, Did.SEEN)
"""What shows somebody's personal data."""


class AuditRow(Base):
    """One thing that was done. What may name a person is encrypted at rest; the hash is of the words themselves."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "staff_id", "number"), Index(None, "about", "number"))

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None for who is not known, and for the command line."""
    did: Mapped[Did]
    about: Mapped[str]
    """What it was done to, as table:id; empty for oneself."""
    address: Mapped[str] = mapped_column(Encrypted)
    """Where the request came from; empty for the command line."""
    reason: Mapped[str] = mapped_column(Encrypted)
    detail: Mapped[str] = mapped_column(Encrypted)
    """What exactly, in a few words or as what it was and became."""
    before: Mapped[str]
    hash: Mapped[str]

    staff: Mapped[Staff | None] = relationship()


class AuditHead(Base):
    """The end of the chain, one row. Who adds to the log holds it."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[str]


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be written into the log. ``address`` is empty for the command line."""

    did: Did
    staff_id: int | None = None
    about: str = ""
    reason: str = ""
    detail: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of reading the whole chain. ``broken`` is the number of the first row that does not fit."""

    rows: int
    head: str
    broken: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are wanted; None and "" for all."""

    staff_id: int | None = None
    did: Did | None = None
    about: str = ""
    since: date | None = None
    until: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a row must fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.staff_id is not None:
            found.append(AuditRow.staff_id == self.staff_id)
        if self.did is not None:
            found.append(AuditRow.did == self.did)
        if self.about:
            found.append(AuditRow.about == self.about)
        if self.since is not None:
            found.append(AuditRow.at >= datetime.combine(self.since, time(), SEOUL))
        if self.until is not None:
            found.append(AuditRow.at < datetime.combine(self.until, time(), SEOUL) + timedelta(days=1))
        return found


def append(db: Session, note: Note, now: datetime) -> AuditRow:
    """Add a row. The caller commits, soon: until then all others who want to add one wait."""
    db.execute(
        update(AuditHead).values(number=AuditHead.number + 1).execution_options(synchronize_session=False)
    )
    head = db.scalars(select(AuditHead).execution_options(populate_existing=True)).one()
    row = AuditRow(
        number=head.number,
        at=now,
        staff_id=note.staff_id,
        did=note.did,
        about=note.about,
        address=note.address,
        reason=note.reason,
        detail=note.detail,
        before=head.hash,
    )
    row.hash = head.hash = hash_of(row)
    db.add(row)
    db.flush()
    return row


def hash_of(row: AuditRow) -> str:
    """Return the hash over a row's content and the row before."""
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [
        row.number,
        at,
        row.staff_id,
        row.did,
        row.about,
        row.address,
        row.reason,
        row.detail,
        row.before,
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


@dataclass
class _Chain:
    """The chain as far as it was read."""

    first: AuditRow | None = None
    last: AuditRow | None = None
    rows: int = 0
    anchors: set[str] = field(default_factory=set)

    def takes(self, row: AuditRow) -> bool:
        """Tell whether a row is what was written and follows the one before; then it is the last one."""
        follows = self.last is None or (row.number == self.last.number + 1 and row.before == self.last.hash)
        if not follows or row.hash != hash_of(row):
            return False
        if row.did is Did.PURGED:
            self.anchors.add(row.detail)
        self.first, self.last, self.rows = self.first or row, row, self.rows + 1
        return True

    @property
    def begins_well(self) -> bool:
        """Tell whether nothing is missing before the first row but what the log says was purged."""
        first = self.first
        if first is None or first.number == 1:
            return first is None or first.before == GENESIS
        return _anchor(first.number - 1, first.before) in self.anchors


def verify(db: Session) -> Verdict:
    """Read the whole chain and return whether it holds."""
    chain, head = _Chain(), db.scalars(select(AuditHead).execution_options(populate_existing=True)).one()
    while batch := _after(db, chain.last.number if chain.last else 0):
        for row in batch:
            if isinstance(row, int) or not chain.takes(row):
                return Verdict(chain.rows, head.hash, row if isinstance(row, int) else row.number)
        db.expunge_all()
    if chain.first is not None and not chain.begins_well:
        return Verdict(chain.rows, head.hash, chain.first.number)
    last = (chain.last.number, chain.last.hash) if chain.last else (0, GENESIS)
    whole = last == (head.number, head.hash)
    return Verdict(chain.rows, head.hash, None if whole else last[0] + 1)


def _after(db: Session, number: int, limit: int = _BATCH) -> Sequence[AuditRow | int]:
    """Return the next rows; of one that cannot even be read (its words were altered) only the number."""
    query = select(AuditRow).where(AuditRow.number > number).order_by(AuditRow.number)
    try:
        return list(db.scalars(query.limit(limit).execution_options(populate_existing=True)))
    except (RuntimeError, LookupError, ValueError):
        if limit > 1:
            return _after(db, number, 1)
    numbers = select(AuditRow.number).where(AuditRow.number > number).order_by(AuditRow.number)
    return list(db.scalars(numbers.limit(1)))


def rows(db: Session, wanted: Wanted, *, below: int = LARGEST_ID, limit: int = 50) -> list[AuditRow]:
    """Return rows below a number, the newest first."""
    query = select(AuditRow).where(AuditRow.number < below, *wanted.conditions())
    query = query.options(joinedload(AuditRow.staff)).order_by(AuditRow.number.desc()).limit(limit)
    return list(db.scalars(query))


def reason_given(db: Session, staff: Staff, about: str, since: datetime) -> str:
    """Return the reason the person gave lately for seeing something, empty when none was given."""
    query = select(AuditRow).where(
        AuditRow.staff_id == staff.id,
        AuditRow.about == about,
        AuditRow.did == Did.UNMASKED,
        AuditRow.at > since,
    )
    row = db.scalars(query.order_by(AuditRow.number.desc()).limit(1)).first()
    return row.reason if row is not None else ""


def purge(db: Session, rules: Rules, now: datetime) -> int:
    """Delete rows that were kept long enough and say in the log where it begins now. The caller commits."""
    since = now - timedelta(days=rules.keep_audit_days)
    kept = db.scalar(select(func.min(AuditRow.number)).where(AuditRow.at >= since))
    old = AuditRow.at < since if kept is None else AuditRow.number < kept
    last = db.scalars(select(AuditRow).where(old).order_by(AuditRow.number.desc()).limit(1)).first()
    if last is None:
        return 0
    append(db, Note(Did.PURGED, detail=_anchor(last.number, last.hash)), now)
    gone = delete(AuditRow).where(AuditRow.number <= last.number)
    return int(db.execute(gone).rowcount)  # type: ignore[attr-defined]  # a DELETE gives a CursorResult


def _anchor(number: int, row_hash: str) -> str:
    return f"{number}:{row_hash}"
