from __future__ import annotations

import threading
import time

import requests

from simulator.ledger import Ledger
from tests.simulator.providers import NhnAlimtalk, NhnSms, Solapi, card, faults, ledger, person, register
from tests.simulator.push import order, user
from tests.simulator.skill_server import SkillServer


def test_every_provider_is_counted_by_its_key(simulator: str, skill: SkillServer) -> None:
    register(simulator)
    NhnAlimtalk(simulator).send(person(key="a"), person("01099998888", key="b"))
    NhnSms(simulator).send(key="a")
    NhnSms(simulator).send()
    Solapi(simulator).send(card(key="c") | {"customFields": {"alert": "c"}})
    body = {"event": {"name": "simple_text"}, "user": [user("persona-new"), user("persona-busy", notice="d")]}
    order(simulator, body | {"params": {"notice": "e"}})
    assert ledger(simulator, "nhn_alimtalk")["keys"] == {"a": 1, "b": 1}
    texts = ledger(simulator, "nhn_sms")
    assert (texts["taken"], texts["unkeyed"], texts["distinct"], texts["keys"]) == (2, 1, 1, {"a": 1})
    assert ledger(simulator, "solapi")["keys"] == {"c": 1}
    assert ledger(simulator, "kakao_event")["keys"] == {"d": 1, "e": 1}


def test_what_came_twice_stands_out_and_can_be_forgotten(simulator: str) -> None:
    sms = NhnSms(simulator)
    for key in ("a", "b", "a"):
        sms.send(key=key)
    everybody = requests.get(f"{simulator}/api/ledger", timeout=5).json()
    assert everybody["nhn_sms"]["double"] == {"a": 2}
    assert "keys" not in everybody["nhn_sms"]
    assert requests.delete(f"{simulator}/api/ledger", timeout=5).status_code == 204
    assert ledger(simulator, "nhn_sms")["taken"] == 0
    assert requests.get(f"{simulator}/api/ledger?provider=nobody", timeout=5).status_code == 404


def test_orders_of_a_hundred_people_are_counted_to_the_last_one(simulator: str) -> None:
    faults(simulator, kakao_event={"mode": "sink"})
    began = time.monotonic()
    threads = [threading.Thread(target=_orders, args=(simulator, part)) for part in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = ledger(simulator, "kakao_event")
    assert (told["taken"], told["distinct"], told["double"]) == (20_000, 20_000, {})
    assert time.monotonic() - began < 60


def _orders(simulator: str, part: int) -> None:
    for batch in range(100):
        people = [user(f"u{n}", notice=f"key-{part}-{batch}-{n}") for n in range(100)]
        order(simulator, {"event": {"name": "simple_text"}, "user": people})


def test_counting_two_hundred_thousand_keys_takes_no_time() -> None:
    counted = Ledger()
    began = time.monotonic()
    for batch in range(2000):
        counted.took("kakao_event", [f"key-{batch * 100 + n}" for n in range(100)])
    told = counted.told("kakao_event", keys=True)
    assert (told["taken"], len(told["keys"])) == (200_000, 200_000)
    assert time.monotonic() - began < 5
