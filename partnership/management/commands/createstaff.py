"""`manage.py createstaff`: the first person of an empty installation, or one more of an initiative."""

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from partnership.models import Initiative, Invitation, Membership, User
from partnership.services.initiatives import add_staff, create_initiative, publish_initiative
from partnership.services.invitations import HasRoleAlready, invite
from partnership.services.links import path_of


class Command(BaseCommand):
    help = (
        "Makes an account for backbone staff. In an installation without an initiative the person may start one, in "
        "the browser; with --initiative-name it is made here. What is not given is asked for."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", nargs="?", help="The person's e-mail address.")
        parser.add_argument("name", nargs="?", help="The person's name.")
        parser.add_argument(
            "--invite",
            action="store_true",
            help="Makes no account, and prints a link by which the person makes it: this one time, for 14 days.",
        )
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
        if user and not user.is_active:
            raise CommandError(f"The account of {email} is switched off.")
        name = options["name"] or (user.name if user else self._ask("Name"))
        where = self._initiative_options(email, options)
        try:
            if options["invite"]:
                self._invite(email, name, where, options)
            else:
                self._make_account(user, email, name, where, options)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None

    def _make_account(
        self, user: User | None, email: str, name: str, where: dict[str, Any] | None, options: dict[str, Any]
    ) -> None:
        keeps_password = user is not None and not _gives_password(options)
        password = None if keeps_password else self._password(options, User(email=email, name=name))
        user, initiative = _make(user, email, name, password, where, publish=options["publish"])
        if initiative is None:
            self.stdout.write(
                f"{user.name} <{user.email}> may start an initiative: "
                f"sign in at {settings.PUBLIC_BASE_URL}/new/ and the browser goes on from there."
            )
        else:
            self.stdout.write(
                f"{user.name} <{user.email}> is staff of {initiative.name}: sign in and open /{initiative.slug}/"
            )

    @transaction.atomic
    def _invite(self, email: str, name: str, where: dict[str, Any] | None, options: dict[str, Any]) -> None:
        if _gives_password(options):
            raise CommandError("An invited person chooses the password: leave it out, or --invite.")
        initiative = _initiative_of(where, publish=options["publish"])
        try:
            invitation = invite(
                initiative=initiative,
                role=Membership.Role.STAFF,
                email=email,
                name=name,
                by=None,
                is_printed=True,
            )
        except HasRoleAlready:
            raise CommandError(f"{email} is staff of {initiative} already.") from None
        self.stdout.write(
            f"Invitation for {name} <{email}>, to be used once within {Invitation.LASTS.days} days "
            f"(shown only now): {settings.PUBLIC_BASE_URL}{path_of(invitation)}"
        )

    def _address(self, email: str) -> str:
        email = email.strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"“{email}” is not an e-mail address.") from None
        return email

    def _initiative_options(self, email: str, options: dict[str, Any]) -> dict[str, Any] | None:
        """Either `{"initiative": row}` or what a new one is made from; None for one that the browser will start."""
        if options["initiative"] and not options["initiative_name"]:
            return {"initiative": _find(options["initiative"])}
        if not options["initiative_name"]:
            rows = list(Initiative.objects.all()[:2])
            if len(rows) > 1:
                raise CommandError("There are several initiatives: name one with --initiative.")
            if not rows and options["publish"]:
                raise CommandError("There is no initiative to publish: give it a name with --initiative-name.")
            return {"initiative": rows[0]} if rows else None
        return {
            "name": options["initiative_name"],
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


def _initiative_of(where: dict[str, Any] | None, *, publish: bool) -> Initiative | None:
    if where is None:
        return None
    initiative: Initiative = where["initiative"] if "initiative" in where else create_initiative(**where)
    return publish_initiative(initiative=initiative, by=None) if publish else initiative


@transaction.atomic
def _make(
    user: User | None, email: str, name: str, password: str | None, where: dict[str, Any] | None, *, publish: bool
) -> tuple[User, Initiative | None]:
    initiative = _initiative_of(where, publish=publish)
    if user is None:
        user = User.objects.create_user(email, password, name=name, may_start_initiatives=initiative is None)
    else:
        _change(user, password, may_start=initiative is None)
    if initiative is not None:
        add_staff(initiative=initiative, user=user)
    return user, initiative


def _change(user: User, password: str | None, *, may_start: bool) -> None:
    """Give a known person another password, and let them start initiatives, where that is wanted."""
    if password is not None:
        user.set_password(password)
    if may_start:
        user.may_start_initiatives = True
    if password is not None or may_start:
        user.save()
