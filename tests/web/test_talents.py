"""My talents on the page: listed, offered, matched and taken back."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from models.events import EventKind
from models.members import Member
from models.rules import Rules
from models.talents import LONGEST, OfferState, TalentMatch, TalentOffer, file_offer, offers_of
from tests.web.visitor import Visitor
from tests.world import NOW, PHONE, make_host, make_session

NEW = "/me/talents/new"
ANSWERS = {"talent": "기타 치기", "when": "주말", "where": "온라인"}


def make_offer(
    db: Session, member: Member, state: OfferState = OfferState.FILED, talent: str = "그림"
) -> TalentOffer:
    offer = file_offer(db, member, talent=talent, when="방학 때", where="천안", rules=Rules(), now=NOW)
    offer.state = state
    db.commit()
    return offer


def test_without_offers_the_page_invites_to_make_one(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member, "my_talent")
    assert "아직 올린 재능이 없어요" in visitor.read()


def test_offers_are_listed_with_their_state(visitor: Visitor, db: Session, member: Member) -> None:
    make_offer(db, member)
    make_offer(db, member, OfferState.APPROVED, "기타")
    visitor.log_in(member, "my_talent")
    assert "짝을 찾는 중" in visitor.read()
    assert "승인됨" in visitor.read()


def test_an_offer_is_filed_once_however_often_it_is_sent_and_the_chat_is_told_once(
    visitor: Visitor, db: Session, member: Member
) -> None:
    visitor.log_in(member)
    token = visitor.csrf(NEW)
    for _ in range(2):
        assert visitor.post_raw(NEW, ANSWERS | {"csrf_token": token}).status_code == 303
    (offer,) = offers_of(db, member)
    assert (offer.talent, offer.when, offer.where) == ("기타 치기", "주말", "온라인")
    assert "재능을 올려 뒀어요!" in visitor.follow().text
    (event,) = visitor.happened(member)
    assert (event.kind, event.object) == (EventKind.TALENT_FILED, f"talent_offer:{offer.id}")


def test_the_form_suggests_the_own_region(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    assert '<option value="충남 천안시">' in visitor.get(NEW).text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"talent": ""}, "재능: 비어 있어요"),
        ({"when": " \n\t"}, "언제: 비어 있어요"),
        ({"where": "가" * (LONGEST + 1)}, f"{LONGEST}자까지 적을 수 있어요"),
        ({"talent": "\0\0"}, "재능: 비어 있어요"),
    ],
)
def test_what_is_missing_or_too_long_is_asked_for_and_the_rest_is_kept(
    visitor: Visitor, db: Session, member: Member, wrong: dict[str, str], words: str
) -> None:
    visitor.log_in(member)
    answers = {"talent": "기타 <b>치기</b>", "when": "주말마다", "where": "온라인"} | wrong
    sent = visitor.post(NEW, answers)
    assert sent.status_code == 400
    assert words in visitor.read()
    for name in set(ANSWERS) - set(wrong):
        assert answers[name].replace("<", "&lt;").replace(">", "&gt;") in sent.text
    assert offers_of(db, member) == []


def test_a_browser_does_not_cut_an_answer_before_it_is_refused(visitor: Visitor, member: Member) -> None:
    visitor.log_in(member)
    assert visitor.get(NEW).text.count(f'maxlength="{2 * LONGEST}"') == 3
    assert f"{LONGEST}자까지 적을 수 있어요" in visitor.read()


def test_hostile_words_are_shown_as_words_and_numbers_are_hidden(
    visitor: Visitor, db: Session, member: Member
) -> None:
    visitor.log_in(member)
    visitor.post(NEW, ANSWERS | {"talent": "<script>alert(1)</script>", "where": "010-0000-1234 앞"})
    for page in (visitor.follow(), visitor.get("/me/talents")):
        shown = page.text.split("<main")[1]
        assert "<script>alert" not in shown
        assert "&lt;script&gt;" in shown
        assert "0000-1234" not in shown


def test_an_offer_shows_who_wants_it_where_and_when(visitor: Visitor, db: Session, member: Member) -> None:
    offer = make_offer(db, member, OfferState.MATCHED)
    host = make_host(db, name="<i>천안</i> 수련관")
    session = make_session(db, host=host)
    offer.matches.append(TalentMatch(host=host, session=session, matched_at=NOW))
    offer.matches.append(TalentMatch(host=make_host(db, name="전화 없는 곳", phone=None), matched_at=NOW))
    db.commit()
    page = visitor.log_in(member, "my_talent", str(offer.id)).text
    read = visitor.read()
    for words in ("매칭됨", "<i>천안</i> 수련관", "12월 5일(토) 10:00–12:00", "천안천", "전화번호가 없어요"):
        assert words in read
    assert f'href="tel:{PHONE}"' in page
    assert f'href="/programmes/{session.id}"' in page


def test_an_offer_is_taken_back_after_a_question_and_only_once(
    visitor: Visitor, db: Session, member: Member
) -> None:
    offer = make_offer(db, member)
    visitor.log_in(member)
    path = f"/me/talents/{offer.id}/withdraw"
    assert "취소할까요?" in visitor.get(path).text
    token = visitor.csrf(path)
    for _ in range(2):
        assert visitor.post_raw(path, {"csrf_token": token}).status_code == 303
    assert "재능나눔을 취소했어요" in visitor.follow().text
    db.refresh(offer)
    assert offer.state is OfferState.WITHDRAWN
    assert path not in visitor.get(f"/me/talents/{offer.id}").text
    assert [card.title for card in visitor.told(member)] == ["재능나눔을 취소했어요"]


def test_an_approved_offer_is_not_taken_back_here(visitor: Visitor, db: Session, member: Member) -> None:
    offer = make_offer(db, member, OfferState.APPROVED)
    visitor.log_in(member)
    token = visitor.csrf("/me/not-me")
    path = f"/me/talents/{offer.id}/withdraw"
    for refused in (visitor.get(path), visitor.post_raw(path, {"csrf_token": token})):
        assert refused.status_code == 409
        assert "기관에 전화해서" in visitor.read()
    db.refresh(offer)
    assert offer.state is OfferState.APPROVED


def test_somebody_elses_offer_cannot_be_seen_or_taken_back(
    visitor: Visitor, db: Session, member: Member, stranger: Member
) -> None:
    theirs = make_offer(db, stranger, talent="비밀 재능")
    visitor.log_in(member)
    token = visitor.csrf("/me/not-me")
    for path in (f"/me/talents/{theirs.id}", f"/me/talents/{theirs.id}/withdraw"):
        assert visitor.get(path).status_code == 409
        assert "비밀 재능" not in visitor.read()
    sent = visitor.post_raw(f"/me/talents/{theirs.id}/withdraw", {"csrf_token": token})
    assert sent.status_code == 409
    db.refresh(theirs)
    assert theirs.state is OfferState.FILED
