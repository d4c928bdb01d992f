"""Those whom the matrix asks about, made up in memory: no row is read or written."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser

from partnership.api.authentication import TokenReader
from partnership.models import ApiToken, Initiative, Organization, User

# One of the initiative that an address names, or none, or somebody else's.
PERSONAS = (
    *("visitor", "expired_link", "own_link", "other_link"),
    *("own_token", "read_only_token", "other_token", "manage_token", "operate_token"),
    *("partner", "other_partner", "council", "other_council", "staff", "other_staff", "operator"),
)
LINKS = frozenset({"expired_link", "own_link", "other_link"})


@dataclass(frozen=True)
class Scene:
    """Two initiatives and their organizations. `ours` is the organization that an address names."""

    here: Initiative
    there: Initiative
    ours: Organization
    another: Organization
    backbone: Organization


@cache
def scene() -> Scene:
    here, there = Initiative(pk=1, slug="here"), Initiative(pk=2, slug="there")
    ours, another, backbone = (Organization(pk=number, initiative=here) for number in (1, 2, 3))
    here.backbone = backbone
    return Scene(here, there, ours, another, backbone)


def person(persona: str) -> User | None:
    """Who is signed in; None for those who are not."""
    return PEOPLE[persona]() if persona in PEOPLE else None


def token(persona: str) -> ApiToken | None:
    """The token that a request brings; None for those who have none."""
    at = scene()
    made: dict[str, tuple[Organization | None, str]] = {
        "own_token": (at.ours, "read update"),
        "read_only_token": (at.ours, "read"),
        "other_token": (at.another, "read update"),
        "manage_token": (at.backbone, "read update manage"),
        "operate_token": (None, "operate"),
    }
    if persona not in made:
        return None
    organization, scopes = made[persona]
    return ApiToken(pk=1, organization=organization, scopes=scopes)


def bare_token() -> ApiToken:
    """A token of the organization that an address names, which may do nothing."""
    return ApiToken(pk=1, organization=scene().ours, scopes="")


def reader(bearer: ApiToken | None) -> Any:
    """Who asks the API: it looks at tokens, and at sessions for nothing but its own description."""
    return TokenReader(bearer) if bearer else AnonymousUser()


def _member(role: str, initiative: Initiative, organization: Organization | None = None) -> User:
    user = User(pk=1, email="somebody@example.org", name="Somebody")
    user.__dict__ |= {
        "_roles": {initiative.pk: {role}},
        "_organizations": {initiative.pk: [organization]} if organization else {},
    }
    return user


def _operator() -> User:
    user = User(pk=1, email="operator@example.org", name="Operator", is_staff=True)
    user.__dict__ |= {"_roles": {}, "_organizations": {}}
    return user


PEOPLE: dict[str, Callable[[], User]] = {
    "partner": lambda: _member("partner", scene().here, scene().ours),
    "other_partner": lambda: _member("partner", scene().here, scene().another),
    "council": lambda: _member("council", scene().here),
    "other_council": lambda: _member("council", scene().there),
    "staff": lambda: _member("staff", scene().here),
    "other_staff": lambda: _member("staff", scene().there),
    "operator": _operator,
}
