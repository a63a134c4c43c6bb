from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from web import assets

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ROOT = Path(__file__).parents[2]
BUDGET = 100_000


@dataclass
class Entry:
    label: str
    url: str
    icon: str = "list"
    current: bool = False


@dataclass
class Viewer:
    name: str


NAVIGATION = [
    Entry("봉사 찾기", "/find", "search"),
    Entry("내 신청", "/mine", "list"),
    Entry("내 시간", "/", "clock", current=True),
    Entry("확인서", "/certificates", "certificate"),
    Entry("더보기", "/more", "more"),
]
MONTHS = [
    (f"{month}월", hours)
    for month, hours in zip([*range(3, 13), 1, 2], [2, 0, 4, 1.5, 0, 0, 6, 3, 1, 0, 0, 0], strict=True)
]


def portal() -> Flask:
    """Return an application that is nothing but our templates, the built files and the policy of the pages."""
    app = Flask("portal", static_folder=None)
    app.secret_key = "for tests only"
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(ROOT / "web" / "templates"), FileSystemLoader(Path(__file__).parent)]
    )
    CSRFProtect(app)
    assets.install(app)
    app.extensions["posted"] = []

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "viewer": Viewer("김○람"),
            "not_me_url": "/not-me",
            "logout_url": "/logout",
            "navigation": NAVIGATION,
            "chat_url": "/chat",
            "privacy_url": "/privacy",
            "public_url": "https://boram.example",
        }

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @app.get("/")
    def styleguide() -> str:
        views = [
            Entry("이번 학년도", "/", current=True),
            Entry("지난 학년도", "/last"),
            Entry("모두", "/all"),
        ]
        filters = [
            Entry("이번 주말", "/?weekend=1", current=True),
            Entry("서울특별시", "/?region=1"),
            Entry("3시간까지", "/?hours=3"),
        ]
        return render_template("styleguide.html", views=views, filters=filters, months=MONTHS)

    @app.get("/confirm")
    def confirm() -> str:
        return render_template("confirm.html")

    @app.post("/<name>")
    def post(name: str) -> ResponseReturnValue:
        app.extensions["posted"].append((name, request.form.to_dict()))
        flash("다 됐어요.", "success")
        return redirect("/confirm", 303)

    @app.get("/login")
    def login() -> str:
        return render_template("login.html")

    @app.get("/fail/<int:code>")
    def fail(code: int) -> ResponseReturnValue:
        abort(code)

    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> ResponseReturnValue:
        return render_template("errors/error.html", code=error.code), error.code or 500

    return app


@contextmanager
def running(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def app() -> Flask:
    return portal()


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    with running(app) as address:
        yield address


@pytest.fixture
def posted(app: Flask) -> list[tuple[str, dict[str, str]]]:
    posts: list[tuple[str, dict[str, str]]] = app.extensions["posted"]
    posts.clear()
    return posts


@contextmanager
def visit(browser: Browser, address: str, width: int = 390, **options: Any) -> Iterator[Page]:
    """Give a page whose console must stay silent: nothing missing, nothing that the policy forbids."""
    context: BrowserContext = browser.new_context(
        base_url=address, viewport={"width": width, "height": 844}, locale="ko-KR", **options
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("path", ["/", "/confirm"])
def test_every_part_is_accessible_and_fits(browser: Browser, address: str, width: int, path: str) -> None:
    with visit(browser, address, width) as page:
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_touch_targets_are_large_enough(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        page.goto("/")
        small = page.evaluate("""() => [...document.querySelectorAll('nav a, button, summary, .krds-btn, .menu a, .choice, select, .krds-input')]
            .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.width < 44 || box.height < 44)).map(([html]) => html)""")
        assert small == []


def test_a_first_visit_stays_under_the_budget(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        sizes: list[int] = []
        page.on(
            "requestfinished",
            lambda request: sizes.append(
                sum(request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize"))
            ),
        )
        page.goto("/", wait_until="networkidle")
        assert len(sizes) >= 3
        assert sum(sizes) < BUDGET


def test_everything_works_without_scripts(browser: Browser, address: str, posted: list[Any]) -> None:
    with visit(browser, address, java_script_enabled=False) as page:
        page.goto("/")
        page.get_by_role("link", name="취소하기").click()
        page.get_by_role("button", name="네, 취소할게요").click()
        expect(page.get_by_role("status")).to_contain_text("다 됐어요.")
    ((name, form),) = posted
    assert name == "cancel"
    assert form["csrf_token"]


def test_a_confirm_page_opens_in_a_dialog(browser: Browser, address: str, posted: list[Any]) -> None:
    with visit(browser, address) as page:
        page.goto("/")
        page.get_by_role("link", name="취소하기").click()
        dialog = page.get_by_role("dialog", name="이 봉사를 취소할까요?")
        expect(dialog.get_by_role("heading")).to_be_focused()
        assert Axe().run(page).violations_count == 0
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(page.get_by_role("link", name="취소하기")).to_be_focused()
        page.get_by_role("link", name="취소하기").click()
        dialog.get_by_role("link", name="아니요, 돌아갈게요").click()
        expect(dialog).to_have_count(0)
        page.get_by_role("link", name="취소하기").click()
        dialog.get_by_role("button", name="네, 취소할게요").click()
        expect(page.get_by_role("status")).to_contain_text("다 됐어요.")
    assert [name for name, _ in posted] == ["cancel"]


def test_a_link_whose_page_has_nothing_to_confirm_is_followed(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        page.goto("/")
        page.evaluate("document.querySelector('[data-dialog]').href = '/login?no-script'")
        page.get_by_role("link", name="취소하기").click()
        page.wait_for_url("**/login?no-script")


def test_a_form_is_sent_once_however_often_it_is_pressed(
    browser: Browser, address: str, posted: list[Any]
) -> None:
    with visit(browser, address) as page:
        page.goto("/confirm")
        page.evaluate(
            """() => { const button = document.querySelector('[data-confirm] button'); button.click(); button.click(); }"""
        )
        page.wait_for_load_state("networkidle")
    assert len(posted) == 1


def test_a_pasted_code_keeps_its_digits(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        page.goto("/")
        page.get_by_label("인증번호").fill("123 456 7")
        expect(page.get_by_label("인증번호")).to_have_value("123456")


def test_the_login_page_sends_itself_once_when_it_is_seen(
    browser: Browser, address: str, posted: list[Any]
) -> None:
    with visit(browser, address) as page:
        page.goto("/login")
        page.wait_for_url("**/confirm")
    assert [name for name, _ in posted] == ["session"]


@pytest.mark.parametrize("code", [400, 403, 404, 405, 413, 418, 429, 500, 501, 503])
def test_an_error_says_what_to_do_next(app: Flask, code: int) -> None:
    answer = app.test_client().get(f"/fail/{code}")
    assert answer.status_code == code
    text = re.sub(r"<[^>]+>", "", answer.text)
    assert "챗봇에서 물어보기" in text
    assert not re.search(r"Traceback|Error|werkzeug", text)


def test_built_files_are_kept_for_ever_and_come_compressed(app: Flask) -> None:
    url = assets.Assets().url("portal.css")
    answer = app.test_client().get(url, headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(answer.data) < 20_000
    answer.close()


def test_the_sheet_loads_nothing_from_elsewhere(app: Flask) -> None:
    sheet = (assets.DIST / assets.Assets().url("portal.css").rpartition("/")[2]).read_text("utf-8")
    assert not re.search(r"url\((?![\"']?data:)", sheet)
    assert "@font-face" not in sheet
    assert "@import" not in sheet


def test_no_template_carries_inline_style_or_script() -> None:
    for path in (ROOT / "web" / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\x22|<script(?![^>]*\bsrc=)|javascript:", text), (
            path
        )


def test_without_a_build_the_error_names_the_chore(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="make setup"):
        assets.Assets(tmp_path)


def test_a_file_that_was_never_built_is_told() -> None:
    with pytest.raises(LookupError, match=r"nothing\.css"):
        assets.Assets().url("nothing.css")


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text("utf-8")
