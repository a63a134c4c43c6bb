from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from simulator.app import create_app
from simulator.settings import HOST, Settings
from tests.simulator.site import Site
from tests.simulator.skill_server import KEY, SkillServer
from tests.simulator.window import Window


@pytest.fixture
def skill() -> Iterator[SkillServer]:
    server = SkillServer()
    yield server
    server.close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def settings(skill: SkillServer) -> Settings:
    return Settings(skill.url, KEY, block_id="our-block", port=free_port(), skill_seconds=1.5, previews=False)


@pytest.fixture
def simulator(settings: Settings) -> Iterator[str]:
    server = make_server(HOST, settings.port, create_app(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield settings.address
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=[1280, 390], ids=["desktop", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    size: int = request.param
    return size


@pytest.fixture
def page(browser: Browser, simulator: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=simulator)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


@pytest.fixture
def window(page: Page) -> Window:
    """The chat window on a desktop, open and empty."""
    return Window(page).open()


@pytest.fixture
def any_window(page: Page, width: int) -> Window:
    """The same on a desktop, then on a phone."""
    page.set_viewport_size({"width": width, "height": 844})
    return Window(page).open()
