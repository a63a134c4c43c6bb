"""The FAQ in the console: read, written, previewed, switched, scheduled, put back, and new questions with examples."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.topics import Topics
from models.audit import Did
from models.clock import SetClock
from models.faq_topics import FaqTopic, topic, versions
from models.rules import RuleSetting
from models.staff import StaffRole
from models.training_sentences import TrainingSentence
from tests.web.console.colleague import Colleague
from web.console.faq_form import typed_of

EDIT = "/console/faq/1/edit"
SENTENCES = "교복 입고 봉사해도 돼?\n봉사 갈 때 교복 입어도 돼요?\n교복 차림으로 가도 되나\n사복 입어야 해?\n봉사 옷차림 어떻게 해요"
NEW = {
    "intent": "faq_club",
    "question": "교복을 입고 봉사해도 돼요?",
    "short": "교복 입어도 돼요?",
    "answer": "네, 교복을 입어도 돼요. 더러워질 수 있는 일은 기관에 물어보고 편한 옷을 가져가세요.",
    "verified": "0",
    "sentences": SENTENCES,
}


@pytest.fixture
def planted(app: Flask, db: Session) -> None:
    topics: Topics = app.extensions["topics"]
    topics.follow_file(db)
    db.commit()


@pytest.fixture
def trainer(colleague: Callable[..., Colleague], planted: None) -> Colleague:
    return colleague(StaffRole.TRAINER)


def typed(db: Session, number: int, **more: str) -> dict[str, str]:
    """Return the form of a topic as it stands, with some fields typed anew."""
    row = topic(db, number)
    assert row is not None
    return {**typed_of(row.content).to_dict(), "was": str(row.version), "number": str(number), **more}


def shown(app: Flask) -> dict[str, str]:
    """Return what the chat answers: question → answer."""
    topics: Topics = app.extensions["topics"]
    return {each.question: each.answer for each in topics.book().shown.values()}


def test_who_only_looks_sees_the_answers_and_no_button_that_changes_one(
    colleague: Callable[..., Colleague], planted: None
) -> None:
    viewer = colleague(StaffRole.VIEWER)
    viewer.get("/console/faq")
    assert "두볼에 어떻게 가입해요?" in viewer.read()
    assert "새 질문 만들기" not in viewer.read()
    viewer.get("/console/faq/1")
    assert "만 14살이 안 됐다면" in viewer.read()
    assert "글 고치기" not in viewer.read()
    assert viewer.get(EDIT).status_code == 403


def test_before_the_file_was_taken_over_the_page_says_so_and_one_press_does_it(
    app: Flask, colleague: Callable[..., Colleague], db: Session
) -> None:
    someone = colleague(StaffRole.TRAINER)
    someone.get("/console/faq")
    assert "아직 글을 가져오지 않았어요" in someone.read()
    assert len(shown(app)) == 68
    assert someone.post("/console/faq/follow-file", form_on="/console/faq").status_code == 303
    someone.follow()
    assert "새로 가져온 글 68개" in someone.read()
    assert len(db.scalars(select(FaqTopic)).all()) == 68


def test_an_answer_is_rewritten_and_the_chat_says_it_at_once(
    app: Flask, trainer: Colleague, db: Session
) -> None:
    shown(app)
    answer = "이제 {age_min}살부터 누구나 쉽게 가입할 수 있어요. 더 궁금하면 물어봐 주세요."
    assert trainer.post(EDIT, typed(db, 1, answer=answer)).status_code == 303
    assert shown(app)["두볼에 어떻게 가입해요?"] == answer
    trainer.follow()
    assert "이제 9살부터" in trainer.read()
    assert "직원이 고침" in trainer.read()
    assert "파일의 글과 다른 곳" in trainer.read()
    (row,) = [row for row in trainer.log() if row.did is Did.FAQ_CHANGED]
    assert (row.about, row.detail, row.staff_id) == ("faq:1", "글을 고침", trainer.id)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("question", "짧아", "5자부터"),
        ("question", "가" * 37, "1자를 줄여"),
        ("question", "😀" * 19, "2자를 줄여"),
        ("question", "두볼 서비스는\n무엇이에요?", "한 줄로"),
        ("question", "두볼은\x00 무엇이에요?", "보이지 않는 글자"),
        ("question", "두볼은\u202e 무엇이에요?", "보이지 않는 글자"),
        ("question", "몇 살부터 할 수 있어요 {age_min}?", "답에만"),
        ("short", "상담원 연결", "메뉴가 먼저"),
        ("short", "아이디 찾기", "다른 질문이 이미"),
        ("answer", "", "적어 주세요"),
        ("answer", "{nobody}살부터예요.", "표에 있는 이름만"),
        ("answer", "{age_min.__class__}살부터예요.", "표에 있는 이름만"),
        ("answer", "{age_min:>99999999}살부터예요.", "표에 있는 이름만"),
        ("answer", "{age_min", "짝이 맞는지"),
        ("answer", "{{age_min}}", "짝이 맞는지"),
        ("answer", "가" * 390, "자를 줄여"),
        ("source", "", "출처가 있어야"),
        ("source", "\n".join("abcdefghi"), "8개까지"),
        ("button1_label", "", "적어 주세요"),
        ("button1_label", "가" * 15, "1자를 줄여"),
        ("button1_to", "", "갈 곳을 하나만"),
        ("button1_to", "page:nowhere", "화면은 없어요"),
        ("button1_to", "action:greeting", "기능은 없어요"),
        ("button1_to", "phone", "전화번호를"),
        ("button2_label", "가입하러 가기", "갈 곳을"),
        ("related1", "faq_signup/how_to_join", "이 질문이 아닌"),
        ("related1", "faq_signup/gone", "이제 없어요"),
        ("related1", "faq_signup/guardian_consent", "서로 다른"),
    ],
)
def test_what_cannot_be_an_answer_is_told_beside_its_field_and_nothing_typed_is_lost(
    trainer: Colleague, db: Session, field: str, value: str, words: str
) -> None:
    form = typed(db, 1, short="처음 쓰는 말") | {field: value}
    assert trainer.post(EDIT, form).status_code == 422
    assert words in trainer.read()
    assert "처음 쓰는 말" in trainer.page.text or field == "short"  # type: ignore[union-attr]  # a form was just sent
    db.expire_all()
    assert topic(db, 1).version == 1  # type: ignore[union-attr]  # planted


@pytest.mark.parametrize("number", ["1388", "112", "1833-4435", "02-330-2800", "052-227-0620"])
def test_numbers_that_can_be_dialled_are_taken(trainer: Colleague, db: Session, number: str) -> None:
    form = typed(db, 1, button1_label="전화하기", button1_to="phone", button1_phone=number)
    assert trainer.post(EDIT, form).status_code == 303


def test_of_two_who_write_at_once_the_second_sees_both_and_keeps_every_word(
    trainer: Colleague, colleague: Callable[..., Colleague], db: Session
) -> None:
    other = colleague(StaffRole.TRAINER, "이동료")
    mine, theirs = (
        typed(db, 1, question="내가 고친 질문은 뭐예요?"),
        typed(db, 1, question="동료가 고친 질문은 뭐예요?"),
    )
    assert other.post(EDIT, theirs).status_code == 303
    assert trainer.post(EDIT, mine).status_code == 409
    assert "그사이 이동료 님이 이 글을 바꿨어요" in trainer.read()
    assert 'value="내가 고친 질문은 뭐예요?"' in trainer.page.text  # type: ignore[union-attr]  # a form was just sent
    assert "동료가" in trainer.read()
    again = dict(re.findall(r'name="(was)" value="(\d+)"', trainer.page.text))  # type: ignore[union-attr]
    assert trainer.post(EDIT, mine | again).status_code == 303
    db.expire_all()
    row = topic(db, 1)
    assert row is not None
    assert [each.content["question"][:2] for each in versions(db, row.name)] == ["내가", "동료", "두볼"]


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("switch", {"on": "0"}),
        ("schedule", {"until": "2026-12-24T18:00"}),
        ("move", {"to": "down"}),
        ("checked", {}),
    ],
)
def test_a_page_that_is_out_of_date_changes_nothing(
    trainer: Colleague, db: Session, clock: SetClock, what: str, data: dict[str, str]
) -> None:
    assert trainer.post(EDIT, typed(db, 1, question="그사이 고친 질문은 뭐예요?")).status_code == 303
    clock.advance(timedelta(minutes=1))
    assert trainer.post(f"/console/faq/1/{what}", {**data, "was": "1"}, form_on=EDIT).status_code == 409
    assert "그사이 다른 사람이" in trainer.read()


def test_a_topic_is_switched_off_and_on(app: Flask, trainer: Colleague) -> None:
    trainer.post("/console/faq/1/switch", {"on": "0", "was": "1"}, form_on="/console/faq/1")
    assert "두볼에 어떻게 가입해요?" not in shown(app)
    trainer.follow()
    assert "꺼져 있어요" in trainer.read()
    trainer.get("/console/faq?state=off")
    assert "두볼에 어떻게 가입해요?" in trainer.read()
    assert "몇 살부터" not in trainer.read()
    trainer.post("/console/faq/1/switch", {"on": "1", "was": "2"}, form_on="/console/faq/1")
    assert "두볼에 어떻게 가입해요?" in shown(app)


def test_a_topic_is_shown_from_one_moment_until_another(
    app: Flask, trainer: Colleague, clock: SetClock
) -> None:
    span = {"from": "2026-11-23T10:10", "until": "2026-11-23T10:20", "was": "1"}
    assert trainer.post("/console/faq/1/schedule", span, form_on="/console/faq/1").status_code == 303
    trainer.follow()
    assert "지금은 기간이 아님" in trainer.read()
    found = []
    for _ in range(3):
        found.append("두볼에 어떻게 가입해요?" in shown(app))
        clock.advance(timedelta(minutes=10))
    assert found == [False, True, False]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"from": "2026-12-02T10:00", "until": "2026-12-01T10:00"}, "뒤여야"),
        ({"from": "tomorrow"}, "시작하는 때를"),
        ({"until": "0001-01-01T00:00"}, "끝나는 때를"),
    ],
)
def test_a_span_that_is_none_is_refused(trainer: Colleague, span: dict[str, str], words: str) -> None:
    answer = trainer.post("/console/faq/1/schedule", {**span, "was": "1"}, form_on="/console/faq/1")
    assert answer.status_code == 409
    assert words in trainer.read()


def test_the_order_in_which_questions_are_offered_is_changed(
    app: Flask, trainer: Colleague, db: Session
) -> None:
    def order() -> list[str]:
        topics: Topics = app.extensions["topics"]
        return [each.topic for each in topics.book().of("faq_signup")]

    before = order()
    trainer.post("/console/faq/1/move", {"to": "up", "was": "1"}, form_on="/console/faq/1")
    trainer.follow()
    assert "이미 맨 위예요" in trainer.read()
    trainer.post("/console/faq/1/move", {"to": "down", "was": "1"}, form_on="/console/faq/1")
    assert order() == [before[1], before[0], *before[2:]]


def test_an_old_version_is_read_against_today_and_put_back(
    app: Flask, trainer: Colleague, db: Session
) -> None:
    trainer.post(EDIT, typed(db, 1, question="두볼에는 어떻게 가입해요?"))
    trainer.get("/console/faq/1/versions/1")
    assert re.search(r"지움: 두볼에 더함: 두볼에는\s+어떻게", trainer.read())
    trainer.post("/console/faq/1/versions/1", {"was": "2"})
    assert "두볼에 어떻게 가입해요?" in shown(app)
    trainer.follow()
    assert "3번째 글, 1번째 글로 되돌림 (지금)" in trainer.read()
    assert "직원이 고침" not in trainer.read()
    assert trainer.get("/console/faq/1/versions/9").status_code == 404


def test_the_words_of_the_file_are_put_back(app: Flask, trainer: Colleague, db: Session) -> None:
    trainer.post(EDIT, typed(db, 1, question="두볼에는 어떻게 가입해요?"))
    assert trainer.post("/console/faq/1/file", {"was": "2"}, form_on="/console/faq/1").status_code == 303
    assert "두볼에 어떻게 가입해요?" in shown(app)


def test_answers_nobody_looked_at_for_a_year_or_confirmed_are_pointed_out(
    trainer: Colleague, clock: SetClock
) -> None:
    trainer.get("/console/faq")
    assert re.search(r"아직 확인 중 3\d", trainer.read())
    assert "1년 넘게 안 본 글 0" in trainer.read()
    clock.advance(timedelta(days=366))
    trainer.sign_in()
    trainer.get("/console/faq?state=old")
    assert "1년 넘게 안 본 글 68" in trainer.read()
    trainer.post("/console/faq/1/checked", {"was": "1"}, form_on="/console/faq/1")
    trainer.get("/console/faq?state=old")
    assert "1년 넘게 안 본 글 67" in trainer.read()


def test_words_are_found_in_questions_answers_and_sources(trainer: Colleague) -> None:
    for words, found in (("헌혈", "헌혈"), ("화천군", "나이스"), ("E청소년", "두볼에 어떻게 가입해요?")):
        trainer.get(f"/console/faq?q={words}")
        assert found in trainer.read()
        assert "보험에 들어 있어요?" not in trainer.read()
    trainer.get("/console/faq?q=\x00%00공룡")
    assert "맞는 글이 없어요" in trainer.read()


def preview(trainer: Colleague, data: dict[str, Any]) -> dict[str, Any]:
    token = trainer.csrf(EDIT)
    answer = trainer.post_raw("/console/faq/preview", {"csrf_token": token, **data})
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.text)
    return found


def test_what_is_typed_is_drawn_counted_and_judged_by_the_server(trainer: Colleague, db: Session) -> None:
    db.add(RuleSetting(name="age_min", value="10", changed_at=trainer.clock.now(), changed_by="staff"))
    db.commit()
    found = preview(trainer, typed(db, 1, answer="만 {age_min}살부터 가입합니다.", question="<b>가입</b> 😀"))
    assert "만 10살부터 가입합니다." in found["html"]
    assert "&lt;b&gt;가입&lt;/b&gt; 😀" in found["html"]
    assert found["problems"] == {}
    assert found["used"] == {"question": 12, "short": 7, "answer": 21}
    assert "딱딱한 말이 있어요" in found["html"]


def test_a_draft_that_cannot_be_saved_is_drawn_as_far_as_it_can_be(trainer: Colleague, db: Session) -> None:
    form = typed(
        db, 1, answer="{nobody}" + "가" * 5000, question="", button1_to="page:nowhere", button2_to="phone"
    )
    found = preview(trainer, form | {"related1": "no/thing"})
    assert {"question", "answer", "button1_to", "button2_label"} <= set(found["problems"])
    assert "{nobody}가가" in found["html"]
    assert preview(trainer, {"number": "9" * 30})["problems"].keys() >= {
        "intent",
        "question",
        "short",
        "answer",
    }


def test_without_a_script_the_preview_is_a_button(trainer: Colleague, db: Session) -> None:
    form = typed(db, 1, question="아직 저장하지 않은 질문이에요?", look="1")
    assert trainer.post(EDIT, form).status_code == 200
    assert trainer.read().count("아직 저장하지 않은 질문이에요?") == 1
    db.expire_all()
    assert topic(db, 1).version == 1  # type: ignore[union-attr]  # planted


def test_a_new_question_comes_with_its_answer_and_five_ways_to_ask_it(
    app: Flask, trainer: Colleague, db: Session
) -> None:
    assert trainer.post("/console/faq/new", NEW).status_code == 303
    trainer.follow()
    assert "직원이 만듦" in trainer.read()
    row = topic(db, 1001)
    assert row is not None
    assert row.name == "faq_club/own_1001"
    taught = db.scalars(select(TrainingSentence).where(TrainingSentence.topic == row.name)).all()
    assert {(each.intent, each.source, each.made_by) for each in taught} == {
        ("faq_club", "console", f"staff:{trainer.id}")
    }
    assert "\n".join(each.text for each in taught) == SENTENCES
    assert "교복을 입고 봉사해도 돼요?" in shown(app)
    more = {"sentences": "봉사 때 옷 뭐 입어"}
    assert trainer.post("/console/faq/1001/sentences", more, form_on="/console/faq/1001").status_code == 303
    trainer.follow()
    assert "가르친 예문 6개" in trainer.read()
    trainer.get("/console/training?meaning=faq_club/own_1001")
    assert "교복 차림으로 가도 되나" in trainer.read()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("sentences", "하나\n둘\n셋\n넷\n넷?", "지금은 4개"),
        ("intent", "", "목록에서 골라"),
        ("intent", "greeting", "갈래가 아니에요"),
        ("question", "두볼에 어떻게 가입해요?", "같은 질문이 이미"),
    ],
)
def test_a_new_question_that_is_not_whole_is_not_made_at_all(
    trainer: Colleague, db: Session, field: str, value: str, words: str
) -> None:
    assert trainer.post("/console/faq/new", NEW | {field: value}).status_code == 422
    assert words in trainer.read()
    assert topic(db, 1001) is None


def test_an_example_that_means_something_else_already_stops_the_whole_question(
    trainer: Colleague, db: Session
) -> None:
    trainer.post("/console/faq/new", NEW)
    second = NEW | {"question": "체육복을 입어도 돼요?", "short": "체육복도 돼요?", "intent": "faq_signup"}
    assert trainer.post("/console/faq/new", second).status_code == 422
    assert "교복 입고 봉사해도 돼?" in trainer.read()
    assert topic(db, 1002) is None


def test_a_form_that_was_sent_after_the_session_ended_is_kept_to_the_word(
    trainer: Colleague, db: Session, clock: SetClock
) -> None:
    form = typed(db, 1, answer="세션이 끝나기 전에 오래 고민해서 적은 답이에요. 잃어버리면 슬퍼요.")
    token = trainer.csrf(EDIT)
    clock.advance(timedelta(hours=2))
    answer = trainer.post_raw(EDIT, {"csrf_token": token, **form})
    assert answer.status_code == 401
    assert "적은 내용은 그대로 있어요" in trainer.read()


def test_an_answer_that_later_rules_forbid_is_told_and_the_file_stands_in(
    app: Flask, trainer: Colleague, db: Session
) -> None:
    row = topic(db, 1)
    assert row is not None
    row.content = {
        "answer": "{gone}",
        "question": "이제 못 쓰는 질문이에요?",
        "buttons": [{"label": "어디로?"}],
    }
    row.version += 1
    db.commit()
    app.extensions["topics"].look_again()
    assert "두볼에 어떻게 가입해요?" in shown(app)
    assert trainer.get("/console/faq/1").status_code == 200
    assert "지금 쓸 수 없는 글" in trainer.read()
    assert trainer.get(EDIT).status_code == 200
    assert "이제 못 쓰는 질문이에요?" in trainer.page.text  # type: ignore[union-attr]  # a page was just opened
    assert trainer.post("/console/faq/1/file", {"was": "9" * 30}, form_on=EDIT).status_code == 409
    assert trainer.post("/console/faq/1/file", {"was": "2"}, form_on=EDIT).status_code == 303
