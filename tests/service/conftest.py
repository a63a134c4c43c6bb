"""The whole service as people meet it: every process real, started as ``make run`` starts it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.stack import Stack, running
from tests.conftest import SERVICE
from tests.nlu_server import ensure_model
from tests.service.kakao import Kakao


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
