"""Training sentences in the console, as a trainer uses the pages: without any script."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import Did
from models.clock import SetClock
from models.faq_topics import FaqTopic
from models.golden_sentences import GoldenSentence
from models.staff import StaffRole
from models.training_files import import_folder
from models.training_sentences import Change, TrainingSentence, find_same, history
from models.training_uploads import TrainingUpload
from tests.models.test_training_files import GREETING, NO_SHOW
from tests.web.console.colleague import Colleague

LIST = "/console/training"
UPLOAD = f"{LIST}/upload"
ALIKE = """\
version: "3.1"
nlu:
- intent: check_hours
  metadata: {style: casual, source: authored}
  examples: |
    - 올해 봉사시간 몇 시간인지 알려줘
- intent: certificate_issue
  metadata: {style: casual, source: authored}
  examples: |
    - 올해 봉사시간 몇 시간인지 알려줘요
- intent: thanks_bye
  metadata: {style: casual, source: authored}
  examples: |
    - 오늘도 정말정말 고마워 보람아
    - 오늘도 정말정말 고마워요 보람아
"""


@pytest.fixture
def trainer(colleague: Callable[..., Colleague]) -> Colleague:
    return colleague(StaffRole.TRAINER, "박선생")


@pytest.fixture
def taught(app: Flask, db: Session, clock: SetClock, tmp_path: Path) -> Session:
    """Return the store with a few sentences in it."""
    folder = tmp_path / "sentences"
    folder.mkdir()
    for name, text in (("greeting", GREETING), ("no_show", NO_SHOW), ("alike", ALIKE)):
        (folder / f"{name}.yml").write_text(text, "utf-8")
    import_folder(db, folder, "import", clock.now() - timedelta(days=3))
    db.commit()
    return db


def the(db: Session, text: str) -> TrainingSentence:
    db.expire_all()
    found = find_same(db, text)
    assert found is not None
    return found


def shown(trainer: Colleague, query: str = "") -> list[str]:
    """Return the sentences the list shows."""
    text = trainer.get(f"{LIST}?{query}").text
    return [
        re.sub(r"<small>.*?</small>|<[^>]+>", "", found)
        for found in re.findall(
            r'href="/console/training/\d+"><span class="menu-text"><span>(.*?)</span><small', text
        )
    ]


def teach(trainer: Colleague, marked: str, meaning: str, **more: str) -> int:
    form = {"marked": marked, "meaning": meaning, "style": "casual", **more}
    return trainer.post(f"{LIST}/new", form).status_code


def send(trainer: Colleague, content: bytes, name: str = "새 문장.yml") -> int:
    return trainer.post_file(UPLOAD, name, content).status_code


def block(intent: str, *lines: str, topic: str = "") -> str:
    metadata = f"  metadata:\n    topic: {topic}\n" if topic else ""
    examples = "".join(f"    - {line}\n" for line in lines)
    return f"- intent: {intent}\n{metadata}  examples: |\n{examples}"


def test_sentences_are_found_by_what_they_say_mean_and_who_wrote_them(
    taught: Session, trainer: Colleague, clock: SetClock
) -> None:
    assert len(shown(trainer)) == 10
    assert "10문장" in trainer.read()
    assert shown(trainer, "words=못갔는데") == ["어제 못 갔는데 벌점 있나요"]
    assert shown(trainer, "words=뵙 겠습니다") == ["처음 뵙겠습니다"]
    assert len(shown(trainer, "meaning=greeting")) == 4
    assert len(shown(trainer, "meaning=no_show/effect&style=polite")) == 2
    assert shown(trainer, "words=%25") == []
    assert teach(trainer, "굿모닝 에브리원", "greeting") == 303
    assert shown(trainer, f"who=staff:{trainer.id}") == ["굿모닝 에브리원"]
    assert shown(trainer, "source=console") == ["굿모닝 에브리원"]
    assert shown(trainer, f"since={clock.now():%Y-%m-%d}") == ["굿모닝 에브리원"]
    assert shown(trainer, "since=언젠가")
    assert "날짜를" in trainer.read()
    assert shown(trainer, "state=resting") == []
    assert trainer.get(f"{LIST}?page=99").status_code == 200


def test_words_are_marked_by_choosing_them_and_nothing_is_saved_before_saving(
    taught: Session, trainer: Colleague
) -> None:
    form = {"marked": "내일  모레에 [서울](region) 가면 돼?", "meaning": "greeting", "style": "casual"}
    trainer.post(f"{LIST}/new", {**form, "mark": "1", "words": "내일 모레", "entity": "date"})
    assert "아직 저장하지 않았어요" in trainer.read()
    assert "[내일 모레](date)에 [서울](region) 가면 돼?" in trainer.read()
    trainer.post(
        f"{LIST}/new", {**form, "marked": "[내일 모레](date)에 [서울](region) 가면 돼?", "unmark": "1"}
    )
    assert "[내일 모레](date)에 서울 가면 돼?" in trainer.read()
    assert (
        trainer.post(f"{LIST}/new", {**form, "mark": "1", "words": "없는 말", "entity": "date"}).status_code
        == 422
    )
    assert trainer.post(f"{LIST}/new", {**form, "mark": "1", "words": "", "entity": ""}).status_code == 422
    assert find_same(taught, "내일모레에서울가면돼") is None
    assert teach(trainer, "[내일 모레](date)에 서울 가면 돼?", "greeting", comment="축제 때 많이 와요") == 303
    row = the(taught, "내일 모레에 서울 가면 돼")
    assert (row.marked, row.comment, row.source) == (
        "[내일 모레](date)에 서울 가면 돼?",
        "축제 때 많이 와요",
        "console",
    )
    assert trainer.log()[-1].about == f"sentence:{row.id}"


@pytest.mark.parametrize(
    ("marked", "meaning", "words"),
    [
        ("", "greeting", "문장을 적어 주세요"),
        ("안녕 [친구(person)", "greeting", "닫히지 않았어요"),
        ("안녕 [친구](persn)", "greeting", "혹시 'person'인가요?"),
        ("안녕 [친구]()", "greeting", "빈 표시"),
        ("안녕하세요, 보람님!", "greeting", "이미 같은 뜻으로 있어요"),
        ("안녕하세요 보람님", "thanks_bye", "이미 다른 뜻(greeting)으로 있어요"),
        ("잘 지냈나 친구여", "", "뜻을 골라 주세요"),
        ("잘 지냈나 친구여", "deleted_intent", "고른 뜻이 이제 없어요"),
        ("잘 지냈나 친구여", "greeting/gone", "고른 뜻이 이제 없어요"),
        ("가" * 501, "greeting", "500자까지"),
    ],
)
def test_what_cannot_be_taught_is_told_and_what_was_typed_stays(
    taught: Session, trainer: Colleague, marked: str, meaning: str, words: str
) -> None:
    assert teach(trainer, marked, meaning, comment="그대로 남는 메모") == 422
    assert words in trainer.read()
    assert "그대로 남는 메모" in trainer.read()


def test_sentences_of_the_exam_and_pinned_ones_are_not_taught(
    taught: Session, trainer: Colleague, clock: SetClock
) -> None:
    pinned = GoldenSentence(text="꼭 맞을 말", key="꼭맞을말", intent="greeting", added_at=clock.now())
    taught.add(pinned)
    taught.commit()
    assert teach(trainer, "꼭 맞을 말!", "greeting") == 422
    assert "꼭 맞아야 하는 문장" in trainer.read()
    exam = Path(__file__).parents[3] / "nlu_data/holdout/talk.yml"
    sentence = next(line for line in exam.read_text("utf-8").splitlines() if line.startswith("    - "))[6:]
    assert teach(trainer, sentence, "greeting") == 422
    assert "시험 문장이라서" in trainer.read()
    assert "점수가 실제보다 좋아 보여요" in trainer.read()
    path = trainer.post(
        f"{LIST}/new", {"marked": f"{sentence} 네", "meaning": "greeting", "style": "casual"}
    ).location
    assert "점수가 실제보다 좋아 보여요" in trainer.get(path).text


def test_two_trainers_on_one_sentence_do_not_write_over_each_other(
    taught: Session, trainer: Colleague, colleague: Callable[..., Colleague]
) -> None:
    row = the(taught, "하이루 방가")
    path = f"{LIST}/{row.id}"
    form = {"version": str(row.version), "meaning": "greeting", "style": "casual"}
    other = colleague(StaffRole.TRAINER, "최동료")
    assert other.post(path, {**form, "marked": "하이루 방가방가"}).status_code == 303
    assert trainer.post(path, {**form, "marked": "하이루 반가"}).status_code == 422
    assert "최동료 님" in trainer.read()
    assert "하이루 반가" in trainer.read()
    assert the(taught, "하이루 방가방가").id == row.id
    version = re.search(r'name="version" value="(\d+)"', trainer.page.text)  # type: ignore[union-attr]  # a page was just opened
    assert version
    form["version"] = version[1]
    assert trainer.post(path, {**form, "marked": "하이루 반가"}).status_code == 303
    assert [past.by for past in history(taught, the(taught, "하이루 반가"))] == [
        f"staff:{trainer.id}",
        f"staff:{other.id}",
    ]


def test_a_sentence_rests_wakes_and_becomes_what_it_was(taught: Session, trainer: Colleague) -> None:
    row = the(taught, "하이루 방가")
    path = f"{LIST}/{row.id}"
    trainer.post(f"{path}/rest", {"active": "0"}, form_on=path)
    assert shown(trainer, "state=resting") == ["하이루 방가"]
    assert teach(trainer, "하이루 방가!", "thanks_bye") == 303  # said anew, it wakes with the new meaning
    row = the(taught, "하이루 방가")
    assert (row.active, row.intent, row.source) == (True, "thanks_bye", "console")
    pasts = history(taught, row)
    assert [past.did for past in pasts] == [Change.REACTIVATED, Change.DEACTIVATED]
    text = trainer.get(path).text
    assert "뜻: greeting → thanks_bye" in text
    first = pasts[-1].id
    trainer.post(f"{path}/restore/{first}", form_on=path)
    row = the(taught, "하이루 방가")
    assert (row.active, row.intent, row.source, row.marked) == (True, "greeting", "authored", "하이루 방가")
    assert (
        trainer.post(
            f"{LIST}/{the(taught, '안녕하세요 보람님').id}/restore/{first}", form_on=path
        ).status_code
        == 404
    )
    assert {row.did for row in trainer.log() if row.about == f"sentence:{row.about[9:]}"} == {
        Did.SENTENCE_CHANGED
    }


def test_sentences_nearly_alike_are_pointed_out_until_somebody_settles_them(
    taught: Session, trainer: Colleague
) -> None:
    assert "뜻이 다른 문장 1쌍" in trainer.get(LIST).text
    assert "거의 같은 문장 1쌍" in trainer.read()
    one, other = (
        the(taught, "올해 봉사시간 몇 시간인지 알려줘"),
        the(taught, "올해 봉사시간 몇 시간인지 알려줘요"),
    )
    assert "뜻이 달라요" in trainer.get(f"{LIST}/{one.id}").text
    pairs = f"{LIST}/pairs"
    trainer.post(f"{pairs}/{one.id}/{other.id}", {"rest": ""}, form_on=pairs)
    assert "정리할 문장이 없어요" in trainer.get(pairs).text
    form = {"version": str(the(taught, other.text).version), "meaning": "certificate_issue", "style": "long"}
    trainer.post(f"{LIST}/{other.id}", {**form, "marked": "올해 봉사시간이 몇 시간인지 알려줘요"})
    assert "거의" not in trainer.get(pairs).text.split("</h1>")[0]
    assert (
        "96% 같은 문장" in trainer.read() or "% 같은 문장" in trainer.read()
    )  # another sentence is looked at anew
    one, other = the(taught, "오늘도 정말정말 고마워 보람아"), the(taught, "오늘도 정말정말 고마워요 보람아")
    same = f"{pairs}?kind=same"
    trainer.post(f"{pairs}/{one.id}/{other.id}", {"rest": "other"}, form_on=same)
    assert not the(taught, other.text).active
    assert "정리할 문장이 없어요" in trainer.get(same).text


def test_what_somebody_wrote_is_shown_as_text_and_is_no_formula_in_a_table(
    taught: Session, trainer: Colleague
) -> None:
    assert teach(trainer, "<script>alert(1)</script> 안녕", "greeting", comment="=1+1") == 303
    assert teach(trainer, '=HYPERLINK("http://evil.example") 안녕', "greeting") == 303
    trainer.get(LIST)
    assert trainer.page is not None
    assert "<script>alert" not in trainer.page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 안녕" in trainer.page.text
    table = trainer.get(f"{LIST}/table.csv?source=console")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in table.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert {row["문장"] for row in rows} == {
        '\'=HYPERLINK("http://evil.example") 안녕',
        "<script>alert(1)</script> 안녕",
    }
    assert {row["메모"] for row in rows} == {"", "'=1+1"}
    assert trainer.log()[-1].did is Did.EXPORTED


def test_what_is_downloaded_can_be_uploaded_again(taught: Session, trainer: Colleague) -> None:
    content = trainer.get(f"{LIST}/sentences.yml").data
    assert send(trainer, content) == 303
    assert "새로 더할 문장이 없어요" in trainer.get(trainer.page.location).text  # type: ignore[union-attr]  # a page was just opened
    for row in taught.scalars(select(TrainingSentence)):
        row.active = False
    taught.commit()
    trainer.post(trainer.page.request.path)  # type: ignore[union-attr]  # a page was just opened
    assert len(shown(trainer)) == 10


def test_a_file_is_shown_before_it_is_taught_and_is_its_owners(
    taught: Session, trainer: Colleague, colleague: Callable[..., Colleague]
) -> None:
    text = (
        "nlu:\n"
        + block("greeting", "[서울](region) 친구들 안녕!", "안녕하세요 보람님")
        + block("no_show", "하이루 방가", "불참했는데 어떻게 하죠")
    )
    assert send(trainer, text.encode(), "../../<b>새 문장</b>.yml") == 303
    path = trainer.page.location  # type: ignore[union-attr]  # a page was just opened
    page = trainer.get(path).text
    assert "<strong>2</strong>" in page
    assert page.count("<strong>1</strong>") == 2
    assert "파일에서는 불참 기록, 지금은 인사" in trainer.read()
    assert colleague(StaffRole.TRAINER).get(path).status_code == 404
    assert trainer.post(path).status_code == 303
    row = the(taught, "서울 친구들 안녕")
    assert (row.style, row.source, row.made_by) == ("casual", "console", f"staff:{trainer.id}")
    assert the(taught, "하이루 방가").intent == "greeting"
    assert trainer.log()[-1].did is Did.SENTENCES_UPLOADED
    assert trainer.get(path).status_code == 404
    assert send(trainer, b"nlu:\n" + block("greeting", "안녕하시렵니까").encode()) == 303
    path = trainer.page.location  # type: ignore[union-attr]  # a page was just opened
    assert trainer.post(f"{path}/drop", form_on=path).status_code == 303
    assert taught.scalars(select(TrainingUpload)).all() == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "1번째 줄: 'nlu:' 목록이 없어요"),
        (b"\x00\xff\xfe", "UTF-8로 저장한 글 파일이 아니에요"),
        ("안녕: {".encode(), "YAML 모양이 깨져서"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "1번째 줄: '&'와 '*'"),
        (b"nlu: " + b"[" * 100_000, "너무 깊이"),
        (b"nlu: !!python/object/apply:os.system ['true']\n", "'!'로 시작하는 표시"),
        (
            f"nlu:\n{block('greting', '안녕 얘들아')}".encode(),
            "2번째 줄: 없는 의도예요: 'greting'. 혹시 'greeting'인가요?",
        ),
        (
            f"nlu:\n{block('greeting', '안녕', '반가워 [친구](persn)')}".encode(),
            "5번째 줄: 모르는 표시 이름이에요",
        ),
        (
            f"nlu:\n{block('greeting', '반가워 친구들', '반가워, 친구들!')}".encode(),
            "5번째 줄: '반가워, 친구들!' 문장이 4번째 줄에도",
        ),
        (
            f"nlu:\n{block('no_show', '벌점 몇 점이에요', topic='no_show/efect')}".encode(),
            "4번째 줄: 모르는 주제예요: 'no_show/efect'. 혹시 'no_show/effect'인가요?",
        ),
        (b"nlu:\n- lookup: region\n  examples: |\n    - x\n", "낱말 목록은 여기에서 올릴 수 없어요"),
        (f"nlu:\n{block('greeting', '가' * 600)}".encode(), "500자까지"),
        (b"x" * (2 * 1024 * 1024 + 1), "2MB까지"),
    ],
    ids=[
        "empty",
        "no text",
        "broken",
        "a bomb",
        "deep",
        "an object",
        "an unknown intent",
        "an unknown mark",
        "twice",
        "an unknown topic",
        "a list of words",
        "too long a sentence",
        "too large",
    ],
)
def test_a_file_with_mistakes_changes_nothing_and_names_its_lines(
    taught: Session, trainer: Colleague, content: bytes, words: str
) -> None:
    assert send(trainer, content) == 422
    assert words in trainer.read()
    assert taught.scalars(select(TrainingUpload)).all() == []


def test_a_huge_file_is_refused_kindly_before_it_is_read_and_other_forms_take_no_more_than_before(
    taught: Session, trainer: Colleague
) -> None:
    assert send(trainer, b"x" * 50_000_000) == 413
    assert "파일은 2MB까지 올릴 수 있어요" in trainer.read()
    assert trainer.post(UPLOAD).status_code == 422
    assert "파일을 골라 주세요" in trainer.read()
    assert teach(trainer, "가" * 100_000, "greeting") == 413


def test_a_new_topic_comes_with_enough_sentences(taught: Session, trainer: Colleague) -> None:
    lines = [f"점심은 어디서 {word} 먹나요" for word in ("같이", "몰래", "혼자", "빨리", "매일")]
    assert send(trainer, f"nlu:\n{block('find_program', *lines, topic='find_program/lunch')}".encode()) == 303
    trainer.post(trainer.page.location)  # type: ignore[union-attr]  # a page was just opened
    assert len(shown(trainer, "meaning=find_program/lunch")) == 5
    for line in lines[:2]:
        path = f"{LIST}/{the(taught, line).id}"
        trainer.post(f"{path}/rest", {"active": "0"}, form_on=path)
    assert "문장이 모자란 주제가 있어요" in trainer.get(LIST).text
    assert taught.scalars(select(FaqTopic)).all() == []


def test_a_session_that_ends_while_somebody_writes_keeps_the_text(
    taught: Session, trainer: Colleague, clock: SetClock
) -> None:
    token = trainer.csrf(f"{LIST}/new")
    clock.advance(timedelta(hours=2))
    form = {"csrf_token": token, "marked": "오래 쓴 문장이에요", "meaning": "greeting", "style": "polite"}
    assert trainer.post_raw(f"{LIST}/new", form).status_code == 401
    assert "carried" in trainer.page.text  # type: ignore[union-attr]  # a page was just opened
    assert find_same(taught, "오래 쓴 문장이에요") is None


def test_the_projects_own_files_are_imported_with_one_press(db: Session, trainer: Colleague) -> None:
    assert "아직 문장이 없어요" in trainer.get(LIST).text
    trainer.post(f"{LIST}/import", form_on=LIST)
    assert len(shown(trainer)) == 50
    assert "새로" in trainer.read()
    second = trainer.get(f"{LIST}?page=2").text
    assert "2 / " in second
    trainer.post(f"{LIST}/import", form_on=UPLOAD)
    assert "새로 0개" in trainer.get(LIST).text
