"""1365's programmes (data.go.kr 15157582 and its predecessor): list rows and details, in XML or the older JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time, timedelta
from typing import Any

from models.codes import OTHER_FIELD, Region, field_by_name, guess_field, region_by_codes
from models.importing.free_text import credited_hours_in, levels_in, limits_in, times_in, together
from models.importing.rows import (
    HostFacts,
    Item,
    Malformed,
    ProgramFacts,
    RawRow,
    SessionFacts,
    Skipped,
    day,
    in_order,
    needed,
    whole,
    words,
)
from models.masking import mask, mask_contacts, office_phone
from models.members import Level

SOURCE = "1365"
PAGE = "https://www.1365.go.kr/vols/P9210/partcptn/timeCptn.do?type=show&progrmRegistNo={}"
MARKS = ("progrmRegistNo", "progrmSj", "progrmBgnde")
"""Any of these fields makes a row 1365's."""
DETAIL_FIELDS = ("rcritNmpr", "actWkdy", "mnnstNm", "progrmCn")
LIST_FIELDS = (
    *("progrmSj", "progrmSttusSe", "progrmBgnde", "progrmEndde", "noticeBgnde", "noticeEndde"),
    *("actBeginTm", "actEndTm", "actPlace", "adultPosblAt", "yngbgsPosblAt", "sidoCd", "gugunCd"),
)
"""What list and detail both say: when none of these has changed, the detail need not be asked for again."""
DAYS_AHEAD = 60
"""How far a period is laid out in days."""
LONGEST_HOURS = 12
"""A span of so many hours is when something is open (온라인, 0–23시), not how long it takes."""
MOST_HOURS_A_DAY = 8
CLOSED = "3"
UNKNOWN_SEATS_NOTE = "모집 인원은 1365 자원봉사포털에서 확인해 주세요."


def read(row: RawRow, today: date) -> Item | Skipped:
    """Return what a list row, a detail or both together say, laid out in days up to 60 days ahead.

    Raises:
        Malformed: a value is missing, of the wrong kind or absurd.
    """
    number = needed(row, "progrmRegistNo", "프로그램 번호", 20)
    if words(row, "yngbgsPosblAt", 4).upper() == "N":
        return Skipped("청소년이 참여할 수 없는 활동")
    starts, ends = _period(row)
    days = _days(row, starts, ends, today)
    if not days:
        return Skipped("이미 끝난 활동" if ends < today else f"{DAYS_AHEAD}일 안에 활동일이 없는 활동")
    region = region_by_codes(words(row, "sidoCd", 20), words(row, "gugunCd", 20))
    sessions = tuple(_session(row, number, region, *each) for each in days)
    schedule = f"{starts} {ends} {sorted(_weekdays(row))}"
    return Item(
        _program(row, number, region), sessions, schedule, summary_mark(row), summary_only=not has_detail(row)
    )


def merge(rows: Iterable[tuple[str, object]]) -> Iterator[tuple[str, object]]:
    """Join list row and detail of the same programme; what cannot be joined passes as it is."""
    joined: dict[str, tuple[str, dict[str, Any]]] = {}
    for where, row in rows:
        number = str(row.get("progrmRegistNo") or "") if isinstance(row, Mapping) else ""
        if not number or not isinstance(row, Mapping):
            yield where, row
        else:
            first, known = joined.get(number, (where, {}))
            joined[number] = (first, {**known, **{k: v for k, v in row.items() if v not in (None, "")}})
    yield from joined.values()


def has_detail(row: RawRow) -> bool:
    """Tell whether the row holds more than a list row."""
    return any(words(row, name) for name in DETAIL_FIELDS)


def summary_mark(row: RawRow) -> str:
    """Return the mark of what the list row says."""
    values = json.dumps([words(row, name, 300) for name in LIST_FIELDS])
    return hashlib.sha256(values.encode()).hexdigest()[:16]


def _program(row: RawRow, number: str, region: Region | None) -> ProgramFacts:
    title = mask_contacts(needed(row, "progrmSj", "프로그램 이름"))
    text = words(row, "progrmCn")
    return ProgramFacts(
        source=SOURCE,
        source_key=number,
        title=title,
        content=mask(text),
        host=_host(row, region),
        field_code=_field(row, title, text),
        activity_type="",
        content_type=words(row, "srvcClCode", 80),
        levels=levels_in(text) or _levels(row),
        cost=0,
        url=PAGE.format(number),
    )


def _host(row: RawRow, region: Region | None) -> HostFacts | None:
    """Return the recruiting body; ``nanmmbyNm`` is that in a list, but the registering body in a detail."""
    name = mask_contacts(words(row, "mnnstNm", 100) or words(row, "nanmmbyNm", 100))
    if not name:
        return None
    place = (region.sido_code, region.sigungu_code) if region else (None, None)
    return HostFacts(name, office_phone(words(row, "telno", 40)), *place)


def _field(row: RawRow, title: str, text: str) -> str:
    named = field_by_name(words(row, "srvcClCode", 80))
    return named if named and named != OTHER_FIELD else guess_field(title, text)


def _levels(row: RawRow) -> Level:
    grown_ups_too = words(row, "adultPosblAt", 4).upper() != "N"
    return Level.ALL if grown_ups_too else Level.ELEMENTARY | Level.MIDDLE | Level.HIGH


def _session(row: RawRow, number: str, region: Region | None, starts: date, ends: date) -> SessionFacts:
    text = words(row, "progrmCn")
    begins_at, ends_at, hours = _times(row, text)
    seats = whole(row, "rcritNmpr", "모집 인원", 100_000)
    apply_from, apply_until = _window(row, starts, ends)
    return SessionFacts(
        source_no=f"{number}:{starts:%Y%m%d}" if starts == ends else number,
        starts_on=starts,
        ends_on=ends,
        begins_at=begins_at,
        ends_at=ends_at,
        place=mask_contacts(words(row, "actPlace", 300) or words(row, "postAdres", 300)),
        sido_code=region.sido_code if region else None,
        sigungu_code=region.sigungu_code if region else None,
        seats=1 if seats is None else seats,  # recruiting, so one at least; the note says where to look
        taken_elsewhere=whole(row, "appTotal", "신청 인원", 1_000_000) or 0,
        credited_hours=hours,
        notes=together(mask(limits_in(text)), UNKNOWN_SEATS_NOTE if seats is None else ""),
        apply_from=apply_from,
        apply_until=apply_until,
        closed_by_hand=words(row, "progrmSttusSe", 4) == CLOSED,
    )


def _period(row: RawRow) -> tuple[date, date]:
    starts = day(row, "progrmBgnde", "활동 시작일")
    if starts is None:
        raise Malformed("활동 시작일(progrmBgnde)이 없어요. 목록과 상세를 함께 가져와 주세요")
    ends = day(row, "progrmEndde", "활동 종료일") or starts
    in_order(starts, ends, "활동 기간")
    return starts, ends


def _days(row: RawRow, starts: date, ends: date, today: date) -> list[tuple[date, date]]:
    """Return the spans to store: the one day, each activity day still to come, or the period as it is."""
    weekdays = _weekdays(row)
    if starts == ends or not weekdays:
        return [(starts, ends)]
    first, last = max(starts, today), min(ends, today + timedelta(days=DAYS_AHEAD))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [(each, each) for each in days if each.weekday() in weekdays]


def _weekdays(row: RawRow) -> frozenset[int]:
    """Return the activity days, 0 is Monday; the older JSON gives 0001000 as the number 1000."""
    flags = words(row, "actWkdy", 20).zfill(7)
    if not re.fullmatch("[01]{7}", flags):
        raise Malformed(f"활동 요일(actWkdy) 값 '{flags[:10]}'이 0과 1 일곱 자리가 아니에요")
    return frozenset(weekday for weekday, flag in enumerate(flags) if flag == "1")


def _times(row: RawRow, text: str) -> tuple[time | None, time | None, int]:
    """Return begin, end and the whole hours a day counts for; 0 where nothing tells."""
    begin = whole(row, "actBeginTm", "활동 시작 시각", 24)
    end = whole(row, "actEndTm", "활동 종료 시각", 24)
    said = credited_hours_in(text)
    if begin is None or end is None:
        spoken = times_in(text, said or 0)
        return (*spoken, said or 0) if spoken else (None, None, said or 0)
    if end < begin:
        raise Malformed(f"활동 시각이 거꾸로예요({begin}시 ~ {end}시)")
    if end - begin >= LONGEST_HOURS or end == begin:
        return None, None, said or 0
    return _clock(begin), _clock(end), said or min(end - begin, MOST_HOURS_A_DAY)


def _clock(hour: int) -> time:
    return time(23, 59) if hour == 24 else time(hour)


def _window(row: RawRow, starts: date, ends: date) -> tuple[date, date]:
    """Return from when until when one applies; a list without it leaves the time before the activity."""
    first = day(row, "noticeBgnde", "모집 시작일") or min(starts, starts - timedelta(days=DAYS_AHEAD))
    last = day(row, "noticeEndde", "모집 종료일") or ends
    in_order(first, last, "모집 기간")
    return first, min(last, ends)
