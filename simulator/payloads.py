"""SkillPayload 2.0 exactly as Kakao sends it: full, from the bot test console, or at its leanest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

Json: TypeAlias = dict[str, Any]
Source: TypeAlias = Literal["text", "card_button", "list_item", "quick_reply"]
Action: TypeAlias = Literal["message", "block"]
Shape: TypeAlias = Literal["full", "bot_test", "minimal"]

BOT_ID = "68f0b2d1c4a7e3905d6b8f12"
SKILL_ID = "68f0b5a3c4a7e3905d6b8f40"
EVENT_BLOCK_ID = "68f0b6b7c4a7e3905d6b8f55"
TRIGGERS = {"card_button": "CARD_BUTTON", "list_item": "LIST_ITEM", "quick_reply": "QUICKREPLY_BUTTON"}


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes. ``app_user_id`` is Kakao Login's number, empty for one who never connected it."""

    user_key: str
    is_friend: bool = True
    app_user_id: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the bot, as the admin centre knows it."""

    id: str
    name: str


FALLBACK = Block("68f0b3e9c4a7e3905d6b8f21", "폴백 블록")


@dataclass(frozen=True, slots=True)
class Event:
    """What the person did: typed ``utterance`` or pressed something that says it."""

    utterance: str
    source: Source = "text"
    action: Action = "message"
    block_id: str = ""
    extra: Json | None = None
    referrer: Block | None = None
    """The block that drew what was pressed."""
    last_block: Block | None = None
    """The block that ran before this one."""


def block_of(event: Event, our_block_id: str = "") -> Block:
    """Return the block that ``event`` runs; words always fall through to the fallback block."""
    if event.action != "block":
        return FALLBACK
    return Block(event.block_id, "보람 메인" if event.block_id == our_block_id else "연결 블록")


def build(
    event: Event,
    person: Person,
    block: Block,
    shape: Shape = "full",
    *,
    contexts: Sequence[Json] = (),
    callback_url: str = "",
) -> Json:
    """Return the request body for ``event``; ``callback_url`` empty leaves the field out."""
    payload: Json = {
        "bot": {"id": BOT_ID + ("!" if shape == "bot_test" else ""), "name": "보람"},
        "intent": _named(block) | {"extra": {"reason": {"code": 1, "message": "OK"}}},
        "action": {
            "id": SKILL_ID,
            "name": "보람 스킬",
            "params": {},
            "detailParams": {},
            "clientExtra": _client_extra(event, shape),
        },
        "userRequest": _user_request(event, person, block, shape),
        "contexts": list(contexts),
    }
    if callback_url:
        payload["userRequest"]["callbackUrl"] = callback_url
    if shape == "minimal":
        del payload["intent"]
    if shape == "full":
        payload["flow"] = _flow(event)
    return payload


def build_pushed(event: str, person: Person, params: Json, properties: Json, bot_id: str = BOT_ID) -> Json:
    """Return the request body of an event block, run because the bot asked for it and not the person.

    ``params`` come from the request to the Event API, ``properties`` from this person's entry there.
    """
    payload = build(Event(event), person, Block(EVENT_BLOCK_ID, f"{event} 이벤트"))
    del payload["flow"]
    payload["bot"]["id"] = bot_id
    asked = payload["userRequest"]
    asked["params"] = {**params, **asked["params"]}
    asked["user"]["properties"] = {**properties, **asked["user"]["properties"]}
    return payload


def _named(block: Block) -> Json:
    return {"id": block.id, "name": block.name}


def _client_extra(event: Event, shape: Shape) -> Json | None:
    """Kakao sends both ``{}`` and ``null`` for "nothing"; so does the simulator, by a fixed rule."""
    if event.extra is not None:
        return event.extra
    return {} if event.source == "text" and shape != "minimal" else None


def _user_request(event: Event, person: Person, block: Block, shape: Shape) -> Json:
    params: Json = {"surface": "Kakaotalk.plusfriend"}
    if shape == "bot_test":
        params = {"surface": "BuilderBotTest", "ignoreMe": "true"}
    return {
        "block": _named(block),
        "user": {"id": person.user_key, "type": "botUserKey", "properties": _properties(person, shape)},
        "utterance": event.utterance,
        "params": {} if shape == "minimal" else params,
        "lang": "ko",
        "timezone": "Asia/Seoul",
    }


def _properties(person: Person, shape: Shape) -> Json:
    if shape == "bot_test":
        return {"botUserKey": person.user_key}
    channel_key = plusfriend_key(person.user_key)
    if shape == "minimal":
        return {"plusfriendUserKey": channel_key}
    properties: Json = {
        "botUserKey": person.user_key,
        "bot_user_key": person.user_key,
        "plusfriendUserKey": channel_key,
        "plusfriend_user_key": channel_key,
    }
    if person.app_user_id:
        properties |= {"appUserId": person.app_user_id, "app_user_id": person.app_user_id}
        properties |= {"appUserStatus": "REGISTERED", "app_user_status": "REGISTERED"}
    return properties | ({"isFriend": True} if person.is_friend else {})


def plusfriend_key(user_key: str) -> str:
    """Return the channel's own key of a person: other than the bot's, and always the same."""
    return hashlib.sha256(user_key.encode()).hexdigest()[:12]


def _flow(event: Event) -> Json:
    flow: Json = {"trigger": {"type": _trigger(event)}}
    if event.referrer:
        flow["trigger"]["referrerBlock"] = _named(event.referrer)
    if event.last_block:
        flow["lastBlock"] = _named(event.last_block)
    return flow


def _trigger(event: Event) -> str:
    if event.source == "text":
        return "TEXT_INPUT"
    return f"{TRIGGERS[event.source]}_{event.action.upper()}"


def live_contexts(kept: Sequence[Json], now: datetime) -> list[Json]:
    """Return the contexts of ``kept`` that are still active, in the shape a request carries them."""
    names = ("name", "lifespan", "ttl", "params")
    return [{n: c[n] for n in names} for c in kept if datetime.fromisoformat(c["until"]) > now]


def next_contexts(kept: Sequence[Json], reply: object, now: datetime) -> list[Json]:
    """Return the contexts to keep after a turn.

    A turn costs each context one of its lifespan; what ``reply`` sets replaces the one of that name,
    and ``lifeSpan`` 0 deletes it. ``until`` is ours, for the ``ttl`` in seconds.
    """
    aged = {c["name"]: {**c, "lifespan": c["lifespan"] - 1} for c in kept}
    for value in _context_values(reply):
        aged[value["name"]] = _context(value, now)
    return [c for c in aged.values() if c["lifespan"] > 0]


def _context(value: Mapping[str, Any], now: datetime) -> Json:
    ttl = value.get("ttl", 600)
    return {
        "name": value["name"],
        "lifespan": value["lifeSpan"],
        "ttl": ttl,
        "params": {k: {"value": v, "resolvedValue": v} for k, v in value.get("params", {}).items()},
        "until": (now + timedelta(seconds=ttl)).isoformat(),
    }


def _context_values(reply: object) -> list[Json]:
    """Return ``context.values``; only to be asked of a reply that passed the rules."""
    if not isinstance(reply, dict):
        return []
    return list((reply.get("context") or {}).get("values") or [])
