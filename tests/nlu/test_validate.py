"""What staff get wrong in the files the language is trained on: each mistake is named by file and line, all at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.nlu_server import NLU_DATA, ROOT

DOMAIN = """\
version: "3.1"
intents:
- check_hours
- greeting
entities:
- date
- hours
"""

HOURS = """\
version: "3.1"
nlu:
- intent: check_hours
  metadata:
    style: casual
    source: authored
  examples: |
    - 봉사시간 몇시간이야
    - [올해](date) 몇 시간 했지
"""

GREETING = """\
version: "3.1"
nlu:
- intent: greeting
  metadata:
    style: polite
    source: console
  examples: |
    - 안녕하세요
"""

PASSES = "문장에 고칠 곳이 없어요.\n"


def project(folder: Path, **files: str) -> Path:
    """Write a project that is right, but for the files named: ``data_greeting="…"`` is ``data/greeting.yml``."""
    right = {"domain": DOMAIN, "data_check_hours": HOURS, "data_greeting": GREETING}
    for name, text in (right | files).items():
        place, _, rest = name.partition("_")
        path = folder / (f"{place}/{rest}" if rest else place)
        path = path.with_name(path.name if place == "lookups" else f"{path.name}.yml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def said(folder: Path, python: str | Path = sys.executable) -> tuple[int, list[str]]:
    """Validate a project; return the exit code and the lines about it."""
    ran = subprocess.run(
        [python, NLU_DATA / "validate.py", folder], capture_output=True, text=True, check=False
    )
    return ran.returncode, (ran.stdout + ran.stderr).splitlines()


def test_a_project_that_is_right_passes(tmp_path: Path) -> None:
    assert said(project(tmp_path)) == (0, [PASSES.strip()])


def test_the_sentences_of_this_project_pass_in_both_environments() -> None:
    assert said(NLU_DATA) == (0, [PASSES.strip()])
    assert said(NLU_DATA, ROOT / ".venv-nlu/bin/python") == (0, [PASSES.strip()])


def test_a_mistyped_intent_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    wrong = HOURS.replace("intent: check_hours", "intent: chek_hours")
    code, lines = said(project(tmp_path, data_check_hours=wrong))
    assert code == 1
    assert lines == [
        "data/check_hours.yml:3: domain.yml에 없는 의도예요: 'chek_hours'. 혹시 'check_hours'인가요?",
        "고칠 곳이 1군데 있어요.",
    ]


def test_an_intent_like_no_other_wants_a_line_in_the_domain(tmp_path: Path) -> None:
    new = HOURS.replace("check_hours", "weather").replace("봉사시간", "날씨").replace("했지", "와")
    assert said(project(tmp_path, data_weather=new.replace("몇 시간", "비"))) == (
        1,
        [
            "data/weather.yml:3: domain.yml에 없는 의도예요: 'weather'. 새 의도면 domain.yml에 먼저 적어 주세요.",
            "고칠 곳이 1군데 있어요.",
        ],
    )


def test_sentences_in_the_file_of_another_intent_are_named_and_a_file_of_several_is_right(
    tmp_path: Path,
) -> None:
    strays = GREETING.replace("안녕하세요", "나 왔어") + HOURS.split("nlu:\n")[1].replace(
        "봉사시간", "나"
    ).replace("올해", "작년")
    assert said(project(tmp_path / "a", data_greeting=strays)) == (
        1,
        [
            "data/greeting.yml:9: 'check_hours' 문장이 다른 의도의 파일에 있어요. data/check_hours.yml로 옮겨 주세요.",
            "고칠 곳이 1군데 있어요.",
        ],
    )
    assert said(project(tmp_path / "b", data_near_misses=strays)) == (0, [PASSES.strip()])


def test_an_intent_without_sentences_is_named_where_the_domain_has_it(tmp_path: Path) -> None:
    folder = project(tmp_path, domain=DOMAIN.replace("- greeting", "- greeting\n- no_show"))
    assert said(folder) == (
        1,
        [
            "domain.yml:5: 'no_show' 의도의 문장이 없어요. data/no_show.yml을 만들거나 이 줄을 지워 주세요.",
            "고칠 곳이 1군데 있어요.",
        ],
    )


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        (
            "[올해](dat) 몇 시간 했지",
            "domain.yml에 없는 엔티티예요: '[올해](dat)'. 혹시 'date'인가요?",
        ),
        (
            "[올해](when) 몇 시간 했지",
            "domain.yml에 없는 엔티티예요: '[올해](when)'. domain.yml에 있는 이름만 쓸 수 있어요.",
        ),
        (
            '[올해]{"entity": "dates", "value": "2026"} 몇 시간 했지',
            "domain.yml에 없는 엔티티예요: '[올해](dates)'. 혹시 'date'인가요?",
        ),
        (
            "[올해(date) 몇 시간 했지",
            "표시가 닫히지 않았어요: '[올해(date) 몇 시간 했지'. '[토요일](date)'처럼 괄호 네 개를 붙여서 적어 주세요.",
        ),
        (
            "[올해](date 몇 시간 했지",
            "표시가 닫히지 않았어요: '[올해](date 몇 시간 했지'. '[토요일](date)'처럼 괄호 네 개를 붙여서 적어 주세요.",
        ),
        (
            "[올해] (date) 몇 시간 했지",
            "표시가 닫히지 않았어요: '[올해] (date) 몇 시간 했지'. '[토요일](date)'처럼 괄호 네 개를 붙여서 적어 주세요.",
        ),
        (
            "올해](date) 몇 시간 했지",
            "표시가 닫히지 않았어요: '올해](date) 몇 시간 했지'. '[토요일](date)'처럼 괄호 네 개를 붙여서 적어 주세요.",
        ),
        (
            "[올해 ](date)몇 시간 했지",
            "표시한 낱말이 비었거나 앞뒤에 빈칸이 있어요: '[올해 ](date)'. 낱말만 괄호 안에 넣어 주세요.",
        ),
    ],
)
def test_a_wrong_mark_is_named(tmp_path: Path, sentence: str, problem: str) -> None:
    wrong = HOURS.replace("[올해](date) 몇 시간 했지", sentence)
    assert said(project(tmp_path, data_check_hours=wrong)) == (
        1,
        [f"data/check_hours.yml:9: {problem}", "고칠 곳이 1군데 있어요."],
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "[두볼] 봉사시간 안내 이거 뭐야",
        "[공지](date) 보니까 [3시간](hours)이래",
        '[올해]{"entity": "date", "value": "2026"} 거',
    ],
)
def test_brackets_that_people_paste_and_marks_with_a_value_are_right(tmp_path: Path, sentence: str) -> None:
    right = HOURS.replace("[올해](date) 몇 시간 했지", sentence)
    assert said(project(tmp_path, data_check_hours=right)) == (0, [PASSES.strip()])


def test_a_topic_under_another_intent_is_named(tmp_path: Path) -> None:
    wrong = HOURS.replace("metadata:\n", "metadata:\n    topic: chek_hours/goal\n")
    code, lines = said(project(tmp_path, data_check_hours=wrong))
    assert code == 1
    assert lines[0] == (
        "data/check_hours.yml:5: 주제 'chek_hours/goal'의 문장이 2개뿐이에요. 새 주제면 5개 이상 적어 주세요."
    )
    assert lines[1] == (
        "data/check_hours.yml:5: 주제는 의도 이름으로 시작해야 해요: 'chek_hours/goal'. 'check_hours/goal'처럼 적어 주세요."
    )


def test_a_mistyped_topic_is_found_by_its_few_sentences(tmp_path: Path) -> None:
    block = HOURS.split("nlu:\n")[1]
    many = "".join(
        f"    - 목표까지 {word} 남았어\n"
        for word in ["얼마나", "한참", "조금", "아직", "몇시간", "며칠", "반쯤", "거의"]
    )
    goal = block.split("    - ")[0].replace("metadata:\n", "metadata:\n    topic: check_hours/goal\n") + many
    mistyped = block.replace("metadata:\n", "metadata:\n    topic: check_hours/gaol\n")
    assert said(project(tmp_path, data_check_hours=f"nlu:\n{goal}{mistyped}")) == (
        1,
        [
            "data/check_hours.yml:18: 주제 'check_hours/gaol'의 문장이 2개뿐이에요. 혹시 'check_hours/goal'인가요?",
            "고칠 곳이 1군데 있어요.",
        ],
    )


def test_a_sentence_under_two_intents_is_named_with_both_places(tmp_path: Path) -> None:
    both = GREETING + "    - 봉사시간 몇시간이야\n"
    assert said(project(tmp_path, data_greeting=both)) == (
        1,
        [
            "data/check_hours.yml:8: '봉사시간 몇시간이야' 문장이 greeting.yml:9에도 있어요. 한쪽에서 지워 주세요.",
            "고칠 곳이 1군데 있어요.",
        ],
    )


def test_a_sentence_that_differs_by_spaces_and_marks_is_the_same(tmp_path: Path) -> None:
    twice = HOURS + "    - 봉사 시간 [몇시간](hours)이야?\n"
    assert said(project(tmp_path, data_check_hours=twice)) == (
        1,
        [
            "data/check_hours.yml:8: '봉사시간 몇시간이야' 문장이 띄어쓰기나 부호만 다르게 check_hours.yml:10에도 있어요. 한쪽에서 지워 주세요.",
            "고칠 곳이 1군데 있어요.",
        ],
    )


def test_a_sentence_of_the_exam_must_not_be_learned(tmp_path: Path) -> None:
    exam = "nlu:\n- intent: greeting\n  examples: |\n    - 하이\n    - 안녕하세요\n"
    assert said(project(tmp_path, holdout_talk=exam)) == (
        1,
        [
            "holdout/talk.yml:5: '안녕하세요' 문장이 data/greeting.yml:8에도 있어요. 시험 문장으로는 훈련하지 않아요. 한쪽에서 지워 주세요.",
            "고칠 곳이 1군데 있어요.",
        ],
    )


def test_broken_yaml_is_named_by_its_line_and_the_other_files_are_still_read(tmp_path: Path) -> None:
    broken = HOURS.replace("    style: casual", "   style: casual: x")
    wrong = GREETING.replace("style: polite", "style: polit")
    assert said(project(tmp_path, data_check_hours=broken, data_greeting=wrong)) == (
        1,
        [
            "data/check_hours.yml:5: YAML 모양이 깨져서 읽을 수 없어요. 이 줄과 바로 윗줄의 들여쓰기, ':'와 '- '를 봐 주세요.",
            "data/greeting.yml:5: 모르는 style 값이에요: 'polit'. 혹시 'polite'인가요?",
            "고칠 곳이 2군데 있어요.",
        ],
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("    -", "빈 문장이에요. 문장을 적거나 이 줄을 지워 주세요."),
        ("    시간 보여줘", "'- '로 시작하지 않아서 읽히지 않아요: '시간 보여줘'. 앞에 '- '를 붙여 주세요."),
        (
            "    -시간 보여줘",
            "'- '로 시작하지 않아서 읽히지 않아요: '-시간 보여줘'. 앞에 '- '를 붙여 주세요.",
        ),
    ],
)
def test_a_line_that_is_no_sentence_is_named(tmp_path: Path, line: str, problem: str) -> None:
    assert said(project(tmp_path, data_check_hours=f"{HOURS}\n{line}\n")) == (
        1,
        [f"data/check_hours.yml:11: {problem}", "고칠 곳이 1군데 있어요."],
    )


def test_a_block_without_sentences_style_and_source_is_named_for_each(tmp_path: Path) -> None:
    empty = HOURS + "- intent: check_hours\n"
    assert said(project(tmp_path, data_check_hours=empty)) == (
        1,
        [
            "data/check_hours.yml:10: metadata에 'source:' 줄이 없어요. authored, console 가운데 하나를 적어 주세요.",
            "data/check_hours.yml:10: metadata에 'style:' 줄이 없어요. polite, casual, typo, abbreviation, no_spaces, mixed_english, long 가운데 하나를 적어 주세요.",
            "data/check_hours.yml:10: 문장이 없어요. 'examples: |' 아래에 '- 문장'을 한 줄에 하나씩 적어 주세요.",
            "고칠 곳이 3군데 있어요.",
        ],
    )


def test_a_mistyped_setting_and_one_that_is_there_twice_are_named(tmp_path: Path) -> None:
    mistyped = HOURS.replace("    style: casual", "    stlye: casual\n    style: casual")
    twice = GREETING + "  examples: |\n    - 하이\n"
    assert said(project(tmp_path, data_check_hours=mistyped, data_greeting=twice)) == (
        1,
        [
            "data/check_hours.yml:5: metadata에 쓸 수 없는 이름이에요: 'stlye'. 혹시 'style'인가요?",
            "data/greeting.yml:9: 'examples:' 줄이 한 묶음에 두 번 있어서 앞의 것이 사라져요. 하나로 합쳐 주세요.",
            "고칠 곳이 2군데 있어요.",
        ],
    )


def test_lookups_and_patterns_are_looked_at(tmp_path: Path) -> None:
    lookups = (
        "nlu:\n- lookup: datte\n  examples: |\n    - 오늘\n- regex: hours\n  examples: |\n    - (\\d+시간\n"
    )
    assert said(project(tmp_path, data_lookups_entities=lookups)) == (
        1,
        [
            "data/lookups_entities.yml:2: domain.yml에 없는 엔티티예요: 'datte'. 혹시 'date'인가요?",
            "data/lookups_entities.yml:7: 정규식이 잘못됐어요: '(\\d+시간'. 괄호의 짝을 봐 주세요.",
            "고칠 곳이 2군데 있어요.",
        ],
    )


def test_a_block_of_nothing_and_a_file_of_nothing_are_named(tmp_path: Path) -> None:
    folder = project(
        tmp_path, data_check_hours=HOURS + "- intents: greeting\n", data_more="", data_some="a: b\n"
    )
    assert said(folder) == (
        1,
        [
            "data/check_hours.yml:10: 무엇의 묶음인지 없어요. '- intent: 의도 이름'으로 시작해 주세요.",
            "data/more.yml:1: 빈 파일이에요. 내용을 되살리거나 파일을 지워 주세요.",
            "data/some.yml:1: 'nlu:' 목록이 없어요. 다른 파일처럼 'nlu:' 아래에 적어 주세요.",
            "고칠 곳이 3군데 있어요.",
        ],
    )


def test_a_domain_that_is_broken_or_says_a_name_twice_is_named_and_no_name_is_doubted(tmp_path: Path) -> None:
    assert said(project(tmp_path / "a", domain=DOMAIN.replace("intents:", "intents: ["))) == (
        1,
        [
            "domain.yml:3: YAML 모양이 깨져서 읽을 수 없어요. 이 줄과 바로 윗줄의 들여쓰기, ':'와 '- '를 봐 주세요.",
            "고칠 곳이 1군데 있어요.",
        ],
    )
    assert said(project(tmp_path / "b", domain=DOMAIN + "- date\n")) == (
        1,
        ["domain.yml:8: 'date' 이름이 6번째 줄에도 있어요. 한 줄을 지워 주세요.", "고칠 곳이 1군데 있어요."],
    )
    assert said(project(tmp_path / "c", domain=DOMAIN.split("entities:", maxsplit=1)[0])) == (
        1,
        [
            "domain.yml:1: 'entities:' 목록이 없어요. 이름을 한 줄에 하나씩 '- '로 적어 주세요.",
            "고칠 곳이 1군데 있어요.",
        ],
    )


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "data/greeting.yml").write_bytes(GREETING.encode("cp949"))
    assert said(folder) == (
        1,
        [
            "data/greeting.yml:1: UTF-8이 아니어서 읽을 수 없어요. UTF-8로 저장해 주세요.",
            "고칠 곳이 1군데 있어요.",
        ],
    )


def test_tables_of_the_normaliser_have_their_columns(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        **{
            "lookups_words.txt": "# 낱말\n두볼\tNNP\n터전 NNG\n봉시\tnng\n두볼\tNNP\n",
            "lookups_abbreviations.txt": "ㅇㄷ\t어디\talone\nㅇㄷ\t어디\tword\nㅁㄹ\t몰라\twrod\nㄱㄱ\t고고\n",
            "lookups_spellings.txt": "됬\t됐\n나여\t나요\tend\n해여\t해요\tlast\n눌럿\t\n",
            "lookups_english.txt": "ai\nok \n",
        },
    )
    assert said(folder) == (
        1,
        [
            "lookups/abbreviations.txt:3: 모르는 자리예요: 'wrod'. 혹시 'word'인가요?",
            "lookups/abbreviations.txt:4: 3칸이어야 하는데 2칸이에요. 칸 사이를 탭(Tab) 하나로 띄워 주세요.",
            "lookups/english.txt:2: 빈 칸이 있거나 칸 앞뒤에 빈칸이 있어요. 지워 주세요.",
            "lookups/spellings.txt:3: 셋째 칸에는 end만 쓸 수 있어요: 'last'. 지우거나 고쳐 주세요.",
            "lookups/spellings.txt:4: 빈 칸이 있거나 칸 앞뒤에 빈칸이 있어요. 지워 주세요.",
            "lookups/words.txt:3: 2칸이어야 하는데 1칸이에요. 칸 사이를 탭(Tab) 하나로 띄워 주세요.",
            "lookups/words.txt:4: 품사가 아니에요: 'nng'. NNG(명사), NNP(이름), MAG(부사)처럼 적어 주세요.",
            "lookups/words.txt:5: '두볼' 줄이 2번째 줄에도 있어요. 한 줄을 지워 주세요.",
            "고칠 곳이 8군데 있어요.",
        ],
    )


def test_a_table_of_patterns_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    folder = project(tmp_path, **{"lookups_safety.yml": "words:\n  a: [b\nrules: c\n"})
    assert said(folder) == (
        1,
        [
            "lookups/safety.yml:3: YAML 모양이 깨져서 읽을 수 없어요. 이 줄과 바로 윗줄의 들여쓰기, ':'와 '- '를 봐 주세요.",
            "고칠 곳이 1군데 있어요.",
        ],
    )


def test_training_stops_at_once_and_leaves_the_old_model_alone(tmp_path: Path) -> None:
    (tmp_path / ".venv-nlu").symlink_to(ROOT / ".venv-nlu")
    copy = Path(shutil.copytree(NLU_DATA, tmp_path / "nlu_data"))
    greeting = copy / "data/greeting.yml"
    greeting.write_text(
        greeting.read_text("utf-8").replace("intent: greeting", "intent: greting", 1), "utf-8"
    )
    model = tmp_path / "live.tar.gz"
    model.write_bytes(b"the old model")
    ran = subprocess.run(
        [copy / "train.sh", model], env={**os.environ}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "data/greeting.yml:3: domain.yml에 없는 의도예요: 'greting'. 혹시 'greeting'인가요?" in ran.stderr
    assert "training" not in ran.stdout
    assert model.read_bytes() == b"the old model"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".venv-nlu", "live.tar.gz", "nlu_data"]
