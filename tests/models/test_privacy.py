"""Handing a person everything that is stored about them, and nothing else."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.database import Database
from models.follows import follow
from models.linking import unlink_account
from models.members import ChannelAccount, ConversationTurn, Member
from models.notices import add_notice
from models.one_time_codes import Purpose, new_code
from models.outbox import AttemptState, NoticeCard, written
from models.privacy import LEFT_OUT, TOPICS, export, stored
from models.profiles import update_profile
from models.recommendations import Recommendation
from models.rules import Rules
from models.tables import Base
from models.tickets import TicketKind, open_ticket
from models.web_sessions import open_session
from tests.outbox_rows import make_alert, make_attempt
from tests.world import (
    make_account,
    make_application,
    make_certificate,
    make_consent,
    make_member,
    make_record,
    make_session,
)

NAMED = {table.kind.__tablename__ for topic in TOPICS for table in topic.tables}
OPENS_SOMETHING = re.compile(r"token|secret|password|(^|_)key$|(^|_)code$")
HARMLESS = {"user_key", "field_code", "sido_code", "sigungu_code", "attempt.code"}
"""Columns whose names sound like secrets and are none."""


def personal_tables() -> set[str]:
    """Return every table that hangs on a person, directly or by another that does."""
    found = {"member"}
    while True:
        more = {
            table.name
            for table in Base.metadata.sorted_tables
            if {key.column.table.name for key in table.foreign_keys} & found
            or {"member_id", "account_id"} & set(table.columns.keys())
        }
        if more <= found:
            return found
        found |= more


def test_every_table_that_hangs_on_a_person_is_handed_out() -> None:
    assert personal_tables() == NAMED


def test_what_is_left_out_exists_and_nothing_else_sounds_like_a_secret() -> None:
    columns = {f"{table.name}.{key}" for table in Base.metadata.sorted_tables for key in table.columns.keys()}  # noqa: SIM118 - not a dict
    assert set(LEFT_OUT) <= columns
    handed = {each for each in columns - set(LEFT_OUT) if each.split(".")[0] in NAMED}
    suspicious = {
        each for each in handed if OPENS_SOMETHING.search(each.split(".")[1]) and not each.endswith("_hash")
    }
    assert {each for each in suspicious if not {each, each.split(".")[1]} & HARMLESS} == set()


def test_no_hash_is_handed_out_not_even_one_of_a_new_table(database: Database, now: datetime) -> None:
    with database.session() as db:
        text = json.dumps(export(db, _with_everything(db, now), now), ensure_ascii=False)
    assert "_hash" not in text


def test_everything_of_one_person_is_in_it_in_plain_words(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = _with_everything(db, now)
        text = json.dumps(export(db, member, now), ensure_ascii=False)
        for words in ("홍길동", "010-0000-1234", "2010-05-05", "하천 쓰레기 줍기", "천안천", "도와주세요"):
            assert words in text
        assert "오늘 신청한 거 보여 줘" in text
        assert '"title": "취소했어요"' in text
        tables = {
            name: rows for topic in export(db, member, now)["자료"] for name, rows in topic["기록"].items()
        }
        assert set(tables) == NAMED
        assert tables["application"][0]["state"] == "applied"
        assert tables["profile_change"][0]["fields"] == ["hours_goal"]
        assert tables["web_session"][0]["device"] == "아이폰 · 카카오톡"


def test_nothing_of_anybody_else_is_in_it(database: Database, now: datetime) -> None:
    with database.session() as db:
        _with_everything(db, now)
        nobody = make_member(db, name="김낯선", phone="010-0000-7777")
        make_account(db, nobody, "user-2")
        db.commit()
        assert [count for _, count in stored(db, nobody)] == [1, 0, 1, *[0] * (len(TOPICS) - 3)]
        text = json.dumps(export(db, nobody, now), ensure_ascii=False)
        assert "홍길동" not in text
        assert "신청한 거" not in text


def test_a_guardian_is_in_it_only_masked(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db, guardian_agreed=True)
        member.guardian_name, member.guardian_phone = "김나무", "010-0000-1013"
        member.guardian_consents[0].guardian_name = "김나무"
        db.commit()
        text = json.dumps(export(db, member, now), ensure_ascii=False)
        assert "김나무" not in text
        assert "김*무" in text
        assert "010-****-1013" in text


def test_no_code_and_no_token_is_in_it(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        account = make_account(db, member)
        code = new_code(db, member, Purpose.STEP_UP, Rules(), now).code
        notice = add_notice(db, account, NoticeCard("안녕", "반가워요"), now)
        token = open_session(db, account, browser="b", device="아이폰", rules=Rules(), now=now)
        db.commit()
        text = json.dumps(export(db, member, now), ensure_ascii=False)
        for secret in (code, notice.key, notice.code, token):
            assert f'"{secret}"' not in text


def test_an_alert_that_came_by_text_is_in_it_with_every_try_and_what_it_was_about(
    database: Database, now: datetime
) -> None:
    with database.session() as db:
        member = make_member(db)
        alert = make_alert(db, member, channel="sms", content=written(NoticeCard("봉사 신청 결과", "됐어요")))
        for channel, state in (("alimtalk", AttemptState.FAILED), ("sms", AttemptState.DELIVERED)):
            make_attempt(db, alert, channel, state, at=now)
        update_profile(db, member, {"hours_goal": "40"}, now)
        db.commit()
        tables = {
            name: rows for topic in export(db, member, now)["자료"] for name, rows in topic["기록"].items()
        }
        assert [row["content"]["text"] for row in tables["alert"]] == ["됐어요"]
        assert [(row["channel"], row["state"]) for row in tables["attempt"]] == [
            ("alimtalk", "failed"),
            ("sms", "delivered"),
        ]
        assert [row["kind"] for row in tables["event"]] == ["profile_changed"]


def test_what_a_chat_said_before_it_was_linked_is_not_handed_out(database: Database, now: datetime) -> None:
    with database.session() as db:
        first = make_member(db, name="김먼저")
        account = make_account(db, first)
        _say(db, account, "먼저 쓰던 사람의 말", now)
        add_notice(db, account, NoticeCard("먼저 쓰던 사람의 카드", "이름"), now)
        unlink_account(db, account, now)
        later = now + timedelta(days=1)
        second = make_member(db)
        account.member, account.linked_at = second, later
        _say(db, account, "지금 쓰는 사람의 말", later)
        db.commit()
        text = json.dumps(export(db, second, later), ensure_ascii=False)
        assert "먼저 쓰던 사람" not in text
        assert "지금 쓰는 사람의 말" in text


def test_every_topic_is_counted_by_its_first_table(database: Database, now: datetime) -> None:
    with database.session() as db:
        counted = {topic.title: count for topic, count in stored(db, _with_everything(db, now))}
    for title in (
        "봉사 신청",
        "봉사시간",
        "확인서",
        "챗봇 대화",
        "상담 요청",
        "로그인 기록",
        "내 정보가 바뀐 기록",
    ):
        assert counted[title] == 1
    assert counted["재능나눔"] == 0


def test_days_follows_and_recommendations_are_in_it_by_name(database: Database, now: datetime) -> None:
    with database.session() as db:
        member, session = make_member(db), make_session(db)
        program = session.program
        assert program.host is not None
        member.free_days = 1 + 64
        follow(db, member, program.host, now)
        db.add(
            Recommendation(
                member_id=member.id, program_id=program.id, kind=10, reasons="host", score=8, at=now
            )
        )
        db.commit()
        tables = {
            name: rows for topic in export(db, member, now)["자료"] for name, rows in topic["기록"].items()
        }
    assert tables["member"][0]["free_days"] == ["월요일", "일요일"]
    assert tables["follow"][0]["name"] == "천안청소년수련관"
    assert tables["recommendation"][0]["title"] == "하천 쓰레기 줍기"


def _with_everything(db: Session, now: datetime) -> Member:
    member = make_member(db)
    account = make_account(db, member)
    application = make_application(db, member, make_session(db))
    record = make_record(db, member, application=application)
    make_certificate(db, member, record=record)
    make_consent(db, member, dovol=True, site_1365=None)
    _say(db, account, "오늘 신청한 거 보여 줘", now)
    add_notice(db, account, NoticeCard("취소했어요", "다시 신청할 수 있어요."), now)
    kind = TicketKind.QUESTION
    open_ticket(db, account_id=account.id, member_id=member.id, kind=kind, summary="도와주세요", now=now)
    update_profile(db, member, {"hours_goal": "40"}, now)
    open_session(db, account, browser="b", device="아이폰 · 카카오톡", rules=Rules(), now=now)
    db.commit()
    return member


def _say(db: Session, account: ChannelAccount, words: str, at: datetime) -> None:
    turn = ConversationTurn(
        account_id=account.id,
        at=at,
        words=words,
        pressed=False,
        intent="greeting",
        confidence=1.0,
        source="nlu",
        outcome="answered",
        milliseconds=10,
    )
    db.add(turn)
    db.flush()
