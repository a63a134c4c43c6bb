"""The approved texts: complete, within Kakao's limits, and filled in without a value too many or too long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import ACTIONS, WITHOUT_INTENT
from alerts.kinds import KINDS, Written
from alerts.templates import (
    CHAT,
    LINK,
    LONGEST_TEXT,
    LONGEST_VALUE,
    MOST_VARIABLES,
    TEMPLATES,
    UNKNOWN,
    MissingVariable,
    as_registered,
    fill,
    fitted,
)
from alerts.writing import WRITERS
from bot.links import PAGES
from bot.wording import ASK
from commands.alert_preview import written_sample
from models.alert_settings import ALERT_NAMES
from simulator.approvals import Template as Approved

CODES = sorted(TEMPLATES)
VALUES = st.text(max_size=300)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.fixture(scope="module", params=sorted(KINDS))
def sample(request: pytest.FixtureRequest) -> tuple[int, Written]:
    """Return each alert as its writer writes it for an invented person."""
    return request.param, written_sample(request.param)


def test_each_of_the_eleven_has_a_writer_and_a_template_unless_it_advertises() -> None:
    assert set(KINDS) == set(WRITERS) == set(ALERT_NAMES) == set(range(1, 12))
    for kind in KINDS.values():
        assert bool(kind.template) is not kind.advertising
    assert set(TEMPLATES) == {kind.template for kind in KINDS.values() if kind.template}


def test_a_writer_gives_exactly_what_its_template_wants(sample: tuple[int, Written]) -> None:
    number, written = sample
    code = KINDS[number].template
    if not code:
        assert written.variables == {}
        return
    assert set(written.variables) == set(TEMPLATES[code].variables)
    assert all(written.variables.values())
    assert "#{" not in fill(code, written.variables)


def test_each_card_has_its_title_a_page_and_a_button_that_leads_on(sample: tuple[int, Written]) -> None:
    number, written = sample
    card = written.card
    assert card.title == KINDS[number].title
    assert card.page in PAGES
    assert card.button not in ("", "화면에서 보기")
    for label, action, _ in card.presses:
        assert 1 <= len(label) <= 14
        assert action in {**ACTIONS, **WITHOUT_INTENT}
    if not KINDS[number].advertising:
        assert card.presses[-1][0] == ASK


def test_the_title_comes_first_and_the_way_to_stop_last() -> None:
    titles = {kind.template: kind.title for kind in KINDS.values()}
    for code, template in TEMPLATES.items():
        lines = template.text.splitlines()
        assert lines[0] == titles[code]
        assert "'알림 설정'이라고 말해 주세요." in lines[-1]


def test_a_provider_approves_what_is_registered() -> None:
    registered = as_registered()
    assert len(registered) == 9
    for each in registered:
        assert Approved.parse(each).as_json() == each
        assert [button["name"] for button in each["buttons"]] == ["자세히 보기", "챗봇에 묻기"]
        assert len(TEMPLATES[each["code"]].variables) <= MOST_VARIABLES
        assert [button["linkMo"] for button in each["buttons"]] == ["https://#{링크}", "https://#{챗봇}"]


@pytest.mark.parametrize("code", CODES)
@given(data=st.data())
def test_whatever_the_values_are_the_text_stays_within_its_limits(code: str, data: st.DataObject) -> None:
    names = TEMPLATES[code].variables
    given_values = data.draw(st.fixed_dictionaries(dict.fromkeys(names, VALUES)))
    values = fitted(code, given_values)
    text = fill(code, given_values)
    assert units(text) <= LONGEST_TEXT
    assert all(1 <= units(value) <= LONGEST_VALUE for value in values.values())
    assert len(text.splitlines()) == len(TEMPLATES[code].text.splitlines())
    approved = re.escape(TEMPLATES[code].text)
    for name in names:
        approved = approved.replace(re.escape(f"#{{{name}}}"), ".+")
    assert re.fullmatch(approved, text)


@pytest.mark.parametrize("code", CODES)
def test_the_longest_values_are_shortened_and_short_ones_are_left(code: str) -> None:
    first, *others = TEMPLATES[code].variables
    text = fill(code, {first: "짧은 말"} | dict.fromkeys(others, "가" * 500))
    assert "짧은 말" in text
    assert text.count("…") == len(others)
    assert units(text) <= LONGEST_TEXT


def test_a_provider_that_fills_in_itself_comes_to_the_same_text(sample: tuple[int, Written]) -> None:
    number, written = sample
    if code := KINDS[number].template:
        approved = Approved.parse(next(each for each in as_registered() if each["code"] == code))
        long = {name: value * 30 for name, value in written.variables.items()}
        addresses = {LINK: "https://boram.example/h/abcdefghij", CHAT: "https://pf.kakao.com/_boram/chat"}
        for values in (written.variables, long):
            assert approved.fill(fitted(code, values) | addresses)[0] == fill(code, values)


def test_what_is_missing_is_named_and_no_value_is() -> None:
    with pytest.raises(MissingVariable, match="바뀐때") as raised:
        fill("boram_profile", {"바뀐것": "비밀"})
    assert "비밀" not in str(raised.value)


def test_a_value_is_no_template_and_an_empty_one_leaves_a_sign() -> None:
    text = fill("boram_profile", {"바뀐것": "#{바뀐때}\n둘째 줄", "바뀐때": " \n "})
    assert "■ 바뀐 것: {바뀐때} 둘째 줄\n" in text
    assert f"■ 바뀐 때: {UNKNOWN}\n" in text


def test_there_is_no_template_for_advertising() -> None:
    for number in (10, 11):
        with pytest.raises(KeyError):
            fill(KINDS[number].template, {})
