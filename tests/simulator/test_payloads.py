from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulator.payloads import (
    FALLBACK,
    Block,
    Event,
    Person,
    block_of,
    build,
    build_pushed,
    live_contexts,
    next_contexts,
    plusfriend_key,
)
from tests.simulator.skill_server import fixture

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Seoul"))
LINKED = Person("persona-busy", is_friend=True, app_user_id="3141592653")
CARD_BLOCK = Block("66aa23d3a1b2c34d45e56f7b", "예약 조회")
FREE = ("clientExtra", "params", "detailParams")
"""Objects whose keys are not Kakao's but the bot's."""


def shape(value: Any) -> Any:
    """Return ``value`` with every leaf replaced by its type, so that two payloads can be compared."""
    if not isinstance(value, dict):
        return [shape(v) for v in value] if isinstance(value, list) else type(value).__name__
    return {k: type(v).__name__ if k in FREE else shape(v) for k, v in value.items()}


def sample(name: str) -> Any:
    return fixture(name, "payloads")


def payload(event: Event, *args: Any, **kwargs: Any) -> dict[str, Any]:
    return build(event, LINKED, block_of(event), *args, **kwargs)


def test_typed_words_look_like_the_fallback_sample() -> None:
    sent = payload(Event("내일 3시에 예약 되나요?", last_block=Block("b", "웰컴 블록")))
    assert shape(sent) == shape(sample("skill_fallback_utterance"))
    assert sent["action"]["clientExtra"] == {}
    assert sent["flow"]["trigger"]["type"] == "TEXT_INPUT"


def test_a_card_button_that_runs_a_block_looks_like_its_sample() -> None:
    extra = {"action": "cancel_application", "id": 7}
    event = Event(
        "예약 취소하기", "card_button", "block", "66aa22d3a1b2c34d45e56f7a", extra, CARD_BLOCK, CARD_BLOCK
    )
    sent, seen = payload(event), sample("skill_button_block_client_extra")
    assert shape(sent) == shape(seen)
    assert sent["action"]["clientExtra"] == extra
    assert sent["userRequest"]["block"]["id"] == sent["intent"]["id"] == "66aa22d3a1b2c34d45e56f7a"
    assert sent["flow"]["trigger"] == seen["flow"]["trigger"]


def test_a_quick_reply_that_says_something_looks_like_its_sample() -> None:
    event = Event("다음 주", "quick_reply", "message", "", {"range": "next_week"}, CARD_BLOCK, CARD_BLOCK)
    sent = payload(event)
    assert shape(sent) == shape(sample("skill_quickreply_message_client_extra"))
    assert sent["flow"]["trigger"]["type"] == "QUICKREPLY_BUTTON_MESSAGE"
    assert sent["userRequest"]["block"]["id"] == FALLBACK.id


def test_a_list_item_names_itself_as_the_trigger() -> None:
    event = Event("1월 23일", "list_item", "block", "b", {"id": 1})
    assert payload(event)["flow"]["trigger"]["type"] == "LIST_ITEM_BLOCK"


def test_the_bot_test_console_sends_less_and_marks_itself() -> None:
    sent, seen = payload(Event("안녕"), "bot_test"), sample("skill_bot_test_console")
    assert shape(sent) == shape(seen)
    assert sent["userRequest"]["params"] == seen["userRequest"]["params"]
    assert sent["bot"]["id"].endswith("!")


def test_the_leanest_request_looks_like_the_minimal_sample() -> None:
    sent = payload(Event("예 내일"), "minimal")
    assert shape(sent) == shape(sample("skill_minimal_unlinked_user"))
    assert sent["action"]["clientExtra"] is None


def test_a_callback_address_appears_only_when_there_is_one() -> None:
    sent = payload(Event("요약해줘"), callback_url="http://127.0.0.1:8900/callback/abc")
    seen = sample("skill_callback_request")
    assert shape(sent["userRequest"]) == shape(seen["userRequest"])
    assert "callbackUrl" not in payload(Event("요약해줘"))["userRequest"]


def test_a_button_without_extra_carries_null_as_kakao_does() -> None:
    assert payload(Event("예", "card_button"))["action"]["clientExtra"] is None


def test_one_who_is_no_friend_and_not_connected_lacks_those_fields() -> None:
    event = Event("안녕")
    sent = build(event, Person("persona-new", is_friend=False), block_of(event))
    properties = sent["userRequest"]["user"]["properties"]
    assert set(properties) == {"botUserKey", "bot_user_key", "plusfriendUserKey", "plusfriend_user_key"}


def test_the_channels_own_key_is_stable_and_differs_by_person() -> None:
    assert plusfriend_key("a") == plusfriend_key("a") != plusfriend_key("b")


def test_a_pushed_event_looks_like_its_sample() -> None:
    person = Person("persona-busy", is_friend=True)
    properties = {"reservationId": "rsv-20260118-0007", "isFriend": "no"}
    sent = build_pushed("reservation_reminder", person, {"jobId": "j", "surface": "fake"}, properties)
    seen = sample("skill_event_block")
    for names in (sent["userRequest"]["user"]["properties"], seen["userRequest"]["user"]["properties"]):
        names.pop("bot_user_key", None)
        names.pop("plusfriend_user_key", None)
    assert shape(sent) == shape(seen)
    assert sent["userRequest"]["utterance"] == seen["userRequest"]["utterance"]
    assert sent["userRequest"]["params"] == {"surface": "Kakaotalk.plusfriend", "jobId": "j"}
    assert sent["action"]["clientExtra"] == {}


def test_our_own_block_is_known_by_name() -> None:
    event = Event("확인서", "card_button", "block", "our-block", {})
    assert block_of(event, "our-block").name != block_of(event, "another").name


def test_a_context_comes_back_in_kakaos_inbound_shape_and_ages() -> None:
    kept = next_contexts([], fixture("context_control"), NOW)
    sent = payload(Event("네"), contexts=live_contexts(kept, NOW))
    assert shape(sent["contexts"]) == shape(sample("skill_with_contexts")["contexts"])
    assert sent["contexts"][0]["params"]["slot"]["value"] == "2026-01-23T15:00"
    assert [c["lifespan"] for c in kept] == [3]
    assert [c["lifespan"] for c in next_contexts(kept, None, NOW)] == [2]


def test_a_context_ends_with_its_lifespan_its_time_or_a_zero() -> None:
    kept = next_contexts([], fixture("context_control"), NOW)
    forgotten = {"context": {"values": [{"name": "booking", "lifeSpan": 0}]}}
    assert next_contexts(kept, forgotten, NOW) == []
    assert live_contexts(kept, NOW + timedelta(seconds=601)) == []
    assert next_contexts([kept[0] | {"lifespan": 1}], None, NOW) == []
