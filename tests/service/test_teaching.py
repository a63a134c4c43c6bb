"""What was misunderstood in the chat is taught in the console, proven, let in, and taken back: on the whole service."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.stack import ROOT, Stack, running
from tests.nlu_server import ensure_model
from tests.simulator.window import Window
from tests.web.console.desk import come_in, go_to
from tests.web.window import assert_fit, looking

SLANG = ("내 봉봉이 몇 개야", "봉봉이 몇 개 모였어")
"""What only somebody's own circle says for hours; nothing of it was ever taught."""
HOURS = "42시간"
TRAINING = 420_000
"""Milliseconds for a training and an exam, twice: the live model has never sat it."""
ENOUGH = 8
"""Sentences of each meaning that the store keeps: a training of some seconds, and a model that the gate shuts out."""
KEEP_SOME = """
    UPDATE training_sentence SET active = 0 WHERE id NOT IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY intent, coalesce(topic, '') ORDER BY id) AS place
            FROM training_sentence
        ) WHERE place <= ?
    )
"""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run a service of its own with both slots: what is taught here must not be met by other tests."""
    instance = tmp_path_factory.mktemp("school")
    with running(instance, model=ensure_model(), two_slots=True) as stack:
        command(stack, "nlu", "import")
        with sqlite3.connect(instance / "boram.sqlite3", timeout=15) as store:
            store.execute(KEEP_SOME, (ENOUGH,))
        store.close()
        yield stack


def command(stack: Stack, *words: str) -> str:
    """Run a ``flask`` command as somebody on the machine would."""
    ran = subprocess.run(
        [ROOT / ".venv/bin/flask", "--app", "app", *words],
        env={**os.environ, "INSTANCE_DIR": str(stack.instance), "PUBLIC_URL": stack.web},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.timeout(600, func_only=True)
def test_a_misunderstood_sentence_is_taught_proven_let_in_and_taken_back(
    school: Stack, browser: Browser
) -> None:
    made = command(school, "staff", "create", "kim@kywa.example", "--name", "김가르침", "--role", "admin")
    invitation = re.search(r"http://\S+", made)
    assert invitation
    with looking(browser, 390) as phone, looking(browser, 1280) as desk:
        desk.set_default_timeout(20_000)
        phone.goto(f"{school.simulator}/?persona=persona-42h")
        chat = Window(phone)
        for words in SLANG:
            expect(chat.say(words)).not_to_contain_text(HOURS)

        come_in(desk, invitation[0])
        teach(desk)
        train(desk)
        let_in(desk)
        for words in SLANG:
            say_until(chat, words, HOURS, there=True)

        take_back(desk)
        say_until(chat, SLANG[0], HOURS, there=False)
    assert chat.errors == []


def teach(desk: Page) -> None:
    """Find both sentences in one group of the inbox and say what they mean."""
    go_to(desk, "받은 문장")
    group = desk.locator("li[data-step]").filter(has_text=SLANG[0]).filter(has_text=SLANG[1])
    for _ in range(30):  # the worker brings them in every ten seconds
        if group.is_visible():
            break
        desk.wait_for_timeout(1000)
        desk.reload()
    expect(group).to_be_visible()
    assert_fit(desk)
    group.get_by_role("link").first.click()
    desk.get_by_label("목록에서 골라요").select_option("check_hours")
    assert_fit(desk)
    desk.get_by_role("button", name="고른 문장의 뜻 정하기").click()
    expect(desk.get_by_role("status")).to_contain_text("2문장을 '내 봉사시간' 뜻으로")


def train(desk: Page) -> None:
    """Train and watch until the exam is over."""
    go_to(desk, "모델")
    desk.get_by_role("button", name="새 모델 훈련하기").click()
    expect(desk.get_by_role("progressbar")).to_be_visible()
    desk.get_by_role("link", name="지금 모델과 견주기").click(timeout=TRAINING)  # comes by itself


def let_in(desk: Page) -> None:
    """See that the gate is shut, for so little was learned, and open it for a reason."""
    expect(desk.get_by_role("heading", level=1)).to_have_text("지금 모델과 견주기")
    assert_fit(desk)
    desk.get_by_role("link", name="이 모델로 바꾸기").click()
    expect(desk.get_by_text("이유는 기록에 남아요.")).to_be_visible()
    desk.get_by_label("이유").fill("이 서비스에는 이만큼만 가르쳐요")
    desk.get_by_role("button", name="그래도 바꾸기").click()
    expect(desk.get_by_role("main")).to_contain_text("모델이 대답해요", timeout=60_000)
    assert_fit(desk)


def take_back(desk: Page) -> None:
    """Go back to the model before."""
    go_to(desk, "모델")
    desk.get_by_role("link", name="앞 모델로 되돌리기").click()
    desk.get_by_role("button", name="네, 되돌릴게요").click()


def say_until(chat: Window, words: str, answer: str, *, there: bool) -> None:
    """Say words until the answer holds what it should: processes look once a second who answers."""
    until = time.monotonic() + 20
    while (answer in chat.say(words).inner_text()) is not there:
        assert time.monotonic() < until, f"{answer} is {'not ' if there else ''}in what {words} is answered"
        chat.page.wait_for_timeout(500)
