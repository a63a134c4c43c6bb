"""Whether a message is any of the service's business: a decision of its own.

The class ``out_of_scope`` only knows the everyday life somebody thought of. So the decision also sees how near the
message is to the closest sentences of either side, and is learned from what the classifier says of sentences it did
not see.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from components.kernel import Floats
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

OUT_OF_SCOPE = "out_of_scope"
NEAREST = 3  # sentences of either side whose nearness counts
QUANTILES = 101


@dataclass(frozen=True)
class Scope:
    """Learned: four weights and a constant, and how near trained sentences are to each other (ascending)."""

    weights: NDArray[np.float64]
    nearness: NDArray[np.float64]

    def outside(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability that each message is out of scope; evidence has shape (messages, 4)."""
        logits = evidence @ self.weights[:-1] + self.weights[-1]
        result: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
        return result

    def novelty(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of trained sentences that have nearer neighbours than each message: 0 well known, 1 never heard."""
        nearest = evidence[:, 2:].max(axis=1)
        place = np.interp(nearest, self.nearness, np.linspace(0, 1, QUANTILES), left=0, right=1)
        result: NDArray[np.float64] = 1 - place
        return result


def evidence_of(
    scores: Floats, alike: Floats, column: int, outside: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Collect what the decision is made from, shape (messages, 4).

    Args:
        scores: of every class, shape (messages, classes).
        alike: how alike each message is to each trained sentence, shape (messages, trained).
        column: which class is out of scope.
        outside: which trained sentences are out of scope.
    """
    best_inside = np.delete(scores, column, axis=1).max(axis=1)
    return np.column_stack(
        [scores[:, column], best_inside, _nearest(alike[:, ~outside]), _nearest(alike[:, outside])]
    ).astype(np.float64)


def _nearest(alike: Floats) -> Floats:
    """Mean of the greatest in each row; ``alike`` is overwritten. A few maxima cost less than sorting apart."""
    rows, count = np.arange(len(alike)), min(NEAREST, alike.shape[1])
    total = np.zeros(len(alike), np.float32)
    for _ in range(count):
        best = alike.argmax(axis=1)
        total += alike[rows, best]
        alike[rows, best] = -1
    return total / np.float32(count)


def learn(evidence: NDArray[np.float64], outside: NDArray[np.bool_]) -> Scope:
    """Learn the decision from evidence on sentences the classifier did not see."""
    model = LogisticRegression(C=10.0).fit(evidence, outside)
    nearness = np.quantile(evidence[:, 2:].max(axis=1), np.linspace(0, 1, QUANTILES))
    return Scope(np.append(model.coef_[0], model.intercept_), nearness)


def tempered(chances: NDArray[np.float64], column: int, outside: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the class out of scope the probability decided for it; the others share the rest as they did before."""
    inside = np.delete(chances, column, axis=1)
    rest = (1 - outside)[:, np.newaxis] * inside / inside.sum(axis=1, keepdims=True)
    return np.insert(rest, column, outside, axis=1)
