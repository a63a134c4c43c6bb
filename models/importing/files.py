"""Rows from stored answers: one file, several, or whole folders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.importing import dovol, volunteer1365
from models.importing.envelope import NotAnEnvelope, OpenApiError, SomethingElse, read_envelope
from models.importing.rows import Bad, Skipped

SUFFIXES = (".json", ".xml")
CODE_LIST_FIELDS = ("gugunCd", "highClsCd")
"""Fields of 1365's code lists, which hold no programmes."""


@dataclass(slots=True)
class Files:
    """Rows of files by source, each with where it stands, and what is not a programme."""

    dovol: list[tuple[str, object]] = field(default_factory=list)
    volunteer1365: list[tuple[str, object]] = field(default_factory=list)
    other: list[Skipped | Bad] = field(default_factory=list)


def paths_in(given: Iterable[Path]) -> list[Path]:
    """Return the files to read: those named, and every .json and .xml file in the folders named."""
    found: dict[Path, None] = {}
    for path in given:
        inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES)
        found |= dict.fromkeys(inside if path.is_dir() else [path])
    return list(found)


def read_files(paths: Iterable[Path]) -> Files:
    """Return all rows of the files. A file that cannot be read is one bad row; the rest goes on."""
    files = Files()
    for path in paths:
        try:
            rows = read_envelope(path.read_bytes()).rows
        except SomethingElse:
            files.other.append(Skipped("오픈API 응답이 아닌 파일"))
            continue
        except (NotAnEnvelope, OpenApiError, OSError) as error:
            files.other.append(Bad(path.name, str(error)))
            continue
        for line, row in enumerate(rows, start=1):
            _sort_in(files, f"{path.name} {line}번째 줄{_number_of(row)}", row)
    return files


def _sort_in(files: Files, where: str, row: object) -> None:
    names = row if isinstance(row, Mapping) else {}
    if any(name in names for name in dovol.MARKS):
        files.dovol.append((where, row))
    elif any(name in names for name in volunteer1365.MARKS):
        files.volunteer1365.append((where, row))
    elif any(name in names for name in CODE_LIST_FIELDS):
        files.other.append(Skipped("프로그램이 아닌 코드 목록"))
    else:
        files.other.append(Bad(where, "두볼(DOVOL)이나 1365 프로그램 자료가 아니에요"))


def _number_of(row: object) -> str:
    if not isinstance(row, Mapping):
        return ""
    number = row.get("prgrmNo") or row.get("progrmRegistNo")
    return f" ({str(number)[:60]})" if number else ""
