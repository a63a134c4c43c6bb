"""Another model begins to answer, or the one before comes back: without a turn going unanswered.

A model is loaded where nobody is served, asked a few things, and only then is the traffic turned, in one transaction
with the end of the change. Wherever a process dies on the way, the old model goes on answering.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as DbSession

from bot.model_folder import ModelFolder, identity
from bot.nlu_server import LoadedModel, NotLoaded
from bot.slots import LOOK_PATIENCE, LOOK_SECONDS, Slots
from models import nlu_switches, nlu_traffic
from models.clock import Clock
from models.database import Database
from models.nlu_switches import SwitchKind, SwitchState, SwitchStep, Wanted
from models.nlu_traffic import Traffic
from models.staff import StaffRefused

log = logging.getLogger(__name__)

SETTLE_SECONDS = LOOK_SECONDS + LOOK_PATIENCE + 1.5
"""So long after a change nobody asks the resting slot any more: processes have looked, and parses have ended."""
BEAT_SECONDS = 3.0
PATIENCE = 60.0
"""Longest wait for the resting slot's server to come up, in seconds: it may just have been started."""
Watch = Callable[[SwitchStep], None]
"""Told how far a change has come."""
_TAKEN = "시간이 너무 오래 걸려 다른 사람이 이어서 바꾸고 있어요. 지금 어떤 모델을 쓰는지 다시 봐 주세요."


@dataclass(frozen=True, slots=True)
class Change:
    """A model that is to answer from a slot."""

    kind: SwitchKind
    slot: str
    model: LoadedModel
    path: Path
    before: Traffic


@dataclass(frozen=True, slots=True)
class _Work:
    """A change under way: the number of its row, and who is told how far it has come."""

    number: int
    change: Change
    watch: Watch


class Promoter:
    """Changes the live model. Several may exist; the store lets one at a time work."""

    def __init__(
        self,
        slots: Slots,
        database: Database,
        clock: Clock,
        models: ModelFolder,
        *,
        settle: float = SETTLE_SECONDS,
        patience: float = PATIENCE,
    ) -> None:
        self._slots, self._database, self._clock, self._models = slots, database, clock, models
        self._settle, self._patience = settle, patience

    def promote(
        self, name: str, *, by: int | None = None, reason: str = "", watch: Watch | None = None
    ) -> None:
        """Let a model answer from now on. Takes seconds.

        Raises:
            StaffRefused: it cannot be, in words for staff; the model before goes on answering.
        """
        before = self.traffic()
        path = self._models.find(name)
        model = identity(path)
        if model.name == before.live_model and self._slots.holds(self._live(before), model):
            raise StaffRefused(f"{model.name} 모델은 지금 쓰고 있어요.")
        self._run(Change(SwitchKind.PROMOTE, self._place(before), model, path, before), by, reason, watch)

    def rollback(self, *, by: int | None = None, reason: str = "", watch: Watch | None = None) -> str:
        """Let the model before answer again and return its name. At once, where the other slot still has it.

        Raises:
            StaffRefused: there is none, or it cannot be.
        """
        before = self.traffic()
        name = self.model_before(before)
        if not name:
            raise StaffRefused("되돌릴 모델이 없어요. flask nlu status로 훈련해 둔 모델을 볼 수 있어요.")
        path = self._models.find(name)
        change = Change(SwitchKind.ROLLBACK, self._place(before), identity(path), path, before)
        self._run(change, by, reason, watch)
        return name

    def shadow(
        self, name: str, share: int, *, by: int | None = None, reason: str = "", watch: Watch | None = None
    ) -> None:
        """Have a candidate read along with a share of the live model's parses, in percent; 0 ends it.

        The candidate takes the place of the model before, which has to be loaded again to return to.

        Raises:
            StaffRefused: there is one slot only, or it is the live model, or it cannot be loaded.
        """
        before = self.traffic()
        if share == 0:
            with self._database.session() as db:
                nlu_traffic.set_shadow(db, "", 0, self._clock.now())
                db.commit()
            return
        path = self._models.find(name)
        model = identity(path)
        if self._resting(before) is None:
            raise StaffRefused("언어 서버 자리가 하나라서 두 모델을 함께 쓸 수 없어요.")
        if model.name == before.live_model:
            raise StaffRefused(f"{model.name} 모델은 지금 쓰고 있어요. 견줄 다른 모델을 골라 주세요.")
        change = Change(SwitchKind.SHADOW, self._place(before), model, path, before)
        self._run(change, by, reason, watch, share)

    def traffic(self) -> Traffic:
        """Return who answers, as the store has it now."""
        with self._database.session() as db:
            return nlu_traffic.traffic(db)

    def model_before(self, now: Traffic) -> str:
        """Return the model that a rollback leads to, empty where there is none."""
        with self._database.session() as db:
            known = nlu_switches.model_before(db, now.live_model)
        resting = next((model for slot, model in now.models.items() if slot != now.live), "")
        for name in (known, resting):
            if name != now.live_model and self._models.has(name):
                return name
        return ""

    def at_once(self, now: Traffic) -> bool:
        """Tell whether a rollback would be a matter of a moment: the other slot has the model."""
        name, slot = self.model_before(now), self._resting(now)
        return bool(name) and slot is not None and now.models[slot] == name and slot not in now.loading

    # --- one change ---

    def _live(self, before: Traffic) -> str:
        return before.live if before.live in self._slots.names else self._slots.names[0]

    def _place(self, before: Traffic) -> str:
        """Return where a model is loaded: the resting slot, or the only one, or the first model's."""
        live = self._live(before)
        if not before.models.get(live) and not any(map(self._slots.runs, self._slots.names)):
            return live
        return self._resting(before) or live

    def _resting(self, now: Traffic) -> str | None:
        """Return the slot that rests, None where there is only one."""
        return next((slot for slot in self._slots.names if slot != self._live(now)), None)

    def _run(
        self, change: Change, by: int | None, reason: str, watch: Watch | None, share: int | None = None
    ) -> None:
        wanted = Wanted(change.kind, change.slot, change.before.live_model, change.model.name, by, reason)
        with self._database.session() as db:
            row = nlu_switches.begin(db, wanted, self._clock.now())
        work = _Work(row.id, change, watch or (lambda _: None))
        try:
            with self._beating(row.id):
                self._make_ready(work)
                self._turn(work, share)
        except NotLoaded as error:
            words = f"{change.slot} 자리의 언어 서버가 {change.model.name} 모델을 읽지 못했어요({error})."
            self._give_up(row.id, words)
            raise StaffRefused(f"{words} 쓰던 모델은 그대로예요.") from error
        except BaseException as error:
            self._give_up(row.id, error.words if isinstance(error, StaffRefused) else type(error).__name__)
            raise
        log.info("%s: %s answers from slot %s", change.kind, change.model.name, change.slot)

    def _make_ready(self, work: _Work) -> None:
        """Bring the slot to where it answers with the model, whatever it had; what it has already is left alone."""
        slot, model = work.change.slot, work.change.model
        if not self._slots.runs(slot) and not any(map(self._slots.runs, self._slots.names)):
            self._models.link_slot(
                slot, model.name
            )  # nobody is served at all: servers read it when they start
            self._note_loaded(work)
            return
        if not self._is_ready(work.change):
            self._load(work)
        self._step(work, SwitchStep.WARMING)
        self._slots.warm(slot)
        if not self._slots.holds(slot, model):
            raise NotLoaded("그사이 다시 켜졌어요")

    def _is_ready(self, change: Change) -> bool:
        slot, before = change.slot, change.before
        noted = before.models.get(slot) == self._models.linked(slot) == change.model.name
        return noted and slot not in before.loading and self._slots.holds(slot, change.model)

    def _load(self, work: _Work) -> None:
        change = work.change
        self._step(work, SwitchStep.LOADING)
        self._wait_for_server(change.slot)
        with self._ours(work) as db:
            nlu_traffic.mark_loading(db, change.slot, self._clock.now())
        time.sleep(self._settle)
        self._slots.load(change.slot, change.path)
        self._models.link_slot(change.slot, change.model.name)
        self._note_loaded(work)

    def _wait_for_server(self, slot: str) -> None:
        until = time.monotonic() + self._patience
        while not self._slots.runs(slot):
            if time.monotonic() > until:
                raise StaffRefused(f"{slot} 자리의 언어 서버가 꺼져 있어요. 서버를 켜고 다시 해 주세요.")
            time.sleep(0.5)

    def _note_loaded(self, work: _Work) -> None:
        model = work.change.model
        with self._ours(work) as db:
            nlu_traffic.mark_loaded(db, work.change.slot, model.name, model.number, self._clock.now())

    def _turn(self, work: _Work, share: int | None) -> None:
        """Turn the traffic and end the change, both or neither."""
        now = self._clock.now()
        with self._database.session() as db:
            if not nlu_switches.finish(db, work.number, SwitchState.DONE, now):
                raise StaffRefused(_TAKEN)
            if share is None:
                nlu_traffic.flip(db, work.change.slot, now)
            else:
                nlu_traffic.set_shadow(db, work.change.model.name, share, now)
            db.commit()
        if share is None:
            self._models.link_live(work.change.model.name)
        work.watch(SwitchStep.FLIPPED)

    # --- the row of the change ---

    def _step(self, work: _Work, step: SwitchStep) -> None:
        with self._ours(work, step):
            pass
        work.watch(step)

    @contextmanager
    def _ours(self, work: _Work, step: SwitchStep | None = None) -> Iterator[DbSession]:
        """Yield a session that is committed, with a sign of life in it.

        Raises:
            StaffRefused: we were taken for gone, and somebody else may be at work.
        """
        with self._database.session() as db:
            if not nlu_switches.go_on(db, work.number, self._clock.now(), step):
                raise StaffRefused(_TAKEN)
            yield db
            db.commit()

    @contextmanager
    def _beating(self, number: int) -> Iterator[None]:
        """Give signs of life meanwhile."""
        done = Event()
        thread = Thread(target=self._beat, args=(number, done), name="nlu-switch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _beat(self, number: int, done: Event) -> None:
        while not done.wait(BEAT_SECONDS):
            with suppress(SQLAlchemyError), self._database.session() as db:
                nlu_switches.go_on(db, number, self._clock.now())
                db.commit()

    def _give_up(self, number: int, why: str) -> None:
        with suppress(SQLAlchemyError), self._database.session() as db:  # else it is closed as lifeless
            nlu_switches.finish(db, number, SwitchState.FAILED, self._clock.now(), why)
            db.commit()


def stand_up(database: Database, models: ModelFolder, slots: Sequence[str], now: datetime) -> str:
    """Make the store and the links agree before servers start; return the live slot, empty without any model.

    What the store says holds where its model is there. A slot without a model gets the live one, so that it can step in.
    """
    models.adopt()
    with database.session() as db:
        before = nlu_traffic.traffic(db)
        if before.version == 0:  # a new store: the folder may know more
            shown = [slot for slot in slots if models.linked(slot) == models.linked_live() != ""]
            before = replace(before, live=next(iter(shown), before.live))
        has = {slot: _standing(models, before, slot) for slot in nlu_traffic.SLOTS}
        live = before.live if before.live in slots else slots[0]
        answers = has[before.live] or next(filter(None, has.values()), "")
        if not answers:
            return ""
        for slot in slots:
            name = answers if slot == live else has[slot] or answers
            models.link_slot(slot, name)
            nlu_traffic.mark_loaded(db, slot, name, _number(models.path(name)), now)
        if live != before.live or before.version == 0:
            nlu_traffic.flip(db, live, now)
        db.commit()
    models.link_live(answers)
    return live


def _standing(models: ModelFolder, before: Traffic, slot: str) -> str:
    """Return the model that a slot should have, as far as it is there."""
    return next((name for name in (before.models.get(slot, ""), models.linked(slot)) if models.has(name)), "")


def _number(path: Path) -> str:
    """Return a model's number; none where it cannot be read: that its server does not start is told by the server."""
    try:
        return identity(path).number
    except StaffRefused:
        return ""
