"""End a person's access from the command line."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from partnership.management.commands.person_export import find_initiative
from partnership.services.deprovisioning import NobodyKnown, end_access

WORDS = {
    "sessions": "sessions ended",
    "roles": "roles ended",
    "invitations": "invitations taken back",
    "sign_in_links": "sign-in links ended",
    "links": "links in e-mails ended",
    "contacts": "contacts that get no more mail",
    "tokens": "API tokens revoked",
}


class Command(BaseCommand):
    help = "End a person's access: sessions, roles, links, invitations, tokens; without --initiative the account too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The person's address.")
        parser.add_argument("--initiative", metavar="SLUG", help="Only in this initiative; the account stays.")
        parser.add_argument("--json", action="store_true", help="Print what ended as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        initiative = find_initiative(options["initiative"])
        try:
            ended = end_access(email=options["email"], initiative=initiative).as_dict()
        except NobodyKnown:
            raise CommandError("Nobody has this address, and nobody was invited under it.") from None
        if options["json"]:
            self.stdout.write(json.dumps(ended))
            return
        for name, words in WORDS.items():
            self.stdout.write(f"{ended[name]} {words}")
        if initiative is None:
            self.stdout.write(
                "The account is switched off." if ended["account"] else "No account was left to switch off."
            )
