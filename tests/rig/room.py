"""A folder for one run of the suite."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "CI_BACKBONE_TEST_ROOM"


def room_of_this_run() -> Path:
    """Made by the first process of a run and removed at its end; its children find it in the environment."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = tempfile.mkdtemp(prefix="ci_backbone_tests_")
        # Registered before any server is started, so it runs after all of them have stopped.
        atexit.register(shutil.rmtree, os.environ[VARIABLE], ignore_errors=True)
    return Path(os.environ[VARIABLE])
