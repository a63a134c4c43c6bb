"""For the tests: train the classifiers on a few sentences and print what they make of others.

``little_model.py FOLDER [--second-look SHARE] < TEXTS``: one JSON text a line in, one JSON ``[trained, loaded]`` a line out, each
``{"ranking", "novelty", "topic"}``. FOLDER keeps the model.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components.intent_classifier import KernelIntentClassifier
from components.kiwi_tokenizer import KiwiTokenizer
from components.normalizer import Normalizer
from components.sentence_encoder import SentenceEncoder
from components.surface_featurizer import SurfaceFeaturizer
from components.topic_classifier import TopicClassifier
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

LOOKUPS = {"lookups": str(Path(__file__).parent / "lookups")}
SENTENCES: dict[tuple[str, str], list[str]] = {
    ("check_hours", ""): [
        "봉사시간 몇 시간이야",
        "내 봉사시간 알려줘",
        "지금까지 몇 시간 했어",
        "시간 얼마나 쌓였어",
        "총 봉사시간 확인",
        "올해 몇 시간 채웠지",
    ],
    ("login_problem", "login_problem/find_id"): [
        "아이디 까먹었어",
        "아이디 찾기",
        "내 아이디가 뭐였지",
        "아이디를 잊어버렸어요",
    ],
    ("login_problem", "login_problem/reset_password"): [
        "비밀번호 잊어버렸어",
        "비밀번호 다시 만들고 싶어",
        "비밀번호가 틀렸대요",
        "비밀번호 초기화",
    ],
    ("login_problem", ""): ["로그인이 안 돼요", "로그인 화면이 안 떠", "접속이 안 돼"],
    ("out_of_scope", ""): [
        "오늘 날씨 어때",
        "점심 뭐 먹지",
        "심심하다 놀아줘",
        "축구 누가 이겼어",
        "수학 숙제 대신 해줘",
        "노래 추천해줘",
    ],
}


def components(second_look: float) -> Iterator[tuple[Any, dict[str, Any]]]:
    """List the pipeline, as far as intents go."""
    yield Normalizer, LOOKUPS
    yield KiwiTokenizer, LOOKUPS
    yield SurfaceFeaturizer, {}
    yield SentenceEncoder, {}
    yield KernelIntentClassifier, {"second_look": second_look}
    yield TopicClassifier, {}


def train(folder: Path, second_look: float) -> tuple[list[Any], list[Any]]:
    """Return the components as trained, and as loaded from what they saved."""
    storage = LocalModelStorage.create(folder)
    data = TrainingData([_example(*key, text) for key, texts in SENTENCES.items() for text in texts])
    trained, loaded = [], []
    for kind, config in components(second_look):
        arguments = ({**kind.get_default_config(), **config}, storage, Resource(kind.__name__), None)
        component = kind.create(*arguments)
        if hasattr(component, "train"):
            component.train(data)
        if hasattr(component, "process_training_data"):
            component.process_training_data(data)
        trained.append(component)
        loaded.append(kind.load(*arguments))
    return trained, loaded


def _example(intent: str, topic: str, text: str) -> Message:
    metadata = {"intent": {"topic": topic}} if topic else {}
    return Message({"text": text, "intent": intent, "metadata": metadata})


def parse(pipeline: list[Any], text: str) -> dict[str, Any]:
    """Return what the components say of a text."""
    messages = [Message({"text": text})]
    for component in pipeline:
        messages = component.process(messages)
    found = messages[0].as_dict(only_output_properties=True)
    return {"ranking": found["intent_ranking"], "novelty": found["novelty"], "topic": found.get("topic")}


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--second-look", type=float, default=0.0)
    chosen = arguments.parse_args()
    pipelines = train(chosen.folder, chosen.second_look)
    for line in sys.stdin:
        print(json.dumps([parse(pipeline, json.loads(line)) for pipeline in pipelines]))  # noqa: T201 - its purpose
