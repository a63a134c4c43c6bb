"""The pages of login links: GET shows, POST spends.

KakaoTalk's preview, link scanners and prefetching browsers all GET; none of them can spend a link or learn anything
about anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import make_response, redirect, render_template, request
from flask import session as form_session
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from bot.links import PAGES, Entrance
from models.linking import linking_by_link
from models.login_links import LinkState, LoginLink, Peeked, peek, redeem, spent_here
from models.members import ChannelAccount, accounts_of
from models.outbox import Alert, NoticeCard, alert_by_code, mark_tapped
from models.tokens import is_code
from models.web_sessions import open_session
from web.auth.devices import device_words, known_browser, remember_browser, set_cookie
from web.door import SESSION_COOKIE, Guard, Route, Visit

ARRIVED_BY = "arrived_by"
"""Name, in the signed form cookie, of the link by which somebody came who is to link a chat account."""
SECOND_TAP = timedelta(minutes=1)
"""How long the browser that spent a link may come again with it: an impatient thumb taps twice."""
FRESH_EVERY = 60
"""Seconds: how often a fresh link is sent for old ones: whoever holds an old link must not flood the chat."""


def show(visit: Visit, token: str) -> ResponseReturnValue:
    """Show a page that spends the link when it is looked at; say kindly when it is closed."""
    found = peek(visit.db, token, visit.now)
    if found.state is LinkState.OPEN:
        other = visit.is_member and found.link is not None and visit.member.id != found.link.member_id
        response = make_response(render_template("auth/open.html", other=other, scripts=False))
        remember_browser(response)
        return response
    if found.link is not None and (_is_here(visit, found.link) or _is_linking(visit, found.link)):
        return redirect(_path(found.link), 303)
    return _closed(found, f"/l/{token}/fresh")


def spend(visit: Visit, token: str) -> ResponseReturnValue:
    """Spend the link and log in."""
    browser = known_browser()
    if not browser:
        return render_template("auth/no_cookies.html"), 400
    found = redeem(visit.db, token, browser, visit.now)
    link = found.link
    if link is not None and (found.state is LinkState.OPEN or _tapped_again(visit, found, browser)):
        return _enter(visit, link, browser, first=found.state is LinkState.OPEN)
    visit.db.rollback()
    return _closed(found, f"/l/{token}/fresh")


def fresh(visit: Visit, token: str) -> ResponseReturnValue:
    """Send a fresh link for an old one."""
    link = peek(visit.db, token, visit.now).link
    if link is None:
        return _closed(Peeked(LinkState.UNKNOWN), "")
    return _send_fresh(visit, [link.account], link.page, link.record)


def hint(visit: Visit, code: str) -> ResponseReturnValue:
    """Go on to the page an alert is about where its member is logged in; otherwise offer a fresh link.

    The address stood in a text message: it lives long, may be forwarded, and gives no right to see anything.
    """
    alert = _alert(visit, code)
    if alert is None:
        return _closed(Peeked(LinkState.UNKNOWN), "")
    card = alert.card
    target = PAGES[card.page]
    own = visit.is_member and visit.member.id == alert.member_id
    if own:  # previews and scanners look too, and theirs is no tap
        mark_tapped(visit.db, alert.id, visit.now)
        visit.commit()
    if own or target.entrance is Entrance.OPEN:
        return redirect(target.at(card.record), 303)
    chats = accounts_of(visit.db, alert.member_id)
    return render_template(
        "auth/hint.html", title=target.title, fresh_url=f"/h/{code}/fresh" if chats else ""
    )


def fresh_for_hint(visit: Visit, code: str) -> ResponseReturnValue:
    """Send a fresh link for what an alert is about, to its member's own chats."""
    alert = _alert(visit, code)
    chats = accounts_of(visit.db, alert.member_id) if alert else []
    if alert is None or not chats:
        return _closed(Peeked(LinkState.UNKNOWN), "")
    return _send_fresh(visit, chats, alert.card.page, alert.card.record)


def _alert(visit: Visit, code: str) -> Alert | None:
    """Return the alert of a code, if it is about a page."""
    alert = alert_by_code(visit.db, code) if is_code(code) else None
    return alert if alert is not None and alert.content and alert.card.page in PAGES else None


def _is_here(visit: Visit, link: LoginLink) -> bool:
    """Tell whether the link's own member is logged in here already, by this very link."""
    return visit.is_member and visit.member.id == link.member_id and spent_here(link, known_browser())


def _is_linking(visit: Visit, link: LoginLink) -> bool:
    """Tell whether this browser is on its way from a linking card, which is looked at again for its number."""
    on_the_way = spent_here(link, known_browser()) and linking_by_link(visit.db, link.id) is not None
    if on_the_way:
        form_session[ARRIVED_BY] = link.id  # browsers inside apps forget it when they are closed
    return on_the_way


def _tapped_again(visit: Visit, found: Peeked, browser: str) -> bool:
    link = found.link
    return (
        found.state is LinkState.SPENT
        and link is not None
        and link.spent_at is not None
        and spent_here(link, browser)
        and visit.now - link.spent_at < SECOND_TAP
    )


def _enter(visit: Visit, link: LoginLink, browser: str, *, first: bool) -> ResponseReturnValue:
    """Log in and go on to the page. The second of two taps gets a session of its own, beside the first one's."""
    if first:
        form_session.clear()  # nothing of before the log-in lives on
    if PAGES[link.page].entrance is Entrance.ACCOUNT:
        form_session[ARRIVED_BY] = link.id
    if link.member_id is None:
        visit.commit()
        return redirect(_path(link), 303)
    return logged_in(visit, link.account, browser, _path(link), alone=first)


def logged_in(
    visit: Visit, account: ChannelAccount, browser: str, path: str, *, alone: bool = True
) -> Response:
    """Commit, with a session for the account's member in this browser, and go on to a path.

    ``alone`` ends the sessions this browser had.
    """
    device = device_words(request.user_agent.string)
    token = open_session(
        visit.db, account, browser=browser, device=device, rules=visit.rules, now=visit.now, alone=alone
    )
    visit.commit()
    response = redirect(path, 303)
    set_cookie(response, SESSION_COOKIE, token)
    return response


def _path(link: LoginLink) -> str:
    return PAGES[link.page].at(link.record)


def _closed(found: Peeked, fresh_url: str) -> ResponseReturnValue:
    renewable = found.state in (LinkState.EXPIRED, LinkState.SPENT)
    page = render_template(
        "auth/closed.html", state=found.state.value, fresh_url=fresh_url if renewable else ""
    )
    return page, 404 if found.state is LinkState.UNKNOWN else 410


def _send_fresh(visit: Visit, chats: Sequence[ChannelAccount], page: str, record: str) -> ResponseReturnValue:
    """Send one's own chats a card with a fresh link, whoever asked for it."""
    for account in chats:
        if visit.memory.add(f"fresh:{account.id}", "", FRESH_EVERY):
            visit.tell_account(account, _fresh_card(account, page, record))
    visit.commit()
    return render_template("auth/fresh_sent.html")


def _fresh_card(account: ChannelAccount, page: str, record: str) -> NoticeCard:
    if account.member_id is None or PAGES[page].entrance is Entrance.ACCOUNT:
        return NoticeCard("다시 이어서 할까요?", "'두볼 계정 연결'이라고 말하면 새 링크를 줄게요.")
    text = "새 링크예요. 10분 안에 한 번 열 수 있어요. 내가 부탁한 게 아니라면 누르지 않아도 돼요."
    return NoticeCard(PAGES[page].title, text, page=page, record=record)


ROUTES = (
    Route("GET", "/l/<token>", show, Guard.GUEST),
    Route("POST", "/l/<token>", spend, Guard.GUEST),
    Route("POST", "/l/<token>/fresh", fresh, Guard.GUEST),
    Route("GET", "/h/<code>", hint, Guard.GUEST),
    Route("POST", "/h/<code>/fresh", fresh_for_hint, Guard.GUEST),
)
