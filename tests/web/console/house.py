"""A console with something on every page: the demo world, and a row of each kind that staff deal with."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.staff_sends import start_due
from bot.model_folder import ModelFolder
from bot.replies import Card, QuickReply, Reply, Say
from bot.topics import Topics
from models.applications import ApplicationState
from models.faq_topics import rewrite
from models.faq_topics import topics as all_topics
from models.inbox import InboxGroup, InboxSentence, Why, hash_of
from models.members import ANY_BOT, ChannelAccount, Member
from models.nlu_jobs import JobKind, Wish, ask
from models.nlu_switches import SwitchKind, SwitchState, Wanted, begin, finish
from models.nlu_traffic import mark_loaded
from models.outbox import AlertState, AttemptState
from models.rules import load_rules
from models.seed import seed_demo
from models.staff import Staff, StaffRole
from models.staff_factors import SecurityKey
from models.staff_sends import People, SendReason, compose, schedule
from models.tickets import TicketKind, open_ticket
from models.training_files import import_folder
from models.training_uploads import upload
from tests.models.test_training_files import GREETING, NO_SHOW
from tests.outbox_rows import make_alert, make_attempt
from tests.training.school import add_model
from tests.turns import make_turn
from tests.web.console.colleague import Colleague
from tests.world import make_application, make_member, make_session

REPLY = Reply(
    (Card("아직 잘 모르겠어요", "이 가운데 있나요?"),), (QuickReply("봉사 찾기", Say("봉사 찾기")),)
)

UPLOAD = """\
version: "3.1"
nlu:
- intent: check_hours
  metadata: {style: casual, source: authored}
  examples: |
    - 여태 봉사한 시간 다 합치면 얼마야
"""


def furnish(app: Flask, db: Session, admin: Colleague, folder: Path) -> None:
    """Put something onto every page there is."""
    seed_demo(app.extensions["database"], admin.clock.now())
    account = db.scalars(select(ChannelAccount).where(ChannelAccount.bot_id == ANY_BOT)).first()
    assert account is not None
    assert account.member is not None
    _people(db, admin, account)
    _alerts(db, admin, account.member)
    _language(app, db, admin, folder)
    db.commit()
    Colleague(app, "이동료", StaffRole.VIEWER)


def _people(db: Session, admin: Colleague, account: ChannelAccount) -> None:
    now = admin.clock.now()
    for ago in range(3):
        make_turn(
            db,
            account,
            "그거 있잖아 그때 그거",
            at=now - timedelta(minutes=ago),
            original="그거 있잖아 010-0000-0000",
            outcome="not_understood",
            reply=REPLY,
            understood={"ranking": [["find_program", 0.3]], "novelty": 0.8},
        )
    for urgent, kind in ((True, TicketKind.CRISIS), (False, TicketKind.QUESTION)):
        open_ticket(
            db,
            account_id=account.id,
            member_id=account.member_id,
            kind=kind,
            summary="도와주세요",
            now=now,
            urgent=urgent,
        )
    db.add(
        SecurityKey(
            staff_id=admin.id, credential_id="a2V5", public_key="eA", sign_count=0, name="키", added_at=now
        )
    )


def _alerts(db: Session, admin: Colleague, member: Member) -> None:
    now = admin.clock.now()
    failed = make_alert(db, member, AlertState.PERMANENT_FAILURE, kind=6, at=now - timedelta(minutes=5))
    make_attempt(db, failed, "sms", AttemptState.FAILED, at=now - timedelta(minutes=4))
    make_alert(db, member, AlertState.CREATED, kind=4, at=now - timedelta(minutes=9))
    session = make_session(db)
    make_application(db, make_member(db), session, ApplicationState.APPROVED)
    people = People(session_id=session.id, states=(ApplicationState.APPROVED,))
    for text in ("비가 와서 쉬어요.", "우산을 챙겨 주세요."):
        send = compose(db, people, reason=SendReason.CALLED_OFF, text=text, by=f"staff:{admin.id}", now=now)
    schedule(db, send, None, now)
    start_due(db, load_rules(db), now)


def _language(app: Flask, db: Session, admin: Colleague, folder: Path) -> None:
    now, by = admin.clock.now(), db.get_one(Staff, admin.id)
    topics: Topics = app.extensions["topics"]
    topics.follow_file(db)
    folder.mkdir()
    for name, text in (("greeting", GREETING), ("no_show", NO_SHOW)):
        (folder / f"{name}.yml").write_text(text, "utf-8")
    import_folder(db, folder, "import", now)
    upload(db, "new.yml", UPLOAD.encode(), by, now)
    group = InboxGroup(centre=b"", times=2, sentences=1, reasons=int(Why.NOT_UNDERSTOOD))
    db.add(group)
    db.flush()
    text = "그거 있잖아 그때 그거"
    db.add(
        InboxSentence(
            key_hash=hash_of(text), text=text, group_id=group.id, times=2,
            reasons=int(Why.NOT_UNDERSTOOD), first_at=now, last_at=now, guesses=[["find_program", None, 0.3]],
        )
    )  # fmt: skip
    for topic in all_topics(db):
        rewrite(
            db, topic, topic.version, {**topic.content, "question": "무엇을 물어볼까요?"}, "글 고침", by, now
        )
    models = ModelFolder(app.extensions["settings"].instance_dir / "models")
    add_model(db, models, "present", now - timedelta(days=9), wrong=2, live=True)
    for name in ("better", "best"):
        add_model(db, models, name, now - timedelta(days=1))
    promoted = begin(db, Wanted(SwitchKind.PROMOTE, "a", "better", "present"), now - timedelta(days=8))
    finish(db, promoted.id, SwitchState.DONE, now - timedelta(days=8))
    mark_loaded(db, "b", "better", "id of better", now)
    ask(db, Wish(JobKind.TRAIN, admin.id), now)
