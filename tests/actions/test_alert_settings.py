"""Alert settings by words and by buttons."""

from __future__ import annotations

from datetime import time

import pytest
from sqlalchemy.orm import Session

from bot.replies import Press
from models.alert_settings import OPT_IN_VERSION, QuietHours, alert_consents_of, alert_settings_of
from models.members import ChannelAccount, Member
from tests.chat import Chat
from tests.scripted_nlu import ScriptedUnderstanding
from tests.world import NOW

ACTION = "notification_settings"


def settings(db: Session, member: Member) -> dict[tuple[int, str], bool]:
    db.expire_all()
    return alert_settings_of(db, member)


SENTENCES = (
    "밤에는 알림 보내지마",
    "방해금지 꺼줘",
    "환경봉사 나오면 알려줘",
    "봉사 추천 알림 꺼줘",
    "봉사 추천 알림 켜줘",
    "봉사 추천은 문자로만 보내줘",
    "전날 알림 꺼줘",
    "전날 알림 끄지 마",
    "전날 알림은 문자로만 보내줘",
    "문자만 받을래",
    "카톡 말고 문자로 받을래",
    "문자 알림 꺼줘",
    "알림 꺼줘",
    "알림 꺼줘 (봉사 추천만)",
    "알림 켜줘",
    "모든 알림 켜줘",
    "10시 이후엔 보내지 마",
    "조용한 시간 기본으로 되돌려줘",
    "확인서 알림",
    "알림 뭐 켜져 있는지 알려줘",
    "추천은 켜고 전날 알림은 꺼줘",
    "카톡은 끄고 문자는 켜줘",
)


@pytest.fixture
def talk(nlu: ScriptedUnderstanding) -> ScriptedUnderstanding:
    for sentence in SENTENCES:
        nlu.learn(sentence, ACTION)
    return nlu


def test_without_an_account_the_way_to_link_is_shown(chat: Chat, account: ChannelAccount) -> None:
    assert "먼저 두볼 계정을 연결해요" in chat.say("알림 설정")


def test_the_settings_are_shown_in_groups_with_the_quiet_hours(chat: Chat, member: Member) -> None:
    read = chat.say("알림 설정")
    assert "신청·활동 | 카카오톡 켜짐 · 문자 켜짐" in read
    assert "새 봉사 추천 | 카카오톡 꺼짐 · 문자 꺼짐" in read
    assert "밤 9시부터 아침 8시까지" in read
    assert "늘 켜 둬요" in read


def test_words_change_a_kind_at_once_and_one_press_takes_it_back(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    assert "봉사 하루 전 알림을 껐어요" in chat.say("전날 알림 꺼줘")
    assert settings(db, member)[5, "kakao"] is False
    assert settings(db, member)[4, "kakao"] is True
    undo = chat.target("되돌리기")
    assert isinstance(undo, Press)
    assert "되돌렸어요" in chat.press("되돌리기")
    assert settings(db, member)[5, "kakao"] is True
    chat.say("되돌리기", undo)
    assert settings(db, member)[5, "kakao"] is True


def test_the_same_words_twice_change_nothing_the_second_time(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    chat.say("전날 알림 꺼줘")
    assert "이미 그렇게 되어 있어요" in chat.say("전날 알림 꺼줘")
    assert "되돌리기" not in chat.labels()


def test_recommendations_are_on_only_when_named(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    for words in ("알림 켜줘", "모든 알림 켜줘"):
        chat.say(words)
        assert settings(db, member)[10, "kakao"] is False
    assert "밤 9시부터 아침 8시까지는 보내지 않아요" in chat.say("봉사 추천 알림 켜줘")
    assert settings(db, member)[10, "kakao"] is False
    assert "11월 23일(월)에 새 봉사 추천을 받기로 동의했어요" in chat.press("동의하고 켤게요")
    assert settings(db, member)[10, "kakao"] is True
    assert settings(db, member)[11, "kakao"] is True
    assert "11월 23일(월)에 새 봉사 추천 수신 동의를 거뒀어요" in chat.say("봉사 추천 알림 꺼줘")
    assert settings(db, member)[11, "sms"] is False
    steps = alert_consents_of(db, member)
    assert {(step.kind, step.channel) for step in steps if step.on} == {
        (kind, channel) for kind in (10, 11) for channel in ("kakao", "sms")
    }
    assert [step.on for step in steps] == [False] * 4 + [True] * 4
    assert {(step.text_version, step.via, step.at) for step in steps} == {(OPT_IN_VERSION, "chat", NOW)}


@pytest.mark.parametrize("words", ["안 받을래요", "아니", "알림 설정"])
def test_recommendations_stay_off_without_a_yes(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding, words: str
) -> None:
    chat.say("봉사 추천 알림 켜줘")
    chat.say(words)
    assert settings(db, member)[10, "kakao"] is False
    assert alert_consents_of(db, member) == []


def test_agreeing_twice_is_one_consent(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    chat.say("봉사 추천 알림 켜줘")
    yes = chat.target("동의하고 켤게요")
    assert isinstance(yes, Press)
    for _ in range(2):
        chat.say("동의하고 켤게요", yes)
    assert len(alert_consents_of(db, member)) == 4
    assert "이미 그렇게 되어 있어요" in chat.read()


def test_recommendations_by_one_channel_only_are_agreed_to_first(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    chat.say("봉사 추천은 문자로만 보내줘")
    assert settings(db, member)[10, "sms"] is False
    chat.press("동의하고 켤게요")
    now = settings(db, member)
    assert (now[10, "sms"], now[10, "kakao"]) == (True, False)


def test_security_alerts_stay_on_and_it_says_why(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    assert "안전을 위해 늘 켜 둬요" in chat.say("알림 꺼줘")
    assert "동의를 거뒀어요" not in chat.read()
    on = {switch for switch, is_on in settings(db, member).items() if is_on}
    assert on == {(1, "kakao"), (1, "sms")}


@pytest.mark.parametrize("words", ["문자만 받을래", "카톡 말고 문자로 받을래"])
def test_only_one_channel_can_be_chosen(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding, words: str
) -> None:
    chat.say(words)
    now = settings(db, member)
    assert (now[4, "sms"], now[4, "kakao"]) == (True, False)
    assert (now[10, "sms"], now[10, "kakao"]) == (False, False)
    assert now[1, "kakao"] is True
    chat.press("되돌리기")
    assert settings(db, member)[4, "kakao"] is True


def test_one_kind_can_be_sent_by_one_channel_only(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    assert "봉사 하루 전 알림을 문자로만 보낼게요" in chat.say("전날 알림은 문자로만 보내줘")
    now = settings(db, member)
    assert (now[5, "sms"], now[5, "kakao"], now[4, "kakao"]) == (True, False, True)


def test_of_two_wishes_in_one_sentence_one_is_done_and_one_is_asked_about(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    before = settings(db, member)
    read = chat.say("추천은 켜고 전날 알림은 꺼줘")
    assert "봉사 하루 전 알림을 껐어요" in read
    undo = chat.target("되돌리기")
    now = settings(db, member)
    assert (now[10, "kakao"], now[5, "kakao"], now[4, "kakao"]) == (False, False, True)
    chat.press("동의하고 켤게요")
    assert settings(db, member)[10, "kakao"] is True
    chat.press("되돌리기")
    assert isinstance(undo, Press)
    chat.say("되돌리기", undo)
    assert settings(db, member) == before


def test_a_kind_named_once_holds_for_both_channels(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    chat.say("카톡은 끄고 문자는 켜줘")
    now = settings(db, member)
    assert (now[4, "kakao"], now[4, "sms"], now[10, "sms"]) == (False, True, False)


@pytest.mark.parametrize("words", ["알림 뭐 켜져 있는지 알려줘", "전날 알림 끄지 마"])
def test_asking_and_negation_change_nothing(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding, words: str
) -> None:
    before = settings(db, member)
    chat.say(words)
    assert settings(db, member) == before


def test_a_change_can_be_taken_back_without_memory(
    forgetful_chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    before = settings(db, member)
    forgetful_chat.say("알림 꺼줘")
    forgetful_chat.press("되돌리기")
    assert settings(db, member) == before


def test_one_channel_can_be_turned_off(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    assert "문자로 오는 모든 알림을 껐어요" in chat.say("문자 알림 꺼줘")
    now = settings(db, member)
    assert (now[4, "sms"], now[4, "kakao"], now[1, "sms"]) == (False, True, True)


def test_a_group_is_opened_by_name_or_number_and_switched_by_button(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    assert "확인서 알림" in chat.say("확인서 알림")
    assert "문자로 오는 확인서 알림을 껐어요" in chat.press("문자 끄기")
    assert settings(db, member)[6, "sms"] is False
    chat.say("알림 설정")
    assert chat.say("5번").startswith("새 봉사 추천 알림")
    chat.press("카카오톡 켜기")
    chat.press("동의하고 켤게요")
    assert settings(db, member)[11, "kakao"] is True


def test_quiet_hours_are_taken_from_words_and_can_be_taken_back(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    assert "밤 10시부터 아침 8시까지" in chat.say("10시 이후엔 보내지 마")
    db.expire_all()
    own = db.get(QuietHours, member.id)
    assert own is not None
    assert (own.quiet_from, own.quiet_until) == (time(22), time(8))
    assert "밤 10시부터 아침 8시까지" in chat.say("알림 설정")
    chat.say("10시 이후엔 보내지 마")
    assert "되돌리기" not in chat.labels()
    chat.say("되돌리기", Press(ACTION, {"quiet": "21:00/08:00"}))
    db.expire_all()
    assert own.quiet_from == time(21)


def test_own_quiet_hours_can_be_given_up_for_the_rules(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    chat.say("10시 이후엔 보내지 마")
    assert "밤 9시부터 아침 8시까지" in chat.press("되돌리기")
    assert db.get(QuietHours, member.id) is None
    chat.say("10시 이후엔 보내지 마")
    assert "기본으로 되돌렸어요" in chat.say("조용한 시간 기본으로 되돌려줘")
    chat.say("알림 설정")
    assert "조용한 시간 기본으로" not in chat.labels()
    chat.say("10시 이후엔 보내지 마")
    chat.say("알림 설정")
    assert "기본으로 되돌렸어요" in chat.press("조용한 시간 기본으로")


@pytest.mark.parametrize(
    "data",
    [
        {"kinds": "99,x,-1", "on": False, "channels": "pigeon"},
        {"quiet": "25:00/08:00"},
        {"quiet": "08:00/08:00"},
        {"restore": "1kakao0 77sms1 nonsense"},
        {"group": "없는 묶음"},
        {"on": "maybe"},
    ],
)  # fmt: skip
def test_a_tampered_button_breaks_nothing(
    chat: Chat, db: Session, member: Member, data: dict[str, str | bool]
) -> None:
    chat.say("바꾸기", Press(ACTION, data))
    assert chat.outcome == "answered"
    assert settings(db, member)[1, "kakao"] is True


def test_a_guardians_copy_is_answered_from_the_faq(
    chat: Chat, member: Member, nlu: ScriptedUnderstanding
) -> None:
    nlu.learn("엄마도 알림 받을 수 있어요?", ACTION, topic="notification_settings/parent_copy")
    assert "자녀의 알림을 저도 받을 수 있나요?" in chat.say("엄마도 알림 받을 수 있어요?")


@pytest.mark.parametrize("words", ["밤에는 알림 보내지마", "방해금지 꺼줘"])
def test_words_about_the_time_of_day_never_turn_everything_off(
    chat: Chat, member: Member, db: Session, talk: ScriptedUnderstanding, words: str
) -> None:
    before = settings(db, member)
    assert "알림" in chat.say(words)
    assert chat.outcome == "answered"
    assert settings(db, member) == before


def test_who_wants_to_hear_of_new_programmes_gets_the_recommendations(
    chat: Chat, member: Member, db: Session, talk: ScriptedUnderstanding
) -> None:
    chat.say("환경봉사 나오면 알려줘")
    chat.say("응")
    after = settings(db, member)
    assert after[10, "kakao"]
    assert after[11, "kakao"]


@pytest.mark.parametrize(
    "words", ["조용한 시간 바꾸고 싶어", "조용한 시간 바꾸고 싶어요.", "방해 금지 시간 변경"]
)
def test_who_wants_other_quiet_hours_sees_them_and_the_page(chat: Chat, member: Member, words: str) -> None:
    assert "밤 9시부터 아침 8시까지 조용히" in chat.say(words)
    assert "화면에서 바꾸기" in chat.links()


def test_recommendations_end_on_every_channel_at_once_by_their_own_words_and_button(
    chat: Chat, db: Session, member: Member, talk: ScriptedUnderstanding
) -> None:
    by_button: dict[str, str | int | bool] = {"kinds": "10,11", "channels": "kakao,sms", "on": False}
    for number, ending in enumerate((None, Press(ACTION, by_button)), 1):
        chat.say("봉사 추천 알림 켜줘")
        chat.press("동의하고 켤게요")
        assert all(settings(db, member)[kind, channel] for kind in (10, 11) for channel in ("kakao", "sms"))
        words = "알림 꺼줘 (봉사 추천만)"
        assert "동의를 거뒀어요" in (chat.say("추천 그만 받기", ending) if ending else chat.say(words))
        after = settings(db, member)
        assert not any(after[kind, channel] for kind in (10, 11) for channel in ("kakao", "sms"))
        assert after[4, "kakao"] is True
        steps = [(step.kind, step.channel) for step in alert_consents_of(db, member) if not step.on]
        assert len(steps) == 4 * number
        assert set(steps) == {(kind, channel) for kind in (10, 11) for channel in ("kakao", "sms")}
