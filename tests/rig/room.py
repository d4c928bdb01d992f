"""A folder for one run of the suite."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

VARIABLE = "CI_BACKBONE_TEST_ROOM"


def room_of_this_run() -> Path:
    """Made by the first process of a run and removed at its end; its children find it in the environment."""
    if "pytest" not in sys.modules:
        # mypy and manage.py read the settings and leave nothing behind, so they need no room of their own.
        return Path(tempfile.gettempdir()) / "ci_backbone_checks"
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = tempfile.mkdtemp(prefix="ci_backbone_tests_")
        # Registered before any server is started, so it runs after all of them have stopped.
        atexit.register(shutil.rmtree, os.environ[VARIABLE], ignore_errors=True)
    return Path(os.environ[VARIABLE])
