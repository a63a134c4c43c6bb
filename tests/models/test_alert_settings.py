"""Alert switches, the consent to recommendations and the quiet hours, on both stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import time

import pytest

from models.alert_settings import (
    ALERT_GROUPS,
    ALERT_NAMES,
    ALWAYS_ON,
    CHANNELS,
    OPT_IN,
    OPT_IN_TEXTS,
    OPT_IN_VERSION,
    alert_consents_of,
    alert_settings_of,
    needs_consent,
    quiet_hours_of,
    quiet_time,
    reset_quiet_hours,
    set_alerts,
    set_quiet_hours,
)
from models.database import Database
from models.members import Member
from models.refusals import Reason, Refused
from models.rules import Rules
from tests.conftest import MONDAY
from tests.world import make_member

RULES = Rules(quiet_from=time(22), quiet_until=time(7))


def test_every_kind_belongs_to_exactly_one_group() -> None:
    grouped = [kind for kinds in ALERT_GROUPS.values() for kind in kinds]
    assert sorted(grouped) == sorted(ALERT_NAMES)


def test_the_words_that_are_agreed_to_name_their_figure_and_are_kept_by_version() -> None:
    assert "{quiet}" in OPT_IN_TEXTS[OPT_IN_VERSION]


def test_every_change_of_a_recommendation_is_a_step_of_its_consent(database: Database) -> None:
    with database.session() as db:
        member = make_member(db)
        for on in (True, True, False):
            set_alerts(db, member, {4, 10}, {"kakao"}, on=on, rules=Rules(), via="page", now=MONDAY)
            db.commit()
        steps = [(step.kind, step.channel, step.on, step.via) for step in alert_consents_of(db, member)]
    assert steps == [(10, "kakao", False, "page"), (10, "kakao", True, "page")]


def test_turning_off_what_was_never_on_is_no_step_of_a_consent(database: Database) -> None:
    with database.session() as db:
        member = make_member(db)
        set_alerts(
            db, member, set(ALERT_NAMES), set(CHANNELS), on=False, rules=Rules(), via="chat", now=MONDAY
        )
        db.commit()
        assert alert_consents_of(db, member) == []
        on = {kind for (kind, _), is_on in alert_settings_of(db, member).items() if is_on}
    assert on == ALWAYS_ON


def test_a_consent_pressed_ten_times_at_once_is_kept_once(database: Database) -> None:
    with database.session() as db:
        member_id = make_member(db).id
        db.commit()

    def press(_: int) -> None:
        with database.session() as db:
            member = db.get_one(Member, member_id)
            alert_settings_of(db, member)
            set_alerts(db, member, set(OPT_IN), {"sms"}, on=True, rules=Rules(), via="page", now=MONDAY)
            db.commit()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(press, range(10)))
    with database.session() as db:
        assert len(alert_consents_of(db, db.get_one(Member, member_id))) == len(OPT_IN)


@pytest.mark.parametrize(
    ("kinds", "asked"), [({10}, True), ({4, 11}, True), ({4, 5}, False), (set(ALERT_NAMES), True)]
)
def test_only_recommendations_that_are_off_want_a_consent(
    database: Database, kinds: set[int], *, asked: bool
) -> None:
    with database.session() as db:
        member = make_member(db)
        assert needs_consent(alert_settings_of(db, member), kinds, {"kakao"}) is asked
        set_alerts(db, member, set(OPT_IN), {"kakao"}, on=True, rules=Rules(), via="chat", now=MONDAY)
        assert not needs_consent(alert_settings_of(db, member), kinds, {"kakao"})


def test_own_quiet_hours_hold_until_they_are_given_up(database: Database) -> None:
    with database.session() as db:
        member = make_member(db)
        assert quiet_time(db, member, RULES) == (time(22), time(7))
        for until in (time(6), time(6, 30)):
            set_quiet_hours(db, member, time(23), until, MONDAY)
            db.commit()
        assert quiet_time(db, member, RULES) == (time(23), time(6, 30))
        for _ in range(2):
            reset_quiet_hours(db, member)
            db.commit()
        assert quiet_hours_of(db, member) is None
        assert quiet_time(db, member, RULES) == (time(22), time(7))


def test_quiet_hours_that_begin_when_they_end_are_refused(database: Database) -> None:
    with database.session() as db:
        member = make_member(db)
        with pytest.raises(Refused) as refused:
            set_quiet_hours(db, member, time(8), time(8), MONDAY)
        assert refused.value.reason is Reason.QUIET_WITHOUT_LENGTH
        assert quiet_hours_of(db, member) is None
