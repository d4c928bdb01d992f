"""`manage.py demo`: load the Wisconsin demonstration, and contacts to try large mailings."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ci_backbone.demo.services import add_readers, find_standing, load_demonstration
from partnership.models import Initiative


class Command(BaseCommand):
    help = "Load the Wisconsin demonstration. Run again, it keeps what is there and loads nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--contacts",
            type=int,
            default=0,
            metavar="N",
            help="also make N contacts (reader-0001@example.org …) in the active organizations",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "This is not a demonstration, so nothing was loaded. To make it one, "
                "set DEMO=1 in its environment and run this command again."
            )
        if options["contacts"] < 0:
            raise CommandError("--contacts must be 0 or more.")

        initiative = self.load()
        if options["contacts"]:
            made = add_readers(initiative=initiative, count=options["contacts"])
            self.stdout.write(f"Made {made} contacts at example.org; {options['contacts']} were asked for.")

    def load(self) -> Initiative:
        standing = find_standing()
        if standing and not standing.is_demonstration:
            raise CommandError(
                f"Another initiative has the address /{standing.slug}/, so nothing was loaded. "
                "Give that one another address, or use an empty database."
            )
        if standing:
            self.stdout.write(f"The demonstration is loaded already at /{standing.slug}/; nothing was changed.")
            return standing
        initiative = load_demonstration()
        self.stdout.write(f"Loaded the demonstration “{initiative}” at /{initiative.slug}/.")
        return initiative
