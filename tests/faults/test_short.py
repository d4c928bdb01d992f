"""The faults that a few messages can show, in their short form; `make faults` has all of them in the long one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.catalogue import FAULTS, outcome
from tests.faults.stage import Stage
from tests.rig.room import room_of_this_run
from tests.rig.servers import for_this_run

MESSAGES = 48
SHORT = ("killed", "stopped", "crashed", "cut", "refusing-connect", "refusing-571", "spoilt-facts", "spoilt-rows")

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """An installation on the servers of this run, with a database of its own."""
    room = Path(room_of_this_run()) / f"faults-{os.getpid()}"
    room.mkdir()
    here = Stage(for_this_run(room), room, messages=MESSAGES, seed=20261)
    yield here
    here.close()


@pytest.mark.parametrize("name", SHORT)
def test_fault_loses_nothing_and_doubles_nothing(stage, name):
    verdict = outcome(FAULTS[name], stage)

    assert verdict.broken == []
    assert (verdict.lost, verdict.doubled) == (0, 0)
