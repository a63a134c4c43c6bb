"""Our side of the 1365 consent: who may agree, and what is kept, on both stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from models.consents import agreed_on_dovol, consent_of, set_dovol_side
from models.database import Database
from models.members import Member
from models.refusals import Reason, Refused
from models.rules import Rules
from tests.conftest import MONDAY
from tests.world import make_consent, make_member

RULES = Rules()
CHILD = date(2014, 1, 1)


def test_a_child_may_agree_only_with_a_guardian_who_did(database: Database) -> None:
    with database.session() as db:
        alone, child = make_member(db, born=CHILD), make_member(db, born=CHILD, guardian_agreed=True)
        with pytest.raises(Refused) as refused:
            set_dovol_side(db, alone, agreed=True, rules=RULES, via="page", now=MONDAY)
        assert refused.value.reason is Reason.GUARDIAN_CONSENT
        assert not agreed_on_dovol(consent_of(db, alone))
        assert set_dovol_side(db, child, agreed=True, rules=RULES, via="page", now=MONDAY)
        assert agreed_on_dovol(consent_of(db, child))


def test_a_child_may_always_withdraw(database: Database) -> None:
    with database.session() as db:
        child = make_member(db, born=CHILD)
        make_consent(db, child, dovol=True, site_1365=True)
        assert set_dovol_side(db, child, agreed=False, rules=RULES, via="chat", now=MONDAY)


def test_from_the_birthday_on_nobody_else_is_needed(database: Database) -> None:
    with database.session() as db:
        member = make_member(db, born=date(2012, 11, 23))
        assert set_dovol_side(db, member, agreed=True, rules=RULES, via="page", now=MONDAY)


def test_agreeing_ten_times_at_once_is_one_step(database: Database) -> None:
    with database.session() as db:
        member = make_member(db)
        make_consent(db, member, dovol=False, site_1365=None)
        member_id = member.id
        db.commit()

    def press(_: int) -> bool:
        with database.session() as db:
            member = db.get_one(Member, member_id)
            consent_of(db, member)
            changed = set_dovol_side(db, member, agreed=True, rules=RULES, via="page", now=MONDAY)
            db.commit()
            return changed

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(press, range(10))) == 1
    with database.session() as db:
        consent = consent_of(db, db.get_one(Member, member_id))
        assert consent is not None
        assert len(consent.history) == 1
