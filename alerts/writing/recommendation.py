"""Alerts 10 and 11: the new programmes of a day that suit a person, and why. Advertising by law, and marked as such."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from alerts.kinds import Dropped, Writing, Written
from alerts.matching import ONLINE
from alerts.writing.parts import UNKNOWN_PLACE, Facts, card, press
from bot.wording import WEEKDAYS, day, days, short
from models.alert_settings import CHANNELS, OPT_IN
from models.applications import ENDED, Application
from models.clock import SEOUL
from models.codes import FIELDS, Region, region_by_codes
from models.members import Member
from models.outbox import Alert
from models.programs import Program, ProgramSession
from models.recommendations import Recommendation, Why
from models.rules import Rules
from models.search import can_be_applied_for

ADVERTISING = "(광고)"
"""Begins whatever is advertising: 정보통신망법 50, with the sender's name after it and the way to end it."""
SENDER = "두볼(보람)"
STOP = press(
    "추천 그만 받기",
    "notification_settings",
    kinds=",".join(map(str, sorted(OPT_IN))),
    channels=",".join(CHANNELS),
    on=False,
)
"""Ends it by one press, on every channel."""
PAGE = "programme_detail"
_LONGEST_TITLE, _LONGEST_IN_TEXT = 40, 10
_MOST_REASONS = 2


@dataclass(frozen=True, slots=True)
class Pick:
    """A programme to name: its sessions that suit the person, the best one first."""

    note: Recommendation
    sessions: list[ProgramSession]

    @property
    def program(self) -> Program:
        """The programme."""
        return self.note.program

    @property
    def best(self) -> ProgramSession:
        """The session to show."""
        return self.sessions[0]

    @property
    def region(self) -> Region | None:
        """Where that is, None where the source did not say."""
        return region_by_codes(self.best.sido_code or "", self.best.sigungu_code)


def write_recommendation(writing: Writing) -> Written | Dropped:
    """Write a day's recommendations for one person: the best programme in full, a few more by name."""
    member = writing.db.get(Member, writing.alert.member_id) if writing.alert.member_id else None
    if member is None or member.needs_guardian(writing.rules, writing.now.date()):
        return Dropped("may not be told")
    picks = _picks(writing, member)[: writing.rules.digest_most]
    if not picks:
        return Dropped("nothing open any more")
    best = picks[0]
    shown = card(
        writing.alert.kind,
        _text(picks, writing),
        _facts(best, member, writing.now.date()),
        STOP,
        page=(PAGE, str(best.best.id), "신청하러 가기"),
    )
    more = tuple(_named(pick, member, writing.now.date()) for pick in picks[1:])
    words = writing.words.sms(writing.alert.kind, 활동=short(best.program.title, _LONGEST_IN_TEXT))
    return Written(replace(shown, more=more), short=f"{ADVERTISING}{SENDER} {words}", until=_until(best))


def _picks(writing: Writing, member: Member) -> list[Pick]:
    """Return what the digest took along and the person can still apply for, the best first."""
    notes = _notes(writing.db, writing.alert)
    programs = {note.program_id for note in notes}
    sessions = _sessions(writing.db, programs, member, writing.rules, writing.now)
    applied = _applied(writing.db, member, programs)
    return [
        Pick(note, sorted(sessions[note.program_id], key=lambda each: _order(each, member)))
        for note in notes
        if sessions[note.program_id] and note.program_id not in applied
    ]


def _notes(db: Session, alert: Alert) -> list[Recommendation]:
    query = (
        select(Recommendation)
        .join(Recommendation.program)
        .where(
            Recommendation.member_id == alert.member_id,
            Recommendation.digest_day == datetime.strptime(str(alert.object_id), "%Y%m%d").date(),  # noqa: DTZ007 - a day has no zone
            Recommendation.digest_number == alert.version,
        )
        .options(
            contains_eager(Recommendation.program).options(joinedload(Program.host), joinedload(Program.club))
        )
        .order_by(Recommendation.score.desc(), Program.last_date, Recommendation.id)
    )
    return list(db.scalars(query))


def _sessions(
    db: Session, programs: Collection[int], member: Member, rules: Rules, now: datetime
) -> defaultdict[int, list[ProgramSession]]:
    """Return the open sessions the person may apply for: programme → sessions."""
    found: defaultdict[int, list[ProgramSession]] = defaultdict(list)
    query = select(ProgramSession).where(ProgramSession.program_id.in_(programs), can_be_applied_for(now))
    for session in db.scalars(query.options(joinedload(ProgramSession.program))):
        if _may_apply(session, member, rules):
            found[session.program_id].append(session)
    return found


def _may_apply(session: ProgramSession, member: Member, rules: Rules) -> bool:
    program, age = session.program, member.age(session.starts_on)
    oldest = min(rules.age_max, program.age_max or rules.age_max)
    right_age = max(rules.age_min, program.age_min or 0) <= age <= oldest
    return right_age and (not member.level or bool(session.levels & member.level))


def _applied(db: Session, member: Member, programs: Collection[int]) -> set[int]:
    query = (
        select(ProgramSession.program_id)
        .join(Application, Application.session_id == ProgramSession.id)
        .where(
            Application.member_id == member.id,
            Application.state.not_in(ENDED),
            ProgramSession.program_id.in_(programs),
        )
    )
    return set(db.scalars(query))


def _order(session: ProgramSession, member: Member) -> tuple[bool, bool, bool, date, int]:
    """Put a day the person has first, then what is near, then what is soon."""
    free = member.free_days is None or bool(member.free_days >> session.weekday & 1)
    sido, sigungu = session.sido_code == member.sido_code, session.sigungu_code == member.sigungu_code
    return not free, not sido, not sigungu, session.starts_on, session.id


def _text(picks: list[Pick], writing: Writing) -> str:
    """Return the words between what the law wants to be said before and after them."""
    how_many = "새 봉사를" if len(picks) == 1 else f"새 봉사 {len(picks)}개를"
    said = writing.words.card(writing.alert.kind, 개수=how_many)
    phone = writing.rules.operator_phone
    contact = f" 문의 {phone}." if phone else ""
    return (
        f"{ADVERTISING} {SENDER}이 {said}\n"
        f"그만 받으려면 '추천 그만 받기'를 누르거나 '알림 꺼줘 (봉사 추천만)'이라고 말해 주세요.{contact}"
    )


def _facts(pick: Pick, member: Member, today: date) -> Facts:
    program = pick.program
    first, last = (f(session.starts_on for session in pick.sessions) for f in (min, max))
    seats = sum(session.seats - session.taken for session in pick.sessions)
    return (
        ("활동", program.title),
        ("동아리", program.club.name if program.club else ""),
        ("기관", program.host.name if program.host else ""),
        ("지역", _place(pick)),
        ("기간", days(first, last, today)),
        ("시간", f"{pick.best.credited_hours}시간 인정"),
        ("자리", f"{seats}자리 남음"),
        ("왜 골랐나요", " · ".join(list(_reasons(pick, member))[:_MOST_REASONS])),
    )


def _place(pick: Pick) -> str:
    if pick.program.field_code == ONLINE:
        return "온라인"
    return pick.region.short_name if pick.region else pick.best.place or UNKNOWN_PLACE


def _reasons(pick: Pick, member: Member) -> Iterator[str]:
    """Yield why it was chosen, the strongest first, as far as it holds for what is shown."""
    program, session = pick.program, pick.best
    for why in pick.note.whys:
        if why is Why.CLUB and program.club:
            yield f"팔로우한 {program.club.name}"
        if why is Why.HOST and program.host:
            yield f"팔로우한 {program.host.name}"
        if why is Why.INTEREST:
            yield f"관심 분야 {FIELDS.get(program.field_code, '기타')}"
        if why is Why.NEAR and pick.region and session.sigungu_code == member.sigungu_code:
            yield f"우리 동네 {pick.region.sigungu_name or pick.region.sido_name}"
        if why is Why.DAY and (member.free_days or 0) >> session.weekday & 1:
            yield f"시간 되는 {WEEKDAYS[session.weekday]}요일"


def _named(pick: Pick, member: Member, today: date) -> tuple[str, str, str, str]:
    """Return a further programme in a line of the list."""
    why = next(_reasons(pick, member), "")
    line = " · ".join(filter(None, (_place(pick), day(pick.best.starts_on, today), why)))
    return short(pick.program.title, _LONGEST_TITLE), line, PAGE, str(pick.best.id)


def _until(pick: Pick) -> datetime:
    """Return when the best programme closes: a message after that would only disappoint."""
    last = max(session.apply_until for session in pick.sessions)
    return datetime.combine(last, time(23, 59), SEOUL)
