from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from quality.readings import NotMeasured, read_sentences
from quality.report import as_json, cells, measured, render
from tests.nlu_server import ensure_model
from tests.quality.readings import reading
from tests.service.phone import judge

SENTENCES = """\
version: "3.1"
nlu:
- intent: check_hours
  metadata:
    style: casual
  examples: |
    - 나 봉사시간 몇 시간이야
- intent: find_program
  examples: |
    - '[내일]{"entity": "date", "value": "2026-11-24"} 갈 봉사 찾아줘'
"""
HOSTILE = "<script>alert('봉사')</script>"


def test_the_page_draws_figures_and_names_what_changed(browser: Browser, now: datetime) -> None:
    new, old = (
        measured("새 모델", [reading("시간", "check_hours", style="typo"), reading(HOSTILE, "abuse")]),
        measured(
            "앞 모델", [reading("시간", "check_hours", "greeting"), reading(HOSTILE, "abuse", "greeting")]
        ),
    )
    for width in (390, 1280):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.set_content(render(new, old, now))
        judge(page)
        assert page.get_by_role("heading", name="새로 맞힌 문장").is_visible()
        assert page.locator("main").get_by_text(HOSTILE).first.is_visible()
        assert page.locator("svg[role=img]").count() == 2
        page.close()


def test_json_says_what_changed(now: datetime) -> None:
    new = measured("새 모델", [reading("시간", "check_hours")])
    old = measured("앞 모델", [reading("시간", "check_hours", "greeting")])
    told = json.loads(json.dumps(as_json(new, old)))
    assert told["figures"]["accuracy"] == 1.0
    assert told["against"]["figures"]["accuracy"] == 0.0
    assert [c["before"]["got"] for c in told["changed"]["mended"]] == ["greeting"]


def test_the_matrix_holds_every_sentence_once() -> None:
    found = cells(
        [reading("a", "x"), reading("b", "x", "y"), reading("c", "x", "y"), reading("d", "y")], ["x", "y"]
    )
    assert [(c.row, c.column, c.n) for c in found] == [(0, 0, 1), (0, 1, 2), (1, 1, 1)]
    assert found[1].share == pytest.approx(2 / 3)


def test_sentences_are_read_by_the_model_in_its_own_environment(tmp_path: Path) -> None:
    path, watched = tmp_path / "sentences.yml", []
    path.write_text(SENTENCES, encoding="utf-8")
    readings = read_sentences(ensure_model(), path, lambda *done: watched.append(done))
    assert [r.got.intent for r in readings] == ["check_hours", "find_program"]
    assert (readings[0].style, readings[1].entities[0].value) == ("casual", "2026-11-24")
    assert watched == [(1, 2), (2, 2)]


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotMeasured, match=r"no\.tar\.gz"):
        read_sentences(tmp_path / "no.tar.gz")
