"""`manage.py operators`: who may open the operators' pages."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from partnership.models import User


class Command(BaseCommand):
    help = "List those who may open the operators' pages; --add and --remove change one of them."

    def add_arguments(self, parser: CommandParser) -> None:
        change = parser.add_mutually_exclusive_group()
        change.add_argument("--add", metavar="EMAIL", help="an account that exists")
        change.add_argument("--remove", metavar="EMAIL")

    def handle(self, *_args: Any, **options: Any) -> None:
        if email := options["add"] or options["remove"]:
            self._set(email, is_operator=bool(options["add"]))
        for user in User.objects.filter(is_staff=True, is_active=True):
            ready = "" if user.has_second_factor else " (without a second factor: the pages stay closed)"
            self.stdout.write(f"{user.name} <{user.email}>{ready}")

    def _set(self, email: str, *, is_operator: bool) -> None:
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody signs in with {email}. Make the account first: manage.py createstaff.")
        user.is_staff = is_operator
        user.save()
