"""Where a card can lead: the pages by name, and who makes an address of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Page:
    """A page of DOVOL. ``url`` is its public address; ``{record}`` is put in where it has one."""

    title: str
    url: str


_SITE = "https://www.youth.go.kr/youth"
_LOGIN = f"{_SITE}/eYouth/main/loginForm.yt"

PAGES: dict[str, Page] = {
    "programme_detail": Page(
        "활동 자세히", f"{_SITE}/dvl/ey/vlntwkAct/vlntwkActRcritDtl.yt?kProgrmSn={{record}}"
    ),
    "programme_list": Page("봉사 목록", f"{_SITE}/dvl/ey/vlntwkAct/vlntwkActRcritLstForm.yt?curMenuSn=434"),
    "login": Page("두볼 로그인", _LOGIN),
    "sign_up": Page("두볼 가입", _LOGIN),
    # These are behind the log-in and have no public address of their own.
    "my_application": Page("내 신청", _LOGIN),
    "my_hours": Page("내 봉사시간", _LOGIN),
    "my_certificate": Page("내 확인서", _LOGIN),
    "consent_1365": Page("1365 연계 동의", _LOGIN),
    "my_profile": Page("내 정보", _LOGIN),
    "my_talent": Page("내 재능나눔", _LOGIN),
    "alert_settings": Page("알림 설정", _LOGIN),
}
"""All targets, by the names the answers use."""


class Links(Protocol):
    """Makes the address behind a card's button."""

    def to(self, page: str, *, member_id: int | None = None, record: str = "") -> str:
        """Return the address of a page for a member.

        Raises:
            KeyError: there is no page of that name.
        """


class PublicLinks:
    """Leads to DOVOL's own public pages, where the person logs in."""

    def to(self, page: str, *, member_id: int | None = None, record: str = "") -> str:  # noqa: ARG002 - the Protocol's
        """Return the public address of a page."""
        return PAGES[page].url.format(record=quote(record, safe=""))
