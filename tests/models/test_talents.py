"""Talent offers: filed once, withdrawn while nobody counts on them, on both stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.members import Member
from models.refusals import Reason, Refused
from models.rules import Rules
from models.talents import (
    LONGEST,
    OfferState,
    TalentOffer,
    file_offer,
    offers_of,
    tidy,
    trouble,
    withdraw_offer,
)
from tests.conftest import MONDAY
from tests.world import make_member


def filed(db: Session, member: Member, talent: str = "그림") -> TalentOffer:
    return file_offer(db, member, talent=talent, when="주말", where="온라인", rules=Rules(), now=MONDAY)


def test_the_same_offer_is_filed_once_while_it_is_on_its_way(database: Database) -> None:
    with database.session() as db:
        member = make_member(db)
        first = filed(db, member)
        assert filed(db, member) is first
        first.state = OfferState.MATCHED
        assert filed(db, member) is first
        first.state = OfferState.WITHDRAWN
        assert filed(db, member) is not first
        assert filed(db, member, "기타") is not first


def test_an_offer_sent_ten_times_at_once_is_one_offer(database: Database) -> None:
    with database.session() as db:
        member_id = make_member(db).id
        db.commit()

    def send(_: int) -> int:
        with database.session() as db:
            number = filed(db, db.get_one(Member, member_id)).id
            db.commit()
            return number

    with ThreadPoolExecutor(5) as pool:
        assert len(set(pool.map(send, range(10)))) == 1
    with database.session() as db:
        assert len(offers_of(db, db.get_one(Member, member_id))) == 1


@pytest.mark.parametrize("state", [OfferState.FILED, OfferState.MATCHED])
def test_what_is_on_its_way_can_be_withdrawn_once(database: Database, state: OfferState) -> None:
    with database.session() as db:
        member = make_member(db)
        offer = filed(db, member)
        offer.state = state
        db.commit()
        assert withdraw_offer(db, offer, member)
        db.commit()
        assert not withdraw_offer(db, offer, member)
        assert db.scalars(select(TalentOffer)).one().state is OfferState.WITHDRAWN


def test_an_approval_in_the_meantime_stops_the_withdrawal(database: Database) -> None:
    with database.session() as db, database.session() as host:
        member = make_member(db)
        offer = filed(db, member)
        db.commit()
        host.get_one(TalentOffer, offer.id).state = OfferState.APPROVED
        host.commit()
        with pytest.raises(Refused) as refused:
            withdraw_offer(db, offer, member)
        assert refused.value.reason is Reason.ASK_HOST


def test_somebody_elses_offer_cannot_be_withdrawn(database: Database) -> None:
    with database.session() as db:
        offer = filed(db, make_member(db))
        with pytest.raises(Refused) as refused:
            withdraw_offer(db, offer, make_member(db))
        assert refused.value.reason is Reason.NOT_YOURS


@pytest.mark.parametrize("answer", ["", "가" * (LONGEST + 1)])
def test_an_empty_or_long_answer_is_never_stored(database: Database, answer: str) -> None:
    assert trouble(answer)
    with database.session() as db, pytest.raises(ValueError, match="empty or too long"):
        filed(db, make_member(db), answer)


@given(st.text(max_size=40))
def test_a_tidy_answer_is_one_line_that_every_store_takes(text: str) -> None:
    tidied = tidy(text)
    assert tidied.isprintable()
    assert tidied == tidied.strip()
    tidied.encode()


def test_numbers_of_people_are_not_kept() -> None:
    assert "0000" not in tidy("피아노\n010-0000-1234")
