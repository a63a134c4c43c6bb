"""Turns go on while the language model is changed: ten thousand of them during five promotions and five returns."""

from __future__ import annotations

import io
import itertools
import json
import tarfile
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

import requests
from rich.console import Console
from rich.table import Table

from bench.stack import Stack, running
from bench.turns import payload, sentences
from bot.memory import Memory
from bot.model_folder import ModelFolder
from bot.promotion import Promoter
from bot.slots import Slots
from models.base import use_keys
from models.clock import SystemClock
from models.database import Database

TURNS = 10_000
CYCLES = 5
RATE = 100
"""Most turns a second: a machine that is too slow for them gets fewer."""
TALKERS = 4
WARM_UP = 20
"""Connections that are tried before: the first turns of a process load what it needs."""
WRONG = {"nlu_down", "store_down", "too_late", "no answer in time"}
"""Outcomes of turns that were not answered as they would have been otherwise."""


@dataclass
class Talk:
    """What the turns came to."""

    seconds: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def percentile(self, share: float) -> float:
        """Return the time in milliseconds that ``share`` of the turns stayed under."""
        ordered = sorted(self.seconds)
        return ordered[int((len(ordered) - 1) * share)] * 1000


def measure(console: Console, turns: int = TURNS, cycles: int = CYCLES) -> None:
    """Print how the turns fared and how long each change took."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), two_slots=True, TURNS_PER_MINUTE="1000000") as stack,
    ):
        models = ModelFolder(stack.instance / "models")
        live = models.path(models.linked_live())
        twins = [f"twin-{cycle}" for cycle in range(cycles)]  # each has to be loaded
        for name in twins:
            twin(live, models.path(name))
        console.print(f"ready after {stack.seconds_to_ready:.1f} s")
        for _ in range(WARM_UP):
            _talk(stack, Talk(), itertools.count(), turns=2)
        with console.status("changing the model while people talk"):
            talk, promoted, returned = _talk_and_change(stack, turns, twins)
        in_place = _in_place(stack)
        memory = stack.memory().get("nlu", 0.0)
    table = Table("what", "count", "failed", "p50", "p99", "longest", title="changing the model under way")
    table.add_row(
        "turns",
        f"{len(talk.seconds):,}",
        str(sum(talk.failed.values())),
        *(f"{talk.percentile(share):.0f} ms" for share in (0.5, 0.99, 1)),
    )
    for name, times in (("promotions", promoted), ("returns", returned)):
        ordered = sorted(times)
        middle, most = ordered[len(ordered) // 2], ordered[-1]
        table.add_row(name, str(len(times)), "0", f"{middle:.2f} s", f"{most:.2f} s", f"{most:.2f} s")
    console.print(table)
    for kind, count in talk.failed.most_common(5):
        console.print(f"  {count} × {kind}")
    console.print(
        f"parsed by the other slot in place of the live one: {in_place:.0f}; both servers: {memory:.0f} MB"
    )


def twin(model: Path, target: Path) -> None:
    """Write a model that differs from another in its number only."""
    with tarfile.open(model) as source, tarfile.open(target, "w:gz", compresslevel=1) as made:
        for member in source:
            content = source.extractfile(member)
            if member.name.removeprefix("./") == "metadata.json" and content is not None:
                told = json.dumps(json.load(content) | {"model_id": uuid4().hex}).encode()
                member.size, content = len(told), io.BytesIO(told)
            made.addfile(member, content)


def promoter_of(stack: Stack) -> Promoter:
    """Return what changes the model of a running service."""
    use_keys("a key for measuring only")
    database = Database(f"sqlite:///{stack.instance / 'boram.sqlite3'}", lock_wait=15)
    urls = {slot: [url] for slot, url in (("a", stack.nlu), ("b", stack.nlu_b)) if url}
    slots = Slots(urls, stack.nlu_token, Memory(f"unix://{stack.instance / 'valkey.sock'}"))
    return Promoter(slots, database, SystemClock(), ModelFolder(stack.instance / "models"))


def _talk_and_change(stack: Stack, turns: int, twins: list[str]) -> tuple[Talk, list[float], list[float]]:
    talk, done, numbers = Talk(), threading.Event(), itertools.count(1)
    talkers = [
        threading.Thread(target=_talk, args=(stack, talk, numbers), kwargs={"turns": turns, "done": done})
        for _ in range(TALKERS)
    ]
    for talker in talkers:
        talker.start()
    promoter, promoted, returned = promoter_of(stack), [], []
    try:
        for cycle, name in enumerate(twins):
            while len(talk.seconds) < turns * cycle // len(twins):  # all along the talk, not at its beginning
                time.sleep(0.1)
            promoted.append(_timed(partial(promoter.promote, name)))
            time.sleep(1)
            returned.append(_timed(promoter.rollback))
    finally:
        done.set()
        for talker in talkers:
            talker.join()
    return talk, promoted, returned


def _talk(
    stack: Stack,
    talk: Talk,
    numbers: itertools.count[int],
    *,
    turns: int,
    done: threading.Event | None = None,
) -> None:
    """Say one new sentence after the other, at their pace, until all is said and the model is no more changed."""
    words, http, began = sentences(), requests.Session(), time.monotonic()
    head = {"X-Skill-Key": stack.skill_key, "Content-Type": "application/json"}
    while len(talk.seconds) < turns or (done is not None and not done.is_set()):
        number = next(numbers)
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        body = payload(
            f"{words[number % len(words)]} {number}", f"bench-{number}"
        )  # nobody is asked something
        start = time.monotonic()
        wrong = _wrong(http, f"{stack.web}/skills/kakao", head | {"X-Request-Id": uuid4().hex}, body)
        with talk.lock:
            talk.seconds.append(time.monotonic() - start)
            if wrong:
                talk.failed[wrong] += 1


def _wrong(http: requests.Session, url: str, head: dict[str, str], body: bytes) -> str:
    """Return what is wrong with a turn, empty when its words were understood by a model."""
    try:
        answer = http.post(url, data=body, headers=head, timeout=6)
    except requests.RequestException as error:
        return type(error).__name__
    if answer.status_code != 200:
        return f"HTTP {answer.status_code}"
    outcome = answer.json().get("data", {}).get("debug", {}).get("outcome", "no answer in time")
    return outcome if outcome in WRONG else ""


def _in_place(stack: Stack) -> float:
    """Return how often the resting slot stepped in."""
    lines = requests.get(f"{stack.web}/metrics", timeout=6).text.splitlines()
    return sum(
        float(line.split()[-1])
        for line in lines
        if line.startswith("boram_nlu_parses_total") and '"other"' in line
    )


def _timed(change: Callable[[], object]) -> float:
    start = time.monotonic()
    change()
    return time.monotonic() - start
