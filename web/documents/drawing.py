"""Draws certificates as PDF: A4, Korean, tagged so that a screen reader reads every word in order.

The same content always gives the same bytes. Measures are millimetres, sizes of letters points.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import segno
from fpdf import FPDF, ViewerPreferences

from models.certificates import CertificateContent
from models.clock import SEOUL
from web.documents.layouts import Column, Layout, Row, RowKind, layout_of

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 20.0
INNER = WIDTH - 2 * MARGIN
BOTTOM = HEIGHT - 24
"""Lowest line of the page's content; the foot is below."""
SAMPLE = "견본"
"""Written across what only a demonstration issued."""

_FONTS = Path(__file__).resolve().parents[2] / "node_modules/pretendard/dist/public/static/alternative"
_FONT = "Pretendard"
_UNKNOWN = "□"
_INK, _SOFT, _LINE, _PALE, _BRAND, _BRAND_PALE, _FAINT = (
    *("#1e2124", "#58616a", "#cdd1d5", "#f4f5f6"),
    *("#256ef4", "#ecf2fe", "#e9ebed"),
)
_LEADING = 0.52
"""Height of a line in millimetres for each point of its letters."""
_LABEL_WIDTH, _PADDING = 30.0, 2.2
_NOTE_HEIGHT, _CLOSING_HEIGHT, _PROOF_HEIGHT, _QR = 9.0, 40.0, 30.0, 25.0
_MOST_LINES = 8
"""Longest text of a cell; more is cut, so that no words make a row taller than a page."""
_MOST_NAMES = 40

logging.getLogger("fontTools").setLevel(logging.WARNING)  # else it tells of every table of every font


@dataclass(frozen=True, slots=True)
class Style:
    """How words look; ``align`` is L, C or R."""

    size: float = 10.0
    bold: bool = False
    color: str = _INK
    align: str = "L"

    @property
    def leading(self) -> float:
        """Height of one line."""
        return self.size * _LEADING


_LABEL = Style(9.5, color=_SOFT)
_VALUE = Style(11)
_HEADING = Style(9, bold=True, color=_SOFT)
_CELL = Style(9.5)
_SUM = Style(9.5, bold=True)
_SMALL = Style(8.5, color=_SOFT)


def draw(content: CertificateContent, *, verify_url: str, issuer: str, sample: bool = False) -> bytes:
    """Return the certificate as PDF.

    Args:
        content: what it says.
        verify_url: address of the public page where anybody can check it; kind and number are added, nothing
            about the person.
        issuer: who issues it, as printed below.
        sample: print 견본 across every page, because nobody may rely on it.
    """
    return _Sheet(content, layout_of(content), verify_url, issuer, sample=sample).draw()


def proof_url(verify_url: str, content: CertificateContent) -> str:
    """Return the address of the check with kind and number filled in, as the QR code carries it."""
    query = urlencode({"type": content.type.value, "number": content.print_number})
    return f"{verify_url}?{query}"


class _Page(FPDF):
    """FPDF with our fonts, words that fit their box, and tags."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        for style, weight in (("", "Regular"), ("B", "Bold")):
            path = _FONTS / f"Pretendard-{weight}.ttf"
            if not path.exists():
                raise FileNotFoundError(f"{path} is missing: run `make setup`")
            self.add_font(_FONT, style, path)
        self.set_auto_page_break(auto=False)
        self.str_alias_nb_pages = ""  # else a title with {nb} in it would change
        self.set_margin(0)
        self.c_margin = 0

    @contextmanager
    def tagged(self, kind: str) -> Iterator[None]:
        """Mark what is drawn within as one element (P, H1) of the document, in reading order.

        fpdf2 tags pictures only; beside a tagged picture, untagged words would never be read aloud.
        """
        mcid = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=f"/{kind}", mcid=mcid)
        self._out(f"/{kind} <</MCID {mcid}>> BDC")
        yield
        self._out("EMC")

    @contextmanager
    def decoration(self) -> Iterator[None]:
        """Mark what is drawn within as nothing to read."""
        self._out("/Artifact BMC")
        yield
        self._out("EMC")

    def lines(self, words: str, width: float, style: Style, most: int = _MOST_LINES) -> list[str]:
        """Return ``words`` in lines that fit, at most so many."""
        self._use(style)
        shown = self._printable(words)
        if self.get_string_width(shown) <= width:
            return [shown]
        lines: list[str] = self.multi_cell(width, text=shown, align="L", dry_run=True, output="LINES")  # type: ignore[assignment]  # what LINES returns
        return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1].rstrip()[:-1]}…"]

    def write_lines(self, x: float, y: float, width: float, lines: Sequence[str], style: Style) -> float:
        """Write lines from ``y`` down and return where they end."""
        self._use(style)
        for number, line in enumerate(lines, start=1):
            gap = " " if number < len(lines) else ""  # so that words copied out do not grow together
            self.set_xy(x, y)
            self.cell(width, style.leading, line.strip() + gap, align=style.align)
            y += style.leading
        return y

    def box(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Fill a rectangle, a little below its upper edge so that a rule there stays whole."""
        self.set_fill_color(color)
        self.rect(x, y + 0.2, width, height - 0.2, "F")

    def rule(self, y: float, color: str = _LINE, thickness: float = 0.2) -> None:
        """Draw a line across the content."""
        self.set_draw_color(color)
        self.set_line_width(thickness)
        self.line(MARGIN, y, WIDTH - MARGIN, y)

    def _use(self, style: Style) -> None:
        self.set_font(_FONT, "B" if style.bold else "", style.size)
        self.set_text_color(style.color)

    def _printable(self, words: str) -> str:
        """Return words the font can draw: composed Hangul, nothing invisible, □ for letters it does not have."""
        known = self.current_font.cmap  # type: ignore[union-attr]  # ours is a TTFFont
        spaced = " ".join(unicodedata.normalize("NFC", words).split())
        visible = (letter for letter in spaced if unicodedata.category(letter)[0] not in "CM")
        return "".join(letter if ord(letter) in known else _UNKNOWN for letter in visible)


class _Sheet:
    """One document being drawn: ``_y`` is how far down the page it has come."""

    def __init__(
        self, content: CertificateContent, layout: Layout, verify_url: str, issuer: str, *, sample: bool
    ) -> None:
        self._content, self._layout, self._issuer, self._sample = content, layout, issuer, sample
        self._verify_url, self._proof_url = verify_url, proof_url(verify_url, content)
        self._issued = content.issued_at.astimezone(SEOUL)
        self._page = _Page()
        self._y = 0.0

    def draw(self) -> bytes:
        self._describe()
        self._new_page()
        self._head()
        self._facts(self._layout.person, most=_MOST_NAMES)
        self._y += 6
        self._facts(self._layout.facts)
        self._table()
        self._close()
        self._feet()
        return bytes(self._page.output())

    def _describe(self) -> None:
        page = self._page
        page.set_lang("ko-KR")
        page.set_title(f"{self._layout.title} {self._content.print_number}")
        page.set_author(self._issuer)
        page.set_subject(self._layout.title)
        page.set_creator("보람")
        page.set_creation_date(self._issued)
        page.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def _new_page(self) -> None:
        page = self._page
        page.add_page()
        with page.decoration():
            if self._sample:
                self._watermark()
            page.set_draw_color(_LINE)
            page.set_line_width(0.3)
            page.rect(11, 11, WIDTH - 22, HEIGHT - 22)
        self._y = MARGIN

    def _watermark(self) -> None:
        page, style = self._page, Style(120, bold=True, color=_FAINT, align="C")
        with page.rotation(35, WIDTH / 2, HEIGHT / 2):
            page.write_lines(0, HEIGHT / 2 - style.leading / 2, WIDTH, [SAMPLE], style)

    def _head(self) -> None:
        page, day = self._page, self._issued
        with page.tagged("P"):
            page.write_lines(MARGIN, self._y, INNER, [f"발급번호 {self._content.print_number}"], _SMALL)
        with page.tagged("P"):
            issued = f"발급일 {day.year}년 {day.month}월 {day.day}일"
            page.write_lines(MARGIN, self._y, INNER, [issued], Style(8.5, color=_SOFT, align="R"))
        with page.tagged("H1"):
            page.write_lines(
                MARGIN, self._y + 12, INNER, [self._layout.title], Style(28, bold=True, align="C")
            )
        with page.decoration():
            page.box(WIDTH / 2 - 8, self._y + 29, 16, 0.9, _BRAND)
        self._y += 37

    def _facts(self, facts: Sequence[tuple[str, str]], most: int = _MOST_LINES) -> None:
        """Draw labels and their values, a row each, between two rules."""
        if not facts:
            return
        self._rule(_INK, 0.4)
        for label, value in facts:
            self._fact(label, self._page.lines(value, INNER - _LABEL_WIDTH - 8, _VALUE, most))

    def _fact(self, label: str, value: Sequence[str]) -> None:
        page, height = self._page, len(value) * _VALUE.leading + 2 * _PADDING
        self._make_room(height)
        with page.decoration():
            page.box(MARGIN, self._y, _LABEL_WIDTH, height, _PALE)
        labels = page.lines(label, _LABEL_WIDTH - 8, _LABEL)
        with page.tagged("P"):
            page.write_lines(MARGIN + 4, self._y + _PADDING + 0.4, _LABEL_WIDTH - 8, labels, _LABEL)
        with page.tagged("P"):
            x = MARGIN + _LABEL_WIDTH + 4
            page.write_lines(x, self._y + _PADDING, INNER - _LABEL_WIDTH - 8, value, _VALUE)
        self._y += height
        self._rule()

    def _table(self) -> None:
        if not self._layout.columns:
            return
        self._heading()
        rows = self._layout.rows
        for row, following in zip(rows, (*rows[1:], None), strict=True):
            cells = self._cells(row)
            needed = self._row_height(cells)
            if row.kind is RowKind.TOTAL:
                needed += self._closing_height  # the total stands on the page that is signed for
            elif row.kind is RowKind.GROUP and following is not None:
                needed += self._row_height(self._cells(following))  # a group never ends a page with its title
            if self._make_room(needed):
                self._heading()
            self._row(row, cells)

    def _heading(self) -> None:
        page, height = self._page, _HEADING.leading + 2 * _PADDING
        self._rule(_INK, 0.4)
        with page.decoration():
            page.box(MARGIN, self._y, INNER, height, _PALE)
        titles = tuple([column.title] for column in self._layout.columns)
        self._write_cells(titles, self._layout.columns, _HEADING, _HEADING)
        self._y += height
        self._rule()

    def _row(self, row: Row, cells: Sequence[Sequence[str]]) -> None:
        page, height = self._page, self._row_height(cells)
        if row.kind is not RowKind.LINE:
            with page.decoration():
                page.box(MARGIN, self._y, INNER, height, _BRAND_PALE)
        style = _CELL if row.kind is RowKind.LINE else _SUM
        self._write_cells(cells, self._columns(row), style, _SUM)
        self._y += height
        self._rule()

    def _write_cells(
        self, cells: Sequence[Sequence[str]], columns: Sequence[Column], style: Style, last: Style
    ) -> None:
        """Write one row's cells; the last one, which holds hours, in its own style."""
        x = MARGIN
        for number, (lines, column) in enumerate(zip(cells, columns, strict=True), start=1):
            look = last if number == len(columns) else style
            aligned = Style(look.size, look.bold, look.color, column.align)
            with self._page.tagged("P"):
                self._page.write_lines(x + 2, self._y + _PADDING, column.width - 4, lines, aligned)
            x += column.width

    def _cells(self, row: Row) -> list[list[str]]:
        style = _CELL if row.kind is RowKind.LINE else _SUM
        return [
            self._page.lines(words, column.width - 4, style)
            for words, column in zip(row.cells, self._columns(row), strict=True)
        ]

    def _columns(self, row: Row) -> Sequence[Column]:
        if row.kind is RowKind.LINE:
            return self._layout.columns
        return (Column("", INNER - 60), Column("", 60, "R"))

    def _row_height(self, cells: Sequence[Sequence[str]]) -> float:
        return max(len(lines) for lines in cells) * _CELL.leading + 2 * _PADDING

    def _close(self) -> None:
        """Say what is confirmed, by whom, and how to check it: together, on the lower part of the last page."""
        page = self._page
        self._make_room(self._closing_height)
        if self._layout.note:
            with page.tagged("P"):
                self._y = page.write_lines(MARGIN, self._y + 3, INNER, [self._layout.note], _SMALL)
        lowest = BOTTOM - _PROOF_HEIGHT - _CLOSING_HEIGHT
        y = self._y + max(0, (lowest - self._y) * 0.6) + 5
        day = self._issued
        for words, style, gap in (
            (self._layout.statement, Style(12.5, align="C"), 5.0),
            (f"{day.year}년 {day.month}월 {day.day}일", Style(12, align="C"), 7.0),
            (self._issuer, Style(18, bold=True, align="C"), 0.0),
        ):
            with page.tagged("P"):
                y = page.write_lines(MARGIN, y, INNER, page.lines(words, INNER, style), style) + gap
        self._proof(BOTTOM - _PROOF_HEIGHT)

    @property
    def _closing_height(self) -> float:
        return (_NOTE_HEIGHT if self._layout.note else 0) + _CLOSING_HEIGHT + _PROOF_HEIGHT

    def _proof(self, y: float) -> None:
        """Draw the QR code with the address of the check in words beside it."""
        page, x = self._page, MARGIN + _QR + 6
        with page.decoration():
            page.rule(y)
        alt = f"진위 확인 QR 코드. {self._proof_url}"
        page.image(_qr(self._proof_url), MARGIN, y + 4, _QR, _QR, alt_text=alt)
        y += 6
        for words, style in (
            ("진짜 확인서인지 볼 수 있어요", Style(10, bold=True)),
            ("QR 코드를 찍거나 아래 주소에서 발급번호, 이름, 생년월일을 적어 주세요.", _SMALL),
            (self._verify_url, Style(8.5, color=_BRAND)),
            ("이 PDF에는 전자서명이 들어 있어요. 한 글자라도 바뀌면 서명이 깨져요.", _SMALL),
        ):
            with page.tagged("P"):
                lines = page.lines(words, WIDTH - MARGIN - x, style, most=2)
                y = page.write_lines(x, y, WIDTH - MARGIN - x, lines, style) + 1

    def _feet(self) -> None:
        """Write the pages' feet, once it is known how many there are."""
        page, pages = self._page, self._page.pages_count
        y = HEIGHT - 19
        left = f"{self._layout.title} · {self._content.print_number}"
        for number in range(1, pages + 1):
            page.page = number
            page.current_font_is_set_on_page = False
            with page.decoration():
                page.write_lines(MARGIN, y, INNER, [left], Style(8, color=_SOFT))
                page.write_lines(MARGIN, y, INNER, [f"{number} / {pages}"], Style(8, color=_SOFT, align="R"))

    def _make_room(self, height: float) -> bool:
        """Begin a new page where ``height`` does not fit on this one; tell whether it did."""
        if self._y + height <= BOTTOM:
            return False
        self._new_page()
        return True

    def _rule(self, color: str = _LINE, thickness: float = 0.2) -> None:
        with self._page.decoration():
            self._page.rule(self._y, color, thickness)


def _qr(address: str) -> BytesIO:
    file = BytesIO()
    segno.make(address, error="m", micro=False).save(file, kind="png", scale=8, border=0)
    file.seek(0)
    return file
