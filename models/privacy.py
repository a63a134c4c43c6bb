"""What is stored about a person: counted for them, and handed to them in full.

Every table that hangs on a member or on their chat account is named here; a test fails when one is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, func, inspect, select
from sqlalchemy.orm import Session, undefer

from models.alert_settings import AlertConsent, AlertSetting, QuietHours
from models.applications import Application, ApplicationChange
from models.base import Base
from models.certificates import Certificate
from models.consents import Consent1365, Consent1365Change
from models.credentials import Credential
from models.events import Event
from models.follows import Follow
from models.guardians import GuardianRequest
from models.hosts import Leader
from models.hours import ServiceRecord
from models.inbox import InboxTurn
from models.linking import Linking, WrongCode
from models.login_links import LoginLink
from models.masking import mask_name
from models.members import ChannelAccount, ConversationTurn, GuardianConsent, Member
from models.one_time_codes import OneTimeCode
from models.outbox import Alert, Attempt
from models.profiles import DAY_NAMES, ProfileChange, free_days_of, mask_phone
from models.recommendations import Recommendation
from models.talents import TalentMatch, TalentOffer
from models.tickets import Ticket, TicketStep
from models.web_sessions import WebSession

Rows = Callable[[Member], Select[Any]]
"""Member → their rows of one table."""
Words = Callable[[Any], dict[str, Any]]
"""Row → values a reader needs besides its columns, or in place of them."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table, its rows of one member, and what helps to read them."""

    kind: type[Base]
    rows: Rows
    words: Words = lambda row: {}  # noqa: ARG005 - most rows speak for themselves


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that is stored: what it is and what for, in one sentence. The first table is the one counted."""

    title: str
    sentence: str
    tables: tuple[Table, ...]


def _own(kind: type[Base]) -> Rows:
    """Return rows that carry the member's number."""
    return lambda member: select(kind).where(kind.member_id == member.id)  # type: ignore[attr-defined]  # a test sees that they do


def _below(kind: type[Base], parent: type[Base]) -> Rows:
    """Return rows that belong to a row of the member's."""
    return lambda member: select(kind).join(parent).where(parent.member_id == member.id)  # type: ignore[attr-defined]  # as above


def _of_chat(kind: type[Base], moment: str) -> Rows:
    """Return rows of the member's chat accounts since they were linked: what came before may be somebody else's."""

    def rows(member: Member) -> Select[Any]:
        since = getattr(kind, moment) >= ChannelAccount.linked_at
        account = select(kind).join(ChannelAccount, kind.account_id == ChannelAccount.id)  # type: ignore[attr-defined]  # as above
        return account.where(ChannelAccount.member_id == member.id, since)

    return rows


def _misunderstood(member: Member) -> Select[Any]:
    """Return what was taken down of the member's turns, for others to say what they mean."""
    turns = _of_chat(ConversationTurn, "at")(member).with_only_columns(ConversationTurn.id)
    return select(InboxTurn).where(InboxTurn.turn_id.in_(turns))


def _activity(row: Application) -> dict[str, Any]:
    session = row.session
    return {"title": session.program.title, "starts_on": session.starts_on, "place": session.place}


def _days(row: Member) -> dict[str, Any]:
    return {"free_days": [DAY_NAMES[number] for number in free_days_of(row)]}


def _content(row: Certificate | Alert) -> dict[str, Any]:
    return {"content": json.loads(row.content)} if row.content else {}


def _said(row: ConversationTurn) -> dict[str, Any]:
    return {"reply": json.loads(row.reply)} if row.reply else {}


def _table(kind: type[Base], words: Words | None = None) -> Table:
    return Table(kind, _own(kind), words) if words else Table(kind, _own(kind))


TOPICS: tuple[Topic, ...] = (
    Topic(
        "내 정보",
        "이름, 생년월일, 전화번호, 학교, 사는 곳, 관심 분야, 봉사할 수 있는 요일이에요. 봉사를 신청하고 확인서를 만들 때 써요.",
        (
            Table(Member, lambda member: select(Member).where(Member.id == member.id), _days),
            _table(Credential),
            _table(Leader, lambda row: {"host": row.host.name}),
        ),
    ),
    Topic(
        "내 정보가 바뀐 기록",
        "무엇이 언제 바뀌었는지만 남겨요. 다른 사람이 몰래 바꾸면 알 수 있어요.",
        (_table(ProfileChange),),
    ),
    Topic(
        "카카오톡 연결",
        "어느 채팅이 나인지 알아보려고 둬요. 카카오톡 이름, 사진, 친구 목록은 없어요.",
        (_table(ChannelAccount), _table(Linking), Table(WrongCode, _of_chat(WrongCode, "at"))),
    ),
    Topic(
        "챗봇 대화",
        "챗봇에 적은 말과 보람의 답이에요. 이름과 전화번호 같은 것은 가려서 남겨요. 가리기 전의 말과 보람의 답은 암호로 바꿔 두고 도움이 필요할 때만 봐요. 더 잘 알아듣는 데 써요.",
        (
            Table(ConversationTurn, _of_chat(ConversationTurn, "at"), _said),
            Table(InboxTurn, _misunderstood),
        ),
    ),
    Topic(
        "보람이 먼저 보낸 알림",
        "신청 결과, 인증번호처럼 먼저 알려 준 말과, 무슨 일로 어떻게 보냈는지예요. 두 번 보내거나 빠뜨리지 않으려고 둬요.",
        (_table(Alert, _content), Table(Attempt, _below(Attempt, Alert)), _table(Event)),
    ),
    Topic(
        "봉사 신청",
        "어떤 활동에 신청했고 어떻게 됐는지예요. 기관도 함께 봐요.",
        (_table(Application, _activity), Table(ApplicationChange, _below(ApplicationChange, Application))),
    ),
    Topic(
        "봉사시간", "언제 어디서 몇 시간 봉사했는지예요. 확인서와 1365 연계에 써요.", (_table(ServiceRecord),)
    ),
    Topic(
        "확인서", "내가 받은 확인서와 그 번호예요. 진짜인지 확인할 때 써요.", (_table(Certificate, _content),)
    ),
    Topic(
        "1365 연계 동의",
        "봉사시간을 1365로 보내도 된다고 했는지와 바뀐 기록이에요.",
        (_table(Consent1365), Table(Consent1365Change, _below(Consent1365Change, Consent1365))),
    ),
    Topic(
        "재능나눔",
        "나누고 싶다고 한 재능과 연결된 기관이에요.",
        (
            _table(TalentOffer),
            Table(TalentMatch, _below(TalentMatch, TalentOffer), lambda row: {"host": row.host.name}),
        ),
    ),
    Topic(
        "알림 설정",
        "어떤 알림을 받고 언제 쉬는지예요. 기본값에서 바꾼 것만 남아요.",
        (_table(AlertSetting), _table(AlertConsent), _table(QuietHours)),
    ),
    Topic(
        "봉사 추천",
        "소식을 받는 기관과 동아리, 추천한 봉사와 그 까닭이에요. 같은 봉사를 두 번 추천하지 않으려고 둬요.",
        (
            _table(Follow, lambda row: {"name": row.name}),
            _table(Recommendation, lambda row: {"title": row.program.title}),
        ),
    ),
    Topic(
        "보호자 동의",
        "14살이 안 됐을 때 보호자에게 부탁하고 동의받은 기록이에요.",
        (_table(GuardianConsent), _table(GuardianRequest)),
    ),
    Topic(
        "상담 요청",
        "상담원에게 남긴 말과 상담원이 한 일이에요. 암호로 바꿔 두고 상담원이 도와줄 때 봐요.",
        (_table(Ticket), Table(TicketStep, _below(TicketStep, Ticket))),
    ),
    Topic(
        "로그인 기록",
        "언제 어떤 기기로 들어왔는지예요. 다른 사람이 들어왔는지 볼 수 있어요.",
        (_table(WebSession), _table(LoginLink), _table(OneTimeCode)),
    ),
)

LEFT_OUT: Mapping[str, str] = {
    "member.lock_count": "a counter of our own",
    "one_time_code.code": "opens something",
    "linking.number": "opens something",
    "alert.key": "opens something",
    "alert.code": "opens something",
    "alert.claim": "a mark of our own",
    "attempt.key": "names it to a provider, which would take it for ours",
    "ticket.claimed_by_id": "a colleague, who is nobody's own data",
    "ticket_step.staff_id": "a colleague, who is nobody's own data",
    "guardian_request.token": "the guardian's, not the child's",
}
"""Columns that are never handed out, as table.column → why. So are all whose names end with ``_hash``: they are what is
left of a secret, or recognise a browser."""
_OTHERS: Mapping[str, Callable[[str], str]] = {
    "guardian_name": mask_name,
    "signer_name": mask_name,
    "guardian_phone": mask_phone,
}
"""Columns about another person → how they are masked."""


def stored(db: Session, member: Member) -> list[tuple[Topic, int]]:
    """Return every topic with how many there are of it."""
    return [(topic, _count(db, topic.tables[0].rows(member))) for topic in TOPICS]


def export(db: Session, member: Member, now: datetime) -> dict[str, Any]:
    """Return everything that is stored about the member, readable, ready to become JSON.

    Nothing in it opens anything, and other people are in it only masked. Topics hold rows by table name, oldest first.
    """
    return {
        "만든 때": now.isoformat(),
        "알아 두기": [
            "보람에 저장된 내 자료를 모두 담은 파일이에요. 다른 사람에게 보내지 마세요.",
            "비밀번호와 로그인 링크처럼 무언가를 열 수 있는 값은 넣지 않았어요.",
            "보호자의 이름과 전화번호는 가렸어요.",
            "카카오톡을 지금처럼 연결하기 전의 대화는 누구의 것인지 알 수 없어 넣지 않았어요.",
        ],
        "자료": [_topic(db, topic, member) for topic in TOPICS],
    }


def _topic(db: Session, topic: Topic, member: Member) -> dict[str, Any]:
    found = {table.kind.__tablename__: _rows(db, table, member) for table in topic.tables}
    return {"이름": topic.title, "설명": topic.sentence, "기록": found}


def _count(db: Session, rows: Select[Any]) -> int:
    return db.scalar(select(func.count()).select_from(rows.subquery())) or 0


def _rows(db: Session, table: Table, member: Member) -> list[dict[str, Any]]:
    query = table.rows(member).order_by(*inspect(table.kind).primary_key).options(undefer("*"))
    return [_row(table, row) for row in db.scalars(query)]


def _row(table: Table, row: Base) -> dict[str, Any]:
    name = table.kind.__tablename__
    columns = [column.key for column in inspect(table.kind).column_attrs]
    handed = [key for key in columns if f"{name}.{key}" not in LEFT_OUT and not key.endswith("_hash")]
    shown = {key: getattr(row, key) for key in handed}
    masked = {key: _OTHERS[key](value) if value and key in _OTHERS else value for key, value in shown.items()}
    return {key: _plain(value) for key, value in (masked | table.words(row)).items()}


def _plain(value: Any) -> Any:
    """Return the value as JSON knows it; enumerations are texts or numbers already."""
    return value.isoformat() if isinstance(value, datetime | date | time) else value
