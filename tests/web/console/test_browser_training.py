"""Training sentences in a real browser: a trainer's quarter of an hour at both widths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from models.clock import SetClock
from models.staff import StaffRole
from models.training_files import import_folder
from tests.models.test_training_files import GREETING, NO_SHOW
from tests.web.console.colleague import Colleague
from tests.web.console.test_browser_alerts import come_in
from tests.web.window import assert_fit, looking


@pytest.fixture
def _taught(db: Session, clock: SetClock, tmp_path: Path) -> None:
    folder = tmp_path / "sentences"
    folder.mkdir()
    (folder / "greeting.yml").write_text(GREETING, "utf-8")
    (folder / "no_show.yml").write_text(NO_SHOW, "utf-8")
    import_folder(db, folder, "import", clock.now())
    db.commit()


@pytest.mark.usefixtures("_taught")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_sentence_is_taught_with_its_marks_and_files_go_up(
    address: str, browser: Browser, colleague: Callable[..., Colleague], tmp_path: Path, width: int
) -> None:
    with looking(browser, width) as page:
        page.set_default_timeout(15_000)
        come_in(page, address, colleague(StaffRole.TRAINER, "박선생", signed_in=False))
        page.goto(f"{address}/console/training")
        expect(page.get_by_role("status").filter(has_text="6문장")).to_be_visible()
        assert_fit(page)
        page.get_by_role("link", name="문장 더하기").click()
        sentence = page.get_by_label("문장", exact=True)
        sentence.fill("모레 하이루 방가방가")
        sentence.press("Home")
        for _ in range(2):
            sentence.press("Shift+ArrowRight")
        expect(page.get_by_label("표시할 낱말")).to_have_value("모레")
        page.get_by_label("무엇인지").select_option("날짜")
        page.get_by_role("button", name="표시 달기").press("Enter")
        expect(sentence).to_have_value("[모레](date) 하이루 방가방가")
        page.get_by_label("뜻").select_option("no_show/effect")
        page.get_by_label("말투").select_option("반말")
        assert_fit(page)
        page.get_by_role("button", name="더하기").press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("문장을 더했어요")
        assert_fit(page)
        page.get_by_role("button", name="이 문장 쉬게 하기").click()
        expect(page.get_by_role("main")).to_contain_text("쓰는 중 → 쉬는 중")
        page.get_by_role("button", name="이 일이 있기 전으로 되돌리기").first.click()
        expect(page.get_by_role("status").first).to_contain_text("되돌렸어요")
        assert_fit(page)

        page.goto(f"{address}/console/training/upload")
        file = tmp_path / "new.yml"
        file.write_bytes(b"x" * 3_000_000)
        page.get_by_label("YAML 파일").set_input_files(file)
        expect(page.get_by_role("alert")).to_have_text("파일이 너무 커요. 2MB까지 올릴 수 있어요.")
        file = tmp_path / "small.yml"
        file.write_text("nlu:\n- intent: greeting\n  examples: |\n    - 하이 [친구](person)\n", "utf-8")
        page.get_by_label("YAML 파일").set_input_files(file)
        expect(page.get_by_role("alert")).to_be_hidden()
        page.get_by_role("button", name="올려서 보기").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("이렇게 더할까요?")
        assert_fit(page)
        page.get_by_role("button", name="1문장 더하기").click()
        expect(page.get_by_role("status").filter(has_text="8문장")).to_be_visible()
