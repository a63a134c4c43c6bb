"""Nothing is kept longer than it is needed for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from models.database import Database
from models.login_links import LoginLink, issue
from models.members import ConversationTurn
from models.notices import add_notice
from models.one_time_codes import OneTimeCode, Purpose, new_code
from models.outbox import Alert, NoticeCard
from models.recommendations import Recommendation
from models.retention import BATCH, purge
from models.rules import Rules
from models.tokens import new_token
from models.web_sessions import WebSession, open_session
from tests.world import make_account, make_member, make_program

TABLES = (ConversationTurn, LoginLink, Alert, OneTimeCode, WebSession)
RULES = Rules()


def plant(database: Database, at: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        account = make_account(db, member, f"user-{at:%s}")
        issue(db, account, "home", "", rules=RULES, now=at)
        open_session(db, account, browser=new_token(), device="", rules=RULES, now=at)
        add_notice(db, account, NoticeCard("제목", "말"), at)
        new_code(db, member, Purpose.STEP_UP, RULES, at)
        db.add(
            ConversationTurn(
                account_id=account.id,
                at=at,
                words="",
                pressed=False,
                intent="greeting",
                confidence=1,
                source="menu",
                outcome="answered",
                milliseconds=1,
            )
        )
        db.commit()


def counted(database: Database) -> dict[str, int]:
    with database.session() as db:
        return {t.__tablename__: db.scalar(select(func.count()).select_from(t)) or 0 for t in TABLES}


def test_what_is_too_old_goes_and_the_rest_stays(database: Database, now: datetime) -> None:
    for days in (0, 29, 31, 181):
        plant(database, now - timedelta(days=days))
    with database.session() as db:
        gone = purge(db, RULES, now)
    assert counted(database) == dict.fromkeys(counted(database), 2) | {"conversation_turn": 3}
    assert gone["conversation_turn"] == 1
    with database.session() as db:
        assert set(purge(db, RULES, now).values()) == {0}


def test_many_rows_go_in_batches(database: Database, now: datetime) -> None:
    with database.session() as db:
        account = make_account(db, make_member(db))
        for _ in range(BATCH + 10):
            issue(db, account, "home", "", rules=RULES, now=now - timedelta(days=40))
        db.commit()
        assert purge(db, RULES, now)["login_link"] == BATCH + 10


def test_recommendations_go_a_month_after_their_programme(database: Database, now: datetime) -> None:
    with database.session() as db:
        member = make_member(db)
        for days in (1, -29, -31):
            program = make_program(db, last_date=(now + timedelta(days=days)).date())
            db.add(
                Recommendation(
                    member_id=member.id, program_id=program.id, kind=10, reasons="near", score=2, at=now
                )
            )
        db.commit()
        assert purge(db, RULES, now)["recommendation"] == 1
        assert db.scalar(select(func.count()).select_from(Recommendation)) == 2
