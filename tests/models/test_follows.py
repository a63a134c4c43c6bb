"""Following: once, of institutions and of clubs, each by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from models.database import Database
from models.follows import Follow, follow, follows, follows_of, unfollow
from models.hosts import HostClub
from tests.world import make_host, make_member


def test_following_twice_is_following_once(database: Database, now: datetime) -> None:
    with database.session() as db:
        member, host = make_member(db), make_host(db)
        assert follow(db, member, host, now) is True
        assert follow(db, member, host, now + timedelta(days=1)) is False
        db.commit()
        (row,) = follows_of(db, member)
        assert (row.name, row.at) == ("천안청소년수련관", now)


def test_a_club_and_its_institution_are_followed_apart(database: Database, now: datetime) -> None:
    with database.session() as db:
        member, host = make_member(db), make_host(db)
        club = HostClub(host=host, name="푸른지구동아리")
        db.add(club)
        db.flush()
        follow(db, member, host, now)
        assert not follows(db, member, club)
        follow(db, member, club, now)
        assert [row.name for row in follows_of(db, member)] == ["푸른지구동아리", "천안청소년수련관"]
        assert unfollow(db, member, host) is True
        assert unfollow(db, member, host) is False
        assert follows(db, member, club)
        assert not follows(db, member, host)


def test_what_one_follows_is_nothing_to_another(database: Database, now: datetime) -> None:
    with database.session() as db:
        member, other, host = make_member(db), make_member(db), make_host(db)
        follow(db, member, host, now)
        assert unfollow(db, other, host) is False
        assert follows(db, member, host)
        assert follows_of(db, other) == []


@pytest.mark.parametrize("both", [True, False])
def test_a_row_names_either_an_institution_or_a_club(database: Database, now: datetime, both: bool) -> None:
    with database.session() as db:
        member, host = make_member(db), make_host(db)
        club = HostClub(host=host, name="푸른지구동아리")
        db.add(club)
        db.flush()
        db.add(
            Follow(
                member_id=member.id,
                host_id=host.id if both else None,
                club_id=club.id if both else None,
                at=now,
            )
        )
        with pytest.raises(IntegrityError):
            db.flush()
