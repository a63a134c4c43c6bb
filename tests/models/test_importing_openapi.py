from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.clock import SetClock
from models.codes import Region, region_by_names
from models.database import Database
from models.importing import live
from models.importing.call_book import CallBook, DailyLimitReached
from models.importing.envelope import OpenApiError
from models.importing.openapi import OpenApi, OpenApiUnavailable, Patience
from models.importing.store import Report
from models.programs import ProgramSession
from tests.models.public_api import PublicApi, as_json, gateway_error, serve_public_api
from tests.models.rows import detail_row, dovol_row, list_row

KEY = "ab+/cd=="
ENCODED = "ab%2B%2Fcd%3D%3D"


@pytest.fixture
def public() -> Iterator[PublicApi]:
    with serve_public_api() as api:
        yield api


@pytest.fixture
def book(tmp_path: Path) -> CallBook:
    return CallBook(tmp_path / "openapi.json", calls_per_day=50)


class Pauses(list[float]):
    """Collects how long the client would have waited."""


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def client(public: PublicApi, book: CallBook, clock: SetClock, pauses: Pauses) -> Iterator[OpenApi]:
    api = OpenApi(public.url, KEY, book, clock, Patience(attempts=3, sleep=pauses.append))
    yield api
    api.close()


@pytest.fixture
def mapo() -> Region:
    region = region_by_names("서울특별시", "마포구")
    assert region is not None
    return region


def total(reports: Iterator[Report]) -> Report:
    whole = Report()
    for report in reports:
        whole.add(report)
    return whole


def many(count: int) -> list[dict[str, Any]]:
    return [dovol_row(prgrmNo=f"PPG020001261102-{n}", prgrmNm=f"활동 {n}") for n in range(count)]


@pytest.mark.parametrize("key", [KEY, ENCODED])
def test_the_service_key_is_encoded_exactly_once(
    public: PublicApi, book: CallBook, clock: SetClock, key: str
) -> None:
    api = OpenApi(public.url, key, book, clock)
    api.call("getX", {"pageNo": 1, "numOfRows": 10})
    api.close()
    assert f"serviceKey={ENCODED}&" in public.asked[0][2]


def test_pages_are_read_to_the_last(client: OpenApi, public: PublicApi) -> None:
    public.rows["getX"] = many(25)
    assert [len(page.rows) for page in client.pages("job", "getX", {"returnType": "json"}, 10)] == [10, 10, 5]


@pytest.mark.parametrize(
    "failure",
    [
        (500, b"Unexpected errors"),
        (503, b""),
        (200, gateway_error("23", "LIMITED_NUMBER_OF_SERVICE_REQUESTS_PER_SECOND_EXCEEDS_ERROR")),
        (200, gateway_error("05", "SERVICETIME_OUT")),
        (200, b"not what was asked for"),
        (429, b"API rate limit exceeded"),
    ],
)
def test_an_error_that_passes_is_asked_again_after_a_growing_pause(
    client: OpenApi, public: PublicApi, pauses: Pauses, failure: tuple[int, bytes]
) -> None:
    public.failures = [failure, failure]
    public.rows["getX"] = many(1)
    assert len(client.call("getX", {"pageNo": 1, "numOfRows": 10}).rows) == 1
    assert 1 <= pauses[0] <= 2 <= pauses[1] <= 4


def test_after_several_tries_it_gives_up_without_telling_the_key(client: OpenApi, public: PublicApi) -> None:
    public.failures = [(500, b"")] * 3
    with pytest.raises(OpenApiUnavailable, match="3번") as error:
        client.call("getX", {})
    assert "cd" not in str(error.value)


def test_a_server_that_is_too_slow_or_gone_is_asked_again_and_given_up(
    book: CallBook, clock: SetClock, pauses: Pauses
) -> None:
    with serve_public_api() as gone:
        address = gone.url
    api = OpenApi(address, KEY, book, clock, Patience(attempts=2, sleep=pauses.append))
    with pytest.raises(OpenApiUnavailable) as error:
        api.call("getX", {})
    api.close()
    assert len(pauses) == 1
    assert KEY not in str(error.value)
    assert ENCODED not in str(error.value)


@pytest.mark.parametrize("code", ["20", "30", "31", "32", "10", "12", "29", "33"])
def test_a_refusal_is_never_asked_again(client: OpenApi, public: PublicApi, code: str) -> None:
    public.failures = [(200, gateway_error(code, "REFUSED"))]
    with pytest.raises(OpenApiError) as error:
        client.call("getX", {})
    assert error.value.code == code
    assert len(public.asked) == 1


def test_a_refusal_in_the_status_alone_is_never_asked_again(client: OpenApi, public: PublicApi) -> None:
    public.failures = [(403, b"Forbidden")]
    with pytest.raises(OpenApiError, match="403"):
        client.call("getX", {})
    assert len(public.asked) == 1


def test_the_apis_own_daily_limit_stops_at_once(client: OpenApi, public: PublicApi) -> None:
    public.failures = [(200, gateway_error("22", "LIMITED"))]
    with pytest.raises(DailyLimitReached):
        client.call("getX", {})
    assert len(public.asked) == 1


def test_our_own_count_stops_before_the_api_is_asked(
    public: PublicApi, tmp_path: Path, clock: SetClock
) -> None:
    api = OpenApi(public.url, KEY, CallBook(tmp_path / "book.json", calls_per_day=2), clock)
    api.call("getX", {"pageNo": 1, "numOfRows": 1})
    api.call("getX", {"pageNo": 1, "numOfRows": 1})
    api.call("getY", {"pageNo": 1, "numOfRows": 1})
    with pytest.raises(DailyLimitReached):
        api.call("getX", {"pageNo": 1, "numOfRows": 1})
    assert len(public.calls("getX")) == 2
    clock.advance(timedelta(days=1))
    api.call("getX", {"pageNo": 1, "numOfRows": 1})
    api.close()


def test_a_call_book_cut_short_is_begun_anew(tmp_path: Path, clock: SetClock) -> None:
    (tmp_path / "book.json").write_text('{"calls": {"getX": 3')
    book = CallBook(tmp_path / "book.json")
    book.count_call("getX", clock.now().date())
    assert book.calls("getX", clock.now().date()) == 1


def test_an_import_that_met_the_limit_goes_on_where_it_stopped(
    public: PublicApi, database: Database, tmp_path: Path, clock: SetClock, mapo: Region
) -> None:
    public.rows[live.DOVOL_OPERATION] = many(2500)
    book = CallBook(tmp_path / "book.json", calls_per_day=2)
    api = OpenApi(public.url, KEY, book, clock)
    with pytest.raises(DailyLimitReached):
        total(live.import_dovol(api, database, clock, region=mapo))
    with database.session() as db:
        assert db.scalar(select(func.count()).select_from(ProgramSession)) == 2000
    clock.advance(timedelta(days=1))
    report = total(live.import_dovol(api, database, clock, region=mapo))
    api.close()
    assert (report.new, report.unchanged) == (500, 0)
    assert [call["pageNo"] for call in public.calls(live.DOVOL_OPERATION)] == ["1", "2", "3"]
    assert book.next_page("dovol 서울특별시 마포구 ") == 1


def test_a_page_that_was_not_stored_is_asked_for_again(client: OpenApi, public: PublicApi) -> None:
    public.rows["getX"] = many(25)
    pages = client.pages("job", "getX", {"returnType": "json"}, 10)
    next(pages)
    next(pages)
    del pages
    again = client.pages("job", "getX", {"returnType": "json"}, 10)
    assert next(again).rows[0] == public.rows["getX"][10]


def test_dovol_is_asked_by_names_and_1365_by_codes(
    client: OpenApi, public: PublicApi, database: Database, clock: SetClock, mapo: Region
) -> None:
    total(live.import_dovol(client, database, clock, region=mapo, name="줍깅"))
    total(live.import_1365(client, database, clock, region=mapo))
    dovol_call, list_call = public.calls(live.DOVOL_OPERATION)[0], public.calls(live.LIST_OPERATION)[0]
    assert (dovol_call["actvCtpvNm"], dovol_call["actvSggNm"], dovol_call["prgrmNm"]) == (
        "서울특별시",
        "마포구",
        "줍깅",
    )
    assert (list_call["schSido"], list_call["schSign1"]) == ("6110000", "3130000")
    assert (list_call["progrmBgnde"], list_call["yngbgsPosblAt"]) == ("20261123", "Y")


def test_1365_details_are_asked_for_once_and_again_only_when_the_list_says_something_new(
    client: OpenApi, public: PublicApi, database: Database, clock: SetClock, mapo: Region
) -> None:
    one, two = list_row(), list_row(progrmRegistNo="9900002", progrmSj="다른 활동")
    public.rows[live.LIST_OPERATION] = [one, two, list_row(progrmRegistNo="9900003", yngbgsPosblAt="N")]
    public.details = {
        "9900001": detail_row(),
        "9900002": detail_row(progrmRegistNo="9900002", progrmSj="다른 활동"),
    }
    first = total(live.import_1365(client, database, clock, region=mapo))
    assert (first.new, first.skipped.total(), len(public.calls(live.DETAIL_OPERATION))) == (16, 1, 2)

    again = total(live.import_1365(client, database, clock, region=mapo))
    assert (again.new, again.changed, len(public.calls(live.DETAIL_OPERATION))) == (0, 0, 2)

    two["progrmSttusSe"] = public.details["9900002"]["progrmSttusSe"] = "3"
    changed = total(live.import_1365(client, database, clock, region=mapo))
    assert (changed.changed, len(public.calls(live.DETAIL_OPERATION))) == (8, 3)


def test_1365_details_are_asked_for_again_when_a_period_needs_laying_out(
    client: OpenApi, public: PublicApi, database: Database, clock: SetClock, mapo: Region
) -> None:
    long = {"progrmEndde": "20271231", "noticeEndde": "20271231"}
    public.rows[live.LIST_OPERATION] = [list_row(**long)]
    public.details = {"9900001": detail_row(**long)}
    total(live.import_1365(client, database, clock, region=mapo))
    clock.advance(timedelta(days=20))
    assert total(live.import_1365(client, database, clock, region=mapo)).new == 0
    clock.advance(timedelta(days=20))
    assert total(live.import_1365(client, database, clock, region=mapo)).new > 0
    assert len(public.calls(live.DETAIL_OPERATION)) == 2


def test_details_read_before_the_limit_are_stored(
    public: PublicApi, database: Database, tmp_path: Path, clock: SetClock, mapo: Region
) -> None:
    rows = [list_row(progrmRegistNo=f"99000{n:02d}", progrmSj=f"활동 {n}") for n in range(5)]
    public.rows[live.LIST_OPERATION] = rows
    public.details = {row["progrmRegistNo"]: detail_row(**{**row, "url": ""}) for row in rows}
    api = OpenApi(public.url, KEY, CallBook(tmp_path / "book.json", calls_per_day=3), clock)
    with pytest.raises(DailyLimitReached):
        total(live.import_1365(api, database, clock, region=mapo))
    clock.advance(timedelta(days=1))
    total(live.import_1365(api, database, clock, region=mapo))
    api.close()
    assert len(public.calls(live.DETAIL_OPERATION)) == 5
    with database.session() as db:
        assert db.scalar(select(func.count(ProgramSession.program_id.distinct()))) == 5


def test_an_answer_that_moves_elsewhere_is_not_followed(client: OpenApi, public: PublicApi) -> None:
    public.failures = [(302, b"")]
    with pytest.raises(OpenApiError, match="302"):
        client.call("getX", {})
    assert len(public.asked) == 1


def test_a_single_row_page_is_read(client: OpenApi, public: PublicApi) -> None:
    public.failures = [(200, as_json([dovol_row()], 1, 10, 1))]
    assert len(client.call("getX", {}).rows) == 1
