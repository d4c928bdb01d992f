"""manage.py person_hold EMAIL: nothing of this person is erased or forgotten until the hold is lifted."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from partnership.management.commands.person_export import find_initiative
from partnership.services.holding import lift_hold, set_hold
from partnership.services.persons import find_person


class Command(BaseCommand):
    help = "Put a legal hold on a person, or lift it: meanwhile nothing of theirs is erased or forgotten."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="The person’s e-mail address.")
        parser.add_argument("--initiative", metavar="SLUG", help="Only in this initiative.")
        parser.add_argument("--reason", required=True, help="By whose order; it stands in the history.")
        parser.add_argument("--lift", action="store_true", help="Lift the hold.")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find_person(options["email"], find_initiative(options["initiative"]))
        if person is None or not person.contacts:
            raise CommandError("Nobody we write to has this address.")
        act = lift_hold if options["lift"] else set_hold
        for contact in person.contacts:
            act(contact=contact, reason=options["reason"], by=None)
        self.stdout.write("The hold is lifted." if options["lift"] else "Nothing of this person is erased meanwhile.")
