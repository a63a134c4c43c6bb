"""Draws a SkillResponse roughly as KakaoTalk shows it, to look at without a telephone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from PIL import Image, ImageDraw, ImageFont

JSON: TypeAlias = dict[str, Any]
Row: TypeAlias = tuple[str, str, str]
"""What a card says in one place: style, label, words."""

WIDTH = 720
_LEFT, _CARD, _PAD, _GAP = 104, 500, 28, 14
_SMOOTH = 2
"""Drawn this many times larger and scaled down, for smooth edges."""
_TALLEST = 2400
_ROOM, _PAPER, _INK, _SOFT, _LINE, _BUTTON, _NAME, _FACE = (
    *("#abc1d1", "#ffffff", "#1e2124", "#767676", "#ededed", "#f4f4f4", "#43505b", "#256ef4"),
)
_FONTS = Path(__file__).resolve().parent.parent / "node_modules/pretendard/dist/public/static"
_TITLE, _TEXT, _SMALL = 27, 25, 22
_LABELS = 116
"""Width of a table's left column."""
_LEADING = 1.45


def draw_bubble(reply: JSON, at: datetime) -> bytes:
    """Return the bubbles of a reply as PNG: sender, cards, buttons, and the time they came."""
    page = _Page()
    page.sender("보람")
    for output in reply["template"]["outputs"]:
        ((kind, body),) = output.items()
        page.card([row for row in _rows(kind, body) if row[0] == "line" or row[2]], _button_rows(body))
    page.came(f"{'오전' if at.hour < 12 else '오후'} {at.hour % 12 or 12}:{at:%M}")
    return page.png()


def _rows(kind: str, body: JSON) -> Iterator[Row]:
    """Yield what a card says from top to bottom."""
    if kind == "listCard":
        yield "title", "", body["header"]["title"]
        for item in body["items"]:
            yield "line", "", ""
            yield "text", "", item["title"]
            yield "small", "", item.get("description", "")
        return
    head = body.get("imageTitle", {})
    yield "title", "", head.get("title", "")
    yield "small", "", head.get("description", "")
    for fact in body.get("itemList", ()):
        yield "fact", fact["title"], fact["description"]
    yield "title" if kind == "textCard" else "text", "", body.get("title", "")
    yield "text", "", body.get("text") or body.get("description") or ""


def _button_rows(body: JSON) -> list[list[str]]:
    """Return the labels of the buttons, row by row."""
    labels = [button["label"] for button in body.get("buttons", ())]
    beside = body.get("buttonLayout") == "horizontal"
    return [labels] if beside else [[label] for label in labels]


class _Page:
    """The chat room, drawn downwards; ``_y`` is how far."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (WIDTH * _SMOOTH, _TALLEST * _SMOOTH), _ROOM)
        self._draw = ImageDraw.Draw(self._image)
        self._y = 28.0

    def sender(self, name: str) -> None:
        self._box(24, self._y, 64, 64, 26, _FACE)
        self._write(24 + 32, self._y + 32, name[0], 30, color=_PAPER, bold=True, anchor="mm")
        self._write(_LEFT, self._y, name, _SMALL, color=_NAME)
        self._y += 38

    def card(self, rows: Sequence[Row], buttons: Sequence[list[str]]) -> None:
        """Draw a card: first to measure it, then on the paper of that height."""
        top = self._y
        bottom = self._inside(rows, buttons, top + _PAD, ink=False) + _PAD
        self._box(_LEFT, top, _CARD, bottom - top, 18, _PAPER)
        self._inside(rows, buttons, top + _PAD, ink=True)
        self._y = bottom + _GAP

    def came(self, at: str) -> None:
        self._write(_LEFT + _CARD + 10, self._y - _GAP - 28, at, 18, color=_NAME)

    def png(self) -> bytes:
        height = int(self._y + 20)
        kept = self._image.crop((0, 0, WIDTH * _SMOOTH, height * _SMOOTH))
        file = BytesIO()
        kept.resize((WIDTH, height), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
        return file.getvalue()

    def _inside(self, rows: Sequence[Row], buttons: Sequence[list[str]], y: float, *, ink: bool) -> float:
        """Return where the inside of a card ends that begins at ``y``."""
        for style, label, words in rows:
            y = self._row(style, label, words, y, ink=ink) + 8
        for labels in buttons:
            if ink:
                self._buttons(labels, y + 6)
            y += 68
        return y

    def _buttons(self, labels: list[str], y: float) -> None:
        width = (_CARD - 2 * _PAD - _GAP * (len(labels) - 1)) / len(labels)
        for place, label in enumerate(labels):
            x = _LEFT + _PAD + place * (width + _GAP)
            self._box(x, y, width, 56, 10, _BUTTON)
            self._write(x + width / 2, y + 28, label, _TEXT, anchor="mm")

    def _row(self, style: str, label: str, words: str, y: float, *, ink: bool) -> float:
        left, size = _LEFT + _PAD, {"title": _TITLE, "text": _TEXT}.get(style, _SMALL)
        if style == "line":
            if ink:
                self._box(left, y + 4, _CARD - 2 * _PAD, 2, 0, _LINE)
            return y + 8
        if style == "fact":
            if ink:
                self._write(left, y, label, size, color=_SOFT)
            left += _LABELS
        bold = style == "title"
        for line in _wrapped(words, size, _LEFT + _CARD - _PAD - left, bold=bold):
            if ink:
                self._write(left, y, line, size, bold=bold, color=_SOFT if style == "small" else _INK)
            y += size * _LEADING
        return y

    def _box(self, x: float, y: float, width: float, height: float, radius: float, color: str) -> None:
        corners = [value * _SMOOTH for value in (x, y, x + width, y + height)]
        self._draw.rounded_rectangle(corners, radius * _SMOOTH, fill=color)

    def _write(
        self,
        x: float,
        y: float,
        words: str,
        size: int,
        *,
        bold: bool = False,
        color: str = _INK,
        anchor: str = "la",
    ) -> None:
        self._draw.text((x * _SMOOTH, y * _SMOOTH), _drawable(words), color, _font(size, bold=bold), anchor)


def _wrapped(words: str, size: int, width: float, *, bold: bool) -> Iterator[str]:
    """Yield lines that fit, broken at blanks where there are any."""
    font = _font(size, bold=bold)
    for paragraph in _drawable(words).split("\n"):
        line = ""
        for word in paragraph.split():
            joined = f"{line} {word}".strip()
            if line and font.getlength(joined) > width * _SMOOTH:
                yield line
                joined = word
            while font.getlength(joined) > width * _SMOOTH:
                cut = next(
                    n for n in range(len(joined), 0, -1) if font.getlength(joined[:n]) <= width * _SMOOTH
                )
                yield joined[:cut]
                joined = joined[cut:]
            line = joined
        yield line


def _drawable(words: str) -> str:
    """Return words without what the font cannot draw: emoji."""
    return "".join(char for char in words if unicodedata.category(char) not in ("So", "Mn", "Cf"))


@cache
def _font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    # The basic layout is all that Hangul and digits need; the other one fails on odd characters.
    path = _path("Bold" if bold else "Medium")
    return ImageFont.truetype(str(path), size * _SMOOTH, layout_engine=ImageFont.Layout.BASIC)


def _path(weight: str) -> Path:
    path = _FONTS / f"Pretendard-{weight}.otf"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `make setup`")
    return path
