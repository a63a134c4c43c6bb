"""Check what the language is trained on before a minute of training is spent: ``validate.py [FOLDER]``.

Reads ``domain.yml``, ``data/``, ``holdout/`` and ``lookups/`` of the folder (this one, if none is named), prints every
problem at once as ``file:line: what is wrong; what to do``, in Korean, and ends with 1 when there is any. Needs PyYAML
only, so that it answers in a second.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml

STYLES = ("polite", "casual", "typo", "abbreviation", "no_spaces", "mixed_english", "long")
SOURCES = ("authored", "console")
METADATA = ("topic", "style", "source")
SENTENCES_OF_A_TOPIC = 5  # fewer teach nothing, and are most often a topic whose name was mistyped
# [토요일](date), or with its value, as the exam has it: [토요일]{"entity": "date", "value": "2026-11-28"}
ANNOTATION = re.compile(r"\[([^\[\]]*)\](?:\(([^()]*)\)|(\{[^{}]*\}))")
# Brackets people paste are welcome ("[공지] 내일 봉사"); those before a parenthesis or a brace were meant as a mark.
PLAIN_BRACKETS = re.compile(r"\[[^\[\]]*\](?!\(|\{|\s\([a-z_])")
PART_OF_SPEECH = re.compile(r"[A-Z]{2,3}(-[A-Z])?")
PLACES = (
    "alone",
    "word",
    "tail",
    "head",
    "noun",
)  # as in components/normalization/lexicon.py, which needs Rasa's environment
COLUMNS = {"words.txt": (2, 2), "abbreviations.txt": (3, 3), "spellings.txt": (2, 3), "english.txt": (1, 1)}


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong in a line (from 1) of a file named from the project's folder, and what to do."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Block:
    """Examples under one heading; ``lines`` are ``(line, written)``, ``places`` the line of each of its settings."""

    file: str
    line: int
    kind: str  # intent, lookup, regex or synonym
    name: str
    metadata: dict[str, str]
    places: dict[str, int]
    lines: tuple[tuple[int, str], ...]

    @property
    def meaning(self) -> tuple[str, str | None]:
        """Intent and topic."""
        return self.name, self.metadata.get("topic")


@dataclass(frozen=True)
class Example:
    """One sentence without its marks, and where it stands."""

    text: str
    file: str
    line: int

    @property
    def key(self) -> str:
        """The text without what makes no difference to a reader: case, spaces, closing marks."""
        return re.sub(r"[\s?!.,~]", "", self.text.lower()) or self.text


def problems(project: Path) -> list[Problem]:
    """Return everything wrong in a project, by file and line."""
    found: list[Problem] = []
    intents = _names(project, "intents", found)
    entities = _names(project, "entities", found)
    training = list(_blocks(project, "data", found))
    exam = list(_blocks(project, "holdout", found))
    for block in (*training, *exam):
        found += _block_problems(block, intents, entities)
    for block in training:
        found += _heading_problems(block)
    found += _intents_without_sentences(project, intents, training)
    found += _thin_topics(training)
    found += _twice(_examples(training), _examples(exam))
    found += _lookup_problems(project)
    return sorted(set(found))


# --- reading, with the line of everything


def _names(project: Path, key: str, found: list[Problem]) -> dict[str, int] | None:
    """Names in a list of the domain and their lines; nothing when the domain cannot be read."""
    node = _composed(project, project / "domain.yml", found)
    items = _settings(node).get(key) if node else None
    if node and not isinstance(items, yaml.SequenceNode):
        found.append(
            Problem("domain.yml", 1, f"'{key}:' 목록이 없어요. 이름을 한 줄에 하나씩 '- '로 적어 주세요.")
        )
    if not isinstance(items, yaml.SequenceNode):
        return None
    names: dict[str, int] = {}
    for item in items.value:
        name, line = str(item.value), item.start_mark.line + 1
        if name in names:
            found.append(
                Problem(
                    "domain.yml",
                    line,
                    f"'{name}' 이름이 {names[name]}번째 줄에도 있어요. 한 줄을 지워 주세요.",
                )
            )
        names.setdefault(name, line)
    return names


def _composed(project: Path, path: Path, found: list[Problem]) -> yaml.Node | None:
    """Read a YAML file as nodes that know their lines; a file that cannot be read is a problem."""
    file = path.relative_to(project).as_posix()
    try:
        if node := yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader):
            return node
        text, line = "빈 파일이에요. 내용을 되살리거나 파일을 지워 주세요.", 1
    except FileNotFoundError:
        text, line = "파일이 없어요. 되살려 주세요.", 1
    except UnicodeDecodeError:
        text, line = "UTF-8이 아니어서 읽을 수 없어요. UTF-8로 저장해 주세요.", 1
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 1
        text = "YAML 모양이 깨져서 읽을 수 없어요. 이 줄과 바로 윗줄의 들여쓰기, ':'와 '- '를 봐 주세요."
    except yaml.YAMLError:
        text, line = "YAML에 쓸 수 없는 글자가 있어요. 눈에 보이지 않는 글자를 지워 주세요.", 1
    problem = Problem(file, line, text)
    if problem not in found:
        found.append(problem)
    return None


def _settings(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in node.value}


def _blocks(project: Path, folder: str, found: list[Problem]) -> Iterator[Block]:
    for path in sorted((project / folder).glob("*.yml")):
        node = _composed(project, path, found)
        nlu = _settings(node).get("nlu")
        file = path.relative_to(project).as_posix()
        if isinstance(nlu, yaml.SequenceNode):
            yield from (block for item in nlu.value if (block := _block(item, file, found)))
        elif node:
            found.append(Problem(file, 1, "'nlu:' 목록이 없어요. 다른 파일처럼 'nlu:' 아래에 적어 주세요."))


def _block(node: yaml.Node, file: str, found: list[Problem]) -> Block | None:
    settings, line = _settings(node), node.start_mark.line + 1
    kind = next((kind for kind in ("intent", "lookup", "regex", "synonym") if kind in settings), None)
    if kind is None:
        found.append(Problem(file, line, "무엇의 묶음인지 없어요. '- intent: 의도 이름'으로 시작해 주세요."))
        return None
    found += _repeated_settings(node, file)
    about = _settings(settings.get("metadata"))
    return Block(
        file=file,
        line=line,
        kind=kind,
        name=str(settings[kind].value),
        metadata={key: str(value.value) for key, value in about.items()},
        places={key: value.start_mark.line + 1 for key, value in about.items()},
        lines=tuple(_lines(settings.get("examples"), file, line, found)),
    )


def _repeated_settings(node: yaml.Node, file: str) -> Iterator[Problem]:
    keys = [(str(key.value), key.start_mark.line + 1) for key, _ in node.value]
    counts = Counter(name for name, _ in keys)
    for name, line in {name: line for name, line in keys if counts[name] > 1}.items():
        yield Problem(
            file, line, f"'{name}:' 줄이 한 묶음에 두 번 있어서 앞의 것이 사라져요. 하나로 합쳐 주세요."
        )


def _lines(node: yaml.Node | None, file: str, line: int, found: list[Problem]) -> Iterator[tuple[int, str]]:
    """Lines of a ``|`` text: the first stands under the sign."""
    if not isinstance(node, yaml.ScalarNode) or node.style != "|" or not node.value.strip():
        found.append(
            Problem(file, line, "문장이 없어요. 'examples: |' 아래에 '- 문장'을 한 줄에 하나씩 적어 주세요.")
        )
        return
    for number, written in enumerate(node.value.splitlines(), node.start_mark.line + 2):
        if written.strip() == "-":
            found.append(Problem(file, number, "빈 문장이에요. 문장을 적거나 이 줄을 지워 주세요."))
        elif written.startswith("- "):
            yield number, written[2:].strip()
        elif written.strip():
            found.append(
                Problem(
                    file,
                    number,
                    f"'- '로 시작하지 않아서 읽히지 않아요: '{written.strip()}'. 앞에 '- '를 붙여 주세요.",
                )
            )


def _examples(blocks: Collection[Block]) -> list[Example]:
    return [
        Example(ANNOTATION.sub(r"\1", written), block.file, line)
        for block in blocks
        if block.kind == "intent"
        for line, written in block.lines
    ]


# --- one block


def _block_problems(
    block: Block, intents: dict[str, int] | None, entities: dict[str, int] | None
) -> Iterator[Problem]:
    if block.kind == "intent":
        yield from _name_problem(block, intents)
        yield from _topic_problem(block)
        for line, written in block.lines:
            yield from (Problem(block.file, line, text) for text in _mark_problems(written, entities))
    elif block.kind == "regex":
        yield from _pattern_problems(block)
    if block.kind in ("lookup", "regex") and block.file == "data/lookups_entities.yml":
        yield from _unknown_entity(block, entities)


def _name_problem(block: Block, intents: dict[str, int] | None) -> Iterator[Problem]:
    if intents is None:
        return
    if block.name not in intents:
        meant = _meant(block.name, intents, "새 의도면 domain.yml에 먼저 적어 주세요.")
        yield Problem(block.file, block.line, f"domain.yml에 없는 의도예요: '{block.name}'.{meant}")
    elif Path(block.file).stem in intents.keys() - {block.name} and block.file.startswith("data/"):
        text = f"'{block.name}' 문장이 다른 의도의 파일에 있어요. data/{block.name}.yml로 옮겨 주세요."
        yield Problem(block.file, block.line, text)


def _topic_problem(block: Block) -> Iterator[Problem]:
    topic = block.metadata.get("topic")
    if topic is not None and not re.fullmatch(rf"{re.escape(block.name)}/\w+", topic):
        name = topic.rpartition("/")[2] or "이름"
        yield Problem(
            block.file,
            block.places["topic"],
            f"주제는 의도 이름으로 시작해야 해요: '{topic}'. '{block.name}/{name}'처럼 적어 주세요.",
        )


def _mark_problems(written: str, entities: dict[str, int] | None) -> Iterator[str]:
    rest = PLAIN_BRACKETS.sub("", ANNOTATION.sub("", written))
    if "[" in rest or "]" in rest:
        yield f"표시가 닫히지 않았어요: '{written}'. '[토요일](date)'처럼 괄호 네 개를 붙여서 적어 주세요."
    for words, name, value in ANNOTATION.findall(written):
        entity = _entity_of(value) if value else name
        if not words or words != words.strip():
            yield f"표시한 낱말이 비었거나 앞뒤에 빈칸이 있어요: '[{words}]({entity})'. 낱말만 괄호 안에 넣어 주세요."
        if entities is not None and entity not in entities:
            yield f"domain.yml에 없는 엔티티예요: '[{words}]({entity})'.{_meant(entity, entities, 'domain.yml에 있는 이름만 쓸 수 있어요.')}"


def _entity_of(value: str) -> str:
    """Name of the entity in a mark that has its value; the mark itself when it is no JSON, which is no name either."""
    try:
        return str(json.loads(value)["entity"])
    except (ValueError, KeyError):
        return value


def _pattern_problems(block: Block) -> Iterator[Problem]:
    for line, pattern in block.lines:
        try:
            re.compile(pattern)
        except re.error:
            yield Problem(block.file, line, f"정규식이 잘못됐어요: '{pattern}'. 괄호의 짝을 봐 주세요.")


def _unknown_entity(block: Block, entities: dict[str, int] | None) -> Iterator[Problem]:
    if entities is not None and block.name not in entities:
        meant = _meant(block.name, entities, "domain.yml에 있는 이름만 쓸 수 있어요.")
        yield Problem(block.file, block.line, f"domain.yml에 없는 엔티티예요: '{block.name}'.{meant}")


def _heading_problems(block: Block) -> Iterator[Problem]:
    """Find what only training asks of a block: a style, a source, and nothing that is not read."""
    if block.kind != "intent":
        return
    for key, allowed in (("style", STYLES), ("source", SOURCES)):
        value = block.metadata.get(key)
        if value is None:
            yield Problem(block.file, block.line, f"metadata에 '{key}:' 줄이 없어요. {_one_of(allowed)}")
        elif value not in allowed:
            meant = _meant(value, allowed, _one_of(allowed))
            yield Problem(block.file, block.places[key], f"모르는 {key} 값이에요: '{value}'.{meant}")
    for key in block.metadata.keys() - set(METADATA):
        meant = _meant(key, METADATA, _one_of(METADATA))
        yield Problem(block.file, block.places[key], f"metadata에 쓸 수 없는 이름이에요: '{key}'.{meant}")


def _one_of(names: Collection[str]) -> str:
    return f"{', '.join(names)} 가운데 하나를 적어 주세요."


def _meant(name: str, known: Collection[str], otherwise: str) -> str:
    close = get_close_matches(name, known, 1)
    return f" 혹시 '{close[0]}'인가요?" if close else f" {otherwise}"


# --- the whole


def _intents_without_sentences(
    project: Path, intents: dict[str, int] | None, training: list[Block]
) -> Iterator[Problem]:
    trained = {block.name for block in training if block.kind == "intent" and block.lines}
    for name, line in (intents or {}).items():
        # A file that cannot be read, or is named otherwise, has its own problem already.
        if name not in trained and not (project / f"data/{name}.yml").exists():
            yield Problem(
                "domain.yml",
                line,
                f"'{name}' 의도의 문장이 없어요. data/{name}.yml을 만들거나 이 줄을 지워 주세요.",
            )


def _thin_topics(training: list[Block]) -> Iterator[Problem]:
    counts: Counter[str] = Counter()
    first: dict[str, Block] = {}
    for block in training:
        if topic := block.metadata.get("topic"):
            counts[topic] += len(block.lines)
            first.setdefault(topic, block)
    enough = [topic for topic, n in counts.items() if n >= SENTENCES_OF_A_TOPIC]
    for topic, n in counts.items():
        if n < SENTENCES_OF_A_TOPIC:
            text = f"주제 '{topic}'의 문장이 {n}개뿐이에요."
            new = f"새 주제면 {SENTENCES_OF_A_TOPIC}개 이상 적어 주세요."
            yield Problem(first[topic].file, first[topic].places["topic"], text + _meant(topic, enough, new))


def _twice(training: list[Example], exam: list[Example]) -> Iterator[Problem]:
    """Sentences that stand twice, also with other spaces and marks: named where the first of them stands."""
    seen: defaultdict[str, list[Example]] = defaultdict(list)
    for example in training:
        seen[example.key].append(example)
    for first, *others in seen.values():
        for other in others:
            yield Problem(first.file, first.line, f"{_same(first, other)}에도 있어요. 한쪽에서 지워 주세요.")
    for example in exam:
        for learned in seen.get(example.key, ())[:1]:
            text = f"{_same(example, learned)}에도 있어요. 시험 문장으로는 훈련하지 않아요. 한쪽에서 지워 주세요."
            yield Problem(example.file, example.line, text)


def _same(one: Example, other: Example) -> str:
    place = f"{other.file.removeprefix('data/') if one.file.startswith('data/') else other.file}:{other.line}"
    if one.text == other.text:
        return f"'{one.text}' 문장이 {place}"
    return f"'{one.text}' 문장이 띄어쓰기나 부호만 다르게 {place}"


# --- lookups/


def _lookup_problems(project: Path) -> Iterator[Problem]:
    for path in sorted((project / "lookups").glob("*.txt")):
        yield from _table_problems(path)
    broken: list[Problem] = []
    for path in sorted((project / "lookups").glob("*.yml")):
        _composed(project, path, broken)
    yield from broken


def _table_problems(path: Path) -> Iterator[Problem]:
    """Tables of cells between tabs; empty lines and those that begin with # are not read."""
    file, seen = f"lookups/{path.name}", dict[tuple[str, ...], int]()
    for line, row in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not row.strip() or row.startswith("#"):
            continue
        cells = row.split("\t")
        yield from (Problem(file, line, text) for text in _row_problems(path.name, cells))
        key = (cells[0], *cells[2:])  # a word may stand for two things in two places
        if key in seen:
            yield Problem(
                file, line, f"'{cells[0]}' 줄이 {seen[key]}번째 줄에도 있어요. 한 줄을 지워 주세요."
            )
        seen.setdefault(key, line)


def _row_problems(name: str, cells: list[str]) -> Iterator[str]:
    least, most = COLUMNS.get(name, (1, len(cells)))
    if not least <= len(cells) <= most:
        wanted = f"{least}칸" if least == most else f"{least}~{most}칸"
        yield f"{wanted}이어야 하는데 {len(cells)}칸이에요. 칸 사이를 탭(Tab) 하나로 띄워 주세요."
        return
    if any(cell != cell.strip() or not cell for cell in cells):
        yield "빈 칸이 있거나 칸 앞뒤에 빈칸이 있어요. 지워 주세요."
    if name == "words.txt" and not PART_OF_SPEECH.fullmatch(cells[1]):
        yield f"품사가 아니에요: '{cells[1]}'. NNG(명사), NNP(이름), MAG(부사)처럼 적어 주세요."
    if name == "abbreviations.txt" and cells[2] not in PLACES:
        yield f"모르는 자리예요: '{cells[2]}'.{_meant(cells[2], PLACES, _one_of(PLACES))}"
    if name == "spellings.txt" and cells[2:] not in ([], ["end"]):
        yield f"셋째 칸에는 end만 쓸 수 있어요: '{cells[2]}'. 지우거나 고쳐 주세요."


def main(arguments: list[str]) -> int:
    """Print every problem of the folder named, or of this one; 1 when there is any."""
    project = Path(arguments[0]) if arguments else Path(__file__).parent
    found = problems(project)
    for problem in found:
        print(problem, file=sys.stderr)  # noqa: T201 - its purpose
    if found:
        print(f"고칠 곳이 {len(found)}군데 있어요.", file=sys.stderr)  # noqa: T201 - its purpose
        return 1
    print("문장에 고칠 곳이 없어요.")  # noqa: T201 - its purpose
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
