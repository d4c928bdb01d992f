"""manage.py person_export EMAIL: everything that is known about one person."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from partnership.models import Initiative
from partnership.services.exporting import export_person
from partnership.services.persons import find_person


def find_initiative(slug: str | None) -> Initiative | None:
    """The initiative of a slug, None without one. Raises CommandError."""
    if not slug:
        return None
    initiative = Initiative.objects.filter(slug=slug).first()
    if initiative is None:
        raise CommandError(f"There is no initiative “{slug}”.")
    return initiative


class Command(BaseCommand):
    help = "Export everything about one person as JSON, or as an archive where they added files. No secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="The person’s e-mail address.")
        parser.add_argument("--initiative", metavar="SLUG", help="Only what this initiative has.")
        parser.add_argument("--output", metavar="FILE", help="Write to this file, readable by you alone.")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["email"], find_initiative(options["initiative"]))
        if person is None:
            raise CommandError("Nothing is known about anybody with this address.")
        export = export_person(person)
        if not options["output"]:
            if export.files:
                self.stderr.write("There are files too: give --output to get them in an archive.")
            self.stdout.write(export.text)
            return
        target = Path(options["output"])
        target.touch(mode=0o600)
        target.write_bytes(export.write())
        self.stderr.write(f"Written to {target} ({export.extension}).")
