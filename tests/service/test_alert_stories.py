"""The eleven alerts, each from what really makes it due to the card in the chat and on to the page it leads to.

What happens in DOVOL's own system is reported over HTTP by the simulator; worker and schedule are the running ones.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Error, Locator, Page, expect
from sqlalchemy import func, select

from alerts.queue import create_celery
from bench.stack import Stack, running
from models.clock import SEOUL
from models.database import Database
from models.events import Event
from models.programs import ProgramSession
from models.rules import RuleSetting
from tests.nlu_server import ensure_model
from tests.service.dovol import HOST, Dovol
from tests.service.kakao import Kakao
from tests.service.phone import Phone, born, confirm, judge, prove
from tests.simulator.window import Window

Come = Callable[[str], Phone]

PROFILE = "e청소년 자원봉사 Dovol 개인정보 변경 안내"
TALENT_FILED = "재능나눔 봉사활동 신청 안내 및 챗봇 서비스"
TALENT_APPROVED = "재능나눔 봉사활동 승인 알림 안내 및 챗봇 서비스"
APPLICATION = "봉사활동 신청 안내 및 챗봇 서비스"
TOMORROW = "봉사활동 실시 사전 안내 및 챗봇 서비스"
CERTIFICATE = "봉사활동 확인서 발급 및 챗봇 서비스 및 챗봇 서비스"
ABSENT = "봉사활동 불참 안내 및 챗봇 서비스"
CONSENT = "1365 연계 동의 안내 및 챗봇 서비스"
CONSENT_CHANGED = "1365 연계동의 변경 안내 및 챗봇 서비스"
OF_HOST = "(기관) 신규 봉사활동 프로그램 안내 및 챗봇 서비스"
OF_CLUB = "(동아리) 신규 봉사활동 프로그램 안내 및 챗봇 서비스"
"""The customer's titles, to the letter."""
ANY_TIME = {
    "quiet_from": "23:59:58",
    "quiet_until": "23:59:59",
    "d1_from": "00:00:00",
    "d1_until": "23:59:59",
    "advertising_from": "00:00:00",
    "advertising_until": "23:59:59",
    "digest_at": "00:00:00",
    "digest_per_day": "20",
    "code_resend_seconds": "0",
}
"""Rules by which every alert may go at the hour the tests run, and several recommendations on a day."""
NO_ALIMTALK = "3020"
"""NHN's code for somebody who wants no Alimtalk."""
SECONDS = 30

on_a_phone = pytest.mark.parametrize("someone", [(390, 844)], indirect=True, ids=["phone"])
on_a_desktop = pytest.mark.parametrize("someone", [(1280, 900)], indirect=True, ids=["desktop"])


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a service of these stories' own: they change its rules, and what everybody has applied for."""
    with running(tmp_path_factory.mktemp("alerts"), model=ensure_model(), TURNS_PER_MINUTE="100000") as stack:
        yield stack


@pytest.fixture(scope="module")
def store(stack: Stack) -> Iterator[Database]:
    """Return the running service's store."""
    address = os.environ.get("DATABASE_URL") or f"sqlite:///{stack.instance / 'boram.sqlite3'}"
    with closing(Database(address)) as database:
        yield database


@pytest.fixture(scope="module", autouse=True)
def any_time(store: Database) -> None:
    """Let every alert go at any hour, as staff would by the rules."""
    now = datetime.now(SEOUL)
    with store.session() as db:
        for name, value in ANY_TIME.items():
            db.merge(RuleSetting(name=name, value=value, changed_at=now, changed_by="test"))
        db.commit()


@pytest.fixture
def dovol(stack: Stack) -> Dovol:
    return Dovol(stack)


def title() -> str:
    """Return a title no other programme has."""
    return f"강변 줍깅 {uuid4().hex[:6]}"


def alerts(phone: Phone, name: str, *words: str) -> Locator:
    """Return the cards under a title that came by themselves and say all the words."""
    page = phone.chat.page
    cards = phone.chat.by("bot-turn").filter(has=phone.chat.by("pushed"))
    cards = cards.filter(has=page.get_by_text(name, exact=True))
    for each in words:
        cards = cards.filter(has_text=each)
    return cards


def arrived(phone: Phone, name: str, *words: str) -> Locator:
    """Wait for a card and look whether it has the way into the conversation."""
    card = alerts(phone, name, *words).last
    expect(card).to_be_visible(timeout=SECONDS * 1000)
    expect(card.get_by_role("button", name="챗봇에 묻기")).to_be_visible()
    return card


@contextmanager
def one_more(phone: Phone, name: str) -> Iterator[None]:
    """Wait for a card that cannot be told from earlier ones of its kind by its words."""
    cards = alerts(phone, name)
    phone.chat.page.wait_for_timeout(500)  # what came before the window was opened is drawn by then
    before = cards.count()
    yield
    expect(cards).to_have_count(before + 1, timeout=SECONDS * 1000)


def follow(stack: Stack, phone: Phone, card: Locator, path: str) -> Page:
    """Open the card's first link once previews have fetched it, which must not have spent it."""
    link = card.get_by_test_id("button-webLink").first
    address = link.get_attribute("href")
    assert address
    for _ in range(SECONDS * 5):
        news = requests.get(f"{stack.simulator}/api/news?kinds=preview&now=1", timeout=5).json()
        if any(item["url"] == address for item in news["items"]):
            return phone.tap(link, path)
        phone.chat.page.wait_for_timeout(200)
    raise AssertionError(f"{address} was never looked at")


def run_until_there(stack: Stack, task: str, card: Locator) -> None:
    """Have the workers do a task of the schedule until what it is to bring is there."""
    celery = create_celery(f"unix://{stack.instance / 'valkey.sock'}")
    with closing(celery):
        for _ in range(SECONDS):
            celery.send_task(task, retry=False)
            with suppress(Error):
                card.wait_for(timeout=1000)
                return
    raise AssertionError(f"{task} brought nothing")


def session_id(store: Database, number: str) -> int:
    with store.session() as db:
        return db.scalars(select(ProgramSession.id).where(ProgramSession.source_no == number)).one()


def all_is_planned(store: Database) -> bool:
    with store.session() as db:
        return not db.scalar(select(func.count()).where(Event.planned_at.is_(None)))


@on_a_phone
def test_what_is_done_on_the_page_of_dovol_comes_into_the_chat(someone: Come, stack: Stack) -> None:
    phone, name = someone("persona-42h"), title()
    dovol = Window(phone.context.new_page())
    dovol.page.goto(f"{stack.simulator}/dovol")
    dovol.by("member").select_option("persona-42h")
    dovol.by("title").fill(name)
    dovol.by("published-by-host").click()
    expect(dovol.by("published-said")).to_contain_text("보람에 반영됐어요")
    dovol.by("application.filed").click()
    arrived(phone, APPLICATION, name, "신청했어요")
    dovol.by("application.approved").click()
    page = follow(stack, phone, arrived(phone, APPLICATION, name, "승인"), "/me/applications/")
    expect(page.get_by_role("main")).to_contain_text(name)
    dovol.by("activity.absent").click()
    absent = arrived(phone, ABSENT, name)
    page = follow(stack, phone, absent, "/me/applications/")
    expect(page.get_by_role("main")).to_contain_text("불참")
    absent.get_by_role("button", name="챗봇에 묻기").click()
    expect(phone.chat.answer()).to_contain_text("이의")
    judge(dovol.page)
    assert dovol.errors == phone.chat.errors == []


@on_a_desktop
def test_an_application_is_told_of_from_the_page_until_it_is_called_off(
    someone: Come, stack: Stack, store: Database, dovol: Dovol
) -> None:
    phone, name = someone("persona-42h"), title()
    number = dovol.publish(name, days=20)
    page = phone.tap(phone.chat.say("링크로 보기").get_by_text("봉사 찾기", exact=True), "/programmes")
    page.goto(f"{stack.web}/programmes/{session_id(store, number)}")
    page.get_by_role("link", name="신청하기").click()
    confirm(page, "신청할게요")
    filed = arrived(phone, APPLICATION, name, "신청했어요")
    follow(stack, phone, filed, "/me/applications/").close()
    dovol.decide("application.approved", "persona-42h", number)
    arrived(phone, APPLICATION, name, "승인")
    dovol.report("session.moved", session={"number": number}, place="난지한강공원")
    arrived(phone, APPLICATION, name, "망원한강공원 → 난지한강공원")
    dovol.report("session.called_off", session={"number": number}, reason="비가 많이 와요")
    off = arrived(phone, APPLICATION, name, "비가 많이 와요")
    expect(follow(stack, phone, off, "/me/applications/").get_by_role("main")).to_contain_text("취소")


@on_a_phone
def test_a_rejection_comes_with_what_the_host_said_and_the_way_on(
    someone: Come, stack: Stack, dovol: Dovol
) -> None:
    phone, name = someone("persona-busy"), title()
    number = dovol.publish(name)
    dovol.decide("application.filed", "persona-busy", number)
    arrived(phone, APPLICATION, name, "신청했어요")
    dovol.decide("application.rejected", "persona-busy", number, reason="처음 오는 친구를 먼저 뽑았어요")
    card = arrived(phone, APPLICATION, name, "처음 오는 친구를 먼저 뽑았어요")
    expect(card.get_by_role("button", name="다른 봉사 추천")).to_be_visible()
    follow(stack, phone, card, "/me/applications/")


@on_a_phone
def test_a_talent_is_offered_on_the_page_and_approved_by_dovol(
    someone: Come, stack: Stack, dovol: Dovol
) -> None:
    phone, talent = someone("persona-42h"), f"하모니카 {uuid4().hex[:6]}"
    offer = {"talent": talent, "when": "일요일 오전", "where": "서울 마포구"}
    page = phone.tap(phone.chat.say("링크로 보기").get_by_text("내 두볼 전체"), "/me")
    page.goto(f"{stack.web}/me/talents/new")
    for name, words in offer.items():
        page.locator(f"#{name}").fill(words)
    page.get_by_role("button", name="올릴게요").click()
    filed = arrived(phone, TALENT_FILED, talent)
    expect(follow(stack, phone, filed, "/me/talents/").get_by_role("main")).to_contain_text(talent)
    dovol.report("talent.approved", member="persona-42h", offer=offer, host=HOST)
    approved = arrived(phone, TALENT_APPROVED, HOST["name"])
    page = follow(stack, phone, approved, "/me/talents/")
    expect(page.get_by_role("main")).to_contain_text(HOST["name"])


@on_a_desktop
def test_the_day_before_a_reminder_comes_with_place_and_map(
    someone: Come, stack: Stack, dovol: Dovol
) -> None:
    phone, name = someone("persona-busy"), title()
    number = dovol.publish(name, days=1)
    dovol.decide("application.approved", "persona-busy", number)
    card = alerts(phone, TOMORROW, name).last
    run_until_there(stack, "boram.remind", card)
    expect(arrived(phone, TOMORROW, name, "내일 만나요", "집게를 가져오세요")).to_contain_text("지도 보기")
    page = follow(stack, phone, card, "/me/applications/")
    expect(page.get_by_role("main")).to_contain_text(name)


@on_a_phone
def test_a_changed_profile_is_told_of_at_once_even_after_a_call_that_says_nothing_of_the_channel(
    someone: Come, stack: Stack, dovol: Dovol, kakao: Kakao
) -> None:
    kakao.say("persona-busy", "안녕")  # tells neither that the channel was added nor that it was not
    phone = someone("persona-busy")
    with one_more(phone, PROFILE):
        dovol.report("member.profile_changed", member="persona-busy", fields=["phone", "school"])
    card = arrived(phone, PROFILE, "전화번호")
    expect(card).to_contain_text("본인이 아니면")
    page = follow(stack, phone, card, "/me/check")
    prove(phone, page, born(16))
    page.wait_for_url(re.compile("/me/profile"))
    judge(page)


@on_a_desktop
def test_a_certificate_that_dovol_issues_is_one_tap_and_one_proof_away(
    someone: Come, stack: Stack, dovol: Dovol
) -> None:
    phone = someone("persona-42h")
    with one_more(phone, CERTIFICATE):
        dovol.report("certificate.issued", member="persona-42h", kind="199015")
    page = follow(stack, phone, arrived(phone, CERTIFICATE, "이력확인서"), "/me/check")
    prove(phone, page, born(17))
    page.wait_for_url(re.compile("/me/certificates/"))
    expect(page.get_by_role("main")).to_contain_text("이력확인서")


@on_a_phone
def test_the_consent_to_1365_is_told_of_when_it_is_taken_back_and_when_it_is_given(
    someone: Come, stack: Stack, dovol: Dovol
) -> None:
    phone = someone("persona-42h")
    with one_more(phone, CONSENT_CHANGED):
        dovol.report("consent_1365.changed", member="persona-42h", agreed=False)
    page = follow(stack, phone, arrived(phone, CONSENT_CHANGED), "/me/check")
    prove(phone, page, born(17))
    page.wait_for_url(re.compile("/me/consent-1365"))
    with one_more(phone, CONSENT):
        dovol.report("consent_1365.changed", member="persona-42h", agreed=True)
    follow(stack, phone, arrived(phone, CONSENT), "/me/check")


@on_a_phone
def test_recommendations_come_once_agreed_to_and_end_by_one_press(
    someone: Come, stack: Stack, store: Database, dovol: Dovol
) -> None:
    phone, of_host, of_club, too_late = someone("persona-42h"), title(), title(), title()
    phone.chat.say("새 봉사 추천 켜줘").get_by_role("button", name="동의하고 켤게요").click()
    expect(phone.chat.answer()).to_contain_text("새 봉사 추천 알림을 켰어요")
    dovol.publish(of_host)
    card = alerts(phone, OF_HOST, of_host).last
    run_until_there(stack, "boram.recommend", card)
    expect(arrived(phone, OF_HOST, of_host, "(광고)")).to_contain_text("마포구")
    page = follow(stack, phone, card, r"/programmes/\d+")
    expect(page.get_by_role("link", name="신청하기")).to_be_visible()
    dovol.publish(of_club, club="줍깅반")
    card = alerts(phone, OF_CLUB, of_club).last
    run_until_there(stack, "boram.recommend", card)
    arrived(phone, OF_CLUB, of_club, "줍깅반").get_by_role("button", name="추천 그만 받기").click()
    expect(phone.chat.answer()).to_contain_text("껐어요")
    dovol.publish(too_late)
    while not all_is_planned(store):
        phone.chat.page.wait_for_timeout(200)
    later = alerts(phone, PROFILE)
    with one_more(phone, PROFILE):
        celery = create_celery(f"unix://{stack.instance / 'valkey.sock'}")
        with closing(celery):
            celery.send_task("boram.recommend", retry=False)
        dovol.report("member.profile_changed", member="persona-42h", fields=["region"])
    expect(later.last).to_be_visible()
    expect(phone.chat.by("bot-turn").filter(has_text=too_late)).to_have_count(0)


def inbox(phone: Phone, stack: Stack, number: str) -> Window:
    """Open what a telephone got."""
    window = Window(phone.context.new_page())
    window.page.set_default_timeout(SECONDS * 1000)
    window.page.goto(f"{stack.simulator}/phone#{number}")
    return window


@on_a_phone
def test_who_is_no_friend_gets_alimtalk_and_its_link_shows_nothing_to_strangers(
    someone: Come, stack: Stack, dovol: Dovol
) -> None:
    phone, name = someone("persona-leader"), title()
    phone.chat.option("option-friend", False)
    phone.chat.say("안녕")
    number = dovol.publish(name)
    dovol.decide("application.approved", "persona-leader", number)
    box = inbox(phone, stack, "01000000035")
    card = box.by("alimtalk").filter(has_text=name).last
    expect(card).to_contain_text("승인", timeout=SECONDS * 1000)
    expect(card.get_by_test_id("card-button").last).to_have_text("챗봇에 묻기")
    with phone.context.expect_page() as opened:
        card.get_by_test_id("card-button").first.click()
    page = opened.value
    page.wait_for_url(re.compile("/h/"))
    judge(page)
    expect(page.get_by_role("main")).to_contain_text("내 신청 화면이에요")
    expect(page.get_by_role("main")).not_to_contain_text(name)
    phone.chat.option("option-friend", True)
    phone.chat.say("안녕")
    page.get_by_role("button", name="챗봇에서 새 링크 받기").click()
    fresh = phone.pushed("새 링크예요").get_by_text("화면에서 보기")
    expect(phone.tap(fresh, "/me/applications/").get_by_role("main")).to_contain_text(name)
    assert alerts(phone, APPLICATION, name).count() == 0


@on_a_phone
def test_who_wants_no_alimtalk_gets_one_short_text(someone: Come, stack: Stack, dovol: Dovol) -> None:
    number, faults = "01000000101", f"{stack.simulator}/api/faults"
    requests.put(faults, json={"nhn_alimtalk": {"outcomes": {number: NO_ALIMTALK}}}, timeout=5)
    try:
        session = dovol.publish(title())
        dovol.decide("application.approved", "friend-1", session)
        box = inbox(someone("persona-new"), stack, number)
        text = box.by("sms").last
        expect(text).to_contain_text("[두볼]", timeout=SECONDS * 1000)
    finally:
        requests.delete(faults, timeout=5)
    expect(text).to_contain_text("승인됐어요")
    expect(text).to_contain_text("짧은 문자")
    link = re.search(r"http://\S+/h/\w+", text.inner_text())
    assert link
    page = box.page.context.new_page()
    page.goto(link[0])
    judge(page)
    expect(page.get_by_role("main")).to_contain_text("두볼 계정 연결")
    expect(box.by("sms")).to_have_count(1)
