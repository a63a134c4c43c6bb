"""Where a card can lead: our own pages by name, and who makes an address of one.

A page behind the log-in is reached by a login link, which is made for one chat account and spent by one tap
(``models.login_links``). What everybody may see has a plain address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from urllib.parse import quote

from sqlalchemy.orm import Session as DbSession

from models.login_links import issue
from models.members import ChannelAccount
from models.rules import Rules


class Entrance(Enum):
    """What it takes to enter a page."""

    OPEN = auto()
    """Nothing: but who comes by a login link is logged in there."""
    MEMBER = auto()
    """A session of a member."""
    ACCOUNT = auto()
    """A login link of the chat account, linked or not."""
    ELSEWHERE = auto()
    """DOVOL's own site."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page by its Korean title and path. A record's page lies below it: ``path/<record>``."""

    title: str
    path: str
    entrance: Entrance = Entrance.MEMBER
    same_for_all: bool = False
    """Nothing on it is anybody's own: it has its plain address in every chat, never a login link."""

    def at(self, record: str = "") -> str:
        """Return the path of the page, or of one record on it."""
        return f"{self.path}/{quote(record, safe='')}" if record else self.path


PAGES: dict[str, Page] = {
    "home": Page("내 두볼", "/me"),
    "programme_list": Page("봉사 찾기", "/programmes", Entrance.OPEN),
    "programme_detail": Page("활동 자세히", "/programmes", Entrance.OPEN),
    "my_application": Page("내 신청", "/me/applications"),
    "my_hours": Page("내 봉사시간", "/me/hours"),
    "my_certificate": Page("내 확인서", "/me/certificates"),
    "consent_1365": Page("1365 연계 동의", "/me/consent-1365"),
    "my_profile": Page("내 정보", "/me/profile"),
    "my_talent": Page("내 재능나눔", "/me/talents"),
    "alert_settings": Page("알림 설정", "/me/alerts"),
    "my_devices": Page("로그인한 기기", "/me/devices"),
    "my_privacy": Page("내 정보 보호", "/me/privacy"),
    "privacy": Page("개인정보 처리방침", "/privacy", Entrance.OPEN, same_for_all=True),
    "verify": Page("확인서 진짜인지 확인", "/verify", Entrance.OPEN, same_for_all=True),
    "guardian": Page("보호자 동의", "/me/guardian"),
    "link_account": Page("두볼 계정 연결", "/link", Entrance.ACCOUNT),
    "sign_up": Page(
        "두볼 가입", "https://www.youth.go.kr/youth/eYouth/main/loginForm.yt", Entrance.ELSEWHERE
    ),
}
"""All targets, by the names the answers use."""


class Links:
    """Makes the addresses behind buttons."""

    def __init__(self, address: str) -> None:
        self._address = address

    def public(self, page: str, record: str = "") -> str:
        """Return the plain address of a page. Whoever opens it sees what a stranger may see.

        Raises:
            KeyError: there is no page of that name.
        """
        target = PAGES[page]
        return target.path if target.entrance is Entrance.ELSEWHERE else self._address + target.at(record)

    def login(
        self,
        db: DbSession,
        account: ChannelAccount,
        page: str,
        record: str = "",
        *,
        rules: Rules,
        now: datetime,
        alert_id: int | None = None,
    ) -> str:
        """Return the address that opens a page logged in, once and for minutes. The caller commits."""
        return self.opening(issue(db, account, page, record, rules=rules, now=now, alert_id=alert_id))

    def opening(self, token: str) -> str:
        """Return the address of a login link."""
        return f"{self._address}/l/{token}"

    def guardian(self, token: str) -> str:
        """Return the address at which a guardian answers a child's request. It gives no right by itself."""
        return f"{self._address}/guardian/{token}"
