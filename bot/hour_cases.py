"""Hours that a person may miss: a record, or an activity that is over without one. Chat and pages tell the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session as DbSession

from bot.replies import Data
from bot.wording import host_name, host_phone
from models.applications import Application
from models.hours import RecordState, ServiceRecord, not_entered, record_of, records_of
from models.members import ChannelAccount, Member
from models.ownership import own
from models.tickets import TicketKind, open_ticket

_NOT_ENTERED = "기관이 아직 시간을 입력하지 않았어요"
_WHY: dict[RecordState, str] = {
    RecordState.PENDING: "기관이 시간을 확인하고 있어요",
    RecordState.NOT_CREDITED: "인정되지 않았어요",
    RecordState.CREDITED: "인정됐어요",
}
WHOM_TO_ASK = "시간은 기관이 넣기 때문에 기관에 물어보는 게 가장 빨라요. 담당자에게도 확인을 부탁할까요?"
REPORTED = "담당자에게 부탁했어요"
ALREADY_REPORTED = "이미 부탁해 뒀어요"
AFTER_REPORT = "확인하고 도와줄게요. 기관에도 활동한 날짜와 시간을 말하면 더 빨라요."
_APPLICATION = "application-"


@dataclass(frozen=True, slots=True)
class Case:
    """An activity of one member with what is recorded of it; exactly one of record and application is there."""

    title: str
    served_on: date
    host: str
    phone: str
    why: str
    recorded: str
    record: ServiceRecord | None = None
    application: Application | None = None

    @property
    def data(self) -> Data:
        """What a button carries to name it."""
        return {self._kind: self._number}

    @property
    def about(self) -> str:
        """What a ticket refers to: ``service_record:7`` or ``application:9``."""
        return f"{'service_record' if self.record else 'application'}:{self._number}"

    @property
    def page(self) -> str:
        """Its place below the page of hours: ``7`` or ``application-9``."""
        return f"{self._number}" if self.record else f"{_APPLICATION}{self._number}"

    @property
    def _kind(self) -> str:
        return "record" if self.record else "application"

    @property
    def _number(self) -> int:
        named = self.record or self.application
        return named.id if named else 0


def case_of_record(db: DbSession, member: Member, number: int) -> Case:
    """Return the case of the member's record of that number.

    Raises:
        Refused: there is none, or it is someone else's.
    """
    return of_record(own(db, member, ServiceRecord, number))


def case_of_application(db: DbSession, member: Member, number: int) -> Case:
    """Return the case of the member's application of that number, its record's when there is one.

    Raises:
        Refused: there is none, or it is someone else's.
    """
    application = own(db, member, Application, number)
    record = record_of(db, application)
    return of_record(record) if record else of_application(application)


def case_on_page(db: DbSession, member: Member, page: str) -> Case:
    """Return the case that ``Case.page`` names.

    Raises:
        Refused: there is none, or it is someone else's.
    """
    find = case_of_application if page.startswith(_APPLICATION) else case_of_record
    digits = page.removeprefix(_APPLICATION)
    return find(db, member, int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0)


def cases_of(db: DbSession, member: Member, today: date) -> list[Case]:
    """Return what does not count yet, newest first."""
    records = records_of(db, member, (RecordState.PENDING, RecordState.NOT_CREDITED), limit=500)
    cases = [of_record(record) for record in records]
    cases += [of_application(application) for application in not_entered(db, member, today)]
    return sorted(cases, key=lambda case: case.served_on, reverse=True)


def of_record(record: ServiceRecord) -> Case:
    """Return the case of a record."""
    refused = record.state is RecordState.NOT_CREDITED and record.reason
    return Case(
        record.title,
        record.served_on,
        record.host_name,
        host_phone(record.session) if record.session else "",
        refused or _WHY[record.state],
        f"{record.hours}시간",
        record=record,
    )


def of_application(application: Application) -> Case:
    """Return the case of an activity without a record."""
    session = application.session
    return Case(
        session.program.title,
        session.starts_on,
        host_name(session),
        host_phone(session),
        _NOT_ENTERED,
        "없음",
        application=application,
    )


def report(db: DbSession, account: ChannelAccount, member: Member, case: Case, now: datetime) -> bool:
    """Hand a case over to the staff. Return False when that was done before. The caller commits."""
    member.lock(db)  # two at once would both find no ticket and open one each
    _, new = open_ticket(
        db,
        account_id=account.id,
        member_id=member.id,
        kind=TicketKind.HOURS_MISSING,
        about=case.about,
        summary=f"{case.served_on} {case.title}: {case.why} (기록된 시간 {case.recorded})",
        now=now,
    )
    return new
