"""`make access-rows`: what the access matrix would say and the reviewed file does not, and the other way round.

`--write` puts the lines in their place once they have been read; it never judges them.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from ci_backbone.access_matrix.judging import matrix  # noqa: E402  # Models can be read from here on.
from ci_backbone.access_matrix.tables import as_table, from_table  # noqa: E402  # Models can be read from here on.
from tests.walls.access_file import FILE, HEADER  # noqa: E402  # Models can be read from here on.


def main() -> int:
    """Print the differences; 1 where there are some."""
    told, kept = as_table(matrix()).splitlines(), as_table(from_table(FILE.read_text(encoding="utf-8"))).splitlines()
    plain = {" ".join(line.split()): line for line in told}
    former = {" ".join(line.split()): line for line in kept}
    for line in former.keys() - plain.keys():
        print("-", former[line])
    for line in plain.keys() - former.keys():
        print("+", plain[line])
    if "--write" in sys.argv:
        FILE.write_text(HEADER + "\n".join(told) + "\n", encoding="utf-8")
    return int(plain.keys() != former.keys())


if __name__ == "__main__":
    sys.exit(main())
