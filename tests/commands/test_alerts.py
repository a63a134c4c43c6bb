"""``flask alerts`` as staff run it, on a small application around a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import commands
from alerts.staff_sends import start_due
from bot.settings import Settings
from commands.alerts import ASKED_FROM
from models.alert_texts import Slot, TextChannel, write_text
from models.clock import SetClock
from models.database import Database
from models.members import Member
from models.outbox import Alert, AlertState, AttemptState
from models.programs import ProgramSession
from models.rule_settings import change_rule
from models.rules import load_rules
from models.staff import StaffRole, create_staff
from models.staff_sends import SendState, StaffSend
from tests.outbox_rows import make_alert, make_attempt
from tests.world import make_application, make_member, make_session


class CountingSweeper:
    """Takes three messages with each sweep."""

    def __init__(self) -> None:
        self.sweeps = 0

    def sweep(self) -> int:
        self.sweeps += 1
        return 3


@pytest.fixture
def sweeper() -> CountingSweeper:
    return CountingSweeper()


@pytest.fixture
def app(database_address: str, tmp_path: Path, clock: SetClock, sweeper: CountingSweeper) -> Iterator[Flask]:
    application = Flask(__name__)
    settings = Settings(
        app_env="test",
        instance_dir=tmp_path,
        skill_key="k" * 20,
        nlu_token="n" * 20,
        data_key="d" * 20,
        signing_key="s" * 20,
    )
    database = Database(database_address)
    application.extensions.update(database=database, clock=clock, settings=settings, sweeper=lambda: sweeper)
    commands.register(application)
    yield application
    database.close()


@pytest.fixture
def db(app: Flask) -> Iterator[Session]:
    with app.extensions["database"].session() as session:
        yield session


@pytest.fixture
def member(db: Session) -> Member:
    member = make_member(db)
    db.commit()
    return member


def run(app: Flask, *words: str, answer: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=["alerts", *words], input=answer, env={"COLUMNS": "200"})


def alerts_in(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Alert)) or 0


# --- status, sweep


def test_status_is_drawn_once_for_people(app: Flask, db: Session, member: Member, now: datetime) -> None:
    alert = make_alert(db, member)
    make_alert(db, member, AlertState.CREATED, at=now - timedelta(seconds=90))
    make_attempt(db, alert, "kakao", AttemptState.DELIVERED, at=now, handed_at=now, cost=15)
    db.commit()
    result = run(app, "status", "--once")
    assert result.exit_code == 0
    for words in (
        "1 / 2건 끝남",
        "도착",
        "test_kakao",
        "지금 보낼 것 1건, 가장 오래 기다린 것은 90초",
        "15원",
    ):
        assert words in result.output


def test_status_is_json_for_scripts(app: Flask, db: Session, member: Member) -> None:
    make_alert(db, member)
    db.commit()
    told = json.loads(run(app, "status", "--json").stdout)
    assert told["states"]["delivered"] == 1
    assert (told["owed"], told["done"], told["due"], told["timed"], told["won_this_month"]) == (1, 1, 0, 0, 0)


def test_a_sweep_says_how_much_it_did(app: Flask, sweeper: CountingSweeper) -> None:
    result = run(app, "sweep")
    assert (result.exit_code, result.output) == (0, "3건을 처리했어요.\n")
    assert sweeper.sweeps == 1


# --- redrive


def test_dead_letters_are_shown_by_reason_and_sent_anew(app: Flask, db: Session, member: Member) -> None:
    for reason in ("3019", "3019", "3008"):
        make_alert(db, member, AlertState.PERMANENT_FAILURE, reason=reason)
    make_alert(db, member)
    db.commit()
    looked = run(app, "redrive", "--dry-run")
    assert "4 봉사 신청 결과" in looked.output
    assert "모두 3건이에요. 보내지는 않았어요." in looked.output
    assert alerts_in(db) == 4
    done = run(app, "redrive", "--reason", "3019")
    assert (done.exit_code, alerts_in(db)) == (0, 6)
    assert "2건을 다시 보내요" in done.output
    assert "1건을 다시 보내요" in run(app, "redrive").output
    assert "다시 보낼 알림이 없어요" in run(app, "redrive").output


def test_many_are_sent_anew_only_after_a_question(app: Flask, db: Session, member: Member) -> None:
    for _ in range(ASKED_FROM + 1):
        make_alert(db, member, AlertState.TEMPORARY_FAILURE)
    db.commit()
    refused = run(app, "redrive", answer="n\n")
    assert (refused.exit_code, alerts_in(db)) == (1, ASKED_FROM + 1)
    assert "101건을 다시 보낼까요?" in refused.output
    assert run(app, "redrive", "--yes").exit_code == 0
    assert alerts_in(db) == 2 * (ASKED_FROM + 1)


def test_one_that_cannot_be_sent_anew_is_refused_with_the_reason(
    app: Flask, db: Session, member: Member
) -> None:
    arrived, failed = make_alert(db, member), make_alert(db, member, AlertState.PERMANENT_FAILURE)
    db.commit()
    for number, words in (
        (arrived.id, "실패한 알림이 아니에요(지금: 도착)"),
        (failed.id + 99, "없어요. flask alerts timeline"),
    ):
        result = run(app, "redrive", "--alert", str(number))
        assert result.exit_code == 1
        assert words in result.output
    assert run(app, "redrive", "--alert", str(failed.id)).exit_code == 0
    assert "이미 다시 보냈어요" in run(app, "redrive", "--alert", str(failed.id)).output


# --- preview, timeline


def test_a_preview_is_json_a_picture_and_texts_with_their_lengths(app: Flask, tmp_path: Path) -> None:
    picture = tmp_path / "bubble.png"
    result = run(app, "preview", "4", "--png", str(picture))
    assert result.exit_code == 0
    shown = json.loads(result.stdout)
    assert f"알림톡 {len(shown['alimtalk']['text'])}자" in result.stderr
    assert f"{shown['sms']['bytes']}바이트" in result.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_an_alert_for_which_there_is_no_template_has_a_preview_too(app: Flask) -> None:
    result = run(app, "preview", "10")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["alimtalk"] is None


def test_a_picture_that_cannot_be_written_and_a_kind_that_is_none_are_errors(
    app: Flask, tmp_path: Path
) -> None:
    nowhere = run(app, "preview", "4", "--png", str(tmp_path / "no" / "bubble.png"))
    assert nowhere.exit_code == 1
    assert "다른 곳을 적어 주세요" in nowhere.output
    assert run(app, "preview", "12").exit_code == 2


def test_the_timeline_of_one_and_of_a_person(app: Flask, db: Session, member: Member, now: datetime) -> None:
    alert = make_alert(db, member, tapped_at=now)
    make_attempt(db, alert, "sms", AttemptState.DELIVERED, at=now, handed_at=now, ended_at=now, code="0000")
    newer = make_alert(db, member, kind=6)
    db.commit()
    one = run(app, "timeline", str(alert.id))
    for words in (
        f"알림 {alert.id}번 · 4 봉사 신청 결과",
        "tried",
        "0000",
        "받은 사람이 눌러 봄",
        "끝: 도착",
    ):
        assert words in one.output
    everything = run(app, "timeline", "--member", member.dovol_id, "--limit", "1")
    assert f"알림 {newer.id}번" in everything.output
    assert f"--before {newer.id}" in everything.output
    rest = run(app, "timeline", "--member", member.dovol_id, "--before", str(newer.id))
    assert f"알림 {alert.id}번" in rest.output
    assert member.name not in everything.output


def test_a_timeline_of_nobody_and_of_nothing_names_the_next_step(app: Flask, member: Member) -> None:
    assert run(app, "timeline").exit_code == 2
    assert run(app, "timeline", "1", "--member", "x").exit_code == 2
    missing = run(app, "timeline", "4711")
    assert missing.exit_code == 1
    assert "--member <두볼 아이디>" in missing.output
    nobody = run(app, "timeline", "--member", "nobody")
    assert nobody.exit_code == 1
    assert "회원이 없어요" in nobody.output
    assert "알림이 없어요" in run(app, "timeline", "--member", member.dovol_id).output


# --- messages of staff


@pytest.fixture
def session(db: Session, member: Member) -> ProgramSession:
    session = make_session(db)
    make_application(db, member, session)
    make_application(db, make_member(db), session)
    db.commit()
    return session


def compose(app: Flask, session: ProgramSession) -> str:
    options = (
        "--session",
        str(session.id),
        "--reason",
        "called_off",
        "--text",
        "비가 와서 쉬어요",
        "--by",
        "김담당",
    )
    result = run(app, "send", "compose", *options)
    assert result.exit_code == 0, result.output
    return result.output.split("번")[0]


def the_send(db: Session) -> StaffSend:
    db.expire_all()
    return db.scalars(select(StaffSend)).one()


def test_a_message_goes_from_draft_to_the_outbox(
    app: Flask, db: Session, session: ProgramSession, now: datetime
) -> None:
    number = compose(app, session)
    shown = run(app, "send", "preview", number)
    for words in (
        "홍*동 님이 받을 카드",
        "활동이 취소됐어요. 비가 와서 쉬어요",
        "받을 사람 2명",
        "알림톡 먼저: 2명",
        "16원",
    ):
        assert words in shown.output
    assert "홍길동" not in shown.output
    said_no = run(app, "send", "schedule", number, answer="n\n")
    assert (said_no.exit_code, the_send(db).state) == (1, SendState.DRAFT)
    done = run(app, "send", "schedule", number, answer="y\n")
    assert done.exit_code == 0
    assert "2명에게 곧 보내기 시작해요." in done.output
    assert the_send(db).state is SendState.SCHEDULED
    start_due(db, load_rules(db), now)
    told = run(app, "send", "progress", number)
    for words in ("보내는 중", "0/2", "보낼 차례를 기다림: 2건"):
        assert words in told.output
    listed = run(app, "send", "list").output
    for words in ("보내는 중", "하천 쓰레기 줍기", "김담당"):
        assert words in listed


def test_a_message_can_be_scheduled_for_later_and_taken_back(
    app: Flask, db: Session, session: ProgramSession
) -> None:
    number = compose(app, session)
    later = run(app, "send", "schedule", number, "--at", "2026-11-23 22:30", "--yes")
    assert "11월 23일(월) 오후 10시 30분에 보내기로 했어요" in later.output
    assert "2명은 그 시간이 끝나면 받아요" in later.output
    back = run(app, "send", "cancel", number, "--by", "김담당")
    assert (back.exit_code, the_send(db).state) == (0, SendState.CANCELLED)
    again = run(app, "send", "cancel", number, "--by", "김담당")
    assert again.exit_code == 1
    assert "이미 다 나갔거나 취소했어요" in again.output


def test_many_people_are_told_only_after_a_second_person_has_looked(
    app: Flask, db: Session, session: ProgramSession, now: datetime
) -> None:
    change_rule(db, "staff_send_two_from", "2", "test", now)
    db.commit()
    number = compose(app, session)
    asked = run(app, "send", "schedule", number, "--yes", "--by", "이동료")
    assert "2명이라 다른 사람이 확인해야 나가요" in asked.output
    assert the_send(db).state is SendState.WAITING
    assert "확인 기다림" in run(app, "send", "list").output
    for writer in ("김담당", "이동료"):
        assert run(app, "send", "approve", number, "--by", writer).exit_code == 1
    assert run(app, "send", "approve", number, "--by", "박확인").exit_code == 0
    assert the_send(db).state is SendState.SCHEDULED
    assert run(app, "send", "pause", number).exit_code == 0
    assert start_due(db, load_rules(db), now) == 0
    assert run(app, "send", "resume", number).exit_code == 0
    assert start_due(db, load_rules(db), now) == 2


def test_texts_that_staff_wrote_are_among_those_a_provider_is_given(
    app: Flask, db: Session, now: datetime
) -> None:
    staff = create_staff(db, "kim@kywa.example", "김담당", StaffRole.OPERATOR, now)
    slot = Slot(5, "", TextChannel.ALIMTALK)
    write_text(db, slot, "새 문구", was=0, by=staff, reason="시험", now=now, code="boram_tomorrow_v1")
    db.commit()
    told = {each["code"]: each for each in json.loads(run(app, "templates", "--scheme", "http").output)}
    assert told["boram_tomorrow_v1"]["text"] == "새 문구"
    assert told["boram_tomorrow"]["buttons"][0]["linkMo"] == "http://#{링크}"


def test_an_urgent_message_waits_for_no_morning(app: Flask, db: Session, session: ProgramSession) -> None:
    number = compose(app, session)
    told = run(app, "send", "schedule", number, "--at", "2026-11-23 22:30", "--urgent", "--yes").output
    assert "그 시간이 끝나면" not in told
    assert the_send(db).urgent is True


def test_what_staff_get_wrong_is_told_with_the_next_step(app: Flask, session: ProgramSession) -> None:
    options = ("--reason", "notice", "--text", "안녕", "--by", "김담당")
    for words, said in (
        (("compose", *options), "하나만 골라 주세요"),
        (("compose", "--session", "4711", *options), "4711번 회차가 없어요"),
        (("preview", "4711"), "4711번 소식이 없어요"),
        (("schedule", "4711", "--yes"), "4711번 소식이 없어요"),
        (("progress", "4711"), "4711번 소식이 없어요"),
    ):
        result = run(app, "send", *words)
        assert result.exit_code == 1, result.output
        assert said in result.output
    past = run(app, "send", "schedule", compose(app, session), "--at", "2026-11-22 09:00", "--yes")
    assert past.exit_code == 1
    assert "이미 지난 시각이에요" in past.output


def test_without_messages_the_list_names_the_first_step(app: Flask) -> None:
    assert "flask alerts send compose --help" in run(app, "send", "list").output
