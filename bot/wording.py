"""How dates, times and states are said, the same way on every card and page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from bot.replies import Fact
from models.alert_settings import ALERT_GROUPS, ALERT_NAMES, OPT_IN, OPT_IN_TEXTS, OPT_IN_VERSION
from models.applications import ApplicationState, Eligibility
from models.certificates import Activity, CertificateType
from models.codes import region_by_codes
from models.consents import Consent1365, agreed_on_dovol
from models.hours import RecordState
from models.members import Member
from models.programs import ProgramSession, Recruitment
from models.rules import Rules
from models.talents import OfferState

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
RECRUITMENT_NAMES: dict[Recruitment, str] = {
    Recruitment.SCHEDULED: "모집 예정",
    Recruitment.RECRUITING: "모집중",
    Recruitment.FULL: "대기 가능",
    Recruitment.CLOSED: "마감",
}
RECORD_NAMES: dict[RecordState, str] = {
    RecordState.PENDING: "확인 중",
    RecordState.CREDITED: "인정",
    RecordState.NOT_CREDITED: "인정 안 됨",
}
THIS_SCHOOL_YEAR = "이번 학년"
ALREADY_APPLIED = "이미 신청되어 있어요. 한 번 더 신청되지는 않았으니 걱정 마세요."
OFFER_NEXT: dict[OfferState, str] = {
    OfferState.FILED: "맞는 곳을 찾고 있어요. 찾으면 알려 줄게요!",
    OfferState.MATCHED: "함께하고 싶다는 곳이 있어요. 승인되면 알려 줄게요.",
    OfferState.APPROVED: "승인됐어요! 아래 내용을 보고 함께해 주세요.",
    OfferState.WITHDRAWN: "취소한 재능나눔이에요.",
}
"""What follows from the state of a talent offer, in a sentence."""
OFFER_LABELS: dict[str, str] = {"talent": "재능", "when": "언제", "where": "어디서"}
"""What is asked of someone who offers a talent: field → its name, in the order they are asked."""
OFFER_EXAMPLES: dict[str, tuple[str, ...]] = {
    "talent": ("그림", "악기 연주", "공부 가르치기", "춤·노래"),
    "when": ("주말", "평일 방과 후", "방학 때", "언제든"),
    "where": ("온라인", "어디든"),
}
"""Answers to pick from."""
OFFER_WITHDRAW = "취소하면 기관을 더 찾지 않아요. 다시 하고 싶으면 언제든 새로 올릴 수 있어요."
BY_CHANNEL = {"kakao": "카카오톡으로", "sms": "문자로"}
"""How an alert comes: channel → the words with their particle."""
ALWAYS_ON_WORDS = "개인정보가 바뀌면 알려 주는 알림은 안전을 위해 늘 켜 둬요."
CERTIFICATE_PURPOSES: dict[CertificateType, str] = {
    CertificateType.ACTIVITY_PLAN: "봉사하기 전에 세운 계획을 적은 서류예요.",
    CertificateType.SERVICE: "봉사 하나에서 인정받은 시간이 적힌 확인서예요.",
    CertificateType.RECEIVED: "1365에서 두볼로 넘어온 봉사시간의 확인서예요.",
    CertificateType.BY_DAY: "봉사한 날짜별로 시간이 나뉘어 적힌 확인서예요.",
    CertificateType.GROUP: "여럿이 함께한 봉사를 단체로 묶은 확인서예요.",
    CertificateType.HISTORY: "그동안 한 봉사를 한 번에 모은 확인서예요.",
}
"""What each kind is, in a sentence."""
CERTIFICATE_RULE = (
    "한 번 나온 확인서는 내용이 바뀌지 않아요. 같은 날 똑같은 확인서를 또 부탁하면 처음 것을 다시 줄게요."
)
"""What holds before one is issued."""
CERTIFICATE_AGAIN = "오늘 이미 나온 확인서예요. 똑같은 내용이라 그대로 보여 줄게요."
CERTIFICATES_COME = "확인서는 기관이 봉사시간을 인정하고 나면 받을 수 있어요."
"""When certificates come."""
BOTH_SIDES = "두볼과 1365, 두 곳에서 모두 동의해야 봉사시간이 이어져요."
SIDE_NAMES = {True: "동의함", False: "동의 안 함", None: "확인 안 됨"}
"""Where one side of the 1365 consent stands."""
AGREE_1365 = (
    f"동의하면 두볼에서 인정된 봉사시간을 1365로 보낼 수 있어요. {BOTH_SIDES} 언제든 취소할 수 있어요."
)
WITHDRAW_1365 = (
    "취소하면 새 봉사시간이 1365로 넘어가지 않을 수 있어요. "
    "이미 넘어간 기록이 어떻게 되는지는 아직 확인하지 못했어요."
)
ASK = "챗봇에 묻기"
"""Label of the button every alert has: the person goes on talking about it."""
PATH_1365 = "1365의 '나의 자원봉사 › 회원정보관리 › 부가정보 › 봉사실적 연계 동의'"


def short(words: str, most: int = 40) -> str:
    """Return words as a card has room for them."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def hours_label(kind: CertificateType) -> str:
    """Return what the hours on a certificate are called: a plan has none that are recognised."""
    return "예정시간" if kind is CertificateType.ACTIVITY_PLAN else "인정시간"


def certified(activities: Sequence[Activity]) -> str:
    """Return what a certificate is about: the activity, or how many there are."""
    return activities[0].title if len(activities) == 1 else f"{len(activities)}건"


def goal_told(hours: int) -> str:
    """Say which goal of hours holds from now on."""
    return f"이번 학년 목표를 {hours}시간으로 정했어요."


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


def when(session: ProgramSession, today: date | None = None) -> str:
    """Return when a session takes place: 12월 5일(토) 10:00–12:00, with the year when it is not this one."""
    text = days(session.starts_on, session.ends_on, today)
    if session.begins_at and session.ends_at:
        text += f" {session.begins_at:%H:%M}–{session.ends_at:%H:%M}"
    return text


def session_facts(session: ProgramSession, *, seats: bool = True) -> tuple[Fact, ...]:
    """Return the lines of a card about a session: when, where, hours and, where they still matter, seats."""
    facts = [Fact("일시", when(session))]
    if session.place:
        facts.append(Fact("장소", session.place))
    facts.append(Fact("인정시간", f"{session.credited_hours}시간"))
    if seats:
        facts.append(Fact("남은 자리", f"{max(0, session.seats - session.taken)}명 / {session.seats}명"))
    return tuple(facts)


def host_name(session: ProgramSession) -> str:
    """Return who runs the session, empty when the source did not say."""
    return session.program.host.name if session.program.host else ""


def host_phone(session: ProgramSession) -> str:
    """Return the institution's telephone, empty when unknown."""
    return (session.program.host.phone or "") if session.program.host else ""


def time_of_day(value: time) -> str:
    """Return a time as people say it: 밤 9시, 아침 8시, 낮 12시 30분."""
    hour = value.hour % 12 or 12
    return f"{_part_of_day(value.hour)} {hour}시" + (f" {value.minute}분" if value.minute else "")


def _part_of_day(hour: int) -> str:
    ends = ((1, "밤"), (6, "새벽"), (11, "아침"), (12, "오전"), (13, "낮"), (18, "오후"), (21, "저녁"))
    return next((name for end, name in ends if hour < end), "밤")


def quiet_span(start: time, end: time) -> str:
    """Return quiet hours: 밤 9시부터 아침 8시까지."""
    return f"{time_of_day(start)}부터 {time_of_day(end)}까지"


def quiet_told(start: time, end: time) -> str:
    """Say which quiet hours hold from now on."""
    return f"이제 {quiet_span(start, end)}는 조용히 있을게요. 개인정보가 바뀐 것만 바로 알려 줘요."


def alert_names(kinds: frozenset[int]) -> str:
    """Return kinds of alerts by the name of their group, or by two of their own."""
    if kinds >= frozenset(ALERT_NAMES) - OPT_IN:
        return "모든"
    group = next((name for name, each in ALERT_GROUPS.items() if each == kinds), None)
    return group or "·".join(ALERT_NAMES[kind] for kind in sorted(kinds)[:2]) + (
        " 등" if len(kinds) > 2 else ""
    )


def alerts_told(kinds: frozenset[int], channels: frozenset[str], *, on: bool) -> str:
    """Say what was turned on or off; no channel means all of them."""
    how = f"{BY_CHANNEL[next(iter(channels))]} 오는 " if len(channels) == 1 else ""
    return f"{how}{alert_names(kinds)} 알림을 {'켰어요' if on else '껐어요'}"


def opt_in_text(rules: Rules) -> str:
    """Return what a person agrees to who wants recommendations."""
    return OPT_IN_TEXTS[OPT_IN_VERSION].format(quiet=quiet_span(rules.quiet_from, rules.quiet_until))


def opt_in_told(rules: Rules, now: datetime, *, on: bool) -> str:
    """Tell what became of the consent to recommendations and when, as the law wants it."""
    if not on:
        return f"{day(now.date())}에 새 봉사 추천 수신 동의를 거뒀어요."
    quiet = quiet_span(rules.quiet_from, rules.quiet_until)
    return (
        f"{day(now.date())}에 새 봉사 추천을 받기로 동의했어요. {quiet}는 보내지 않고, 언제든 끌 수 있어요."
    )


def link_next_step(consent: Consent1365 | None, rules: Rules) -> str:
    """Say what is left to do until records flow to 1365, or that they do."""
    if consent is not None and consent.names_differ:
        return "두볼과 1365의 이름이 서로 달라서 이어지지 못하고 있어요. 어느 쪽이 맞는지 보고 내 정보에서 고쳐 주세요."
    if consent is None or not agreed_on_dovol(consent):
        return f"{BOTH_SIDES} 먼저 두볼에서 동의해 볼까요?"
    if consent.linked(both_sides=rules.consent_both_sides):
        return "두 곳 모두 동의해서 잘 이어져 있어요!"
    if consent.site_1365_agreed is None:
        return f"{BOTH_SIDES} 1365 쪽은 아직 확인되지 않았어요. {PATH_1365}에서 볼 수 있어요."
    return f"{BOTH_SIDES} 이제 {PATH_1365}에서 동의해 주세요."


def seats_left(session: ProgramSession, now: datetime) -> str:
    """Return whether a session can be applied for, in a few words: 7자리 남음, 11월 30일(월)부터 신청."""
    recruitment = session.recruitment(now)
    if recruitment is Recruitment.RECRUITING:
        return f"{session.seats - session.taken}자리 남음"
    if recruitment is Recruitment.SCHEDULED:
        return f"{day(session.apply_from)}부터 신청"
    return "자리 없음 · 대기 가능" if recruitment is Recruitment.FULL else "신청 끝남"


def asked_to_apply(eligibility: Eligibility) -> str:
    """Return the question before applying."""
    if eligibility.waitlist:
        return "자리가 다 찼어요. 대기로 신청하면 자리가 날 때 차례대로 들어갈 수 있어요. 대기할까요?"
    return "이 활동, 신청할까요?"


def day_limit(session: ProgramSession, eligibility: Eligibility, rules: Rules) -> str:
    """Return the warning that not all hours will count, empty when they will."""
    if eligibility.recognised_hours >= session.credited_hours:
        return ""
    hours, most = eligibility.recognised_hours, rules.max_hours_per_day
    return f"그날은 다른 활동도 있어서 {hours}시간만 인정될 수 있어요(하루 {most}시간까지)."


def cancel_rule(session: ProgramSession, eligibility: Eligibility, rules: Rules, now: datetime) -> str:
    """Return until when what is about to be applied for can be cancelled."""
    if eligibility.waitlist:
        return "대기는 언제든 취소할 수 있어요."
    deadline = rules.cancel_deadline(session.starts_on)
    if deadline <= now:
        return "취소 마감이 이미 지난 활동이에요. 신청한 뒤에 못 가게 되면 기관에 전화해야 해요."
    until = f"{moment(deadline)}까지 취소할 수 있어요."
    return until if rules.cancel_after_approval == "allowed" else f"승인되기 전이라면 {until}"


def applied(waiting: int = 0) -> str:
    """Return what was done: applied, or put on the waiting list at place ``waiting``."""
    if waiting:
        return f"대기 {waiting}번째로 올렸어요. 자리가 나면 알려 줄게요!"
    return "신청했어요! 기관이 확인하면 승인돼요. 🙌"


def offer_places(member: Member) -> tuple[str, ...]:
    """Return places to offer a talent at, the member's own region first."""
    home = region_by_codes(member.sido_code or "", member.sigungu_code)
    return (*((home.short_name,) if home else ()), *OFFER_EXAMPLES["where"])
