from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.sync_api import expect

from simulator.app import create_app
from simulator.login import Asked, _as
from simulator.personas import PERSONAS
from simulator.settings import Settings
from tests.simulator.conftest import free_port
from tests.simulator.site import Site
from tests.simulator.skill_server import KEY, SkillServer
from tests.simulator.test_callbacks import Clock
from tests.simulator.test_server import send
from tests.simulator.window import Window

CLIENT, SECRET = "local-kakao-login", "local-kakao-login-secret"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BUSY = "3902000003"


@pytest.fixture
def settings(skill: SkillServer, site: Site) -> Settings:
    return Settings(skill.url, KEY, port=free_port(), previews=False, login_redirects=(site.url,))


Ask = Callable[..., dict[str, str]]


@pytest.fixture
def ask(site: Site) -> Ask:
    """Return what makes a careful client's request for a code, with changes."""

    def asked(**changes: str) -> dict[str, str]:
        careful = {
            "client_id": CLIENT,
            "redirect_uri": f"{site.url}/auth/kakao",
            "response_type": "code",
            "scope": "openid",
            "state": "st&te",
            "nonce": "n0nce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return careful | changes

    return asked


def code_for(simulator: str, asked: dict[str, str], app_user_id: str = BUSY) -> str:
    choice = asked | {"app_user_id": app_user_id}
    answer = requests.post(f"{simulator}/oauth/authorize", data=choice, allow_redirects=False, timeout=5)
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def exchange(simulator: str, asked: dict[str, str], code: str, **changes: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uri": asked["redirect_uri"],
        "code": code,
        "code_verifier": VERIFIER,
    }
    return requests.post(f"{simulator}/oauth/token", data=form | changes, timeout=5)


def test_a_login_gives_a_signed_token_for_the_number_that_the_chat_also_sends(
    simulator: str, skill: SkillServer, ask: Ask
) -> None:
    found = requests.get(f"{simulator}/.well-known/openid-configuration", timeout=5).json()
    assert found["issuer"] == simulator
    tokens = exchange(simulator, ask(), code_for(simulator, ask())).json()
    keys = KeySet.import_key_set(requests.get(found["jwks_uri"], timeout=5).json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    claims = token.claims
    assert token.header["kid"]
    assert (claims["iss"], claims["aud"], claims["sub"]) == (simulator, CLIENT, BUSY)
    assert claims["nonce"] == "n0nce"
    assert claims["exp"] > claims["iat"] >= claims["auth_time"]
    persona = next(p for p in PERSONAS if p.key == "persona-busy")
    send(simulator, "안녕", person={"user_key": persona.key, "app_user_id": persona.app_user_id})
    assert skill.requests[-1]["userRequest"]["user"]["properties"]["appUserId"] == claims["sub"]


def test_the_public_keys_hold_nothing_private(simulator: str) -> None:
    (key,) = requests.get(f"{simulator}/.well-known/jwks.json", timeout=5).json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


def test_a_code_is_good_once(simulator: str, ask: Ask) -> None:
    code = code_for(simulator, ask())
    assert exchange(simulator, ask(), code).ok
    again = exchange(simulator, ask(), code)
    assert (again.status_code, again.json()["error_code"]) == (400, "KOE320")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "KOE010"),
        ({"client_id": "other"}, 401, "KOE010"),
        ({"redirect_uri": "http://127.0.0.1/other"}, 400, "KOE303"),
        ({"code_verifier": "w" * 43}, 400, "KOE320"),
        ({"code_verifier": ""}, 400, "KOE320"),
        ({"grant_type": "password"}, 400, "KOE001"),
    ],
)
def test_a_wrong_exchange_gets_no_token(
    simulator: str, ask: Ask, changes: dict[str, str], status: int, code: str
) -> None:
    answer = exchange(simulator, ask(), code_for(simulator, ask()), **changes)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert "id_token" not in answer.text


def test_a_made_up_code_gets_no_token(simulator: str, ask: Ask) -> None:
    assert exchange(simulator, ask(), "made up").json()["error_code"] == "KOE320"


def test_a_secret_in_the_header_is_not_taken_as_at_kakao(simulator: str, ask: Ask) -> None:
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": ask()["redirect_uri"]}
    answer = requests.post(f"{simulator}/oauth/token", data=form, auth=(CLIENT, SECRET), timeout=5)
    assert answer.status_code == 401


def test_without_pkce_a_code_is_exchanged_without_a_verifier(simulator: str, ask: Ask) -> None:
    asked = ask(code_challenge="", code_challenge_method="")
    assert exchange(simulator, asked, code_for(simulator, asked), code_verifier="").ok


def test_a_scope_without_openid_brings_no_id_token(simulator: str, ask: Ask) -> None:
    asked = ask(scope="profile_nickname")
    assert "id_token" not in exchange(simulator, asked, code_for(simulator, asked)).json()
    without = ask(scope="")
    assert "id_token" in exchange(simulator, without, code_for(simulator, without)).json()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "other"}, "KOE101"),
        ({"redirect_uri": "http://evil.example/auth"}, "KOE006"),
        ({"redirect_uri": "{site}.evil.example/auth"}, "KOE006"),
        ({"redirect_uri": "{site}"}, "KOE006"),
        ({"redirect_uri": "{site}/a\nb"}, "KOE006"),
        ({"redirect_uri": "{site}/a#b"}, "KOE006"),
        ({"redirect_uri": "javascript:alert(1)"}, "KOE006"),
        ({"response_type": "token"}, "KOE001"),
        ({"code_challenge_method": "plain"}, "KOE001"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_that_is_not_ours_leads_nowhere(
    simulator: str, site: Site, ask: Ask, changes: dict[str, str], code: str, method: str
) -> None:
    asked = ask(**{name: value.replace("{site}", site.url) for name, value in changes.items()})
    sent: Any = {"params": asked} if method == "GET" else {"data": asked | {"app_user_id": BUSY}}
    answer = requests.request(
        method, f"{simulator}/oauth/authorize", allow_redirects=False, timeout=5, **sent
    )
    assert (answer.status_code, code in answer.text) == (400, True)
    assert site.url not in answer.headers.get("Location", "")


def test_an_address_with_a_question_of_its_own_keeps_it(simulator: str, site: Site, ask: Ask) -> None:
    asked = Asked(redirect_uri=f"{site.url}/auth?a=1", state="s")
    assert asked.answered(code="c") == f"{site.url}/auth?a=1&code=c&state=s"


def test_a_code_is_good_for_ten_minutes() -> None:
    clock = Clock()
    settings = Settings("http://127.0.0.1:9/skill", KEY, previews=False)
    client = create_app(settings, clock).test_client()
    asked = {"client_id": CLIENT, "redirect_uri": "http://127.0.0.1:8000/x", "response_type": "code"}
    answer = client.post("/oauth/authorize", data=asked | {"app_user_id": BUSY})
    form = asked | {"grant_type": "authorization_code", "client_secret": SECRET}
    form["code"] = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    clock.now += timedelta(minutes=10, seconds=1)
    assert client.post("/oauth/token", data=form).status_code == 400


@pytest.mark.parametrize(
    ("name", "words"), [("지도자", "지도자로"), ("바쁜 학생", "바쁜 학생으로"), ("열세 살", "열세 살로")]
)
def test_a_name_gets_the_particle_that_fits(name: str, words: str) -> None:
    assert _as(name) == words


@pytest.fixture
def login_page(any_window: Window, simulator: str, ask: Ask) -> Window:
    any_window.page.goto(f"/oauth/authorize?{urlencode(ask())}")
    return any_window


def test_one_press_on_a_persona_leads_back_with_a_code_and_the_state(
    login_page: Window, simulator: str, ask: Ask, width: int
) -> None:
    page = login_page.page
    expect(page.get_by_role("heading", name="누구로 로그인할까요?")).to_be_visible()
    expect(login_page.by("login-missing")).to_have_count(0)
    assert login_page.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name=re.compile("바쁜 학생으로 로그인")).click()
    page.wait_for_url("**/auth/kakao?**")
    query = parse_qs(urlsplit(page.url).query)
    assert query["state"] == ["st&te"]
    assert exchange(simulator, ask(), query["code"][0]).ok


def test_another_number_can_be_typed_and_a_wrong_one_is_told(login_page: Window) -> None:
    page = login_page.page
    login_page.by("login-number").fill("열둘")
    login_page.by("login-number").press("Enter")
    expect(page.get_by_text("숫자로 20자까지 적어 주세요.")).to_be_visible()
    expect(login_page.by("login-number")).to_be_focused()
    assert login_page.violations() == []
    login_page.by("login-number").fill("777")
    login_page.by("login-number").press("Enter")
    page.wait_for_url("**/auth/kakao?code=**")


def test_who_does_not_agree_goes_back_without_a_code(login_page: Window) -> None:
    login_page.by("login-deny").click()
    login_page.page.wait_for_url("**/auth/kakao?**")
    query = parse_qs(urlsplit(login_page.page.url).query)
    assert (query["error"], query["state"], "code" in query) == (["access_denied"], ["st&te"], False)


def test_a_careless_client_is_told_what_it_forgot(window: Window, ask: Ask) -> None:
    window.page.goto(f"/oauth/authorize?{urlencode(ask(state='', nonce=''))}")
    expect(window.by("login-missing")).to_contain_text("state, nonce 값이 없어요")
    assert window.violations() == []


def test_a_wrong_request_is_a_readable_page(any_window: Window, ask: Ask) -> None:
    any_window.page.goto(f"/oauth/authorize?{urlencode(ask(client_id='<b>'))}")
    expect(any_window.page.get_by_role("heading", name="로그인할 수 없어요")).to_be_visible()
    assert any_window.violations() == []
