"""Login links, sessions and codes under pressure, on both stores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.linking import link_account, unlink_account
from models.login_links import LinkState, LoginLink, issue, peek, redeem, spent_here
from models.members import ChannelAccount, Member
from models.notices import add_notice
from models.one_time_codes import OneTimeCode, Purpose, new_code, try_code
from models.outbox import Alert, NoticeCard
from models.refusals import Reason
from models.rules import Rules
from models.tokens import new_token
from models.web_sessions import find_session, open_session, open_sessions_of
from tests.world import make_account, make_member

T = TypeVar("T")
RULES = Rules()


@pytest.fixture
def account(database: Database) -> ChannelAccount:
    with database.session() as db:
        account = make_account(db, make_member(db))
        db.commit()
        return account


def issued(database: Database, account: ChannelAccount, now: datetime, page: str = "home") -> str:
    with database.session() as db:
        token = issue(db, db.merge(account), page, "", rules=RULES, now=now)
        db.commit()
    return token


def at_once(database: Database, work: Callable[[Session, int], T], times: int = 8) -> list[T]:
    """Run ``work`` in so many transactions at the same moment."""

    def one(number: int) -> T:
        with database.session() as db:
            result = work(db, number)
            db.commit()
            return result

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_what_is_stored_of_a_token_does_not_open_anything(
    database: Database, account: ChannelAccount, now: datetime
) -> None:
    token = issued(database, account, now)
    with database.session() as db:
        stored = db.scalars(select(LoginLink)).one().token_hash
        assert token not in stored
        assert peek(db, stored, now).state is LinkState.UNKNOWN
        assert peek(db, token, now).state is LinkState.OPEN


def test_tokens_do_not_repeat_and_carry_enough_chance() -> None:
    tokens = {new_token() for _ in range(10_000)}
    assert len(tokens) == 10_000
    assert {len(token) for token in tokens} == {32}  # 32 characters of 6 bits


def test_of_many_at_once_exactly_one_redeems(
    database: Database, account: ChannelAccount, now: datetime
) -> None:
    token = issued(database, account, now)
    browsers = [new_token() for _ in range(8)]
    states = at_once(database, lambda db, n: redeem(db, token, browsers[n], now).state)
    assert sorted(states) == sorted([LinkState.OPEN] + [LinkState.SPENT] * 7)
    with database.session() as db:
        link = db.scalars(select(LoginLink)).one()
        assert [spent_here(link, browser) for browser in browsers].count(True) == 1


@pytest.mark.parametrize(("minutes", "state"), [(9, LinkState.OPEN), (10, LinkState.EXPIRED)])
def test_a_link_lives_ten_minutes(
    database: Database, account: ChannelAccount, now: datetime, minutes: int, state: LinkState
) -> None:
    token = issued(database, account, now)
    with database.session() as db:
        assert redeem(db, token, new_token(), now + timedelta(minutes=minutes)).state is state


def test_peeking_changes_nothing(database: Database, account: ChannelAccount, now: datetime) -> None:
    token = issued(database, account, now)
    with database.session() as db:
        for _ in range(3):
            assert peek(db, token, now).state is LinkState.OPEN
        assert not db.dirty


def test_a_link_of_before_the_account_changed_hands_is_void(
    database: Database, account: ChannelAccount, now: datetime
) -> None:
    token = issued(database, account, now)
    with database.session() as db:
        link_account(db, db.get_one(ChannelAccount, account.id), make_member(db), now)
        db.commit()
        assert peek(db, token, now).state is LinkState.VOID


def test_a_session_ends_with_the_account_link(
    database: Database, account: ChannelAccount, now: datetime
) -> None:
    with database.session() as db:
        mine = db.get_one(ChannelAccount, account.id)
        token = open_session(db, mine, browser=new_token(), device="아이폰", rules=RULES, now=now)
        db.commit()
        assert find_session(db, token, RULES, now) is not None
        unlink_account(db, mine, now)
        db.commit()
        assert find_session(db, token, RULES, now) is None


def test_a_browser_has_one_session_and_a_member_may_have_several(
    database: Database, account: ChannelAccount, now: datetime
) -> None:
    with database.session() as db:
        mine = db.get_one(ChannelAccount, account.id)
        phone, computer = new_token(), new_token()
        for browser in (phone, phone, computer):
            open_session(db, mine, browser=browser, device="", rules=RULES, now=now)
            db.commit()
        assert len(open_sessions_of(db, db.get_one(Member, mine.member_id), RULES, now)) == 2


def test_wrong_codes_at_the_same_moment_are_all_counted(
    database: Database, account: ChannelAccount, now: datetime
) -> None:
    with database.session() as db:
        code = new_code(db, db.get_one(Member, account.member_id), Purpose.STEP_UP, RULES, now).code
        db.commit()
    wrong = f"{(int(code) + 1) % 10**6:06}"

    def guess(db: Session, _number: int) -> Reason:
        member = db.get_one(Member, account.member_id)
        refused = try_code(db, member, Purpose.STEP_UP, wrong, RULES, now)
        assert refused is not None
        return refused.reason

    reasons = at_once(database, guess)
    assert reasons.count(Reason.CODE_WRONG) == 4
    assert reasons.count(Reason.CODES_LOCKED) == 4
    with database.session() as db:
        assert db.scalars(select(OneTimeCode)).one().attempts == 5


def test_the_right_code_at_the_same_moment_is_spent_once(
    database: Database, account: ChannelAccount, now: datetime
) -> None:
    with database.session() as db:
        code = new_code(db, db.get_one(Member, account.member_id), Purpose.STEP_UP, RULES, now).code
        db.commit()

    def use(db: Session, _number: int) -> bool:
        return try_code(db, db.get_one(Member, account.member_id), Purpose.STEP_UP, code, RULES, now) is None

    assert at_once(database, use).count(True) == 1


def test_a_code_for_one_purpose_proves_nothing_for_another(
    database: Database, account: ChannelAccount, now: datetime
) -> None:
    with database.session() as db:
        member = db.get_one(Member, account.member_id)
        code = new_code(db, member, Purpose.GUARDIAN, RULES, now).code
        refused = try_code(db, member, Purpose.STEP_UP, code, RULES, now)
        assert refused is not None
        assert refused.reason is Reason.CODE_EXPIRED


def test_full_width_digits_blanks_and_hyphens_do_not_matter(
    database: Database, account: ChannelAccount, now: datetime
) -> None:
    with database.session() as db:
        member = db.get_one(Member, account.member_id)
        code = new_code(db, member, Purpose.STEP_UP, RULES, now).code
        wide = "".join(chr(ord("０") + int(digit)) for digit in code)
        assert try_code(db, member, Purpose.STEP_UP, f" {wide[:3]}-{wide[3:]} ", RULES, now) is None


def test_of_an_alerts_link_only_the_first_opening_is_noted(
    database: Database, account: ChannelAccount, now: datetime
) -> None:
    with database.session() as db:
        alert = add_notice(db, db.merge(account), NoticeCard("제목", "말"), now)
        tokens = [issue(db, account, "home", "", rules=RULES, now=now, alert_id=alert.id) for _ in range(3)]
        db.commit()
        peek(db, tokens[0], now)
        assert opened(db, alert) is None
        redeem(db, tokens[0], "browser", now + timedelta(minutes=20))  # too late
        assert opened(db, alert) is None
        redeem(db, tokens[1], "browser", now + timedelta(minutes=1))
        redeem(db, tokens[2], "browser", now + timedelta(minutes=2))
        assert opened(db, alert) == now + timedelta(minutes=1)


def opened(db: Session, alert: Alert) -> datetime | None:
    db.commit()
    return db.scalar(select(Alert.tapped_at).where(Alert.id == alert.id))
