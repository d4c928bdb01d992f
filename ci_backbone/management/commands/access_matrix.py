"""`manage.py access_matrix`: who may use which address with which method."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ci_backbone.access_matrix.judging import matrix
from ci_backbone.access_matrix.tables import as_table


class Command(BaseCommand):
    help = "Print for each address and method who may use it. Nothing is read from the database or written to it."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="as JSON: a list with one object per address and method"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        verdicts = matrix()
        if options["json"]:
            self.stdout.write(json.dumps([verdict.as_dict() for verdict in verdicts], indent=1))
        else:
            self.stdout.write(as_table(verdicts))
