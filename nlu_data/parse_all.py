"""Parse every sentence under a path with a model: ``parse_all.py MODEL.tar.gz [SENTENCES]``.

Prints one JSON object a line: first ``{"sentences": n}``, then for each sentence what it is said to mean and what the model
makes of it: ``{"text", "intent", "topic", "style", "entities", "parse", "ms"}``. ``entities`` are those annotated (start, end,
entity, and value where one is written); ``parse`` is what the server would answer; ``ms`` what it took.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from typing import Any

import structlog
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message

KEPT = ("entity", "start", "end", "value")


def said(example: Message) -> dict[str, Any]:
    """Return what a sentence is said to mean."""
    metadata = (example.get("metadata") or {}).get("intent") or {}
    entities = [{key: entity[key] for key in KEPT if key in entity} for entity in example.get("entities", [])]
    return {
        "text": example.get("text"),
        "intent": example.get("intent"),
        "topic": metadata.get("topic"),
        "style": metadata.get("style"),
        "entities": entities,
    }


async def parse_all(model: str, sentences: str) -> None:
    """Print what is described above."""
    agent = Agent.load(model)
    await agent.parse_message("안녕")  # the first parse is slow, and nobody's
    examples = load_data(sentences).nlu_examples
    print(json.dumps({"sentences": len(examples)}), flush=True)  # noqa: T201 - its purpose
    for example in examples:
        began = time.perf_counter()
        parse = await agent.parse_message(example.get("text"))
        ms = (time.perf_counter() - began) * 1000
        line = {**said(example), "parse": parse, "ms": round(ms, 2)}
        print(json.dumps(line, ensure_ascii=False, default=float), flush=True)  # noqa: T201 - its purpose


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(parse_all(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "holdout"))
