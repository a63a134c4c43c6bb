"""Staff of every role, and browsers in front of the console."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from models.staff import StaffRole
from tests.web.console.colleague import Colleague


@pytest.fixture
def colleague(app: Flask) -> Callable[..., Colleague]:
    """Return how a colleague of a role sits down: ``colleague(StaffRole.ADMIN)`` is signed in."""

    def come(role: StaffRole, name: str = "김담당", *, signed_in: bool = True) -> Colleague:
        someone = Colleague(app, name, role)
        if signed_in:
            someone.sign_in()
        return someone

    return come


@pytest.fixture
def admin(colleague: Callable[..., Colleague]) -> Colleague:
    return colleague(StaffRole.ADMIN)
