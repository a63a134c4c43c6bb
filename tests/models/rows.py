"""Rows as the two APIs send them, with whatever a test wants otherwise."""

from __future__ import annotations

from datetime import date
from typing import Any

from models.importing import dovol, volunteer1365
from models.importing.rows import Item, Reading, Skipped, read_rows

TODAY = date(2026, 11, 23)


def dovol_row(**other: Any) -> dict[str, Any]:
    return {
        "prgrmNo": "PPG020001261102-90000001",
        "prgrmNm": "2026년 강변 줍깅",
        "vlntwkSttsSeNm": "활동중",
        "actvCtpvNm": "서울특별시",
        "actvSggNm": "마포구",
        "actvPlcCn": "망원한강공원",
        "vlntwkDtlTypeNm": "지역사회봉사활동",
        "vlntwkDtlCnNm": "노력봉사",
        "certHr": 2,
        "rcrtNope": 10,
        "mainCn": "강변 쓰레기 줍기",
        "actcn": "쓰레기를 줍고 나눠 담아요",
        "aplyPsbltyBgngYmd": "20261101",
        "aplyPsbltyEndYmd": "20261204",
        "actvBgngYmd": "20261205",
        "actvEndYmd": "20261205",
        "refMttr": "",
        "grpNm": "",
        "grpTypeNm": "",
        "prtcpCst": 0,
        **other,
    }


def list_row(**other: Any) -> dict[str, Any]:
    return {
        "actBeginTm": "10",
        "actEndTm": "12",
        "actPlace": "푸른언덕도서관",
        "adultPosblAt": "Y",
        "gugunCd": "3100000",
        "nanmmbyNm": "푸른언덕도서관",
        "noticeBgnde": "20261101",
        "noticeEndde": "20261231",
        "progrmBgnde": "20261201",
        "progrmEndde": "20261231",
        "progrmRegistNo": "9900001",
        "progrmSj": "주말 책 정리",
        "progrmSttusSe": "2",
        "sidoCd": "6110000",
        "srvcClCode": "교육",
        "url": "https://1365.go.kr/x",
        "yngbgsPosblAt": "Y",
        **other,
    }


def detail_row(**other: Any) -> dict[str, Any]:
    return {
        **{name: value for name, value in list_row().items() if name != "url"},
        "actWkdy": "0000011",
        "appTotal": "1",
        "mnnstNm": "푸른언덕도서관",
        "nanmmbyNm": "서울특별시 노원구",
        "nanmmbyNmAdmn": "홍길동",
        "rcritNmpr": "4",
        "telno": "02-000-0701",
        "progrmCn": "책을 꽂아요",
        **other,
    }


def read_dovol(*rows: object, today: date = TODAY) -> list[Reading]:
    return list(read_rows(((str(n), row) for n, row in enumerate(rows, 1)), dovol.read, today))


def read_1365(*rows: object, today: date = TODAY) -> list[Reading]:
    numbered = volunteer1365.merge((str(n), row) for n, row in enumerate(rows, 1))
    return list(read_rows(numbered, volunteer1365.read, today))


def item(reading: Reading) -> Item:
    assert isinstance(reading, Item), reading
    return reading


def skipped(reading: Reading) -> Skipped:
    assert isinstance(reading, Skipped), reading
    return reading
