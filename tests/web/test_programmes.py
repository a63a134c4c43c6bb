"""Finding, looking closely and applying on the pages: for guests and members, gently and safely."""

from __future__ import annotations

import html
import re
from datetime import date, time, timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.applications import Application, ApplicationState
from models.members import Level, Member
from models.programs import ProgramSession, SessionState
from models.rules import RuleSetting
from tests.web.visitor import Visitor
from tests.web.window import assert_fit, enter, looking
from tests.world import (
    NOW,
    make_account,
    make_application,
    make_host,
    make_member,
    make_program,
    make_session,
)

SATURDAY = date(2026, 11, 28)
HOSTILE = "<script>alert('봉사')</script>"


@pytest.fixture
def session(db: Session) -> ProgramSession:
    """Return something to do this Saturday, near the member."""
    made = make_session(db, title="벽화 그리기", starts_on=SATURDAY, notes="편한 옷\n물병", field="0700")
    db.commit()
    return made


def applications_in(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Application)) or 0


def chip(visitor: Visitor, label: str) -> str:
    """Return where a chip of the page leads."""
    assert visitor.page is not None
    links = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', visitor.page.text)
    led = {html.unescape(re.sub("<[^>]+>", "", text)): html.unescape(url) for url, text in links}
    assert label in led, f"no chip {label} among {list(led)}"
    return led[label]


def test_a_guest_finds_without_logging_in(visitor: Visitor, session: ProgramSession) -> None:
    assert visitor.get("/programmes").status_code == 200
    read = visitor.read()
    assert "벽화 그리기" in read
    assert "11월 28일(토) 10:00–12:00" in read
    assert "2시간 인정" in read
    assert "10자리 남음" in read
    assert "모집중" in read


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("words=벽화 그리기", True),
        ("words=청소년수련관", True),
        ("words=도서관", False),
        ("sido_codes=6440000&sigungu_codes=4490000", True),
        ("sido_codes=6110000", False),
        ("first_day=2026-11-28&last_day=2026-11-29", True),
        ("first_day=2026-11-29", False),
        ("last_day=2026-11-27", False),
        ("weekdays=56", True),
        ("weekdays=0", False),
        ("field_codes=0700", True),
        ("field_codes=0800", False),
        ("level=4&age=16", True),
    ],
)
def test_every_filter_is_obeyed(visitor: Visitor, session: ProgramSession, query: str, found: bool) -> None:
    visitor.get(f"/programmes?{query}")
    assert ("벽화 그리기" in visitor.read()) == found


def test_a_filter_is_taken_off_by_its_chip(visitor: Visitor, session: ProgramSession) -> None:
    visitor.get("/programmes?words=도서관&weekdays=56")
    assert "벽화 그리기" not in visitor.read()
    visitor.get(chip(visitor, "'도서관'"))
    assert "벽화 그리기" in visitor.read()
    assert "토·일요일" in visitor.read()


def test_what_is_known_of_the_member_is_a_start_that_can_be_taken_off(
    visitor: Visitor, db: Session, member: Member, session: ProgramSession
) -> None:
    far = make_session(db, title="마포 책 정리", starts_on=SATURDAY, levels=Level.MIDDLE)
    far.sido_code, far.sigungu_code = "6110000", "3130000"
    db.commit()
    visitor.log_in(member, "programme_list")
    assert "마포 책 정리" not in visitor.read()
    visitor.get(chip(visitor, "충남 천안시"))
    assert "마포 책 정리" not in visitor.read()
    visitor.get(chip(visitor, "고등학생"))
    assert "마포 책 정리" in visitor.read()
    visitor.get(chip(visitor, "16살"))
    assert "마포 책 정리" in visitor.read()
    assert "고른 조건" not in visitor.read()


def test_full_and_coming_ones_are_shown_when_asked_for(visitor: Visitor, db: Session) -> None:
    make_session(db, title="꽉 찬 활동", seats=2, taken=2)
    make_session(db, title="씨앗 심기", apply_from=date(2026, 11, 30))
    db.commit()
    visitor.get("/programmes")
    assert "꽉 찬 활동" not in visitor.read()
    assert "씨앗 심기" not in visitor.read()
    visitor.get("/programmes?with_seats=0&only_open=0")
    assert "대기 가능" in visitor.read()
    assert "모집 예정" in visitor.read()
    assert "11월 30일(월)부터 신청" in visitor.read()


def test_a_long_list_is_read_page_by_page_without_gaps(visitor: Visitor, db: Session) -> None:
    titles = {f"활동{n:02}번" for n in range(30)}
    for n, title in enumerate(sorted(titles)):
        make_session(db, title=title, starts_on=SATURDAY + timedelta(days=n // 7))
    db.commit()
    seen, url = list[str](), "/programmes?weekdays=0123456"
    while url:
        text = visitor.get(url).text
        seen += re.findall(r">(활동\d\d번)</a>", text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        url = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(titles)
    assert set(seen) == titles


def test_nothing_found_says_which_limit_to_drop(visitor: Visitor, session: ProgramSession) -> None:
    visitor.get("/programmes?words=벽화&field_codes=0800")
    assert "딱 맞는 활동이 지금은 없어요" in visitor.read()
    visitor.get(chip(visitor, "환경·생태계보호 빼고 찾기"))
    assert "벽화 그리기" in visitor.read()


def test_a_day_that_is_not_in_the_calendar_is_told(visitor: Visitor, session: ProgramSession) -> None:
    assert visitor.get("/programmes?first_day=2026-02-30").status_code == 200
    assert "달력에 없는 날이에요" in visitor.read()
    visitor.get("/programmes?first_day=2026-12-05&last_day=2026-12-01")
    assert "끝나는 날이 시작하는 날보다 앞이에요" in visitor.read()


def test_hostile_words_come_back_as_words(visitor: Visitor, session: ProgramSession) -> None:
    page = visitor.get(
        f"/programmes?words={quote(HOSTILE)}&sido_codes={quote(HOSTILE)}&after={quote(HOSTILE)}"
    )
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "words",
                "sido_codes",
                "sigungu_codes",
                "first_day",
                "last_day",
                "weekdays",
                "begins_from",
                "field_codes",
                "level",
                "age",
                "with_seats",
                "only_open",
                "after",
            ]
        ),
        st.text(max_size=80)
        | st.integers(-(10**30), 10**30).map(str)
        | st.dates().map(str)
        | st.dates().map(lambda day: f"{day}:{10**20}"),
    )
)
def test_whatever_an_address_holds_the_page_stands(visitor: Visitor, values: dict[str, str]) -> None:
    query = "&".join(f"{name}={quote(value, errors='replace')}" for name, value in values.items())
    assert visitor.get(f"/programmes?{query}").status_code == 200


def test_an_endless_address_is_cut(visitor: Visitor, session: ProgramSession) -> None:
    page = visitor.get("/programmes?words=" + "+".join(f"낱말{n}" for n in range(2000)))
    assert page.status_code == 200
    assert "낱말10" not in page.text


def test_one_programme_tells_everything_and_escapes_it(visitor: Visitor, db: Session) -> None:
    program = make_program(
        db, title="새벽 <b>시장</b> 돕기", host=make_host(db, name="이웃 & 시장"), content="하나\n<i>둘</i>"
    )
    program.cost, program.age_min = 3000, 12
    session = make_session(
        db, program=program, notes=f"장갑\n{HOSTILE}", place='중앙"시장', levels=Level.HIGH
    )
    db.commit()
    page = visitor.get(f"/programmes/{session.id}")
    assert page.status_code == 200
    assert "&lt;i&gt;둘&lt;/i&gt;" in page.text
    assert "하나<br>" in page.text
    assert "장갑<br>" in page.text
    assert HOSTILE not in page.text
    assert "<b>시장" not in page.text
    read = visitor.read()
    for told in ("3,000원", "고등학생 (12살~)", "041-000-1388", "10명 / 10명", "이웃 & 시장"):
        assert told in read
    place = quote('천안시 중앙"시장', safe="")
    assert (
        f'href="https://map.kakao.com/link/search/{place}" target="_blank" rel="noopener noreferrer"'
        in page.text
    )


def test_an_address_in_a_programme_never_becomes_a_script(visitor: Visitor, db: Session) -> None:
    session = make_session(db)
    session.program.url = "javascript:alert(1)"
    db.commit()
    assert "javascript:" not in visitor.get(f"/programmes/{session.id}").text


def test_a_guest_is_told_how_to_apply(visitor: Visitor, session: ProgramSession) -> None:
    page = visitor.get(f"/programmes/{session.id}")
    assert "챗봇에서 신청하기" in visitor.read()
    assert "https://pf.kakao.com/_boram/chat" in page.text
    assert "/me/apply/" not in page.text
    assert visitor.get(f"/me/apply/{session.id}").status_code == 401


def test_other_dates_and_similar_ones_are_shown(
    visitor: Visitor, db: Session, session: ProgramSession
) -> None:
    make_session(db, program=session.program, starts_on=date(2026, 12, 12))
    make_session(db, title="마을 그림 그리기", field="0700")
    make_session(db, title="쓰레기 줍기", field="0800")
    db.commit()
    visitor.get(f"/programmes/{session.id}")
    read = visitor.read()
    assert "같은 활동, 다른 날짜" in read
    assert "12월 12일(토) 10:00–12:00" in read
    assert "마을 그림 그리기" in read
    assert "쓰레기 줍기" not in read


def test_called_off_past_and_unknown_ones_are_told(
    visitor: Visitor, db: Session, session: ProgramSession
) -> None:
    past = make_session(db, starts_on=date(2026, 10, 1))
    session.state = SessionState.CALLED_OFF
    db.commit()
    visitor.get(f"/programmes/{session.id}")
    assert "기관 사정으로 취소된 활동이에요" in visitor.read()
    assert "챗봇에서 신청하기" not in visitor.read()
    visitor.get(f"/programmes/{past.id}")
    assert "이미 지난 활동이에요" in visitor.read()
    for number in (0, 999_999, 2**70):
        assert visitor.get(f"/programmes/{number}").status_code == 404


def test_who_may_not_apply_reads_why(visitor: Visitor, db: Session) -> None:
    child = make_member(db, born=date(2013, 6, 1), level=Level.MIDDLE)
    session = make_session(db)
    make_account(db, child)
    db.commit()
    visitor.log_in(child, "programme_detail", str(session.id))
    assert "보호자 동의가 먼저 필요해요" in visitor.read()
    assert "보호자 동의 부탁하기" in visitor.read()
    assert visitor.get(f"/me/apply/{session.id}").status_code == 409
    assert "보호자 동의 부탁하기" in visitor.read()


def test_notes_and_rules_come_before_applying_and_the_chat_is_told(
    visitor: Visitor, db: Session, member: Member, session: ProgramSession
) -> None:
    visitor.log_in(member, "programme_detail", str(session.id))
    assert "신청하기" in visitor.read()
    visitor.get(f"/me/apply/{session.id}")
    assert "물병" in visitor.read()
    assert "승인되기 전이라면 11월 27일(금) 오후 6시까지 취소할 수 있어요" in visitor.read()
    assert applications_in(db) == 0
    visitor.post(f"/me/apply/{session.id}")
    visitor.follow()
    assert "신청했어요! 기관이 확인하면 승인돼요." in visitor.read()
    assert [event.data for event in visitor.happened(member)] == [{"state": "applied", "by": "member"}]
    assert applications_in(db) == 1


def test_pressing_twice_leads_to_the_one_application(
    visitor: Visitor, db: Session, member: Member, session: ProgramSession
) -> None:
    visitor.log_in(member)
    token = visitor.csrf(f"/me/apply/{session.id}")
    for _ in range(2):
        assert visitor.post_raw(f"/me/apply/{session.id}", {"csrf_token": token}).status_code == 303
    visitor.follow()
    assert "한 번 더 신청되지는 않았으니" in visitor.read()
    assert applications_in(db) == 1
    assert len(visitor.happened(member)) == 1
    assert visitor.get(f"/me/apply/{session.id}").status_code == 303
    visitor.get(f"/programmes/{session.id}")
    assert "내가 신청한 활동이에요" in visitor.read()


def test_a_full_one_puts_on_the_waiting_list(
    visitor: Visitor, db: Session, member: Member, stranger: Member
) -> None:
    full = make_session(db, title="꽉 찬 활동", seats=1, taken=1)
    make_application(db, stranger, full, ApplicationState.WAITLISTED)
    db.commit()
    visitor.log_in(member, "programme_detail", str(full.id))
    assert "대기 신청하기" in visitor.read()
    visitor.get(f"/me/apply/{full.id}")
    assert "대기는 언제든 취소할 수 있어요" in visitor.read()
    visitor.post(f"/me/apply/{full.id}")
    visitor.follow()
    assert "대기 2번째로 올렸어요" in visitor.read()
    assert [event.data["state"] for event in visitor.happened(member)] == ["waitlisted"]


def test_without_a_waiting_list_a_full_one_is_closed(visitor: Visitor, db: Session, member: Member) -> None:
    full = make_session(db, seats=1, taken=1)
    db.add(RuleSetting(name="waitlist_enabled", value="false", changed_at=NOW, changed_by="staff"))
    db.commit()
    visitor.log_in(member, "programme_detail", str(full.id))
    assert "자리가 다 찼어요." in visitor.read()
    assert "대기 신청하기" not in visitor.read()
    assert "마감" in visitor.read()


def test_hours_that_will_not_count_are_warned_of(visitor: Visitor, db: Session, member: Member) -> None:
    make_application(db, member, make_session(db, hours=6, begins_at=time(8), ends_at=time(14)))
    second = make_session(db, hours=4, begins_at=time(15), ends_at=time(19))
    db.commit()
    visitor.log_in(member)
    visitor.get(f"/me/apply/{second.id}")
    assert "2시간만 인정될 수 있어요(하루 8시간까지)" in visitor.read()


def test_an_overlap_is_refused_with_the_words_of_the_chat(
    visitor: Visitor, db: Session, member: Member
) -> None:
    make_application(db, member, make_session(db))
    second = make_session(db, title="다른 활동")
    db.commit()
    visitor.log_in(member)
    assert visitor.get(f"/me/apply/{second.id}").status_code == 409
    assert "같은 시간에 신청해 둔 활동이 있어요" in visitor.read()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_accessible_and_fit(
    browser: Browser, address: str, db: Session, session: ProgramSession, width: int
) -> None:
    session.place = "천안시동남구" * 30
    session.program.content = "가나다라마바사" * 60
    db.commit()
    paths = (
        "/programmes?words=&sido_codes=6440000&first_day=2026-12-05&last_day=2026-12-01",
        "/programmes?words=벽화",
        "/programmes?words=없는것&weekdays=56",
        f"/programmes/{session.id}",
    )
    with looking(browser, width) as page:
        for path in paths:
            page.goto(address + path)
            assert_fit(page)


def test_nothing_the_keyboard_comes_to_hides_behind_the_bar_below(
    browser: Browser, address: str, visitor: Visitor, member: Member, session: ProgramSession
) -> None:
    hidden = """() => {
        const bar = document.querySelector("nav.navigation"), here = document.activeElement;
        if (bar.contains(here) || here === document.body) return "";
        return here.getBoundingClientRect().bottom > bar.getBoundingClientRect().top ? here.innerText : "";
    }"""
    with looking(browser, 390) as page:
        enter(page, address + visitor.link(member, "alert_settings"))
        for _ in range(40):
            page.keyboard.press("Tab")
            assert page.evaluate(hidden) == ""


@pytest.mark.parametrize("scripts", [True, False])
def test_searching_and_applying_work_with_and_without_scripts(
    browser: Browser,
    address: str,
    visitor: Visitor,
    db: Session,
    member: Member,
    session: ProgramSession,
    scripts: bool,
) -> None:
    with looking(browser, 390, scripts=scripts) as page:
        enter(page, address + visitor.link(member, "programme_list"), scripts=scripts)
        page.get_by_label("무엇을 찾을까요?").fill("벽화")
        page.get_by_role("button", name="찾기", exact=True).click()
        page.get_by_role("link", name="벽화 그리기").click()
        page.get_by_role("link", name="신청하기").click()
        page.get_by_role("button", name="신청할게요").click()
        expect(page.get_by_role("status")).to_contain_text("신청했어요!")
        assert page.url.startswith(f"{address}/me/applications/")
    assert applications_in(db) == 1


def test_the_way_back_from_a_programme_keeps_the_search(visitor: Visitor, db: Session) -> None:
    number = make_session(db).id
    db.commit()
    asked, written = "with_seats=0&weekdays=56", "with_seats=0&amp;weekdays=56"
    assert f'href="/programmes/{number}?{written}"' in visitor.get(f"/programmes?{asked}").text
    assert f'href="/programmes?{written}"' in visitor.get(f"/programmes/{number}?{asked}").text
    assert 'href="/programmes"' in visitor.get(f"/programmes/{number}").text


def test_a_strange_address_of_a_programme_leads_nowhere_else(visitor: Visitor, db: Session) -> None:
    number = make_session(db).id
    db.commit()
    odd = "?from=https://evil.example&sido_codes=<b>&after=x&words=%22%3E%3Cscript%3E"
    page = visitor.get(f"/programmes/{number}{odd}")
    assert page.status_code == 200
    assert "evil.example" not in page.text
    assert 'href="/programmes?words=%22%3E%3Cscript%3E"' in page.text
