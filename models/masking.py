"""Hiding personal data: telephone numbers, e-mail addresses and names in free text, and the member's own name.

A name is known by what stands beside it: a label (담당자), a title (선생님) or a telephone number. Too much masked is
a pity, too little is a leak, so in doubt a word is masked.
"""

from __future__ import annotations

import re
from pathlib import Path

NAME_MASK = "○○○"
CONTACT_MASK = "[연락처 가림]"
RESIDENT_MASK = "[주민번호 가림]"
EMAIL_MASK = "[이메일 가림]"

_TO_ASCII = {
    **{ord("０") + digit: ord("0") + digit for digit in range(10)},
    **dict.fromkeys(map(ord, "－‐‑‒–—―−"), "-"),
    ord("＠"): "@",
    ord("．"): ".",
}
_EMAIL = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)+", re.ASCII)
_GAP = r"[\s.\-·_/)]{0,3}"
_AREA = r"(?:2|[3-6]\d|1[016-9]|70|80|50\d)"
_PHONE = re.compile(
    rf"(?<!\d)(?:\((?=\+?\d{{1,4}}\)))?(?:\+?82\)?{_GAP}\(?0?|0){_AREA}{_GAP}\d{{3,4}}{_GAP}\d{{4}}(?!\d)"
    r"|(?<![\d-])1[568]\d{2}\s?-\s?\d{4}(?![\d-])",
    re.ASCII,
)

_RESIDENT_NUMBER = re.compile(r"(?<!\d)\d{6}\s?-?\s?[1-8]\d{6}(?!\d)", re.ASCII)
_SURNAME = (
    "[김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진지엄채원천방공현함변염여추"
    "도석선설마길표명기반라]"
)
_HIDDEN = "[○◯〇●*×ㅇ]"
_FULL_NAME = rf"(?:{_SURNAME}[가-힣]{{2}}|{_SURNAME}(?:{_HIDDEN}|[OoXx]){{1,2}}|{_SURNAME}[가-힣]{_HIDDEN})"
_SHORT_NAME = rf"{_SURNAME}[가-힣]"
_TITLE = (
    r"(?:선생님?|쌤|샘|님|씨|주무관|팀장|과장|부장|국장|관장|원장|센터장|소장|대리|간사|주임|사원|실장|대표|"
    r"사회복지사|복지사|지도사|지도자|상담사|코디네이터|매니저|담당자?|교사|강사|사서|반장|회장|위원)"
)
_LABEL = (
    r"(?:담당\s?(?:자|선생님|교사|지도자|주무관)?|문의\s?(?:처|자)?|인솔\s?(?:자|교사)?|책임자|지도자|지도교사|강사|"
    r"성명|이름|팀장|주무관|관리자|연락처)"
)
_AFTER_NAME = rf"(?=\s*{_TITLE}|에게|께|[^가-힣]|$)"
_IS = r"(?:이에요|예요|입니다|이요|이야)"
_BLANK = r"[^\S\n]"
_CALLED = r"(?=이?(?:[는가랑도의를야께]|에요|예요|라고|한테|에게|[^가-힣]|$)|인데|입니다|이고|아(?:[^가-힣]|$)|\s?(?:님|씨))"
"""What stands after a given name; without it the same syllables may be part of another word."""
_NO_NAME_ENDS = r"(?![가-힣]{2}[요를는에게면할된와의까죠데야줘돼가고시군])"
"""A word that ends so is no name: much that is no name follows a number (주세요, 문의는)."""
_RULES = (
    (re.compile(rf"({_LABEL}\s*[:：\-)\]/,]*\s*)({_FULL_NAME}){_AFTER_NAME}"), 2),
    (re.compile(rf"([(（\[]\s*{_LABEL}\s*[:：]?\s+)([가-힣]{{2,4}})(?=\s*[)）\]])"), 2),
    (re.compile(rf"({_LABEL}\s*[:：]\s*)({_SHORT_NAME})(?=\s|[,()/.\]]|$)"), 2),
    (re.compile(rf"(?<![가-힣])({_FULL_NAME}|{_SHORT_NAME})(?=\s?{_TITLE}(?![가-힣]{{2}}))"), 1),
    (
        re.compile(
            rf"(?<![가-힣])({_FULL_NAME}|{_SHORT_NAME})(?=[\s,:：/(\[-]*(?:연락처\s?)?{re.escape(CONTACT_MASK)})"
        ),
        1,
    ),
    (
        re.compile(
            rf"({re.escape(CONTACT_MASK)}(?:이?고|{_IS})?{_BLANK}*[,.:：/()\[\]-]?{_BLANK}*(?:{_LABEL}[은:：]?{_BLANK}*)?)"
            rf"{_NO_NAME_ENDS}({_FULL_NAME})(?:(?=이?고|{_IS}|이?라고|한테|이?랑)|{_AFTER_NAME})"
        ),
        2,
    ),
    (re.compile(rf"(?<![가-힣\w])({_SURNAME}{_HIDDEN}{{1,2}})(?!\w)"), 1),
)
"""Where a name stands, and the group of the pattern that holds it."""
_BRACKETED = re.compile(
    rf"[(（\[<【][^()（）\[\]<>【】\n]{{0,60}}(?:{re.escape(CONTACT_MASK)}|{re.escape(EMAIL_MASK)})"
    r"[^()（）\[\]<>【】\n]{0,60}[)）\]>】]"
)
"""A short bracket around a telephone number or an address: all of it is about a person."""
_OFFICES = ("팀", "과", "실", "처", "계", "센터")
_NO_NAMES = frozenset((Path(__file__).parent / "data/no_names.txt").read_text(encoding="utf-8").split())
"""Words that stand where a name could and look like one."""


def mask(text: str) -> str:
    """Return ``text`` without telephone numbers, e-mail addresses and contact persons' names."""
    text = mask_contacts(text)
    for pattern, group in _RULES:
        text = pattern.sub(lambda match, group=group: _hide(match, group), text)  # type: ignore[misc]  # mypy cannot infer a default
    return _BRACKETED.sub("(연락처 가림)", text)


def mask_contacts(text: str) -> str:
    """Return ``text`` without resident and telephone numbers and e-mail addresses: for titles and places."""
    text = _RESIDENT_NUMBER.sub(RESIDENT_MASK, text.translate(_TO_ASCII))
    return _PHONE.sub(CONTACT_MASK, _EMAIL.sub(EMAIL_MASK, text))


def office_phone(text: str) -> str | None:
    """Return an office's telephone number as 02-000-0000, None for a mobile one or none at all."""
    found = _PHONE.search(text.translate(_TO_ASCII))
    digits = re.sub(r"^820?", "0", re.sub(r"\D", "", found.group())) if found else ""
    if not digits or digits.startswith(("01", "050")):
        return None
    if not digits.startswith("0"):
        return f"{digits[:4]}-{digits[4:]}"
    area = 2 if digits.startswith("02") else 3
    return f"{digits[:area]}-{digits[area:-4]}-{digits[-4:]}"


def _hide(match: re.Match[str], group: int) -> str:
    name = match.group(group)
    if name in _NO_NAMES or name.endswith(_OFFICES):
        return match.group()
    return match.group(1) + NAME_MASK if group > 1 else NAME_MASK


def without_name(text: str, name: str) -> str:
    """Return ``text`` without a person's own name, whole or only the given one (길동이, 길동아)."""
    whole = rf"{re.escape(name[:1])}\s?{re.escape(name[1:])}" if len(name) > 1 else r"(?!)"
    text = re.sub(whole, NAME_MASK, text)
    if len(name) < 3:
        return text
    return re.sub(rf"(?<![가-힣]){re.escape(name[1:])}{_CALLED}", NAME_MASK, text)


def mask_name(name: str) -> str:
    """Return a name as it may be shown: 홍*동, 김*."""
    if len(name) < 2:
        return "*"
    return name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")
