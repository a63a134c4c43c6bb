"""Why something cannot be done, in the words a young person reads. Chat and pages use the same ones."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """What a rule refuses. The value is stored and counted; the words are in ``WORDS``."""

    ALREADY_APPLIED = "already_applied"
    OVERLAPPING = "overlapping"
    NOT_OPEN_YET = "not_open_yet"
    CLOSED = "closed"
    CALLED_OFF = "called_off"
    FULL = "full"
    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"
    WRONG_LEVEL = "wrong_level"
    GUARDIAN_CONSENT = "guardian_consent"
    GUARDIAN_NOT_NEEDED = "guardian_not_needed"
    GUARDIAN_AGREED = "guardian_agreed"
    GUARDIAN_OWN_PHONE = "guardian_own_phone"
    GUARDIAN_ASKED_TODAY = "guardian_asked_today"
    GUARDIAN_CODES_TODAY = "guardian_codes_today"
    GUARDIAN_REQUEST_OVER = "guardian_request_over"
    DAY_IS_FULL = "day_is_full"
    BLOCKED_AFTER_ABSENCE = "blocked_after_absence"
    NOT_YOURS = "not_yours"
    NOT_CANCELLABLE = "not_cancellable"
    ASK_HOST = "ask_host"
    DEADLINE_PASSED = "deadline_passed"
    OBJECTION_TOO_LATE = "objection_too_late"
    CODE_WRONG = "code_wrong"
    CODE_EXPIRED = "code_expired"
    CODE_TOO_SOON = "code_too_soon"
    CODES_LOCKED = "codes_locked"
    SIGN_IN_WRONG = "sign_in_wrong"
    CHOOSE_ACTIVITY = "choose_activity"
    NOT_CREDITED = "not_credited"
    NOTHING_CREDITED = "nothing_credited"
    NOTHING_RECEIVED = "nothing_received"
    RECEIVED_ELSEWHERE = "received_elsewhere"
    NOT_APPROVED = "not_approved"
    ISSUED_BY_HOST = "issued_by_host"
    QUIET_WITHOUT_LENGTH = "quiet_without_length"


WORDS: dict[Reason, str] = {
    Reason.ALREADY_APPLIED: "이미 신청한 활동이에요. 내 신청에서 볼 수 있어요.",
    Reason.OVERLAPPING: "같은 시간에 신청해 둔 활동이 있어요. 겹치지 않는 활동을 골라 주세요.",
    Reason.NOT_OPEN_YET: "아직 신청 기간이 아니에요. {apply_from}부터 신청할 수 있어요.",
    Reason.CLOSED: "신청 기간이 끝났어요. 비슷한 다른 활동을 찾아볼까요?",
    Reason.CALLED_OFF: "취소된 활동이에요. 비슷한 다른 활동을 찾아볼까요?",
    Reason.FULL: "자리가 다 찼어요.",
    Reason.TOO_YOUNG: "이 활동은 {age_min}살부터 할 수 있어요.",
    Reason.TOO_OLD: "두볼은 {age_max}살까지 쓸 수 있어요. 그 뒤에는 1365 자원봉사포털을 이용해 주세요.",
    Reason.WRONG_LEVEL: "이 활동은 {levels} 친구들만 신청할 수 있어요.",
    Reason.GUARDIAN_CONSENT: "{guardian_consent_under}살이 안 됐으면 보호자 동의가 먼저 필요해요. 부모님께 부탁해 볼까요?",
    Reason.GUARDIAN_NOT_NEEDED: "{guardian_consent_under}살부터는 보호자 동의가 필요하지 않아요.",
    Reason.GUARDIAN_AGREED: "보호자가 이미 동의했어요. 더 할 일이 없어요.",
    Reason.GUARDIAN_OWN_PHONE: "내 휴대폰 번호로는 동의를 받을 수 없어요. 보호자의 휴대폰 번호를 적어 주세요.",
    Reason.GUARDIAN_ASKED_TODAY: "하루에 {most}번까지만 부탁할 수 있어요. 내일 다시 하거나 상담원에게 물어봐 주세요.",
    Reason.GUARDIAN_CODES_TODAY: "인증번호는 하루에 {most}번까지만 보낼 수 있어요. 내일 다시 해 주세요.",
    Reason.GUARDIAN_REQUEST_OVER: "이미 끝난 부탁이에요. 화면을 새로 열어 지금 상태를 봐 주세요.",
    Reason.DAY_IS_FULL: "그날은 이미 {max_hours_per_day}시간을 채웠어요. 봉사시간은 하루 {max_hours_per_day}시간까지만 인정돼요.",
    Reason.BLOCKED_AFTER_ABSENCE: "지난번에 불참으로 기록돼서 {blocked_until}까지는 신청할 수 없어요.",
    Reason.NOT_YOURS: "내 기록이 아니라서 보거나 바꿀 수 없어요.",
    Reason.NOT_CANCELLABLE: "이미 취소됐거나 끝난 신청이라 취소할 수 없어요.",
    Reason.ASK_HOST: "승인된 활동은 기관에 전화해서 취소해야 해요.",
    Reason.DEADLINE_PASSED: "취소 마감({deadline})이 지났어요. 기관에 바로 전화해 주세요.",
    Reason.OBJECTION_TOO_LATE: "이의 신청은 불참 기록 뒤 {objection_days}일 안에만 할 수 있어요.",
    Reason.CODE_WRONG: "적은 내용이 맞지 않아요. {left}번 더 해 볼 수 있어요.",
    Reason.CODE_EXPIRED: "인증번호를 쓸 수 있는 시간이 지났어요. 새 번호를 받아 주세요.",
    Reason.CODE_TOO_SOON: "방금 인증번호를 보냈어요. {seconds}초 뒤에 다시 받을 수 있어요.",
    Reason.CODES_LOCKED: "여러 번 틀려서 안전을 위해 잠시 잠갔어요. {until}부터 다시 할 수 있어요. 내가 한 게 아니라면 상담원에게 알려 주세요.",
    Reason.SIGN_IN_WRONG: "아이디나 비밀번호가 맞지 않아요. 다시 한번 확인해 주세요.",
    Reason.CHOOSE_ACTIVITY: "어떤 활동의 서류가 필요한지 먼저 골라 주세요.",
    Reason.NOT_CREDITED: "아직 인정된 봉사시간이 아니에요. 기관이 인정하면 그때 확인서를 받을 수 있어요.",
    Reason.NOTHING_CREDITED: "아직 인정된 봉사시간이 없어요. 기관이 인정하면 그때 확인서를 받을 수 있어요.",
    Reason.NOTHING_RECEIVED: "1365에서 넘어온 봉사시간이 없어요. 1365 연계 동의가 되어 있는지 봐 주세요.",
    Reason.RECEIVED_ELSEWHERE: "1365에서 넘어온 봉사시간이에요. 확인서(나눔수신)로 받아 주세요.",
    Reason.NOT_APPROVED: "사전계획서는 승인된, 아직 하지 않은 활동만 만들 수 있어요. 승인되면 다시 눌러 주세요.",
    Reason.ISSUED_BY_HOST: "단체확인서는 함께 활동한 기관이 만들어 줘요. 기관에 부탁해 주세요.",
    Reason.QUIET_WITHOUT_LENGTH: "시작과 끝이 같아요. 끝나는 시각을 다르게 골라 주세요.",
}


class Refused(Exception):
    """A rule says no. ``reason`` is for machines, ``words`` for the person."""

    def __init__(self, reason: Reason, **values: object) -> None:
        self.reason = reason
        self.words = WORDS[reason].format(**values)
        super().__init__(reason.value)
