"""manage.py person_erase EMAIL: replace a person by a pseudonym everywhere."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from partnership.management.commands.person_export import find_initiative
from partnership.models import Initiative
from partnership.services.erasing import NotErasable, erase_person
from partnership.services.erasure_log import was_erased
from partnership.services.foreseeing import Foreseen, foresee
from partnership.services.persons import Person, find_person
from partnership.services.reerasing import erase_again


class Command(BaseCommand):
    help = (
        "Erase a person: name, address, telephone and notes go from every table and message, what they did still "
        "counts. Without --initiative, in the whole installation, the account too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", nargs="?", help="The person’s e-mail address.")
        parser.add_argument("--initiative", metavar="SLUG", help="Only in this initiative.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument(
            "--also",
            metavar="WORD",
            action="append",
            default=[],
            help="A part of the name that shall go from texts too.",
        )
        parser.add_argument(
            "--again",
            action="store_true",
            help="After a restore: erase once more whoever was erased since the backup. Names nobody.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            self.erase_again()
            return
        if not options["email"]:
            raise CommandError("Give the person’s e-mail address, or --again.")
        self.erase(options, find_initiative(options["initiative"]))

    def erase(self, options: dict[str, Any], initiative: Initiative | None) -> None:
        person = find_person(options["email"], initiative)
        if person is None:
            if was_erased(options["email"], initiative):
                self.stdout.write("This person was erased before; nothing of them is left.")
                return
            raise CommandError("Nothing is known about anybody with this address.")
        self.tell(person, foresee(person))
        if not options["yes"] and input("Erase this person? This cannot be undone. Type yes: ").strip() != "yes":
            raise CommandError("Nothing was erased.")
        try:
            done = erase_person(person=person, by=None, words=options["also"])
        except NotErasable as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(f"Erased: {done.total} rows changed; they are now “{done.pseudonym}”.")

    def tell(self, person: Person, found: Foreseen) -> None:
        """What will happen, and what staff have to decide; the name stands nowhere in it."""
        if found.objections:
            raise CommandError(" ".join(found.objections))
        where = str(person.initiative) if person.initiative else "the whole installation"
        self.stdout.write(f"In {where}:")
        for what, number in found.counts.items():
            self.stdout.write(f"  {what}: {number}")
        if person.user and not person.is_whole:
            self.stdout.write("The account stays: other initiatives need it.")
        for part, number in found.parts.items():
            self.stdout.write(f"“{part}” alone stands in {number} texts, which stay unless you add --also {part}")
        for place in found.places[:50]:
            self.stdout.write(f"  {place.what}, {place.field}: {place.excerpt}  {place.url}")
        for place in found.files:
            self.stdout.write(f"A file names the person; replace or remove it: {place.called}  {place.url}")
        if found.unread:
            self.stdout.write(f"{found.unread} files cannot be searched here (PDFs, images): look through them.")

    def erase_again(self) -> None:
        again = erase_again()
        self.stdout.write(f"{again.erased} people were erased again.")
        if again.stuck:
            raise CommandError("\n".join(again.stuck))
