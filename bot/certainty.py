"""How sure is sure enough. Confidence is calibrated: of what is understood with 0.6, six in ten are right.

The bars are far enough from each other that a new model, a little better or worse calibrated, changes little.
"""

from __future__ import annotations

from bot.menu import RUNNABLE
from bot.understanding import ParsedMessage

SURE = 0.75
"""Right three times in four: enough to leave an open question for what was said instead."""
PART = 0.6
"""Enough for one wish of two, where the form of both (알려주고 … 취소해줘) speaks for two wishes as well."""
_BARS = {"crisis_support": 0.3, "security_attack": 0.6, "abuse": 0.85}
"""Act on these from here on: distress early, a rebuke only when there is no doubt."""
_CLOSE = 0.2
"""A second meaning this close is asked about. It never is once the first has 0.6: the second has 0.4 at most."""
_HOPELESS = 0.15
"""Below it a meaning is wrong six times in seven: offering it would only puzzle."""
ALIKE = (
    frozenset({"find_program", "recommend_program", "apply_program"}),
    frozenset({"check_hours", "hours_missing", "faq_hours_rule"}),
    frozenset({"hours_missing", "no_show"}),
    frozenset({"login_problem", "change_profile", "faq_signup"}),
)
"""Intents so close that the answer to one leads on to the other: not worth a question, and not two wishes."""
SMALL_TALK = frozenset({"greeting", "thanks_bye", "clarify_needed", "out_of_scope", "abuse"})
"""Intents that ask for nothing: they never take a person away from an open question."""


def bar(intent: str, threshold: float) -> float:
    """Return the confidence from which an intent is acted on; ``threshold`` where it has no bar of its own.

    The threshold (``NLU_THRESHOLD``) lies below one half: without a close second meaning (see ``close_meanings``) the
    first is the best guess there is, what it shows has the menu under it, and whatever it changes is confirmed.
    """
    return _BARS.get(intent, threshold)


def is_wish(parsed: ParsedMessage, confidence: float = PART) -> bool:
    """Tell whether words ask, with at least this confidence, for something the assistant can do."""
    return parsed.intent in RUNNABLE - {"crisis_support"} and parsed.confidence >= confidence


def are_alike(one: str, other: str) -> bool:
    """Tell whether two intents are the same or close to it."""
    return one == other or any({one, other} <= group for group in ALIKE)


def close_meanings(parsed: ParsedMessage) -> list[str]:
    """Return the two likeliest intents when they are too close to choose for the person, none otherwise."""
    first, second = [*parsed.ranking[:2], None, None][:2]
    if first is None or second is None or round(first.confidence - second.confidence, 6) >= _CLOSE:
        return []
    pair = [first.intent, second.intent]
    likely = second.confidence >= _HOPELESS and RUNNABLE.issuperset(pair) and not are_alike(*pair)
    return pair if likely and "crisis_support" not in pair else []
