from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.importing.envelope import NotAnEnvelope, OpenApiError, SomethingElse, read_envelope
from tests.models.public_api import as_json, as_xml, gateway_error

BOMB = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<response><header><resultCode>00</resultCode></header><body><items><item><progrmSj>&b;</progrmSj></item></items></body></response>"""
STEALING = b"""<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><response><header><resultCode>00</resultCode></header>
<body><items><item><progrmSj>&x;</progrmSj></item></items></body></response>"""


def test_several_rows_one_row_and_none_are_all_lists() -> None:
    for write in (as_json, as_xml):
        assert len(read_envelope(write([{"a": 1}, {"a": 2}], 1, 10, 2)).rows) == 2
        assert len(read_envelope(write([{"a": 1}], 1, 10, 1)).rows) == 1
        assert read_envelope(write([], 1, 10, 0)).rows == []


@pytest.mark.parametrize("items", ['""', "null", "{}", '{"item": ""}', '{"item": []}'])
def test_an_empty_answer_is_empty_however_it_is_written(items: str) -> None:
    data = '{"response": {"header": {"resultCode": "0"}, "body": {"items": ' + items + "}}}"
    assert read_envelope(data.encode()).rows == []


def test_no_data_is_no_error() -> None:
    data = b"<response><header><resultCode>03</resultCode></header><body/></response>"
    assert read_envelope(data).rows == []


def test_both_kinds_of_error_are_told_with_their_code_and_the_next_step() -> None:
    with pytest.raises(OpenApiError, match="내일") as daily:
        read_envelope(gateway_error("22", "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR"))
    with pytest.raises(OpenApiError, match="OPENAPI_SERVICE_KEY") as key:
        read_envelope(b"<response><header><resultCode>30</resultCode></header><body></body></response>")
    assert (daily.value.code, key.value.code) == ("22", "30")


def test_an_unknown_result_code_is_an_error_that_names_the_code() -> None:
    with pytest.raises(OpenApiError, match="B99999") as error:
        read_envelope(json.dumps({"header": {"resultCode": "B99999", "resultMsg": "?"}, "body": {}}).encode())
    assert error.value.code == "B99999"


@pytest.mark.parametrize("data", [BOMB, STEALING])
def test_an_xml_bomb_is_not_read(data: bytes) -> None:
    with pytest.raises(NotAnEnvelope, match="위험한"):
        read_envelope(data)


@pytest.mark.parametrize("data", [b"", b"<response>", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"<a><b></a>"])
def test_a_broken_answer_is_told_apart(data: bytes) -> None:
    with pytest.raises(NotAnEnvelope) as error:
        read_envelope(data)
    assert not isinstance(error.value, SomethingElse)


@pytest.mark.parametrize("data", [b"[]", b"3", b'{"a": 1}', b"<html><body>no</body></html>"])
def test_sound_data_of_something_else_is_told_apart(data: bytes) -> None:
    with pytest.raises(SomethingElse):
        read_envelope(data)


@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda t: f"<response>{t}</response>".encode())
    )
)
def test_no_bytes_break_the_reading(data: bytes) -> None:
    with suppress(NotAnEnvelope, OpenApiError):
        read_envelope(data)
