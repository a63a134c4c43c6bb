"""Whole stories in a real browser: from the chat by one tap to a page, and what was done there back into the chat.

Every page and dialog on the way is judged by axe-core and must fit the screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bench.stack import Stack
from tests.service.phone import Phone, born, confirm, judge, prove, texts


def test_an_application_is_cancelled_two_taps_after_the_card(
    someone: Callable[[str], Phone], stack: Stack
) -> None:
    phone = someone("persona-42h")
    found = phone.chat.say("다음 달에 서울에서 하는 봉사 찾아줘")
    found.get_by_role("button", name="신청하기").first.click()
    page = phone.tap(phone.chat.say("네").get_by_text("화면에서 보기"), "/me/applications/")
    page.get_by_role("link", name="신청 취소하기").click()
    confirm(page, "취소할게요")
    expect(page.get_by_role("main")).to_contain_text("취소했어요")
    expect(phone.pushed("취소했어요")).to_contain_text("내 신청 보기")
    assert phone.chat.errors == []


def test_that_is_not_me_closes_everything_and_warns(someone: Callable[[str], Phone]) -> None:
    phone = someone("persona-busy")
    page = phone.tap(phone.chat.say("링크로 보기").get_by_text("내 신청", exact=True), "/me/applications")
    page.get_by_text("박*다 님").click()
    page.get_by_role("link", name="내가 아니에요").click()
    confirm(page, "내가 아니에요, 모두 닫기")
    expect(page.get_by_role("main")).to_contain_text("모두 닫았어요")
    phone.pushed("모든 기기에서 로그아웃했어요")
    page.goto(page.url.replace("/me/not-me", "/me"))
    expect(page.get_by_role("main")).to_contain_text("챗봇에서 열어 주세요")
    judge(page)


@pytest.mark.parametrize("someone", [(390, 844)], indirect=True)  # one chat gets one fresh link a minute
def test_a_card_in_an_old_chat_brings_a_fresh_link(someone: Callable[[str], Phone]) -> None:
    phone = someone("persona-busy")
    link = phone.chat.say("링크로 보기").get_by_text("내 봉사시간", exact=True)
    phone.tap(link, "/me/hours").close()
    other = someone("persona-busy")
    href = link.evaluate("node => node.closest('a').href")
    stolen = other.context.new_page()
    stolen.goto(href)
    judge(stolen)
    expect(stolen.get_by_role("main")).to_contain_text("이미 한 번 쓴 링크예요")
    stolen.get_by_role("button", name="챗봇에서 새 링크 받기").click()
    expect(stolen.get_by_role("main")).to_contain_text("챗봇으로 새 링크를 보냈어요")
    phone.tap(phone.pushed("새 링크예요").get_by_text("화면에서 보기"), "/me/hours")


def test_a_programme_is_found_and_applied_for_on_the_page(someone: Callable[[str], Phone]) -> None:
    phone = someone("persona-42h")
    page = phone.tap(phone.chat.say("링크로 보기").get_by_text("봉사 찾기", exact=True), "/programmes")
    found = page.get_by_role("article").filter(has_text="모집중")
    mine = found.first if phone.is_narrow else found.last  # one programme is applied for once
    mine.get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/programmes/\d+"))
    judge(page)
    page.get_by_role("link", name="신청하기").click()
    confirm(page, "신청할게요")
    expect(page.get_by_role("main")).to_contain_text("신청했어요")
    expect(phone.pushed("신청했어요")).to_contain_text("내 신청 보기")


def test_a_certificate_is_opened_after_one_more_proof(
    someone: Callable[[str], Phone], tmp_path: Path
) -> None:
    phone = someone("persona-42h")
    phone.chat.say("확인서").get_by_text("봉사활동확인서").first.click()
    phone.chat.answer().get_by_role("button").first.click()
    page = phone.tap(phone.chat.answer().get_by_text("확인서 열기"), "/me/check")
    prove(phone, page, born(17))
    page.wait_for_url(re.compile("/me/certificates/"))
    judge(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF로 내려받기").click()
    download.value.save_as(tmp_path / "certificate.pdf")
    assert (tmp_path / "certificate.pdf").read_bytes().startswith(b"%PDF")


def test_the_consent_to_1365_is_taken_back_and_given_again(someone: Callable[[str], Phone]) -> None:
    phone = someone("persona-42h")
    page = phone.tap(phone.chat.say("1365 연계").get_by_text("화면에서 보기"), "/me/check")
    prove(phone, page, born(17))
    page.wait_for_url(re.compile("/me/consent-1365"))
    judge(page)
    for label, sure in (("두볼 동의 취소", "취소할게요"), ("두볼에서 동의하기", "동의할게요")):
        page.get_by_role("link", name=label).click()
        confirm(page, sure)
        expect(page.get_by_role("link", name=label)).to_have_count(0)
    expect(phone.pushed("동의")).to_be_visible()


@pytest.mark.parametrize("someone", [(390, 844)], indirect=True)  # one newcomer links once
def test_a_newcomer_links_an_account_and_sees_it_in_the_chat(someone: Callable[[str], Phone]) -> None:
    phone = someone("persona-new")
    card = phone.chat.say("두볼 계정 연결")
    number = re.search(r"연결 번호\s+(\d\d)", card.inner_text())
    assert number
    page = phone.tap(card.get_by_text("두볼 계정 연결").last, "/link")
    page.get_by_label("두볼 아이디").fill("newcomer")
    page.get_by_label("비밀번호").fill("boram-demo")
    page.get_by_role("button", name="로그인").click()
    page.get_by_label("연결 번호 두 자리").fill(number[1])
    judge(page)
    page.get_by_role("button", name="확인").click()
    confirm(page, "연결할게요")
    expect(page.get_by_role("main")).to_contain_text("연결됐어요!")
    phone.pushed("두볼 계정과 연결됐어요")
    expect(phone.chat.say("내 신청 보여줘")).to_contain_text("아직 신청한 봉사가 없어요")


@pytest.mark.parametrize("someone", [(390, 844)], indirect=True)  # one child is agreed for once
def test_a_guardian_agrees_by_a_code_and_the_child_may_apply(someone: Callable[[str], Phone]) -> None:
    child = someone("persona-13")
    page = child.tap(child.chat.say("보호자 동의").get_by_text("보호자에게 부탁하기"), "/me/guardian")
    page.get_by_role("button", name="등록된 보호자에게 문자 보내기").click()
    expect(page.get_by_role("main")).to_contain_text("보호자의 답을 기다리고 있어요")
    judge(page)
    guardian = someone("persona-leader")
    link = re.search(r"http://\S+/guardian/\S+", texts(guardian, "01000001013"))
    assert link
    asked = guardian.context.new_page()
    asked.goto(link[0])
    judge(asked)
    asked.get_by_role("button", name="인증번호 받기").click()
    asked.get_by_label("인증번호 6자리").wait_for()
    code = re.findall(r"\b(\d{6})\b", texts(guardian, "01000001013"))[-1]
    asked.get_by_label("인증번호 6자리").fill(code)
    asked.get_by_label("보호자 본인 이름").fill("김나무")
    judge(asked)
    asked.get_by_role("button", name="확인").click()
    confirm(asked, "동의해요")
    expect(asked.get_by_role("main")).to_contain_text("보호자 동의를 받았어요")
    child.pushed("보호자가 동의했어요")
