"""What each of the six kinds of certificate puts on paper: its words, its table, its order. No drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby

from models.certificates import CERTIFICATE_NAMES, Activity, CertificateContent, CertificateType

WEEKDAYS = "월화수목금토일"
DONE = "위 청소년이 위와 같이 봉사했음을 확인합니다."
PLANNED = "위 청소년이 위와 같이 봉사할 계획임을 확인합니다."
FROM_1365 = "1365에서 받음"


class RowKind(Enum):
    """What a row of the table is."""

    LINE = auto()
    GROUP = auto()
    """Heads the rows that follow: the first cell is its title, the last its sum."""
    TOTAL = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``width`` in millimetres, 170 together."""

    title: str
    width: float
    align: str = "L"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, with a cell for each column; groups and totals have two."""

    cells: tuple[str, ...]
    kind: RowKind = RowKind.LINE


@dataclass(frozen=True, slots=True)
class Layout:
    """All words of one document between its title and its issuer."""

    title: str
    person: tuple[tuple[str, str], ...]
    """Labels and values."""
    facts: tuple[tuple[str, str], ...] = ()
    """Labels and values of the one activity, where there is one."""
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    statement: str = DONE
    note: str = ""


def layout_of(content: CertificateContent) -> Layout:
    """Return what the certificate puts on paper."""
    return _LAYOUTS[content.type](content)


def _plan(content: CertificateContent) -> Layout:
    return Layout(
        title=CERTIFICATE_NAMES[content.type],
        person=_person(content),
        facts=tuple(fact for activity in content.activities for fact in _planned_facts(activity)),
        statement=PLANNED,
        note="활동하기 전에 세운 계획이에요. 인정된 봉사시간이 아니에요.",
    )


def _service(content: CertificateContent) -> Layout:
    return Layout(
        title=CERTIFICATE_NAMES[content.type],
        person=_person(content),
        facts=tuple(fact for activity in content.activities for fact in _done_facts(activity)),
    )


def _received(content: CertificateContent) -> Layout:
    columns = (
        Column("활동일", 26),
        Column("활동", 62),
        Column("기관", 38),
        Column("보낸 곳", 24),
        Column("인정 시간", 20, "R"),
    )
    rows = (Row((_dotted(a), a.title, a.host, "1365", f"{a.hours}시간")) for a in content.activities)
    note = "1365 자원봉사포털에서 두볼로 넘어온 봉사시간이에요."
    return _table(content, columns, rows, note)


def _by_day(content: CertificateContent) -> Layout:
    columns = (Column("활동", 72), Column("기관", 42), Column("분야", 34), Column("인정 시간", 22, "R"))
    return _table(content, columns, _grouped(content.activities, _day, _undated))


def _history(content: CertificateContent) -> Layout:
    return _table(
        content, _DATED, _grouped(content.activities, lambda activity: f"{activity.on.year}년", _dated)
    )


def _group(content: CertificateContent) -> Layout:
    layout = _table(content, _DATED, map(_dated, content.activities))
    if not content.group:
        return layout
    together = (f"함께한 사람 {len(content.group)}명", ", ".join(content.group))
    return Layout(
        title=layout.title,
        person=(*layout.person, together),
        columns=layout.columns,
        rows=layout.rows,
        statement="위 청소년들이 위와 같이 함께 봉사했음을 확인합니다.",
    )


_DATED = (
    Column("활동일", 26),
    Column("활동", 56),
    Column("기관", 36),
    Column("분야", 32),
    Column("인정 시간", 20, "R"),
)
_LAYOUTS: Mapping[CertificateType, Callable[[CertificateContent], Layout]] = {
    CertificateType.ACTIVITY_PLAN: _plan,
    CertificateType.SERVICE: _service,
    CertificateType.RECEIVED: _received,
    CertificateType.BY_DAY: _by_day,
    CertificateType.GROUP: _group,
    CertificateType.HISTORY: _history,
}


def _table(
    content: CertificateContent, columns: tuple[Column, ...], rows: Iterable[Row], note: str = ""
) -> Layout:
    total = Row(("모두", _sum(content.activities)), RowKind.TOTAL)
    return Layout(
        title=CERTIFICATE_NAMES[content.type],
        person=_person(content),
        columns=columns,
        rows=(*rows, total),
        note=note,
    )


def _grouped(
    activities: Iterable[Activity], title: Callable[[Activity], str], line: Callable[[Activity], Row]
) -> Iterable[Row]:
    for name, members in groupby(activities, key=title):
        together = tuple(members)
        yield Row((name, _sum(together)), RowKind.GROUP)
        yield from map(line, together)


def _person(content: CertificateContent) -> tuple[tuple[str, str], ...]:
    born = content.birth_date
    facts = (("이름", content.name), ("생년월일", f"{born.year}년 {born.month}월 {born.day}일"))
    return (*facts, ("학교", content.school)) if content.school else facts


def _planned_facts(activity: Activity) -> tuple[tuple[str, str], ...]:
    facts = (
        ("활동", activity.title),
        ("활동일", _days(activity)),
        ("활동 시각", _hours_of_day(activity)),
        ("장소", activity.place),
        ("기관", activity.host),
        ("분야", activity.field),
        ("예정 시간", f"{activity.hours}시간"),
    )
    return tuple((label, value) for label, value in facts if value)


def _done_facts(activity: Activity) -> tuple[tuple[str, str], ...]:
    facts = (
        ("활동", activity.title),
        ("활동일", _days(activity)),
        ("기관", activity.host),
        ("분야", activity.field),
        ("인정 시간", f"{activity.hours}시간"),
    )
    return tuple((label, value) for label, value in facts if value)


def _dated(activity: Activity) -> Row:
    cells = (_dotted(activity), activity.title, _host(activity), activity.field, f"{activity.hours}시간")
    return Row(cells)


def _undated(activity: Activity) -> Row:
    return Row((activity.title, _host(activity), activity.field, f"{activity.hours}시간"))


def _host(activity: Activity) -> str:
    return f"{activity.host} ({FROM_1365})" if activity.received_from_1365 else activity.host


def _dotted(activity: Activity) -> str:
    return f"{activity.on:%Y.%m.%d}"


def _day(activity: Activity) -> str:
    day = activity.on
    return f"{day.year}년 {day.month}월 {day.day}일 ({WEEKDAYS[day.weekday()]})"


def _days(activity: Activity) -> str:
    last = activity.until
    return f"{_day(activity)} ~ {last.year}년 {last.month}월 {last.day}일" if last else _day(activity)


def _hours_of_day(activity: Activity) -> str:
    if activity.begins_at is None:
        return ""
    begins = f"{activity.begins_at:%H:%M}"
    return f"{begins} ~ {activity.ends_at:%H:%M}" if activity.ends_at else begins


def _sum(activities: Iterable[Activity]) -> str:
    hours = [activity.hours for activity in activities]
    return f"{len(hours)}건 · {sum(hours)}시간"
