"""The whole service as people meet it: every process real, started as ``make run`` starts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from bench.stack import Stack, running
from tests.conftest import SERVICE
from tests.nlu_server import ensure_model
from tests.service.kakao import Kakao
from tests.service.phone import Phone


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Time the tests alone: before the first one a model may be trained and the service is started."""
    for item in items:
        if item.nodeid.startswith(SERVICE):
            item.add_marker(pytest.mark.timeout(180, func_only=True))


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a running service with the demo world."""
    with running(
        tmp_path_factory.mktemp("service"), model=ensure_model(), TURNS_PER_MINUTE="100000"
    ) as stack:
        yield stack


@pytest.fixture
def kakao(stack: Stack) -> Kakao:
    """Return KakaoTalk's side of the skill endpoint."""
    return Kakao(stack)


@pytest.fixture(params=[(390, 844), (1280, 900)], ids=["phone", "desktop"])
def someone(
    request: pytest.FixtureRequest, browser: Browser, stack: Stack
) -> Iterator[Callable[[str], Phone]]:
    """Return how somebody comes with a telephone, then with a desktop: ``someone("persona-42h")``."""
    width, height = request.param
    contexts: list[BrowserContext] = []

    def come(persona: str) -> Phone:
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=stack.simulator, locale="ko-KR"
        )
        contexts.append(context)
        return Phone(context, persona)

    yield come
    for context in contexts:
        context.close()
