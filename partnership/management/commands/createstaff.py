"""`manage.py createstaff`: the first person of an empty installation, or one more of an initiative."""

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from partnership.models import Initiative, User
from partnership.services.initiatives import add_staff, create_initiative, publish_initiative


class Command(BaseCommand):
    help = (
        "Makes an account for backbone staff. Where the installation has no initiative yet, it makes that too. "
        "What is not given is asked for."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", nargs="?", help="The person's e-mail address.")
        parser.add_argument("name", nargs="?", help="The person's name.")
        parser.add_argument("--initiative", metavar="SLUG", help="The initiative, if there are several.")
        parser.add_argument("--initiative-name", help="Makes a new initiative of this name.")
        parser.add_argument("--slug", default="", help="Its address; made from its name unless given.")
        parser.add_argument("--time-zone", default="America/Chicago")
        parser.add_argument("--contact-email", help="Its public contact address; the person's own unless given.")
        parser.add_argument("--backbone-name", default="", help="The backbone organization of a new initiative.")
        parser.add_argument("--publish", action="store_true", help="Lets the public see the initiative.")
        parser.add_argument("--password-stdin", action="store_true", help="Reads the password from standard input.")
        parser.add_argument(
            "--generate-password", action="store_true", help="Makes a password and prints it, this one time."
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        email = self._address(options["email"] or self._ask("E-mail address"))
        user = User.objects.filter(email=email).first()
        name = options["name"] or (user.name if user else self._ask("Name"))
        initiative_options = self._initiative_options(email, options)
        password = (
            None if user and not _gives_password(options) else self._password(options, User(email=email, name=name))
        )
        try:
            user, initiative = _make(user, email, name, password, initiative_options, publish=options["publish"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        self.stdout.write(
            f"{user.name} <{user.email}> is staff of {initiative.name}: sign in and open /{initiative.slug}/"
        )

    def _address(self, email: str) -> str:
        email = email.strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"“{email}” is not an e-mail address.") from None
        return email

    def _initiative_options(self, email: str, options: dict[str, Any]) -> dict[str, Any]:
        """Either `{"initiative": row}` or what a new one is made from."""
        if options["initiative"] and not options["initiative_name"]:
            return {"initiative": _find(options["initiative"])}
        rows = list(Initiative.objects.all()[:2])
        if not options["initiative_name"] and len(rows) == 1:
            return {"initiative": rows[0]}
        if not options["initiative_name"] and rows:
            raise CommandError("There are several initiatives: name one with --initiative.")
        return {
            "name": options["initiative_name"] or self._ask("Name of the initiative"),
            "slug": options["slug"] or options["initiative"] or "",
            "time_zone": options["time_zone"],
            "contact_email": options["contact_email"] or email,
            "backbone_name": options["backbone_name"],
        }

    def _password(self, options: dict[str, Any], user: User) -> str:
        if options["password_stdin"]:
            password = sys.stdin.readline().rstrip("\r\n")
        elif options["generate_password"] or not sys.stdin.isatty():
            password = secrets.token_urlsafe(15)
            self.stdout.write(f"Password (shown only now): {password}")
            return password
        else:
            password = getpass.getpass("Password (12 characters or more): ")
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from None
        return password

    def _ask(self, what: str) -> str:
        if not sys.stdin.isatty():
            raise CommandError(f"Nothing was given for: {what}. See manage.py help createstaff.")
        answer = ""
        while not answer:
            answer = input(f"{what}: ").strip()
        return answer


def _gives_password(options: dict[str, Any]) -> bool:
    return options["password_stdin"] or options["generate_password"]


def _find(slug: str) -> Initiative:
    initiative = Initiative.objects.filter(slug=slug).first()
    if initiative is None:
        raise CommandError(f"There is no initiative “{slug}”. To make one, add --initiative-name.")
    return initiative


@transaction.atomic
def _make(
    user: User | None, email: str, name: str, password: str | None, options: dict[str, Any], *, publish: bool
) -> tuple[User, Initiative]:
    initiative = options["initiative"] if "initiative" in options else create_initiative(**options)
    if publish:
        initiative = publish_initiative(initiative=initiative, by=None)
    if user is None:
        user = User.objects.create_user(email, password, name=name)
    elif password is not None:
        user.set_password(password)
        user.save()
    add_staff(initiative=initiative, user=user)
    return user, initiative
