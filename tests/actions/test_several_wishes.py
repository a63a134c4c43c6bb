"""Two wishes in one message, wishes ruled out, and words that are unclear, as a conversation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.assistant import Assistant
from bot.context import Context
from bot.memory import Memory
from bot.replies import Card, Carousel, Press, Reply
from bot.safety import GENTLE
from bot.turn import Deadline
from models.applications import Application, ApplicationState
from models.clock import SetClock
from models.database import Database
from models.members import ConversationTurn, Member
from skills.kakao.payload import read_payload, to_turn
from skills.kakao.render import render
from tests.chat import Chat
from tests.nlu.world import assistant_over
from tests.scripted_nlu import ScriptedUnderstanding
from tests.skills.samples import payload
from tests.world import make_application, make_record, make_session

SATURDAY = date(2026, 11, 28)


@pytest.fixture
def applied(db: Session, member: Member) -> Application:
    """Return the application of a member with seven hours."""
    made = make_application(db, member, make_session(db, title="벽화 그리기", starts_on=SATURDAY))
    make_record(db, member, hours=7)
    db.commit()
    return made


@pytest.fixture(autouse=True)
def taught(nlu: ScriptedUnderstanding) -> None:
    """Teach the parts of the messages below; the whole of them is understood less surely."""
    for words, intent in {
        "봉사시간 알려주고": "check_hours",
        "봉사시간 알려줘": "check_hours",
        "토요일 봉사 취소해줘": "cancel_application",
        "토요일 봉사 취소하고": "cancel_application",
        "봉사 찾아줘": "find_program",
        "신청내역 보여주고": "application_status",
        "문자 알림 꺼줘": "notification_settings",
        "동네 봉사 찾아줘": "find_program",
        "중구 봉사 찾아주고": "find_program",
    }.items():
        nlu.learn(words, intent)


def turns(db: Session) -> list[ConversationTurn]:
    return list(db.scalars(select(ConversationTurn).order_by(ConversationTurn.id)))


def test_hours_are_shown_and_the_cancelling_is_asked_about_last(
    chat: Chat, db: Session, applied: Application
) -> None:
    told = chat.say("토요일 봉사 취소하고 봉사시간 알려줘")
    assert told.index("모두 7시간") < told.index("정말 취소할까요?")
    assert chat.reply.question is not None
    assert chat.reply.question.action == "cancel_application"
    chat.say("네")
    db.expire_all()
    assert db.get_one(Application, applied.id).state is ApplicationState.CANCELLED_BY_USER


def test_each_wish_is_logged_with_its_own_words(chat: Chat, db: Session, applied: Application) -> None:
    chat.say("봉사시간 알려주고 토요일 봉사 취소해줘")
    assert [(turn.words, turn.intent, turn.outcome) for turn in turns(db)] == [
        ("봉사시간 알려주고", "check_hours", "answered"),
        ("토요일 봉사 취소해줘", "cancel_application", "answered"),
    ]


def test_both_go_out_as_one_reply_that_kakaotalk_shows(chat: Chat, applied: Application) -> None:
    chat.say("봉사시간 알려주고 토요일 봉사 취소해줘")
    drawn = render(chat.reply, block_id="block")
    outputs = drawn["template"]["outputs"]
    assert [next(iter(output)) for output in outputs] == ["basicCard", "textCard"]
    assert outputs[-1]["textCard"]["title"] == "벽화 그리기"


def test_a_captured_call_and_then_the_button_for_what_waits_come_back_as_bubbles(
    assistant: Assistant, db: Session, clock: SetClock, applied: Application, member: Member
) -> None:
    make_application(db, member, make_session(db, title="책 정리"), ApplicationState.CANCELLED_BY_USER)
    db.commit()

    def answered(captured: str, utterance: str, extra: dict[str, Any]) -> dict[str, Any]:
        body = payload(captured)
        body["userRequest"]["utterance"] = utterance
        body["userRequest"]["user"]["id"] = "user-1"
        body["userRequest"]["user"]["properties"] = {}
        body["bot"]["id"] = "bot"
        body["action"]["clientExtra"] = extra
        turn = to_turn(read_payload(body), clock.now(), Deadline.after(10))
        drawn: dict[str, Any] = render(assistant.answer(turn).reply, block_id="66aa22d3a1b2c34d45e56f7a")
        template: dict[str, Any] = drawn["template"]
        return template

    first = answered("skill_fallback_utterance", "신청내역 보여주고 토요일 봉사 취소해줘", {})
    assert [next(iter(output)) for output in first["outputs"]] == ["listCard", "listCard", "textCard"]
    answered("skill_fallback_utterance", "됐어", {})
    shown = answered("skill_fallback_utterance", "신청내역 보여주고 봉사 찾아줘", {})
    chip = next(chip for chip in shown["quickReplies"] if chip["label"] == "이어서 봉사 찾기")
    then = answered("skill_button_block_client_extra", chip["messageText"], chip["extra"])
    assert [next(iter(output)) for output in then["outputs"]] == ["simpleText", "carousel"]


def test_what_has_no_room_waits_behind_a_button(
    chat: Chat, db: Session, applied: Application, member: Member
) -> None:
    make_application(db, member, make_session(db, title="책 정리"), ApplicationState.CANCELLED_BY_USER)
    make_session(db, title="하천 줍기")
    db.commit()
    told = chat.say("신청내역 보여주고 봉사 찾아줘")
    assert "다가오는 봉사" in told
    assert "하천 줍기" not in told
    assert "하천 줍기" in chat.press("이어서 봉사 찾기")
    assert any(isinstance(block, Carousel) for block in chat.reply.blocks)


def test_a_question_of_the_first_wish_leaves_the_second_as_a_button(
    chat: Chat, nlu: ScriptedUnderstanding, applied: Application
) -> None:
    assert "여러 군데" in chat.say("중구 봉사 찾아주고 토요일 봉사 취소해줘")
    assert "이어서 신청 취소" in chat.labels()
    assert "정말 취소할까요?" in chat.say("이어서 신청 취소")


def test_who_has_no_account_is_invited_once(chat: Chat) -> None:
    chat.say("봉사시간 알려주고 토요일 봉사 취소해줘")
    assert len(chat.reply.blocks) == 1


def test_a_refused_second_wish_leaves_the_first_answered(
    chat: Chat, nlu: ScriptedUnderstanding, db: Session, applied: Application
) -> None:
    make_session(db, title="책 정리")
    db.commit()
    nlu.learn("책 정리 신청해줘", "apply_program")
    told = chat.say("봉사시간 알려주고 책 정리 신청해줘")
    assert "모두 7시간" in told
    assert turns(db)[0].outcome == "answered"


def test_nothing_is_done_that_is_ruled_out(
    chat: Chat, nlu: ScriptedUnderstanding, applied: Application
) -> None:
    nlu.learn("취소 말고 그냥 보기만", "cancel_application")
    assert "다가오는 봉사가 1개" in chat.say("취소 말고 그냥 보기만")
    nlu.learn("취소 안 할래", "cancel_application")
    assert "그대로 둘게요" in chat.say("취소 안 할래")
    assert chat.outcome == "declined"
    nlu.learn("취소 말고 봉사시간 알려줘", "cancel_application")
    assert "모두 7시간" in chat.say("취소 말고 봉사시간 알려줘")


def test_a_refusal_leaves_an_open_question(
    chat: Chat, nlu: ScriptedUnderstanding, applied: Application
) -> None:
    chat.say("토요일 봉사 취소해줘")
    nlu.learn("취소 안 할래", "cancel_application")
    assert "여기까지 할게요" in chat.say("취소 안 할래")
    assert chat.reply.question is None


def test_what_happened_without_ones_doing_is_no_refusal(
    chat: Chat, nlu: ScriptedUnderstanding, applied: Application
) -> None:
    nlu.learn("신청 안 했는데 신청됐어요", "application_status")
    assert "다가오는 봉사" in chat.say("신청 안 했는데 신청됐어요")


def test_two_close_meanings_are_asked_about_and_the_choice_keeps_the_words(
    chat: Chat, nlu: ScriptedUnderstanding, db: Session, applied: Application
) -> None:
    nlu.learn(
        "토요일 신청 건 말인데요", "application_status", confidence=0.48, second=("cancel_application", 0.4)
    )
    assert chat.say("토요일 신청 건 말인데요").startswith("어느 쪽이에요?")
    assert chat.labels() == ["내 신청", "신청 취소", "다른 거예요"]
    assert "정말 취소할까요?" in chat.press("신청 취소")
    logged = [(turn.words, turn.outcome, turn.source, turn.intent) for turn in turns(db)]
    assert logged == [
        ("토요일 신청 건 말인데요", "asked_meaning", "nlu", "application_status"),
        ("토요일 신청 건 말인데요", "answered", "clarified", "cancel_application"),
    ]


def test_neither_meaning_leads_to_the_menu(chat: Chat, nlu: ScriptedUnderstanding, db: Session) -> None:
    nlu.learn("그 봉사", "application_status", confidence=0.3, second=("find_program", 0.05))
    chat.say("그 봉사")
    assert chat.outcome == "not_understood"
    assert "어떤 걸 말하는 거예요?" in chat.press("다른 거예요")
    assert (turns(db)[-1].source, turns(db)[-1].intent) == ("clarified", "clarify_needed")


def test_a_meaning_can_be_typed_in_place_of_pressed(
    chat: Chat, nlu: ScriptedUnderstanding, applied: Application
) -> None:
    nlu.learn(
        "토요일 신청 건 말인데요", "application_status", confidence=0.48, second=("cancel_application", 0.4)
    )
    chat.say("토요일 신청 건 말인데요")
    assert "정말 취소할까요?" in chat.say("신청 취소")


@pytest.mark.parametrize("data", [{}, {"intent": "nonsense", "words": "x"}, {"intent": 5, "words": 7}])
def test_a_forged_choice_of_meaning_is_asked_back(chat: Chat, data: dict[str, str | int]) -> None:
    assert "어떤 걸 말하는 거예요?" in chat.say("x", Press("meant", data))


@pytest.mark.parametrize("words", ["", "\n\n", "죽고 싶어\n봉사 찾아줘"])
def test_a_forged_continuation_harms_nobody(chat: Chat, words: str) -> None:
    told = chat.say("x", Press("next_wish", {"words": words}))
    assert ("1388" in told) is ("죽고" in words)


def test_a_figure_of_speech_gets_a_gentle_word_before_the_answer(
    chat: Chat, nlu: ScriptedUnderstanding, applied: Application
) -> None:
    words = "공부 때문에 죽겠다 ㅋㅋ 봉사시간 알려줘"
    nlu.learn(words, "check_hours")
    chat.say(words)
    assert chat.reply.blocks[0] == GENTLE
    assert isinstance(chat.reply.blocks[1], Card)
    assert chat.reply.blocks[1].title == "모두 7시간 인정됐어요"


def test_a_figure_of_speech_alone_gets_the_gentle_word_alone(chat: Chat, nlu: ScriptedUnderstanding) -> None:
    nlu.learn("공부 때문에 죽겠다 ㅋㅋ", "out_of_scope")
    chat.say("공부 때문에 죽겠다 ㅋㅋ")
    assert (chat.reply.blocks, chat.outcome) == ((GENTLE,), "checked")


def test_a_cry_for_help_comes_before_two_wishes(chat: Chat, applied: Application) -> None:
    assert "1388" in chat.say("봉사시간 알려주고 토요일 봉사 취소해줘 나 진짜 죽고 싶어")
    assert "정말 취소할까요?" not in chat.read()


def test_a_request_with_an_insult_is_answered_and_logged(
    chat: Chat, nlu: ScriptedUnderstanding, db: Session, applied: Application
) -> None:
    nlu.learn("야 이 새끼야 봉사시간 알려줘", "abuse")
    assert "모두 7시간" in chat.say("야 이 새끼야 봉사시간 알려줘")
    assert (turns(db)[-1].intent, turns(db)[-1].outcome) == ("check_hours", "answered:abuse")


def test_without_the_language_service_the_parts_are_not_waited_for(
    chat: Chat, nlu: ScriptedUnderstanding, applied: Application
) -> None:
    nlu.available = False
    assert "긴 말을 알아듣기 어려워요" in chat.say("봉사시간 알려주고 토요일 봉사 취소해줘")


def test_a_store_that_fails_in_the_second_wish_leaves_it_as_a_button(
    store: Database, memory: Memory, clock: SetClock, nlu: ScriptedUnderstanding, applied: Application
) -> None:
    def fails(ctx: Context) -> Reply:
        ctx.db.execute(text("SELECT nothing FROM nowhere"))
        raise AssertionError("the store has no such table")

    assistant = assistant_over(store, memory, clock, nlu, cancel_application=fails)
    chat = Chat(assistant, clock)
    assert "모두 7시간" in chat.say("봉사시간 알려주고 토요일 봉사 취소해줘")
    assert "이어서 신청 취소" in chat.labels()
