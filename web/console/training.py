"""Training sentences: looked through, taught, corrected, put to rest, put back; those nearly alike pointed out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.audit import Did
from models.staff import StaffRefused, StaffRole
from models.training_marks import LONGEST, parts, tidied, with_mark, without_mark
from models.training_pairs import compare_new, is_near_exam, near_duplicates, pair_counts
from models.training_sentences import (
    CHANGE,
    Change,
    State,
    TrainingChange,
    TrainingSentence,
    Wanted,
    add_sentence,
    change_sentence,
    count,
    history,
    rows,
)
from web.console.door import Route, Visit
from web.console.meanings import Meanings, read_meaning, value_of
from web.console.training_words import choices, differences, staff_names
from web.console.words import ENTITIES
from web.forms import read_date

PAGE = 50
STATES = {"": "쓰는 문장", "resting": "쉬는 문장", "all": "모두"}
_FIELDS = {"marked": "문장", "meaning": "뜻", "style": "말투", "comment": "메모"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form of a sentence."""

    marked: str = ""
    meaning: str = ""
    style: str = "casual"
    comment: str = ""
    version: str = ""

    @classmethod
    def of(cls, row: TrainingSentence) -> Draft:
        """Return that of a sentence as it is."""
        meaning = value_of(row.intent, row.topic)
        return cls(row.marked, meaning, row.style, row.comment, str(row.version))

    @classmethod
    def typed(cls, form: Mapping[str, str]) -> Draft:
        """Return what was typed."""
        return cls(
            tidied(form.get("marked", "")),
            form.get("meaning", ""),
            form.get("style", ""),
            form.get("comment", "").strip(),
            form.get("version", ""),
        )

    def state(self, source: str, *, active: bool = True) -> State:
        """Return what it makes of a sentence."""
        return State(self.marked, *read_meaning(self.meaning), self.style, source, self.comment, active)


# --- looking


def training(visit: Visit) -> ResponseReturnValue:
    """Show sentences, those changed last first."""
    compare_new(visit.db)
    visit.commit()
    wanted, errors = read_wanted(request.args)
    total = count(visit.db, wanted)
    page = min(_number(request.args.get("page", "")) or 1, max(1, -(-total // PAGE)))
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if value and name != "page"}
    return render_template(
        "console/training.html",
        rows=rows(visit.db, wanted, skip=(page - 1) * PAGE, limit=PAGE),
        total=total,
        page=page,
        pages=-(-total // PAGE),
        previous_url=url_for("console.training", **kept, page=page - 1) if page > 1 else None,
        next_url=url_for("console.training", **kept, page=page + 1) if page * PAGE < total else None,
        kept=kept,
        filtered=bool(kept),
        typed=request.args,
        errors=errors,
        resting=count(visit.db, Wanted(active=False)),
        pairs=pair_counts(visit.db),
        states=STATES,
        **choices(visit.db),
    )


def sentence(visit: Visit, number: int) -> ResponseReturnValue:
    """Show a sentence, where it is changed, what lies close to it, and all it has been."""
    row = _row(visit, number)
    return _page(visit, row, Draft.of(row))


def read_wanted(args: Mapping[str, str]) -> tuple[Wanted, dict[str, str]]:
    """Return which sentences are wanted, and field → advice for what cannot be read."""
    errors, since = dict[str, str](), args.get("since", "")
    day: date | None = read_date(since) if since else None
    if since and day is None:
        errors["since"] = "날짜를 2026-11-23처럼 적어 주세요."
    intent, topic = read_meaning(args.get("meaning", ""))
    words = tidied(args.get("words", ""))
    if len(words) > LONGEST:
        errors["words"] = f"{LONGEST}자까지 적어 주세요."
    state = args.get("state", "")
    wanted = Wanted(
        intent=_printable(intent),
        topic=_printable(topic or ""),
        style=_printable(args.get("style", "")),
        source=_printable(args.get("source", "")),
        words="" if errors else words,
        who=_printable(args.get("who", "")),
        since=day,
        active=None if state == "all" else state != "resting",
    )
    return wanted, errors


# --- teaching


def new_sentence(visit: Visit) -> ResponseReturnValue:
    """Show the empty form."""
    return _page(visit, None, Draft(meaning=request.args.get("meaning", "")))


def teach_sentence(visit: Visit) -> ResponseReturnValue:
    """Teach a sentence."""
    draft = Draft.typed(request.form)
    if (page := _marked(visit, None, draft)) is not None:
        return page
    by = f"staff:{visit.staff.id}"
    intent, topic = read_meaning(draft.meaning)
    meaning: dict[str, Any] = {"intent": intent, "topic": topic, "style": draft.style, "source": "console"}
    try:
        _known(visit, draft)
        row = add_sentence(visit.db, marked=draft.marked, by=by, now=visit.now, **meaning)
        row.comment = draft.comment
    except StaffRefused as refused:
        visit.db.rollback()
        return _page(visit, None, draft, refused.words), 422
    return _done(visit, row, f"새로: {row.marked} ({value_of(intent, topic)})", "문장을 더했어요.")


def change_training_sentence(visit: Visit, number: int) -> ResponseReturnValue:
    """Change a sentence, unless somebody else has done so since the form was shown."""
    row, draft = _row(visit, number), Draft.typed(request.form)
    if (page := _marked(visit, row, draft)) is not None:
        return page
    try:
        _known(visit, draft)
        _unchanged_since(visit, row, draft.version)
        state = draft.state(row.source, active=row.active)
        return _changed(visit, row, state, Change.EDITED, "문장을 고쳤어요.")
    except StaffRefused as refused:
        visit.db.rollback()
        row = _row(visit, number)
        return _page(visit, row, replace(draft, version=str(row.version)), refused.words), 422


def rest_sentence(visit: Visit, number: int) -> ResponseReturnValue:
    """Put a sentence to rest, or to work again: ``active`` is what it shall be."""
    row, active = _row(visit, number), request.form.get("active") == "1"
    did = Change.REACTIVATED if active else Change.DEACTIVATED
    words = (
        "문장을 다시 써요." if active else "문장을 쉬게 했어요. 지운 것이 아니라서 언제든 다시 쓸 수 있어요."
    )
    return _changed(visit, row, replace(row.state, active=active), did, words)


def restore_sentence(visit: Visit, number: int, change: int) -> ResponseReturnValue:
    """Make a sentence again what it was, or what the files have."""
    row, past = _row(visit, number), visit.db.get(TrainingChange, change)
    if past is None or past.sentence_id != row.id:
        abort(404)
    return _changed(visit, row, past.state, Change.RESTORED, "그때 모습으로 되돌렸어요.")


# --- parts of these


def _row(visit: Visit, number: int) -> TrainingSentence:
    return visit.db.get(TrainingSentence, number) or abort(404)


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 7 else None


def _printable(typed: str) -> str:
    return typed if typed.isprintable() else ""


def _known(visit: Visit, draft: Draft) -> None:
    """Refuse a meaning that is none of the choices: it may have been taken away while the form stood open."""
    if not Meanings.of(visit.db).knows(draft.meaning):
        gone = "고른 뜻이 이제 없어요." if draft.meaning else "뜻을 골라 주세요."
        raise StaffRefused(f"{gone} 목록에서 다시 골라 주세요." if draft.meaning else gone)


def _unchanged_since(visit: Visit, row: TrainingSentence, seen: str) -> None:
    if seen != str(row.version):
        who = staff_names(visit.db).get(row.changed_by, "다른 사람")
        raise StaffRefused(
            f"그사이 {who}에서 바뀌었어요. 지금 모습을 보고, 그래도 고치려면 다시 저장해 주세요."
        )


def _marked(visit: Visit, row: TrainingSentence | None, draft: Draft) -> ResponseReturnValue | None:
    """Return the form with a mark more or less where that was asked for, and nothing saved."""
    form = request.form
    if "unmark" in form:
        number = _number(form["unmark"])
        taken = without_mark(draft.marked, -1 if number is None else number)
        return _page(visit, row, replace(draft, marked=taken), marking=True)
    if "mark" not in form:
        return None
    words, entity = tidied(form.get("words", "")), form.get("entity", "")
    if not words or entity not in ENTITIES:
        return _page(visit, row, draft, "표시할 낱말을 적고, 무엇인지 골라 주세요.", marking=True), 422
    marked = with_mark(draft.marked, words, entity)
    if marked is None:
        return _page(
            visit, row, draft, f"문장에서 표시하지 않은 '{words}'를 찾지 못했어요.", marking=True
        ), 422
    return _page(visit, row, replace(draft, marked=marked), marking=True)


def _changed(
    visit: Visit, row: TrainingSentence, state: State, did: Change, words: str
) -> ResponseReturnValue:
    before = row.state
    if not change_sentence(visit.db, row, state, did, f"staff:{visit.staff.id}", visit.now):
        visit.commit()
        flash("바뀐 것이 없어요.", "info")
        return redirect(url_for("console.sentence", number=row.id), 303)
    told = ", ".join(f"{name}: {was} → {now}" for name, was, now in differences(before, row.state))
    return _done(visit, row, f"{CHANGE[did]}: {told}", words)


def _done(visit: Visit, row: TrainingSentence, detail: str, words: str) -> ResponseReturnValue:
    compare_new(visit.db)
    visit.note(Did.SENTENCE_CHANGED, f"sentence:{row.id}", detail=detail)
    visit.commit()
    flash(f"{words} 모델을 다음에 훈련할 때부터 적용돼요.", "success")
    if row.active and any(
        not _same_meaning(row, near.sentence) for near in near_duplicates(visit.db, row.marked, but=row.id)
    ):
        flash(
            "비슷한데 뜻이 다른 문장이 있어요. 아래 '비슷한 문장'에서 어느 쪽이 맞는지 봐 주세요.", "warning"
        )
    return redirect(url_for("console.sentence", number=row.id), 303)


def _same_meaning(one: TrainingSentence, other: TrainingSentence) -> bool:
    return (one.intent, one.topic) == (other.intent, other.topic)


@dataclass(frozen=True, slots=True)
class Past:
    """Something that befell a sentence, as the page tells it."""

    change: TrainingChange
    did: str
    who: str
    differences: tuple[tuple[str, str, str], ...]
    back: str
    """What the button says that makes the sentence so again; empty where it is so."""


def _pasts(visit: Visit, row: TrainingSentence, names: Mapping[str, str]) -> Iterator[Past]:
    """Return what befell a sentence, the latest first; each with what it changed."""
    became = row.state
    for change in history(visit.db, row):
        differs = change.did is Change.FILE_DIFFERS
        between = (became, change.state) if differs else (change.state, became)
        back = "파일대로 바꾸기" if differs else "이 일이 있기 전으로 되돌리기"
        yield Past(
            change,
            CHANGE[change.did],
            names.get(change.by, change.by),
            tuple(differences(*between)),
            back if change.state != row.state else "",
        )
        became = became if differs else change.state


def _page(
    visit: Visit, row: TrainingSentence | None, draft: Draft, error: str = "", *, marking: bool = False
) -> str:
    known = choices(visit.db)
    return render_template(
        "console/training_sentence.html",
        row=row,
        draft=draft,
        error=error,
        unsaved=marking and not error,
        marks=[part for part in parts(draft.marked) if part.entity],
        near_exam=is_near_exam(draft.marked),
        near=near_duplicates(visit.db, draft.marked, but=row.id if row else None),
        pasts=list(_pasts(visit, row, known["names"])) if row else [],
        words=request.form.get("words", "") if error else "",
        **known,
    )


_NUMBER = "/console/training/<int(max=2147483647):number>"
ROUTES = (
    Route("GET", "/console/training", training, StaffRole.TRAINER),
    Route("GET", "/console/training/new", new_sentence, StaffRole.TRAINER),
    Route("POST", "/console/training/new", teach_sentence, StaffRole.TRAINER, "훈련 문장 더하기", _FIELDS),
    Route("GET", _NUMBER, sentence, StaffRole.TRAINER),
    Route("POST", _NUMBER, change_training_sentence, StaffRole.TRAINER, "훈련 문장 고치기", _FIELDS),
    Route("POST", f"{_NUMBER}/rest", rest_sentence, StaffRole.TRAINER, "훈련 문장 쉬게 하기"),
    Route(
        "POST",
        f"{_NUMBER}/restore/<int(max=2147483647):change>",
        restore_sentence,
        StaffRole.TRAINER,
        "훈련 문장 되돌리기",
    ),
)
