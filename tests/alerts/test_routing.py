"""By which way a message reaches a person: what they want, where they are, what is set up."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from alerts.kinds import KINDS
from alerts.routing import Recipient, Ways, load_recipients, route
from models.alert_settings import ALWAYS_ON, CHANNELS, set_alerts, set_quiet_hours
from models.database import Database
from models.members import ChannelAccount
from models.notices import add_notice
from models.outbox import Alert, NoticeCard
from models.rules import Rules
from tests.alerts.office import befriend, owe
from tests.world import NOW, make_account, make_member

RULES = Rules()
ALL = Ways(("kakao", "alimtalk", "sms"), advertising_by_text=True)
FRIEND, OTHER = ChannelAccount(user_key="k", is_friend=True), ChannelAccount(user_key="k", is_friend=False)
QUIET = (RULES.quiet_from, RULES.quiet_until)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


def person(
    chat: ChannelAccount | None = FRIEND,
    phone: str = "010-0000-1234",
    on: Collection[str] = ("kakao", "sms"),
    *,
    is_guardian: bool = False,
) -> Recipient:
    return Recipient(None, chat, QUIET, on, phone, is_guardian)


def ways(to: Recipient, kind: int = 4, set_up: Ways = ALL) -> tuple[str, ...]:
    return route(Alert(kind=kind), to, set_up)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not KINDS[kind].advertising])
def test_a_friend_is_told_in_the_chat_first_then_by_alimtalk_then_by_text(kind: int) -> None:
    assert ways(person(), kind) == ("kakao", "alimtalk", "sms")


@pytest.mark.parametrize(
    ("to", "order"),
    [
        (person(OTHER), ("alimtalk", "sms")),
        (person(None), ("alimtalk", "sms")),
        (person(phone=""), ("kakao",)),
        (person(None, phone=""), ()),
        (person(on=("kakao",)), ("kakao", "alimtalk")),
        (person(on=("sms",)), ("sms",)),
        (person(OTHER, on=("kakao",)), ("alimtalk",)),
        (person(on=()), ()),
    ],
    ids=[
        "no friend",
        "no chat",
        "no number",
        "neither",
        "no texts",
        "texts only",
        "no friend and no texts",
        "nothing",
    ],
)
def test_only_ways_that_exist_and_are_wanted_are_tried(to: Recipient, order: tuple[str, ...]) -> None:
    assert ways(to) == order


@pytest.mark.parametrize("kind", [10, 11])
def test_recommendations_never_go_by_alimtalk(kind: int) -> None:
    assert ways(person(), kind) == ("kakao", "sms")
    assert ways(person(OTHER), kind) == ("sms",)


def test_recommendations_go_by_text_only_with_a_number_that_ends_them() -> None:
    without = Ways(("kakao", "alimtalk", "sms"), advertising_by_text=False)
    assert ways(person(), 10, without) == ("kakao",)
    assert ways(person(), 4, without) == ("kakao", "alimtalk", "sms")


def test_a_guardian_has_no_chat_with_us_and_gets_a_text() -> None:
    assert ways(person(is_guardian=True), 1) == ("sms",)
    assert ways(person(phone="", is_guardian=True), 1) == ()


def test_a_card_of_the_chat_goes_by_the_chat_whatever_the_switches() -> None:
    assert ways(person(OTHER, on=()), 0) == ("kakao",)
    assert ways(person(None), 0) == ()


def test_what_is_not_set_up_is_left_out() -> None:
    assert ways(person(), 4, Ways(("sms",))) == ("sms",)
    assert ways(person(), 4, Ways(())) == ()


# --- who it is for, as stored


def recipient(db: Session, alert: Alert) -> Recipient:
    return load_recipients(db, [alert], RULES)[alert.id]


def test_without_any_setting_information_is_wanted_and_recommendations_are_not(db: Session) -> None:
    member = make_member(db)
    assert set(recipient(db, owe(db, member, NOW, kind=4)).on) == set(CHANNELS)
    assert set(recipient(db, owe(db, member, NOW, kind=10)).on) == set()


def test_each_switch_counts_for_its_kind_and_channel_only(db: Session) -> None:
    member = make_member(db)
    set_alerts(db, member, {4}, {"kakao"}, on=False, rules=RULES, via="web", now=NOW)
    set_alerts(db, member, {10}, {"sms"}, on=True, rules=RULES, via="web", now=NOW)
    on = {kind: set(recipient(db, owe(db, member, NOW, kind=kind)).on) for kind in (4, 6, 10, 11)}
    assert on == {4: {"sms"}, 6: {"kakao", "sms"}, 10: {"sms"}, 11: set()}


def test_security_cannot_be_switched_off(db: Session) -> None:
    member = make_member(db)
    set_alerts(db, member, set(KINDS), set(CHANNELS), on=False, rules=RULES, via="web", now=NOW)
    assert {kind for kind in KINDS if recipient(db, owe(db, member, NOW, kind=kind)).on} == ALWAYS_ON


def test_of_several_chats_the_friend_comes_first_and_then_the_one_linked_last(db: Session) -> None:
    member = make_member(db)
    old, new = make_account(db, member, "old"), make_account(db, member, "new")
    new.linked_at = NOW + timedelta(days=1)
    db.flush()
    assert recipient(db, owe(db, member, NOW)).chat is new
    old.is_friend = True
    db.flush()
    assert recipient(db, owe(db, member, NOW)).chat is old


def test_people_do_not_get_each_others_chats_numbers_or_hours(db: Session) -> None:
    one = make_member(db, phone="010-0000-0001")
    two = make_member(db, phone="010-0000-0002")
    befriend(db, one, "one")
    set_quiet_hours(db, two, RULES.d1_from, RULES.d1_until, NOW)
    alerts = [owe(db, one, NOW), owe(db, two, NOW)]
    first, second = (load_recipients(db, alerts, RULES)[alert.id] for alert in alerts)
    assert (first.phone, second.phone) == ("010-0000-0001", "010-0000-0002")
    assert first.chat is not None
    assert (first.chat.user_key, second.chat) == ("one", None)
    assert (first.quiet, second.quiet) == (QUIET, (RULES.d1_from, RULES.d1_until))


def test_a_guardians_message_goes_to_the_guardians_number(db: Session) -> None:
    child = make_member(db, born=date(2014, 1, 1), phone="010-0000-0001")
    child.guardian_phone = "010-0000-9999"
    db.flush()
    to = recipient(db, owe(db, child, NOW, recipient=f"guardian:{child.id}", kind=1))
    assert (to.phone, to.is_guardian) == ("010-0000-9999", True)


def test_a_guardian_without_a_number_is_not_told_by_the_childs(db: Session) -> None:
    child = make_member(db, born=date(2014, 1, 1), phone="010-0000-0001")
    to = recipient(db, owe(db, child, NOW, recipient=f"guardian:{child.id}", kind=1))
    assert (to.phone, ways(to, 1)) == ("", ())


def test_a_card_is_for_the_chat_it_was_made_for_and_no_other_of_the_person(db: Session) -> None:
    member = make_member(db)
    befriend(db, member, "other")
    account = make_account(db, member, "this-one")
    card = add_notice(db, account, NoticeCard("인증번호", "123456이에요."), NOW)
    assert recipient(db, card).chat is account


def test_who_is_gone_is_nobody(db: Session) -> None:
    alert = owe(db, make_member(db), NOW)
    alert.member_id = None
    db.flush()
    to = recipient(db, alert)
    assert (to.member, to.chat, to.phone) == (None, None, "")
