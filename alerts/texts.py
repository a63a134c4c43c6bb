"""The texts in force, and what staff may write in their place."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from alerts.kinds import KINDS
from alerts.templates import LONGEST_TEXT, MOST_VARIABLES, TEMPLATES, Template, Templates, template_of
from alerts.words import TEXTS, VARIABLE, Words, filled
from models.alert_texts import AlertText, Slot, TextChannel, texts_in_use, waiting_texts

log = logging.getLogger(__name__)

LONGEST_CARD = 200
"""Characters of a card's title and words together, with the longest values."""
LONGEST_SMS = 60
"""Characters of what staff write into a text message, without what is put around it."""
ROOM_FOR_A_VALUE = 20
"""Characters that are kept free for each value of an Alimtalk; longer ones are cut."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What alerts say now. ``versions`` are those of staff's texts that are sent."""

    words: Words = field(default_factory=Words)
    templates: Templates = field(default_factory=lambda: TEMPLATES)

    def of(self, slot: Slot) -> str:
        """Return the text of a slot, with the places to be filled in."""
        if slot.channel is TextChannel.ALIMTALK:
            return self.templates[KINDS[slot.kind].template].text
        return self.words.of(slot)

    def but(self, slot: Slot, text: str) -> Texts:
        """Return the same with another text in one slot, as if it were in force."""
        if slot.channel is not TextChannel.ALIMTALK:
            return Texts(self.words.but(slot, text), self.templates)
        code = KINDS[slot.kind].template
        changed = template_of(self.templates[code].code, text)
        return Texts(self.words, {**self.templates, code: changed})


BUILT_IN = Texts()
"""What comes with the service."""


def load_texts(db: Session) -> Texts:
    """Return the texts in force: those of the service with what staff wrote over them.

    What fits no longer, because the service has changed since, is left out and the service's own is sent.
    """
    words, templates = dict[Slot, str](), dict(TEMPLATES)
    for row in texts_in_use(db).values():
        if row.text is None:
            continue
        if row.slot not in SLOTS or trouble(row.slot, row.text):
            log.warning("version %s of an alert's text fits no longer", row.id)
        elif row.channel is TextChannel.ALIMTALK:
            templates[KINDS[row.kind].template] = template_of(row.code, row.text)
        else:
            words[row.slot] = row.text
    return Texts(Words(words), templates)


def handed_in(db: Session) -> list[Template]:
    """Return staff's templates a provider knows or should: those in force and those that wait."""
    rows = [*texts_in_use(db).values(), *waiting_texts(db)]
    return [template_of(row.code, row.text) for row in rows if row.code and row.text is not None]


def code_for(slot: Slot, version: int) -> str:
    """Return the code under which a version is handed in: at most 20 characters, as providers want."""
    end = f"_v{version}"
    return KINDS[slot.kind].template[: 20 - len(end)] + end


def _slots() -> Iterator[Slot]:
    for number, kind in KINDS.items():
        yield from (slot for slot in TEXTS if slot.kind == number)
        if kind.template:
            yield Slot(number, "", TextChannel.ALIMTALK)


SLOTS: tuple[Slot, ...] = tuple(_slots())
"""Every text that staff may write, kind by kind."""


def values_of(slot: Slot) -> Mapping[str, str]:
    """Return the places a text may have: name → what will stand there."""
    if slot.channel is TextChannel.ALIMTALK:
        return dict.fromkeys(TEMPLATES[KINDS[slot.kind].template].variables, "")
    return {name: value.meaning for name, value in TEXTS[slot].values.items()}


def trouble(slot: Slot, text: str) -> str:
    """Return what is wrong with a text, in words for its writer; empty when nothing is."""
    if not text.strip():
        return "문구가 비어 있어요."
    if not all(char.isprintable() or char == "\n" for char in text):
        return "보이지 않는 글자가 섞여 있어요. 지우고 다시 적어 주세요."
    known = values_of(slot)
    strange = [name for name in VARIABLE.findall(text) if name not in known]
    if strange:
        return f"#{{{strange[0]}}}에 넣을 값이 없어요. 쓸 수 있는 것만 적어 주세요."
    if "#{" in VARIABLE.sub("", text):
        return "#{이름}처럼 끝까지 닫아 주세요."
    return _TROUBLES[slot.channel](slot, text)


def _card_trouble(slot: Slot, text: str) -> str:
    longest = filled(text, {name: value.longest for name, value in TEXTS[slot].values.items()})
    room = LONGEST_CARD - len(KINDS[slot.kind].title)
    if len(longest) > room:
        return f"카드에 다 보이지 않을 수 있어요. 값이 길 때 {len(longest)}자인데 {room}자까지예요."
    return ""


def _sms_trouble(slot: Slot, text: str) -> str:
    if "\n" in text:
        return "문자는 한 줄로 적어 주세요."
    most = LONGEST_SMS if slot.scene != "guardian" else 2 * LONGEST_SMS
    return f"문자에 쓸 말은 {most}자까지예요. 지금은 {len(text)}자예요." if len(text) > most else ""


def _alimtalk_trouble(slot: Slot, text: str) -> str:
    title = KINDS[slot.kind].title
    if not text.startswith(f"{title}\n"):
        return f"첫 줄은 정해진 제목이어야 해요: {title}"
    filled_in = VARIABLE.sub("가" * ROOM_FOR_A_VALUE, text)
    if len(filled_in) > LONGEST_TEXT:
        return f"알림톡은 값까지 {LONGEST_TEXT:,}자까지예요. 지금은 값을 빼고도 너무 길어요."
    if len(set(VARIABLE.findall(text))) > MOST_VARIABLES:
        return f"넣는 값은 {MOST_VARIABLES}개까지예요."
    return ""


_TROUBLES = {
    TextChannel.CARD: _card_trouble,
    TextChannel.SMS: _sms_trouble,
    TextChannel.ALIMTALK: _alimtalk_trouble,
}


def text_of(row: AlertText) -> str:
    """Return the words of a version."""
    return BUILT_IN.of(row.slot) if row.text is None else row.text
