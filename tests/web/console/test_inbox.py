"""The inbox's pages: what was not understood is looked at, given a meaning, argued about, taken back."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import pytest
from flask import Flask
from numpy.typing import NDArray
from sqlalchemy import select

from models.audit import Did
from models.clock import SetClock
from models.inbox import InboxGroup, InboxSentence, SentenceState
from models.inbox_gathering import gather
from models.members import ConversationTurn
from models.rule_settings import change_rule
from models.rules import load_rules
from models.staff import StaffRole
from models.training_sentences import TrainingSentence, add_sentence
from tests.web.console.colleague import Colleague
from tests.world import make_account, make_member


class ByFirstWord:
    """Vectors by hand: sentences that begin with the same word mean the same."""

    name = "by hand"

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), 16), np.float32)
        for row, text in enumerate(texts):
            vectors[row, sum(map(ord, text.split()[0])) % 16] = 1
        return vectors


Say = Callable[..., None]


@pytest.fixture
def say(app: Flask) -> Say:
    """Return how sentences are misunderstood and gathered: ``say("봉사 뭐", "봉사 뭐", intent="find_program")``."""
    database, clock = app.extensions["database"], app.extensions["clock"]
    with database.session() as db:
        account = make_account(db, make_member(db), "who says it")
        db.commit()

    def said(*sentences: str, **more: object) -> None:
        values = {"intent": "find_program", "confidence": 0.4, "source": "nlu", "outcome": "not_understood"}
        with database.session() as db:
            for words in sentences:
                turn = ConversationTurn(account_id=account.id, at=clock.now(), words=words, **(values | more))
                turn.pressed, turn.milliseconds = False, 1
                db.add(turn)
            db.commit()
            gather(db, load_rules(db), clock.now() + timedelta(minutes=1), ByFirstWord())

    return said


@pytest.fixture
def trainer(colleague: Callable[..., Colleague]) -> Colleague:
    return colleague(StaffRole.TRAINER)


def sentence(someone: Colleague, text: str) -> InboxSentence:
    with someone.database.session() as db:
        return db.scalars(select(InboxSentence).where(InboxSentence.text == text)).one()


def group_of(someone: Colleague, text: str) -> str:
    return f"/console/inbox/groups/{sentence(someone, text).group_id}"


def page_of(someone: Colleague, text: str) -> str:
    return f"/console/inbox/sentences/{sentence(someone, text).id}"


def seen(someone: Colleague, *texts: str) -> list[str]:
    rows = [sentence(someone, text) for text in texts]
    return [f"{row.id}.{row.version}" for row in rows]


def taught(someone: Colleague) -> dict[str, str]:
    with someone.database.session() as db:
        rows = db.scalars(
            select(TrainingSentence).where(TrainingSentence.active, TrainingSentence.file == "")
        )
        return {row.marked: row.topic or row.intent for row in rows}


def state(someone: Colleague, text: str) -> SentenceState:
    return sentence(someone, text).state


def two_must_agree(someone: Colleague) -> None:
    with someone.database.session() as db:
        change_rule(db, "two_person_labels", "true", "test", someone.clock.now())
        db.commit()


def test_groups_are_listed_the_biggest_first_and_lead_to_their_sentences(
    say: Say, trainer: Colleague
) -> None:
    say("취소 어떻게", "봉사 뭐 하지", "봉사 뭐 하지", "봉사 할 거 없나")
    trainer.get("/console/inbox")
    read = trainer.read()
    assert read.index("봉사 뭐 하지") < read.index("취소 어떻게")
    assert "3번 문장 2개 못 알아들음" in read
    assert "아마 봉사 찾기" in read
    trainer.get(group_of(trainer, "봉사 뭐 하지"))
    assert "봉사 할 거 없나" in trainer.read()
    assert "취소 어떻게" not in trainer.read()


def test_the_list_is_narrowed_by_why_sentences_are_there(say: Say, trainer: Colleague) -> None:
    say("봉사 뭐 하지")
    say("취소 어떻게", outcome="asked_meaning")
    trainer.get("/console/inbox?why=asked")
    assert "취소 어떻게" in trainer.read()
    assert "봉사 뭐 하지" not in trainer.read()
    trainer.get("/console/inbox?why=disliked")
    assert "이런 까닭으로 온 문장이 없어요" in trainer.read()


def test_an_empty_inbox_says_so_and_pages_beyond_the_end_lead_back(trainer: Colleague) -> None:
    for path in ("/console/inbox", "/console/inbox?page=9", "/console/inbox/mine", "/console/inbox?page=x"):
        assert trainer.get(path).status_code == 200
    assert trainer.get("/console/inbox/groups/7").status_code == 404
    assert trainer.get(f"/console/inbox/sentences/{2**40}").status_code == 404


def test_the_navigation_and_the_first_page_tell_how_many_groups_wait(say: Say, trainer: Colleague) -> None:
    say("봉사 뭐 하지", "취소 어떻게")
    page = trainer.get("/console/").text
    assert re.search(r"못 알아들은 말 묶음.{0,400}2", page, re.S)


def test_a_whole_group_is_given_one_meaning_and_one_sentence_is_left_out(
    say: Say, trainer: Colleague
) -> None:
    say("봉사 뭐 하지", "봉사 할 거 없나", "봉사 시간 몇이야")
    ticked = seen(trainer, "봉사 뭐 하지", "봉사 할 거 없나")
    where = group_of(trainer, "봉사 뭐 하지")
    trainer.post(where, {"sentence": ticked, "meaning": "find_program", "do": "teach"})
    assert taught(trainer) == {"봉사 뭐 하지": "find_program", "봉사 할 거 없나": "find_program"}
    trainer.follow()
    assert "봉사 시간 몇이야" in trainer.read()
    row = trainer.log()[-1]
    assert (row.did, row.about) == (Did.LABELLED, where.replace("/console/inbox/groups/", "inbox_group:"))
    assert row.detail == "봉사 찾기: 2문장"
    assert "봉사 뭐" not in row.detail  # what people said is not repeated in the log


def test_a_topic_of_the_whole_list_can_be_chosen(say: Say, trainer: Colleague) -> None:
    say("가입 어케")
    with trainer.database.session() as db:
        meaning = {"intent": "faq_signup", "topic": "faq_signup/how_to_join", "style": "casual"}
        now = trainer.clock.now()
        add_sentence(db, marked="가입은 어떻게 해", **meaning, source="console", by="staff:1", now=now)
        db.commit()
    where = group_of(trainer, "가입 어케")
    page = trainer.get(where).text
    assert 'value="faq_signup/how_to_join"' in page
    trainer.post(
        where,
        {"sentence": seen(trainer, "가입 어케"), "other": "faq_signup/how_to_join", "do": "teach"},
    )
    assert taught(trainer)["가입 어케"] == "faq_signup/how_to_join"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"do": "teach"}, "뜻을 골라 주세요"),
        ({"meaning": "find_program", "other": "check_hours"}, "두 가지 골랐어요"),
        ({"meaning": "gone_intent"}, "지금은 없는 뜻이에요"),
        ({"meaning": "faq_signup/gone"}, "지금은 없는 주제예요"),
        ({"sentence": [], "meaning": "find_program"}, "문장을 하나 이상"),
        ({"sentence": ["99999999999.1", "x"], "meaning": "find_program"}, "문장을 하나 이상"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_chosen_stays(
    say: Say, trainer: Colleague, sent: dict[str, object], words: str
) -> None:
    say("봉사 뭐 하지", "봉사 할 거 없나")
    ticked = seen(trainer, "봉사 할 거 없나")
    page = trainer.post(group_of(trainer, "봉사 뭐 하지"), {"sentence": ticked, **sent})
    assert page.status_code == 422
    assert words in trainer.read()
    if "sentence" not in sent:
        assert re.search(rf'value="{ticked[0]}" checked', page.text)
        assert len(re.findall(r'name="sentence" value="[^"]+" checked', page.text)) == 1
    assert taught(trainer) == {}


def test_words_are_marked_by_writing_them_down(say: Say, trainer: Colleague) -> None:
    say("토요일에 도서관에서 도서관 봉사")
    where, words = page_of(trainer, "토요일에 도서관에서 도서관 봉사"), "토요일에 도서관에서 도서관 봉사"
    sent = {
        "sentence": seen(trainer, words),
        "meaning": "find_program",
        "mark_words": ["도서관", "도서관", "토요일", ""],
        "mark_kind": ["host", "host", "date", ""],
        "mark_start": ["", "", "", ""],
        "do": "teach",
    }
    trainer.post(where, sent | {"mark_words": ["미술관"]})
    assert "'미술관'라는 말은 문장에 없어요" in trainer.read()
    trainer.post(where, sent | {"mark_kind": ["", "host", "date", ""]})
    assert "종류를 골라 주세요" in trainer.read()
    trainer.post(where, sent)
    assert list(taught(trainer)) == ["[토요일](date)에 [도서관](host)에서 [도서관](host) 봉사"]


def test_a_sentence_can_be_ignored_and_its_dialog_read(say: Say, trainer: Colleague) -> None:
    say("ㅋㅋ 그냥")
    where = page_of(trainer, "ㅋㅋ 그냥")
    page = trainer.get(where).text
    dialog = re.search(r'href="(/console/conversations/[^"]+)"', page)
    assert dialog
    assert trainer.get(dialog[1]).status_code == 200
    trainer.post(where, {"sentence": seen(trainer, "ㅋㅋ 그냥"), "do": "ignore"})
    assert state(trainer, "ㅋㅋ 그냥") is SentenceState.IGNORED
    trainer.get("/console/inbox/sentences?state=ignored")
    assert "ㅋㅋ 그냥" in trainer.read()


def test_hidden_words_are_written_anew(say: Say, trainer: Colleague) -> None:
    say("선생님 번호 010-1234-5678 맞아?")
    text = "선생님 번호 [연락처 가림] 맞아?"
    where, sent = page_of(trainer, text), {"sentence": seen(trainer, text), "meaning": "human_agent"}
    assert trainer.post(where, {**sent, "text": text}).status_code == 422
    assert "흔한 말로 바꿔" in trainer.read()
    trainer.post(where, {**sent, "text": "선생님 번호 이거 맞아?"})
    assert list(taught(trainer)) == ["선생님 번호 이거 맞아?"]


def test_what_was_just_done_is_taken_back_with_one_press(say: Say, trainer: Colleague) -> None:
    say("봉사 뭐 하지", "봉사 할 거 없나")
    both = ("봉사 뭐 하지", "봉사 할 거 없나")
    trainer.post(group_of(trainer, both[0]), {"sentence": seen(trainer, *both), "meaning": "find_program"})
    page = trainer.get("/console/inbox").text
    back = re.search(r'action="(/console/inbox/undo/[^"]+)"', page)
    assert back
    trainer.post(back[1], form_on="/console/inbox")
    assert "2문장이 정하기 전으로 돌아갔어요" in trainer.follow().text
    assert taught(trainer) == {}
    assert {state(trainer, text) for text in both} == {SentenceState.OPEN}
    assert trainer.log()[-1].did is Did.LABEL_UNDONE
    assert trainer.post(back[1], form_on="/console/inbox/mine").status_code == 409


def test_a_colleagues_labels_are_theirs_to_take_back(
    say: Say, trainer: Colleague, colleague: Callable[..., Colleague]
) -> None:
    say("봉사 뭐 하지")
    trainer.post(
        group_of(trainer, "봉사 뭐 하지"),
        {"sentence": seen(trainer, "봉사 뭐 하지"), "meaning": "find_program"},
    )
    page = trainer.get("/console/inbox/mine").text
    back = re.search(r'action="(/console/inbox/undo/[^"]+)"', page)
    assert back
    other = colleague(StaffRole.TRAINER, "이동료")
    assert other.post(back[1], form_on="/console/account").status_code == 409
    assert "그 사람이나 관리자" in other.read()
    assert taught(trainer) == {"봉사 뭐 하지": "find_program"}


def test_two_trainers_on_one_sentence_end_in_a_conflict_that_is_settled_together(
    say: Say, trainer: Colleague, colleague: Callable[..., Colleague]
) -> None:
    say("봉사 뭐 하지")
    other, where = colleague(StaffRole.TRAINER, "이동료"), group_of(trainer, "봉사 뭐 하지")
    both_saw = seen(trainer, "봉사 뭐 하지")
    trainer.post(where, {"sentence": both_saw, "meaning": "find_program"})
    other.post(where, {"sentence": both_saw, "other": "recommend_program"}, form_on="/console/account")
    assert "'의견 차이'에서 함께" in html.unescape(other.follow().text)
    assert state(trainer, "봉사 뭐 하지") is SentenceState.CONFLICT
    assert taught(trainer) == {"봉사 뭐 하지": "find_program"}  # until it is settled

    trainer.get("/console/inbox/sentences?state=conflict")
    assert "김담당 님 봉사 찾기" in trainer.read()
    assert "이동료 님 봉사 추천" in trainer.read()
    page = page_of(trainer, "봉사 뭐 하지")
    trainer.get(page)
    assert "사람마다 다르게 정했어요" in trainer.read()
    trainer.post(page, {"sentence": seen(trainer, "봉사 뭐 하지"), "meaning": "recommend_program"})
    assert taught(trainer) == {"봉사 뭐 하지": "recommend_program"}


def test_where_two_must_agree_the_second_finds_it_waiting(
    say: Say, trainer: Colleague, colleague: Callable[..., Colleague]
) -> None:
    two_must_agree(trainer)
    say("봉사 뭐 하지")
    page = page_of(trainer, "봉사 뭐 하지")
    trainer.post(page, {"sentence": seen(trainer, "봉사 뭐 하지"), "meaning": "find_program"})
    assert taught(trainer) == {}
    trainer.get("/console/inbox/sentences?state=waiting")
    assert "내가 정했어요" in trainer.read()
    other = colleague(StaffRole.TRAINER, "이동료")
    other.get("/console/inbox/sentences?state=waiting")
    assert "열어서 같은 뜻을 고르면" in other.read()
    other.post(page, {"sentence": seen(trainer, "봉사 뭐 하지"), "meaning": "find_program"})
    assert taught(trainer) == {"봉사 뭐 하지": "find_program"}


def test_a_sentence_is_kept_as_one_every_model_must_get_right(say: Say, trainer: Colleague) -> None:
    say("봉사 뭐 하지")
    sent = {"sentence": seen(trainer, "봉사 뭐 하지"), "meaning": "find_program", "golden": "1"}
    trainer.post(page_of(trainer, "봉사 뭐 하지"), sent)
    assert taught(trainer) == {}
    assert sentence(trainer, "봉사 뭐 하지").golden_id is not None


def test_markup_somebody_typed_is_only_words(say: Say, trainer: Colleague) -> None:
    say('<script>alert("봉사")</script> 뭐')
    for path in ("/console/inbox", f"/console/inbox/groups/{only_group(trainer)}"):
        page = trainer.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def only_group(someone: Colleague) -> int:
    with someone.database.session() as db:
        return db.scalars(select(InboxGroup.id)).one()


def test_a_form_sent_after_the_session_ended_is_kept_with_its_choice(
    say: Say, trainer: Colleague, clock: SetClock
) -> None:
    say("토요일 봉사 뭐 하지")
    where, sent = page_of(trainer, "토요일 봉사 뭐 하지"), seen(trainer, "토요일 봉사 뭐 하지")[0]
    form = {"sentence": sent, "meaning": "find_program", "mark_words": "토요일", "mark_kind": "date"}
    token = trainer.csrf(where)
    clock.advance(timedelta(minutes=31))
    page = trainer.post_raw(where, {"csrf_token": token, **form, "mark_start": ""})
    sealed = re.search(r'name="carried" value="([^"]+)"', page.text)
    assert sealed
    trainer.give_password(carried=sealed[1])
    trainer.give_code()
    kept = trainer.follow().text
    assert "문장의 뜻 정하기" in trainer.read()
    again = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', kept))
    trainer.post_raw(where, again)
    assert taught(trainer) == {"[토요일](date) 봉사 뭐 하지": "find_program"}
