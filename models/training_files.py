"""Training sentences between the files a developer commits and the store staff work in, without losing either's.

An import merges: what staff have left alone follows the files, what they have changed stays as they want it, and where
both have changed it is told. An export writes the files back as they were imported, line by line, with only those lines
touched that staff have: comments, order and shape stay.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.training_marks import key_of, plain
from models.training_pairs import compare_new
from models.training_sentences import (
    FROM_FILES,
    INTENTS,
    PROJECT,
    Change,
    State,
    TrainingChange,
    TrainingSentence,
    fresh,
    heading_problems,
    sentence_problems,
)
from models.training_yaml import Block, Heading, Paper, Problem, read_bytes, read_text

FOLDER = PROJECT / "data"
"""The files a developer commits."""
_HEAD = 'version: "3.1"\nnlu:\n'


class TrainingFile(Base):
    """A file with sentences, as it was last imported: what an export starts from."""

    __tablename__ = "training_file"

    name: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    exported: Mapped[str | None]
    """What was last written over it, None when nothing was since the import."""
    imported_at: Mapped[datetime]


class FilesRefused(Exception):
    """Files that cannot be carried over, with everything that is wrong in them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Written:
    """One sentence as it stands in a file."""

    file: str
    line: int
    marked: str
    heading: Heading

    @property
    def key(self) -> str:
        """What makes it the same sentence to a reader."""
        return key_of(plain(self.marked))

    @property
    def state(self) -> State:
        """What it is taught as."""
        return State(self.marked, **asdict(self.heading))


@dataclass
class Imported:
    """What became of an import. ``conflicts`` are sentences both sides have changed; staff's stay."""

    total: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    conflicts: list[str] = field(default_factory=list)


def import_if_empty(db: Session, now: datetime) -> Imported | None:
    """Import the project's files into a store that has no sentence yet. The caller commits."""
    if db.scalar(select(TrainingSentence.id).limit(1)) is not None:
        return None
    return import_folder(db, FOLDER, FROM_FILES, now)


def import_folder(db: Session, folder: Path, by: str, now: datetime) -> Imported:
    """Merge the files of a folder into the store. The caller commits.

    Raises:
        FilesRefused: a file has mistakes; nothing is imported.
    """
    papers = [read_bytes(path.name, path.read_bytes()) for path in sorted(folder.glob("*.yml"))]
    written = [each for paper in papers for each in sentences(paper)]
    if found := [*_paper_problems(papers), *written_problems(written)]:
        raise FilesRefused(found)
    if not written:  # a folder that is not there must not put all sentences to rest
        raise FilesRefused(
            [Problem(folder.name, 1, "문장이 든 파일이 하나도 없어요. 폴더가 맞는지 봐 주세요.")]
        )
    merge = _Merge(db, by, now)
    merge.take(written)
    _keep_papers(db, [paper for paper in papers if paper.has_sentences], now)
    db.flush()
    compare_new(db)
    return merge.result


def sentences(paper: Paper) -> Iterator[Written]:
    """Return the sentences of a file, in order."""
    for block in paper.blocks:
        if block.kind == "intent":
            for line, marked in block.lines:
                yield Written(paper.name, line, marked, block.heading)


def written_problems(written: Sequence[Written]) -> Iterator[Problem]:
    """Find what is wrong in sentences of files: what cannot be taught, and what stands twice."""
    first: dict[str, Written] = {}
    for each in written:
        for words in sentence_problems(each.marked):
            yield Problem(each.file, each.line, words)
        other = first.setdefault(each.key, each)
        if other is not each:
            place = f"{other.line}번째 줄" if other.file == each.file else f"{other.file}:{other.line}"
            yield Problem(
                each.file, each.line, f"'{plain(each.marked)}' 문장이 {place}에도 있어요. 하나만 남겨 주세요."
            )


def block_problems(paper: Paper, block: Block) -> Iterator[Problem]:
    """Find what is wrong in the heading of a block of sentences."""
    for setting, words in heading_problems(block.heading):
        yield Problem(paper.name, block.place(setting), words)
    for name in block.settings:
        if name not in ("topic", "style", "source"):
            words = f"metadata에 쓸 수 없는 이름이에요: '{name}'. topic, style, source만 적을 수 있어요."
            yield Problem(paper.name, block.place(name), words)


def _paper_problems(papers: Sequence[Paper]) -> Iterator[Problem]:
    for paper in papers:
        yield from paper.problems
        stem = paper.name.removesuffix(".yml")
        for block in paper.blocks:
            if block.kind != "intent":
                continue
            yield from block_problems(paper, block)
            if block.heading.intent in INTENTS and stem in INTENTS and stem != block.heading.intent:
                words = f"다른 의도의 파일에 있어요. {block.heading.intent}.yml로 옮겨 주세요."
                yield Problem(paper.name, block.first, words)


def _keep_papers(db: Session, papers: Sequence[Paper], now: datetime) -> None:
    rows = {row.name: row for row in db.scalars(select(TrainingFile))}
    for paper in papers:
        row = rows.pop(paper.name, None) or TrainingFile(name=paper.name)
        row.text, row.exported, row.imported_at = paper.text, None, now
        db.add(row)
    for row in rows.values():
        db.delete(row)


# --- merging


class _Merge:
    """One import: what stands in the files meets what stands in the store."""

    def __init__(self, db: Session, by: str, now: datetime) -> None:
        self.db, self.by, self.now = db, by, now
        self.result = Imported()
        self.keys: set[str] = set()
        rows = db.scalars(select(TrainingSentence)).all()
        self.by_key = {row.key: row for row in rows}
        self.by_base = {row.base_key: row for row in rows if row.base_key is not None}
        self.pasts: dict[int, list[TrainingChange]] = defaultdict(list)
        for change in db.scalars(select(TrainingChange).order_by(TrainingChange.id)):
            self.pasts[change.sentence_id].append(change)

    def take(self, written: Sequence[Written]) -> None:
        """Merge all sentences of the files."""
        self.result.total = len(written)
        self.keys = {each.key for each in written}
        new = []
        for each in written:
            row = self.by_base.pop(each.key, None) or self.by_key.get(each.key)
            if row is None:
                new.append(self._new(each))
            else:
                self._meet(row, each)
        for row in self.by_base.values():
            self._gone(row)
        if new:
            self.db.execute(insert(TrainingSentence), new)
        self.result.added += len(new)

    def _new(self, each: Written) -> dict[str, Any]:
        row = fresh(each.state, self.by, self.now, each.file)
        return row | {"base_key": each.key, "base": _digest(each.state)}

    def _meet(self, row: TrainingSentence, each: Written) -> None:
        """Bring a sentence of the store together with the same one of the files."""
        if row.base_key not in (None, each.key) and row.base_key in self.keys:
            # Staff have made another sentence of the files this one, and the files have both.
            if not _same_meaning(_heading_of(row), each.heading):
                self._conflict(row, each)
            return
        base = _digest(each.state)
        if row.base_key is not None:  # the files may have it as staff have rewritten it
            self.by_base.pop(row.base_key, None)
        if row.base != base:
            self._settle(row, each, base)
        if (row.base_key, row.base) != (each.key, base):
            row.base_key, row.base = each.key, base
        if row.file != each.file and _is_untouched(row):
            row.file = each.file

    def _settle(self, row: TrainingSentence, each: Written, base: str) -> None:
        """Decide whose version stands where the files have something new."""
        if row.active and _digest(row.state) == base:
            return  # what staff wanted has come back with the files
        if _is_untouched(row):
            self._follow(row, each.state, Change.FILE_EDITED)
            self.result.changed += 1
        elif self._was_sent_away(row):
            self._follow(row, each.state, Change.FILE_RETURNED)
            self.result.added += 1
        elif not any(_digest(past.state) == base for past in self.pasts[row.id]):
            self._conflict(row, each)

    def _gone(self, row: TrainingSentence) -> None:
        """Let a sentence rest that the files have no more, unless staff have made something of it."""
        if _is_untouched(row):
            self._follow(row, replace(row.state, active=False), Change.FILE_REMOVED)
            self.result.removed += 1
        elif row.active:
            self.result.conflicts.append(
                f"'{row.text}': 파일에서 빠졌지만 콘솔에서 고친 문장이라 그대로 두었어요."
            )
        row.base_key = row.base = None

    def _follow(self, row: TrainingSentence, state: State, did: Change) -> None:
        self._remember(row, did, row.state)
        state = replace(state, comment=row.comment)
        for name, value in asdict(state).items():
            setattr(row, name, value)
        row.text = plain(state.marked)
        row.key, row.compared = key_of(row.text), False
        row.changed_by, row.changed_at = self.by, self.now

    def _conflict(self, row: TrainingSentence, each: Written) -> None:
        self._remember(row, Change.FILE_DIFFERS, replace(each.state, comment=row.comment))
        meaning = each.heading.topic or each.heading.intent
        words = f"콘솔에서도 고쳐서 그대로 두었어요. 파일에는 '{each.marked}' ({meaning})예요."
        self.result.conflicts.append(f"{each.file}:{each.line}: '{row.text}': {words}")

    def _remember(self, row: TrainingSentence, did: Change, was: State) -> None:
        self.db.add(TrainingChange(sentence_id=row.id, did=did, by=self.by, at=self.now, was=asdict(was)))

    def _was_sent_away(self, row: TrainingSentence) -> bool:
        """Tell whether it rests because the files had it no more, and not because staff wanted it so."""
        past = self.pasts[row.id]
        return not row.active and bool(past) and past[-1].did is Change.FILE_REMOVED


def _is_untouched(row: TrainingSentence) -> bool:
    """Tell whether a sentence is as the files had it."""
    return row.active and row.base is not None and _digest(row.state) == row.base


def _digest(state: State) -> str:
    content = [state.marked, state.intent, state.topic, state.style, state.source]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]


# --- writing


def export_folder(db: Session, folder: Path, but: Collection[str] = ()) -> list[str]:
    """Write all sentences at work into the files of a folder, and lists of words where it has none. The caller commits.

    ``but`` are keys of sentences that are left out. Return the names of the files that have changed.

    Raises:
        FilesRefused: a file there has changed since the last import; writing would undo that.
    """
    texts = render(db, but)
    rows = {row.name: row for row in db.scalars(select(TrainingFile))}
    if found := list(_changed_meanwhile(folder, rows)):
        raise FilesRefused(found)
    if any((folder / name).exists() for name in rows):  # no empty folder made for one training
        for name, row in rows.items():
            row.exported = texts.get(name)
    folder.mkdir(parents=True, exist_ok=True)
    texts |= {name: text for name, text in _word_lists().items() if not (folder / name).exists()}
    for name in rows.keys() - texts.keys():
        (folder / name).unlink(missing_ok=True)
    return [name for name, text in sorted(texts.items()) if _put_file(folder / name, text)]


def render(db: Session, but: Collection[str] = ()) -> dict[str, str]:
    """Return the files with sentences, by name, as an export writes them, without those whose keys are ``but``."""
    papers = {row.name: read_text(row.name, row.text) for row in db.scalars(select(TrainingFile))}
    places = {each.key: (each.file, each.heading) for paper in papers.values() for each in sentences(paper)}
    staying: dict[str, TrainingSentence] = {}
    coming: dict[str, dict[Heading, list[TrainingSentence]]] = defaultdict(lambda: defaultdict(list))
    for row in db.scalars(_at_work()):
        if row.key in but:
            continue
        place = _file_of(row), _heading_of(row)
        if row.base_key is not None and places.get(row.base_key) == place:
            staying[row.base_key] = row
        else:
            coming[place[0]][place[1]].append(row)
    for name in coming.keys() - papers.keys():
        papers[name] = Paper(name, _HEAD)
    return {name: text for name, paper in papers.items() if (text := _written(paper, staying, coming[name]))}


def as_yaml(rows: Iterable[TrainingSentence]) -> str:
    """Return sentences as one file of Rasa's, those that mean the same below one another."""
    blocks: dict[Heading, list[TrainingSentence]] = defaultdict(list)
    for row in rows:
        blocks[_heading_of(row)].append(row)
    return _HEAD + "".join(
        f"{line}\n" for heading in blocks for line in _block_lines(heading, blocks[heading])
    )


def _written(
    paper: Paper, staying: Mapping[str, TrainingSentence], coming: Mapping[Heading, list[TrainingSentence]]
) -> str:
    """Return a file with its sentences as they are now; empty when it holds nothing any more."""
    sheet, waiting, holds = _Sheet(paper), dict(coming), bool(coming)
    for block in paper.blocks:
        if block.kind != "intent":
            holds = True
            continue
        kept = [sheet.put(line, staying.get(key_of(plain(marked)))) for line, marked in block.lines]
        new = waiting.pop(block.heading, [])
        sheet.add(block, new)
        if not any(kept) and not new:
            sheet.drop(block)
        holds = holds or any(kept)
    for heading, rows in waiting.items():
        sheet.add_block(heading, rows)
    return sheet.text if holds else ""


class _Sheet:
    """A file's lines, each with what stands in its place now."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.lines = [[line] for line in paper.text.split("\n")]

    @property
    def text(self) -> str:
        """The file as it is now."""
        return "\n".join(line for lines in self.lines for line in lines)

    def put(self, line: int, row: TrainingSentence | None) -> bool:
        """Put a sentence where it stood, as it is now; return whether there is one."""
        if row is None:
            self.lines[line - 1] = []
            return False
        before, _, rest = self.paper.text_of(line).partition("- ")
        if rest.strip() != row.marked:
            end = "\r" if rest.endswith("\r") else ""
            self.lines[line - 1] = [f"{before}- {row.marked}{end}"]
        return True

    def add(self, block: Block, rows: Iterable[TrainingSentence]) -> None:
        """Put new sentences below those of a block."""
        if block.lines:
            before, _, rest = self.paper.text_of(block.lines[-1][0]).partition("- ")
            end = "\r" if rest.endswith("\r") else ""
            self.lines[block.lines[-1][0] - 1] += [f"{before}- {row.marked}{end}" for row in rows]

    def drop(self, block: Block) -> None:
        """Take a block away with its heading."""
        for line in range(block.first, block.last + 1):
            self.lines[line - 1] = []

    def add_block(self, heading: Heading, rows: Iterable[TrainingSentence]) -> None:
        """Put a new block behind the last one that means the same, or at the end."""
        same = [b for b in self.paper.blocks if b.kind == "intent" and _same_meaning(b.heading, heading)]
        new = _block_lines(heading, rows)
        if same:
            first = self.paper.text_of(same[-1].first)
            before, end = first[: len(first) - len(first.lstrip())], "\r" if first.endswith("\r") else ""
            self.lines[same[-1].last - 1] += [f"{before}{line}{end}" for line in new]
        elif self.lines[-1] == [""]:
            self.lines[-1] = [*new, ""]
        else:
            self.lines[-1] += [*new, ""]


def _block_lines(heading: Heading, rows: Iterable[TrainingSentence]) -> list[str]:
    about = [f"    {name}: {value}" for name, value in _metadata(heading)]
    return [
        f"- intent: {heading.intent}",
        "  metadata:",
        *about,
        "  examples: |",
        *(f"    - {row.marked}" for row in rows),
    ]


def _metadata(heading: Heading) -> Iterator[tuple[str, str]]:
    if heading.topic:
        yield "topic", heading.topic
    yield "style", heading.style
    yield "source", heading.source


def _same_meaning(one: Heading, other: Heading) -> bool:
    return (one.intent, one.topic) == (other.intent, other.topic)


def _heading_of(row: TrainingSentence) -> Heading:
    return Heading(row.intent, row.topic, row.style, row.source)


def _file_of(row: TrainingSentence) -> str:
    """Return the file a sentence belongs in: where it came from, unless that is the file of another intent."""
    stem = row.file.removesuffix(".yml")
    return row.file if stem and (stem == row.intent or stem not in INTENTS) else f"{row.intent}.yml"


def _at_work() -> Select[TrainingSentence]:
    return select(TrainingSentence).where(TrainingSentence.active).order_by(TrainingSentence.id)


def _changed_meanwhile(folder: Path, rows: Mapping[str, TrainingFile]) -> Iterator[Problem]:
    """Find files that somebody has changed since the store has seen them."""
    for path in sorted(folder.glob("*.yml")):
        row, text = rows.get(path.name), path.read_bytes().decode("utf-8", "replace")
        if row is None:
            unseen = read_text(path.name, text).has_sentences
        else:
            unseen = text not in (row.text, row.exported)
        if unseen:
            yield Problem(
                path.name, 1, "마지막으로 들여온 뒤에 바뀐 파일이에요. flask nlu import를 먼저 해 주세요."
            )


def _word_lists() -> dict[str, str]:
    """Return the project's files without sentences, which stay files."""
    papers = (read_bytes(path.name, path.read_bytes()) for path in sorted(FOLDER.glob("*.yml")))
    return {paper.name: paper.text for paper in papers if not paper.has_sentences}


def _put_file(path: Path, text: str) -> bool:
    """Write a file in one step; return False when it is so already."""
    content = text.encode()
    if path.exists() and path.read_bytes() == content:
        return False
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    new.replace(path)
    return True
