"""Kakao Login: who is found by it, whom it refuses, and what is not believed. The provider is a real one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import close_app, create_app
from bot.settings import Settings
from models.clock import SetClock
from models.credentials import set_password
from models.members import ChannelAccount, Member
from simulator.app import create_app as create_simulator
from simulator.settings import Settings as SimulatorSettings
from tests.simulator.conftest import free_port
from tests.web.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.web.test_linking import arrive, card, linked, say_yes, sign_in
from tests.web.visitor import BASE, Visitor
from tests.world import make_account, make_member

KAKAO_USER = "3902000001"


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


def app_with_kakao(
    folder: Path, store: str, redis_url: str, clock: SetClock, issuer: str, client: str, secret: str
) -> Flask:
    settings = Settings(
        app_env="test",
        instance_dir=folder,
        database_url=store,
        redis_url=redis_url,
        public_url=BASE,
        kakao_channel_url="https://pf.kakao.com/_boram/chat",
        kakao_login_url=issuer,
        kakao_login_client_id=client,
        kakao_login_client_secret=secret,
        skill_key="k" * 16,
        nlu_token="t" * 16,
        data_key="a key for tests only, of enough length",
        signing_key="a key for tests",
    )
    return create_app(settings, clock)


@pytest.fixture
def app(
    tmp_path: Path, sqlite_address: str, redis_url: str, memory: object, clock: SetClock, provider: Provider
) -> Iterator[Flask]:
    """Return the application with Kakao Login by the provider."""
    app = app_with_kakao(tmp_path, sqlite_address, redis_url, clock, provider.url, CLIENT_ID, CLIENT_SECRET)
    yield app
    close_app(app)


@pytest.fixture
def account(db: Session) -> ChannelAccount:
    """Return a chat whose Kakao account is known."""
    account = make_account(db, None, "chat-1")
    account.app_user_id = KAKAO_USER
    db.commit()
    return account


@pytest.fixture
def person(db: Session) -> Member:
    person = make_member(db)
    set_password(db, person, "gildong", "right-password")
    db.commit()
    return person


def come_back(visitor: Visitor, provider: Provider, user_id: str = KAKAO_USER) -> Any:
    """Go to Kakao, sign in there and come back."""
    away = visitor.get("/link/kakao").location
    return visitor.get(provider.agree(away, user_id).removeprefix(BASE))


def test_a_known_kakao_account_of_this_chat_links_by_one_yes(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, provider: Provider, now: datetime
) -> None:
    person.kakao_user_id = KAKAO_USER
    db.commit()
    arrive(visitor, card(db, account, now)[0])
    assert "카카오로 로그인" in visitor.read()
    assert come_back(visitor, provider).location == "/link"
    visitor.follow()
    assert "홍*동 님 계정을 이 카카오톡과 연결할까요?" in visitor.read()
    assert say_yes(visitor).location == "/me"
    assert linked(db, account) == person.id


def test_a_new_kakao_account_asks_for_the_dovol_id_once_and_is_kept(
    visitor: Visitor, app: Flask, db: Session, account: ChannelAccount, person: Member, provider: Provider,
    now: datetime,
) -> None:  # fmt: skip
    path, number = card(db, account, now)
    arrive(visitor, path)
    come_back(visitor, provider)
    visitor.follow()
    assert "두볼 아이디로 한 번만 로그인해 주세요" in visitor.read()
    sign_in(visitor)
    visitor.post("/link/number", {"number": number}, form_on="/link")
    say_yes(visitor)
    db.refresh(person)
    assert person.kakao_user_id == KAKAO_USER


def test_another_kakao_account_than_the_chats_is_refused(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, provider: Provider, now: datetime
) -> None:
    """A stolen link: the thief signs in with an account of their own."""
    person.kakao_user_id = "666"
    db.commit()
    arrive(visitor, card(db, account, now)[0])
    assert come_back(visitor, provider, "666").status_code == 403
    assert "다른 카카오계정이에요" in visitor.read()
    say_yes_path = visitor.post("/link/confirm", form_on="/link")
    assert say_yes_path.location == "/link"
    assert linked(db, account) is None


def test_where_the_chats_kakao_account_is_not_known_the_number_is_asked(
    visitor: Visitor, db: Session, account: ChannelAccount, person: Member, provider: Provider, now: datetime
) -> None:
    account.app_user_id = None
    person.kakao_user_id = KAKAO_USER
    db.commit()
    arrive(visitor, card(db, account, now)[0])
    come_back(visitor, provider)
    visitor.follow()
    assert "연결 번호를 적어 주세요" in visitor.read()


def test_without_a_card_kakao_leads_to_the_code(
    visitor: Visitor, db: Session, person: Member, provider: Provider
) -> None:
    person.kakao_user_id = KAKAO_USER
    db.commit()
    come_back(visitor, provider)
    visitor.follow()
    assert "챗봇에 번호를 적어 주세요" in visitor.read()


def test_a_kakao_account_left_on_a_shared_computer_is_not_kept_for_the_next_person(
    visitor: Visitor, db: Session, person: Member, provider: Provider
) -> None:
    come_back(visitor, provider, "666")
    sign_in(visitor)
    db.refresh(person)
    assert person.kakao_user_id is None


# --- what goes wrong


def test_pressing_cancel_is_fine(visitor: Visitor) -> None:
    visitor.get("/link/kakao")
    assert visitor.get("/link/kakao/back?error=access_denied&state=x").status_code == 400
    assert "카카오 로그인을 취소했어요" in visitor.read()


def test_coming_back_without_having_left_signs_nobody_in(
    visitor: Visitor, app: Flask, db: Session, person: Member, provider: Provider
) -> None:
    """Log-in forgery: an attacker's way back, opened by somebody else."""
    person.kakao_user_id = KAKAO_USER
    db.commit()
    attacker = Visitor(app)
    way_back = provider.agree(attacker.get("/link/kakao").location, KAKAO_USER).removeprefix(BASE)
    assert visitor.get(way_back).status_code == 400
    assert "이 브라우저에서 시작한 로그인이 아니거나" in visitor.read()
    visitor.get("/link")
    assert "두볼 아이디" in visitor.read()
    assert visitor.get("/link/kakao/back").status_code == 400
    assert visitor.get("/link/kakao/back?code=x&state=y").status_code == 400


def test_a_way_back_works_once(visitor: Visitor, provider: Provider) -> None:
    way_back = provider.agree(visitor.get("/link/kakao").location, KAKAO_USER).removeprefix(BASE)
    assert visitor.get(way_back).status_code == 303
    assert visitor.get(way_back).status_code == 400


def test_only_the_last_beginning_counts_and_the_cookie_stays_small(
    visitor: Visitor, provider: Provider
) -> None:
    first = visitor.get("/link/kakao").location
    for _ in range(20):
        visitor.get("/link/kakao")
    assert len(visitor.cookie("__Host-boram-form")) < 2000
    assert visitor.get(provider.agree(first, KAKAO_USER).removeprefix(BASE)).status_code == 400


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": "another-client", "azp": CLIENT_ID},
        {"nonce": "another-nonce"},
        {"exp": 1},
        {"sub": ""},
    ],
    ids=["issuer", "audience", "audience-through-us", "nonce", "expired", "nobody"],
)
def test_a_token_that_is_not_for_us_now_is_not_believed(
    visitor: Visitor, db: Session, person: Member, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    assert come_back(visitor, provider).status_code == 502
    assert "카카오 로그인을 확인하지 못했어요" in visitor.read()
    visitor.get("/link")
    assert "두볼 아이디" in visitor.read()


@pytest.mark.parametrize("fault", [{"foreign_key": True}, {"plain": True}, {"status": 400}])
def test_nor_is_one_by_another_key_or_none_at_all(
    visitor: Visitor, provider: Provider, fault: dict[str, Any]
) -> None:
    for name, value in fault.items():
        setattr(provider, name, value)
    assert come_back(visitor, provider).status_code == 502
    assert "확인하지 못했어요" in visitor.read()


def test_a_kakao_that_is_down_or_slow_is_told_and_the_id_still_works(
    visitor: Visitor, person: Member, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.status = 500
    assert come_back(visitor, provider).status_code == 502
    assert "카카오와 연결이 안 돼요" in visitor.read()
    provider.status, provider.seconds = 200, 5.0
    assert come_back(visitor, provider).status_code == 502
    assert "카카오와 연결이 안 돼요" in visitor.read()
    assert sign_in(visitor).status_code == 303


def test_a_kakao_that_was_never_there_is_told(visitor: Visitor, provider: Provider) -> None:
    provider.close()
    assert visitor.get("/link/kakao").status_code == 502
    assert "두볼 아이디로 로그인해 주세요" in visitor.read()


def test_without_kakao_login_there_is_no_way_to_it(
    tmp_path: Path, sqlite_address: str, redis_url: str, memory: object, clock: SetClock
) -> None:
    app = app_with_kakao(tmp_path, sqlite_address, redis_url, clock, "https://kauth.kakao.com", "", "")
    visitor = Visitor(app)
    assert visitor.get("/link/kakao").status_code == 404
    visitor.get("/link")
    assert "카카오로 로그인" not in visitor.read()
    close_app(app)


# --- with the simulator


def test_the_simulators_kakao_login_is_one_of_ours(
    tmp_path: Path, sqlite_address: str, redis_url: str, memory: object, clock: SetClock
) -> None:
    settings = SimulatorSettings("http://127.0.0.1:9", "k" * 16, port=free_port(), login_redirects=(BASE,))
    server = make_server("127.0.0.1", settings.port, create_simulator(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    client, secret = settings.kakao_login_client_id, settings.kakao_login_client_secret
    app = app_with_kakao(tmp_path, sqlite_address, redis_url, clock, settings.address, client, secret)
    visitor = Visitor(app)
    away = visitor.get("/link/kakao").location
    form = dict(parse_qsl(urlsplit(away).query)) | {"app_user_id": KAKAO_USER}
    chosen = requests.post(away.split("?")[0], data=form, allow_redirects=False, timeout=5)
    assert visitor.get(chosen.headers["Location"].removeprefix(BASE)).location == "/link"
    visitor.follow()
    assert "두볼 아이디로 한 번만 로그인해 주세요" in visitor.read()
    close_app(app)
    server.shutdown()
    server.server_close()
