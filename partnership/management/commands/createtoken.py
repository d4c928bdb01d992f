"""`manage.py createtoken`: a credential for an organization's own system, or for those who run the installation."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from partnership.models import ApiToken, Organization, Scope
from partnership.services.tokens import DAYS, MOST_DAYS, issue_operator_token, issue_token


class Command(BaseCommand):
    help = (
        "Makes an API token of an organization, or with --operator one by which access of people is ended, "
        "and prints it this one time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("initiative", nargs="?", help="The last part of the initiative's address.")
        parser.add_argument("organization", nargs="?", help="The last part of the organization's address.")
        parser.add_argument("--name", default="", help="What the token is for.")
        parser.add_argument(
            "--scopes",
            default=f"{Scope.READ},{Scope.UPDATE}",
            help="What it is good for: read, update, and for the backbone organization manage; with commas between.",
        )
        parser.add_argument("--days", type=int, default=DAYS, help=f"How long it works; {MOST_DAYS} at most.")
        parser.add_argument(
            "--operator", action="store_true", help="For those who run the installation: it ends access of people."
        )
        parser.add_argument("--json", action="store_true", help="Prints the token with what it is good for, as JSON.")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            token, secret = self._issue(options)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        self.stdout.write(_as_json(token, secret) if options["json"] else secret)

    def _issue(self, options: dict[str, Any]) -> tuple[ApiToken, str]:
        name, days = options["name"], options["days"]
        if options["operator"]:
            if options["initiative"]:
                raise CommandError("A token of the installation belongs to no organization: leave the names out.")
            return issue_operator_token(name=name, days=days)
        organization = _find(options["initiative"], options["organization"])
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        return issue_token(organization=organization, name=name, scopes=scopes, days=days)


def _find(initiative: str | None, organization: str | None) -> Organization:
    if not initiative or not organization:
        raise CommandError("Name an initiative and one of its organizations, or give --operator.")
    rows = Organization.objects.select_related("initiative")
    found = rows.filter(initiative__slug=initiative, slug=organization).first()
    if found is None:
        raise CommandError(f"There is no organization “{organization}” in an initiative “{initiative}”.")
    return found


def _as_json(token: ApiToken, secret: str) -> str:
    facts = {
        "id": token.pk,
        "name": token.name,
        "prefix": token.prefix,
        "scopes": token.scopes.split(),
        "expires_at": token.expires_at.isoformat(),
        "token": secret,
    }
    return json.dumps(facts)
