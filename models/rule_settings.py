"""The rules as staff read and change them: each one's meaning in Korean, its value in words, its bounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal, get_args, get_origin

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.rules import Rules, RuleSetting, load_rules
from models.staff import StaffRefused

RULE_GROUPS: dict[str, dict[str, tuple[str, str, str]]] = {
    "봉사시간": {
        "max_hours_per_day": ("하루 최대 인정 시간", "하루에 인정하는 봉사시간의 한도예요.", "시간"),
        "count_lessons_in_daily_max": (
            "수업 시간 빼기",
            "수업이 있는 날은 그 시간만큼 하루 한도를 줄여요.",
            "",
        ),
        "hour_unit_minutes": ("한 시간으로 치는 분", "이만큼 활동해야 봉사시간 1시간으로 쳐요.", "분"),
        "school_year_start_month": ("학년도가 시작하는 달", "학년도별 봉사시간을 이달부터 세요.", "월"),
        "hours_goal": ("처음 목표 시간", "목표를 정하지 않은 친구의 그림에 쓰는 시간이에요.", "시간"),
    },
    "나이와 보호자": {
        "age_min": ("가장 어린 나이", "이 나이부터 신청할 수 있어요.", "살"),
        "age_max": ("가장 많은 나이", "이 나이까지 두볼을 쓸 수 있어요.", "살"),
        "guardian_consent_under": (
            "보호자 동의가 필요한 나이",
            "이 나이가 안 됐으면 보호자가 먼저 동의해야 해요.",
            "살",
        ),
        "guardian_request_days": ("보호자가 답할 수 있는 날", "지나면 적어 준 보호자 정보를 지워요.", "일"),
        "guardian_requests_per_day": (
            "하루에 부탁할 수 있는 횟수",
            "한 사람이 보호자에게 하루에 부탁하는 한도예요.",
            "번",
        ),
        "guardian_texts": ("문자 다시 보내기", "보호자에게 문자가 안 갈 때 해 보는 횟수예요.", "번"),
        "guardian_codes_per_day": (
            "하루 인증번호 한도",
            "보호자에게 하루에 보내는 인증번호의 한도예요.",
            "번",
        ),
    },
    "신청과 취소": {
        "cancel_deadline_days": (
            "취소 마감 날",
            "활동하기 며칠 전까지 스스로 취소할 수 있는지예요.",
            "일 전",
        ),
        "cancel_deadline_time": ("취소 마감 시각", "마감 날의 이 시각까지 취소할 수 있어요.", ""),
        "cancel_after_approval": ("승인된 뒤의 취소", "승인된 활동을 스스로 취소할 수 있는지예요.", ""),
        "waitlist_enabled": ("대기 신청", "자리가 다 찬 활동에 대기로 신청할 수 있어요.", ""),
        "waitlist_auto_promotion": ("대기 자동 승인", "자리가 나면 대기하던 사람을 바로 올려요.", ""),
        "no_show_block": (
            "불참 뒤 쉬는 날",
            "불참하면 이만큼 새로 신청할 수 없어요. 0이면 막지 않아요.",
            "일",
        ),
        "objection_days": ("이의 신청 기간", "불참으로 적힌 뒤 이만큼 이의를 낼 수 있어요.", "일"),
        "consent_both_sides": ("1365 양쪽 동의", "두볼과 1365 양쪽에서 동의해야 시간을 보내요.", ""),
    },
    "알림": {
        "quiet_from": ("조용한 시간 시작", "급하지 않은 알림을 이때부터 미뤄요.", ""),
        "quiet_until": ("조용한 시간 끝", "미룬 알림을 이때부터 보내요.", ""),
        "d1_from": ("전날 알림 시작", "내일 활동을 이때부터 알려요.", ""),
        "d1_until": ("전날 알림 끝", "내일 활동을 이때까지 알려요.", ""),
        "digest_per_day": ("하루 추천 횟수", "추천 알림을 하루에 보내는 한도예요.", "번"),
        "digest_at": ("추천 시각", "오늘의 추천을 보내는 시각이에요.", ""),
        "digest_most": ("추천 활동 수", "한 번에 추천하는 활동의 한도예요.", "개"),
        "staff_send_two_from": (
            "두 사람이 확인하는 인원",
            "직원이 쓴 소식을 이 인원부터는 다른 직원이 한 번 더 확인하고 보내요.",
            "명",
        ),
        "advertising_from": ("광고 시작 시각", "법에 따라 밤 9시부터 아침 8시까지는 보낼 수 없어요.", ""),
        "advertising_until": ("광고 끝 시각", "카카오톡은 저녁 8시 50분까지만 보낼 수 있어요.", ""),
    },
    "로그인과 인증번호": {
        "link_ttl_min": ("로그인 링크 시간", "카드의 링크를 이만큼 쓸 수 있어요.", "분"),
        "session_idle_min": ("쉬면 닫히는 시간", "회원이 이만큼 안 쓰면 화면이 닫혀요.", "분"),
        "session_max_hours": ("회원 로그인 최대 시간", "쓰고 있어도 이 시간이 지나면 닫혀요.", "시간"),
        "step_up_min": ("한 번 더 확인한 뒤", "인증번호로 확인한 뒤 이만큼 다시 묻지 않아요.", "분"),
        "code_ttl_min": ("인증번호 시간", "인증번호를 이만큼 쓸 수 있어요.", "분"),
        "code_attempts": ("틀릴 수 있는 횟수", "인증번호나 비밀번호를 이만큼 틀리면 잠가요.", "번"),
        "code_lock_min": ("잠그는 시간", "여러 번 틀리면 이만큼 기다려야 해요.", "분"),
        "code_resend_seconds": ("인증번호 다시 받기", "다시 받기까지 기다리는 시간이에요.", "초"),
        "staff_idle_min": ("직원이 쉬면 닫히는 시간", "콘솔을 이만큼 안 쓰면 닫혀요.", "분"),
        "staff_max_hours": ("직원 로그인 최대 시간", "쓰고 있어도 이 시간이 지나면 닫혀요.", "시간"),
    },
    "보관 기간": {
        "keep_turns_days": ("대화 보관", "가려진 대화를 이만큼 두었다 지워요.", "일"),
        "keep_originals_days": (
            "가리기 전의 말 보관",
            "이름과 번호를 가리기 전의 말이에요. 암호로 두었다가 먼저 지워요.",
            "일",
        ),
        "keep_traces_days": ("로그인 흔적 보관", "쓴 링크와 인증번호를 이만큼 두었다 지워요.", "일"),
        "keep_alerts_days": ("알림 보관", "누구에게 무엇을 보냈는지 이만큼 두었다 지워요.", "일"),
        "keep_tickets_days": ("상담 보관", "끝난 상담을 이만큼 두었다 지워요.", "일"),
        "keep_audit_days": (
            "직원 기록 보관",
            "직원이 보고 바꾼 기록이에요. 법에 따라 2년보다 짧을 수 없어요.",
            "일",
        ),
    },
    "말 배우기": {
        "inbox_confidence": (
            "자신 없는 답의 기준",
            "확신이 이보다 낮았던 말은 답을 했어도 '받은 문장'에 모아요.",
            "%",
        ),
        "two_person_labels": (
            "두 사람이 함께 정하기",
            "한 사람이 단 뜻을 다른 사람이 한 번 더 확인해야 가르쳐요.",
            "",
        ),
    },
    "상담": {
        "operator_from": ("상담 시작 시각", "평일에 사람이 답하기 시작하는 시각이에요.", ""),
        "operator_until": ("상담 끝 시각", "평일에 사람이 답하는 마지막 시각이에요.", ""),
        "operator_phone": ("상담 전화번호", "급할 때 알려 주는 기관 번호예요. 비우면 알려 주지 않아요.", ""),
    },
}
"""Group → rule → its title, its meaning, the unit of its value. A test holds it against ``Rules``."""
_CHOICES = {
    "true": "켜기",
    "false": "끄기",
    "host_contact": "기관에 전화하게 해요",
    "allowed": "스스로 할 수 있어요",
}
_IN_ORDER = (
    ("age_min", "age_max"),
    ("d1_from", "d1_until"),
    ("advertising_from", "advertising_until"),
    ("operator_from", "operator_until"),
)
"""Rules of which the first comes before the second."""
_LAWFUL = (time(8), time(20, 50))
_LONGEST_TEXT = 40


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it is shown. ``value`` is what a form sends, ``words`` what a person reads."""

    name: str
    title: str
    meaning: str
    unit: str
    value: str
    words: str
    default: str
    options: tuple[tuple[str, str], ...]
    setting: RuleSetting | None

    @property
    def kind(self) -> str:
        """Return the type of its input."""
        wanted = Rules.model_fields[self.name].annotation
        return {int: "number", time: "time"}.get(wanted, "text")  # type: ignore[arg-type]  # an annotation is any type


def rule_groups(db: Session) -> dict[str, list[Rule]]:
    """Return all rules as they are in force, group by group."""
    rules, set_ones = load_rules(db), {row.name: row for row in db.scalars(select(RuleSetting))}
    return {
        group: [_shown(name, rules, set_ones.get(name)) for name in names]
        for group, names in RULE_GROUPS.items()
    }


def rule(db: Session, name: str) -> Rule | None:
    """Return one rule as it is in force, None when there is none of that name."""
    return next((each for rules in rule_groups(db).values() for each in rules if each.name == name), None)


def change_rule(db: Session, name: str, typed: str, by: str, now: datetime) -> bool:
    """Give a rule a value; the default needs no row. Return whether that changed anything. The caller commits.

    Raises:
        StaffRefused: the value is none the rule allows.
    """
    rules = load_rules(db)
    before, value = _sent(rules, name), typed.strip()
    changed = _checked(rules, name, value)
    row = db.get(RuleSetting, name)
    if _sent(changed, name) == _sent(Rules(), name):
        if row is not None:
            db.delete(row)
    elif row is not None:
        row.value, row.changed_at, row.changed_by = _sent(changed, name), now, by
    else:
        db.add(RuleSetting(name=name, value=_sent(changed, name), changed_at=now, changed_by=by))
    db.flush()
    return _sent(changed, name) != before


def in_words(name: str, value: str) -> str:
    """Return a rule's value as a person reads it: 8시간, 켜기, 18:00."""
    unit = next(names[name][2] for names in RULE_GROUPS.values() if name in names)
    return _CHOICES.get(value, f"{value}{unit}" if value else "비어 있음")


def _shown(name: str, rules: Rules, setting: RuleSetting | None) -> Rule:
    title, meaning, unit = next(names[name] for names in RULE_GROUPS.values() if name in names)
    value, default = _sent(rules, name), _sent(Rules(), name)
    words = in_words(name, value)
    return Rule(name, title, meaning, unit, value, words, in_words(name, default), _options(name), setting)


def _options(name: str) -> tuple[tuple[str, str], ...]:
    wanted = Rules.model_fields[name].annotation
    values = (
        ("true", "false") if wanted is bool else get_args(wanted) if get_origin(wanted) is Literal else ()
    )
    return tuple((value, _CHOICES[value]) for value in values)


def _sent(rules: Rules, name: str) -> str:
    value = getattr(rules, name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def _checked(rules: Rules, name: str, value: str) -> Rules:
    """Return the rules with one changed, if all of them still make sense together."""
    if len(value) > _LONGEST_TEXT or not value.isprintable():
        raise StaffRefused(f"{_LONGEST_TEXT}자까지 적어 주세요.")
    try:
        changed = Rules.model_validate({**rules.model_dump(), name: value})
    except ValidationError as invalid:
        raise StaffRefused(_advice(name, invalid)) from None
    for first, second in _IN_ORDER:
        if name in (first, second) and getattr(changed, first) >= getattr(changed, second):
            raise StaffRefused(f"'{_title(first)}' 값이 '{_title(second)}' 값보다 앞이어야 해요.")
    if name.startswith("advertising_") and not _LAWFUL[0] <= getattr(changed, name) <= _LAWFUL[1]:
        raise StaffRefused("광고는 08:00부터 20:50까지만 보낼 수 있어요.")
    return changed


def _advice(name: str, invalid: ValidationError) -> str:
    error = invalid.errors()[0]
    bounds = error.get("ctx", {})
    if "ge" in bounds:
        return f"{bounds['ge']}부터 적을 수 있어요."
    if "le" in bounds:
        return f"{bounds['le']}까지 적을 수 있어요."
    wanted = Rules.model_fields[name].annotation
    words = {int: "숫자로 적어 주세요.", time: "시각을 18:00처럼 적어 주세요."}
    return words.get(wanted, "목록에서 골라 주세요.")  # type: ignore[arg-type]  # an annotation is any type


def _title(name: str) -> str:
    return next(names[name][0] for names in RULE_GROUPS.values() if name in names)
