"""The routes of the chat: messages out to the skill, callbacks in from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from simulator import payloads, rules
from simulator.callbacks import Callback, Callbacks
from simulator.payloads import Json
from simulator.people import People
from simulator.previews import Previews
from simulator.settings import Settings
from simulator.skill import Answer, Skill, told, visible

LONG_POLL_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Message:
    """What the chat window asks for: who does what, and how the request is to look."""

    person: payloads.Person
    event: payloads.Event
    shape: payloads.Shape = "full"
    callback: bool = False
    twice: bool = False
    contexts: list[Json] = field(default_factory=list)

    @classmethod
    def parse(cls, sent: Json) -> Message:
        """Return the message in the window's JSON, whose fields are named as the ones here.

        Raises:
            TypeError: an object has a field too many or too few.

        """
        event = dict(sent.pop("event", {}))
        for name in ("referrer", "last_block"):
            event[name] = payloads.Block(**event[name]) if event.get(name) else None
        person = payloads.Person(**sent.pop("person", {}))
        return cls(person, payloads.Event(**event), **sent)


@dataclass(frozen=True, slots=True)
class Chat:
    """Plays one round of KakaoTalk: build the payload, deliver it, show what came of it."""

    settings: Settings
    skill: Skill
    callbacks: Callbacks
    people: People
    previews: Previews
    clock: Callable[[], datetime]

    def play(self, message: Message) -> Json:
        """Deliver ``message`` and return the request, each delivery's outcome and what is kept."""
        self.people.saw(message.person)
        block = payloads.block_of(message.event, self.settings.block_id)
        token = self.callbacks.issue(testing=message.shape == "bot_test") if message.callback else ""
        payload = payloads.build(
            message.event,
            message.person,
            block,
            message.shape,
            contexts=payloads.live_contexts(message.contexts, self.clock()),
            callback_url=f"{self.settings.address}/callback/{token}" if token else "",
        )
        answers = [self.skill.deliver(payload) for _ in range(2 if message.twice else 1)]
        if token and all(answer.outcome != "waiting" for answer in answers):
            self.callbacks.close(token)
        deliveries = [_delivery(answer, token) for answer in answers]
        self.look_ahead(*deliveries)
        return {
            "request": payload,
            "block": asdict(block),
            "contexts": self._contexts(message.contexts, answers[0]),
            "deliveries": deliveries,
        }

    def late(self, callback: Callback) -> Json:
        """Return what came of ``callback`` as windows get it."""
        arrived = _arrived(callback)
        self.look_ahead(arrived)
        return arrived

    def look_ahead(self, *deliveries: Json) -> None:
        """Fetch the previews of what is shown."""
        for delivery in deliveries:
            if delivery["outcome"] == "shown":
                self.previews.look(delivery["links"])

    def _contexts(self, kept: list[Json], answer: Answer) -> list[Json]:
        reply = answer.reply if answer.outcome == "shown" else None
        return payloads.next_contexts(kept, reply, self.clock())


def _delivery(answer: Answer, token: str) -> Json:
    waiting = answer.outcome == "waiting"
    return told(answer) | {"callback": token if waiting else ""}


def _arrived(callback: Callback) -> Json:
    outcome = "expired"
    if callback.state == "used":
        outcome = "dropped" if rules.drops_reply(callback.violations) else "shown"
    found = {"outcome": outcome, "reply": callback.reply}
    return found | {"violations": [asdict(v) for v in callback.violations]} | visible(callback.reply)


def create_blueprint(chat: Chat) -> Blueprint:
    """Return the routes around ``chat``."""
    blueprint = Blueprint("chat", __name__)

    @blueprint.post("/api/messages")
    def send() -> ResponseReturnValue:
        try:
            message = Message.parse(request.get_json())
        except (TypeError, ValueError, AttributeError) as error:
            return jsonify({"error": f"this is no message of the chat window: {error}"}), 400
        return jsonify(chat.play(message))

    @blueprint.get("/api/callbacks/<token>")
    def late_answer(token: str) -> ResponseReturnValue:
        try:
            arrived = chat.callbacks.wait(token, LONG_POLL_SECONDS)
        except KeyError:
            abort(404)
        return ("", 204) if arrived is None else jsonify(chat.late(arrived))

    @blueprint.post("/callback/<token>")
    def callback(token: str) -> Response:
        return jsonify(chat.callbacks.receive(token, request.get_data()))

    return blueprint
