"""What staff wrote is what goes out: texts in force, templates once approved, kinds that are off, sends that rest."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from alerts.decisions import KIND_OFF, REST
from alerts.kinds import KINDS
from alerts.samples import SAMPLE_NOW
from alerts.staff_sends import start_due
from alerts.templates import TEMPLATES
from alerts.texts import BUILT_IN, SLOTS, code_for, load_texts, trouble, values_of
from alerts.words import TEXTS, VARIABLE, filled
from commands.alert_preview import preview_json
from models.alert_texts import (
    Slot,
    TextChannel,
    approve_text,
    history_of,
    restore_text,
    switch_kind,
    text_version,
    write_text,
)
from models.applications import ApplicationState
from models.outbox import AlertState
from models.rules import load_rules
from models.staff import Staff, StaffRefused, StaffRole, create_staff
from models.staff_sends import People, SendReason, SendState, StaffSend, compose, go_on, pause, schedule
from tests.alerts.office import Office, owe
from tests.world import make_application, make_member, make_session

SCENES = sorted({(slot.kind, slot.scene) for slot in TEXTS})
SMS = Slot(4, "approved", TextChannel.SMS)
ALIMTALK = Slot(4, "", TextChannel.ALIMTALK)


def colleague(db: Session) -> Staff:
    return create_staff(db, "kim@kywa.example", "김담당", StaffRole.OPERATOR, SAMPLE_NOW)


@pytest.mark.parametrize("slot", SLOTS, ids=str)
def test_the_words_of_the_service_keep_the_rules_that_staff_must_keep(slot: Slot) -> None:
    text = BUILT_IN.of(slot)
    assert trouble(slot, text) == ""
    assert set(VARIABLE.findall(text)) <= set(values_of(slot))


@pytest.mark.parametrize(("kind", "scene"), SCENES)
def test_every_scene_can_be_looked_at_and_says_what_its_texts_say(kind: int, scene: str) -> None:
    marked = BUILT_IN
    for slot in (each for each in TEXTS if (each.kind, each.scene) == (kind, scene)):
        marked = marked.but(slot, f"표시{slot.channel} " + BUILT_IN.of(slot)[:20].partition("#{")[0])
    shown = preview_json(kind, scene, marked)
    assert ("표시card" in str(shown["kakao"])) is (Slot(kind, scene, TextChannel.CARD) in TEXTS)
    assert "표시sms" in shown["sms"]["text"]


def test_what_is_empty_leaves_no_gap() -> None:
    assert filled("#{날} 봐요 #{말} 그럼", {"날": "내일", "말": ""}) == "내일 봐요 그럼"
    assert filled("#{말}\n#{날}", {"날": "#{말}", "말": "하나"}) == "하나\n#{말}"


def test_codes_of_new_versions_are_short_and_differ() -> None:
    codes = [
        code_for(Slot(number, "", TextChannel.ALIMTALK), 12)
        for number, kind in KINDS.items()
        if kind.template
    ]
    assert len(set(codes)) == len(TEMPLATES)
    assert max(map(len, codes)) <= 20


def test_texts_in_force_go_out_from_the_next_batch_on(office: Office) -> None:
    with office.database.session() as db:
        owe(db, make_member(db, phone="010-0000-0001"), office.clock.now())
        by, now = colleague(db), office.clock.now()
        text = f"{KINDS[4].title}\n\n#{{상태}}: #{{활동}}"
        row = write_text(db, ALIMTALK, text, was=0, by=by, reason="짧게", now=now, code="boram_v1")
        db.commit()
        office.delivery.drain()
        assert office.alimtalk.taken[0].template == "boram_application"  # the new one is not approved yet
        approve_text(db, row, "boram_new", by, now)
        owe(db, make_member(db, phone="010-0000-0002"), now)
        db.commit()
    office.delivery.drain()
    sent = office.alimtalk.taken[1]
    assert (sent.template, sent.text) == ("boram_new", f"{KINDS[4].title}\n\n승인됨: 하천 쓰레기 줍기")
    assert set(sent.variables) == {"상태", "활동", "링크", "챗봇"}


def test_words_of_a_text_message_go_out_as_they_were_written(office: Office) -> None:
    with office.database.session() as db:
        member = make_member(db)
        owe(db, member, office.clock.now())
        by, now = colleague(db), office.clock.now()
        write_text(db, SMS, "#{날짜} 봉사 확정!", was=0, by=by, reason="짧게", now=now)
        db.commit()
    worker = office.worker({"sms": [office.sms]})
    worker.drain()
    assert office.sms.taken[0].text.startswith("[두볼] 12/5 봉사 확정! https://")


def test_a_text_that_fits_no_longer_is_left_out_and_the_services_own_goes(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    with office.database.session() as db:
        by, now = colleague(db), office.clock.now()
        write_text(db, SMS, "#{없는값} 봉사", was=0, by=by, reason="시험", now=now)
        write_text(db, Slot(4, "gone", TextChannel.SMS), "옛날", was=0, by=by, reason="시험", now=now)
        db.commit()
        with caplog.at_level(logging.WARNING):
            assert load_texts(db).of(SMS) == TEXTS[SMS].words
    assert caplog.text.count("fits no longer") == 2


def test_versions_count_up_one_is_in_force_and_the_slower_writer_is_refused(office: Office) -> None:
    with office.database.session() as db:
        by, now = colleague(db), office.clock.now()
        for was, words in enumerate(("하나", "둘")):
            write_text(db, SMS, words, was=was, by=by, reason="시험", now=now)
        db.commit()
        with office.database.session() as other, pytest.raises(StaffRefused):
            write_text(other, SMS, "셋", was=1, by=by, reason="시험", now=now)
        restore_text(db, SMS, 1, was=2, by=by, reason="시험", now=now)
        assert [(row.version, row.text, row.in_use) for row in history_of(db, SMS)] == [
            (3, "하나", True),
            (2, "둘", False),
            (1, "하나", False),
        ]
        with pytest.raises(StaffRefused):
            restore_text(db, SMS, 9, was=3, by=by, reason="시험", now=now)


def test_what_the_provider_has_not_approved_cannot_be_restored(office: Office) -> None:
    with office.database.session() as db:
        by, now = colleague(db), office.clock.now()
        write_text(db, ALIMTALK, "하나", was=0, by=by, reason="시험", now=now, code="one")
        with pytest.raises(StaffRefused):
            restore_text(db, ALIMTALK, 1, was=1, by=by, reason="시험", now=now)
        waiting = text_version(db, ALIMTALK, 1)
        assert waiting is not None
        approve_text(db, waiting, "one", by, now)
        restore_text(db, ALIMTALK, 0, was=1, by=by, reason="시험", now=now)
        assert load_texts(db).templates["boram_application"] == TEMPLATES["boram_application"]
        restored = restore_text(db, ALIMTALK, 1, was=2, by=by, reason="시험", now=now)
        assert (restored.code, restored.in_use) == ("one", True)


# --- what does not go


def test_a_kind_that_is_off_goes_to_nobody_but_staff_still_reach_people(office: Office) -> None:
    with office.database.session() as db:
        by, now = colleague(db), office.clock.now()
        owe(db, make_member(db), now)
        switch_kind(db, 4, on=False, by=by, now=now)
        number = _send_to_applicants(db, office).id
        db.commit()
    office.delivery.drain()
    alerts = {alert.send_id: alert for alert in office.alerts()}
    assert (alerts[None].state, alerts[None].reason) == (AlertState.SUPPRESSED, KIND_OFF)
    assert alerts[number].state is AlertState.SENDING


def test_a_send_that_rests_hands_nothing_over_and_goes_on_within_a_minute(office: Office) -> None:
    with office.database.session() as db:
        send = _send_to_applicants(db, office)
        pause(db, send)
        db.commit()
        office.delivery.drain()
        assert office.alimtalk.taken == []
        assert office.alert().due_at == office.clock.now() + REST
        go_on(db, send)
        assert send.state is SendState.SENDING
        db.commit()
    office.pass_time(seconds=REST.total_seconds())
    office.delivery.drain()
    assert len(office.alimtalk.taken) == 1


def _send_to_applicants(db: Session, office: Office) -> StaffSend:
    """Write a message of staff to one applicant, with its row in the outbox."""
    session, now = make_session(db), office.clock.now()
    make_application(db, make_member(db), session, ApplicationState.APPROVED)
    send = compose(db, People(session.id), reason=SendReason.NOTICE, text="소식", by="x", now=now)
    schedule(db, send, None, now)
    start_due(db, load_rules(db), now)
    return send


def test_of_two_who_write_at_the_same_moment_one_is_kept_and_one_is_told(office: Office) -> None:
    with office.database.session() as db:
        by = colleague(db)
        db.commit()
        number = by.id
    at_once = threading.Barrier(2)

    def write(words: str) -> str:
        with office.database.session() as db:
            me, now = db.get_one(Staff, number), office.clock.now()
            at_once.wait(20)
            try:
                write_text(db, SMS, words, was=0, by=me, reason="시험", now=now)
                db.commit()
            except StaffRefused as refused:
                return refused.words
        return ""

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(write, ("하나", "둘")))
    assert sorted(map(bool, told)) == [False, True]
    assert "그사이 다른 사람이" in "".join(told)
    with office.database.session() as db:
        assert [row.version for row in history_of(db, SMS)] == [1]
