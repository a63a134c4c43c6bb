"""DOVOL's own programmes (data.go.kr 15156325): JSON, one row for each session date."""

from __future__ import annotations

import hashlib
import re
from datetime import date

from models.codes import Region, guess_field, region_by_names
from models.importing.free_text import levels_in, limits_in, times_in, together
from models.importing.rows import (
    HostFacts,
    Item,
    Malformed,
    ProgramFacts,
    RawRow,
    SessionFacts,
    day,
    in_order,
    needed,
    whole,
    words,
)
from models.masking import mask, mask_contacts
from models.members import Level
from models.programs import SessionState

SOURCE = "dovol"
PAGE = "https://www.youth.go.kr/youth/dvl/ey/vlntwkAct/vlntwkActRcritDtl.yt?kProgrmSn={}"
"""Public page of one session; the number is what follows the last hyphen of ``prgrmNo``."""
STATES = {
    "활동중": SessionState.PLANNED,
    "활동완료": SessionState.COMPLETED,
    "활동취소": SessionState.CALLED_OFF,
}
"""Whether it takes place. 활동중 says nothing about being open: that is computed from dates and seats."""
MARKS = ("prgrmNo", "prgrmNm", "actvBgngYmd")
"""Any of these fields makes a row DOVOL's."""
MOST_SEATS, MOST_HOURS, MOST_COST = 100_000, 24, 10_000_000

_DATE_BEFORE_TITLE = re.compile(
    r"^\s*[(\[【<]\s*(?:\d{2,4}\s*[년./-]\s*)?\d{1,2}\s*[월./-]\s*\d{1,2}\s*일?\.?\s*(?:\([월화수목금토일]\))?\s*[)\]】>]\s*"
)
_REGION_PART = re.compile(r"^PPG\d{6}")


def read(row: RawRow, _today: date) -> Item:
    """Return what a row of ``getYthVlntrActvtyPrgmInfo`` says.

    Raises:
        Malformed: a value is missing, of the wrong kind or absurd.
    """
    number = needed(row, "prgrmNo", "프로그램 번호", 60)
    region = region_by_names(words(row, "actvCtpvNm", 60), words(row, "actvSggNm", 60))
    session = _session(row, number, region)
    return Item(_program(row, number, region, session), (session,))


def title_of(row: RawRow) -> str:
    """Return the title without the session's date before it: rows of one programme differ only in that."""
    title = mask_contacts(needed(row, "prgrmNm", "프로그램 이름"))
    return _DATE_BEFORE_TITLE.sub("", title) or title


def page_of(number: str) -> str:
    """Return the public page of the session with this ``prgrmNo``."""
    return PAGE.format(number.rpartition("-")[2])


def _program(row: RawRow, number: str, region: Region | None, session: SessionFacts) -> ProgramFacts:
    title, free_text = title_of(row), _free_text(row)
    content_type = words(row, "vlntwkDtlCnNm", 40)
    organisation = mask_contacts(words(row, "grpNm", 100))
    place = (session.sido_code, session.sigungu_code)
    return ProgramFacts(
        source=SOURCE,
        source_key=_group_key(row, number, title, region, session.place),
        title=title,
        content=mask(_content(row, title)),
        host=HostFacts(organisation, None, *place) if organisation else None,
        field_code=guess_field(title, free_text, content_type),
        activity_type=words(row, "vlntwkDtlTypeNm", 40),
        content_type=content_type,
        levels=levels_in(free_text) or Level.ALL,
        cost=whole(row, "prtcpCst", "참가비", MOST_COST) or 0,
        url=page_of(number),
    )


def _session(row: RawRow, number: str, region: Region | None) -> SessionFacts:
    starts_on, ends_on = _span(row, "actvBgngYmd", "actvEndYmd", "활동 날짜")
    apply_from, apply_until = _span(row, "aplyPsbltyBgngYmd", "aplyPsbltyEndYmd", "신청 기간")
    seats = whole(row, "rcrtNope", "모집 인원", MOST_SEATS)
    if seats is None:
        raise Malformed("모집 인원(rcrtNope)이 없어요")
    hours = whole(row, "certHr", "인정 시간", MOST_HOURS) or 0
    times = times_in(_free_text(row), hours)
    return SessionFacts(
        source_no=number,
        starts_on=starts_on,
        ends_on=ends_on,
        begins_at=times[0] if times else None,
        ends_at=times[1] if times else None,
        place=mask_contacts(words(row, "actvPlcCn", 300)),
        sido_code=region.sido_code if region else None,
        sigungu_code=region.sigungu_code if region else None,
        seats=seats,
        taken_elsewhere=0,
        credited_hours=hours,
        notes=mask(_notes(row)),
        apply_from=apply_from,
        apply_until=apply_until,
        state=STATES.get(words(row, "vlntwkSttsSeNm", 40), SessionState.PLANNED),
    )


def _span(row: RawRow, first: str, last: str, meaning: str) -> tuple[date, date]:
    begins = day(row, first, meaning)
    if begins is None:
        raise Malformed(f"{meaning}({first})이 없어요")
    ends = day(row, last, meaning) or begins
    in_order(begins, ends, meaning)
    return begins, ends


def _group_key(row: RawRow, number: str, title: str, region: Region | None, place: str) -> str:
    """Return what rows of one programme share: region part of the number, region, place, title without spaces."""
    prefix = _REGION_PART.match(number)
    where = region.name if region else words(row, "actvCtpvNm", 60) + words(row, "actvSggNm", 60)
    told = "".join(f"{title}|{where}|{place}".split()).lower()
    return f"{prefix.group() if prefix else 'PPG'}:{hashlib.sha256(told.encode()).hexdigest()[:24]}"


def _free_text(row: RawRow) -> str:
    return "\n".join(words(row, name) for name in ("mainCn", "actcn", "refMttr", "actvGdDataCn"))


def _content(row: RawRow, title: str) -> str:
    content = together(words(row, "mainCn"), words(row, "actcn"))
    return content if "".join(content.split()) != "".join(title.split()) else ""


def _notes(row: RawRow) -> str:
    """Limits stand in the notes or are hidden in the details; both are shown before applying."""
    return together(
        words(row, "refMttr", 1000), words(row, "actvGdDataCn", 500), limits_in(words(row, "actcn"))
    )
