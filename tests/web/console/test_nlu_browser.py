"""A trainer's way from a training to a better model in a real browser, at both widths, and once without a script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from bot.model_folder import ModelFolder
from models.members import Member
from models.nlu_jobs import JobState, NluJob, beat, came_of, claim, end, jobs
from models.quality_days import count_days
from models.staff import StaffRole
from tests.quality.readings import reading
from tests.training.school import add_model
from tests.turns import make_turn
from tests.web.console.colleague import COOKIE, Colleague
from tests.web.visitor import account_of
from tests.web.window import assert_fit, looking


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


def sit_down(page: Page, someone: Colleague, address: str) -> None:
    page.set_default_timeout(15_000)
    secure = address.replace("http:", "https:")
    page.context.add_cookies(
        [{"name": COOKIE, "value": someone.cookie(COOKIE), "url": secure, "secure": True}]
    )
    page.goto(f"{address}/console/models")


def newest(db: Session) -> NluJob:
    db.rollback()
    return jobs(db, 1)[0]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_training_is_watched_compared_and_let_in(
    address: str,
    colleague: Callable[..., Colleague],
    db: Session,
    folder: ModelFolder,
    now: datetime,
    browser: Browser,
    width: int,
) -> None:
    golden = (reading("내 시간", "check_hours"),)
    add_model(db, folder, "present", now - timedelta(days=3), wrong=2, golden=golden, live=True)
    db.commit()
    with looking(browser, width) as page:
        sit_down(page, colleague(StaffRole.TRAINER, "이가르"), address)
        assert_fit(page)
        page.get_by_role("button", name="새 모델 훈련하기").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("새 모델 훈련")
        job = newest(db)
        claim(db, job.id, now)
        beat(db, job.id, now, "뜻을 배우고 있어요", 0.5)
        db.commit()
        expect(page.get_by_role("status")).to_have_text("뜻을 배우고 있어요")
        expect(page.get_by_role("progressbar")).to_have_attribute("value", "50")
        assert_fit(page)

        model = add_model(db, folder, "better", now, golden=golden)
        came_of(db, job.id, model)
        end(db, job.id, JobState.DONE, now, words="훈련하고 시험까지 마쳤어요.")
        db.commit()
        page.get_by_role("link", name="지금 모델과 견주기").click()  # it appeared by itself
        expect(page.get_by_role("heading", name="새로 맞힌 문장")).to_have_count(0)
        expect(page.get_by_text("새로 맞힌 문장").first).to_be_visible()
        assert_fit(page)
        page.get_by_role("link", name="이 모델로 바꾸기").click()
        assert_fit(page)
        page.get_by_role("button", name="네, 바꿀게요").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("모델 바꾸기")
        assert newest(db).model_id == model.id
        page.goto(f"{address}/console/models/{model.id}")
        assert_fit(page)


def test_everything_works_without_a_script_too(
    address: str,
    colleague: Callable[..., Colleague],
    db: Session,
    member: Member,
    folder: ModelFolder,
    now: datetime,
    browser: Browser,
) -> None:
    add_model(db, folder, "present", now, live=True)
    account = account_of(db, member)
    for days in range(1, 20):
        for _ in range(3):
            make_turn(db, account, at=now - timedelta(days=days), model="old" if days > 9 else "present")
    db.commit()
    count_days(db, now)
    with looking(browser, 390, scripts=False) as page:
        sit_down(page, colleague(StaffRole.TRAINER, "이가르"), address)
        page.get_by_role("button", name="새 모델 훈련하기").click()
        number = newest(db).id
        claim(db, number, now)
        beat(db, number, now, "뜻을 배우고 있어요", 0.5)
        db.commit()
        page.get_by_role("link", name="지금은 어떤지 다시 보기").click()
        expect(page.get_by_role("status")).to_have_text("뜻을 배우고 있어요")
        page.get_by_role("button", name="그만두기").click()
        expect(page.get_by_text("멈추고 있어요.", exact=True)).to_be_visible()
        page.goto(f"{address}/console/models/golden")
        page.get_by_label("문장").first.fill("내 봉사 시간 좀 볼까")
        page.get_by_label("뜻").select_option("check_hours")
        page.get_by_role("button", name="더하기").click()
        expect(page.get_by_role("row").filter(has_text="내 봉사 시간 좀 볼까")).to_be_visible()
        page.goto(f"{address}/console/models/trend")
        expect(page.get_by_role("img", name="알아들은 비율과 확신")).to_be_visible()
