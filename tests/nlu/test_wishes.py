"""Whole conversations against the real language model: several wishes, what is ruled out, what words point at.

What stands here has to hold for every model worth promoting, so each conversation says only what a young person must
get, not how sure the model was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.memory import Memory
from bot.slots import Slots
from bot.understanding import RasaUnderstanding
from models.clock import SetClock
from models.database import Database
from tests.chat import Chat
from tests.nlu.world import assistant_over, furnish
from tests.nlu_server import NluServer

pytestmark = pytest.mark.timeout(600)  # the first one here may train the model and start the server

HOURS, CANCEL, SURE_CANCEL = "모두 7시간 인정됐어요", "어떤 신청을 취소할까요?", "정말 취소할까요?"
FOUND, MINE, PICK = "지금 신청할 수 있는 활동", "다가오는 봉사", "신청할 활동을 골라"
HELP = "1388"
APPLY = "이 활동, 신청할까요?"
CERTIFICATE = "확인서"
WHICH = "어떤 걸 말하는 거예요?"


@dataclass(frozen=True)
class Gets:
    """What the last words of a conversation must and must not bring."""

    said: tuple[str, ...]
    shows: tuple[str, ...]
    never: tuple[str, ...] = ()


def gets(*said: str, shows: str | tuple[str, ...], never: str | tuple[str, ...] = ()) -> Gets:
    return Gets(
        said, (shows,) if isinstance(shows, str) else shows, (never,) if isinstance(never, str) else never
    )


TWO_WISHES = [
    gets("봉사시간 몇시간인지 알려주고 토요일 봉사 취소해줘", shows=(HOURS, SURE_CANCEL)),
    gets("토요일 봉사 취소해주고 내 봉사시간 알려줘", shows=(HOURS, SURE_CANCEL)),
    gets("내 봉사시간 알려줘 그리고 토요일 봉사 취소할래", shows=(HOURS, SURE_CANCEL)),
    gets("내 봉사시간 몇 시간이야? 토요일 봉사 취소해줘", shows=(HOURS, SURE_CANCEL)),
    gets("봉사시간 알려줘\n확인서 발급해줘", shows=(HOURS, CERTIFICATE)),
    gets("봉사시간 확인이랑 확인서 발급", shows=(HOURS, CERTIFICATE)),
    gets("내일 신청한거 취소하고 다른 봉사 찾아줘", shows=("벽화 그리기", "유기견 산책 돕기")),
    gets("토요일 봉사 취소해주고 봉사 찾아줘", shows=(SURE_CANCEL, "유기견 산책 돕기")),
    gets("봉사시간 알려주고 토요일 봉사 취소해줘", "네", shows="취소했어요"),
    gets("봉사시간 알려주고 토요일 봉사 취소해줘", "됐어", shows="여기까지 할게요"),
]
ONE_WISH = [
    gets("천안이랑 아산 봉사 찾아줘", shows="활동", never="이어서"),
    gets("봉사 신청하고 싶은데 어떻게 해요", shows="신청", never=("이어서", SURE_CANCEL)),
    gets("봉사하고 시간이 안 들어왔어요", shows="시간", never=(SURE_CANCEL, "이어서")),
    gets("로그인하려고 하는데 비번 까먹음", shows="비밀번호", never="이어서"),
    gets("토요일하고 일요일 봉사 찾아줘", shows="활동", never="이어서"),
    gets("친구랑 같이 봉사 신청하고 싶어요", shows="신청", never="이어서"),
    gets("안녕하세요 내 봉사시간 알려주세요", shows=HOURS, never="무엇을 도와줄까요?"),
    gets("배고파 봉사 찾아줘", shows="활동이에요"),
    gets("심심해 봉사 추천해줘", shows="골라"),
    gets("고마워 확인서 뽑아줘", shows=CERTIFICATE),
    gets("야 이 새끼야 내 봉사시간이나 알려줘", shows=HOURS, never="그런 말에는"),
]
RULED_OUT = [
    gets("취소 말고 그냥 보기만 할래", shows=MINE, never=(CANCEL, SURE_CANCEL)),
    gets("취소 안 할래", shows="그대로 둘게요", never=(CANCEL, SURE_CANCEL)),
    gets("신청 취소 안 할래요", shows="그대로 둘게요", never=SURE_CANCEL),
    gets("알림 안 끌래", shows="그대로 둘게요", never="껐어요"),
    gets("알림 끄지 마", shows="그대로 둘게요", never="껐어요"),
    gets("취소 말고 내 봉사시간 알려줘", shows=HOURS, never=(CANCEL, SURE_CANCEL)),
    gets("확인서 말고 내 봉사시간 보여줘", shows=HOURS),
    gets("신청이 아니라 취소요", shows=CANCEL),
    gets("토요일 봉사 취소해줘", "취소 안 할래", shows="여기까지 할게요"),
    gets("토요일 말고 일요일 봉사 찾아줘", shows="11월 29일(일)"),
    gets("신청 안 했는데 신청됐어요", shows="신청", never="그대로 둘게요"),
]
POINTING = [
    gets("봉사 찾기", "마지막 거 말고 그 앞에 거", shows=(APPLY, "도서관 책 정리")),
    gets("봉사 찾기", "마지막 거 신청할래", shows=(APPLY, "유기견 산책 돕기")),
    gets("봉사 찾기", "네 번째 거 신청할래", shows=(APPLY, "도서관 책 정리")),
    gets("봉사 찾기", "도서관 거 신청할래", shows=(APPLY, "도서관 책 정리")),
    gets("봉사 찾기", "내 봉사시간", "아까 그 도서관 신청할래", shows=(APPLY, "도서관 책 정리")),
    gets("봉사 찾기", "그거 신청할래", shows=(WHICH, "하천 쓰레기 줍기", "도서관 책 정리")),
    gets("봉사 찾기", "그거 신청할래", "유기견 거요", shows=(APPLY, "유기견 산책 돕기")),
    gets("봉사 찾기", "마지막 거", "그거 몇 시야", shows=("유기견 산책 돕기", "일시"), never=WHICH),
    gets("봉사 찾기", "마지막 거", "거기 어디야?", shows="보호소"),
    gets("봉사 찾기", "마지막 거", "그 기관 전화번호 알려줘", shows=("유기견 산책 돕기", "보호소")),
    gets("봉사 찾기", "마지막 거", "됐어", "그거 신청할래", shows=(APPLY, "유기견 산책 돕기")),
    gets("봉사 찾기", "7번째 거 신청할래", shows="이 중에 있나요?"),
    gets("내 신청", "벽화 그리기", "그거 취소해줘", shows=(SURE_CANCEL, "벽화 그리기")),
    gets("내 신청", "경로당 말벗", "내 봉사시간", "그거 취소할래", shows=(SURE_CANCEL, "경로당 말벗")),
    gets("내 신청", "그거 취소할래", shows=(WHICH, "벽화 그리기", "경로당 말벗")),
    gets("내 신청", "두 번째 거 취소할래", shows=(SURE_CANCEL, "경로당 말벗")),
]
CARE = [
    gets("봉사시간 알려주고 토요일 봉사 취소해줘 나 진짜 죽고 싶어", shows=HELP, never=(HOURS, SURE_CANCEL)),
    gets("죽고 싶어요", shows=HELP),
    gets("공부 때문에 죽겠다 ㅋㅋ", shows=HELP, never="많이 힘들었죠"),
    gets("토요일 봉사 취소해줘", "죽고 싶어", shows=HELP, never="여기까지 할게요"),
    gets("배고파 죽겠다", shows="", never=HELP),
]
CONVERSATIONS = [*TWO_WISHES, *ONE_WISH, *RULED_OUT, *POINTING, *CARE]


@pytest.fixture
def chat(nlu_server: NluServer, sqlite_address: str, memory: Memory, clock: SetClock) -> Iterator[Chat]:
    """Return the chat of a member with hours, a certificate and two applications."""
    store = Database(sqlite_address)
    with store.session() as db:
        furnish(db)
    slots = Slots({"a": [nlu_server.url]}, nlu_server.token, memory)
    yield Chat(assistant_over(store, memory, clock, RasaUnderstanding(slots)), clock)
    slots.close()
    store.close()


@pytest.mark.parametrize("expected", CONVERSATIONS, ids=lambda each: " / ".join(each.said))
def test_a_conversation_leads_where_it_should(chat: Chat, expected: Gets) -> None:
    for words in expected.said:
        told = "\n".join((chat.say(words), *chat.labels()))
    assert [words for words in expected.shows if words not in told] == []
    assert [words for words in expected.never if words in told] == []


def test_there_are_conversations_enough_to_trust() -> None:
    assert len({each.said for each in CONVERSATIONS}) == len(CONVERSATIONS) >= 40
