from __future__ import annotations

import copy
import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replies import Press
from bot.turn import NOTICE, Deadline, Turn
from models.clock import SEOUL
from skills.kakao import extra
from skills.kakao.payload import (
    NotJSON,
    UnreadablePayload,
    delivery_id,
    load_json,
    read_payload,
    to_turn,
)
from tests.skills.samples import FIXTURES, WORDS, payload, payload_bytes

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=SEOUL)
SKILL_CALLS = sorted(path.stem for path in (FIXTURES / "payloads").glob("skill_*.json"))
OURS = {"action": "apply_program", "data": {"session": 7, "confirm": True, "note": "1층"}, "v": 1}


def turn_of(sent: dict[str, Any]) -> Turn:
    return to_turn(read_payload(sent), NOON, Deadline.after(3))


def changed(*path: str, to: Any, name: str = "skill_fallback_utterance") -> dict[str, Any]:
    sent = payload(name)
    part = sent
    for step in path[:-1]:
        part = part.setdefault(step, {})
    part[path[-1]] = to
    return sent


def without(*path: str) -> dict[str, Any]:
    sent = payload()
    part = sent
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    return sent


@pytest.mark.parametrize("name", SKILL_CALLS)
def test_every_captured_call_becomes_a_turn(name: str) -> None:
    sent = payload(name)
    turn = turn_of(sent)
    assert turn.words == sent["userRequest"]["utterance"]
    assert turn.person.user_key == sent["userRequest"]["user"]["id"]
    assert turn.person.bot_id == sent["bot"]["id"].rstrip("!")
    assert turn.received == NOON
    assert turn.press is None


def test_there_are_captured_calls() -> None:
    assert len(SKILL_CALLS) == 14


def test_a_linked_friend_is_known_by_both_keys() -> None:
    person = turn_of(payload()).person
    assert (person.channel, person.app_user_id, person.is_friend) == ("kakao", "3141592653", True)


def test_who_is_not_said_to_be_a_friend_is_none() -> None:
    assert turn_of(payload("skill_minimal_unlinked_user")).person.is_friend is False


def test_a_call_that_tells_nothing_of_the_channel_leaves_open_who_is_a_friend() -> None:
    sent = changed("userRequest", "user", "properties", to={"botUserKey": "persona-busy"})
    assert turn_of(sent).person.is_friend is None


def test_the_second_spelling_of_a_property_stands_in_for_the_first() -> None:
    sent = changed(
        "userRequest", "user", "properties", to={"appUserId": None, "app_user_id": 31, "isFriend": "true"}
    )
    assert turn_of(sent).person.app_user_id == "31"
    assert turn_of(sent).person.is_friend is True


def test_the_development_channel_is_the_same_bot_and_remembered() -> None:
    turn = turn_of(payload("skill_bot_test_console"))
    assert turn.person.bot_id == "66aa10c2f1e2d33b44c55d66"
    assert turn.context["development_channel"] == "yes"
    assert turn.context["bot_test"] == "yes"


def test_a_turn_knows_where_it_comes_from() -> None:
    context = turn_of(payload()).context
    assert context["surface"] == "Kakaotalk.plusfriend"
    assert context["last_block"] == "웰컴 블록"
    assert context["trigger"] == "TEXT_INPUT"
    assert "bot_test" not in context


def test_a_group_chat_is_marked() -> None:
    assert read_payload(payload("skill_group_chat")).is_group
    assert turn_of(payload("skill_group_chat")).context["group"] == "9debbb67aa00112233"


def test_an_event_block_brings_what_our_event_sent_along() -> None:
    assert turn_of(payload("skill_event_block")).context["param.jobId"] == "job-7f31"


@pytest.mark.parametrize("part", ["intent", "flow", "contexts", "action"])
def test_what_a_turn_can_do_without_may_be_missing_null_or_of_another_kind(part: str) -> None:
    sent = payload()
    values: tuple[Any, ...] = (None, [], "words", 7, {})
    for value in values:
        assert turn_of(sent | {part: value}).words == "내일 3시에 예약 되나요?"
    del sent[part]
    assert turn_of(sent).words == "내일 3시에 예약 되나요?"


@pytest.mark.parametrize(
    "path", [("userRequest", "params"), ("userRequest", "user", "properties"), ("userRequest", "block")]
)
def test_parts_of_the_request_may_be_null_or_strings(path: tuple[str, ...]) -> None:
    values: tuple[Any, ...] = (None, "", "words", [], 3)
    for value in values:
        assert turn_of(changed(*path, to=value)).words == "내일 3시에 예약 되나요?"


@pytest.mark.parametrize("key", ["", "a\0b", "\ud800", "\u202e", {"a": 1}, ["x"], 3, True, None])
def test_a_notices_key_that_cannot_be_one_asks_for_nothing(key: object) -> None:
    assert turn_of(changed("userRequest", "params", to={"notice": "K" * 32})).press == Press(
        NOTICE, {"key": "K" * 32}
    )
    assert turn_of(changed("userRequest", "params", to={"notice": key})).press is None


@pytest.mark.parametrize("key", ["", "a\0b", {"a": 1}, 3, None])
def test_of_an_event_for_many_people_each_has_a_key_of_their_own(key: object) -> None:
    own = changed("userRequest", "user", "properties", "notice", to="K" * 32)
    own["userRequest"]["params"] = {"notice": "somebody else's"}
    assert turn_of(own).press == Press(NOTICE, {"key": "K" * 32})
    own["userRequest"]["user"]["properties"]["notice"] = key
    assert turn_of(own).press == Press(NOTICE, {"key": "somebody else's"})
    own["userRequest"]["params"] = {}
    assert turn_of(own).press is None


@pytest.mark.parametrize(
    "chat", [{"id": "room"}, {"id": None}, {"id": ""}, {"id": ["x"]}, {"id": "\0"}, {"type": "group"}, {}]
)
def test_a_room_without_a_readable_id_is_a_room_all_the_same(chat: object) -> None:
    assert turn_of(payload()).room == ""
    assert turn_of(changed("userRequest", "chat", to=chat)).room != ""


def test_unknown_fields_pass() -> None:
    sent = payload() | {"newPart": {"deep": [1]}}
    sent["userRequest"]["user"]["properties"]["birthday"] = [1, 2]
    assert turn_of(sent) is not None


def test_params_hold_json_inside_strings_and_it_is_read() -> None:
    sent = read_payload(payload("skill_detail_params_sys_entities"))
    assert sent.action.params["sys_date"]["date"] == "2026-01-23"
    assert sent.action.params["sys_number"] == {"amount": 2, "unit": "명"}
    assert sent.action.params["sys_location"] == "강남"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "bot"),
        ([], "the whole body"),
        (None, "the whole body"),
        ("hello", "the whole body"),
        (without("bot"), "bot"),
        (without("bot", "id"), "bot.id"),
        (without("userRequest"), "userRequest"),
        (without("userRequest", "user"), "userRequest.user"),
        (without("userRequest", "utterance"), "userRequest.utterance"),
        (changed("userRequest", "user", "id", to=""), "userRequest.user.id"),
        (changed("userRequest", "user", "id", to="x" * 200), "userRequest.user.id"),
        (changed("userRequest", "user", "id", to="a\nb"), "userRequest.user.id"),
        (changed("userRequest", "user", "id", to={"$ne": 1}), "userRequest.user.id"),
        (changed("bot", "id", to="!"), "bot.id"),
    ],
)
def test_what_is_no_payload_is_named_by_its_field(sent: Any, field: str) -> None:
    with pytest.raises(UnreadablePayload) as caught:
        read_payload(sent)
    assert field in caught.value.fields


def test_an_error_never_repeats_what_was_sent() -> None:
    with pytest.raises(UnreadablePayload) as caught:
        read_payload(changed("userRequest", "user", "id", to="홍길동 010-1234-5678"))
    assert "홍길동" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("안녕\x00하세요", "안녕하세요"),
        ("", ""),
        (None, ""),
        ("   ", ""),
        ("😀😀", "😀😀"),
        ('/check_hours{"x":1}', '/check_hours{"x":1}'),
        ("'; DROP TABLE members; --", "'; DROP TABLE members; --"),
        ("\ud83d 반쪽", "반쪽"),
        ("가" * 10_000, "가" * 1000),
        (12, "12"),
    ],
)
def test_words_arrive_clean_and_no_longer_than_kakao_lets_people_type(said: Any, heard: str) -> None:
    assert turn_of(changed("userRequest", "utterance", to=said)).words == heard


@pytest.mark.parametrize(
    "sent", [OURS, json.dumps(OURS), OURS | {"data": json.dumps(OURS["data"])}, OURS | {"v": "1"}]
)
def test_our_own_button_comes_back_as_a_press(sent: Any) -> None:
    turn = turn_of(changed("action", "clientExtra", to=sent))
    assert turn.press == Press("apply_program", {"session": 7, "confirm": True, "note": "1층"})


def test_a_button_needs_no_data() -> None:
    assert turn_of(changed("action", "clientExtra", to={"action": "greeting", "v": 1})).press == Press(
        "greeting"
    )


@pytest.mark.parametrize(
    "sent",
    [
        None,
        {},
        "not json",
        "[1]",
        {"reservationId": "rsv", "step": "confirm", "v": 1},
        OURS | {"v": 2},
        OURS | {"v": True},
        {"action": "apply_program", "data": {}},
        OURS | {"action": ""},
        OURS | {"action": ["apply_program"]},
        OURS | {"action": "Apply Program"},
        OURS | {"action": "a" * 200},
        OURS | {"action": "apply_program\n"},
        OURS | {"data": [1]},
        OURS | {"data": None},
        OURS | {"data": {"session": None}},
        OURS | {"data": {"session": 1.5}},
        OURS | {"data": {"session": {"deep": 1}}},
        OURS | {"data": {"session": [1]}},
        OURS | {"data": {"session": 10**30}},
        OURS | {"data": {"note": "가" * 501}},
        OURS | {"data": {"note": "a\x00b"}},
        OURS | {"data": {"bad key": 1}},
        OURS | {"data": {"k" * 100: 1}},
        OURS | {"data": {f"k{n}": n for n in range(21)}},
    ],
)
def test_a_foreign_or_tampered_button_is_no_press_and_its_words_count(sent: Any) -> None:
    turn = turn_of(changed("action", "clientExtra", to=sent))
    assert turn.press is None
    assert turn.words == "내일 3시에 예약 되나요?"


@given(
    st.builds(
        Press,
        st.one_of(st.sampled_from(["apply_program", "faq_signup/find_id"]), WORDS),
        st.dictionaries(WORDS, st.one_of(WORDS, st.integers(), st.booleans()), max_size=22),
    )
)
def test_what_a_button_carries_comes_back_unchanged_or_is_not_sent_at_all(press: Press) -> None:
    packed = extra.pack(press)
    if packed is not None:
        assert extra.unpack(json.loads(json.dumps(packed))) == press


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
PARTS = [
    ("bot",),
    ("bot", "id"),
    ("action",),
    ("action", "clientExtra"),
    ("action", "params"),
    ("userRequest",),
    ("userRequest", "user"),
    ("userRequest", "user", "id"),
    ("userRequest", "user", "properties"),
    ("userRequest", "utterance"),
    ("userRequest", "params"),
    ("userRequest", "chat"),
    ("userRequest", "callbackUrl"),
    ("flow",),
    ("flow", "lastBlock"),
]


@given(st.sampled_from(PARTS), JSON_VALUES)
def test_any_value_in_any_place_is_read_or_refused_by_name(path: tuple[str, ...], value: Any) -> None:
    sent = changed(*path, to=value)
    with suppress(UnreadablePayload):
        turn = turn_of(sent)
        assert len(turn.words) <= 1000
        assert all(isinstance(each, str) for each in turn.context.values())


def test_reading_changes_nothing_in_what_was_sent() -> None:
    sent = payload("skill_button_block_client_extra")
    before = copy.deepcopy(sent)
    turn_of(sent)
    assert sent == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"hello",
        b"\xff\xfe{}",
        '{"a": "안녕하세요"}'.encode("euc-kr"),
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"[" * 60_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_cannot_be_read_as_json_is_refused_and_nothing_breaks(body: bytes) -> None:
    with pytest.raises(NotJSON):
        load_json(body)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert load_json(b"\xef\xbb\xbf{}") == {}


def test_two_deliveries_of_one_body_have_one_id_and_another_body_has_another() -> None:
    body = payload_bytes("skill_fallback_utterance")
    assert delivery_id(body) == delivery_id(bytes(body))
    assert delivery_id(body).startswith("body:")
    assert delivery_id(body) != delivery_id(body + b" ")


def test_the_request_id_of_the_header_wins_unless_it_is_nonsense() -> None:
    assert delivery_id(b"{}", "req-1") == "id:req-1"
    for nonsense in ("", "x" * 500, "가", "a\nb"):
        assert delivery_id(b"{}", nonsense) == delivery_id(b"{}")
