"""Alert 6: a certificate was issued."""

from __future__ import annotations

from alerts.kinds import Dropped, Writing, Written
from alerts.writing.parts import asking, card
from bot.wording import certified, days, hours_label
from models.certificates import CERTIFICATE_NAMES, Certificate, content_of

KIND = 6


def write_certificate(writing: Writing) -> Written | Dropped:
    """Write which one, about what, and for how many hours."""
    certificate = writing.db.get(Certificate, writing.alert.object_id)
    if certificate is None:
        return Dropped("gone")
    content = content_of(writing.db, certificate)
    if not content.activities:
        return Dropped("empty")
    name, hours = CERTIFICATE_NAMES[certificate.type], f"{content.total_hours}시간"
    first, last = content.activities[0].on, content.activities[-1].until or content.activities[-1].on
    served = days(first, last, writing.now.date())
    title = certified(content.activities)
    label = hours_label(certificate.type)
    facts = (("종류", name), ("활동", title), ("활동일", served), (label, hours))
    text = writing.words.card(KIND)
    ask = asking("certificate_issue", certificate=certificate.id)
    shown = card(KIND, text, facts, ask, page=("my_certificate", str(certificate.id), "확인서 보기"))
    variables = {"종류": name, "활동": title, "활동일": served, "시간": f"{label} {hours}"}
    return Written(shown, variables, writing.words.sms(KIND))
