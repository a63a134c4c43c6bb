"""Each alert looked at with invented values: valid for every channel, and a picture one can see something on."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from PIL import Image

from alerts.bubble import draw_bubble
from alerts.kinds import KINDS
from alerts.samples import SAMPLE_NOW
from bot.replies import Button, Card, Fact, Link, ListCard, ListItem, Reply, Say, Text
from commands.alert_preview import preview_json, preview_png
from simulator.rules import check
from skills.kakao.render import render


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_alert_is_shown_as_every_channel_gets_it(kind: int) -> None:
    shown = preview_json(kind)
    assert json.loads(json.dumps(shown, ensure_ascii=False)) == shown
    assert check(shown["kakao"]) == []
    assert KINDS[kind].title in json.dumps(shown["kakao"], ensure_ascii=False)
    assert (shown["alimtalk"] is None) is KINDS[kind].advertising
    if shown["alimtalk"]:
        assert shown["alimtalk"]["text"].startswith(KINDS[kind].title)
        assert shown["alimtalk"]["characters"] == len(shown["alimtalk"]["text"]) <= 1000
    sms = shown["sms"]
    assert sms["bytes"] == len(sms["text"].encode("euc_kr"))
    assert sms["type"] == ("SMS" if sms["bytes"] <= 90 else "LMS")
    assert KINDS[kind].advertising or sms["type"] == "SMS"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_alert_is_drawn(kind: int) -> None:
    image = Image.open(BytesIO(preview_png(kind)))
    assert image.format == "PNG"
    assert image.width == 720
    grey = image.convert("L").histogram()
    paper, room, words = grey[255], grey[0xBC], sum(grey[:0x60])
    assert paper > 20_000
    assert room > 20_000
    assert words > 2_000


def test_more_words_make_a_taller_picture_and_nothing_runs_out_of_the_card() -> None:
    few, many = (
        Image.open(BytesIO(draw_bubble(render(Reply((Card("제목", words),))), SAMPLE_NOW)))
        for words in ("한 줄", "긴말" * 90)
    )
    assert many.height > few.height
    right_of_the_card = many.convert("RGB").crop((610, 0, 720, many.height - 80)).getcolors()
    assert right_of_the_card == [(110 * (many.height - 80), (0xAB, 0xC1, 0xD1))]


def test_every_kind_of_bubble_of_a_notice_can_be_drawn() -> None:
    buttons = (Button("네", Say("네")), Button("보기", Link("https://boram.example/x")))
    blocks = (
        Text("안녕하세요 🎉"),
        Card("제목", "말", (Fact("일시", "내일"),), buttons=buttons),
        ListCard("목록", (ListItem("하나", "첫째"), ListItem("둘"))),
    )
    assert draw_bubble(render(Reply(blocks)), SAMPLE_NOW).startswith(b"\x89PNG")


def test_there_is_nothing_to_see_of_a_kind_that_is_none() -> None:
    for kind in (0, 12):
        with pytest.raises(KeyError):
            preview_json(kind)
        with pytest.raises(KeyError):
            preview_png(kind)
