"""Brings sentences into the inbox: turns that were misunderstood, without personal data, beside those that mean the same.

Turns are looked at in the order of their numbers, up to a mark that is moved on in the same transaction that writes what
was found: a worker that dies in between has done nothing, and of two at once only one gets its work in.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased, joinedload, undefer

from models.conversations import MISUNDERSTOOD, PAUSE
from models.inbox import InboxGroup, InboxMark, InboxSentence, InboxTurn, Why, hash_of, recount
from models.inbox_groups import Centres, Vectors, same_space
from models.masking import mask, without_name
from models.members import ChannelAccount, ConversationTurn, Member
from models.rules import Rules
from models.training_marks import LONGEST, tidied

SETTLED = timedelta(seconds=5)
"""After so long all turns with smaller numbers are in the store: none takes longer to be answered."""
WINDOW = 2000
"""Numbers of turns that are looked at in one transaction."""
SECONDS = 8.0
"""How long one run works off a backlog."""
RATED_WITHIN = timedelta(days=2)
"""How long after a turn its rating is looked for."""
PARSED = ("nlu", "cache")
"""Sources of turns whose words the model read."""
_JUDGED = (*PARSED, "fragment", "clarified")
"""Sources of turns whose answer hung on what the words mean."""
_LETTERS = re.compile(r"[가-힣ㄱ-ㅣA-Za-z0-9]")
_NUMBER = re.compile(r"(?<!\d)\d(?:[\s-]?\d){5,}(?!\d)", re.ASCII)
_FLAT = re.compile(r"\d+\s?동\s?\d+\s?호|(?:길|로)\s?\d+(?:-\d+)?(?:번지)?")
NUMBER_MASK = "[번호 가림]"
ADDRESS_MASK = "[주소 가림]"
BIRTHDAY_MASK = "[생일 가림]"
SCHOOL_MASK = "○○학교"


@dataclass(frozen=True, slots=True)
class _Said:
    """A turn that belongs into the inbox: its words without personal data, and what was made of them."""

    turn_id: int
    at: datetime
    text: str
    reasons: Why
    guesses: list[Any]
    marks: list[Any]
    chosen: str

    @property
    def key(self) -> str:
        return hash_of(self.text)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a look at the turns found, and where the mark stands after it."""

    said: list[_Said]
    moved: Mapping[str, int] = field(default_factory=dict)


def gather(db: Session, rules: Rules, now: datetime, vectors: Vectors, *, seconds: float = SECONDS) -> int:
    """Bring in what was misunderstood since the last time, in transactions that are committed.

    Returns how many turns there were; another process that gathers at the same moment ends it.
    """
    until, taken = time.monotonic() + seconds, 0
    same_space(db, vectors)
    over, quiet = _last_before(db, now - SETTLED), _last_before(db, now - PAUSE - SETTLED)
    looks: tuple[Callable[[InboxMark], _Found | None], ...] = (
        lambda mark: _new_turns(db, mark, over, rules),
        lambda mark: _left_turns(db, mark, quiet),
        lambda mark: _disliked_turns(db, mark, now),
    )
    for look in looks:
        while time.monotonic() < until:
            mark = db.scalars(select(InboxMark).execution_options(populate_existing=True)).one()
            found = look(mark)
            if found is None or not _bring_in(db, mark.version, found, vectors):
                db.rollback()
                break
            taken += len(found.said)
    return taken


# --- which turns


def _new_turns(db: Session, mark: InboxMark, last: int, rules: Rules) -> _Found | None:
    """Look at the next turns: those not surely understood, and those that say what was meant."""
    turn, upto = ConversationTurn, min(mark.turn_id + WINDOW, last)
    if upto <= mark.turn_id:
        return None
    unsure = and_(turn.source.in_(PARSED), turn.confidence < rules.inbox_confidence / 100)
    missed = and_(turn.source.in_(PARSED), turn.outcome.in_(MISUNDERSTOOD))
    chosen = and_(turn.source == "clarified", turn.intent != "clarify_needed")
    wanted = or_(missed, unsure, chosen, _is_disliked())
    turns = _read(db, turn.id > mark.turn_id, turn.id <= upto, wanted)
    found = [each for said in turns if (each := _said(said, _why(said, rules)))]
    return _Found(found, {"turn_id": upto})


def _left_turns(db: Session, mark: InboxMark, last: int) -> _Found | None:
    """Look at turns that ended with a question, once it is clear whether it was answered."""
    turn, upto = ConversationTurn, min(mark.quiet_id + WINDOW, last, mark.turn_id)
    if upto <= mark.quiet_id:
        return None
    asks = turn.understood["asks"].as_string().is_not(None)
    rows = _read(db, turn.id > mark.quiet_id, turn.id <= upto, turn.source.in_(PARSED), asks)
    left = [row for row in rows if _was_left(db, row)]
    return _Found([each for row in left if (each := _said(row, Why.LEFT))], {"quiet_id": upto})


def _disliked_turns(db: Session, mark: InboxMark, now: datetime) -> _Found | None:
    """Look at ratings of turns that were looked at before they were rated."""
    turn = ConversationTurn
    known = exists().where(InboxTurn.turn_id == turn.id, InboxTurn.reasons.op("&")(int(Why.DISLIKED)) != 0)
    rows = _read(db, turn.at >= now - RATED_WITHIN, turn.id <= mark.turn_id, _is_disliked(), ~known)
    said = [each for row in rows if (each := _said(row, Why.DISLIKED))]
    return _Found(said) if said else None


def _is_disliked() -> ColumnElement[bool]:
    return and_(ConversationTurn.rating == -1, ConversationTurn.source.in_(_JUDGED))


def _last_before(db: Session, moment: datetime) -> int:
    """Return the number up to which all turns are older than a moment."""
    turn = ConversationTurn
    young = db.scalar(select(func.min(turn.id)).where(turn.at >= moment))
    return young - 1 if young is not None else db.scalar(select(func.max(turn.id))) or 0


def _was_left(db: Session, turn: ConversationTurn) -> bool:
    """Tell whether the person said no, or nothing at all, to what was asked."""
    following = aliased(ConversationTurn)
    own = (following.account_id == turn.account_id, following.id > turn.id, following.at <= turn.at + PAUSE)
    answer = db.scalars(select(following).where(*own).order_by(following.id).limit(1)).first()
    if answer is None or answer.outcome == "declined":
        return True
    return (answer.source, answer.intent) == ("choice", "thanks_bye")


def _read(db: Session, *wanted: ColumnElement[bool]) -> list[ConversationTurn]:
    whose = joinedload(ConversationTurn.account).joinedload(ChannelAccount.member)
    query = select(ConversationTurn).where(*wanted).order_by(ConversationTurn.id).limit(WINDOW)
    return list(db.scalars(query.options(whose, undefer(ConversationTurn.understood))))


def _why(turn: ConversationTurn, rules: Rules) -> Why:
    """Return all reasons that show as soon as a turn is over."""
    by_outcome = {
        "not_understood": Why.NOT_UNDERSTOOD,
        "asked_meaning": Why.ASKED,
        "asked_again": Why.ASKED_AGAIN,
    }
    parsed = turn.source in PARSED
    why = by_outcome.get(turn.outcome, Why(0)) if parsed else Why(0)
    if turn.source == "clarified":
        why |= Why.CHOSEN
    if parsed and not why and turn.confidence < rules.inbox_confidence / 100:
        why |= Why.UNSURE
    return why | (Why.DISLIKED if turn.rating == -1 else Why(0))


# --- what they said


def _said(turn: ConversationTurn, reasons: Why) -> _Said | None:
    """Return what a turn said, None when there is nothing in it to teach."""
    text = hidden(tidied(turn.words), turn.account.member)[:LONGEST]
    if not _LETTERS.search(text):
        return None
    chosen = turn.intent if turn.source == "clarified" and turn.intent != "clarify_needed" else ""
    understood = turn.understood or {}
    marks = list(_places(text, understood.get("entities", ())))
    return _Said(turn.id, turn.at, text, reasons, _guesses(turn, understood), marks, chosen)


def hidden(text: str, member: Member | None) -> str:
    """Return words without anybody's contact data, and without what would tell that this person wrote them."""
    text = _FLAT.sub(ADDRESS_MASK, mask(text))
    if member is not None:
        for name in filter(None, (member.name, member.guardian_name)):
            text = without_name(text, name)
        text = _birthday(member).sub(BIRTHDAY_MASK, text)
        for own, masked in ((member.school, SCHOOL_MASK), (member.dovol_id, NUMBER_MASK)):
            text = text.replace(own, masked) if own and len(own) > 3 else text
    return _NUMBER.sub(NUMBER_MASK, text)


def _birthday(member: Member) -> re.Pattern[str]:
    """Return the person's birth date as people write it: 100305, 2010.3.5, 2010년 3월 5일, 3월 5일생."""
    born, gap = member.birth_date, r"\s?[-./년월]?\s?"
    month, day = rf"0?{born.month}", rf"0?{born.day}"
    year = rf"(?:{born.year}|{born.year % 100:02})"
    return re.compile(
        rf"(?<!\d){year}{gap}{month}{gap}{day}(?!\d)일?|(?<!\d){month}월\s?{day}일\s?(?=생|에 태어)"
    )


def _guesses(turn: ConversationTurn, understood: Mapping[str, Any]) -> list[Any]:
    """Return the meanings the model thought of, likeliest first."""
    ranking = understood.get("ranking") or [[turn.intent, turn.confidence]]
    return [[intent, _topic_of(turn, intent), round(float(sure), 3)] for intent, sure in ranking]


def _topic_of(turn: ConversationTurn, intent: str) -> str | None:
    return turn.topic if turn.topic and turn.topic.startswith(f"{intent}/") else None


def _places(text: str, entities: Sequence[Sequence[str]]) -> Iterator[list[Any]]:
    """Find in the words what the model marked; what was hidden since is not marked."""
    end = 0
    for name, words in entities:
        start = text.find(words, end) if words else -1
        if start >= 0:
            end = start + len(words)
            yield [start, end, name]


# --- into the inbox


def _bring_in(db: Session, version: int, found: _Found, vectors: Vectors) -> bool:
    """Write what was found; return False when somebody else has gathered meanwhile."""
    fresh = _fresh(db, found.said)
    centres = Centres.read(db, room=len(fresh)) if fresh else None
    db.rollback()  # nothing is held while sentences are encoded
    meant = vectors([each.text for each in fresh]) if fresh else np.empty((0, 0), np.float32)
    if not _hold(db, version, found.moved):
        return False
    if centres is not None:
        groups = centres.place(db, meant)
        db.add_all(_sentence(each, group) for each, group in zip(fresh, groups, strict=True))
        db.flush()
    recount(db, _count(db, found.said))
    db.commit()
    return True


def _sentence(said: _Said, group: InboxGroup) -> InboxSentence:
    """Return a sentence that nobody was counted for yet."""
    return InboxSentence(
        key_hash=said.key,
        text=said.text,
        group=group,
        times=0,
        reasons=0,
        first_at=said.at,
        last_at=said.at,
        guesses=[],
        marks=[],
        chosen={},
    )


def _fresh(db: Session, said: Sequence[_Said]) -> list[_Said]:
    """Return the first turn of every sentence that is not in the inbox yet."""
    first = {each.key: each for each in reversed(said)}
    known = set(db.scalars(select(InboxSentence.key_hash).where(InboxSentence.key_hash.in_(first))))
    return [each for key, each in reversed(first.items()) if key not in known]


def _hold(db: Session, version: int, moved: Mapping[str, int]) -> bool:
    """Move the mark on, which others cannot then; False when it is not where it was."""
    mine = update(InboxMark).where(InboxMark.version == version)
    done = db.execute(
        mine.values(version=InboxMark.version + 1, **moved).execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def _count(db: Session, said: Sequence[_Said]) -> set[int]:
    """Count the turns with their sentences, each turn once; return the groups of those sentences."""
    keys, numbers = {each.key for each in said}, {each.turn_id for each in said}
    sentences = {
        row.key_hash: row for row in db.scalars(select(InboxSentence).where(InboxSentence.key_hash.in_(keys)))
    }
    known = {row.turn_id: row for row in db.scalars(select(InboxTurn).where(InboxTurn.turn_id.in_(numbers)))}
    for each in said:
        sentence = sentences[each.key]
        if (turn := known.get(each.turn_id)) is not None:
            turn.reasons |= each.reasons
        else:
            db.add(InboxTurn(turn_id=each.turn_id, sentence_id=sentence.id, reasons=int(each.reasons)))
            sentence.times += 1
            _remember(sentence, each)
        sentence.reasons |= each.reasons
    return {sentence.group_id for sentence in sentences.values()}


def _remember(sentence: InboxSentence, said: _Said) -> None:
    sentence.last_at = max(sentence.last_at, said.at)
    if said.chosen:
        sentence.chosen = {**sentence.chosen, said.chosen: sentence.chosen.get(said.chosen, 0) + 1}
    if said.guesses and not (said.chosen and sentence.guesses):
        sentence.guesses, sentence.marks = said.guesses, said.marks
