"""The eleven alerts, one line each: title, what makes them due, when they may go, what they are worth how long.

Titles are the customer's, to the letter. What an alert says is written by its writer (``alerts/writing``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy.orm import Session

from alerts.words import Words
from models.outbox import Alert, NoticeCard
from models.rules import Rules


class Window(Enum):
    """When an alert may go."""

    AT_ONCE = auto()
    """At any hour: security, and what the person did a moment ago."""
    DAYTIME = auto()
    """Not in the person's quiet hours."""
    EVENING = auto()
    """In the slot for reminders of tomorrow, and not in the person's quiet hours."""
    ADVERTISING = auto()
    """Never at night, whatever the person's own quiet hours say; and not in those either."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an alert says, for each channel. ``variables`` fill in the approved template."""

    card: NoticeCard
    variables: Mapping[str, str] = field(default_factory=dict)
    short: str = ""
    """The same in at most about 20 Hangul, for a text message that ends with a link."""
    until: datetime | None = None
    """Worth nothing after this; None leaves it to the kind."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Why an alert is not sent after all: it is no longer true, or was overtaken. One or two English words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Writing:
    """What a writer is given: the store, the alert with its object, the rules, the moment, the words in force."""

    db: Session
    alert: Alert
    rules: Rules
    now: datetime
    words: Words = field(default_factory=Words)


Writer = Callable[[Writing], Written | Dropped]


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the eleven. ``worth`` is how long after it was due it is still worth sending."""

    title: str
    window: Window
    worth: timedelta
    template: str
    """Code of its approved template; advertising has none, as templates may not advertise."""

    @property
    def advertising(self) -> bool:
        """Tell whether it needs a consent of its own and the marks of advertising."""
        return self.window is Window.ADVERTISING


KINDS: dict[int, Kind] = {
    1: Kind("e청소년 자원봉사 Dovol 개인정보 변경 안내", Window.AT_ONCE, timedelta(days=7), "boram_profile"),
    2: Kind(
        "재능나눔 봉사활동 신청 안내 및 챗봇 서비스", Window.DAYTIME, timedelta(days=3), "boram_talent_filed"
    ),
    3: Kind(
        "재능나눔 봉사활동 승인 알림 안내 및 챗봇 서비스",
        Window.DAYTIME,
        timedelta(days=3),
        "boram_talent_ok",
    ),
    4: Kind("봉사활동 신청 안내 및 챗봇 서비스", Window.DAYTIME, timedelta(days=3), "boram_application"),
    5: Kind("봉사활동 실시 사전 안내 및 챗봇 서비스", Window.EVENING, timedelta(hours=20), "boram_tomorrow"),
    6: Kind(
        "봉사활동 확인서 발급 및 챗봇 서비스 및 챗봇 서비스",
        Window.DAYTIME,
        timedelta(days=7),
        "boram_certificate",
    ),
    7: Kind("봉사활동 불참 안내 및 챗봇 서비스", Window.DAYTIME, timedelta(days=5), "boram_absent"),
    8: Kind("1365 연계 동의 안내 및 챗봇 서비스", Window.DAYTIME, timedelta(days=7), "boram_consent"),
    9: Kind(
        "1365 연계동의 변경 안내 및 챗봇 서비스", Window.AT_ONCE, timedelta(days=7), "boram_consent_change"
    ),
    10: Kind("(기관) 신규 봉사활동 프로그램 안내 및 챗봇 서비스", Window.ADVERTISING, timedelta(days=2), ""),
    11: Kind(
        "(동아리) 신규 봉사활동 프로그램 안내 및 챗봇 서비스", Window.ADVERTISING, timedelta(days=2), ""
    ),
}
"""Number → alert."""
