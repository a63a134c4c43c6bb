"""Rasa's command line for training, without the cache of results: ``train.py train nlu …``, as ``rasa train nlu …``.

Rasa fingerprints every token and feature of all sentences after each component, a fifth of the whole training, to know
whether a later training may take results from its cache. That cache is off here (see env.sh).
"""

from __future__ import annotations

import uuid

import skops.io  # noqa: F401 - before TensorFlow: it searches every loaded module, which costs seconds afterwards
from rasa.__main__ import main
from rasa.shared.nlu.training_data.training_data import TrainingData


def never_the_same(data: TrainingData) -> str:  # noqa: ARG001 - it stands for a method
    """Answer as Rasa does for what it cannot compare: a fingerprint nothing else has."""
    return uuid.uuid4().hex


if __name__ == "__main__":
    TrainingData.fingerprint = never_the_same
    main()
