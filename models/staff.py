"""Staff: accounts of the people at the institution, what their roles allow, and the links that let them in first.

An account is never deleted, because the audit log names it; it is disabled. A password is never made here: a short-lived
link, kept as a digest, lets its owner choose one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base, Encrypted
from models.credentials import LONGEST_PASSWORD, password_hash
from models.tokens import digest, is_token, new_token

LINK_LIFE = timedelta(hours=2)
"""How long a link to choose a password can be used: long enough to hand it over, too short to lie about."""
SHORTEST_PASSWORD = 10
LONGEST_NAME = 40
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_HAS_ACCOUNT = "이 이메일로 만든 계정이 이미 있어요. 목록에서 찾아봐 주세요."


class StaffRefused(Exception):
    """What staff cannot do, in the words they read."""

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__("refused")  # the words may name a person


class StaffRole(StrEnum):
    """What somebody of the staff is. ``ROLES`` says what each may do."""

    VIEWER = "viewer"
    TRAINER = "trainer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, wanted: StaffRole) -> bool:
        """Tell whether who has this role may do what ``wanted`` may."""
        return wanted is self or wanted in ROLES[self].includes


@dataclass(frozen=True, slots=True)
class RoleMeaning:
    """A role in words: its name, the roles it includes, and what it may do beyond them."""

    name: str
    includes: frozenset[StaffRole]
    may: tuple[str, ...]


ROLES: dict[StaffRole, RoleMeaning] = {
    StaffRole.VIEWER: RoleMeaning(
        "보기", frozenset(), ("오늘 할 일과 숫자 보기", "가려진 대화 보기", "내 계정 관리하기")
    ),
    StaffRole.TRAINER: RoleMeaning(
        "가르치기",
        frozenset({StaffRole.VIEWER}),
        (
            "잘못 알아들은 말에 뜻 달기",
            "문장을 더해 다시 가르치고 견주어 보기",
            "더 나은 모델로 바꾸고 되돌리기",
        ),
    ),
    StaffRole.OPERATOR: RoleMeaning(
        "상담·운영",
        frozenset({StaffRole.VIEWER}),
        ("상담 요청에 답하기", "이유를 적고 회원 정보 보기", "알림 보내고 다시 보내기"),
    ),
    StaffRole.ADMIN: RoleMeaning(
        "관리자",
        frozenset({StaffRole.VIEWER, StaffRole.TRAINER, StaffRole.OPERATOR}),
        ("직원 계정 만들고 닫기", "규칙 바꾸기", "기록을 보고 달마다 점검하기"),
    ),
}
"""What each role may do; the routes of the console name the role they want."""


class Staff(Base):
    """One person of the staff. Name and address are encrypted at rest; the address's digest finds the row."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Encrypted)
    email_hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Encrypted)
    role: Mapped[StaffRole]
    password_hash: Mapped[str | None]
    """None until the person has chosen one by a link."""
    totp_secret: Mapped[str | None] = mapped_column(Encrypted)
    totp_confirmed_at: Mapped[datetime | None]
    """When the authenticator app was proven to work; None: it has still to be set up."""
    totp_step: Mapped[int] = mapped_column(default=0)
    """The last half minute a code was taken for: no code is taken twice."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Tell whether the person may come in at all."""
        return self.disabled_at is None


class StaffLink(Base):
    """A link by which its owner chooses a password, once."""

    __tablename__ = "staff_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    spent_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship()


def create_staff(db: Session, email: str, name: str, role: StaffRole, now: datetime) -> Staff:
    """Make an account, which nobody can use before a link was used. The caller commits.

    Raises:
        StaffRefused: the address or the name cannot be one, or the address has an account.
    """
    email, name = email.strip(), name.strip()
    if not _EMAIL.fullmatch(email) or not email.isprintable() or len(email) > 200:
        raise StaffRefused("이메일 주소를 name@example.kr처럼 적어 주세요.")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise StaffRefused(f"이름을 {LONGEST_NAME}자까지 적어 주세요.")
    if find_staff(db, email) is not None:
        raise StaffRefused(_HAS_ACCOUNT)
    staff = Staff(email=email, email_hash=_email_hash(email), name=name, role=role, created_at=now)
    db.add(staff)
    try:
        db.flush()
    except IntegrityError:  # somebody else made the same account at this moment
        db.rollback()
        raise StaffRefused(_HAS_ACCOUNT) from None
    return staff


def find_staff(db: Session, email: str) -> Staff | None:
    """Return the account of an address, None when there is none. Small and capital letters are the same."""
    return db.scalars(select(Staff).where(Staff.email_hash == _email_hash(email))).first()


def all_staff(db: Session) -> list[Staff]:
    """Return all accounts, open ones first, by name."""
    return sorted(db.scalars(select(Staff)), key=lambda each: (not each.is_open, each.name, each.id))


def issue_link(db: Session, staff: Staff, now: datetime) -> str:
    """Return the token of a new link to choose a password; links made before stop working. The caller commits."""
    older = update(StaffLink).where(StaffLink.staff_id == staff.id, StaffLink.spent_at.is_(None))
    db.execute(older.values(spent_at=now).execution_options(synchronize_session="fetch"))
    token = new_token()
    db.add(StaffLink(token_hash=digest(token), staff_id=staff.id, expires_at=now + LINK_LIFE))
    return token


def find_link(db: Session, token: str, now: datetime) -> StaffLink | None:
    """Return the link of a token while it can be used, changing nothing."""
    if not is_token(token):
        return None
    query = select(StaffLink).where(
        StaffLink.token_hash == digest(token), StaffLink.spent_at.is_(None), StaffLink.expires_at > now
    )
    link = db.scalars(query.options(joinedload(StaffLink.staff))).first()
    return link if link is not None and link.staff.is_open else None


def spend_link(db: Session, link: StaffLink, now: datetime) -> bool:
    """Spend a link; of two at once exactly one gets True. The caller commits."""
    mine = update(StaffLink).where(StaffLink.id == link.id, StaffLink.spent_at.is_(None))
    done = db.execute(mine.values(spent_at=now).execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def choose_password(staff: Staff, password: str, again: str) -> None:
    """Give the account the password its owner chose. The caller commits.

    Raises:
        StaffRefused: it is too short or too plain, or was not typed twice alike.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise StaffRefused(f"비밀번호는 {SHORTEST_PASSWORD}자부터 {LONGEST_PASSWORD}자까지 쓸 수 있어요.")
    if len(set(password)) < 5 or staff.email.partition("@")[0].lower() in password.lower():
        raise StaffRefused(
            "쉽게 짐작할 수 있는 비밀번호예요. 이메일에 없는, 여러 글자로 된 것을 골라 주세요."
        )
    if password != again:
        raise StaffRefused("두 번 적은 비밀번호가 서로 달라요. 다시 적어 주세요.")
    staff.password_hash = password_hash(password)


def still_admin(db: Session, by: Staff) -> None:
    """Let one admin at a time change accounts, until the transaction ends; go on only for who is one still.

    Two admins who close each other's accounts at one moment would otherwise leave the institution without any.

    Raises:
        StaffRefused: the admin has lost the role or the account in the meantime.
    """
    first = update(Staff).where(Staff.id == select(func.min(Staff.id)).scalar_subquery())
    db.execute(first.values(role=Staff.role).execution_options(synchronize_session=False))
    db.refresh(by)
    if not by.is_open or by.role is not StaffRole.ADMIN:
        raise StaffRefused("그사이 다른 관리자가 내 역할을 바꿨어요. 아직 아무것도 바뀌지 않았어요.")


def change_role(staff: Staff, role: StaffRole, by: Staff) -> None:
    """Give a colleague another role, which holds from the next request on. The caller commits.

    Raises:
        StaffRefused: it is one's own: an institution must not be left without an admin by a slip.
    """
    _not_oneself(staff, by)
    staff.role = role


def disable(staff: Staff, by: Staff | None, now: datetime) -> None:
    """Close an account, which holds from the next request on. The caller commits.

    Raises:
        StaffRefused: it is one's own.
    """
    _not_oneself(staff, by)
    staff.disabled_at = staff.disabled_at or now


def enable(staff: Staff) -> None:
    """Open an account again. The caller commits."""
    staff.disabled_at = None


def _not_oneself(staff: Staff, by: Staff | None) -> None:
    if by is not None and by.id == staff.id:
        raise StaffRefused("내 계정의 역할은 내가 바꾸거나 닫을 수 없어요. 다른 관리자에게 부탁해 주세요.")


def _email_hash(email: str) -> str:
    return digest(f"staff:{email.strip().casefold()}")
