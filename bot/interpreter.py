"""What a message asks for: an answer to a question, a thing that was shown, one wish or several."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace

from bot import messages, references, wishes
from bot.certainty import SMALL_TALK, SURE, bar, close_meanings, is_wish
from bot.dialogue import Session, leaves, starts_over
from bot.fragments import is_search_fragment
from bot.menu import MORE, RUNNABLE, by_number, by_sentence, by_words
from bot.replies import Data, Press, Question, Reply
from bot.safety import Safety, in_distress, judge
from bot.turn import Turn
from bot.understanding import NLUUnavailable, ParsedMessage, Understanding, certain
from bot.wishes import Wish
from models.clock import Clock

_NO_TIME = 1.0
"""Seconds that must be left for a message to be looked at more closely than once."""

_ALARMS = {"crisis": "crisis_support", "attack": "security_attack", "abuse": "abuse"}
"""What danger was found → the action that answers it."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What the message asks for: an action with its data, or a reply ready to send.

    ``words`` are those of this wish, which may be a part of the message only; ``then`` are the wishes after it.
    ``worried``: the words may be a figure of speech, so the person is asked gently, too.
    """

    parsed: ParsedMessage
    data: Data = field(default_factory=dict)
    reply: Reply | None = None
    outcome: str = "answered"
    words: str | None = None
    then: tuple[Understood, ...] = ()
    worried: bool = False


class Interpreter:
    """Reads messages in the light of what was shown and asked. Holds no state of its own."""

    def __init__(
        self, understanding: Understanding, actions: Collection[str], clock: Clock, threshold: float
    ) -> None:
        self._understanding = understanding
        self._actions = actions
        self._clock = clock
        self._threshold = threshold

    def understand(self, turn: Turn, session: Session) -> Understood:
        """Return what a message asks for; whatever fails on the way, there is something to answer."""
        if turn.press is not None:
            return self._pressed(turn, session, turn.press, "button")
        if in_distress(turn.words):
            return Understood(certain("crisis_support", "safety"))
        choice = session.chosen_by(turn.words)
        if choice is not None:
            if isinstance(choice.target, Press):
                return self._pressed(turn, session, choice.target, "choice")
            turn = replace(turn, words=choice.target.text)
        return self._exact(turn, session) or self._sentence(turn, session)

    # --- without understanding ---

    def _pressed(self, turn: Turn, session: Session, press: Press, source: str) -> Understood:
        words = str(press.data.get("words", ""))
        if in_distress(words):  # what a button carries comes from outside
            return Understood(certain("crisis_support", "safety"), words=words)
        if press.action == messages.MEANT:
            return self._clarified(turn, words, str(press.data.get("intent", "")))
        if press.action == wishes.NEXT:
            return self._continued(turn, session, words)
        if press.action not in self._actions:
            return Understood(certain("clarify_needed", source))  # a button of an older version
        return Understood(certain(press.action, source), press.data)

    def _exact(self, turn: Turn, session: Session) -> Understood | None:
        """Answer what needs no understanding: the way out, a menu word, a plain sentence, a code."""
        words = turn.words
        if starts_over(words):
            return Understood(certain("greeting", "menu"))
        if session.question is not None and leaves(words):
            return Understood(certain("thanks_bye", "choice"), reply=messages.LEFT)
        action = by_words(words)
        if action is None and session.question is None:
            action = by_number(words)
        if action is not None:
            return Understood(certain(action, "menu"))
        own_words = session.question is not None and session.question.field is not None
        press = None if own_words else by_sentence(words)
        return self._pressed(turn, session, press, "menu") if press else None

    def _without_nlu(self, turn: Turn, session: Session) -> Understood:
        question = session.question
        if question is not None and question.field is not None:
            return _filled(question, turn.words, certain(question.action, "question"))
        return Understood(certain("clarify_needed", "none"), reply=messages.NLU_DOWN, outcome="nlu_down")

    # --- a sentence ---

    def _sentence(self, turn: Turn, session: Session) -> Understood:
        try:
            parsed = self._understanding.parse(turn.words, turn.deadline)
        except NLUUnavailable:
            return self._without_nlu(turn, session)
        safety = parsed.safety if parsed.safety.level else judge(turn.words)
        if (alarm := _alarm(safety, parsed)) is not None:
            return Understood(replace(parsed, intent=alarm, topic=None, confidence=1.0))
        if session.question is not None:
            understood = self._while_asked(turn, session, session.question, parsed)
        else:
            understood = self._new_message(turn, session, parsed)
        if safety.kind == "abuse" and parsed.intent != "abuse" and understood.outcome == "answered":
            understood = replace(understood, outcome="answered:abuse")
        return _with_check(understood) if (safety.level, safety.kind) == ("check", "crisis") else understood

    def _while_asked(
        self, turn: Turn, session: Session, question: Question, parsed: ParsedMessage
    ) -> Understood:
        """Let a pending question win over a new reading, unless the person clearly changes the subject."""
        if parsed.intent == "crisis_support" or (not question.verbatim and self._changes(question, parsed)):
            return self._new_subject(turn, session, parsed)
        if question.field is not None:
            return _filled(question, turn.words, parsed)
        return self._aside(turn, session, parsed) or self._beside(turn, session, question, parsed)

    def _aside(self, turn: Turn, session: Session, parsed: ParsedMessage) -> Understood | None:
        """Answer what is asked about the thing in question, and take "취소 안 할래" for the no it is."""
        if references.asks_detail(turn.words):
            return self._referred(session, Wish(turn.words, parsed))
        ruled = wishes.ruled_out(turn.words)
        if ruled is not None and ruled.final and not ruled.rest:
            return Understood(parsed, reply=messages.LEFT, outcome="declined")
        return None

    def _beside(self, turn: Turn, session: Session, question: Question, parsed: ParsedMessage) -> Understood:
        """Take words that neither answer the question nor surely leave it."""
        if parsed.intent == question.action and parsed.entities:
            return Understood(parsed, question.data)  # "토요일 거요": the same wish, said more closely
        if parsed.confidence >= self._threshold and parsed.intent not in SMALL_TALK | {question.action}:
            return self._new_subject(turn, session, parsed)
        return Understood(parsed, reply=messages.ask_again(session), outcome="asked_again")

    def _changes(self, question: Question, parsed: ParsedMessage) -> bool:
        """Tell whether words clearly speak of something else than what was asked."""
        if parsed.intent == question.action:
            return (
                parsed.topic is not None and question.field is None and parsed.confidence >= self._threshold
            )
        return parsed.confidence >= SURE and parsed.intent not in SMALL_TALK

    def _new_message(self, turn: Turn, session: Session, parsed: ParsedMessage) -> Understood:
        """Take a bare place, day or field for a search before it is called unclear."""
        unclear = parsed.confidence < SURE or parsed.intent in SMALL_TALK
        if unclear and (shown := self._of_what_was_shown(turn, session, parsed)):
            return shown
        if unclear and is_search_fragment(turn.words, self._clock.now()):
            return Understood(replace(parsed, intent="find_program", topic=None, source="fragment"))
        return self._new_subject(turn, session, parsed)

    def _new_subject(self, turn: Turn, session: Session, parsed: ParsedMessage) -> Understood:
        """Read what is ruled out and how many wishes there are; without time to look closer, one."""
        if parsed.intent != "crisis_support" and turn.deadline.left() >= _NO_TIME:
            with suppress(NLUUnavailable):
                return self._closer(turn, session, parsed)
        return self._one(session, Wish(turn.words, parsed))

    def _closer(self, turn: Turn, session: Session, parsed: ParsedMessage) -> Understood:
        def parse(words: str) -> ParsedMessage:
            return self._understanding.parse(words, turn.deadline)

        if ruled := wishes.ruled_out(turn.words):
            instead = self._instead(ruled, session, parsed, parse)
            if instead is not None:
                return instead
        found = wishes.wishes(turn.words, parsed, parse)
        if len(found) == 1 and (inner := wishes.within(turn.words, parsed, parse)):
            told = "answered:abuse" if parsed.intent == "abuse" else "answered"
            return replace(self._one(session, inner), outcome=told, words=inner.words)
        return self._several(session, found)

    def _instead(
        self, ruled: wishes.Ruled, session: Session, parsed: ParsedMessage, parse: wishes.Parse
    ) -> Understood | None:
        """Answer what is wanted instead of what is ruled out; None where the message is to be read as a whole."""
        if ruled.look is not None:
            return Understood(replace(parsed, intent=ruled.look, topic=None))
        rest = parse(ruled.rest) if ruled.rest else None
        if rest is not None and is_wish(rest) and rest.intent != ruled.out:
            return replace(self._one(session, Wish(ruled.rest, rest)), words=ruled.rest)
        if ruled.final:
            return Understood(parsed, reply=messages.declined(ruled.out), outcome="declined")
        return None

    def _several(self, session: Session, found: tuple[Wish, ...]) -> Understood:
        if len(found) == 1:
            return self._one(session, found[0])
        first, *others = (
            replace(self._one(session, wish), words=wish.words) for wish in wishes.in_order(found)
        )
        return replace(first, then=tuple(others))

    def _one(self, session: Session, wish: Wish) -> Understood:
        """Return what one wish asks for: something shown, an action, or one of two meanings to choose from."""
        if referred := self._referred(session, wish):
            return referred
        parsed = wish.parsed
        if close := close_meanings(parsed):
            asked = messages.which_meaning(close, wish.words)
            return Understood(parsed, reply=asked, outcome="asked_meaning")
        if parsed.confidence >= bar(parsed.intent, self._threshold):
            return Understood(parsed)
        likely = [m.intent for m in parsed.ranking if m.intent in RUNNABLE][:2]
        asked = messages.did_you_mean(likely, wish.words, session.misses)
        return Understood(parsed, reply=asked, outcome="not_understood")

    def _of_what_was_shown(self, turn: Turn, session: Session, parsed: ParsedMessage) -> Understood | None:
        """Take unclear words for what was shown: one of it, or (이거 말고 다른 거) more of the kind."""
        latest = session.shown[-1][0].kind if session.shown else ""
        if latest == "session" and wishes.wants_another(turn.words):
            more = next((c.target for c in session.choices if c.label == MORE), None)
            if isinstance(more, Press):
                return self._pressed(turn, session, more, "choice")
            return Understood(replace(parsed, intent="find_program", topic=None))
        return self._referred(session, Wish(turn.words, parsed))

    def _referred(self, session: Session, wish: Wish) -> Understood | None:
        parsed = wish.parsed
        sure = parsed.intent not in SMALL_TALK and parsed.confidence >= bar(parsed.intent, self._threshold)
        referral = references.refers_to(
            wish.words,
            parsed.intent if sure else None,
            session.shown,
            self._clock.now(),
            ordinal=bool(parsed.words("ordinal")),
        )
        if referral is None or (sure and parsed.topic is not None):
            return None
        if len(referral.things) == 1 and not referral.missed:
            thing = referral.things[0]
            return Understood(replace(parsed, intent=referral.action_on(thing), topic=None), thing.data)
        return Understood(parsed, reply=messages.which_thing(referral), outcome="asked_which")

    # --- what the person chose when asked, and what was wished for before ---

    def _clarified(self, turn: Turn, words: str, intent: str) -> Understood:
        """Take up the words that were unclear with the meaning the person chose; an empty one is neither."""
        if intent not in self._actions:
            return Understood(certain("clarify_needed", "clarified"))
        meant = certain(intent, "clarified")
        with suppress(NLUUnavailable):
            parsed = self._understanding.parse(words, turn.deadline)
            topic = parsed.topic if parsed.intent == intent else None
            meant = replace(parsed, intent=intent, topic=topic, confidence=1.0, source="clarified")
        return Understood(meant, words=words)

    def _continued(self, turn: Turn, session: Session, words: str) -> Understood:
        """Take up the wishes that an earlier reply had no room for, one in each line."""
        try:
            lines = [line for line in words.splitlines() if line.strip()][: wishes.MOST]
            found = [Wish(line, self._understanding.parse(line, turn.deadline)) for line in lines]
        except NLUUnavailable:
            return self._without_nlu(turn, replace(session, question=None))
        if not found:
            return Understood(certain("clarify_needed", "button"))
        return self._several(session, tuple(found))


def _alarm(safety: Safety, parsed: ParsedMessage) -> str | None:
    """Return what comes before whatever else was said; an insult does not where a wish is surely understood."""
    if safety.level != "alarm" or (safety.kind == "abuse" and is_wish(parsed, SURE)):
        return None
    return _ALARMS.get(safety.kind or "")


def _with_check(understood: Understood) -> Understood:
    """Ask gently beside the answer; alone where nothing was asked for. A cry for help is answered as one."""
    intent, asks = (
        understood.parsed.intent,
        understood.outcome in {"answered", "answered:abuse", "asked_again", "asked_meaning", "asked_which"},
    )
    if intent == "crisis_support" and understood.outcome == "answered":
        return understood
    if intent in SMALL_TALK or not asks:
        return replace(understood, reply=messages.ONLY_GENTLE, outcome="checked", data={}, then=())
    return replace(understood, worried=True)


def _filled(question: Question, words: str, parsed: ParsedMessage) -> Understood:
    field_name = question.field or ""
    meant = replace(parsed, intent=question.action, topic=None, source="question")
    return Understood(meant, {**question.data, field_name: words.strip()})
