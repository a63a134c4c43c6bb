"""The one path every message takes: who, what is meant, is it an answer, the action, out."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.orm import joinedload

from bot import messages
from bot.context import Actions, Context
from bot.dialogue import Session, Sessions, leaves, squeeze, starts_over
from bot.fragments import is_search_fragment
from bot.links import Links
from bot.memory import Memory
from bot.menu import MENU_WORDS, RUNNABLE, by_number, by_sentence
from bot.pictures import Pictures
from bot.replies import SILENCE, Data, Press, Question, Reply
from bot.safety import HELP, in_distress
from bot.turn import Person, Turn
from bot.understanding import NLUUnavailable, ParsedMessage, Understanding, certain
from models.clock import Clock
from models.database import Database
from models.masking import mask
from models.members import ANY_BOT, ChannelAccount, ConversationTurn
from models.refusals import Refused

log = logging.getLogger(__name__)

SURE = 0.75
"""Confidence from which new words count as a change of subject while a question is open."""
_BAR = {"crisis_support": 0.3, "security_attack": 0.6, "abuse": 0.85}
"""Confidence from which these are acted on: distress early, a rebuke only when there is no doubt."""
SMALL_TALK = frozenset({"greeting", "thanks_bye", "clarify_needed", "out_of_scope", "abuse"})
"""Intents that never take a person away from an open question."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What the message asks for: an action with its data, or a reply ready to send."""

    parsed: ParsedMessage
    data: Data = field(default_factory=dict)
    reply: Reply | None = None
    outcome: str = "answered"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with what was understood, for the log and for developers."""

    reply: Reply
    parsed: ParsedMessage
    outcome: str
    milliseconds: Mapping[str, int] = field(default_factory=dict)


class Assistant:
    """Answers turns. Holds no state of its own: copies may run side by side."""

    def __init__(  # noqa: PLR0913 - the composition root names every part once
        self,
        *,
        actions: Actions,
        understanding: Understanding,
        memory: Memory,
        database: Database,
        clock: Clock,
        links: Links,
        pictures: Pictures,
        threshold: float,
        turns_per_minute: int,
    ) -> None:
        self._actions = actions
        self._understanding = understanding
        self._sessions = Sessions(memory)
        self._database = database
        self._clock = clock
        self._links = links
        self._pictures = pictures
        self._threshold = threshold
        self._turns_per_minute = turns_per_minute

    def answer(self, turn: Turn) -> Answer:
        """Return the answer to one message; whatever fails on the way, there is one."""
        session, turns = self._sessions.enter(turn.person, turn.room)
        if turns > self._turns_per_minute and not turn.is_notice and not in_distress(turn.words):
            return Answer(messages.SLOW_DOWN, certain("out_of_scope", "rate"), "rate_limited")
        began = time.monotonic()
        understood = self._understand(turn, session)
        parsed_at = time.monotonic()
        answer = self._act(turn, session, understood, began)
        if not turn.is_notice:  # nobody spoke, and somebody may be speaking at this moment
            self._remember(turn, session, answer)
        elif answer.outcome != "answered":  # an apology nobody asked for would pass for the card
            answer = replace(answer, reply=SILENCE)
        timing = {"nlu": _ms(began, parsed_at), "action": _ms(parsed_at, time.monotonic())}
        return replace(answer, milliseconds=timing)

    def _remember(self, turn: Turn, session: Session, answer: Answer) -> None:
        session.misses = session.misses + 1 if answer.outcome == "not_understood" else 0
        if answer.outcome != "asked_again":  # the same question, the same choices
            session.follow(answer.reply)
        self._sessions.save(turn.person, session, turn.room)

    # --- what is meant ---

    def _understand(self, turn: Turn, session: Session) -> Understood:
        if turn.press is not None:
            return self._pressed(turn.press, "button")
        if in_distress(turn.words):
            return Understood(certain("crisis_support", "safety"))
        choice = session.chosen_by(turn.words)
        if choice is not None:
            if isinstance(choice.target, Press):
                return self._pressed(choice.target, "choice")
            turn = replace(turn, words=choice.target.text)
        return self._exact(turn.words, session) or self._sentence(turn, session)

    def _pressed(self, press: Press, source: str) -> Understood:
        if press.action not in self._actions:
            return Understood(certain("clarify_needed", source))  # a button of an older version
        return Understood(certain(press.action, source), press.data)

    def _exact(self, words: str, session: Session) -> Understood | None:
        """Answer what needs no understanding: the way out, a menu word, a plain sentence, a code."""
        if starts_over(words):
            return Understood(certain("greeting", "menu"))
        if session.question is not None and leaves(words):
            return Understood(certain("thanks_bye", "choice"), reply=messages.LEFT)
        action = MENU_WORDS.get(squeeze(words))
        if action is None and session.question is None:
            action = by_number(words)
        if action is not None:
            return Understood(certain(action, "menu"))
        own_words = session.question is not None and session.question.field is not None
        press = None if own_words else by_sentence(words)
        return self._pressed(press, "menu") if press else None

    def _sentence(self, turn: Turn, session: Session) -> Understood:
        try:
            parsed = self._understanding.parse(turn.words, turn.deadline)
        except NLUUnavailable:
            return self._without_nlu(turn, session)
        if session.question is not None:
            return self._while_asked(turn, session, session.question, parsed)
        return self._new_message(turn, session, parsed)

    def _while_asked(
        self, turn: Turn, session: Session, question: Question, parsed: ParsedMessage
    ) -> Understood:
        """Let a pending question win over a new reading, unless the person clearly changes the subject."""
        if parsed.intent == "crisis_support" or (not question.verbatim and self._changes(question, parsed)):
            return self._new_subject(session, parsed)
        if question.field is not None:
            return _filled(question, turn.words, parsed)
        if parsed.intent == question.action and parsed.entities:
            return Understood(parsed, question.data)  # "토요일 거요": the same wish, said more closely
        if parsed.confidence >= self._threshold and parsed.intent not in SMALL_TALK | {question.action}:
            return self._new_subject(session, parsed)
        return Understood(parsed, reply=messages.ask_again(session), outcome="asked_again")

    def _changes(self, question: Question, parsed: ParsedMessage) -> bool:
        """Tell whether words clearly speak of something else than what was asked."""
        if parsed.intent == question.action:
            return (
                parsed.topic is not None and question.field is None and parsed.confidence >= self._threshold
            )
        return parsed.confidence >= SURE and parsed.intent not in SMALL_TALK

    def _new_subject(self, session: Session, parsed: ParsedMessage) -> Understood:
        if parsed.confidence >= _BAR.get(parsed.intent, self._threshold):
            return Understood(parsed)
        likely = [m.intent for m in parsed.ranking if m.intent in RUNNABLE][:2]
        return Understood(
            parsed, reply=messages.did_you_mean(likely, session.misses), outcome="not_understood"
        )

    def _new_message(self, turn: Turn, session: Session, parsed: ParsedMessage) -> Understood:
        """Take a bare place, day or field for a search before it is called unclear."""
        unclear = parsed.confidence < SURE or parsed.intent in SMALL_TALK
        if unclear and is_search_fragment(turn.words, self._clock.now()):
            return Understood(replace(parsed, intent="find_program", topic=None, source="fragment"))
        return self._new_subject(session, parsed)

    def _without_nlu(self, turn: Turn, session: Session) -> Understood:
        question = session.question
        if question is not None and question.field is not None:
            return _filled(question, turn.words, certain(question.action, "question"))
        return Understood(certain("clarify_needed", "none"), reply=messages.NLU_DOWN, outcome="nlu_down")

    # --- the action ---

    def _act(self, turn: Turn, session: Session, understood: Understood, began: float) -> Answer:
        if not turn.deadline.left():
            # The person was told it takes too long: change nothing behind their back.
            return Answer(messages.BROKEN, understood.parsed, "too_late")
        try:
            with self._database.session() as db:
                account = _account(db, turn.person, self._clock.now())
                answer = self._run(db, turn, session, understood, account)
                db.add(self._logged(turn, account.id, answer, began))
                db.commit()
                return answer
        except SQLAlchemyError as error:
            log.error("the store failed in %s: %s", understood.parsed.intent, type(error).__name__)  # noqa: TRY400 - the text may hold personal data
            return Answer(_without_store(understood), understood.parsed, "store_down")

    def _run(
        self,
        db: DbSession,
        turn: Turn,
        session: Session,
        understood: Understood,
        account: ChannelAccount,
    ) -> Answer:
        parsed = understood.parsed
        if understood.reply is not None:
            return Answer(understood.reply, parsed, understood.outcome)
        now, links, pictures = self._clock.now(), self._links, self._pictures
        context = Context(turn, parsed, session, db, account, now, links, pictures, understood.data)
        try:
            return Answer(self._actions[parsed.intent](context), parsed, "answered")
        except Refused as refused:
            db.rollback()
            return Answer(messages.refused(refused), parsed, f"refused:{refused.reason.value}")

    def _logged(self, turn: Turn, account_id: int, answer: Answer, began: float) -> ConversationTurn:
        return ConversationTurn(
            account_id=account_id,
            at=self._clock.now(),
            words=mask(turn.words),
            pressed=turn.press is not None,
            intent=answer.parsed.intent,
            topic=answer.parsed.topic,
            confidence=answer.parsed.confidence,
            source=answer.parsed.source,
            outcome=answer.outcome,
            milliseconds=_ms(began, time.monotonic()),
        )


def _without_store(understood: Understood) -> Reply:
    if understood.parsed.intent == "crisis_support":
        return Reply((HELP,))
    return understood.reply or messages.STORE_DOWN


def _filled(question: Question, words: str, parsed: ParsedMessage) -> Understood:
    field_name = question.field or ""
    meant = replace(parsed, intent=question.action, topic=None, source="question")
    return Understood(meant, {**question.data, field_name: words.strip()})


_ACCOUNT = (
    select(ChannelAccount)
    .where(
        ChannelAccount.channel == bindparam("channel"),
        or_(ChannelAccount.bot_id == bindparam("bot_id"), ChannelAccount.bot_id == ANY_BOT),
        ChannelAccount.user_key == bindparam("user_key"),
    )
    .order_by(ChannelAccount.bot_id == ANY_BOT)
    .limit(1)
    .options(joinedload(ChannelAccount.member))
)


def _account(db: DbSession, person: Person, now: datetime) -> ChannelAccount:
    keys = {"channel": person.channel, "bot_id": person.bot_id, "user_key": person.user_key}
    account = db.scalars(_ACCOUNT, keys).first()
    if account is None:
        db.add(_new_account(person, now))
        with suppress(IntegrityError):  # the same person's first two messages at once
            db.commit()
        db.rollback()
        account = db.scalars(_ACCOUNT, keys).one()
    if person.is_friend is not None and account.is_friend != person.is_friend:
        account.is_friend = person.is_friend
    if person.app_user_id and account.app_user_id != person.app_user_id:
        account.app_user_id = person.app_user_id  # Kakao tells it once the person has agreed to
    return account


def _new_account(person: Person, now: datetime) -> ChannelAccount:
    return ChannelAccount(
        channel=person.channel,
        bot_id=person.bot_id,
        user_key=person.user_key,
        app_user_id=person.app_user_id,
        is_friend=bool(person.is_friend),
        first_seen_at=now,
    )


def _ms(start: float, end: float) -> int:
    return round((end - start) * 1000)
