"""Turns a second through the skill endpoint, beside bare NLU parses and a bare Flask echo, in the same run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from bench.load import Load, post
from bench.stack import ROOT, Stack, free_port, wait

SECONDS = 20
RATE = 100
_PAYLOAD = ROOT / "tests/fixtures/kakao/payloads/skill_fallback_utterance.json"


def sentences() -> list[str]:
    """Return sentences people say: those kept for measuring, never trained on."""
    found: list[str] = []
    for path in sorted((ROOT / "nlu_data/holdout").glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            examples = entry["examples"]
            lines = examples.splitlines() if isinstance(examples, str) else [e["text"] for e in examples]
            found += [_plain(line) for line in lines if line.strip()]
    return found


def _plain(line: str) -> str:
    return re.sub(r"\[([^\]]*)\](\([^)]*\)|\{[^}]*\})", r"\1", line.strip().removeprefix("- ")).strip()


def payload(words: str, user: str, extra: object = None) -> bytes:
    """Return a Kakao payload with these words of this person."""
    body = json.loads(_PAYLOAD.read_text(encoding="utf-8"))
    body["userRequest"]["utterance"] = words
    body["userRequest"]["user"]["id"] = user
    body["userRequest"]["user"]["properties"] = {"botUserKey": user}
    body["action"]["clientExtra"] = extra
    return json.dumps(body, ensure_ascii=False).encode()


def measure(stack: Stack, console: Console) -> None:
    """Print the table of turns."""
    words = sentences()
    count = RATE * SECONDS
    people = ["persona-busy", "persona-42h", "persona-13", "persona-new", *(f"bench-{n}" for n in range(200))]
    fresh = [payload(f"{words[n % len(words)]} {n}", people[n % len(people)]) for n in range(count)]
    newer = [payload(f"음 {words[n % len(words)]} {n}", people[n % len(people)]) for n in range(count)]
    repeated = [payload(words[n % 40], people[n % len(people)]) for n in range(count)]
    presses = [
        payload("내 봉사시간", people[n % len(people)], {"action": "check_hours", "data": {}, "v": 1})
        for n in range(count)
    ]
    skill, headers = f"{stack.web}/skills/kakao", {"X-Skill-Key": stack.skill_key}
    parses = [json.dumps({"text": f"{words[n % len(words)]} x{n}"}).encode() for n in range(count)]
    table = Table(
        "what", "sent", "answered/s", "p50 ms", "p99 ms", "failed", title=f"{RATE} a second for {SECONDS} s"
    )
    echo_process, echo = _echo()
    try:
        for name, url, bodies, head in (
            ("bare Flask echo", echo, fresh, {}),
            ("bare /model/parse", f"{stack.nlu}/model/parse?token={stack.nlu_token}", parses, {}),
            ("turns, every sentence new", skill, fresh, headers),
            ("turns, sentences seen before", skill, repeated, headers),
            ("turns, buttons", skill, presses, headers),
        ):
            _row(table, name, post(url, bodies, head, rate=RATE))
        for name, url, bodies, head in (
            ("bare Flask echo, as fast as it goes", echo, fresh, {}),
            ("turns, new, as fast as it goes", skill, newer, headers),
            ("turns, seen, as fast as it goes", skill, repeated, headers),
        ):
            _row(table, name, post(url, bodies, head, rate=0, connections=8))
        for name, bodies in (
            ("one at a time, buttons", presses[:200]),
            ("one at a time, seen", repeated[:200]),
        ):
            _row(table, name, post(skill, bodies, headers, rate=0, connections=1))
    finally:
        echo_process.terminate()
        echo_process.wait(10)
    console.print(table)


def _row(table: Table, name: str, load: Load) -> None:
    table.add_row(
        name,
        str(len(load.seconds) + load.failed),
        f"{load.per_second:.0f}",
        f"{load.percentile(0.5):.1f}",
        f"{load.percentile(0.99):.1f}",
        str(load.failed),
    )


def _echo() -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    command = [
        gunicorn,
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
        "--threads",
        "16",
        "bench.echo:app",
    ]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    wait(f"http://127.0.0.1:{port}/", process)
    return process, f"http://127.0.0.1:{port}/"
