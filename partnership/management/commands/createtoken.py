"""`manage.py createtoken <initiative> <organization>`: a credential for an organization's own system."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from partnership.models import Organization
from partnership.services.tokens import issue_token


class Command(BaseCommand):
    help = "Makes an API token of an organization that works for a year, and prints only the token."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("initiative", help="The last part of the initiative's address.")
        parser.add_argument("organization", help="The last part of the organization's address.")
        parser.add_argument("--name", default="", help="What the token is for.")

    def handle(self, *_args: Any, initiative: str, organization: str, name: str, **_options: Any) -> None:
        found = Organization.objects.filter(initiative__slug=initiative, slug=organization).first()
        if found is None:
            raise CommandError(f"There is no organization “{organization}” in an initiative “{initiative}”.")
        _token, secret = issue_token(organization=found, name=name)
        self.stdout.write(secret)
