"""Reads the words back out of a PDF that fpdf2 drew, page by page, as a screen reader or a copy would get them."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

_MAPPED = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
_ESCAPED = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages_of(pdf: bytes) -> list[str]:
    """Return the words of each page, one piece a line."""
    return [_words(page) for page in _leaves(PdfFileReader(BytesIO(pdf)).root["/Pages"])]


def text_of(pdf: bytes) -> str:
    return "\n".join(pages_of(pdf))


def tags_of(pdf: bytes) -> list[Any]:
    """Return the elements of the document's structure in reading order."""
    return [part.get_object() for part in PdfFileReader(BytesIO(pdf)).root["/StructTreeRoot"]["/K"][0]["/K"]]


def _leaves(node: Any) -> list[Any]:
    if node["/Type"] == "/Page":
        return [node]
    return [page for kid in node["/Kids"] for page in _leaves(kid.get_object())]


def _words(page: Any) -> str:
    letters = {name[1:]: _letters(font) for name, font in _fonts(page)}
    pieces, font = [], ""
    for name, shown in _SHOWN.findall(page["/Contents"].data):
        if name:
            font = name.decode()
        else:
            plain = re.sub(rb"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), shown, flags=re.DOTALL)
            pieces.append(plain.decode("utf-16-be").translate(letters[font]))
    return "\n".join(pieces)


def _fonts(page: Any) -> list[tuple[str, Any]]:
    fonts = page["/Resources"]["/Font"]
    return [(name, fonts[name]) for name in fonts]


def _letters(font: Any) -> dict[int, str]:
    mapped = _MAPPED.findall(font["/ToUnicode"].data)
    return {int(code, 16): bytes.fromhex(letter.decode()).decode("utf-16-be") for code, letter in mapped}
