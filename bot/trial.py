"""Trying 보람 out: staff write as a young person would, and nothing of it lasts.

The real assistant answers, with the model of the slot that is asked for. Whatever an answer changes in the store is
taken back with it: no conversation is kept, no member's data change, no alert and no ticket come of it.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from bot.assistant import Answer, Assistant
from bot.dialogue import LIFETIME_SECONDS
from bot.memory import Memory
from bot.replies import Press
from bot.slots import Slots
from bot.turn import Deadline, Person, Turn
from bot.understanding import NLUUnavailable, ParsedMessage, Understanding, certain, presentable
from models.database import Database
from models.members import ANY_BOT, ChannelAccount
from models.tokens import new_token

log = logging.getLogger(__name__)

CHANNEL = "console"
"""Channel of who tries 보람 out as nobody in particular."""
NOBODY = ""
"""Persona of who has never been seen and is not linked."""
SECONDS = 5.0
"""Time an answer has, as with KakaoTalk."""
MOST_KEPT = 20
"""Messages of a trial that are shown again."""


@dataclass(slots=True)
class Trial:
    """One try of one colleague: as whom, and what was said, drawn for the page. ``number`` tells it from others."""

    persona: str = NOBODY
    number: str = field(default_factory=new_token)
    exchanges: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot that can be asked: its name, its model, and whether it is the one that answers young people."""

    name: str
    model: str
    live: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a slot's model makes of words; ``parsed`` is None where it did not answer."""

    slot: Slot
    parsed: ParsedMessage | None
    milliseconds: int


class OneSlot:
    """The model of one slot, whoever answers young people meanwhile; nothing reads along."""

    def __init__(self, slots: Slots, name: str) -> None:
        self._slots, self._name = slots, name

    def parse(self, text: str, deadline: Deadline) -> ParsedMessage:
        """Return what ``text`` means; see ``bot.understanding.Understanding``."""
        text = presentable(text)
        if not text:
            return certain("clarify_needed", "blank")
        return self._slots.parse_with(self._name, text, deadline)

    def ready(self) -> bool:
        """Tell whether a parse would be answered now."""
        return self._slots.answers(self._name)


class Trials:
    """Tries of the staff, remembered as long as a conversation is.

    Args:
        assistant: makes an assistant of an understanding, over a store that keeps nothing.
        database: the real store, where the personas stand.
        personas: whether one may try as a persona of the demo world; never with real members.
    """

    def __init__(
        self,
        assistant: Callable[[Understanding], Assistant],
        slots: Slots,
        memory: Memory,
        database: Database,
        *,
        personas: bool,
    ) -> None:
        self._slots, self._memory, self._database = slots, memory, database
        self._understandings = {name: OneSlot(slots, name) for name in slots.names}
        self._assistants = {name: assistant(each) for name, each in self._understandings.items()}
        self._has_personas = personas

    def slots(self) -> list[Slot]:
        """Return the slots that can be asked, the live one first; another one counts once it has a model."""
        traffic = self._slots.traffic()
        live, *others = (
            Slot(name, traffic.models.get(name, ""), n == 0) for n, name in enumerate(self._slots.in_order())
        )
        return [live, *(each for each in others if each.model and each.name not in traffic.loading)]

    def personas(self) -> Mapping[str, str]:
        """Return the demo world's personas one may be, key and name; none where the members are real."""
        if not self._has_personas:
            return {}
        planted = select(ChannelAccount).where(
            ChannelAccount.bot_id == ANY_BOT, ChannelAccount.member_id.is_not(None)
        )
        with self._database.session() as db:
            found = db.scalars(
                planted.options(joinedload(ChannelAccount.member)).order_by(ChannelAccount.id)
            ).all()
            return {each.user_key: each.member.name for each in found if each.member}

    def answer(
        self, staff_id: int, trial: Trial, slot: Slot, words: str, press: Press | None, now: datetime
    ) -> Answer:
        """Return what the assistant answers with the model of a slot."""
        turn = Turn(self._person(staff_id, trial), words, now, Deadline.after(SECONDS), press)
        return self._assistants[slot.name].answer(turn)

    def readings(self, words: str) -> list[Reading]:
        """Return what the model of every slot makes of words, whatever was said before."""
        return [self._read(slot, words) for slot in self.slots()]

    def recall(self, staff_id: int) -> Trial:
        """Return a colleague's try that is going on, a new one where there is none."""
        stored = self._memory.get(_key(staff_id))
        try:
            return Trial(**json.loads(stored)) if stored else Trial()
        except (ValueError, TypeError):
            log.warning("a stored trial could not be read and was begun anew")
            return Trial()

    def keep(self, staff_id: int, trial: Trial) -> None:
        """Remember a try for as long as the assistant remembers the conversation."""
        del trial.exchanges[:-MOST_KEPT]
        self._memory.set(_key(staff_id), json.dumps(asdict(trial), ensure_ascii=False), LIFETIME_SECONDS)

    def _person(self, staff_id: int, trial: Trial) -> Person:
        """Return who writes: keys that no chat has, so that every try is a conversation of its own."""
        bot = f"{CHANNEL}:{staff_id}:{trial.number}"
        if trial.persona in self.personas():
            return Person("kakao", bot, trial.persona)
        return Person(CHANNEL, bot, "nobody")

    def _read(self, slot: Slot, words: str) -> Reading:
        began = time.monotonic()
        try:
            parsed = self._understandings[slot.name].parse(words, Deadline.after(SECONDS))
        except NLUUnavailable:
            parsed = None
        return Reading(slot, parsed, round((time.monotonic() - began) * 1000))


def _key(staff_id: int) -> str:
    return f"trial:{staff_id}"
