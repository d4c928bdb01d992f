"""Those whom the access matrix names, as they come to the door: signed in, with a token of the API, or with a link."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from communications.models import HeldMailing, MailServer, TestMail
from partnership.models import (
    AccountNotice,
    ApiToken,
    Attempts,
    Erasure,
    IdempotencyRecord,
    Organization,
    SignInRequest,
    User,
)
from partnership.services.links import hash_of
from partnership.services.tokens import issue_operator_token
from tests.factories.partnership import make_organization, make_partner, make_token
from tests.walls.conftest import Worlds
from tests.walls.places import Place
from tests.walls.world import World

LINKS = {"expired_link", "own_link", "other_link"}
NOWHERE = "no-such-token"


@dataclass(frozen=True)
class Keys:
    """`people` are signed in, `tokens` are sent with each request; a link stands in the address."""

    worlds: Worlds
    people: dict[str, User]
    tokens: dict[str, str]
    # The rows of the worlds stay the same: each address is made once.
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def client(self, persona: str) -> Client:
        """A browser or a program of this persona; errors come as answers with 500."""
        bearer = self.tokens.get(persona)
        client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {bearer}"} if bearer else {})
        if persona in self.people:
            client.force_login(self.people[persona])
        return client

    def address(self, place: Place, persona: str) -> str:
        """The address of rows of `worlds.here` as this persona has it: whoever has no link does not know its token."""
        is_own = not place.by_link or persona in ("own_link", "expired_link")
        key = (place.name, "own" if is_own else persona if persona == "other_link" else "unknown")
        if key not in self._known:
            self._known[key] = self._address(place, key[1])
        return self._known[key]

    def _address(self, place: Place, whose: str) -> str:
        here, there = self.worlds.here, self.worlds.there
        if whose == "own":
            return place.url(here)
        return place.url(here, token=token_in(place, there) if whose == "other_link" else NOWHERE)


def make_keys(worlds: Worlds) -> Keys:
    here, there = worlds.here, worlds.there
    another = make_organization(here.initiative, name="Another organization")
    people = {
        "partner": here.partner,
        "other_partner": make_partner(another),
        "council": here.council,
        "other_council": there.council,
        "staff": here.staff,
        "other_staff": there.staff,
        "operator": make_operator(),
    }
    tokens = {
        "own_token": _token(here.organization, "read update"),
        "read_only_token": _token(here.organization, "read"),
        "other_token": _token(another, "read update"),
        "manage_token": _token(_backbone(here), "read update manage"),
        "operate_token": issue_operator_token()[1],
    }
    _fill_tables_of_operators(worlds, people["operator"])
    return Keys(worlds, people, tokens)


def _fill_tables_of_operators(worlds: Worlds, user: User) -> None:
    """A row in each table that the two worlds leave empty, so that the operators' pages have one to show."""
    initiative, token = worlds.here.initiative, ApiToken.objects.latest("pk")
    SignInRequest.objects.create(email="somebody@example.org", token_hash="none")
    IdempotencyRecord.objects.create(token=token, key="none", status=200, body={})
    Erasure.objects.create(initiative=initiative, address_hash="none")
    AccountNotice.objects.create(user=user, what=AccountNotice.What.PASSWORD)
    Attempts.objects.create(key="none", window_start=timezone.now())
    TestMail.objects.create(initiative=initiative, user=user)
    HeldMailing.objects.create(initiative=initiative, kind="digest", occasion_key="none", held_by=user)
    MailServer.objects.get_or_create(pk=1)


def make_operator(**fields: Any) -> User:
    """Somebody who runs the installation and signs in with a second factor."""
    user = User.objects.create_user("operator@example.org", is_staff=True, name="Operator", **fields)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "none"})
    return user


def token_in(place: Place, world: World) -> str:
    """The token in the address of a page behind a link."""
    return str(resolve(place.url(world).partition("?")[0]).kwargs["token"])


def end_link(token: str) -> None:
    """Let the time of the row behind a token be over."""
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields}
        if "token_hash" in names:
            long_ago = timezone.now() - timedelta(days=60)
            over = names & {"expires_at", "revoked_at"} or {"requested_at"}
            model._base_manager.filter(token_hash=hash_of(token)).update(**dict.fromkeys(over, long_ago))


def ends_of(token: str) -> list[tuple[type[Model], str]]:
    """Each column of the row behind a token that can end its link by itself."""
    found = []
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields}
        row = model._base_manager.filter(token_hash=hash_of(token)).first() if "token_hash" in names else None
        if row is not None:
            # What has no end cannot come to it.
            found += [(model, name) for name in ("expires_at",) if getattr(row, name, None)]
            found += [(model, "revoked_at")] if "revoked_at" in names else []
    return found


def _token(organization: Organization, scopes: str) -> str:
    return make_token(organization, scopes=scopes)[1]


def _backbone(world: World) -> Organization:
    backbone = world.initiative.backbone
    assert backbone is not None
    return backbone
