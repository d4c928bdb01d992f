"""`python -m tests.access_faults [--list] [--only WORD]`: make each hole, run its tests, tell which one noticed."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.access_faults.catalogue import FAULTS, Fault
from tests.rig.layers import ROOT

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".mypy_cache", ".hypothesis", "node_modules")
LONGEST = 900


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--list", action="store_true", help="name the faults")
    asked.add_argument("--only", default="", metavar="WORD", help="those whose name has this word")
    options = asked.parse_args()
    faults = [fault for fault in FAULTS if options.only in fault.name]
    if options.list:
        print("\n".join(f"{fault.name}: {fault.path}" for fault in faults))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        missed = [fault.name for fault in faults if not _is_noticed(fault, copy)]
    print(f"{len(faults) - len(missed)} of {len(faults)} were noticed", *missed, sep="\n  missed: ")
    return int(bool(missed))


def _is_noticed(fault: Fault, copy: Path) -> bool:
    file = copy / fault.path
    sound = file.read_text(encoding="utf-8")
    if sound.count(fault.old) != 1:
        print(f"{fault.name}: its place in {fault.path} stands there {sound.count(fault.old)} times", flush=True)
        return False
    file.write_text(sound.replace(fault.old, fault.new), encoding="utf-8")
    try:
        noticed = next(filter(None, (_failing(test, copy) for test in fault.tests)), "")
    finally:
        file.write_text(sound, encoding="utf-8")
    if noticed and "::" in noticed and _failing(noticed, copy):
        print(f"{fault.name}: {noticed} fails without the hole as well", flush=True)
        return False
    print(f"{fault.name}: {noticed or 'NOT NOTICED'}", flush=True)
    return bool(noticed)


def _failing(test: str, copy: Path) -> str:
    """The first test that fails, or nothing. What cannot even be imported has been noticed too."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--nomigrations", test]
    environment = os.environ | {"DJANGO_DB": os.environ.get("DJANGO_DB", "sqlite"), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
    )
    if run.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", run.stdout, re.MULTILINE)
    return found.group(1) if found else f"{test} does not run"


if __name__ == "__main__":
    sys.exit(main())
