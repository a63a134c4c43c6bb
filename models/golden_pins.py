"""Choosing sentences that must always be understood: what can be one, and what is asked of every model anyway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.golden_sentences import GoldenSentence
from models.masking import mask
from models.staff import StaffRefused
from models.training_marks import LONGEST, key_of, plain, tidied
from models.training_sentences import INTENTS, PROJECT


def pin(
    db: Session, *, text: str, intent: str, topic: str | None, by: int | None, now: datetime
) -> GoldenSentence:
    """Have a sentence asked of every model from now on. It is left out of what models are trained on.

    The caller commits.

    Raises:
        StaffRefused: it cannot be asked, or is asked already.
    """
    text = tidied(plain(text))
    if words := next(_problems(text, intent, topic), ""):
        raise StaffRefused(words)
    key = key_of(text)
    if key in exam_keys():
        raise StaffRefused(
            "이미 시험에 나오는 문장이에요. 더하지 않아도 모든 모델이 이 문장으로 시험을 봐요."
        )
    if db.scalar(select(GoldenSentence.id).where(GoldenSentence.key == key)) is not None:
        raise StaffRefused("이 문장은 이미 있어요. 뜻이 다르면 먼저 있던 것을 빼 주세요.")
    row = GoldenSentence(text=text, key=key, intent=intent, topic=topic, added_by=by, added_at=now)
    db.add(row)
    try:
        db.flush()
    except IntegrityError:
        db.rollback()
        raise StaffRefused("방금 다른 사람이 같은 문장을 더했어요.") from None
    return row


def _problems(text: str, intent: str, topic: str | None) -> Iterator[str]:
    if not text:
        yield "문장을 적어 주세요."
    if len(text) > LONGEST:
        yield f"문장이 너무 길어요. {LONGEST}자까지 적을 수 있어요."
    if "[" in text or "]" in text:
        yield "대괄호는 낱말 표시로 읽혀요. 빼고 적어 주세요."
    if mask(text) != text:
        yield "이름이나 전화번호처럼 보이는 것이 있어요. 지우고 적어 주세요."
    if intent not in INTENTS:
        yield "뜻을 목록에서 골라 주세요."
    if topic is not None and not topic.startswith(f"{intent}/"):
        yield "이 뜻에는 없는 주제예요. 뜻에 맞는 주제를 골라 주세요."


@cache
def exam_keys() -> frozenset[str]:
    """Return the keys of the sentences that every model is asked anyway."""
    files = sorted((PROJECT / "holdout").glob("*.yml"))
    lines = (line.strip() for path in files for line in path.read_text("utf-8").splitlines())
    return frozenset(key_of(plain(line[2:].strip("'"))) for line in lines if line.startswith("- "))
