"""The rules switchboard: every figure the volunteering rules depend on, in one place.

Defaults are those of the reference (``confirmed`` by a source or ``assumed``); staff may change one by a row in
``rule_setting``. Code asks ``load_rules(session)`` and never writes a figure of its own.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.clock import SEOUL


class RuleSetting(Base):
    """A rule that staff set to something else than its default."""

    __tablename__ = "rule_setting"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class Rules(BaseModel):
    """All rules, with their defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_hours_per_day: int = Field(default=8, ge=1, le=24)
    count_lessons_in_daily_max: bool = True
    hour_unit_minutes: int = Field(default=60, ge=1)
    age_min: int = Field(default=9, ge=0)
    age_max: int = Field(default=24, ge=0)
    guardian_consent_under: int = Field(default=14, ge=0)
    guardian_request_days: int = Field(default=5, ge=1)
    """Days a guardian has to answer, after which what the child told of the guardian is forgotten."""
    guardian_requests_per_day: int = Field(default=3, ge=1)
    guardian_texts: int = Field(default=3, ge=1)
    """Attempts at texting one request's link that does not get through."""
    guardian_codes_per_day: int = Field(default=10, ge=1)
    school_year_start_month: int = Field(default=3, ge=1, le=12)
    consent_both_sides: bool = True
    cancel_deadline_days: int = Field(default=1, ge=0)
    cancel_deadline_time: time = time(18)
    cancel_after_approval: Literal["host_contact", "allowed"] = "host_contact"
    waitlist_enabled: bool = True
    waitlist_auto_promotion: bool = False
    no_show_block: int = Field(default=0, ge=0)
    """Days without new applications after an absence; 0 is no block."""
    objection_days: int = Field(default=7, ge=0)
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    d1_from: time = time(17)
    d1_until: time = time(20)
    digest_per_day: int = Field(default=1, ge=0)
    digest_at: time = time(16)
    """When the day's recommendations go out."""
    digest_most: int = Field(default=5, ge=1, le=5)
    """Programmes named in one recommendation."""
    advertising_from: time = time(8)
    advertising_until: time = time(20, 50)
    """Law closes 21:00-08:00 to advertising, KakaoTalk closes ten minutes earlier."""
    link_ttl_min: int = Field(default=10, ge=1)
    session_idle_min: int = Field(default=30, ge=1)
    session_max_hours: int = Field(default=12, ge=1)
    step_up_min: int = Field(default=15, ge=1)
    """Minutes for which one more proof of identity opens certificates, profile and the 1365 consent."""
    code_ttl_min: int = Field(default=5, ge=1)
    code_attempts: int = Field(default=5, ge=1)
    code_lock_min: int = Field(default=30, ge=1)
    """Minutes without new attempts after ``code_attempts`` wrong ones, for codes and passwords alike."""
    code_resend_seconds: int = Field(default=30, ge=0)
    staff_idle_min: int = Field(default=30, ge=5, le=120)
    staff_max_hours: int = Field(default=10, ge=1, le=24)
    keep_audit_days: int = Field(default=730, ge=730)
    """Days for which it is kept what staff saw and changed; the law asks for two years."""
    keep_turns_days: int = Field(default=180, ge=1)
    """Days for which what was said in the chat is kept, names and numbers hidden."""
    keep_originals_days: int = Field(default=30, ge=1)
    """Days for which words are kept as they were written where names and numbers are hidden in them, encrypted."""
    keep_traces_days: int = Field(default=30, ge=1)
    """Days for which spent links, codes, cards and ended log-ins are kept, to look into misuse."""
    keep_alerts_days: int = Field(default=365, ge=30)
    """Days for which it is kept what was sent to whom, for questions that come later."""
    keep_tickets_days: int = Field(default=365, ge=30)
    """Days for which a closed ticket is kept, for when the person comes back to it."""
    staff_send_two_from: int = Field(default=100, ge=1)
    """People from whom on a message of staff goes only after a second colleague has looked at it."""
    inbox_confidence: int = Field(default=60, ge=0, le=100)
    """Confidence, in percent, below which a sentence is shown to those who teach although it was answered."""
    two_person_labels: bool = False
    """What one trainer says a sentence means is taught only when a second one agrees."""
    hours_goal: int = Field(default=20, ge=1)
    """Goal drawn when the person has named none; schools decide, so it is only a picture's ring."""
    operator_from: time = time(9)
    operator_until: time = time(18)
    operator_phone: str = ""

    def cancel_deadline(self, activity: date) -> datetime:
        """Return the last moment an application for ``activity`` can be cancelled online."""
        day = activity - timedelta(days=self.cancel_deadline_days)
        return datetime.combine(day, self.cancel_deadline_time, SEOUL)

    def school_year(self, day: date) -> tuple[date, date]:
        """Return the first and last day of the school year that ``day`` is in (1 March to end of February)."""
        start_month = self.school_year_start_month
        year = day.year if day.month >= start_month else day.year - 1
        return date(year, start_month, 1), date(year + 1, start_month, 1) - timedelta(days=1)

    def daily_cap(self, lesson_periods: int = 0) -> int:
        """Return the hours that can be recognised on a day with so many lessons."""
        lessons = lesson_periods if self.count_lessons_in_daily_max else 0
        return max(0, self.max_hours_per_day - lessons)

    def creditable_hours(self, minutes: int, already: int, lesson_periods: int = 0) -> int:
        """Return the whole hours recognised for ``minutes`` on a day with ``already`` recognised hours."""
        return max(0, min(minutes // self.hour_unit_minutes, self.daily_cap(lesson_periods) - already))

    def operators_are_in(self, now: datetime) -> bool:
        """Tell whether a human answers now (weekdays within office hours)."""
        return now.weekday() < 5 and self.operator_from <= now.time() < self.operator_until


def load_rules(session: Session) -> Rules:
    """Return the rules in force.

    Raises:
        pydantic.ValidationError: a row holds a value its rule does not allow; the message names the rule.
    """
    rows = session.scalars(select(RuleSetting))
    return Rules.model_validate({row.name: row.value for row in rows})
