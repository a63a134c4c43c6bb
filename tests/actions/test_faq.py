"""Asking the FAQ in a chat, and a file of answers that is broken."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from actions.faq import FAQ_FILE, OWN_STATE, TOPICS, FaqFileBroken, load_topics
from actions.feedback import DID_NOT, HELPED
from bot.replies import Press
from bot.topics import Topic, Topics
from models.clock import SetClock
from models.database import Database
from models.faq_topics import FaqTopic
from models.members import ChannelAccount, Member
from models.rules import RuleSetting
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import NOW, make_member


def test_a_question_is_answered_with_the_rules_in_force(
    chat: Chat, db: Session, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("하루에 몇 시간까지 돼?", "faq_hours_rule", topic="faq_hours_rule/daily_limit")
    assert "하루 8시간까지" in chat.say("하루에 몇 시간까지 돼?")
    db.add(RuleSetting(name="max_hours_per_day", value="4", changed_at=NOW, changed_by="staff"))
    db.commit()
    assert "하루 4시간까지" in chat.say("하루에 몇 시간까지 돼?")


def test_deadlines_and_quiet_times_read_as_people_say_them(chat: Chat) -> None:
    chat.say("취소 마감", Press("cancel_application", {"topic": "cancel_application/deadline"}))
    assert "활동 하루 전 오후 6시까지" in chat.read()
    chat.say("알림 켜고 끄기", Press("notification_settings", {"topic": "notification_settings/on_off"}))
    assert "밤 9시부터 아침 8시까지" in chat.read()


@pytest.mark.parametrize(
    ("days", "said"), [("0", "당일 오후 6시"), ("2", "이틀 전 오후 6시"), ("5", "5일 전 오후 6시")]
)
def test_other_deadlines_read_well_too(chat: Chat, db: Session, days: str, said: str) -> None:
    db.add(RuleSetting(name="cancel_deadline_days", value=days, changed_at=NOW, changed_by="staff"))
    db.commit()
    assert said in chat.say(
        "취소 마감", Press("cancel_application", {"topic": "cancel_application/deadline"})
    )


@pytest.mark.parametrize("topic", TOPICS.values(), ids=list(TOPICS))
def test_every_topic_is_answered_when_its_chip_is_pressed(chat: Chat, topic: Topic) -> None:
    read = chat.say(topic.short, topic.press)
    assert read.startswith(topic.question)
    assert "{" not in read
    assert chat.labels() == [
        *(button.label for button in topic.buttons),
        *(TOPICS[other].short for other in topic.see_also),
        HELPED,
        DID_NOT,
    ]


def test_related_topics_follow_from_one_to_the_next(chat: Chat) -> None:
    chat.say("가입", Press("faq_signup", {"topic": "faq_signup/how_to_join"}))
    assert "만 9살부터 만 24살까지" in chat.press("몇 살부터 돼요?")
    assert chat.press("두볼 가입하기").startswith("두볼에 어떻게 가입해요?")


def test_without_a_topic_the_intents_topics_are_offered_and_picked_by_number(
    chat: Chat, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("가입이 궁금해요", "faq_signup")
    assert "두볼에 어떻게 가입해요?" in chat.say("가입이 궁금해요")
    assert "보호자 동의가 꼭 필요해요?" in chat.say("2번")


def test_an_intent_with_one_topic_answers_at_once(chat: Chat) -> None:
    assert chat.say("입시와 봉사").startswith("대학 갈 때 봉사시간이 도움이 돼요?")


def test_an_unknown_topic_is_no_topic(chat: Chat, nlu: ScriptedUnderstanding) -> None:
    nlu.learn("가입 뭐", "faq_signup", topic="faq_signup/of_an_older_model")
    assert "몇 살부터 몇 살까지 할 수 있어요?" in chat.say("가입 뭐")
    assert "먼저 두볼 계정을 연결해요" in chat.say(
        "확인서", Press("certificate_issue", {"topic": "none/none"})
    )


def test_a_topic_goes_before_the_action_of_the_same_intent(
    chat: Chat, member: Member, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("확인서 영어로도 돼?", "certificate_issue", topic="certificate_issue/english")
    assert chat.say("확인서 영어로도 돼?").startswith("영어 확인서도 받을 수 있어요?")
    assert "아직 발급된 확인서가 없어요" in chat.press("내 확인서 보기")


@pytest.mark.parametrize("topic", sorted(OWN_STATE))
def test_who_asks_about_their_own_state_sees_it_and_others_get_the_answer(
    chat: Chat, db: Session, account: ChannelAccount, nlu: ScriptedUnderstanding, topic: str
) -> None:
    nlu.learn("내 거 어떻게 됐어", TOPICS[topic].intent, topic=topic)
    assert chat.say("내 거 어떻게 됐어").startswith(TOPICS[topic].question)
    account.member = make_member(db)
    db.commit()
    assert TOPICS[topic].question not in chat.say("내 거 어떻게 됐어")
    assert "아직" in chat.read()
    assert chat.say("묻기", TOPICS[topic].press).startswith(TOPICS[topic].question)


def test_buttons_open_pages_and_dial_numbers(chat: Chat) -> None:
    chat.say("보험", Press("faq_insurance_safety", {"topic": "faq_insurance_safety/insurance"}))
    assert chat.numbers() == ["1833-4435"]
    chat.say("가입", Press("faq_signup", {"topic": "faq_signup/how_to_join"}))
    assert chat.links()["가입하러 가기"].startswith("https://www.youth.go.kr/")


@pytest.mark.parametrize(
    ("topic", "label", "address"),
    [
        ("certificate_issue/verify", "진짜인지 확인하기", "https://boram.example/verify"),
        ("faq_signup/privacy", "처리방침 보기", "https://boram.example/privacy"),
    ],
)
def test_a_page_that_is_the_same_for_all_has_its_plain_address(
    chat: Chat, member: Member, topic: str, label: str, address: str
) -> None:
    chat.say("묻기", TOPICS[topic].press)
    assert chat.links()[label] == address


def test_who_asks_about_privacy_comes_to_their_own_data_in_one_tap(chat: Chat, member: Member) -> None:
    chat.say("묻기", TOPICS["faq_signup/privacy"].press)
    assert chat.links()["내 정보 보호 열기"].startswith("https://boram.example/l/")


@pytest.fixture
def planted(store: Database, db: Session, clock: SetClock) -> None:
    """Have the answers in the store."""
    Topics(store, clock, TOPICS.values()).follow_file(db)
    db.commit()


def _change(db: Session, clock: SetClock, name: str, **values: object) -> None:
    row = db.get_one(FaqTopic, name)
    for field, value in values.items():
        setattr(row, field, value)
    row.version += 1
    db.commit()
    clock.advance(timedelta(seconds=3))


def test_what_staff_wrote_is_answered_seconds_later(
    chat: Chat, db: Session, clock: SetClock, planted: None
) -> None:
    how = TOPICS["faq_signup/how_to_join"]
    assert chat.say("묻기", how.press).startswith("두볼에 어떻게 가입해요?")
    _change(
        db,
        clock,
        how.topic,
        content={**how.content, "answer": "만 {age_min}살이면 돼요.", "short": "가입하기"},
    )
    assert "만 9살이면 돼요." in chat.say("묻기", how.press)
    chat.say("묻기", TOPICS["faq_signup/age_limit"].press)
    assert "가입하기" in chat.labels()


def test_a_topic_that_is_off_is_not_answered_but_nobody_is_left_alone(
    chat: Chat, db: Session, clock: SetClock, nlu: ScriptedUnderstanding, planted: None
) -> None:
    english = TOPICS["certificate_issue/english"]
    nlu.learn("확인서 영어로도 돼?", english.intent, topic=english.topic)
    _change(db, clock, english.topic, active=False)
    assert "다시 확인하고 있어요" in chat.say("확인서 영어로도 돼?")
    assert chat.labels()[0] == "상담원 연결"
    assert TOPICS[english.see_also[0]].short in chat.labels()
    assert HELPED not in chat.labels()
    assert "메시지" in chat.press("상담원 연결") or chat.offers_operator()
    for action in ("확인서", "가입 안내", "나이스 전송"):
        chat.say(action)
        assert english.short not in chat.labels()


def test_chips_of_other_actions_leave_out_what_is_off(
    chat: Chat, db: Session, clock: SetClock, member: Member, planted: None
) -> None:
    chat.say("내 정보 바꾸기")
    assert TOPICS["faq_signup/privacy"].short in chat.labels()
    _change(db, clock, "faq_signup/privacy", active=False)
    chat.say("내 정보 바꾸기")
    assert TOPICS["faq_signup/privacy"].short not in chat.labels()


def test_questions_are_answered_while_the_store_is_away(
    chat: Chat, db: Session, nlu: ScriptedUnderstanding, planted: None
) -> None:
    nlu.learn("몇 살부터 돼?", "faq_signup", topic="faq_signup/age_limit")
    chat.say("안녕")
    db.execute(text("ALTER TABLE channel_account RENAME TO away"))
    db.commit()
    assert "만 9살부터 만 24살까지" in chat.say("몇 살부터 돼?")
    assert "두볼은 e청소년 안에" in chat.say("두볼 가입하기", TOPICS["faq_signup/how_to_join"].press)
    assert chat.outcome == "store_down"
    assert "불러올 수 없어요" in chat.say("내 봉사시간")


def test_topics_that_actions_name_are_there() -> None:
    named = {
        name
        for path in FAQ_FILE.parent.glob("*.py")
        for name in re.findall(r'"([a-z0-9_]+/[a-z0-9_]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert named <= set(TOPICS)


def _broken(tmp_path: Path, old: str, new: str) -> str:
    written = FAQ_FILE.read_text(encoding="utf-8")
    assert old in written
    path = tmp_path / "faq.yml"
    path.write_text(written.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FaqFileBroken) as fault:
        load_topics(path)
    return str(fault.value)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("  short: 두볼 가입하기\n", "", "faq_signup/how_to_join: short"),
        ("{guardian_consent_under}", "{guardian}", "faq_signup/how_to_join: answer"),
        ("page: sign_up", "page: nowhere", "faq_signup/how_to_join: buttons.0"),
        ("page: sign_up", "page: sign_up, phone: '119'", "faq_signup/how_to_join: buttons.0"),
        ("action: human_agent", "action: humans", "login_problem/find_id: buttons.1"),
        ("number: 1\n", "number: one\n", "faq_signup/how_to_join: number"),
        ("[faq_signup/age_limit, ", "[faq_signup/age, ", "faq_signup/how_to_join: see_also"),
        ("topic: faq_signup/age_limit", "topic: faq_signup/how_to_join", "faq_signup/how_to_join: topic"),
        ("topic: faq_signup/how_to_join", "topic: joining/how_to_join", "joining/how_to_join: topic"),
    ],
)  # fmt: skip
def test_a_broken_file_names_topic_and_field(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert named in _broken(tmp_path, old, new)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"- topic: [", b"topic: one", b"- just words"])
def test_a_file_that_is_no_list_of_topics_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "faq.yml"
    path.write_bytes(content)
    with pytest.raises(FaqFileBroken):
        load_topics(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaqFileBroken, match="cannot be read"):
        load_topics(tmp_path / "faq.yml")
