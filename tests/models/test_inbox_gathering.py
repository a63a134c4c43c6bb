"""Turns that were misunderstood become sentences of the inbox, once each, without personal data, beside their like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.database import Database
from models.inbox import InboxGroup, InboxMark, InboxSentence, InboxTurn, SentenceState, Why, open_count
from models.inbox_gathering import SETTLED, gather, hidden
from models.members import ChannelAccount, ConversationTurn, Member
from models.retention import purge
from models.rules import Rules
from quality.meaning import Meaning
from tests.world import make_account, make_member

RULES = Rules()


class ByFirstWord:
    """Vectors by hand: sentences that begin with the same word mean the same."""

    def __init__(self, name: str = "by hand", turned: int = 0) -> None:
        self.name, self.turned, self.seen = name, turned, list[str]()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.seen += texts
        vectors = np.zeros((len(texts), 16), np.float32)
        for row, text in enumerate(texts):
            vectors[row, (sum(map(ord, text.split()[0])) + self.turned) % 16] = 1
        return vectors


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as db:
        yield db


@pytest.fixture
def account(db: Session) -> ChannelAccount:
    account = make_account(db, make_member(db, name="홍길동"))
    db.commit()
    return account


def say(db: Session, account: ChannelAccount, words: str, at: datetime, **more: Any) -> ConversationTurn:
    values: dict[str, Any] = {
        "pressed": False,
        "intent": "find_program",
        "topic": None,
        "confidence": 0.3,
        "source": "nlu",
        "outcome": "not_understood",
        "milliseconds": 1,
    }
    turn = ConversationTurn(account_id=account.id, at=at, words=words, **(values | more))
    db.add(turn)
    db.commit()
    return turn


def run(db: Session, now: datetime, vectors: ByFirstWord | None = None) -> int:
    return gather(db, RULES, now + 2 * SETTLED, vectors or ByFirstWord())


def sentences(db: Session) -> dict[str, InboxSentence]:
    db.expire_all()
    return {row.text: row for row in db.scalars(select(InboxSentence))}


def test_what_was_misunderstood_comes_in_with_its_reason(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    say(db, account, "모르는 말", now)
    say(db, account, "둘 중 하나", now, outcome="asked_meaning")
    say(db, account, "엉뚱한 대답", now, outcome="asked_again")
    say(db, account, "애매한 말", now, outcome="answered", confidence=0.59)
    say(db, account, "별로인 답", now, outcome="answered", confidence=0.9, rating=-1)
    say(db, account, "직접 고른 말", now, outcome="answered", source="clarified", pressed=True)
    assert run(db, now) == 6
    assert {text: Why(row.reasons) for text, row in sentences(db).items()} == {
        "모르는 말": Why.NOT_UNDERSTOOD,
        "둘 중 하나": Why.ASKED,
        "엉뚱한 대답": Why.ASKED_AGAIN,
        "애매한 말": Why.UNSURE,
        "별로인 답": Why.DISLIKED,
        "직접 고른 말": Why.CHOSEN,
    }


def test_what_was_understood_pressed_or_says_nothing_stays_out(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    say(db, account, "봉사 찾아줘", now, outcome="answered", confidence=0.6)
    say(db, account, "다른 거예요", now, source="clarified", intent="clarify_needed", outcome="answered")
    say(db, account, "내 봉사시간", now, source="menu", outcome="answered", confidence=1, rating=-1)
    say(db, account, "됐어", now, source="choice", outcome="answered", confidence=1)
    say(db, account, "🙏 … !!", now)
    say(db, account, "서버가 멈춤", now, source="none", outcome="nlu_down", confidence=1)
    run(db, now)
    assert sentences(db) == {}


def test_a_sentence_is_there_once_however_it_is_written_and_counts_its_turns(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    for words in ("봉사 어디서해", "봉사 어디서 해?", "봉사 어디서해~"):
        say(db, account, words, now)
    run(db, now)
    later = now + timedelta(hours=1)
    say(db, account, "봉사 어디서 해", later, outcome="asked_meaning")
    run(db, later)
    (row,) = sentences(db).values()
    assert (row.text, row.times, row.last_at) == ("봉사 어디서해", 4, later)
    assert Why(row.reasons) == Why.NOT_UNDERSTOOD | Why.ASKED
    assert db.scalar(select(func.count()).select_from(InboxTurn)) == 4


def test_sentences_lie_in_groups_by_meaning_and_the_biggest_is_counted_by_turns(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    for words in ("봉사 하나", "봉사 둘", "봉사 둘", "취소 하나"):
        say(db, account, words, now)
    run(db, now)
    say(db, account, "봉사 셋", now)
    run(db, now)
    groups = db.scalars(select(InboxGroup).order_by(InboxGroup.times.desc())).all()
    assert [(group.sentences, group.times) for group in groups] == [(3, 4), (1, 1)]
    assert open_count(db) == 2


def test_only_new_sentences_are_encoded(db: Session, account: ChannelAccount, now: datetime) -> None:
    vectors = ByFirstWord()
    say(db, account, "봉사 하나", now)
    run(db, now, vectors)
    say(db, account, "봉사 하나", now)
    say(db, account, "봉사 둘", now)
    run(db, now, vectors)
    assert vectors.seen == ["봉사 하나", "봉사 둘"]


def test_a_run_again_and_a_run_that_was_cut_off_change_nothing(
    db: Session, database: Database, account: ChannelAccount, now: datetime
) -> None:
    say(db, account, "봉사 하나", now)

    class Dies(ByFirstWord):
        def __call__(self, _: Sequence[str]) -> NDArray[np.float32]:
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"), database.session() as other:
        run(other, now, Dies())
    assert sentences(db) == {}
    for _ in range(2):
        run(db, now)
    assert [row.times for row in sentences(db).values()] == [1]


def test_of_two_workers_at_once_only_one_brings_its_work_in(
    db: Session, database: Database, account: ChannelAccount, now: datetime
) -> None:
    say(db, account, "봉사 하나", now)

    class Overtaken(ByFirstWord):
        def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if not self.seen:
                with database.session() as other:
                    assert run(other, now) == 1
            return super().__call__(texts)

    assert run(db, now, Overtaken()) == 0
    assert [row.times for row in sentences(db).values()] == [1]


def test_turns_that_may_still_be_followed_by_smaller_numbers_wait(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    say(db, account, "봉사 하나", now)
    assert gather(db, RULES, now, ByFirstWord()) == 0
    assert gather(db, RULES, now + 2 * SETTLED, ByFirstWord()) == 1


def test_a_long_backlog_is_worked_off_in_steps(db: Session, account: ChannelAccount, now: datetime) -> None:
    for number in range(7):
        say(db, account, f"봉사 {number}번째", now)
    mark = db.scalars(select(InboxMark)).one()
    mark.turn_id -= 4000  # as after many turns that were deleted
    db.commit()
    assert run(db, now) == 7


def test_what_the_model_guessed_found_and_the_person_chose_is_kept(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    understood = {
        "ranking": [["faq_signup", 0.4], ["login_problem", 0.3]],
        "entities": [["date", "토요일"], ["host", "도서관"], ["date", "없는 말"]],
    }
    words = "토요일에 도서관 가입"
    say(db, account, words, now, intent="faq_signup", topic="faq_signup/how", understood=understood)
    say(db, account, words, now, intent="login_problem", source="clarified", confidence=1, outcome="answered")
    run(db, now)
    row = sentences(db)[words]
    assert row.guesses == [["faq_signup", "faq_signup/how", 0.4], ["login_problem", None, 0.3]]
    assert row.marks == [[0, 3, "date"], [5, 8, "host"]]
    assert row.chosen == {"login_problem": 1}


def test_a_rating_that_comes_later_counts_no_turn_twice(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    unsure = say(db, account, "봉사 하나", now, outcome="answered")
    sure = say(db, account, "봉사 둘", now, outcome="answered", confidence=0.9)
    run(db, now)
    assert list(sentences(db)) == ["봉사 하나"]
    for turn in (unsure, sure):
        db.get_one(ConversationTurn, turn.id).rating = -1
    db.commit()
    for _ in range(2):
        run(db, now)
    assert {text: (row.times, Why(row.reasons)) for text, row in sentences(db).items()} == {
        "봉사 하나": (1, Why.UNSURE | Why.DISLIKED),
        "봉사 둘": (1, Why.DISLIKED),
    }


@pytest.mark.parametrize(
    ("then", "left"),
    [
        (None, True),
        ({"words": "아니", "source": "choice", "intent": "thanks_bye"}, True),
        ({"words": "신청 안 할래", "outcome": "declined"}, True),
        ({"words": "네", "source": "choice", "intent": "apply_program"}, False),
    ],
)
def test_who_leaves_a_question_unanswered_may_have_meant_something_else(
    db: Session, account: ChannelAccount, now: datetime, then: dict[str, Any] | None, left: bool
) -> None:
    sure: dict[str, Any] = {"confidence": 0.9, "outcome": "answered"}
    asks = {"ranking": [["apply_program", 0.9]], "asks": "apply_program"}
    say(db, account, "봉사 하나", now, understood=asks, **sure)
    if then is not None:
        say(db, account, at=now + timedelta(minutes=1), **({"words": ""} | sure | then))
    run(db, now)
    assert sentences(db) == {}  # there is still time to answer
    run(db, now + timedelta(minutes=31))
    assert {text: Why(row.reasons) for text, row in sentences(db).items()} == (
        {"봉사 하나": Why.LEFT} if left else {}
    )


def test_a_taught_sentence_that_is_said_again_stays_out_of_the_way(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    say(db, account, "봉사 하나", now)
    run(db, now)
    sentences(db)["봉사 하나"].state = SentenceState.TAUGHT
    db.commit()
    say(db, account, "봉사 하나", now)
    run(db, now)
    assert sentences(db)["봉사 하나"].times == 2
    assert open_count(db) == 0


def test_after_a_new_encoder_groups_stay_and_take_what_is_like_them(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    say(db, account, "봉사 하나", now)
    run(db, now)
    say(db, account, "봉사 둘", now)
    run(db, now, ByFirstWord("another", turned=3))
    assert db.scalar(select(func.count()).select_from(InboxGroup)) == 1


def test_what_is_too_old_goes_with_its_turns_labels_and_empty_groups(
    db: Session, account: ChannelAccount, now: datetime
) -> None:
    say(db, account, "봉사 하나", now - timedelta(days=200))
    say(db, account, "취소 하나", now)
    run(db, now)
    purge(db, RULES, now)
    assert list(sentences(db)) == ["취소 하나"]
    assert db.scalar(select(func.count()).select_from(InboxGroup)) == 1
    assert db.scalar(select(func.count()).select_from(InboxTurn)) == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("나 길동인데 봉사 찾아줘", "나 ○○○인데 봉사 찾아줘"),
        ("홍길동이고 010-1234-5678이야", "○○○이고 [연락처 가림]이야"),
        ("2010.5.5생 맞아?", "[생일 가림]생 맞아?"),
        ("생일 100505로 가입", "생일 [생일 가림]로 가입"),
        ("5월 5일생이에요", "[생일 가림]생이에요"),
        ("5월 5일에 봉사 있어?", "5월 5일에 봉사 있어?"),
        ("나 천안중학교 다녀", "나 ○○학교 다녀"),
        ("학번 20240117인데", "학번 [번호 가림]인데"),
        ("3동 504호 살아", "[주소 가림] 살아"),
        ("1365 연동 돼?", "1365 연동 돼?"),
    ],
)
def test_nothing_that_tells_who_wrote_it_comes_in(said: str, kept: str) -> None:
    member = Member(name="홍길동", birth_date=date(2010, 5, 5), school="천안중학교", dovol_id="hong2010")
    assert hidden(said, member) == kept


def test_the_encoder_puts_sentences_beside_those_that_say_the_same() -> None:
    meaning = Meaning()
    one, same, other = meaning(["봉사시간 얼마나 찼어", "내 봉사시간 몇시간이야", "신청한 거 취소할래"])
    assert one @ one == pytest.approx(1, abs=1e-5)
    assert one @ same > 0.45 > one @ other
    assert len(meaning.name) == 16
