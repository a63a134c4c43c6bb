"""A little language and a school to learn it in: a real training of a few sentences takes seconds."""

from __future__ import annotations

import io
import json
import tarfile
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from bot.model_folder import ModelFolder
from models.nlu_models import Made, NluModel, keep_report, register
from models.nlu_traffic import SLOT_A, flip, mark_loaded
from quality.kept import Kept, as_plain, keep
from quality.readings import Reading
from tests.nlu_server import NLU_DATA
from tests.quality.readings import reading

TAUGHT = {
    "check_hours": [
        "봉사시간 몇 시간이야",
        "내 봉사시간 알려줘",
        "지금까지 몇 시간 했어",
        "시간 얼마나 쌓였어",
        "총 봉사시간 확인",
        "올해 몇 시간 채웠지",
        "[지난달](date) 봉사시간 알려줘",
    ],
    "login_problem": [
        "로그인이 안 돼요",
        "로그인 화면이 안 떠",
        "접속이 안 돼",
        "로그인 오류 나요",
        "아이디 까먹었어",
        "로그인 좀 도와줘",
    ],
    "out_of_scope": [
        "내일 날씨 맑을까",
        "점심 뭐 먹지",
        "심심하다 놀아줘",
        "축구 누가 이겼어",
        "수학 숙제 대신 해줘",
        "재밌는 노래 틀어줘",
    ],
}
ASKED = {"check_hours": ["봉사시간 얼마나 했지", "내 시간 확인해줘"], "out_of_scope": ["저녁 뭐 먹을까"]}


def write_language(folder: Path) -> Path:
    """Write a project like ``nlu_data`` with three meanings and an exam of three sentences."""
    domain = (NLU_DATA / "domain.yml").read_text("utf-8")
    entities = domain[domain.index("entities:") :]
    intents = "".join(f"- {intent}\n" for intent in TAUGHT)
    folder.mkdir()
    (folder / "domain.yml").write_text(f'version: "3.1"\nintents:\n{intents}{entities}', "utf-8")
    for name in ("config.yml", "lookups"):
        (folder / name).symlink_to(NLU_DATA / name)
    for part, sentences in (("data", TAUGHT), ("holdout", ASKED)):
        (folder / part).mkdir()
        for intent, texts in sentences.items():
            (folder / part / f"{intent}.yml").write_text(_file(intent, texts), "utf-8")
    return folder


def _file(intent: str, texts: list[str]) -> str:
    lines = "".join(f"    - {text}\n" for text in texts)
    about = "  metadata:\n    style: casual\n    source: authored\n"
    return f'version: "3.1"\nnlu:\n- intent: {intent}\n{about}  examples: |\n{lines}'


def evaluation(name: str, wrong: int = 0, golden: tuple[Reading, ...] = ()) -> Kept:
    """Return the evaluation of a model that took so many of forty sentences about hours for something else."""
    readings = [
        *(reading(f"시간 {n}", "check_hours", "greeting", confidence=0.02) for n in range(wrong)),
        *(reading(f"시간 {n}", "check_hours", confidence=0.99) for n in range(wrong, 40)),
        *(reading(f"날씨 {n}", "out_of_scope", confidence=0.99) for n in range(20)),
        *(reading(f"힘들다 {n}", "crisis_support", confidence=0.99) for n in range(10)),
    ]
    return keep(name, readings, golden)


def add_model(
    db: Session,
    folder: ModelFolder,
    name: str,
    now: datetime,
    *,
    wrong: int = 0,
    golden: tuple[Reading, ...] = (),
    live: bool = False,
) -> NluModel:
    """Put a model into the folder and its evaluation into the store; it is no model Rasa could read."""
    with tarfile.open(folder.path(name), "w:gz") as archive:
        about = json.dumps({"model_id": f"id of {name}"}).encode()
        entry = tarfile.TarInfo("metadata.json")
        entry.size = len(about)
        archive.addfile(entry, io.BytesIO(about))
    model = register(db, Made(name, None, "f" * 16, 19, folder.path(name).stat().st_size), now)
    kept = evaluation(name, wrong, golden)
    keep_report(model, as_plain(kept), kept.summary, kept.exam, now)
    if live:
        mark_loaded(db, SLOT_A, name, f"id of {name}", now)
        flip(db, SLOT_A, now)
    db.flush()
    return model
