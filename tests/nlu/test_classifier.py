"""Intents, topics and novelty on a model of a few sentences: exact, calibrated, the same after saving, never failing."""

from __future__ import annotations

import json
import math
import os
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.nlu.conftest import RASA_PYTHON
from tests.nlu_server import NLU_DATA, ensure_model

pytestmark = pytest.mark.timeout(600)  # the encoders are read once for each model

Parses = dict[str, list[dict[str, Any]]]

UNDERSTOOD = {
    "봉사시간 총 몇 시간인지 알려줘": ("check_hours", None),
    "봉사시간알려줘": ("check_hours", None),
    "아이디 찾아줘": ("login_problem", "login_problem/find_id"),
    "비밀번호를 까먹었어요": ("login_problem", "login_problem/reset_password"),
    "로그인 왜 안 되지": ("login_problem", None),
    "내일 날씨 어때": ("out_of_scope", None),
    "저녁 뭐 먹을까": ("out_of_scope", None),
}
WILD = {
    "ten thousand characters": "봉사시간 알려줘 " * 1111,
    "ten thousand characters without a blank": "가" * 10_000,
    "emoji only": "😀🎉👨‍👩‍👧‍👦❤️",
    "one jamo": "ㅇ",
    "one letter": "a",
    "a zero byte": "봉사\0시간",
    "a zero width space": "\u200b",
    "half a surrogate pair": "\ud800 봉사",
    "right to left": "مرحبا كيف حالك",
    "another language": "What is the weather like in Paris?",
    "a bare number": "3",
}
SHARES = ("0", "0.5")


def run(
    *command: str | Path, texts: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a program of the Rasa environment from nlu_data and return what it said."""
    return subprocess.run(
        [RASA_PYTHON, *command],
        input="".join(f"{json.dumps(text)}\n" for text in texts),
        env={
            **os.environ,
            "PYTHONPATH": str(NLU_DATA),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "OMP_NUM_THREADS": "1",
            **environment,
        },
        cwd=NLU_DATA,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module", params=SHARES)
def parses(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Parses:
    """Return what the little model makes of every text, as trained and as loaded, without and with a second look."""
    texts = [*UNDERSTOOD, *WILD.values()]
    folder = tmp_path_factory.mktemp("little")
    ran = run(NLU_DATA / "little_model.py", folder, "--second-look", request.param, texts=texts)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return dict(zip(texts, map(json.loads, ran.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_a_sentence_nobody_trained_gets_its_intent_and_topic(parses: Parses, text: str) -> None:
    parse = parses[text][0]
    topic = parse["topic"] and parse["topic"]["name"]
    assert (parse["ranking"][0]["name"], topic) == UNDERSTOOD[text]


@pytest.mark.parametrize("text", [*UNDERSTOOD, *WILD.values()], ids=[*UNDERSTOOD, *WILD])
def test_confidences_are_probabilities_of_all_intents_in_order(parses: Parses, text: str) -> None:
    for parse in parses[text]:
        confidences = [meaning["confidence"] for meaning in parse["ranking"]]
        assert {meaning["name"] for meaning in parse["ranking"]} == {
            "check_hours",
            "login_problem",
            "out_of_scope",
        }
        assert confidences == sorted(confidences, reverse=True)
        assert math.isclose(sum(confidences), 1)
        assert min(confidences) >= 0
        assert 0 <= parse["novelty"] <= 1


def test_a_model_saved_and_loaded_says_the_same(parses: Parses) -> None:
    assert [trained for trained, _ in parses.values()] == [loaded for _, loaded in parses.values()]


def test_what_was_never_heard_is_newer_than_what_was(parses: Parses) -> None:
    known, foreign = parses["봉사시간알려줘"][0], parses[WILD["another language"]][0]
    assert known["novelty"] < 0.5 < foreign["novelty"]


KERNEL = """
import numpy as np
from components.kernel import closeness, fit, probabilities, targets
from components.scope import tempered

meaning = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
alike = closeness(meaning, meaning)
assert np.allclose(alike, np.exp([[0, -2, -4], [-2, 0, -2], [-4, -2, 0]]))

wanted = targets(np.array(["a", "b", "a"]), np.array(["a", "b"]))
assert wanted.tolist() == [[1, -1], [-1, 1], [1, -1]]
learned = fit(alike.copy(), wanted, 0.5)
assert np.allclose(learned.weights, np.linalg.solve(alike + 0.5 * np.eye(3), wanted), atol=1e-5)
for i in range(3):  # left out is what training without the sentence says of it
    others = [j for j in range(3) if j != i]
    without = fit(alike[np.ix_(others, others)].copy(), wanted[others], 0.5)
    assert np.allclose(learned.left_out[i], alike[i, others] @ without.weights, atol=1e-5)

half = probabilities(np.array([0.0, np.log(3)], np.float32), 1.0)
assert np.allclose(half, [0.25, 0.75])
moved = tempered(np.array([[0.5, 0.3, 0.2]]), 2, np.array([0.6]))
assert np.allclose(moved, [[0.25, 0.15, 0.6]])
"""


def test_scores_and_left_out_scores_are_those_of_the_formula() -> None:
    ran = run("-c", KERNEL)
    assert ran.returncode == 0, ran.stderr[-3000:]


WEIGHTS = """
import sys
from importlib.metadata import Distribution
from pathlib import Path
from components.sentence_encoder import check_weights
check_weights(Distribution.at(Path(sys.argv[1])))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return the dist-info of an installed package whose one file of weights holds ``whole``."""
    (tmp_path / "weights.npz").write_bytes(b"whole")
    info = tmp_path / "encoder-1.dist-info"
    info.mkdir()
    digest = "XVdmzy14cBYUIAQY7hRQaQ2a8SyE1SVF5IAvABrVMJk"
    (info / "RECORD").write_text(f"weights.npz,sha256={digest},5\n")
    return info


def test_whole_weights_are_accepted(package: Path) -> None:
    assert run("-c", WEIGHTS, package).returncode == 0


@pytest.mark.parametrize(("content", "what"), [(b"damage", "is damaged"), (None, "is missing")])
def test_weights_that_are_not_whole_are_named_with_what_to_run(
    package: Path, content: bytes | None, what: str
) -> None:
    file = package.parent / "weights.npz"
    file.unlink()
    if content:
        file.write_bytes(content)
    ran = run("-c", WEIGHTS, package)
    assert ran.returncode == 1
    assert f"{file} {what}: run rm -rf .venv-nlu && nlu_data/install.sh" in ran.stderr


READ = "import sys; from pathlib import Path; from components.intent_classifier import Learned; Learned.read(Path(sys.argv[1]))"


def test_a_damaged_file_of_the_model_is_named_with_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "intents.npz").write_bytes(b"PK\x03\x04 half a file")
    for file in (tmp_path / "intents.npz", tmp_path / "none/intents.npz"):
        ran = run("-c", READ, file)
        assert ran.returncode == 1
        assert "ModelBroken: intents.npz in the model cannot be read" in ran.stderr
        assert "train again with nlu_data/train.sh" in ran.stderr


@pytest.fixture(scope="module")
def damaged_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the model of the present nlu_data in which the file of the intents ends too early."""
    folder = tmp_path_factory.mktemp("damaged")
    with tarfile.open(ensure_model()) as whole:
        whole.extractall(folder / "parts", filter="data")
    (intents,) = (folder / "parts").rglob("intents.npz")
    intents.write_bytes(intents.read_bytes()[:100_000])
    with tarfile.open(folder / "model.tar.gz", "w:gz") as model:
        for part in (folder / "parts").iterdir():
            model.add(part, part.name)
    return folder / "model.tar.gz"


def test_a_server_whose_model_is_damaged_does_not_start(damaged_model: Path) -> None:
    ran = subprocess.run(
        [NLU_DATA / "serve.sh", damaged_model, "5998"],
        env={**os.environ, "NLU_TOKEN": "t"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 1
    assert "The NLU server does not start: intents.npz in the model cannot be read" in ran.stderr
