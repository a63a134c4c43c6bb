"""The inbox: what 보람 did not understand, by meaning, biggest first; where staff say what it means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did
from models.base import LARGEST_ID
from models.inbox import WHY, InboxSentence, Label, SentenceState, Why, open_count
from models.inbox_labels import HOLE, IGNORED, Answer, Outcome, Seen, label, marked, standing_labels, undo
from models.inbox_pages import (
    LONGEST_GROUP,
    Suggestion,
    all_labels,
    batches,
    counts,
    group_page,
    group_shown,
    last_batch,
    last_turn,
    next_group,
    next_sentence,
    said_of,
    sentences_in,
    suggestions,
)
from models.staff import StaffRefused, StaffRole
from models.training_marks import LONGEST, Part, parts
from web.console.door import Route, Visit
from web.console.inbox_form import MARK_ROWS, chosen_meaning, read_marks, read_seen, rows_of
from web.console.meanings import Meanings
from web.console.words import ENTITIES

STATES: dict[SentenceState, tuple[str, str]] = {
    SentenceState.OPEN: ("기다리는 문장", "아직 아무도 뜻을 정하지 않았어요."),
    SentenceState.WAITING: ("한 번 더 확인", "한 사람이 뜻을 정했고, 다른 사람의 확인을 기다려요."),
    SentenceState.CONFLICT: (
        "의견이 달라요",
        "사람마다 다르게 정했어요. 함께 이야기하고 하나로 정해 주세요.",
    ),
    SentenceState.TAUGHT: ("가르친 문장", "뜻을 정해서 가르친 문장이에요."),
    SentenceState.IGNORED: (
        "무시한 문장",
        "가르칠 것이 없다고 한 문장이에요. 마음이 바뀌면 다시 뜻을 정할 수 있어요.",
    ),
}
"""State → its name and what it says of a sentence."""
_TABS = {
    SentenceState.WAITING: "확인 대기",
    SentenceState.CONFLICT: "의견 차이",
    SentenceState.TAUGHT: "가르침",
    SentenceState.IGNORED: "무시함",
}
BADGES = {
    SentenceState.OPEN: "info",
    SentenceState.WAITING: "warning",
    SentenceState.CONFLICT: "danger",
    SentenceState.TAUGHT: "success",
    SentenceState.IGNORED: "neutral",
}
MINE_DAYS, MINE_MOST = 30, 50
"""How far back and how many of one's own presses are shown."""
_REFUSED_SHOWN = 3
_FIELDS = {"text": "가르칠 문장", "meaning": "뜻", "other": "목록에서 고른 뜻", "mark_words": "가리키는 말"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A way to narrow the list."""

    label: str
    url: str
    current: bool


# --- looking


def inbox(visit: Visit) -> ResponseReturnValue:
    """Show the groups that wait, the biggest first."""
    why, page = _why(request.args.get("why", "")), _page_number()
    shown, more = group_page(visit.db, why, page)
    reasons = {each.group.id: _reasons(each.group.reasons) for each in shown}
    return _page(
        visit,
        "console/inbox.html",
        shown=shown,
        reasons=reasons,
        why=why,
        chips=_chips(why),
        waiting=open_count(visit.db),
        pages=_pages("console.inbox", page, more, why=why.name.lower() if why and why.name else None),
    )


def inbox_group(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one group: its sentences, and what they might mean."""
    return _group_page(visit, number)


def inbox_sentences(visit: Visit) -> ResponseReturnValue:
    """Show the sentences that wait for a second person, are argued about, were taught or ignored."""
    state = _state(request.args.get("state", ""))
    page = _page_number()
    found, more = sentences_in(visit.db, state, page)
    return _page(
        visit,
        "console/inbox_sentences.html",
        state=state,
        sentences=found,
        labels=standing_labels(visit.db, found),
        pages=_pages("console.inbox_sentences", page, more, state=state.value),
    )


def inbox_sentence(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one sentence: what was said of it, and where its words are marked."""
    return _sentence_page(visit, _sentence(visit, number))


def inbox_mine(visit: Visit) -> ResponseReturnValue:
    """Show what one has done oneself, press by press."""
    since = visit.now - timedelta(days=MINE_DAYS)
    done = batches(visit.db, visit.staff.id, since, MINE_MOST)
    return _page(visit, "console/inbox_mine.html", done=done, days=MINE_DAYS)


# --- saying what is meant


def label_group(visit: Visit, number: int) -> ResponseReturnValue:
    """Say what the ticked sentences of a group mean, or that they are not worth teaching."""
    form = request.form
    try:
        seen = read_seen(form.getlist("sentence"))
        answer = Answer(IGNORED) if form.get("do") == "ignore" else Answer(*chosen_meaning(form))
        outcome = label(visit.db, seen, answer, visit.staff, visit.rules, visit.now)
    except StaffRefused as refused:
        visit.db.rollback()
        return _group_page(visit, number, refused.words), 422
    _keep(visit, outcome, answer, f"inbox_group:{number}")
    shown = group_shown(visit.db, number)
    if outcome.refused or (shown is not None and shown.sentences):
        return redirect(url_for("console.inbox_group", number=number), 303)
    return _next_group(visit)


def label_sentence(visit: Visit, number: int) -> ResponseReturnValue:
    """Say what one sentence means, with its words marked."""
    sentence, form = _sentence(visit, number), request.form
    try:
        seen, answer = _said(sentence, form)
        outcome = label(visit.db, [seen], answer, visit.staff, visit.rules, visit.now)
    except StaffRefused as refused:
        visit.db.rollback()
        return _sentence_page(visit, _sentence(visit, number), refused.words), 422
    for _, words in outcome.refused:
        visit.db.rollback()
        return _sentence_page(visit, _sentence(visit, number), words), 422
    _keep(visit, outcome, answer, f"inbox_sentence:{number}")
    following = next_sentence(visit.db, sentence)
    if outcome.overtaken:
        return redirect(url_for("console.inbox_sentence", number=number), 303)
    if following is not None:
        return redirect(url_for("console.inbox_sentence", number=following.id), 303)
    return _next_group(visit)


def undo_labels(visit: Visit, batch: str) -> ResponseReturnValue:
    """Take back what one press did."""
    outcome = undo(visit.db, batch, visit.staff, visit.rules, visit.now)
    number = sum(map(len, outcome.done.values()))
    visit.note(Did.LABEL_UNDONE, f"label:{batch[:12]}", detail=f"{number}문장")
    visit.commit()
    flash(f"되돌렸어요. {number}문장이 정하기 전으로 돌아갔어요.", "success")
    groups = {each.group_id for sentences in outcome.done.values() for each in sentences}
    if len(groups) == 1:
        return redirect(url_for("console.inbox_group", number=groups.pop()), 303)
    return redirect(url_for("console.inbox"), 303)


def _said(sentence: InboxSentence, form: Mapping[str, Any]) -> tuple[Seen, Answer]:
    """Return what a form says of a sentence."""
    (seen,) = read_seen([str(form.get("sentence", ""))])
    if form.get("do") == "ignore":
        return Seen(sentence.id, seen.version), Answer(IGNORED)
    text = str(form.get("text", "")) if HOLE.search(sentence.text) else sentence.text
    intent, topic = chosen_meaning(form)
    answer = Answer(intent, topic, golden=form.get("golden") == "1")
    return Seen(sentence.id, seen.version, text, read_marks(request.form, text)), answer


def _keep(visit: Visit, outcome: Outcome, answer: Answer, about: str) -> None:
    """Make labels last, and tell what became of them."""
    name = Meanings.of(visit.db).name(answer.intent, answer.topic) if answer.intent else "무시"
    number = sum(map(len, outcome.done.values()))
    if number:
        visit.note(Did.LABELLED, about, detail=f"{name}: {number}문장")
    visit.commit()
    for category, words in _told(outcome, name):
        flash(words, category)


def _told(outcome: Outcome, name: str) -> list[tuple[str, str]]:
    """Return what became of sentences, each as category and words."""
    told = []
    if number := outcome.count(SentenceState.TAUGHT):
        told.append(("success", f"{number}문장을 '{name}' 뜻으로 정했어요. 다음 훈련부터 배워요."))
    if number := outcome.count(SentenceState.WAITING):
        told.append(("info", f"{number}문장을 '{name}' 뜻으로 정했어요. 다른 사람이 확인하면 배워요."))
    if number := outcome.count(SentenceState.IGNORED):
        told.append(("success", f"{number}문장을 무시하기로 했어요."))
    if number := outcome.count(SentenceState.CONFLICT):
        told.append(
            ("warning", f"{number}문장은 다른 사람이 다르게 정했어요. '의견 차이'에서 함께 정해 주세요.")
        )
    same = len(outcome.overtaken) - outcome.count(SentenceState.CONFLICT)
    if same > 0:
        told.append(("info", f"{same}문장은 그사이 다른 사람이 먼저 같은 뜻으로 정했어요."))
    told += [("warning", f"'{row.text}': {words}") for row, words in outcome.refused[:_REFUSED_SHOWN]]
    if len(outcome.refused) > _REFUSED_SHOWN:
        told.append(("warning", f"그 밖에 {len(outcome.refused) - _REFUSED_SHOWN}문장도 정하지 못했어요."))
    return told


def _next_group(visit: Visit) -> ResponseReturnValue:
    group = next_group(visit.db)
    if group is None:
        return redirect(url_for("console.inbox"), 303)
    return redirect(url_for("console.inbox_group", number=group.id), 303)


# --- pages


def _group_page(visit: Visit, number: int, error: str = "") -> str:
    shown = group_shown(visit.db, number) or abort(404)
    said = said_of(visit.db, [number])[number]
    ticked = request.form.getlist("sentence") if error else None
    return _page(
        visit,
        "console/inbox_group.html",
        shown=shown,
        said=said.most_common(),
        following=next_group(visit.db, shown.group),
        ticked=ticked,
        error=error,
        typed=request.form,
        longest=LONGEST_GROUP,
    )


def _sentence_page(visit: Visit, sentence: InboxSentence, error: str = "") -> str:
    said = said_of(visit.db, [sentence.group_id])[sentence.group_id]
    labels = all_labels(visit.db, sentence)
    standing = [each for each in labels if each.ended_by is None]
    marks = next((each.marks for each in standing if each.intent), sentence.marks)
    return _page(
        visit,
        "console/inbox_sentence.html",
        sentence=sentence,
        suggestions=_with_labels(standing, suggestions([sentence], said)),
        labels=labels,
        standing=standing,
        turn=last_turn(visit.db, sentence),
        has_holes=bool(HOLE.search(sentence.text)),
        rows=rows_of(request.form) if error else rows_of_marks(sentence.text, marks),
        entities=list(ENTITIES.items()),
        state=sentence.state,
        error=error,
        typed=request.form,
        longest=LONGEST,
    )


def rows_of_marks(text: str, marks: Sequence[Sequence[Any]]) -> list[tuple[str, str, str]]:
    """Return the rows of the form for marks: words, kind, and where they begin."""
    found = [(text[start:stop], entity, str(start)) for start, stop, entity in marks]
    return (found + [("", "", "")] * MARK_ROWS)[: max(MARK_ROWS, len(found) + 2)]


def _with_labels(standing: Sequence[Label], found: list[Suggestion]) -> list[Suggestion]:
    """Return suggestions that begin with what was said of the very sentence."""
    voices = Counter(each.meaning for each in standing if each.intent)
    own = [Suggestion(*meaning, number, 0, 0.0) for meaning, number in voices.most_common()]
    return own + [each for each in found if (each.intent, each.topic) not in voices]


def _page(visit: Visit, template: str, **context: Any) -> str:
    """Return a page of the inbox, with what all of them show."""
    waiting = counts(visit.db)
    return render_template(
        template,
        meanings=Meanings.of(visit.db),
        words_of=_words_of,
        why_names=WHY,
        reasons_of=_reasons,
        states=STATES,
        badges=BADGES,
        tabs=_tabs(waiting),
        done_last=last_batch(visit.db, visit.staff.id, visit.now),
        two_persons=visit.rules.two_person_labels,
        entity_names=ENTITIES,
        me=visit.staff.id,
        **context,
    )


def _words_of(sentence: InboxSentence | Label) -> list[Part]:
    """Return a sentence in parts, with its marks; without them where one has no meaning any more."""
    try:
        return parts(marked(sentence.text, sentence.marks))
    except StaffRefused:
        return [Part(sentence.text)]


def _reasons(reasons: int) -> list[tuple[str, str]]:
    return [WHY[each] for each in Why if reasons & each]


def _tabs(waiting: Mapping[SentenceState, int]) -> list[Chip]:
    here = request.path, request.args.get("state", "")
    first = Chip(
        "묶음", url_for("console.inbox"), request.endpoint in ("console.inbox", "console.inbox_group")
    )
    sentences = url_for("console.inbox_sentences")
    others = [
        Chip(
            f"{_TABS[state]} {waiting[state]}" if waiting.get(state) else _TABS[state],
            url_for("console.inbox_sentences", state=state.value),
            here == (sentences, state.value),
        )
        for state in _TABS
    ]
    mine = url_for("console.inbox_mine")
    return [first, *others, Chip("내 기록", mine, request.path == mine)]


def _chips(chosen: Why | None) -> list[Chip]:
    names = [(each, WHY[each][0], (each.name or "").lower()) for each in Why]
    every = Chip("모두", url_for("console.inbox"), chosen is None)
    return [
        every,
        *(Chip(name, url_for("console.inbox", why=key), each is chosen) for each, name, key in names),
    ]


def _pages(endpoint: str, page: int, more: bool, **kept: Any) -> dict[str, Any]:
    return {
        "previous_url": url_for(endpoint, page=page - 1, **kept) if page > 1 else None,
        "next_url": url_for(endpoint, page=page + 1, **kept) if more else None,
        "page": page,
    }


def _page_number() -> int:
    typed = request.args.get("page", "1")
    return min(max(int(typed), 1), 10_000) if typed.isdecimal() and typed.isascii() else 1


def _why(typed: str) -> Why | None:
    return next((each for each in Why if each.name and each.name.lower() == typed), None)


def _state(typed: str) -> SentenceState:
    found = next((each for each in SentenceState if each.value == typed), SentenceState.CONFLICT)
    return SentenceState.CONFLICT if found is SentenceState.OPEN else found


def _sentence(visit: Visit, number: int) -> InboxSentence:
    found = visit.db.get(InboxSentence, number, populate_existing=True) if number <= LARGEST_ID else None
    return found or abort(404)


ROUTES = (
    Route("GET", "/console/inbox", inbox, StaffRole.TRAINER),
    Route("GET", "/console/inbox/groups/<int:number>", inbox_group, StaffRole.TRAINER),
    Route(
        "POST",
        "/console/inbox/groups/<int:number>",
        label_group,
        StaffRole.TRAINER,
        "문장의 뜻 정하기",
        _FIELDS,
    ),
    Route("GET", "/console/inbox/sentences", inbox_sentences, StaffRole.TRAINER),
    Route("GET", "/console/inbox/sentences/<int:number>", inbox_sentence, StaffRole.TRAINER),
    Route(
        "POST",
        "/console/inbox/sentences/<int:number>",
        label_sentence,
        StaffRole.TRAINER,
        "문장의 뜻 정하기",
        _FIELDS,
    ),
    Route("GET", "/console/inbox/mine", inbox_mine, StaffRole.TRAINER),
    Route("POST", "/console/inbox/undo/<batch>", undo_labels, StaffRole.TRAINER, "정한 뜻 되돌리기"),
)
