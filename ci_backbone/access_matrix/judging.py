"""Who may use an address with a method, told from what its view declares and from the rules themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import rules
from django.db import connection
from django.http import Http404, HttpRequest
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from ci_backbone.access_matrix import personas
from ci_backbone.access_matrix.addresses import Address, addresses
from ci_backbone.lib.access import Access
from partnership.models import ApiToken, User

# What may be named beside a token without being a row that the link could be wrong about.
WORDS = frozenset({"switch"})


@dataclass(frozen=True)
class Verdict:
    """Who may use `method` at an address. Those in `own_only` find nothing there but what is theirs."""

    address: str
    name: str
    method: str
    allowed: frozenset[str]
    own_only: frozenset[str] = frozenset()

    def as_dict(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "name": self.name,
            "method": self.method,
            "allowed": {persona: persona in self.allowed for persona in personas.PERSONAS},
            "own_rows_only": [persona for persona in personas.PERSONAS if persona in self.own_only],
        }


def matrix() -> list[Verdict]:
    """A verdict for each address and method. Nothing is read from the database, and nothing written to it."""
    with _without_database():
        return [_verdict(address, method) for address in addresses() for method in address.methods]


def _verdict(address: Address, method: str) -> Verdict:
    allowed = frozenset(one for one in personas.PERSONAS if may_use(address, method, one))
    own = {one for one in ("other_link",) if one in allowed and _is_by_link(address)}
    return Verdict(address.route, address.name, method, allowed, frozenset(own))


def may_use(address: Address, method: str, persona: str) -> bool:
    """Whether `persona` gets past what the view declares, on an object of the initiative that the address names."""
    if address.api_class is not None:
        bearer = personas.token(persona)
        return api_lets_in(address, method, bearer, personas.person(persona)) and not _is_of_another(
            address, method, bearer
        )
    access = address.access
    if access is None:
        return False
    if access.kind == "public":
        return True
    if access.kind == "by_link":
        return _opens(address, access, persona)
    user = personas.person(persona)
    if user is None:
        return False
    if access.kind == "operator":
        return user.is_active and user.is_staff
    return all(rules.has_perm(permission, user, personas.scene().ours) for permission in access.permissions)


def _is_by_link(address: Address) -> bool:
    return address.access is not None and address.access.kind == "by_link"


def _opens(address: Address, access: Access, persona: str) -> bool:
    if persona == "other_link":
        # It opens its own page of the same kind, and no row of anybody else.
        return not address.parameters - {"token"} - WORDS
    return persona == "own_link" or (persona == "expired_link" and access.expired)


def api_lets_in(address: Address, method: str, bearer: ApiToken | None, person: User | None = None) -> bool:
    """Whether the permission classes of an API view let a request through: with this token, or this session."""
    view = address.api_class(**getattr(address.view, "initkwargs", {}))
    actions = getattr(address.view, "actions", None) or {}
    for name, action in actions.items():
        setattr(view, name, getattr(view, action))
    if hasattr(view, "get"):
        view.head = view.get
    view.action = actions.get("get" if method == "HEAD" else method.lower())
    view.kwargs, view.args = dict.fromkeys(address.parameters, "1"), ()
    view.request = request = _request(method, bearer)
    if person is not None and SessionAuthentication in view.authentication_classes:
        request.user = person
    try:
        view.check_permissions(request)
    except (APIException, Http404):
        return False
    return True


def _is_of_another(address: Address, method: str, bearer: ApiToken | None) -> bool:
    """Whether the row that the address names belongs to an organization for which the token does not speak."""
    own_rows = getattr(address.api_class, "own_rows", ())
    return method in own_rows and (bearer is None or bearer.organization != personas.scene().ours)


def _request(method: str, bearer: ApiToken | None) -> Request:
    plain = HttpRequest()
    plain.method, plain.path = method, "/api/v1/"
    request = Request(plain)
    request.user, request.auth = personas.reader(bearer), bearer
    return request


@contextmanager
def _without_database() -> Iterator[None]:
    def refuse(_execute: Any, sql: str, *_rest: Any) -> None:
        raise AssertionError(f"The access matrix comes from declarations alone, and a rule asked the database: {sql}")

    with connection.execute_wrapper(refuse):
        yield
