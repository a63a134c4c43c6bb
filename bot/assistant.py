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

from bot import messages, transcript
from bot.composing import together, with_care, with_next
from bot.context import Actions, Context
from bot.dialogue import Session, Sessions
from bot.interpreter import Interpreter, Understood
from bot.links import Links
from bot.memory import Memory
from bot.pictures import Pictures
from bot.replies import SILENCE, Data, Reply
from bot.safety import GENTLE, HELP, in_distress
from bot.topics import Topics
from bot.turn import Person, Turn
from bot.understanding import ParsedMessage, Understanding, certain
from bot.wishes import CHANGING, Wish
from models.clock import Clock
from models.database import Database
from models.masking import mask, without_name
from models.members import ANY_BOT, ChannelAccount, ConversationTurn
from models.refusals import Refused

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with what was understood, for the log and for developers."""

    reply: Reply
    parsed: ParsedMessage
    outcome: str
    milliseconds: Mapping[str, int] = field(default_factory=dict)
    shown: tuple[Reply, ...] = ()
    """The replies it was made of, where it answers several wishes."""
    asked: Data = field(default_factory=dict)
    """What a button, or words that pointed at something, asked for."""
    topic: str | None = None
    """Topic that was answered, where it is not the one that was understood."""
    alert_kind: int | None = None
    """Kind of the alert whose card it shows."""


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
        topics: Topics,
        threshold: float,
        turns_per_minute: int,
    ) -> None:
        self._actions = actions
        self._interpreter = Interpreter(understanding, actions, clock, threshold)
        self._sessions = Sessions(memory)
        self._database = database
        self._clock = clock
        self._links = links
        self._pictures = pictures
        self._topics = topics
        self._turns_per_minute = turns_per_minute

    def answer(self, turn: Turn) -> Answer:
        """Return the answer to one message; whatever fails on the way, there is one."""
        session, turns = self._sessions.enter(turn.person, turn.room)
        if turns > self._turns_per_minute and not turn.is_notice and not in_distress(turn.words):
            return Answer(messages.SLOW_DOWN, certain("out_of_scope", "rate"), "rate_limited")
        began = time.monotonic()
        understood = self._interpreter.understand(turn, session)
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
            for reply in answer.shown or (answer.reply,):
                session.follow(reply, answer.asked)
        self._sessions.save(turn.person, session, turn.room)

    # --- the action ---

    def _act(self, turn: Turn, session: Session, understood: Understood, began: float) -> Answer:
        if not turn.deadline.left():
            # The person was told it takes too long: change nothing behind their back.
            return Answer(messages.BROKEN, understood.parsed, "too_late")
        try:
            with self._database.session() as db:
                account = _account(db, turn.person, self._clock.now())
                return self._each(db, turn, session, understood, account, began)
        except SQLAlchemyError as error:
            log.error("the store failed in %s: %s", understood.parsed.intent, type(error).__name__)  # noqa: TRY400 - the text may hold personal data
            return Answer(self._without_store(understood), understood.parsed, "store_down")

    def _without_store(self, understood: Understood) -> Reply:
        """Return what can be said without the store: help, what was asked back, an answer of the FAQ."""
        parsed = understood.parsed
        if parsed.intent == "crisis_support":
            return Reply((HELP,))
        topic = str(understood.data.get("topic", "")) or parsed.topic or ""
        told = understood.reply or self._topics.book().answer(topic, self._topics.rules, self._links.public)
        return told or messages.STORE_DOWN

    def _each(
        self,
        db: DbSession,
        turn: Turn,
        session: Session,
        understood: Understood,
        account: ChannelAccount,
        began: float,
    ) -> Answer:
        """Answer one wish after the other; what does not fit, or waits for an answer, becomes a button."""
        first, *left = (understood, *understood.then)
        answer = self._one(db, turn, session, first, account, began)
        shown = [answer.reply]
        while left and answer.reply.question is None and turn.deadline.left():
            try:
                following = self._one(db, turn, session, left[0], account, began)
            except SQLAlchemyError as error:
                log.error("the store failed in %s: %s", left[0].parsed.intent, type(error).__name__)  # noqa: TRY400 - the text may hold personal data
                break  # what was answered stays answered
            joined = together(answer.reply, following.reply, last=left[0].parsed.intent in CHANGING)
            if joined is None:
                break
            answer = replace(answer, reply=joined)
            shown.append(Reply(following.reply.blocks, joined.quick_replies, joined.question))
            left.pop(0)
        return _with_the_rest(answer, shown, left, worried=understood.worried)

    def _one(
        self,
        db: DbSession,
        turn: Turn,
        session: Session,
        understood: Understood,
        account: ChannelAccount,
        began: float,
    ) -> Answer:
        """Answer one wish and log it, in a transaction of its own: a refusal takes nothing else back."""
        if understood.words is not None:
            turn = replace(turn, words=understood.words)
        answer = replace(self._run(db, turn, session, understood, account), asked=understood.data)
        db.add(self._logged(turn, account, answer, began))
        db.commit()
        return answer

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
        now, links, pictures, topics = self._clock.now(), self._links, self._pictures, self._topics
        context = Context(turn, parsed, session, db, account, now, links, pictures, topics, understood.data)
        try:
            reply = self._actions[parsed.intent](context)
        except Refused as refused:
            db.rollback()
            return Answer(messages.refused(refused), parsed, f"refused:{refused.reason.value}")
        return Answer(reply, parsed, understood.outcome, topic=context.topic, alert_kind=context.alert_kind)

    def _logged(self, turn: Turn, account: ChannelAccount, answer: Answer, began: float) -> ConversationTurn:
        parsed, words = answer.parsed, _masked(turn.words, account)
        hidden = words != turn.words
        silenced = turn.is_notice and answer.outcome != "answered"
        asks = answer.reply.question.action if answer.reply.question else ""
        return ConversationTurn(
            account_id=account.id,
            at=self._clock.now(),
            words=words,
            pressed=turn.press is not None,
            intent=parsed.intent,
            topic=answer.topic or parsed.topic,
            confidence=parsed.confidence,
            source=parsed.source,
            outcome=answer.outcome,
            milliseconds=_ms(began, time.monotonic()),
            model=parsed.model,
            alert_kind=answer.alert_kind,
            original=turn.words if hidden else None,
            reply=transcript.written(SILENCE if silenced else answer.reply),
            understood=transcript.understood(parsed, masked=hidden, asks=asks),
        )


def _masked(words: str, account: ChannelAccount) -> str:
    """Return words without anybody's contact data and without the person's own name."""
    return without_name(mask(words), account.member.name if account.member else "")


def _with_the_rest(answer: Answer, shown: list[Reply], left: list[Understood], *, worried: bool) -> Answer:
    """Return an answer that offers the wishes left, after a gentle word where there is reason for one."""
    waiting = [Wish(each.words or "", each.parsed) for each in left]
    reply = with_next(answer.reply, waiting)
    shown[-1] = replace(shown[-1], quick_replies=reply.quick_replies)
    return replace(answer, reply=with_care(GENTLE, reply) if worried else reply, shown=tuple(shown))


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
