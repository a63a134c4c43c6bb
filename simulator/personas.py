"""The people one can be in the simulator; their keys are those of the seeded demo world."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Persona:
    """One person of the demo world: Kakao user key, short name and one line about them, in Korean.

    ``app_user_id`` is their number at Kakao Login: ``appUserId`` in the chat, ``sub`` in the ID token.
    """

    key: str
    name: str
    about: str
    app_user_id: str


PERSONAS = (
    Persona("persona-new", "처음 온 친구", "아직 봉사 계정을 연결하지 않았어요.", "3902000001"),
    Persona("persona-13", "열세 살", "보호자 동의를 기다리고 있어요.", "3902000002"),
    Persona("persona-busy", "바쁜 학생", "신청이 상태별로 하나씩 다 있어요.", "3902000003"),
    Persona("persona-42h", "42시간 모은 학생", "인정 시간 42시간, 확인서도 받을 수 있어요.", "3902000004"),
    Persona("persona-leader", "지도자", "동아리를 이끄는 선생님이에요.", "3902000005"),
)
