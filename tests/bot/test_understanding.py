"""The NLU client: Rasa's traps defused, its failures told apart from its answers, its answers kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.memory import Memory
from bot.safety import Safety
from bot.slots import Slots
from bot.turn import Deadline
from bot.understanding import (
    MAX_LENGTH,
    Entity,
    Meaning,
    NLUUnavailable,
    ParsedMessage,
    RasaUnderstanding,
    presentable,
)
from tests.http_server import TestServer, http_server

ANSWER = {
    "text": "토요일 봉사",
    "intent": {"name": "find_program", "confidence": 0.91},
    "intent_ranking": [
        {"name": "find_program", "confidence": 0.91},
        {"name": "apply_program", "confidence": 0.05},
    ],
    "entities": [{"entity": "date", "start": 0, "end": 3, "value": "토요일", "extractor": "CRF"}],
    "topic": {"name": "find_program/cost", "confidence": 0.7},
}


@pytest.fixture
def server() -> Iterator[TestServer]:
    with http_server() as running:
        running.answer("/status", {"model_id": "m1", "model_file": "m.tar.gz"})
        running.answer("/model/parse", ANSWER)
        yield running


def soon() -> Deadline:
    return Deadline.after(2)


def understanding(memory: Memory, *urls: str) -> RasaUnderstanding:
    """Return the client of one slot with these servers."""
    return RasaUnderstanding(Slots({"a": urls}, "token", memory))


def test_a_parse_becomes_intent_topic_entities_and_ranking(server: TestServer, memory: Memory) -> None:
    parsed = understanding(memory, server.url).parse("토요일 봉사", soon())
    assert (parsed.intent, parsed.confidence, parsed.source) == ("find_program", 0.91, "nlu")
    assert (parsed.topic, parsed.text) == ("find_program/cost", "토요일 봉사")
    assert parsed.entities == (Entity("date", "토요일", 0, 3),)
    assert parsed.ranking == (Meaning("find_program", 0.91), Meaning("apply_program", 0.05))


def test_the_same_words_are_parsed_once_by_the_same_model(server: TestServer, memory: Memory) -> None:
    nlu = understanding(memory, server.url)
    first, second = (nlu.parse("토요일 봉사", soon()) for _ in range(2))
    assert second.source == "cache"
    assert (second.intent, second.entities, second.topic) == (first.intent, first.entities, first.topic)
    assert second.text == first.text == "토요일 봉사"
    assert len(server.asked("/model/parse")) == 1


def test_what_the_model_fears_and_finds_new_is_kept_with_the_parse(
    server: TestServer, memory: Memory
) -> None:
    told = {
        "safety": {"level": "check", "kind": "crisis", "why": "figure_of_speech"},
        "novelty": 0.25,
        "normalized": "토요일 봉사",
    }
    server.answer("/model/parse", {**ANSWER, **told})
    nlu = understanding(memory, server.url)
    for source in ("nlu", "cache"):
        parsed = nlu.parse("토욜 봉사", soon())
        assert (parsed.source, parsed.novelty, parsed.normalized) == (source, 0.25, "토요일 봉사")
        assert parsed.safety == Safety("check", "crisis", "figure_of_speech")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"safety": None, "novelty": None, "normalized": None},
        {"safety": "alarm", "novelty": "1", "normalized": {}},
    ],
)
def test_a_model_that_tells_none_of_it_is_read_all_the_same(
    server: TestServer, memory: Memory, told: dict[str, object]
) -> None:
    server.answer("/model/parse", {**ANSWER, **told})
    parsed = understanding(memory, server.url).parse("토요일 봉사", soon())
    assert (parsed.safety, parsed.novelty, parsed.normalized) == (Safety(), None, "")


def test_what_is_ruled_out_is_no_word_of_the_wish() -> None:
    text = "도서관 말고 복지관 봉사"
    found = (Entity("host", "도서관", 0, 3), Entity("host", "복지관", 7, 10))
    assert ParsedMessage("find_program", 0.9, "nlu", entities=found, text=text).words("host") == ("복지관",)


def test_another_model_parses_the_same_words_anew(server: TestServer, memory: Memory) -> None:
    understanding(memory, server.url).parse("토요일 봉사", soon())
    server.answer("/status", {"model_id": "m2", "model_file": "m.tar.gz"})
    parsed = understanding(memory, server.url).parse("토요일 봉사", soon())
    assert parsed.source == "nlu"


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (200, b"not json"), (200, b"[]"), (200, b'{"intent": {}}'), (401, b"{}")],
)
def test_whatever_is_wrong_with_the_server_is_one_error(
    server: TestServer, memory: Memory, status: int, body: bytes
) -> None:
    server.answer("/model/parse", body, status=status)
    with pytest.raises(NLUUnavailable):
        understanding(memory, server.url).parse("안녕", soon())


def test_a_slow_server_costs_no_more_than_the_deadline(server: TestServer, memory: Memory) -> None:
    server.answer("/model/parse", ANSWER, seconds=1.0)
    deadline = Deadline.after(0.2)
    with pytest.raises(NLUUnavailable):
        understanding(memory, server.url).parse("안녕", deadline)


def test_the_next_server_answers_when_the_first_is_gone(server: TestServer, memory: Memory) -> None:
    nlu = understanding(memory, "http://127.0.0.1:9", server.url)
    assert nlu.parse("안녕", soon()).intent == "find_program"


def test_a_server_that_keeps_failing_is_left_alone_for_a_moment(server: TestServer, memory: Memory) -> None:
    server.answer("/model/parse", b"{}", status=500)
    nlu = understanding(memory, server.url)
    for n in range(6):
        with pytest.raises(NLUUnavailable):
            nlu.parse(f"안녕 {n}", soon())
    assert len(server.asked("/model/parse")) == 3


def test_without_redis_every_parse_is_asked_for(server: TestServer) -> None:
    nlu = understanding(Memory("redis://127.0.0.1:9"), server.url)
    assert [nlu.parse("안녕", soon()).source for _ in range(2)] == ["nlu", "nlu"]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ('/check_hours{"x":1}', '／check_hours{"x":1}'),
        ("  /restart", "／restart"),
        ("10/3 봉사", "10/3 봉사"),
        ("안녕\x00\x07하세요", "안녕  하세요"),
        ("", ""),
        (" \x00\n ", ""),
    ],
)
def test_text_is_sent_so_that_nothing_in_it_is_a_command(text: str, sent: str) -> None:
    assert presentable(text) == sent


@given(st.text())
def test_presentable_text_is_never_a_command_nor_only_blanks(text: str) -> None:
    shown = presentable(text)
    assert not shown.strip().startswith("/")
    assert shown == shown.strip()
    assert len(shown) <= MAX_LENGTH


@pytest.mark.parametrize("text", ["", " ", "\x00\x01"])
def test_nothing_is_not_asked_about(server: TestServer, memory: Memory, text: str) -> None:
    parsed = understanding(memory, server.url).parse(text, soon())
    assert (parsed.intent, parsed.source) == ("clarify_needed", "blank")
    assert server.requests == []


def test_ready_is_asked_of_the_server_and_never_of_the_cache(server: TestServer, memory: Memory) -> None:
    nlu = understanding(memory, server.url)
    nlu.parse("안녕", soon())
    assert nlu.ready()
    server.answer("/model/parse", b"{}", status=500)
    assert not nlu.ready()
