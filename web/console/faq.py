"""The FAQ: read, written with a preview as it is typed, switched, scheduled, put back; new questions with examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from bot.links import Links
from bot.topics import FIGURES, TOPIC_INTENTS, Topic, drawn, topic_of
from models import faq_topics
from models.audit import Did
from models.base import LARGEST_ID
from models.clock import SEOUL
from models.faq_topics import ChangedMeanwhile, FaqTopic, topic_names
from models.members import ConversationTurn
from models.staff import StaffRefused, StaffRole
from models.training_marks import key_of, tidied
from models.training_sentences import TrainingSentence, add_sentence
from web.console.door import Route, Visit
from web.console.faq_changes import changes
from web.console.faq_form import (
    BUTTON_ROWS,
    FIELDS,
    LIMITS,
    RELATED_ROWS,
    Draft,
    draft,
    sketch,
    targets,
    typed_of,
    used,
)
from web.console.faq_form import told as advice_on

OLD = timedelta(days=365)
"""After this long without a look at its sources an answer is pointed out."""
ENOUGH_SENTENCES = 5
"""Examples from which a question is understood after training."""
MOST_SENTENCES = 50
THUMBS = timedelta(days=30)
"""How far back it is counted who was helped by an answer."""
_NEW = "새 질문"
STATES = {
    "": "모두",
    "off": "안 보이는 글",
    "unverified": "아직 확인 중",
    "old": "1년 넘게 안 본 글",
    "few": "예문이 적은 글",
    "edited": "직원이 고친 글",
}
"""What the list can be narrowed to."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A topic with what the list tells of it."""

    row: FaqTopic
    topic: Topic | None
    sentences: int
    marks: Mapping[str, tuple[str, str]]
    """What there is to see to: state of the list → colour and words."""

    def has(self, words: str) -> bool:
        """Tell whether words stand anywhere in the topic."""
        content = self.row.content
        parts = (content.get(name, "") for name in ("question", "short", "answer"))
        text = " ".join((*parts, *content.get("source", ())))
        return words.casefold() in text.casefold()


# --- reading


def faq(visit: Visit) -> ResponseReturnValue:
    """Show all questions by what they belong to, or those that are looked for."""
    state, words = request.args.get("state", ""), request.args.get("q", "").strip()[:100]
    everything = _all(visit)
    found = [each for each in everything if (not state or state in each.marks) and each.has(words)]
    return render_template(
        "console/faq.html",
        groups={
            title: entries
            for intent, title in TOPIC_INTENTS.items()
            if (entries := [each for each in found if each.row.intent == intent])
        },
        states=[_chip(key, state, words, everything) for key in STATES],
        empty=not everything,
        words=words,
        state=state,
        may_write=visit.staff.role.covers(StaffRole.TRAINER),
    )


def faq_topic(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one question as the chat does, what there is to see to, and all it has said before."""
    row = _row(visit, number)
    shown = next(each for each in _all(visit) if each.row.name == row.name)
    names = topic_names(visit.db)
    beside = changes(row.content, row.file_content, names) if row.file_content else []
    return render_template(
        "console/faq_topic.html",
        shown=shown,
        row=row,
        group=TOPIC_INTENTS.get(row.intent, row.intent),
        response=visit.tools.draw(_reply(visit, shown.topic)) if shown.topic else None,
        versions=faq_topics.versions(visit.db, row.name),
        from_file=beside,
        enough=ENOUGH_SENTENCES,
        examples=_examples(visit, row),
        thumbs=_thumbs(visit, row),
        thumbs_days=THUMBS.days,
        may_write=visit.staff.role.covers(StaffRole.TRAINER),
        now=visit.now,
    )


def faq_version(visit: Visit, number: int, version: int) -> ResponseReturnValue:
    """Show what a version said and what is other in force today."""
    row = _row(visit, number)
    old = _version(visit, row, version)
    names = topic_names(visit.db)
    topic = topic_of(row.name, row.number, old.content)
    return render_template(
        "console/faq_version.html",
        row=row,
        old=old,
        changes=changes(old.content, row.content, names),
        response=visit.tools.draw(_reply(visit, topic)) if topic else None,
        may_write=visit.staff.role.covers(StaffRole.TRAINER),
    )


# --- writing


def new_faq_topic(visit: Visit) -> ResponseReturnValue:
    """Show the empty form."""
    return _form(visit, None, MultiDict({"verified": "0", "intent": request.args.get("intent", "")}))


def create_faq_topic(visit: Visit) -> ResponseReturnValue:
    """Make a question with its answer and its examples, all or nothing."""
    drafted, examples = _drafted(visit, 0), _typed_sentences()
    wrong = dict(drafted.faults)
    if len(examples) < ENOUGH_SENTENCES:
        wrong["sentences"] = (
            f"서로 다른 예문이 {ENOUGH_SENTENCES}개 이상 있어야 해요. 지금은 {len(examples)}개예요."
        )
    if wrong or "look" in request.form:
        page = _form(visit, None, request.form, replace(drafted, faults=wrong))
        return page if "look" in request.form else (page, 422)
    topic = drafted.whole
    try:
        row = faq_topics.create(visit.db, topic.intent, topic.content, visit.staff, visit.now)
        _teach(visit, row, examples)
    except StaffRefused as refused:
        visit.db.rollback()
        return _form(visit, None, request.form, replace(drafted, faults={"sentences": refused.words})), 422
    return _done(
        visit,
        row,
        "새로 만듦",
        f"'{topic.question}' 질문을 만들었어요. 버튼으로는 바로, 말로는 다음 훈련 뒤에 답해요.",
    )


def edit_faq_topic(visit: Visit, number: int) -> ResponseReturnValue:
    """Show the form with what is in force."""
    row = _row(visit, number)
    return _form(visit, row, typed_of(row.content))


def save_faq_topic(visit: Visit, number: int) -> ResponseReturnValue:
    """Take over what was typed, unless somebody else was faster; then both are shown and nothing is lost."""
    row, drafted = _row(visit, number), _drafted(visit, number)
    if "look" in request.form:
        return _form(visit, row, request.form, drafted, seen=_was())
    if drafted.faults:
        return _form(visit, row, request.form, drafted, seen=_was()), 422
    content = drafted.whole.content
    try:
        changed = faq_topics.rewrite(visit.db, row, _was(), content, "글을 고침", visit.staff, visit.now)
    except ChangedMeanwhile:
        visit.db.rollback()
        row = _row(visit, number)
        late = changes(row.content, content, topic_names(visit.db))
        return _form(visit, row, request.form, drafted, late=late), 409
    if not changed:
        flash("바뀐 것이 없어요.", "info")
        return redirect(url_for("console.faq_topic", number=number), 303)
    return _done(visit, row, "글을 고침", "글을 고쳤어요. 챗봇이 바로 이 글로 답해요.")


def preview_faq_topic(visit: Visit) -> ResponseReturnValue:
    """Say of what is being typed how it looks, how long it is and what is wrong with it."""
    drafted = _drafted(visit, _whole_number("number"))
    html = render_template("console/faq_preview.html", **_preview(visit, drafted))
    return jsonify(html=html, problems=dict(drafted.faults), used=used(request.form))


def switch_faq_topic(visit: Visit, number: int) -> ResponseReturnValue:
    """Have the chat answer with a topic, or not."""
    row, on = _row(visit, number), request.form.get("on") == "1"
    faq_topics.switch(visit.db, row, _was(), on=on, by=visit.staff, now=visit.now)
    words = "켰어요. 챗봇이 바로 답해요." if on else "껐어요. 이 질문에는 비슷한 질문과 상담원을 알려 줘요."
    return _done(visit, row, "켬" if on else "끔", words)


def schedule_faq_topic(visit: Visit, number: int) -> ResponseReturnValue:
    """Say from when until when the chat answers with a topic."""
    row = _row(visit, number)
    span = _moment("from", "시작하는 때"), _moment("until", "끝나는 때")
    faq_topics.schedule(visit.db, row, _was(), span, visit.staff, visit.now)
    return _done(
        visit, row, "보이는 기간을 정함" if any(span) else "보이는 기간을 없앰", "보이는 기간을 바꿨어요."
    )


def move_faq_topic(visit: Visit, number: int) -> ResponseReturnValue:
    """Move a topic up or down among those of its intent."""
    row, up = _row(visit, number), request.form.get("to") == "up"
    if not faq_topics.move(visit.db, row, _was(), up=up, by=visit.staff, now=visit.now):
        flash("이미 맨 위예요." if up else "이미 맨 아래예요.", "info")
        return redirect(url_for("console.faq_topic", number=number), 303)
    return _done(visit, row, "위로 옮김" if up else "아래로 옮김", "차례를 바꿨어요.")


def check_faq_topic(visit: Visit, number: int) -> ResponseReturnValue:
    """Write down that somebody compared an answer with its sources today."""
    row = _row(visit, number)
    content = {**row.content, "checked": visit.now.date().isoformat()}
    words = "출처와 맞춰 봄"
    if not faq_topics.rewrite(visit.db, row, _was(), content, words, visit.staff, visit.now):
        flash("오늘 이미 확인했어요.", "info")
        return redirect(url_for("console.faq_topic", number=number), 303)
    return _done(visit, row, words, "오늘 확인했다고 적어 두었어요.")


def restore_faq_topic(visit: Visit, number: int, version: int) -> ResponseReturnValue:
    """Put a version back in force."""
    row = _row(visit, number)
    old = _version(visit, row, version)
    return _put_back(visit, row, old.content, f"{version}번째 글로 되돌림")


def take_faq_file(visit: Visit, number: int) -> ResponseReturnValue:
    """Put what the file says in force; from then on the topic follows the file again."""
    row = _row(visit, number)
    return _put_back(visit, row, row.file_content or abort(404), "파일의 글로 되돌림")


def follow_faq_file(visit: Visit) -> ResponseReturnValue:
    """Take over what the file says, where staff have not written something of their own."""
    followed = visit.tools.topics.follow_file(visit.db)
    told = f"새로 가져온 글 {len(followed.new)}개, 따라 바뀐 글 {len(followed.changed)}개"
    visit.note(Did.FAQ_CHANGED, detail=f"파일에서 {told}")
    visit.commit()
    visit.tools.topics.look_again()
    flash(f"{told}, 직원이 고쳐서 그대로 둔 글 {len(followed.kept)}개예요.", "success")
    return redirect(url_for("console.faq"), 303)


def teach_faq_topic(visit: Visit, number: int) -> ResponseReturnValue:
    """Add examples of how people ask a question."""
    row, examples = _row(visit, number), _typed_sentences()
    if not examples:
        raise StaffRefused("예문을 한 줄에 하나씩 적어 주세요.")
    _teach(visit, row, examples)
    words = f"예문 {len(examples)}개를 더함"
    return _done(visit, row, words, f"{words[:-2]}했어요. 다음 훈련 뒤에 알아들어요.")


# --- parts


@dataclass(frozen=True, slots=True)
class _Chip:
    label: str
    url: str
    current: bool


def _chip(key: str, state: str, words: str, everything: list[Shown]) -> _Chip:
    count = sum(key in each.marks for each in everything) if key else len(everything)
    url = url_for("console.faq", state=key or None, q=words or None)
    return _Chip(f"{STATES[key]} {count}", url, key == state)


def _all(visit: Visit) -> list[Shown]:
    sentences = _sentence_counts(visit)
    return [_shown(visit, row, sentences) for row in faq_topics.topics(visit.db)]


def _shown(visit: Visit, row: FaqTopic, sentences: Mapping[str, int]) -> Shown:
    topic, count, marks = _topic(row), sentences.get(row.name, 0), dict[str, tuple[str, str]]()
    if topic is None:
        marks["broken"] = ("danger", "지금 쓸 수 없는 글")
    if not row.shows(visit.now):
        marks["off"] = ("neutral", "꺼짐" if not row.active else "지금은 기간이 아님")
    if topic is not None and not topic.verified:
        marks["unverified"] = ("warning", "아직 확인 중")
    if topic is not None and visit.now.date() - topic.checked > OLD:
        marks["old"] = ("warning", "1년 넘게 안 본 글")
    if sentences and count < ENOUGH_SENTENCES:  # nobody is blamed while no sentence was ever imported
        marks["few"] = ("warning", f"예문 {count}개")
    if row.differs_from_file or row.file_content is None:
        marks["edited"] = ("info", "직원이 고침" if row.file_content else "직원이 만듦")
    return Shown(row, topic, count, marks)


def _sentence_counts(visit: Visit) -> dict[str, int]:
    query = select(TrainingSentence.topic, func.count()).where(
        TrainingSentence.active, TrainingSentence.topic.is_not(None)
    )
    return {str(topic): count for topic, count in visit.db.execute(query.group_by(TrainingSentence.topic))}


def _examples(visit: Visit, row: FaqTopic) -> list[str]:
    query = select(TrainingSentence.text).where(TrainingSentence.active, TrainingSentence.topic == row.name)
    return list(visit.db.scalars(query.order_by(TrainingSentence.id.desc()).limit(ENOUGH_SENTENCES)))


def _thumbs(visit: Visit, row: FaqTopic) -> dict[int, int]:
    """Return how many people were helped by an answer lately (1) and how many were not (-1)."""
    turn = ConversationTurn
    query = select(turn.rating, func.count()).where(
        turn.rating.is_not(None), turn.topic == row.name, turn.at >= visit.now - THUMBS
    )
    return {int(rating): count for rating, count in visit.db.execute(query.group_by(turn.rating)) if rating}


def _topic(row: FaqTopic) -> Topic | None:
    return topic_of(row.name, row.number, row.content)


def _row(visit: Visit, number: int) -> FaqTopic:
    return faq_topics.topic(visit.db, number) or abort(404)


def _version(visit: Visit, row: FaqTopic, version: int) -> faq_topics.FaqVersion:
    found = faq_topics.versions(visit.db, row.name)
    return next((each for each in found if each.number == version), None) or abort(404)


def _was() -> int:
    """Return the version the person saw."""
    return _whole_number("was")


def _whole_number(name: str) -> int:
    """Return a number of the form, 0 for what can be none of ours."""
    number = request.form.get(name, 0, type=int)
    return number if 0 < number <= LARGEST_ID else 0


def _reply(visit: Visit, topic: Topic) -> Any:
    return drawn(topic, visit.tools.topics.book(), visit.rules, Links(visit.origin).public)


def _drafted(visit: Visit, number: int) -> Draft:
    """Return what the form says; of a question that is there already its name stays as it is."""
    row = faq_topics.topic(visit.db, number) if number else None
    name = row.name if row else f"{request.form.get('intent', '')}/own"
    checked = visit.now.date()
    if row is not None and request.form.get("checked_today") != "1":
        checked = date.fromisoformat(row.content.get("checked", "2000-01-01"))
    known = [topic for each in faq_topics.topics(visit.db) if (topic := _topic(each))]
    return draft(request.form, name, row.number if row else faq_topics.OWN_FROM, checked, known, visit.rules)


def _preview(visit: Visit, drafted: Draft) -> dict[str, Any]:
    book = visit.tools.topics.book()
    reply = sketch(drafted, book, visit.rules, Links(visit.origin).public)
    return {"response": visit.tools.draw(reply), "advice": advice_on(drafted, visit.rules)}


def _form(
    visit: Visit,
    row: FaqTopic | None,
    typed: Mapping[str, str],
    drafted: Draft | None = None,
    *,
    seen: int | None = None,
    late: Any = None,
) -> str:
    """Return the form with what was typed, its faults and how it looks."""
    known = draft(MultiDict(typed), row.name if row else "", 1, visit.now.date(), [], visit.rules)
    names = {each.name: each.content["question"] for each in faq_topics.topics(visit.db)}
    return render_template(
        "console/faq_form.html",
        row=row,
        typed=typed,
        faults=dict(drafted.faults) if drafted else {},
        late=late,
        seen=(row.version if seen is None else seen) if row else 0,
        used=used(typed),
        limits=LIMITS,
        labels=FIELDS,
        targets=targets(),
        intents=[("", "골라 주세요"), *TOPIC_INTENTS.items()],
        related=[
            ("", "없음"),
            *((name, words) for name, words in names.items() if not row or name != row.name),
        ],
        button_rows=BUTTON_ROWS,
        related_rows=RELATED_ROWS,
        figures=[(f"{{{name}}}", each.meaning, each.say(visit.rules)) for name, each in FIGURES.items()],
        enough=ENOUGH_SENTENCES,
        **_preview(visit, drafted or known),
    )


def _put_back(visit: Visit, row: FaqTopic, content: Mapping[str, Any], did: str) -> ResponseReturnValue:
    if topic_of(row.name, row.number, content) is None:
        raise StaffRefused("이 글은 지금의 규칙에 맞지 않아요. 글을 새로 고쳐 주세요.")
    if not faq_topics.rewrite(visit.db, row, _was(), dict(content), did, visit.staff, visit.now):
        flash("지금 글과 같아서 바뀐 것이 없어요.", "info")
        return redirect(url_for("console.faq_topic", number=row.number), 303)
    return _done(visit, row, did, "되돌렸어요. 챗봇이 바로 이 글로 답해요.")


def _done(visit: Visit, row: FaqTopic, did: str, words: str) -> ResponseReturnValue:
    visit.note(Did.FAQ_CHANGED, f"faq:{row.number}", detail=did)
    visit.commit()
    visit.tools.topics.look_again()
    flash(words, "success")
    return redirect(url_for("console.faq_topic", number=row.number), 303)


def _moment(name: str, label: str) -> datetime | None:
    """Return a moment that was typed, None for none."""
    typed = request.form.get(name, "").strip()
    if not typed:
        return None
    try:
        moment = datetime.fromisoformat(typed).replace(tzinfo=SEOUL)
    except ValueError:
        moment = None
    if moment is None or not 2000 <= moment.year <= 2100:
        raise StaffRefused(f"{label}를 2026-12-01 09:00처럼 적어 주세요.")
    return moment


def _typed_sentences() -> list[str]:
    """Return the examples that were typed, each once."""
    lines = [tidied(line) for line in request.form.get("sentences", "").splitlines()[:MOST_SENTENCES]]
    return list({key_of(line): line for line in reversed(lines) if line}.values())[::-1]


def _teach(visit: Visit, row: FaqTopic, examples: list[str]) -> None:
    for words in examples:
        add_sentence(
            visit.db,
            marked=words,
            intent=row.intent,
            topic=row.name,
            style=_style(words),
            source="console",
            by=f"staff:{visit.staff.id}",
            now=visit.now,
        )


def _style(words: str) -> str:
    """Return how a sentence is put, as far as that can be seen."""
    if words.rstrip("?!.~ ").endswith(("요", "까", "니다")):
        return "polite"
    return "casual" if " " in words or len(words) < 8 else "no_spaces"


_NUMBER = "<int(max=2147483647):number>"
ROUTES = (
    Route("GET", "/console/faq", faq, StaffRole.VIEWER),
    Route("POST", "/console/faq/follow-file", follow_faq_file, StaffRole.TRAINER, "파일의 글 가져오기"),
    Route("GET", "/console/faq/new", new_faq_topic, StaffRole.TRAINER),
    Route("POST", "/console/faq/new", create_faq_topic, StaffRole.TRAINER, _NEW, FIELDS),
    Route("POST", "/console/faq/preview", preview_faq_topic, StaffRole.TRAINER),
    Route("GET", f"/console/faq/{_NUMBER}", faq_topic, StaffRole.VIEWER),
    Route("GET", f"/console/faq/{_NUMBER}/edit", edit_faq_topic, StaffRole.TRAINER),
    Route("POST", f"/console/faq/{_NUMBER}/edit", save_faq_topic, StaffRole.TRAINER, "FAQ 고치기", FIELDS),
    Route("POST", f"/console/faq/{_NUMBER}/switch", switch_faq_topic, StaffRole.TRAINER, "FAQ 켜고 끄기"),
    Route(
        "POST",
        f"/console/faq/{_NUMBER}/schedule",
        schedule_faq_topic,
        StaffRole.TRAINER,
        "보이는 기간",
        {"from": "언제부터", "until": "언제까지"},
    ),
    Route("POST", f"/console/faq/{_NUMBER}/move", move_faq_topic, StaffRole.TRAINER, "차례 바꾸기"),
    Route("POST", f"/console/faq/{_NUMBER}/checked", check_faq_topic, StaffRole.TRAINER, "출처와 맞춰 봄"),
    Route("POST", f"/console/faq/{_NUMBER}/file", take_faq_file, StaffRole.TRAINER, "파일의 글로 되돌리기"),
    Route(
        "POST", f"/console/faq/{_NUMBER}/sentences", teach_faq_topic, StaffRole.TRAINER, "예문 더하기",
        {"sentences": "예문"},
    ),
    Route("GET", f"/console/faq/{_NUMBER}/versions/<int(max=2147483647):version>", faq_version, StaffRole.VIEWER),
    Route(
        "POST",
        f"/console/faq/{_NUMBER}/versions/<int(max=2147483647):version>",
        restore_faq_topic,
        StaffRole.TRAINER,
        "예전 글로 되돌리기",
    ),
)  # fmt: skip
