"""Certificates on paper: every kind says what it is about, nothing breaks the page, no change goes unnoticed."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from models.certificates import CERTIFICATE_NAMES, Activity, CertificateContent, CertificateType
from models.clock import SEOUL
from tests.web.pdf_text import pages_of, tags_of, text_of
from web.documents import Documents
from web.documents.drawing import SAMPLE, draw
from web.documents.layouts import layout_of
from web.documents.signing import Signatory, ensure_self_signed_key

VERIFY = "https://boram.example/verify"
ISSUER = "보람 발급처"
NUMBER = "20261123-7K3M-QX9W"
ISSUED = datetime(2026, 11, 23, 10, 0, tzinfo=SEOUL)
RIVER = Activity(date(2026, 10, 10), "하천 쓰레기 줍기", "천안청소년수련관", "환경·생태계보호", 2)
BOOKS = Activity(date(2026, 10, 10), "도서관 책 정리", "마포청소년센터", "교육", 3)
MARKET = Activity(
    date(2025, 12, 20), "연말 나눔장터", "한걸음나눔가게", "생활편의", 4, received_from_1365=True
)
PLANNED = replace(RIVER, on=date(2026, 12, 5), begins_at=time(10), ends_at=time(12), place="천안천 산책로")


def content(
    kind: CertificateType, *activities: Activity, name: str = "홍길동", group: tuple[str, ...] = ()
) -> CertificateContent:
    return CertificateContent(
        kind, NUMBER, ISSUED, name, date(2010, 5, 5), "천안고등학교 1학년", activities, group
    )


def drawn(made: CertificateContent, *, sample: bool = False) -> bytes:
    return draw(made, verify_url=VERIFY, issuer=ISSUER, sample=sample)


def flat(pdf: bytes) -> str:
    """Return all words without the breaks of lines."""
    return re.sub(r"\s+", " ", text_of(pdf))


@pytest.mark.parametrize("kind", CertificateType)
def test_every_kind_says_who_when_by_whom_and_how_to_check(kind: CertificateType) -> None:
    words = flat(drawn(content(kind, RIVER)))
    expected = [CERTIFICATE_NAMES[kind], NUMBER, "홍길동", "2010년 5월 5일", "천안고등학교 1학년"]
    expected += ["2026년 11월 23일", ISSUER, VERIFY, "하천 쓰레기 줍기", "천안청소년수련관", "1 / 1"]
    assert [each for each in expected if each not in words] == []


def test_a_service_certificate_names_the_recognised_hours() -> None:
    words = flat(drawn(content(CertificateType.SERVICE, RIVER)))
    assert "2026년 10월 10일 (토)" in words
    assert "인정 시간 2시간" in words
    assert "봉사했음을 확인합니다" in words


def test_a_plan_tells_when_and_where_and_that_nothing_is_recognised_yet() -> None:
    words = flat(drawn(content(CertificateType.ACTIVITY_PLAN, PLANNED)))
    assert "10:00 ~ 12:00" in words
    assert "천안천 산책로" in words
    assert "예정 시간 2시간" in words
    assert "인정된 봉사시간이 아니에요" in words
    assert "인정 시간" not in words
    assert "봉사했음" not in words


def test_received_hours_are_marked_as_from_1365_on_every_kind_of_list() -> None:
    assert "1365 자원봉사포털에서" in flat(drawn(content(CertificateType.RECEIVED, MARKET)))
    for kind in (CertificateType.BY_DAY, CertificateType.HISTORY, CertificateType.GROUP):
        assert "한걸음나눔가게 (1365에서 받음)" in flat(drawn(content(kind, MARKET, RIVER)))


def test_by_day_adds_up_each_day() -> None:
    words = text_of(drawn(content(CertificateType.BY_DAY, MARKET, RIVER, BOOKS)))
    assert "2025년 12월 20일 (토)\n1건 · 4시간" in words
    assert "2026년 10월 10일 (토)\n2건 · 5시간" in words
    assert "모두\n3건 · 9시간" in words


def test_a_history_adds_up_each_year() -> None:
    words = text_of(drawn(content(CertificateType.HISTORY, MARKET, RIVER, BOOKS)))
    assert "2025년\n1건 · 4시간" in words
    assert "2026년\n2건 · 5시간" in words
    assert "모두\n3건 · 9시간" in words


def test_a_group_certificate_lists_everybody_the_host_named() -> None:
    names = tuple(f"친구{number}" for number in range(1, 31))
    words = flat(drawn(content(CertificateType.GROUP, RIVER, group=names)))
    assert "함께한 사람 30명" in words
    assert [name for name in names if name not in words] == []


def test_five_hundred_records_are_all_there_with_heading_and_number_on_every_page() -> None:
    day = date(2024, 1, 1)
    many = [replace(RIVER, on=day + timedelta(days=n), title=f"하천 줍기 {n:03d}") for n in range(500)]
    pages = pages_of(drawn(content(CertificateType.HISTORY, *many)))
    assert len(pages) > 10
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in page
        assert "활동일" in page
    listed = re.findall(r"하천 줍기 (\d{3})", "\n".join(pages))
    assert [int(number) for number in listed] == list(range(500))
    assert "모두\n500건 · 1000시간" in pages[-1]
    assert ISSUER in pages[-1]


def test_the_total_stands_on_the_page_that_confirms_it() -> None:
    for count in (9, 10, 11, 12, 27, 28, 29, 30):
        last = pages_of(drawn(content(CertificateType.HISTORY, *[RIVER] * count)))[-1]
        assert f"{count}건" in last
        assert ISSUER in last


def test_a_group_of_rows_never_ends_a_page_with_its_title() -> None:
    days = [replace(RIVER, on=date(2026, 1, 1) + timedelta(days=n)) for n in range(60)]
    for page in pages_of(drawn(content(CertificateType.BY_DAY, *days)))[:-1]:
        body = page[: page.rindex(f"일자별 확인서 · {NUMBER}")].strip()
        assert body.endswith("2시간")
        assert not body.endswith("· 2시간")


WILD = "가" * 300 + "\u202e\x00\x1b[31m홍\u200b🎉 {nb} **굵게** <b>&\"' שלום \ud800 漢字"


@settings(max_examples=12, deadline=None)
@given(st.text(max_size=400))
@example(WILD)
@example("")
@example("\n\r\t ")
@example("a" * 5000)
def test_no_words_whatsoever_break_the_page(words: str) -> None:
    hostile = Activity(date(2026, 1, 1), words, words, words, 2, place=words)
    for kind in (CertificateType.HISTORY, CertificateType.ACTIVITY_PLAN):
        words_drawn = text_of(drawn(replace(content(kind, hostile, name=words), school=words)))
        assert "예정 시간\n2시간" in words_drawn or "모두\n1건 · 2시간" in words_drawn
        assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u200b-\u200f]", words_drawn)


def test_letters_the_font_does_not_have_are_shown_as_boxes_and_nothing_is_taken_for_markup() -> None:
    words = flat(drawn(content(CertificateType.SERVICE, RIVER, name="홍🎉길동 {nb} **b** <i>")))
    assert "홍□길동 {nb} **b** <i>" in words


def test_decomposed_hangul_is_put_together() -> None:
    assert "홍길동" in flat(
        drawn(content(CertificateType.SERVICE, RIVER, name=unicodedata.normalize("NFD", "홍길동")))
    )


def test_a_sample_says_so_on_every_page_and_a_real_one_never() -> None:
    many = content(CertificateType.HISTORY, *[RIVER] * 60)
    assert all(SAMPLE in page for page in pages_of(drawn(many, sample=True)))
    assert SAMPLE not in text_of(drawn(many))


def test_the_same_content_always_gives_the_same_bytes() -> None:
    assert drawn(content(CertificateType.SERVICE, RIVER)) == drawn(content(CertificateType.SERVICE, RIVER))


def test_a_screen_reader_gets_language_title_order_and_words_for_the_qr_code() -> None:
    reader = PdfFileReader(BytesIO(drawn(content(CertificateType.SERVICE, RIVER))))
    assert reader.root["/Lang"] == "ko-KR"
    assert reader.root["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Info"]["/Title"] == f"봉사활동확인서 {NUMBER}"
    parts = tags_of(drawn(content(CertificateType.SERVICE, RIVER)))
    assert [part["/S"] for part in parts[:4]] == ["/P", "/P", "/H1", "/P"]
    (figure,) = [part for part in parts if part["/S"] == "/Figure"]
    assert figure["/Alt"] == f"진위 확인 QR 코드. {VERIFY}?type=199010&number={NUMBER}"


def test_what_the_qr_code_carries_tells_nothing_about_the_person() -> None:
    pdf = drawn(content(CertificateType.SERVICE, RIVER))
    (alt,) = [part["/Alt"] for part in tags_of(pdf) if part["/S"] == "/Figure"]
    assert "홍길동" not in alt
    assert "2010" not in alt
    assert "홍길동" not in str(PdfFileReader(BytesIO(pdf)).trailer["/Info"])


def test_every_column_set_fills_the_width_of_the_page() -> None:
    for kind in CertificateType:
        columns = layout_of(content(kind, RIVER)).columns
        assert sum(column.width for column in columns) in (0, 170)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "certificates.p12"
    ensure_self_signed_key(path, "", "보람 시연", datetime.now(SEOUL))
    return path


@pytest.fixture
def signatory(key_file: Path) -> Signatory:
    return Signatory.load(key_file, "", datetime.now(SEOUL))


def status(pdf: bytes, signatory: Signatory) -> PdfSignatureStatus:
    """Check the signature in a thread of its own, because pyHanko wants to run an event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_status, pdf, signatory).result()


def _status(pdf: bytes, signatory: Signatory) -> PdfSignatureStatus:
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    (trusted,) = load_certs_from_pemder_data(signatory.public_certificate)
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[trusted]))


def test_a_signed_certificate_is_valid_whole_and_still_says_the_same(signatory: Signatory) -> None:
    pdf = drawn(content(CertificateType.SERVICE, RIVER))
    signed = signatory.sign(pdf)
    found = status(signed, signatory)
    assert found.bottom_line
    assert found.trusted
    assert found.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert found.md_algorithm == "sha256"
    assert signed.startswith(pdf)


def test_any_changed_byte_breaks_the_signature(signatory: Signatory) -> None:
    pdf = drawn(content(CertificateType.SERVICE, RIVER))
    signed = signatory.sign(pdf)
    for place in range(signed.index(b"stream") + 10, len(pdf) - 2000, len(pdf) // 10):
        changed = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
        assert not status(changed, signatory).bottom_line


def test_whatever_is_added_afterwards_is_noticed(signatory: Signatory) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(signatory.sign(drawn(content(CertificateType.SERVICE, RIVER)))))
    writer.root["/Lang"] = pdf_string("en")
    writer.update_root()  # type: ignore[no-untyped-call]  # the library's method is untyped
    changed = BytesIO()
    writer.write(changed)  # type: ignore[no-untyped-call]  # the same
    assert not status(changed.getvalue(), signatory).bottom_line


def test_several_threads_may_sign_at_once(signatory: Signatory) -> None:
    documents = Documents(signatory, VERIFY, ISSUER, sample=True)
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(documents.pdf, [content(CertificateType.SERVICE, RIVER)] * 6))
    assert all(status(pdf, signatory).bottom_line for pdf in made)


def test_a_thread_that_runs_an_event_loop_may_sign(signatory: Signatory) -> None:
    pdf = drawn(content(CertificateType.SERVICE, RIVER))

    async def sign() -> bytes:
        return signatory.sign(pdf)

    with ThreadPoolExecutor(1) as pool:  # a browser test may have left a loop running in this thread
        signed = pool.submit(lambda: asyncio.run(sign())).result()
    assert status(signed, signatory).bottom_line


def test_a_local_key_is_made_once_and_only_its_owner_may_read_it(key_file: Path) -> None:
    before = key_file.read_bytes()
    ensure_self_signed_key(key_file, "", "다른 이름", datetime.now(SEOUL))
    assert key_file.read_bytes() == before
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in key_file.parent.iterdir()] == [key_file.name]


def test_processes_that_make_the_key_at_once_agree_on_one(tmp_path: Path) -> None:
    path = tmp_path / "certificates.p12"

    def make(number: int) -> bytes:
        ensure_self_signed_key(path, "", f"보람 {number}", datetime.now(SEOUL))
        return path.read_bytes()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(make, range(4)))) == 1
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_key_with_a_password_opens_with_it_alone(tmp_path: Path) -> None:
    path, now = tmp_path / "locked.p12", datetime.now(SEOUL)
    ensure_self_signed_key(path, "열려라 참깨", "보람", now)
    pdf = drawn(content(CertificateType.SERVICE, RIVER))
    locked = Signatory.load(path, "열려라 참깨", now)
    assert status(locked.sign(pdf), locked).bottom_line
    with pytest.raises(ValueError, match="CERTIFICATE_KEY_PASSWORD"):
        Signatory.load(path, "", now)


def test_a_key_file_that_cannot_sign_is_refused_at_the_start(tmp_path: Path) -> None:
    path, now = tmp_path / "key.p12", datetime.now(SEOUL)
    with pytest.raises(FileNotFoundError):
        Signatory.load(path, "", now)
    path.write_bytes(b"no key at all")
    with pytest.raises(ValueError, match="CERTIFICATE_KEY_FILE"):
        Signatory.load(path, "", now)
    path.unlink()
    ensure_self_signed_key(path, "", "보람", now - timedelta(days=4000))
    with pytest.raises(ValueError, match="holds from"):
        Signatory.load(path, "", now)
    _, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), None)
    assert certificate is not None
    path.write_bytes(
        pkcs12.serialize_java_truststore([pkcs12.PKCS12Certificate(certificate, None)], NoEncryption())
    )
    with pytest.raises(ValueError, match="CERTIFICATE_KEY_FILE"):
        Signatory.load(path, "", now)
