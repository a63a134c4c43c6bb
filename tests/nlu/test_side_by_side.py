"""Work on many sentences is shared out among processes, and comes back as if it had not been."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.nlu.conftest import RASA_ENVIRONMENT

ASK = """
import os, sys
from components.side_by_side import spread
def work(numbers):
    if 7 in numbers and "dies" in sys.argv:
        os._exit(9)
    return [(number, number * 2, os.getpid()) for number in numbers]
results = spread(work, range(int(sys.argv[1])))
assert [result[:2] for result in results] == [(n, n * 2) for n in range(int(sys.argv[1]))]
print(len({process for *_, process in results}))
"""


def spread(*arguments: str, processes: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ASK, *arguments],
        env={**RASA_ENVIRONMENT, "TRAINING_PROCESSES": str(processes)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(("items", "processes", "used"), [(1001, 3, 3), (1001, 1, 1), (499, 3, 1), (0, 3, 0)])
def test_every_item_gets_its_own_result_from_as_many_processes_as_are_worth_it(
    items: int, processes: int, used: int
) -> None:
    ran = spread(str(items), processes=processes)
    assert (ran.stdout.strip(), ran.returncode) == (str(used), 0), ran.stderr


def test_a_process_that_dies_ends_the_training_with_what_to_do() -> None:
    ran = spread("600", "dies", processes=3)
    assert ran.returncode != 0
    assert "TRAINING_PROCESSES=1" in ran.stderr
