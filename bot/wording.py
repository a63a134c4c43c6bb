"""How dates, times and states are said, the same way on every card and page."""

from __future__ import annotations

from datetime import date, datetime, time

from bot.replies import Fact
from models.applications import ApplicationState
from models.programs import ProgramSession

WEEKDAYS = "월화수목금토일"
STATE_NAMES: dict[ApplicationState, str] = {
    ApplicationState.APPLIED: "승인 기다리는 중",
    ApplicationState.APPROVED: "승인됨",
    ApplicationState.REJECTED: "반려됨",
    ApplicationState.WAITLISTED: "대기 중",
    ApplicationState.CANCELLED_BY_USER: "내가 취소함",
    ApplicationState.CANCELLED_BY_HOST: "기관이 취소함",
    ApplicationState.ATTENDED: "참여 완료",
    ApplicationState.ABSENT: "불참",
}
STATE_NEXT: dict[ApplicationState, str] = {
    ApplicationState.APPLIED: "기관이 확인하고 있어요. 승인되면 알려 줄게요.",
    ApplicationState.APPROVED: "확정됐어요! 시간에 맞춰 가기만 하면 돼요.",
    ApplicationState.REJECTED: "이번에는 함께하지 못하게 됐어요. 다른 활동을 찾아볼까요?",
    ApplicationState.WAITLISTED: "자리가 나면 차례대로 들어갈 수 있어요.",
    ApplicationState.CANCELLED_BY_USER: "내가 취소한 신청이에요.",
    ApplicationState.CANCELLED_BY_HOST: "기관 사정으로 취소됐어요. 봉사시간은 들어가지 않아요.",
    ApplicationState.ATTENDED: "참여했어요. 시간은 기관이 입력하면 보여요.",
    ApplicationState.ABSENT: "불참으로 기록됐어요. 사실과 다르면 이의를 낼 수 있어요.",
}
"""What follows from a state, in a sentence."""


def day(value: date, today: date | None = None) -> str:
    """Return a day as people say it: 12월 5일(토), with the year when it is not this one."""
    year = f"{value.year}년 " if today is not None and value.year != today.year else ""
    return f"{year}{value.month}월 {value.day}일({WEEKDAYS[value.weekday()]})"


def days(first: date, last: date, today: date | None = None) -> str:
    """Return a span of days: 11월 28일(토)–29일(일)."""
    if first == last:
        return day(first, today)
    same_month = (first.year, first.month) == (last.year, last.month)
    end = f"{last.day}일({WEEKDAYS[last.weekday()]})" if same_month else day(last, today)
    return f"{day(first, today)}–{end}"


def clock(value: time) -> str:
    """Return a time of day: 오후 2시, 오전 9시 30분."""
    half = "오전" if value.hour < 12 else "오후"
    hour = value.hour % 12 or 12
    return f"{half} {hour}시" + (f" {value.minute}분" if value.minute else "")


def moment(value: datetime) -> str:
    """Return a moment: 12월 4일(금) 오후 6시."""
    return f"{day(value.date())} {clock(value.time())}"


def when(session: ProgramSession) -> str:
    """Return when a session takes place: 12월 5일(토) 10:00–12:00."""
    text = days(session.starts_on, session.ends_on)
    if session.begins_at and session.ends_at:
        text += f" {session.begins_at:%H:%M}–{session.ends_at:%H:%M}"
    return text


def session_facts(session: ProgramSession) -> tuple[Fact, ...]:
    """Return the lines of a card about a session: when, where, hours, seats."""
    facts = [Fact("일시", when(session))]
    if session.place:
        facts.append(Fact("장소", session.place))
    facts.append(Fact("인정시간", f"{session.credited_hours}시간"))
    facts.append(Fact("남은자리", f"{max(0, session.seats - session.taken)}명 / {session.seats}명"))
    return tuple(facts)


def host_name(session: ProgramSession) -> str:
    """Return who runs the session, empty when the source did not say."""
    return session.program.host.name if session.program.host else ""


def host_phone(session: ProgramSession) -> str:
    """Return the institution's telephone, empty when unknown."""
    return (session.program.host.phone or "") if session.program.host else ""
