"""Rasa's training files as they stand on paper: blocks of sentences, each with the line it is written in.

Nothing of a file is ever made into objects: it is read as nodes, so no tag does anything. Names that stand for other
parts of the file are refused before they are followed, so no small file becomes a large one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import yaml

DEEPEST = 12
"""Levels inside one another; training files have six."""
_KINDS = ("intent", "lookup", "regex", "synonym")
_OTHER_LINE_ENDS = re.compile(r"\r(?!\n)|[\x85\u2028\u2029]")
"""What ends a line for YAML and for no editor."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong in a line (from 1) of a file, and what to do."""

    file: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.words}"


@dataclass(frozen=True, slots=True)
class Heading:
    """What sentences of a block have in common."""

    intent: str
    topic: str | None
    style: str
    source: str


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under one heading: from ``first`` to ``last`` in the file, ``lines`` are (number, what is written)."""

    kind: str
    heading: Heading
    first: int
    last: int
    lines: tuple[tuple[int, str], ...]
    settings: tuple[str, ...]
    places: dict[str, int]

    def place(self, name: str) -> int:
        """Return the line of a setting, of the block where it is missing."""
        return self.places.get(name, self.first)


@dataclass
class Paper:
    """A file as read."""

    name: str
    text: str
    blocks: list[Block] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def has_sentences(self) -> bool:
        """Tell whether it holds sentences, not only lists of words."""
        return any(block.kind == "intent" for block in self.blocks)

    def text_of(self, line: int) -> str:
        """Return a line, without its end."""
        return self._lines[line - 1]

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    def complain(self, line: int, words: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.name, line, words))


class _Refused(Exception):
    def __init__(self, line: int, words: str) -> None:
        self.line, self.words = line, words
        super().__init__(words)


def read_bytes(name: str, content: bytes) -> Paper:
    """Read a file's bytes; what cannot be read is a problem of the paper."""
    try:
        return read_text(name, content.decode("utf-8"))
    except UnicodeDecodeError:
        paper = Paper(name, "")
        paper.complain(1, "UTF-8로 저장한 글 파일이 아니에요. 편집기에서 UTF-8로 다시 저장해 주세요.")
        return paper


def read_text(name: str, text: str) -> Paper:
    """Read a file's text; what cannot be read is a problem of the paper."""
    paper = Paper(name, text)
    try:
        _refuse_what_grows(text)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except _Refused as refused:
        paper.complain(refused.line, refused.words)
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 1
        paper.complain(
            line, "YAML 모양이 깨져서 읽을 수 없어요. 이 줄과 바로 윗줄의 들여쓰기, ':'와 '- '를 봐 주세요."
        )
    except yaml.YAMLError:
        paper.complain(1, "YAML에 쓸 수 없는 글자가 있어요. 눈에 보이지 않는 글자를 지워 주세요.")
    else:
        _read_blocks(paper, root)
    return paper


def _refuse_what_grows(text: str) -> None:
    """Go through a file piece by piece, without building anything.

    Raises:
        _Refused: it has anchors, aliases or tags, nests deeper than any training file, or hides where lines end.
    """
    if found := _OTHER_LINE_ENDS.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise _Refused(line, "보이지 않는 줄바꿈 글자가 있어요. 지우고 Enter로 줄을 바꿔 주세요.")
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(line, "'&'와 '*'로 다른 줄을 끌어다 쓸 수 없어요. 문장을 그대로 적어 주세요.")
        if getattr(event, "tag", None):
            raise _Refused(line, "'!'로 시작하는 표시는 쓸 수 없어요. 지워 주세요.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _Refused(line, "너무 깊이 들여 썼어요. 훈련 문장 파일이 맞는지 봐 주세요.")


def _read_blocks(paper: Paper, root: yaml.Node | None) -> None:
    nlu = _settings(root).get("nlu")
    if not isinstance(nlu, yaml.SequenceNode):
        paper.complain(1, "'nlu:' 목록이 없어요. 훈련 문장 파일이 맞는지 봐 주세요.")
        return
    for node in nlu.value:
        if block := _block(paper, node):
            paper.blocks.append(block)


def _block(paper: Paper, node: yaml.Node) -> Block | None:
    settings, line = _settings(node), node.start_mark.line + 1
    kind = next((kind for kind in _KINDS if kind in settings), None)
    if kind is None:
        paper.complain(line, "무엇의 묶음인지 없어요. '- intent: 의도 이름'으로 시작해 주세요.")
        return None
    for name, place in _repeated(node):
        paper.complain(place, f"'{name}:' 줄이 한 묶음에 두 번 있어요. 하나로 합쳐 주세요.")
    about = _settings(settings.get("metadata"))
    examples = settings.get("examples")
    lines = tuple(_lines(paper, examples, line))
    return Block(
        kind,
        Heading(
            _words(settings[kind]),
            _words(about.get("topic")) or None,
            _words(about.get("style")),
            _words(about.get("source")),
        ),
        line,
        _last_line(paper, node, lines),
        lines,
        tuple(about),
        {name: value.start_mark.line + 1 for name, value in about.items()},
    )


def _last_line(paper: Paper, node: yaml.Node, lines: tuple[tuple[int, str], ...]) -> int:
    """Return the last line of a block, without empty lines and comments behind it, which belong to nobody."""
    end = node.end_mark.line + (1 if node.end_mark.column else 0)
    written = paper.text.split("\n")
    while end > (lines[-1][0] if lines else node.start_mark.line + 1):
        if written[end - 1].strip() and not written[end - 1].lstrip().startswith("#"):
            break
        end -= 1
    return end


def _lines(paper: Paper, node: yaml.Node | None, line: int) -> Iterator[tuple[int, str]]:
    """Lines of a ``|`` text: the first stands under the sign."""
    if not isinstance(node, yaml.ScalarNode) or node.style != "|" or not node.value.strip():
        paper.complain(line, "문장이 없어요. 'examples: |' 아래에 '- 문장'을 한 줄에 하나씩 적어 주세요.")
        return
    for number, written in enumerate(node.value.split("\n"), node.start_mark.line + 2):
        if written.strip() == "-":
            paper.complain(number, "빈 문장이에요. 문장을 적거나 이 줄을 지워 주세요.")
        elif written.startswith("- "):
            yield number, written[2:].strip()
        elif written.strip():
            shown = written.strip()[:80]
            paper.complain(
                number, f"'- '로 시작하지 않아서 읽히지 않아요: '{shown}'. 앞에 '- '를 붙여 주세요."
            )


def _settings(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {_words(key): value for key, value in node.value}


def _repeated(node: yaml.Node) -> Iterator[tuple[str, int]]:
    keys = [(_words(key), key.start_mark.line + 1) for key, _ in node.value]
    counts = Counter(name for name, _ in keys)
    yield from {name: line for name, line in keys if counts[name] > 1}.items()


def _words(node: yaml.Node | None) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else ""
