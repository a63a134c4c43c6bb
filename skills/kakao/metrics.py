"""What the KakaoTalk door counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

TURNS = Counter(
    "boram_kakao_turns_total",
    "Skill calls by outcome: answered, callback, slow, broken, unreadable, unauthorized, too_large, not_json; "
    "and callbacks that followed: callback_delivered, callback_failed",
    ["outcome"],
)
TURN_SECONDS = Histogram(
    "boram_kakao_turn_seconds",
    "Seconds from a skill call's arrival to its answer",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3.5, 5),
)
