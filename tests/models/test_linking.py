"""Linking by rule: numbers, codes, what moves, and what is worthless afterwards. On both stores."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.linking import (
    LIFETIME,
    WRONG_CODES,
    Linking,
    Move,
    Stage,
    check_code,
    finish,
    link_account,
    linking_by_link,
    linking_by_token,
    member_of_kakao_user,
    moves,
    other_accounts,
    start_from_chat,
    start_on_page,
    try_number,
    unlink_account,
)
from models.login_links import LinkState, peek, redeem
from models.members import ChannelAccount, Member
from models.one_time_codes import OneTimeCode, Purpose, new_code
from models.refusals import Reason, Refused
from models.rules import Rules
from models.web_sessions import find_session, open_session
from tests.world import make_account, make_member

RULES = Rules()
BROWSER = "b" * 32


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as db:
        yield db


@pytest.fixture
def account(db: Session) -> ChannelAccount:
    return make_account(db, None)


@pytest.fixture
def member(db: Session) -> Member:
    return make_member(db)


def arrive(db: Session, account: ChannelAccount, now: datetime) -> Linking:
    """Open the link of a card in a browser."""
    token, _ = start_from_chat(db, account, RULES, now)
    link = redeem(db, token, BROWSER, now).link
    assert link is not None
    linking = linking_by_link(db, link.id)
    assert linking is not None
    return linking


def wrong(number: str) -> str:
    return "10" if number != "10" else "11"


def ready(db: Session, account: ChannelAccount, member: Member, now: datetime) -> Linking:
    """Stand before the last yes."""
    linking = arrive(db, account, now)
    linking.sign_in(member)
    assert try_number(db, linking, linking.number)
    return linking


def code_of(db: Session, member: Member, now: datetime) -> str:
    return new_code(db, member, Purpose.LINK, RULES, now).code


# --- the way by a card


def test_the_way_by_a_card_is_sign_in_number_yes(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    linking = arrive(db, account, now)
    assert linking.stage(now) is Stage.SIGN_IN
    linking.sign_in(member)
    assert linking.stage(now) is Stage.NUMBER
    assert try_number(db, linking, f" {linking.number[0]} {linking.number[1]} ")
    assert linking.stage(now) is Stage.CONFIRM
    done = finish(db, linking, frozenset(), now)
    assert done is not None
    assert done.new
    assert account.member_id == member.id
    assert account.linked_at == now
    assert linking.stage(now) is Stage.DONE


def test_one_wrong_number_is_forgiven_two_burn_the_link(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    linking = arrive(db, account, now)
    linking.sign_in(member)
    assert not try_number(db, linking, wrong(linking.number))
    assert linking.stage(now) is Stage.NUMBER
    assert not try_number(db, linking, wrong(linking.number))
    assert linking.stage(now) is Stage.BURNT
    assert not try_number(db, linking, linking.number)
    assert finish(db, linking, frozenset(), now) is None
    assert account.member_id is None


def test_ninety_numbers_at_once_get_two_tries(database: Database, now: datetime) -> None:
    with database.session() as db:
        linking = arrive(db, make_account(db, None), now)
        linking.sign_in(make_member(db))
        number, linking_id = linking.number, linking.id
        db.commit()
    guesses = [str(guess) for guess in range(10, 100) if str(guess) != number][:11]

    def guess(typed: str) -> None:
        with database.session() as db:
            try_number(db, db.get_one(Linking, linking_id), typed)
            db.commit()

    threads = [threading.Thread(target=guess, args=[typed]) for typed in guesses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as db:
        linking = db.get_one(Linking, linking_id)
        assert linking.wrong_numbers == 2
        assert not try_number(db, linking, number)


@pytest.mark.parametrize("typed", ["", "abc", "①②", "9" * 500])
def test_what_is_no_number_is_wrong(
    db: Session, account: ChannelAccount, member: Member, now: datetime, typed: str
) -> None:
    linking = arrive(db, account, now)
    linking.sign_in(member)
    assert not try_number(db, linking, typed)


def test_signing_in_again_asks_for_the_number_again_and_ends_the_token_before(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    linking = arrive(db, account, now)
    before = linking.sign_in(member)
    assert try_number(db, linking, linking.number)
    after = linking.sign_in(make_member(db))
    assert linking.stage(now) is Stage.NUMBER
    assert linking_by_token(db, before) is None
    assert linking_by_token(db, after) is linking
    assert linking_by_token(db, "no token") is None


def test_half_an_hour_is_enough_and_not_more(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    linking = ready(db, account, member, now)
    late = now + LIFETIME
    assert linking.stage(late - timedelta(seconds=1)) is Stage.CONFIRM
    assert finish(db, linking, frozenset(), late) is None
    assert linking.stage(late) is Stage.EXPIRED


def test_a_chat_linked_by_somebody_else_meanwhile_is_not_linked_over(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    linking = ready(db, account, member, now)
    link_account(db, account, make_member(db), now)
    assert linking.stage(now) is Stage.VOID
    assert finish(db, linking, frozenset(Move), now) is None
    assert account.member_id != member.id


def test_a_member_deleted_meanwhile_is_linked_by_nobody(
    database: Database, member: Member, db: Session, account: ChannelAccount, now: datetime
) -> None:
    linking = ready(db, account, member, now)
    linking_id = linking.id
    db.commit()
    db.delete(member)
    db.commit()
    with database.session() as other:
        assert other.get(Linking, linking_id) is None


def test_nothing_moves_without_a_yes_to_just_that(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    linking = ready(db, account, member, now)
    elsewhere = make_account(db, member, "user-2")
    assert finish(db, linking, frozenset(), now) is None
    assert finish(db, linking, frozenset({Move.REPLACES}), now) is None
    done = finish(db, linking, frozenset({Move.LEAVES}), now)
    assert done is not None
    assert done.moved_from == (elsewhere,)
    assert elsewhere.member_id is None


def test_saying_yes_twice_links_once(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    linking = ready(db, account, member, now)
    assert finish(db, linking, frozenset(), now) is not None
    assert finish(db, linking, frozenset(), now) is None


def test_old_ways_are_swept_when_new_ones_begin(db: Session, account: ChannelAccount, now: datetime) -> None:
    arrive(db, account, now)
    start_from_chat(db, account, RULES, now + 3 * LIFETIME)
    assert len(db.scalars(select(Linking)).all()) == 1


# --- what moves


def test_linking_another_member_replaces_and_ends_what_came_from_the_old_one(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    before = make_member(db)
    link_account(db, account, before, now)
    session = open_session(db, account, browser=BROWSER, device="", rules=RULES, now=now)
    open_link, _ = start_from_chat(db, account, RULES, now)
    assert moves(db, account, member) == {Move.REPLACES}
    done = link_account(db, account, member, now)
    assert done.replaced is before
    assert find_session(db, session, RULES, now) is None
    assert peek(db, open_link, now).state is LinkState.VOID


def test_the_same_kakaotalk_may_talk_to_two_bots(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    other_bot = make_account(db, member, "user-2")
    other_bot.bot_id = "another-bot"
    db.flush()
    assert other_accounts(db, member, account) == []
    link_account(db, account, member, now)
    assert other_bot.member_id == member.id


def test_linking_what_is_linked_changes_nothing(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    link_account(db, account, member, now)
    assert moves(db, account, member) == frozenset()
    again = link_account(db, account, member, now + timedelta(days=1))
    assert not again.new
    assert account.linked_at == now


def test_unlinking_ends_the_sessions_and_what_was_unlinked_stays_so(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    link_account(db, account, member, now)
    session = open_session(db, account, browser=BROWSER, device="", rules=RULES, now=now)
    assert unlink_account(db, account, now)
    assert not unlink_account(db, account, now)
    assert find_session(db, session, RULES, now) is None


def test_children_under_fourteen_may_link_too(db: Session, account: ChannelAccount, now: datetime) -> None:
    child = make_member(db, born=now.date().replace(year=now.year - 10))
    assert finish(db, ready(db, account, child, now), frozenset(), now) is not None


# --- Kakao accounts


def test_a_kakao_account_is_kept_for_the_member_once_they_said_yes(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    linking = arrive(db, account, now)
    linking.sign_in(member, kakao_user_id="777", holds_chat=True)
    assert member_of_kakao_user(db, "777") is None
    finish(db, linking, frozenset(), now)
    db.flush()
    assert member_of_kakao_user(db, "777") is member


def test_a_kakao_account_of_one_member_is_not_taken_for_another(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    sister = make_member(db)
    sister.kakao_user_id = "777"
    linking = arrive(db, account, now)
    linking.sign_in(member, kakao_user_id="777", holds_chat=True)
    assert finish(db, linking, frozenset(), now) is not None
    assert member_of_kakao_user(db, "777") is sister


# --- the way by a code


def test_without_a_card_the_way_ends_with_a_code(db: Session, member: Member, now: datetime) -> None:
    linking = start_on_page(db, now)
    linking.sign_in(member)
    db.flush()
    assert linking.stage(now) is Stage.CODE
    assert finish(db, linking, frozenset(), now) is None


@pytest.mark.parametrize("shape", ["{0}{1}", "{0} {1}", "{0}-{1}", " {0} - {1} "])
def test_a_code_is_known_however_it_is_typed(
    db: Session, account: ChannelAccount, member: Member, now: datetime, shape: str
) -> None:
    code = code_of(db, member, now)
    found = check_code(db, account, shape.format(code[:4], code[4:]), now)
    assert isinstance(found, OneTimeCode)
    assert found.member_id == member.id


def test_full_width_digits_are_digits(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    code = code_of(db, member, now)
    wide = "".join(chr(ord("０") + int(digit)) for digit in code)
    assert isinstance(check_code(db, account, wide, now), OneTimeCode)


def test_looking_spends_nothing_and_a_code_is_spent_once(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    code = code_of(db, member, now)
    for _ in range(3):
        assert isinstance(check_code(db, account, code, now), OneTimeCode)
    assert isinstance(check_code(db, account, code, now, spend=True), OneTimeCode)
    db.flush()
    again = check_code(db, account, code, now, spend=True)
    assert isinstance(again, Refused)
    assert again.reason is Reason.CODE_WRONG


def test_of_many_chats_with_one_code_at_once_exactly_one_gets_it(database: Database, now: datetime) -> None:
    with database.session() as db:
        code = code_of(db, make_member(db), now)
        accounts = [make_account(db, None, f"chat-{number}").id for number in range(6)]
        db.commit()
    ready_to_go = threading.Barrier(len(accounts))

    def spend(account_id: int) -> bool:
        with database.session() as db:
            account = db.get_one(ChannelAccount, account_id)
            ready_to_go.wait(10)
            found = check_code(db, account, code, now, spend=True)
            db.commit()
            return isinstance(found, OneTimeCode)

    with ThreadPoolExecutor(len(accounts)) as pool:
        assert sum(pool.map(spend, accounts)) == 1


def test_a_code_for_something_else_or_out_of_time_links_nobody(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    step_up = new_code(db, member, Purpose.STEP_UP, RULES, now).code
    assert isinstance(check_code(db, account, step_up, now), Refused)
    code = code_of(db, member, now)
    assert isinstance(check_code(db, account, code, now + timedelta(minutes=RULES.code_ttl_min)), Refused)


def test_five_wrong_codes_lock_a_chat_for_an_hour_and_no_other_chat(
    db: Session, account: ChannelAccount, member: Member, now: datetime
) -> None:
    code = code_of(db, member, now)
    guess = f"{(int(code) + 1) % 10**8:08}"
    reasons = []
    for _ in range(WRONG_CODES):
        refused = check_code(db, account, guess, now)
        assert isinstance(refused, Refused)
        reasons.append(refused.reason)
    assert reasons == [*[Reason.CODE_WRONG] * (WRONG_CODES - 1), Reason.CODES_LOCKED]
    locked = check_code(db, account, code, now, spend=True)
    assert isinstance(locked, Refused)
    assert "11시 0분부터" in locked.words
    other = make_account(db, None, "user-2")
    assert isinstance(check_code(db, other, code, now), OneTimeCode)
    later = now + timedelta(hours=1)
    assert isinstance(check_code(db, account, code_of(db, member, later), later), OneTimeCode)
