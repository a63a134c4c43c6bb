"""An inbox for measuring the console: all misunderstood turns of the store gathered, and some of them labelled."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.inbox import Label
from models.inbox_gathering import gather
from models.inbox_labels import IGNORED, Answer, Seen, label
from models.inbox_pages import group_page
from models.rules import Rules
from models.staff import Staff
from quality.meaning import SIZE

_NUMBER = re.compile(r" \d+$")
LABELLED_PAGES = 5


class BySentence:
    """Vectors of sentences that are alike but for the number at their end: as many groups as there are examples.

    The encoder itself takes two milliseconds a sentence, which is no matter of the pages.
    """

    name = "bench"

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the same direction for the same words."""
        drawn = [
            np.random.default_rng(zlib.crc32(_NUMBER.sub("", text).encode())).normal(size=SIZE)
            for text in texts
        ]
        vectors = np.array(drawn, dtype=np.float32)
        lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, lengths, dtype=np.float32)


def fill_inbox(db: Session, now: datetime) -> None:
    """Gather what is misunderstood in the store, then say of some groups what they mean; nothing the second time."""
    while gather(db, Rules(), now + timedelta(minutes=1), BySentence()):
        pass
    if not db.scalar(select(func.count()).select_from(Label)):
        staff = db.scalars(select(Staff).limit(1)).one()
        for page in range(1, LABELLED_PAGES + 1):
            _label(db, staff, page, now)


def _label(db: Session, staff: Staff, page: int, now: datetime) -> None:
    """Ignore half of each group of a page: labels without touching what is taught."""
    for shown in group_page(db, None, page)[0]:
        half = shown.sentences[::2]
        label(db, [Seen(each.id, each.version) for each in half], Answer(IGNORED), staff, Rules(), now)
        db.commit()
