"""Which career is meant, and the volunteering that suits it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.data import Found, Words, latin_alone, table


@dataclass(frozen=True, slots=True)
class Career:
    """A career field, with the fields and DOVOL contents that suit it, most fitting first.

    ``interest`` is how a reason begins: "간호·의료 쪽에 관심 있다고 했으니까".
    """

    name: str
    field_codes: tuple[str, ...]
    dovol_contents: tuple[str, ...]
    interest: str


_ROWS = table("careers")["careers"]
CAREERS: dict[str, Career] = {
    row["name"]: Career(row["name"], tuple(row["fields"]), tuple(row["contents"]), row["interest"])
    for row in _ROWS
}
"""Career fields by name, as kept in a member's profile."""


_CAREERS = Words(
    {word: CAREERS[row["name"]] for row in _ROWS for word in (row["name"].lower(), *row["words"])}
    | {
        "상담사 연결": None,
        "상담사랑": None,
        "상담사 바꿔": None,
        "동영상": None,
        "경찰에 신고": None,
        "경찰 불러": None,
    },
    latin_alone,
)


def find_careers(text: str) -> list[Found[Career]]:
    """Return the careers named in ``text``, in order: 간호사가 꿈이에요, 코딩 쪽."""
    return _CAREERS.find(text)
