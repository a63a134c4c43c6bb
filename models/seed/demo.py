"""The demo world: planted once, around the day it is planted on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.database import Database
from models.importing.store import take_turn
from models.members import Member
from models.programs import Program, ProgramSession
from models.rules import load_rules
from models.seed.people import People
from models.seed.samples import import_samples
from models.seed.world import SOURCE, World

__all__ = ["Planted", "seed_demo"]


@dataclass(frozen=True, slots=True)
class Planted:
    """What came of seeding."""

    new: bool
    words: str


def seed_demo(database: Database, now: datetime) -> Planted:
    """Plant the demo world around ``now``. Nothing changes where it stands already.

    The samples go in first, as any import does; the rest is one transaction, so there is never half a world.
    """
    with database.session() as db:
        standing = _standing(db)
    if standing:
        return Planted(new=False, words=f"데모 세계가 이미 있어요({standing}). 바꾼 것이 없어요.")
    import_samples(database, now)
    with database.session() as db:
        take_turn(db)
        if not _standing(db):
            _plant(db, now)
            db.commit()
        return Planted(new=True, words=f"데모 세계를 만들었어요({_standing(db)}).")


def _plant(db: Session, now: datetime) -> None:
    world = World(db, now.date())
    world.lay_out()
    People(db, world, now, load_rules(db)).plant()


def _standing(db: Session) -> str:
    """Return what of the demo world is there, in words; empty when nothing is."""
    programs, sessions = (
        db.scalar(select(func.count()).select_from(table).where(table.source == SOURCE))
        for table in (Program, ProgramSession)
    )
    members = db.scalar(select(func.count()).where(Member.dovol_id.like("persona-%")))
    return f"프로그램 {programs}개, 회차 {sessions}개, 체험 인물 {members}명" if programs and members else ""
