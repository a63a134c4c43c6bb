"""Drawn pictures: what is shown is what was asked for, and nobody else's address works."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.pictures import HoursPicture, Pictures
from web import pictures
from web.pictures import HEIGHT, WIDTH, draw_hours

PICTURE = HoursPicture(42, 20, "이번 학년", 17, ((3, 2), (4, 0), (5, 15)))


@pytest.fixture
def drawn() -> Pictures:
    return Pictures("http://127.0.0.1:8000", "a key for tests")


@pytest.fixture
def client(drawn: Pictures) -> Iterator[FlaskClient]:
    app = Flask(__name__)
    app.register_blueprint(pictures.create_blueprint(drawn))
    with app.test_client() as client:
        yield client


def path_of(url: str) -> str:
    return url.removeprefix("http://127.0.0.1:8000")


def test_an_address_of_ours_is_a_png_of_the_size_kakaotalk_shows(
    client: FlaskClient, drawn: Pictures
) -> None:
    response = client.get(path_of(drawn.hours(PICTURE).url))
    assert response.content_type == "image/png"
    assert Image.open(BytesIO(response.data)).size == (WIDTH, HEIGHT)


def test_other_numbers_are_another_picture() -> None:
    assert draw_hours(PICTURE) != draw_hours(HoursPicture(42, 20, "이번 학년", 18, PICTURE.months))


def test_the_address_tells_nothing_and_the_description_everything(drawn: Pictures) -> None:
    image = drawn.hours(PICTURE)
    assert "42" in image.alt
    assert "17" in image.alt
    assert "hours" in image.url
    assert "이번" not in image.url


@pytest.mark.parametrize("token", ["x", "a" * 5000, "../../etc/passwd", "gAAAAA"])
def test_an_address_that_is_not_ours_is_not_found(client: FlaskClient, token: str) -> None:
    assert client.get(f"/pictures/hours/{token}.png").status_code == 404


def test_an_address_signed_with_another_key_is_not_found(client: FlaskClient) -> None:
    other = Pictures("http://127.0.0.1:8000", "another key")
    assert client.get(path_of(other.hours(PICTURE).url)).status_code == 404


@settings(max_examples=15, deadline=None)
@given(
    st.builds(
        HoursPicture,
        total=st.integers(0, 5000),
        goal=st.integers(1, 3000),
        period=st.text(max_size=30),
        in_period=st.integers(0, 5000),
        months=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 400)), max_size=12).map(tuple),
    )
)
def test_any_numbers_can_be_drawn(picture: HoursPicture) -> None:
    assert draw_hours(picture).startswith(b"\x89PNG")
