"""Draws the pictures of cards. The address carries what is drawn; see ``bot.pictures``."""

from __future__ import annotations

from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from flask import Blueprint, Response, abort
from PIL import Image, ImageDraw, ImageFont

from bot.pictures import LIFETIME_SECONDS, HoursPicture, Pictures

WIDTH, HEIGHT = 800, 400
"""KakaoTalk shows card pictures 2:1."""
_SMOOTH = 2
"""Drawn this many times larger and scaled down, for smooth edges."""
_FONTS = Path(__file__).resolve().parent.parent / "node_modules/pretendard/dist/public/static"
_INK, _SOFT, _LINE, _BRAND, _PAPER = "#1e2124", "#58616a", "#e6e8ea", "#256ef4", "#ffffff"


def create_blueprint(pictures: Pictures) -> Blueprint:
    """Return the endpoint that KakaoTalk fetches pictures from."""
    blueprint = Blueprint("pictures", __name__)

    @blueprint.get("/pictures/hours/<token>.png")
    def hours(token: str) -> Response:
        picture = pictures.read_hours(token)
        if picture is None:
            abort(404)
        response = Response(draw_hours(picture), content_type="image/png")
        response.cache_control.private = True
        response.cache_control.max_age = LIFETIME_SECONDS
        return response

    return blueprint


@lru_cache(maxsize=256)
def draw_hours(picture: HoursPicture) -> bytes:
    """Return the hours summary as PNG: a goal ring on the left, a bar for each month on the right."""
    image = Image.new("RGB", (WIDTH * _SMOOTH, HEIGHT * _SMOOTH), _PAPER)
    draw = ImageDraw.Draw(image)
    _draw_ring(draw, picture)
    _draw_bars(draw, picture)
    file = BytesIO()
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw_ring(draw: ImageDraw.ImageDraw, picture: HoursPicture) -> None:
    box = _scaled(50, 75, 300, 325)
    width = 30 * _SMOOTH
    draw.arc(box, 0, 360, fill=_LINE, width=width)
    share = min(1.0, picture.in_period / picture.goal)
    if share:
        draw.arc(box, -90, -90 + 360 * share, fill=_BRAND, width=width)
    _text(draw, (175, 175), f"{picture.in_period}시간", 52, bold=True)
    _text(draw, (175, 228), f"목표 {picture.goal}시간", 24, color=_SOFT)
    _text(draw, (175, 360), f"지금까지 모두 {picture.total}시간", 24, color=_SOFT)


def _draw_bars(draw: ImageDraw.ImageDraw, picture: HoursPicture) -> None:
    left, right, top, bottom = 350, 770, 90, 320
    _text(draw, (left, 45), f"{picture.period} · 달마다", 26, color=_SOFT, anchor="lm")
    draw.line(_scaled(left, bottom, right, bottom), fill=_LINE, width=2 * _SMOOTH)
    most = max([hours for _, hours in picture.months] or [0]) or 1
    step = (right - left) / max(1, len(picture.months))
    for place, (month, hours) in enumerate(picture.months):
        middle, half = left + step * (place + 0.5), min(18, step * 0.32)
        if hours:
            height = max(6, (bottom - top - 30) * hours / most)
            draw.rounded_rectangle(
                _scaled(middle - half, bottom - height, middle + half, bottom), 6 * _SMOOTH, fill=_BRAND
            )
            _text(draw, (middle, bottom - height - 16), str(hours), 20, bold=True)
        _text(
            draw,
            (middle, bottom + 22),
            f"{month}월" if len(picture.months) <= 8 else str(month),
            18,
            color=_SOFT,
        )


def _text(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    *,
    bold: bool = False,
    color: str = _INK,
    anchor: str = "mm",
) -> None:
    draw.text((at[0] * _SMOOTH, at[1] * _SMOOTH), text, color, _font(size, bold=bold), anchor)


@cache
def _font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    path = _FONTS / f"Pretendard-{'Bold' if bold else 'Medium'}.otf"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `make setup`")
    # The basic layout is all that Hangul and digits need; the other one fails on odd characters.
    return ImageFont.truetype(str(path), size * _SMOOTH, layout_engine=ImageFont.Layout.BASIC)


def _scaled(*values: float) -> tuple[float, float, float, float]:
    a, b, c, d = (value * _SMOOTH for value in values)
    return a, b, c, d
