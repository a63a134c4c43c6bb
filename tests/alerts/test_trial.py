from __future__ import annotations

import pytest

from alerts.channels.trial import Trial

ALLOWED = frozenset({"dovol-7", "010-2345-6789", " bot-user-key ", ""})


def test_live_stops_nobody() -> None:
    assert Trial().stops("dovol-1", "01011112222") is None


def test_a_dry_run_stops_everybody_even_those_on_the_list() -> None:
    assert Trial("dry_run", ALLOWED).stops("dovol-7", "01023456789")


@pytest.mark.parametrize(
    ("member", "to"),
    [("dovol-7", "01011112222"), ("dovol-1", "+82 10 2345 6789"), ("dovol-1", "bot-user-key")],
)
def test_an_allow_list_lets_a_person_through_by_id_by_number_or_by_key(member: str, to: str) -> None:
    assert Trial("allow_list", ALLOWED).stops(member, to) is None


@pytest.mark.parametrize(("member", "to"), [("dovol-1", "01011112222"), ("", ""), ("dovol-77", "")])
def test_an_allow_list_stops_everybody_else_and_says_why(member: str, to: str) -> None:
    reason = Trial("allow_list", ALLOWED).stops(member, to)
    assert reason
    assert "01011112222" not in reason


def test_an_empty_list_stops_everybody() -> None:
    assert Trial("allow_list").stops("dovol-7", "01023456789")
