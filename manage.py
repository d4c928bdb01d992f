#!/usr/bin/env python
"""The door for commands: `manage.py help` lists them."""

import os
import sys
from pathlib import Path


def main() -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from ci_backbone.lib import env
    from ci_backbone.lib.doors import Door, set_default_door

    set_default_door(Door.COMMAND, f"command:{sys.argv[1]}" if len(sys.argv) > 1 else "")
    env.use_demonstration(Path(__file__).resolve().parent / "var" / "demo.env")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ci_backbone.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        # Its sentence names the setting; the lines of code that came upon it help nobody to set it.
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
