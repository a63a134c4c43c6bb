"""The console in a real browser: one colleague's morning at both widths, and a security key."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from app import close_app, create_app
from bot.settings import Settings
from models.clock import SystemClock
from tests.web.console.colleague import PASSWORD
from tests.web.console.desk import come_in, go_to
from tests.web.window import assert_fit, looking


@pytest.fixture
def site(tmp_path: Path, sqlite_address: str, redis_url: str) -> Iterator[tuple[Flask, str]]:
    """Serve the application under a name: browsers keep security keys for no bare address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    address = f"http://localhost:{listening.getsockname()[1]}"
    settings = Settings(
        app_env="test",
        instance_dir=tmp_path,
        database_url=sqlite_address,
        redis_url=redis_url,
        public_url=address,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="a key for tests only, of enough length",
        signing_key="a key for tests",
    )
    app = create_app(settings, SystemClock())
    server = make_server("127.0.0.1", 0, app, threaded=True, fd=listening.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield app, address
    server.shutdown()
    server.server_close()
    listening.close()
    close_app(app)


def invitation(app: Flask) -> str:
    made = app.test_cli_runner().invoke(
        args=["staff", "create", "kim@kywa.example", "--name", "김담당", "--role", "admin"]
    )
    found = re.search(r"http://\S+", made.output)
    assert found
    return found[0]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_morning_at_the_console(site: tuple[Flask, str], browser: Browser, width: int) -> None:
    app, address = site
    with looking(browser, width) as page:
        page.set_default_timeout(15_000)
        come_in(page, invitation(app))
        assert_fit(page)

        go_to(page, "직원")
        page.get_by_role("link", name="직원 더하기").click()
        assert_fit(page)
        page.get_by_label("이름").fill("이동료")
        page.get_by_label("이메일").fill("lee@kywa.example")
        page.get_by_label("가르치기", exact=True).check()
        page.get_by_role("button", name="만들기").click()
        expect(page.locator("code")).to_contain_text("/console/welcome/")
        assert_fit(page)
        page.get_by_role("link", name="전해 줬어요").click()
        assert_fit(page)

        go_to(page, "규칙")
        assert_fit(page)
        page.get_by_role("link", name="취소 마감 시각").click()
        page.get_by_label("새 값").fill("17:00")
        page.get_by_label("이유").fill("새 지침이 나왔어요")
        assert_fit(page)
        page.get_by_role("button", name="바꾸기").click()
        expect(page.get_by_role("status")).to_contain_text("17:00")
        assert_fit(page)

        go_to(page, "기록")
        row = page.get_by_role("row").filter(has_text="취소 마감 시각")
        expect(row).to_contain_text("18:00 → 17:00")
        expect(row).to_contain_text("새 지침이 나왔어요")
        assert_fit(page)
        page.get_by_role("link", name="달마다 점검하기").click()
        assert_fit(page)
        go_to(page, "회원")
        assert_fit(page)
        go_to(page, "내 계정")
        assert_fit(page)
        page.get_by_text("김담당 님").click()
        page.get_by_role("button", name="로그아웃").first.click()
        expect(page.get_by_role("main")).to_contain_text("수고했어요")
        assert_fit(page)
    assert_without_scripts(browser, address)


def assert_without_scripts(browser: Browser, address: str) -> None:
    """Sign in again where no script runs, as far as the second proof."""
    with looking(browser, 390, scripts=False) as page:
        page.goto(f"{address}/console/sign-in")
        page.get_by_label("이메일").fill("kim@kywa.example")
        page.get_by_label("비밀번호").fill(PASSWORD)
        page.get_by_role("button", name="로그인").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("한 번 더 확인할게요")


def test_a_security_key_is_added_and_opens_the_console(site: tuple[Flask, str], browser: Browser) -> None:
    app, address = site
    with looking(browser, 390) as page:
        page.set_default_timeout(15_000)
        authenticator = page.context.new_cdp_session(page)
        authenticator.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        authenticator.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        come_in(page, invitation(app))
        page.goto(f"{address}/console/account/keys/new")
        assert_fit(page)
        page.get_by_label("키 이름").fill("사무실 노트북")
        page.get_by_label("지금 쓰는 비밀번호").fill(PASSWORD)
        page.get_by_role("button", name="보안 키 더하기").click()
        expect(page.get_by_role("status")).to_contain_text("사무실 노트북")
        page.get_by_text("김담당 님").click()
        page.locator(".viewer-menu").get_by_role("button", name="로그아웃").click()

        page.get_by_label("이메일").fill("kim@kywa.example")
        page.get_by_label("비밀번호").fill(PASSWORD)
        page.get_by_role("button", name="로그인").click()
        page.get_by_role("link", name="보안 키로 확인하기").click()
        assert_fit(page)
        page.get_by_role("button", name="보안 키로 확인하기").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("오늘 할 일")

        page.goto(f"{address}/console/account")
        page.get_by_role("link", name="사무실 노트북 빼기").click()
        page.get_by_label("지금 쓰는 비밀번호").fill(PASSWORD)
        assert_fit(page)
        page.get_by_role("button", name="뺄게요").click()
        expect(page.get_by_role("status")).to_contain_text("보안 키를 뺐어요")
