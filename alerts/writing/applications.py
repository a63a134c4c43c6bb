"""Alerts 4, 5 and 7: where an application stands, what is on tomorrow, and that somebody was marked absent.

An application has many states and one title for them all, so the state is the first thing the card says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import select

from alerts.kinds import Dropped, Writing, Written
from alerts.words import ENDED_WORDS
from alerts.writing.parts import (
    UNKNOWN_PLACE,
    Facts,
    asking,
    begins,
    card,
    contact,
    press,
    said_by_host,
    slashed,
)
from bot.wording import STATE_NAMES, day, moment, short, when
from models.applications import (
    LIVE,
    Application,
    ApplicationState,
    current_application,
    waiting_place,
)
from models.clock import SEOUL
from models.events import Event, EventKind
from models.members import Member
from models.programs import ProgramSession, SessionState
from models.refusals import Refused
from models.rules import Rules
from models.sessions import CALLED_OFF_WORDS

APPLICATION, TOMORROW, ABSENT = 4, 5, 7
NOON = time(12)
_LONGEST_NOTES = 70
_LONGEST_HALF = 18
"""Letters of a place that moved: where it was and where it is stand on one line."""
_PROMOTED = "대기하던 자리가 났어요!"
_TOLD = (
    ApplicationState.APPLIED,
    ApplicationState.APPROVED,
    ApplicationState.REJECTED,
    ApplicationState.WAITLISTED,
    ApplicationState.CANCELLED_BY_USER,
    ApplicationState.CANCELLED_BY_HOST,
)
"""States that are told of; what comes after the activity has alerts of its own."""


def write_application(writing: Writing) -> Written | Dropped:
    """Write where an application stands, or that its session was moved."""
    if writing.alert.object.startswith("session:"):
        return _moved(writing)
    application = writing.db.get(Application, writing.alert.object_id)
    if application is None:
        return Dropped("gone")
    if application.version != writing.alert.version or application.state not in _TOLD:
        return Dropped("overtaken")
    if application.state in LIVE and application.session.ends_on < writing.now.date():
        return Dropped("over")
    return _stands(writing, application)


def write_tomorrow(writing: Writing) -> Written | Dropped:
    """Write the evening before, or early on the day itself where the evening was somebody's quiet time."""
    application = writing.db.get(Application, writing.alert.object_id)
    if application is None:
        return Dropped("gone")
    session = application.session
    if application.state is not ApplicationState.APPROVED:
        return Dropped("not approved")
    if session.state is not SessionState.PLANNED:
        return Dropped("called off")
    if session.starts_on.toordinal() != writing.alert.version:
        return Dropped("moved")
    if not _is_ahead(session, writing.now):
        return Dropped("over")
    return _reminder(writing, application, "오늘" if session.starts_on == writing.now.date() else "내일")


def write_absent(writing: Writing) -> Written | Dropped:
    """Write what the host recorded, without blame, and how and until when to object."""
    application = writing.db.get(Application, writing.alert.object_id)
    if application is None:
        return Dropped("gone")
    if application.version != writing.alert.version or application.state is not ApplicationState.ABSENT:
        return Dropped("overtaken")
    session, last = application.session, application.objection_until(writing.rules)
    if last < writing.now.date():
        return Dropped("over")
    until = f"{day(last, writing.now.date())}까지"
    said = said_by_host(application.reason)
    text = writing.words.card(ABSENT, 기관말=said, 이의마감=until)
    facts = (
        ("활동", session.program.title),
        ("일시", when(session)),
        ("기관", contact(session)),
        ("이의 마감", until),
    )
    object_ = press("이의 내기", "no_show", application=application.id, object=True)
    ask = asking("no_show", application=application.id)
    shown = card(ABSENT, text, facts, object_, ask, page=_page(application))
    variables = {
        "활동": session.program.title,
        "일시": when(session),
        "이의마감": until,
        "문의": contact(session) or UNKNOWN_PLACE,
    }
    ends = datetime.combine(last, time(23, 59), SEOUL)
    return Written(shown, variables, writing.words.sms(ABSENT, 날짜=slashed(session.starts_on)), until=ends)


def _is_ahead(session: ProgramSession, now: datetime) -> bool:
    if session.starts_on == now.date():
        return now < datetime.combine(now.date(), min(NOON, session.begins_at or NOON), SEOUL)
    return session.starts_on == now.date() + timedelta(days=1)


def _reminder(writing: Writing, application: Application, on: str) -> Written:
    session = application.session
    notes = f"📌 {short(' '.join(session.notes.split()), _LONGEST_NOTES)}" if session.notes.strip() else ""
    text = writing.words.card(TOMORROW, 날=on, 안내=notes)
    facts = (
        ("활동", session.program.title),
        ("일시", when(session)),
        ("장소", session.place),
        ("인정시간", f"{session.credited_hours}시간"),
        ("문의", contact(session)),
    )
    ask = asking("application_status", application=application.id)
    shown = card(TOMORROW, text, facts, ask, page=_page(application), map_query=session.place)
    variables = {
        "날": on,
        "활동": session.program.title,
        "일시": when(session),
        "장소": session.place or UNKNOWN_PLACE,
        "안내사항": " ".join(session.notes.split()) or "따로 없어요",
        "문의": contact(session) or "챗봇",
    }
    at = f" {session.begins_at:%H:%M}" if session.begins_at else ""
    ends = datetime.combine(session.starts_on, min(NOON, session.begins_at or NOON), SEOUL)
    return Written(shown, variables, writing.words.sms(TOMORROW, 언제=f"{on}{at}"), until=ends)


def _stands(writing: Writing, application: Application) -> Written:
    session, state = application.session, application.state
    place = waiting_place(writing.db, application)
    named = f"대기 {place}번째" if place else STATE_NAMES[state]
    rule = _cancel_rule(application, writing.rules, writing.now) if state in LIVE else ""
    scene = _scene(application)
    text = writing.words.card(
        APPLICATION,
        scene,
        기관말=_reason(application),
        취소=rule,
        대기=_PROMOTED if _was_waiting(application) else "",
        순서=named,
    )
    facts = (("상태", named), ("활동", session.program.title), *_where_and_when(session))
    presses = (*_next(application, writing), asking("application_status", application=application.id))
    shown = card(APPLICATION, text, facts, *presses, page=_page(application))
    variables = _variables(application, named, rule or _closing(application))
    words = writing.words.sms(APPLICATION, scene, 날짜=slashed(session.starts_on))
    return Written(shown, variables, words, until=begins(session) if state in LIVE else None)


def _scene(application: Application) -> str:
    """Return which of the texts tells what happened."""
    state, called_off = application.state, application.session.state is SessionState.CALLED_OFF
    if state is ApplicationState.APPLIED and _was_waiting(application):
        return "promoted"
    if state is ApplicationState.CANCELLED_BY_HOST and called_off:
        return "called_off"
    return state.value


def _was_waiting(application: Application) -> bool:
    """Tell whether the application was on the waiting list before its present state."""
    states = [step.state for step in application.history if step.version < application.version]
    return bool(states) and states[-1] is ApplicationState.WAITLISTED


def _reason(application: Application) -> str:
    """Return what the host said, unless it says no more than the usual."""
    usual = application.reason == CALLED_OFF_WORDS or application.state is ApplicationState.CANCELLED_BY_USER
    return "" if usual else said_by_host(application.reason)


def _cancel_rule(application: Application, rules: Rules, now: datetime) -> str:
    """Return whether and until when the person can cancel."""
    if application.state is ApplicationState.WAITLISTED:
        return "대기는 언제든 취소할 수 있어요."
    try:
        application.check_cancel(rules, now)
    except Refused as refused:
        return refused.words
    until = f"{moment(rules.cancel_deadline(application.session.starts_on))}까지 취소할 수 있어요."
    open_only = (
        application.state is ApplicationState.APPLIED and rules.cancel_after_approval == "host_contact"
    )
    return f"승인되기 전이라면 {until}" if open_only else until


def _closing(application: Application) -> str:
    """Return, for a template, what stands where the rule for cancelling would."""
    return short((_reason(application) or ENDED_WORDS[application.state]), _LONGEST_NOTES)


def _next(application: Application, writing: Writing) -> tuple[tuple[str, str, str], ...]:
    """Return the one thing to do that the state suggests."""
    if application.state not in LIVE:
        return (press("다른 봉사 추천", "recommend_program"),)
    try:
        application.check_cancel(writing.rules, writing.now)
    except Refused:
        return ()
    return (press("신청 취소", "cancel_application", application=application.id),)


def _where_and_when(session: ProgramSession) -> Facts:
    return (("일시", when(session)), ("장소", session.place), ("인정시간", f"{session.credited_hours}시간"))


def _page(application: Application) -> tuple[str, str, str]:
    return ("my_application", str(application.id), "내 신청 보기")


def _variables(application: Application, named: str, rule: str) -> dict[str, str]:
    session = application.session
    return {
        "상태": named,
        "활동": session.program.title,
        "일시": when(session),
        "장소": session.place or UNKNOWN_PLACE,
        "시간": f"{session.credited_hours}시간",
        "안내": rule,
    }


# --- a session that was moved


def _moved(writing: Writing) -> Written | Dropped:
    event = writing.db.get(Event, writing.alert.event_id) if writing.alert.event_id else None
    session = writing.db.get(ProgramSession, writing.alert.object_id)
    member = writing.db.get(Member, writing.alert.member_id) if writing.alert.member_id else None
    if event is None or session is None or member is None:
        return Dropped("gone")
    application = current_application(writing.db, member, session)
    if application is None or application.state not in LIVE:
        return Dropped("no longer applied")
    if _moved_again(writing):
        return Dropped("overtaken")
    if session.ends_on < writing.now.date():
        return Dropped("over")
    return _tell_moved(writing, application, event.data["before"])


def _moved_again(writing: Writing) -> bool:
    query = select(Event.id).where(
        Event.kind == EventKind.SESSION_MOVED,
        Event.object == writing.alert.object,
        Event.version > writing.alert.version,
    )
    return writing.db.scalar(query.limit(1)) is not None


def _tell_moved(writing: Writing, application: Application, before: Mapping[str, str]) -> Written | Dropped:
    session = application.session
    changes = _changes(session, before)
    if not changes:
        return Dropped("as before")
    rule = _cancel_rule(application, writing.rules, writing.now)
    named = STATE_NAMES[application.state]
    text = writing.words.card(APPLICATION, "moved", 취소=rule)
    facts = (*changes, ("상태", named), ("활동", session.program.title), *_where_and_when(session))
    presses = (*_next(application, writing), asking("application_status", application=application.id))
    shown = card(APPLICATION, text, facts, *presses, page=_page(application))
    moved = " · ".join(change for _, change in changes)
    variables = _variables(application, f"일정 바뀜({named})", f"{moved}. {rule}")
    words = writing.words.sms(APPLICATION, "moved", 날짜=slashed(session.starts_on))
    return Written(shown, variables, words, until=begins(session))


def _changes(session: ProgramSession, before: Mapping[str, str]) -> Facts:
    """Return what is different, as before → now."""
    was = datetime.fromisoformat(before["day"]).date()
    begins_at = f"{session.begins_at:%H:%M}" if session.begins_at else ""
    pairs = (
        ("바뀐 날", day(was), day(session.starts_on)),
        ("바뀐 시간", before["time"] or "미정", begins_at or "미정"),
        ("바뀐 곳", before["place"] or "미정", session.place or "미정"),
    )
    return tuple(
        (label, f"{short(old, _LONGEST_HALF)} → {short(new, _LONGEST_HALF)}")
        for label, old, new in pairs
        if old != new
    )
