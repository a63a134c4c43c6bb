"""What KakaoTalk sends us: SkillPayload 2.0, read with patience.

Kakao adds fields without notice, leaves documented ones out, sends ``null`` for empty maps, and puts JSON
inside strings. Only what a turn cannot do without is required: the bot, the person, the words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bot.replies import Press
from bot.turn import NOTICE, Deadline, Person, Turn
from skills.kakao import extra
from skills.kakao.words import clean, is_clean

MAX_WORDS = 1000
"""Longest message a person can type in KakaoTalk, in characters."""
MAX_PARAMS = 10
MAX_NAME = 200
DEVELOPMENT_MARK = "!"
"""Kakao ends a bot's id with it on the development channel."""
_SOME_ROOM = "some room"
"""Stands for a room whose id is missing: others read along there all the same."""
NOTICE_PARAM = "notice"
"""Name by which our own events carry a notice's key: as a parameter, or as a property of each of many people."""
BOT_TEST_SURFACE = "BuilderBotTest"
"""``surface`` of the test window in Kakao's bot builder."""


class UnreadablePayload(ValueError):
    """The JSON is no SkillPayload; ``fields`` names what is missing or wrong, never what was sent."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


class NotJSON(ValueError):
    """The body cannot be read as JSON at all."""


def load_json(text: bytes | str) -> Any:
    """Return the value ``text`` stands for.

    Raises:
        NotJSON: bytes that are not UTF-8, a syntax error, NaN or infinity, an absurd number, or nesting
            too deep to read.

    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotJSON(type(error).__name__) from None


def _refuse_constant(name: str) -> None:
    raise NotJSON(f"{name} is not JSON")


def _as_text(value: object) -> object:
    """Numbers pass for ids and names, everything else that is no text for nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return (value or None) if isinstance(value, str) else None


def _as_name(value: object) -> object:
    """Return a name or a key as short clean text; a wrong kind of value must not lose the message."""
    found = _as_text(value)
    return (clean(found)[:MAX_NAME] or None) if isinstance(found, str) else None


def _as_map(value: object) -> object:
    """Return a map as it is, or from the JSON it was put into; everything else is an empty one."""
    if isinstance(value, str):
        value = _decoded(value)
    return value if isinstance(value, dict) else {}


def _decoded(value: object) -> object:
    """Return what a string like ``{"date": …}`` holds; other values as they are."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return load_json(value)
    except NotJSON:
        return value


def _decoded_map(value: object) -> object:
    found = _as_map(value)
    return {key: _decoded(each) for key, each in found.items()} if isinstance(found, dict) else {}


def _known(value: object) -> object:
    """Drop the empty entries, so that the second spelling of a property can stand in for the first."""
    found = _as_map(value)
    return {k: v for k, v in found.items() if v not in (None, "")} if isinstance(found, dict) else {}


def _is_true(value: object) -> object:
    return value is True or value == "true"


Name = Annotated[str | None, BeforeValidator(_as_name)]
LooseMap = Annotated[dict[str, Any], BeforeValidator(_as_map)]
DecodedMap = Annotated[dict[str, Any], BeforeValidator(_decoded_map)]
Identifier = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^[\"-~][!-~]{0,127}$")]


class Part(BaseModel):
    """A part of the payload: unknown fields pass, names are Kakao's camelCase."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True, frozen=True)


class Named(Part):
    """A block, by its name in the bot builder."""

    name: Name = None


OptionalNamed = Annotated[Named, BeforeValidator(_as_map)]


class Bot(Part):
    """Our bot. Its id identifies the people's keys, which differ from bot to bot."""

    id: Identifier

    @property
    def identity(self) -> str:
        """The id without the mark of the development channel."""
        return self.id.removesuffix(DEVELOPMENT_MARK)

    @property
    def is_development(self) -> bool:
        """Whether the message came by the development channel."""
        return self.id.endswith(DEVELOPMENT_MARK)


class Properties(Part):
    """What Kakao knows of the person, in both spellings it uses."""

    plusfriend_user_key: Name = Field(
        None, validation_alias=AliasChoices("plusfriendUserKey", "plusfriend_user_key")
    )
    app_user_id: Name = Field(None, validation_alias=AliasChoices("appUserId", "app_user_id"))
    is_friend: Annotated[bool, BeforeValidator(_is_true)] = Field(
        default=False, validation_alias=AliasChoices("isFriend", "is_friend")
    )
    """True or absent, says Kakao: absent is no friend, or one who blocked the channel."""
    notice: Any = None
    """Key of the notice an event of ours brings to this one of its many people; see ``NOTICE_PARAM``."""


class User(Part):
    """The person who writes."""

    id: Identifier
    properties: Annotated[Properties, BeforeValidator(_known)] = Properties()


class Chat(Part):
    """The room of a group chat."""

    id: Name = None


class UserRequest(Part):
    """The message."""

    user: User
    utterance: Annotated[str, BeforeValidator(lambda value: _as_text(value) or "")]
    block: OptionalNamed = Named()
    params: LooseMap = {}
    callback_url: Annotated[str | None, BeforeValidator(_as_text)] = None
    chat: Annotated[
        Chat | None, BeforeValidator(lambda value: value if isinstance(value, dict) else None)
    ] = None


class Trigger(Part):
    """How the person got here: typed, or pressed a button, an item or a chip."""

    type: Name = None


class Flow(Part):
    """Where the conversation was before."""

    last_block: OptionalNamed = Named()
    trigger: Annotated[Trigger, BeforeValidator(_as_map)] = Trigger()


class Action(Part):
    """What the block found out, and what the pressed button carried."""

    params: DecodedMap = {}
    client_extra: DecodedMap = {}


class Payload(Part):
    """One call of the skill."""

    bot: Bot
    user_request: UserRequest
    action: Annotated[Action, BeforeValidator(_as_map)] = Action()
    flow: Annotated[Flow, BeforeValidator(_as_map)] = Flow()

    @property
    def is_group(self) -> bool:
        """Whether others read the reply too."""
        return self.user_request.chat is not None

    @property
    def is_bot_test(self) -> bool:
        """Whether this is Kakao's builder trying the bot, where callback addresses do not work."""
        return self.user_request.params.get("surface") == BOT_TEST_SURFACE


def read_payload(value: object) -> Payload:
    """Return the payload a JSON value holds.

    Raises:
        UnreadablePayload: what a turn cannot do without is missing or of the wrong kind.

    """
    try:
        return Payload.model_validate(value)
    except ValidationError as error:
        raise UnreadablePayload(tuple(_field(each["loc"]) for each in error.errors())) from None


def _field(path: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in path) or "the whole body"


def delivery_id(body: bytes, request_id: str = "") -> str:
    """Return what is equal for two deliveries of one message.

    ``id:…`` comes from the ``X-Request-Id`` header and is unique. ``body:…`` is a digest of the bytes: a
    person who writes the same word twice gives it twice, so it tells duplicates for a short time only.
    """
    if 0 < len(request_id) <= 128 and request_id.isascii() and request_id.isprintable():
        return f"id:{request_id}"
    return f"body:{hashlib.blake2b(body, digest_size=16).hexdigest()}"


def to_turn(payload: Payload, received: datetime, deadline: Deadline, delivery: str = "") -> Turn:
    """Return the message as the assistant takes it.

    Args:
        payload: what Kakao sent.
        received: when it came, aware.
        deadline: by when the answer must be out.
        delivery: see ``delivery_id``.

    """
    request = payload.user_request
    return Turn(
        person=_person(payload),
        words=clean(request.utterance)[:MAX_WORDS],
        received=received,
        deadline=deadline,
        press=extra.unpack(payload.action.client_extra) or _event_press(request),
        delivery_id=delivery,
        context=_context(payload),
    )


def _event_press(request: UserRequest) -> Press | None:
    """Return what an event of ours asks for: KakaoTalk comes for the card whose key we sent it."""
    for key in (request.user.properties.notice, request.params.get(NOTICE_PARAM)):
        if isinstance(key, str) and key and is_clean(key):
            return Press(NOTICE, {"key": key})
    return None


def _person(payload: Payload) -> Person:
    user = payload.user_request.user
    return Person(
        channel="kakao",
        bot_id=payload.bot.identity,
        user_key=user.id,
        app_user_id=user.properties.app_user_id,
        is_friend=_is_friend(user.properties),
    )


def _is_friend(told: Properties) -> bool | None:
    """Return whether the person has added the channel; None where nothing of the channel is told, as in bot tests."""
    return told.is_friend if told.is_friend or told.plusfriend_user_key else None


def _context(payload: Payload) -> dict[str, str]:
    """Return where the message comes from, as words; what is unknown is left out."""
    request, flow = payload.user_request, payload.flow
    found = {
        "surface": request.params.get("surface"),
        "bot_test": "yes" if payload.is_bot_test else None,
        "development_channel": "yes" if payload.bot.is_development else None,
        "block": request.block.name,
        "last_block": flow.last_block.name,
        "trigger": flow.trigger.type,
        "group": (request.chat.id or _SOME_ROOM) if request.chat else None,
        "plusfriend_user_key": request.user.properties.plusfriend_user_key,
        **_event_params(request.params),
    }
    return {key: name for key, value in found.items() if isinstance(name := _as_name(value), str)}


def _event_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event of ours sent along (``param.<name>``), so that an event block knows its job."""
    own = [key for key in params if key not in ("surface", "ignoreMe") and is_clean(key)]
    return {f"param.{key[:40]}": params[key] for key in own[:MAX_PARAMS]}
