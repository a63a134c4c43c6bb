"""Alerts 2 and 3: a talent was offered, and a host's wish for it was approved."""

from __future__ import annotations

from sqlalchemy import select

from alerts.kinds import Dropped, Writing, Written
from alerts.words import Words
from alerts.writing.parts import UNKNOWN_PLACE, asking, begins, card
from bot.wording import OFFER_NEXT, when
from models.hosts import Leader
from models.masking import mask_name
from models.outbox import NoticeCard
from models.programs import ProgramSession, SessionState
from models.talents import OFFER_STATE_NAMES, OfferState, TalentMatch, TalentOffer

FILED, APPROVED = 2, 3
_TO_BE_AGREED = "기관과 정하기"


def write_talent_filed(writing: Writing) -> Written | Dropped:
    """Write that an offer was taken; one withdrawn or approved meanwhile has nothing to tell here."""
    offer = writing.db.get(TalentOffer, writing.alert.object_id)
    if offer is None:
        return Dropped("gone")
    if offer.state in (OfferState.WITHDRAWN, OfferState.APPROVED):
        return Dropped("overtaken")
    state = OFFER_STATE_NAMES[offer.state]
    facts = (("재능", offer.talent), ("언제", offer.when), ("어디서", offer.where), ("상태", state))
    text = writing.words.card(FILED, 다음=OFFER_NEXT[offer.state])
    ask = asking("talent_sharing", offer=offer.id)
    shown = card(FILED, text, facts, ask, page=("my_talent", str(offer.id), "내 재능나눔 보기"))
    variables = {"재능": offer.talent, "언제": offer.when, "어디서": offer.where, "상태": state}
    return Written(shown, variables, writing.words.sms(FILED))


def write_talent_approved(writing: Writing) -> Written | Dropped:
    """Write to the young person where they will share the talent, and to the leaders that somebody comes."""
    match = writing.db.get(TalentMatch, writing.alert.object_id)
    if match is None:
        return Dropped("gone")
    if match.approved_at is None or match.offer.state is not OfferState.APPROVED:
        return Dropped("overtaken")
    session = match.session
    if session is not None and (
        session.state is SessionState.CALLED_OFF or session.ends_on < writing.now.date()
    ):
        return Dropped("over")
    if writing.alert.member_id == match.offer.member_id:
        return _to_youth(writing.words, match)
    return _to_leader(writing.words, match) if _leads(writing, match) else Dropped("no leader")


def _leads(writing: Writing, match: TalentMatch) -> bool:
    query = select(Leader.id).where(
        Leader.member_id == writing.alert.member_id, Leader.host_id == match.host_id
    )
    return writing.db.scalar(query) is not None


def _to_youth(words: Words, match: TalentMatch) -> Written:
    offer = match.offer
    text = words.card(APPROVED)
    facts = (("재능", offer.talent), *_whereabouts(match), ("연락처", match.host.phone or ""))
    ask = asking("talent_sharing", offer=offer.id)
    shown = card(APPROVED, text, facts, ask, page=("my_talent", str(offer.id), "내 재능나눔 보기"))
    return _written(match, shown, words.sms(APPROVED))


def _to_leader(words: Words, match: TalentMatch) -> Written:
    """Name the young person only as far as needed to know whom the page is about."""
    who = mask_name(match.offer.member.name)
    text = words.card(APPROVED, "leader")
    facts = (("청소년", who), ("재능", match.offer.talent), *_whereabouts(match))
    page = (
        ("programme_detail", str(match.session.id), "활동 보기")
        if match.session
        else ("home", "", "내 두볼 보기")
    )
    shown = card(APPROVED, text, facts, asking("faq_leader_host"), page=page)
    return _written(match, shown, words.sms(APPROVED, "leader"))


def _whereabouts(match: TalentMatch) -> tuple[tuple[str, str], ...]:
    session = match.session
    facts = (("기관", match.host.name),)
    if session is None:
        return facts
    return (*facts, ("활동", session.program.title), ("일시", when(session)), ("장소", session.place))


def _written(match: TalentMatch, shown: NoticeCard, short: str) -> Written:
    session = match.session
    variables = {
        "재능": match.offer.talent,
        "활동": session.program.title if session else match.host.name,
        "일시": when(session) if session else _TO_BE_AGREED,
        "장소": _place(session),
        "연락처": match.host.phone or match.host.name,
    }
    return Written(shown, variables, short, until=begins(session) if session else None)


def _place(session: ProgramSession | None) -> str:
    return (session.place or UNKNOWN_PLACE) if session else _TO_BE_AGREED
