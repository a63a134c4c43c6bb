"""Words of a sentence that may belong to a title: what is left when the rest of the wish is taken away."""

from __future__ import annotations

import re

from models.search import squeeze

_FILLER = re.compile(
    r"봉사|신청|취소|활동|내일|오늘|이번|다음|확정|승인|대기|반려|하고|싶|할래|할게|해줘|해주|가능|저도|나도|지원할|참여"
)


def title_words(sentence: str) -> tuple[str, ...]:
    """Return the words that a title or a host may have, in lower case, in order."""
    words = (squeeze(word) for word in sentence.split())
    return tuple(word for word in words if len(word) > 1 and not _FILLER.match(word))
