"""What is typed becomes what is meant, and every character remembers where it was typed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety import LEXICON, Lexicon, Safety
from tests.bot.safety_sentences import ALARM
from tests.nlu.conftest import Reader, readings_of

# written: read as
RUNS = {
    "봉사시간 알려줘ㅋㅋㅋㅋㅋㅋ": "봉사시간 알려줘ㅋㅋ",
    "ㅋㅋㅋㅋㅋㅋㅋ": "ㅋㅋ",
    "ㅎㅎㅎㅎㅎ": "ㅎㅎ",
    "ㅋㅎㅋㅎㅋ": "ㅋㅋ",
    "ㅠㅜㅠㅜㅠ": "ㅠㅠ",
    "시간이 안 떠ㅠ": "시간이 안 떠ㅠㅠ",
    "확인서 어디서 뽑아ㅜㅜㅜ": "확인서 어디서 뽑아ㅠㅠ",
    "했엌ㅋㅋㅋㅋ": "했어ㅋㅋ",
    "미쳤닼ㅋㅋ": "미쳤다ㅋㅋ",
    "감사합니닼ㅋㅋㅋ": "감사합니다ㅋㅋ",
    "좋ㅎㅎㅎ": "좋ㅎㅎ",
    "네네네네네": "네네",
    "하하하하하": "하하",
    "제발제발제발제발": "제발제발",
    "ㄱㄱㄱㄱㄱ": "하자",
    "봉사 취소!!!!": "봉사 취소!",
    "언제 들어와????": "언제 들어와?",
    "진짜요?!?!?!": "진짜요?!",
    "음......": "음...",
    "아...": "아...",
    "취소해줘~~~~~": "취소해줘~",
    "hiiiii": "hi",
    "zzzz": "ㅋㅋ",
}
STRETCHED = {
    "봉사아아아": "봉사",
    "제바아아알": "제발",
    "안녕하세요오오": "안녕하세요",
    "안녀어어엉": "안녕",
    "알려줘어어어": "알려줘",
    "알려주세요오~~": "알려주세요~",
    "해줘ㅓㅓㅓ": "해줘",
    "봉사ㅏㅏㅏ 시간": "봉사 시간",
    "빨리이이이": "빨리",
    "네에에에": "네",
    "진짜아아아 안돼애애": "진짜 안돼",
    "주세요오": "주세요",
    "취ㅣ소해줘": "취소해줘",
}
ENDINGS = {
    "봉사 신청 했는뎅": "봉사 신청 했는데",
    "취소 해줭": "취소 해줘",
    "시간 알려줘용": "시간 알려줘요",
    "지금 신청 가능한가욥": "지금 신청 가능한가요",
    "넹": "네",
    "넵": "네",
    "감사합니당": "감사합니다",
    "고마웡": "고마워",
    "신청할게욤": "신청할게요",
    "안녕하세용": "안녕하세요",
    "되나욤": "되나요",
    "몰랑": "몰라",
    "연계 했는데욤": "연계 했는데요",
}
ABBREVIATIONS = {
    "ㄱㅅ": "감사",
    "ㄱㅅㄱㅅ": "감사",
    "ㄱㅅ합니다": "감사합니다",
    "ㅇㅋ": "오케이",
    "신청ㄱㄱ": "신청하자",
    "ㅊㅋㅊㅋ": "축하",
    "ㄴㄴ": "아니",
    "ㅁㄹ": "몰라",
    "ㅂㅇ": "바이",
    "ㅈㅅ": "죄송",
    "ㅈㅅ합니다": "죄송합니다",
    "ㅇㄷ?": "어디?",
    "ㅇㅈ?": "인정?",
    "ㅇㅇ": "응",
    "대기 ㄱㄴ?": "대기 가능?",
    "봉시 확인좀": "봉사 시간 확인좀",
    "내봉시 얼마": "내봉사 시간 얼마",
    "봉시는 언제 들어와": "봉사 시간은 언제 들어와",
    "생기부에 올라가요?": "생활기록부에 올라가요?",
    "생기부는 언제까지": "생활기록부는 언제까지",
    "자봉 어디서 해": "자원봉사 어디서 해",
    "선관위 봉사": "선거관리위원회 봉사",
    "비번 까먹음": "비밀번호 까먹음",
    "비번이 뭐였지": "비밀번호가 뭐였지",
    "담임쌤이 내래": "담임 선생님이 내래",
    "쌤한테 물어봐": "선생님한테 물어봐",
    "토욜에 할거": "토요일에 할거",
    "담주 봉사": "다음 주 봉사",
    "낼 봉사 몇시": "내일 봉사 몇시",
    "걍 취소": "그냥 취소",
    "어케 해": "어떻게 해",
    "폰번 바꿔줘": "휴대폰 번호 바꿔줘",
    "카톡 알림 꺼줘": "카카오톡 알림 꺼줘",
    "중딩도 돼?": "중학생도 돼?",
    "노쑈 처리됨": "노쇼 처리됨",
    "안냐세요": "안녕하세요",
    "ㅎㅇ": "하이",
    "ㅁㅇ": "뭐야",
    "ㅈㅅ하고싶다고요": "자살하고싶다고요",
    "박지훈 쌤": "박지훈 선생님",
    "아이디 alswns 비번 모름": "아이디 alswns 비밀번호 모름",
}
MISSPELT = {
    "신청햇는데 됬나여": "신청했는데 됐나요",
    "몆시간이에여": "몇시간이에요",
    "취소하면 않되나요": "취소하면 안 되나요",
    "알려주세여": "알려주세요",
    "봉사시간 업나요": "봉사시간 없나요",
    "할께요": "할게요",
    "뭐에요": "뭐예요",
    "시간이 안들어왔슴니다": "시간이 안 들어왔습니다",
    "잇나요": "있나요",
    "안되요": "안돼요",
}
MISTYPED = {
    "봉사시갼": "봉사시간",
    "봉하시간": "봉사시간",
    "신쳥 취소할래": "신청 취소할래",
    "봉사 시걘 확인": "봉사 시간 확인",
    "봉사시간 확임좀": "봉사시간 확인좀",
    "활인서 뽑아줘": "확인서 뽑아줘",
    "자원봉사 확인서 발금": "자원봉사 확인서 발급",
    "두뷸 뭐야": "두볼 뭐야",
    "생활기로부 마감 언제": "생활기록부 마감 언제",
    "비빌번호 찾기": "비밀번호 찾기",
    "전하번호 바꿔주세요": "전화번호 바꿔주세요",
    "재능기뷰 신청": "재능기부 신청",
    "로그잉이 안돼요": "로그인이 안돼요",
    "칭구랑 같이 하고 싶어요": "친구랑 같이 하고 싶어요",
    "봉사 추쳔해줘": "봉사 추천해줘",
    "이거 신쳥할래용": "이거 신청할래요",
    "확인소 출력": "확인서 출력",
    "신처ㅇ 어떻게 해": "신청 어떻게 해",
    "토요닐 봉사": "토요일 봉사",
    "학인서": "확인서",
    "온나인 봉사": "온라인 봉사",
}
LETTERS_APART = {
    "봉사ㅅㅣ간": "봉사시간",
    "ㅇㅣ거 뭐야": "이거 뭐야",
    "ㅂㅗㅇㅅㅏ": "봉사",
    "확인ㅅㅓ 발급": "확인서 발급",
}
WRONG_LAYOUT = {
    "dkssud": "안녕",
    "dkssudgktpdy": "안녕하세요",
    "DKSSUDGKTPDY": "안녕하세요",
    "qhdtktlrks": "봉사시간",
    "qhdtktlrks dkffuwnj": "봉사시간 알려줘",
    "내 tlrks 알려줘": "내 시간 알려줘",
    "tlscjd 취소해줘": "신청 취소해줘",
    "rkatkgkqslek": "감사합니다",
    "fhrmdls 안돼": "로그인 안돼",
    "ghkrdlstj 뽑아줘": "확인서 뽑아줘",
    "gkrry 바꿔줘": "학교 바꿔줘",
    "so tlrks": "내 시간",
    "드먀ㅣ 인증": "email 인증",
    "ㅗㅑ": "hi",
    "ㅐㅏ": "ok",
    "애패ㅣ": "dovol",
    "ㅗ디ㅣㅐ": "hello",
}
SPACES = {
    "봉사시간얼마나있는지알려줘": "봉사시간 얼마나 있는지 알려줘",
    "토요일에할수있는봉사찾아줘": "토요일에 할 수 있는 봉사 찾아줘",
    "어제봉사했는데시간이안보여요": "어제 봉사했는데 시간이 안 보여요",
    "당일에도취소할수있나요": "당일에도 취소할 수 있나요",
    "봉 사 시 간 알려줘": "봉사시간 알려줘",
    "봉 사 시 간 알 려 줘": "봉사시간 알려줘",
    "봉사   시간    알려줘": "봉사 시간 알려줘",
    " 봉사시간 ": "봉사시간",
    "봉사\t시간": "봉사 시간",
}
CHARACTERS = {
    "ＶＭＳ 봉사": "VMS 봉사",
    "１３６５ 연계": "1365 연계",
    "봉사시간？？": "봉사시간?",
    "ﾎﾞ": "ボ",
    "ﾡ": "ㄱ",
    "㈜두볼": "(주)두볼",
    "봉\u200b사시간": "봉사시간",
    "\u202e봉사": "봉사",
    "\ufeff안녕": "안녕",
    "안녕\u3000하세요": "안녕 하세요",
    "①번 취소": "1번 취소",
    "\u1107\u1169\u11bc\u1109\u1161\u1109\u1175\u1100\u1161\u11ab": "봉사시간",
    "😀": "😀",
    "👍🏽": "👍",
    "👍🏽👍🏽👍🏽": "👍",
    "👨\u200d👩\u200d👧 봉사": "👨 봉사",
    "🇰🇷 국기": "🏳 국기",
    "❤️ 감사": "❤ 감사",
    "1️⃣ 첫번째": "1 첫번째",
    "“봉사”": '"봉사"',
    "안녕 하세요": "안녕 하세요",
    "\u3164": "",
}
# Names, ids, addresses, swear words, English, numbers, other scripts: read as they are written.
UNCHANGED = [
    "이번 주 에 눈 이 올까",
    "안녕하세요",
    "봉사시간 알려줘",
    "이번주 토요일 서울에서 환경 봉사 있어요?",
    "김민준",
    "이서연이에요",
    "내 아이디는 alswns12",
    "alswns@naver.com",
    "abc.def@school.go.kr로 보내주세요",
    "https://www.youth.go.kr/youth/dkssud",
    "www.dovol.com",
    "youth.go.kr 접속",
    "it",
    "vms",
    "VMS 연계",
    "dovol",
    "AI",
    "iPhone 15",
    "test",
    "ok",
    "email",
    "hello",
    "QR 코드",
    "ENFP 한테 맞는 봉사",
    "LG 트윈스",
    "gowns 사줘",
    "공휴일의 알람 시간들 알려줘",
    "work",
    "also",
    "BTS",
    "갤럭시 S24",
    "시발 왜 안돼",
    "ㅅㅂ",
    "ㅂㅅ아",
    "존나 느려",
    "병신",
    "꺼져",
    "죽고 싶어",
    "바ㅇㄷ아",
    "햇살 좋은 날",
    "참여 신청",
    "대여",
    "아이폰 앱",
    "우리 동네에 봉사 있어?",
    "유기견 보호소",
    "1365",
    "010-1234-5678",
    "2025-12-03",
    "12/3 2시부터 5시까지",
    "3.5시간",
    "9~12시",
    "중2인데 신청되나요",
    "청소년수련관",
    "꿈길 나이스",
    "엄마",
    "아이유",
    "우유",
    "오이",
    "아야",
    "이이",
    "유튜브",
    "부탁드립니다",
    "인정받고 싶어요",
    "어디 앞이에요?",
    "Здравствуйте",
    "こんにちは",
    "مرحبا",
    "你好",
]
CHANGED = {
    **RUNS,
    **STRETCHED,
    **ENDINGS,
    **ABBREVIATIONS,
    **MISSPELT,
    **MISTYPED,
    **LETTERS_APART,
    **WRONG_LAYOUT,
    **SPACES,
    **CHARACTERS,
}
# Cries in the spellings the normaliser works on.
CRIES = [
    "ㅈㅅ하고 싶어",
    "ㅈㅅ 하고 싶다",
    "ㅈㅅ각",
    "wnrrh tlvdj",
    "WNRRHTLVDJ",
    "wktkfgkrh tlvdj",
    "thsahr 그었어",
    "자 살",
    "자 살 하 고 싶 어",
    "자.살 하고싶어",
    "죽 고 싶 어",
    "ㅈㅏ살하고싶어",
    "ㅈㅏㅅㅏㄹ",
    "주ㄱ고싶어",
    "죽고시퍼",
    "죽고싶다아아아",
    "자살하고싶엌ㅋㅋ",
    *(line for lines in ALARM.values() for line in lines.strip().splitlines()),
]
# Characters people write to a chatbot, and those that break programs.
ODD = "가각갂힣ㄱㅋㅎㅏㅠㅡ봉사시간요용욤아어오 \t\nabzAZ019?!~.,@/:-_ｶＡ①㈜…\u1100\u1161\u11a8\u3164\u200b\u200d\u202e\ufeff\ufe0f\ud800😀👍🏽🇰🇷"
PARTS = [
    "봉사시갼",
    "했는뎅",
    "ㅋㅋㅋㅋ",
    "아아아",
    "qhdtk",
    "tlrks",
    "ㄱㅅ",
    "봉시",
    "쌤이",
    "ㅇㅣ",
    "!!!",
    "신쳥",
    "a@b.kr",
    "http://x.kr",
    "봉 사 시 간",
    "👨‍👩‍👧",
    "해줘ㅓㅓ",
    "드먀ㅣ",
    "에여",
    "햇어",
    "봉사시간얼마나있는지",
    "ㅈㅅ하고싶",
    "①",
    "１３６５",
]
WRITTEN_LIKE_A_MESSAGE = st.lists(st.sampled_from([*ODD, *PARTS, " "]), max_size=20).map("".join)


@pytest.fixture(scope="module")
def read() -> dict[str, str]:
    texts = [*CHANGED, *UNCHANGED]
    return {text: reading["normalized"] for text, reading in zip(texts, readings_of(texts), strict=True)}


@pytest.mark.parametrize("text", CHANGED)
def test_what_was_typed_in_a_hurry_is_read_as_typed_with_care(read: dict[str, str], text: str) -> None:
    assert read[text] == CHANGED[text]


@pytest.mark.parametrize("text", UNCHANGED)
def test_what_is_fine_stays(read: dict[str, str], text: str) -> None:
    assert read[text] == text


@pytest.mark.parametrize(
    ("text", "read_as", "places"),
    [
        ("봉사아아아 가요", "봉사 가요", [[0, 1], [1, 5], [5, 6], [6, 7], [7, 8]]),
        ("dkssud!!", "안녕!", [[0, 3], [3, 6], [6, 8]]),
        ("담주 토욜", "다음 주 토요일", [[0, 1], [0, 1], [0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [4, 5]]),
        ("봉\u200b사", "봉사", [[0, 1], [2, 3]]),
        ("  안녕  ", "안녕", [[2, 3], [3, 4]]),
        ("👨\u200d👩\u200d👧 봉사", "👨 봉사", [[0, 5], [5, 6], [6, 7], [7, 8]]),
        ("\u1107\u1169\u11bc사", "봉사", [[0, 3], [3, 4]]),
        ("ㅇㅣ거", "이거", [[0, 2], [2, 3]]),
        ("봉시는", "봉사 시간은", [[0, 1], [1, 2], [1, 2], [1, 2], [1, 2], [2, 3]]),
    ],
)
def test_every_character_knows_where_it_was_typed(
    reader: Reader, text: str, read_as: str, places: list[list[int]]
) -> None:
    reading = reader.read(text)
    assert (reading["normalized"], reading["origin"]) == (read_as, places)


@given(st.text(max_size=60) | WRITTEN_LIKE_A_MESSAGE | st.text(ODD, max_size=40))
@settings(max_examples=400, deadline=None)
def test_places_ascend_within_the_text_and_normalising_again_changes_nothing(
    reader: Reader, text: str
) -> None:
    reading = reader.read(text)
    assert len(reading["origin"]) == len(reading["normalized"])
    assert_ascending_within(text, reading["origin"])
    assert reader.read(reading["normalized"])["normalized"] == reading["normalized"]


def assert_ascending_within(text: str, places: list[list[int]]) -> None:
    """Neither starts nor ends go back, and none leaves the text."""
    starts, ends = [start for start, _ in places], [end for _, end in places]
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(0 <= start <= end <= len(text) for start, end in places)


def test_no_cry_is_hidden_by_what_it_is_read_as() -> None:
    lexicon = Lexicon(LEXICON)
    read_as = {cry: reading["normalized"] for cry, reading in zip(CRIES, readings_of(CRIES), strict=True)}
    hidden = {cry: read for cry, read in read_as.items() if not _is_alarm(lexicon.judge(read))}
    assert hidden == {}


def _is_alarm(said: Safety) -> bool:
    return (said.level, said.kind) == ("alarm", "crisis")


@pytest.mark.parametrize(
    "piece",
    [
        "봉사시갼 알려줭ㅋㅋㅋ ",
        "가나다라",
        "qhdtktlrks",
        "ㅋ",
        "a.",
        "ab ",
        "👨\u200d👩\u200d👧",
        "!?",
        "ㅂㅗㅇ",
        "\ufdfa",
    ],
)
def test_ten_thousand_characters_are_read_like_ten(reader: Reader, piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    reading: dict[str, Any] = reader.read(text)
    assert_ascending_within(text, reading["origin"])
    assert reading["tokens"]


def test_of_a_long_text_the_beginning_is_read(reader: Reader) -> None:
    reading = reader.read("가나다라 " * 2_000)
    assert reading["normalized"] == ("가나다라 " * 200).strip()
    assert reading["origin"][-1] == [998, 999]
