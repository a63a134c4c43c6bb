"""Words that must never be missed, whether or not anything else understands: someone is in distress.

Recall first: a false alarm costs a gentle question, a miss may cost a life. The NLU knows far more sentences; these
patterns work when it is down or retrained.
"""

from __future__ import annotations

import re

from bot.replies import Button, Call, Card

_DISTRESS = re.compile(
    r"죽고\s*싶|죽어\s*버리|죽을래|죽을\s*거(야|예요)|자살|자해|손목[을]?\s*(긋|그어|그었|그을)|사라지고\s*싶|살기\s*싫|살고\s*싶지\s*않|목\s*매달|뛰어\s*내리|"
    r"(아빠|엄마|부모님?|새아빠|새엄마|삼촌|오빠|형|선생님?|쌤|누가|사람이|아저씨)[가이은는께서한테에게]*\s*.{0,12}(때려|때렸|때리|맞았|맞고|만져|만졌|만지|협박|성폭|성추행)|"
    r"성폭행|성추행|성폭력|몰카|가정\s*폭력|학대|학폭|왕따.{0,8}(당하|당해|힘들)|협박\s*(당|받|해)|유서"
)


def in_distress(words: str) -> bool:
    """Tell whether words sound like distress: self-harm, violence, threats, abuse."""
    return bool(_DISTRESS.search(words))


HELP_LINES = (
    Button("1388 전화하기", Call("1388")),
    Button("112 전화하기", Call("112")),
    Button("119 전화하기", Call("119")),
)
HELP = Card(
    "말해 줘서 고마워요",
    "많이 힘들었겠어요. 혼자 견디지 않아도 돼요. "
    "1388은 청소년 이야기를 24시간 들어주는 곳이에요. 지금 위험하면 112, 다쳤으면 119에 바로 전화해요.",
    buttons=HELP_LINES,
)
"""Shown at once, whatever else works."""
