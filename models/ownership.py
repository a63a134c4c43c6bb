"""What a button names must be the member's own: ids travel through the person's phone and may be changed there."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.applications import Application
from models.base import LARGEST_ID
from models.certificates import Certificate
from models.hours import ServiceRecord
from models.members import Member
from models.refusals import Reason, Refused
from models.talents import TalentOffer
from models.web_sessions import WebSession

Owned = TypeVar("Owned", Application, Certificate, ServiceRecord, TalentOffer, WebSession)


def own(db: Session, member: Member, kind: type[Owned], number: int) -> Owned:
    """Return the member's row of that number.

    Raises:
        Refused: there is none, or it is someone else's; which of the two is not told.
    """
    query = select(kind).where(kind.id == number, kind.member_id == member.id)
    found = db.scalars(query).first() if 0 < number <= LARGEST_ID else None
    if found is None:
        raise Refused(Reason.NOT_YOURS)
    return found
