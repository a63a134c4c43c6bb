"""Finding programmes, and everything to know about one: open to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.searches import (
    Part,
    for_member,
    from_data,
    in_regions,
    limits,
    on_weekend,
    own_region,
    parse_moment,
    to_data,
)
from bot.wording import (
    RECRUITMENT_NAMES,
    days,
    host_name,
    host_phone,
    seats_left,
    session_facts,
    when,
)
from models.alert_settings import CHANNELS, OPT_IN, alert_settings_of, is_on
from models.applications import (
    check_apply,
    check_open,
    current_application,
    level_words,
)
from models.base import LARGEST_ID
from models.codes import FIELDS, SIDO_BY_CODE, SIDOS, Region, region_by_codes
from models.follows import Followed, follow, follows, unfollow
from models.members import Level
from models.programs import ProgramSession, Recruitment, SessionState
from models.refusals import Refused
from models.search import Cursor, ProgramQuery, find_sessions, sessions_of
from web.door import Guard, Route, Visit

PAGE = 12
_SIMILAR = 3
_COLOURS: dict[Recruitment, str] = {
    Recruitment.SCHEDULED: "info",
    Recruitment.RECRUITING: "success",
    Recruitment.FULL: "warning",
    Recruitment.CLOSED: "neutral",
}
_DAY_ERROR = "달력에 없는 날이에요. 날짜를 다시 골라 주세요."


@dataclass(frozen=True, slots=True)
class Chip:
    """A search next to the one shown: one limit less, or one more."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Who runs a programme and can be followed; ``who`` names it in the form."""

    who: str
    kind: str
    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A programme in a list; ``state`` and ``badge`` tell whether it can be applied for."""

    title: str
    url: str
    lines: tuple[tuple[str, str], ...]
    state: str
    badge: str


def programme_list(visit: Visit) -> ResponseReturnValue:
    """Search; what is known of who is logged in is a start that can be taken off."""
    query, today = _asked(visit), visit.now.date()
    after = Cursor.parse(request.args.get("after", ""))
    page = find_sessions(visit.db, query, visit.now, limit=PAGE, after=after)
    return render_template(
        "portal/programmes.html",
        chosen=[
            Chip(said, _url(_without(query, names)), current=True) for names, said in _parts(query, today)
        ],
        shortcuts=list(_shortcuts(visit, query)),
        items=[_item(visit, each) for each in page.sessions],
        first_url=_url(query) if after else None,
        next_url=_url(query, page.next) if page.next else None,
        looser=[] if page.sessions or after else list(_looser(visit, query)),
        **_form(visit, query),
    )


def _form(visit: Visit, query: ProgramQuery) -> dict[str, Any]:
    """Return what the form offers to choose from, and what is chosen."""
    return {
        "query": query,
        "errors": _errors(query),
        "sidos": [(sido.region.sido_code, sido.region.sido_name) for sido in SIDOS],
        "sigungu": [(region.sigungu_code, region.sigungu_name) for region in _sigungu_of(query)],
        "fields": list(FIELDS.items()),
        "levels": [(int(level), level_words(level)) for level in Level if level is not Level.ALL],
        "age": visit.member.age(visit.now.date()) if visit.is_member else None,
    }


def programme_detail(visit: Visit, number: int) -> ResponseReturnValue:
    """Show what a person wants to know before applying, the way to apply or why not, and the way back."""
    session = session_at(visit, number)
    mine = current_application(visit.db, visit.member, session) if visit.is_member else None
    others = [each for each in sessions_of(visit.db, session.program_id, visit.now) if each is not session]
    return render_template(
        "portal/programme.html",
        session=session,
        search_url=f"{url_for('.programme_list')}{_search(visit)}",
        rows=_rows(session),
        badge=_badge(visit, session),
        map_url=_map_url(session),
        mine=mine,
        refused=None if mine else _refusal(visit, session),
        over=session.starts_on < visit.now.date(),
        others=[(_item(visit, each), when(each)) for each in others],
        sources=list(_sources(visit, session)),
        recommended=visit.is_member and _recommended(visit),
        follow_url=f"{url_for('.follow_source', number=number)}{_search(visit)}",
        similar=[_item(visit, each) for each in _similar(visit, session)],
    )


def follow_source(visit: Visit, number: int) -> ResponseReturnValue:
    """Follow who runs the programme, or stop; either as often as it is sent."""
    session = session_at(visit, number)
    followed, on = _runs(session).get(request.form.get("who", "")), request.form.get("on")
    if followed is None or on not in ("0", "1"):
        abort(400)
    if on == "1":
        follow(visit.db, visit.member, followed, visit.now)
    else:
        unfollow(visit.db, visit.member, followed)
    visit.commit()
    flash(_followed(followed.name, _recommended(visit)) if on == "1" else _unfollowed(followed.name), "info")
    return redirect(f"{url_for('.programme_detail', number=number)}{_search(visit)}", 303)


def _followed(name: str, recommended: bool) -> str:
    if recommended:
        return f"새 봉사가 열리면 추천에 가장 먼저 담을게요: {name}"
    return f"{name} 소식을 받기로 했어요. 그런데 새 봉사 추천이 꺼져 있어서 아직 보낼 수 없어요."


def _unfollowed(name: str) -> str:
    return f"이제 따로 챙기지 않을게요: {name}"


def _runs(session: ProgramSession) -> dict[str, Followed]:
    """Return who runs a session, by the word of the form."""
    program = session.program
    return {who: each for who, each in (("club", program.club), ("host", program.host)) if each}


def _sources(visit: Visit, session: ProgramSession) -> Iterator[Source]:
    """Yield who can be followed here, for who is logged in."""
    if visit.is_member:
        for who, each in _runs(session).items():
            kind = {"host": "기관", "club": "동아리"}[who]
            yield Source(who, kind, each.name, follows(visit.db, visit.member, each))


def _recommended(visit: Visit) -> bool:
    """Tell whether recommendations come by any channel."""
    switches = alert_settings_of(visit.db, visit.member)
    return any(is_on(switches, OPT_IN, channel) for channel in CHANNELS)


def session_at(visit: Visit, number: int) -> ProgramSession:
    """Return the session an address names; there is no page without one."""
    session = visit.db.get(ProgramSession, number) if number <= LARGEST_ID else None
    return session or abort(404)


def _refusal(visit: Visit, session: ProgramSession) -> Refused | None:
    """Return why the person, or a guest, cannot apply; None when they can."""
    try:
        if visit.is_member:
            check_apply(visit.db, visit.member, session, visit.rules, visit.now)
        else:
            check_open(session, visit.rules, visit.now)
    except Refused as refused:
        return refused
    return None


def _similar(visit: Visit, session: ProgramSession) -> list[ProgramSession]:
    """Return a few others of the same kind, in the same region where there are any."""
    query = ProgramQuery(
        field_codes=(session.field_code,),
        sido_codes=(session.sido_code,) if session.sido_code else (),
        exclude_program_ids=(session.program_id,),
    )
    query = for_member(query, visit.member if visit.is_member else None, visit.now.date())
    near = find_sessions(visit.db, query, visit.now, limit=_SIMILAR).sessions
    return near or find_sessions(visit.db, query.without("sido_codes"), visit.now, limit=_SIMILAR).sessions


def _rows(session: ProgramSession) -> list[tuple[str, str]]:
    """Return the facts of a session, all that are known."""
    program = session.program
    rows = [(fact.label, fact.value) for fact in session_facts(session)]
    rows.append(("신청 기간", days(session.apply_from, session.apply_until)))
    rows.append(("대상", " ".join(filter(None, (level_words(session.levels), _ages(session))))))
    rows.append(("비용", f"{program.cost:,}원" if program.cost else "없음"))
    rows.append(("분야", FIELDS.get(session.field_code, "기타")))
    about = (("기관", program.host and program.host.name), ("동아리", program.club and program.club.name))
    rows += [(label, name) for label, name in about if name]
    return [*rows, ("전화", phone)] if (phone := host_phone(session)) else rows


def _ages(session: ProgramSession) -> str:
    least, most = session.program.age_min, session.program.age_max
    if least is None and most is None:
        return ""
    return f"({least or ''}{'살' if least else ''}~{most or ''}{'살' if most else ''})"


def _map_url(session: ProgramSession) -> str:
    """Return where KakaoMap shows the place, empty when none is known."""
    if not session.place or "온라인" in session.place:
        return ""
    region = region_by_codes(session.sido_code, session.sigungu_code) if session.sido_code else None
    around = (region.sigungu_name or region.sido_name) if region else ""
    place = session.place if around in session.place else f"{around} {session.place}"
    return f"https://map.kakao.com/link/search/{quote(place, safe='')}"


def _item(visit: Visit, session: ProgramSession) -> Item:
    place = session.place or host_name(session) or "장소는 기관에 물어봐 주세요"
    lines = (
        ("calendar", when(session)),
        ("place", place),
        ("clock", f"{session.credited_hours}시간 인정"),
        ("people", seats_left(session, visit.now)),
    )
    url = url_for(".programme_detail", number=session.id)
    return Item(session.program.title, f"{url}{_search(visit)}", lines, *_badge(visit, session))


def _badge(visit: Visit, session: ProgramSession) -> tuple[str, str]:
    """Return the state and the words of a session's badge."""
    if session.state is SessionState.CALLED_OFF:
        return "danger", "취소된 활동"
    recruitment = session.recruitment(visit.now)
    if recruitment is Recruitment.FULL and not visit.rules.waitlist_enabled:
        recruitment = Recruitment.CLOSED
    return _COLOURS[recruitment], RECRUITMENT_NAMES[recruitment]


def _asked(visit: Visit) -> ProgramQuery:
    """Return what the address asks for; an address that asks for nothing starts from who is logged in."""
    if request.args:
        words = "|".join(request.args.get("words", "").split())
        return _known(from_data({**request.args.to_dict(), "words": words}))
    if not visit.is_member:
        return ProgramQuery()
    return in_regions(for_member(ProgramQuery(), visit.member, visit.now.date()), own_region(visit.member))


def _known(query: ProgramQuery) -> ProgramQuery:
    """Leave out codes that stand for nothing: an address may come from anywhere."""
    sidos = tuple(code for code in query.sido_codes if code in SIDO_BY_CODE)
    query = replace(query, sido_codes=sidos, level=query.level or None)
    inner = {region.sigungu_code for region in _sigungu_of(query)}
    return replace(
        query,
        sigungu_codes=tuple(code for code in query.sigungu_codes if code in inner),
        field_codes=tuple(code for code in query.field_codes if code in FIELDS),
    )


def _sigungu_of(query: ProgramQuery) -> list[Region]:
    """Return the 시군구 of the 시도 looked in."""
    return [each.region for code in query.sido_codes for each in SIDO_BY_CODE[code].sigungu]


def _errors(query: ProgramQuery) -> dict[str, str]:
    """Return what is wrong with the days of the address: name of the field → words."""
    errors = {
        name: _DAY_ERROR
        for name in ("first_day", "last_day")
        if request.args.get(name) and parse_moment(date, request.args[name]) is None
    }
    if query.first_day and query.last_day and query.last_day < query.first_day:
        errors["last_day"] = "끝나는 날이 시작하는 날보다 앞이에요. 날짜를 바꿔 볼까요?"
    return errors


def _url(query: ProgramQuery, after: Cursor | None = None) -> str:
    return f"{url_for('.programme_list')}{_said(query, after)}"


def _search(visit: Visit) -> str:
    """Return the search the address asks for, read and written anew, for the way there and back.

    The person's own start is not among it: an address may be shared, and leads back to the start without it.
    """
    return _said(_asked(visit), Cursor.parse(request.args.get("after", ""))) if request.args else ""


def _said(query: ProgramQuery, after: Cursor | None) -> str:
    data = to_data(query) | ({"after": str(after)} if after else {})
    # Without anything the address would mean the person's own start: it says at least that no words are asked for.
    return f"?{urlencode(data or {'words': ''})}"


def _parts(query: ProgramQuery, today: date) -> list[Part]:
    """Return all that the search is limited to, or widened by."""
    parts = limits(query, today)
    if query.level:
        parts.append((("level",), level_words(query.level)))
    if query.age is not None:
        parts.append((("age",), f"{query.age}살"))
    if not query.with_seats:
        parts.append((("with_seats",), "대기도 포함"))
    return parts if query.only_open else [*parts, (("only_open",), "곧 열릴 활동도 포함")]


def _without(query: ProgramQuery, names: tuple[str, ...]) -> ProgramQuery:
    for name in names:
        query = query.without(name)
    return query


def _shortcuts(visit: Visit, query: ProgramQuery) -> Iterator[Chip]:
    """Offer the next things a person would narrow down by."""
    today, member = visit.now.date(), visit.member if visit.is_member else None
    if query.first_day is None and query.last_day is None:
        yield Chip("이번 주말", _url(on_weekend(query, today)))
    if not query.weekdays:
        yield Chip("토·일요일만", _url(replace(query, weekdays=frozenset({5, 6}))))
    if not query.sido_codes and (near := own_region(member)):
        yield Chip("우리 동네", _url(in_regions(query, near)))
    if (fitting := for_member(query, member, today)) != query:
        yield Chip("내가 할 수 있는 것", _url(fitting))


def _looser(visit: Visit, query: ProgramQuery) -> Iterator[Chip]:
    """Return the limits of which leaving out one is enough to find something."""
    for names, said in _parts(query, visit.now.date()):
        looser = _without(query, names)
        if find_sessions(visit.db, looser, visit.now, limit=1).sessions:
            yield Chip(f"{said} 빼고 찾기", _url(looser))


ROUTES = (
    Route("GET", "/programmes", programme_list, Guard.GUEST),
    Route("GET", "/programmes/<int:number>", programme_detail, Guard.GUEST),
    Route("POST", "/programmes/<int:number>/follow", follow_source),
)
