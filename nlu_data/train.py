"""Rasa's command line for training: ``train.py train nlu …``, as ``rasa train nlu …``, in half the time.

Two things are other than there. Components may put off work and do it beside the next component's; it is waited for
before the model is packed. And nothing is fingerprinted: Rasa does so with every token and feature of all sentences
after each component, a fifth of the whole training, to know whether a later training may take results from its cache,
which is off here (see env.sh).
"""

from __future__ import annotations

import uuid
from typing import Any

import skops.io  # noqa: F401 - before TensorFlow: it searches every loaded module, which costs seconds afterwards
from components import side_by_side
from rasa.__main__ import main
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData

pack = LocalModelStorage.create_model_package


def never_the_same(data: TrainingData) -> str:  # noqa: ARG001 - it stands for a method
    """Answer as Rasa does for what it cannot compare: a fingerprint nothing else has."""
    return uuid.uuid4().hex


def pack_when_all_is_done(storage: LocalModelStorage, *arguments: Any, **names: Any) -> Any:
    """Wait for what components put off, then pack the model."""
    side_by_side.wait_for_all()
    return pack(storage, *arguments, **names)


if __name__ == "__main__":
    side_by_side.overlap()
    TrainingData.fingerprint = never_the_same
    LocalModelStorage.create_model_package = pack_when_all_is_done
    main()
