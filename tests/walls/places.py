"""Every address of the installation: what answers there, who may open it, whose rows its arguments name."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlencode

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.walls.world import World


class What(Enum):
    PAGE = "a page"
    FORM = "a page that takes a POST too"
    ACT = "takes a POST and nothing else"
    FILE = "anything but a page"


VISITOR, PARTNER, COUNCIL, STAFF = ROLES = ("visitor", "partner", "council", "staff")
# Behind the link by which a person chooses what to receive.
OF_SUBSCRIPTION = {"partnership:subscription", "partnership:subscription-stop"}
# These name a mailing in the question of their address.
OF_MAILING = {"communications:upcoming-detail", "communications:upcoming-body"}
PAGE, FORM, ACT, FILE = What.PAGE, What.FORM, What.ACT, What.FILE


@dataclass(frozen=True)
class Place:
    """One address. `reader` is the lowest role that may open it; `pk` the row of the world behind <pk>."""

    name: str
    what: What
    reader: str = VISITOR
    pk: str = ""

    @property
    def parameters(self) -> set[str]:
        return PARAMETERS[self.name]

    @property
    def of_initiative(self) -> bool:
        return "initiative" in self.parameters

    @property
    def names_rows(self) -> bool:
        """Whether it names more of an initiative than the initiative itself."""
        named = self.parameters - {"initiative", "kind"}
        return self.of_initiative and bool(named or self.name in OF_MAILING)

    @property
    def by_link(self) -> bool:
        return "token" in self.parameters

    @property
    def writes(self) -> bool:
        return self.what in (FORM, ACT)

    def url(self, world: World, *, initiative: World | None = None, **changes: Any) -> str:
        """The address of `world`'s rows; `initiative` puts it under another one's slug, `changes` name what is not."""
        home = initiative or world
        values: dict[str, Any] = {
            "initiative": home.initiative.slug,
            "organization": world.organization.slug,
            "team": world.team.slug,
            "plan": world.plan.slug,
            "update": world.update.pk,
            "role": STAFF,
            "slug": world.initiative.slug if self.name.startswith("api:") else world.measure.slug,
            "token": world.subscription_token if self.name in OF_SUBSCRIPTION else world.token,
            "switch": "digest",
            "kind": "update_request",
        }
        if "pk" in self.parameters:
            values["pk"] = getattr(world, self.pk).pk
        values |= changes
        question = f"?{urlencode(world.mailing_ahead)}" if self.name in OF_MAILING else ""
        return reverse(self.name, kwargs={name: values[name] for name in self.parameters}) + question


def names_and_parameters() -> Iterator[tuple[str, set[str]]]:
    """What the URLconf has: each name with its namespaces, and the names of its arguments."""
    return _walk(get_resolver().url_patterns, (), set())


def _walk(patterns: list[Any], spaces: tuple[str, ...], outer: set[str]) -> Iterator[tuple[str, set[str]]]:
    for pattern in patterns:
        arguments = outer | set(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern.url_patterns, inner, arguments)
        elif isinstance(pattern, URLPattern):
            yield ":".join((*spaces, str(pattern.name))), arguments


def _of(prefix: str, *rows: tuple[str, What] | tuple[str, What, str] | tuple[str, What, str, str]) -> list[Place]:
    return [Place(prefix + name, *rest) for name, *rest in rows]


PARAMETERS = dict(names_and_parameters())
PLACES = [
    *_of(
        "",
        ("healthz", FILE),
        ("readyz", FILE),
        ("account_login", FORM),
        ("account_logout", FORM, PARTNER),
        ("account_inactive", PAGE),
        ("set_language", ACT),
        ("styleguide", PAGE),
        ("demo:role-enter", ACT),
    ),
    *_of(
        "dashboards:",
        ("home", PAGE),
        ("front", PAGE),
        ("dashboard", PAGE, COUNCIL),
        ("today", PAGE, STAFF),
    ),
    *_of(
        "measures:",
        ("measure-list", PAGE),
        ("measure-detail", PAGE),
        ("measure-csv", FILE),
    ),
    *_of(
        "partnership:",
        ("link-renew", ACT),
        ("subscription", FORM),
        ("subscription-stop", FORM),
        ("subscribe", FORM),
        ("subscriber-list", PAGE, STAFF),
        ("subscriber-remove", ACT, STAFF, "subscriber"),
        ("subscriber-restore", ACT, STAFF, "subscriber"),
        ("initiative-publish", FORM, STAFF),
        ("initiative-unpublish", ACT, STAFF),
        ("organization-list", PAGE, STAFF),
        ("organization-new", FORM, STAFF),
        ("organization-detail", PAGE, PARTNER),
        ("organization-edit", FORM, STAFF),
        ("contact-new", FORM, STAFF),
        ("contact-edit", FORM, STAFF, "contact"),
        ("contact-remove", ACT, STAFF, "contact"),
        ("contact-restore", ACT, STAFF, "contact"),
        ("link-replace", ACT, STAFF, "link"),
        ("link-revoke", ACT, STAFF, "link"),
    ),
    *_of(
        "teams:",
        ("team-list", PAGE),
        ("team-new", FORM, STAFF),
        ("team-detail", PAGE),
        ("team-edit", FORM, STAFF),
        ("team-close", ACT, STAFF),
        ("team-reopen", ACT, STAFF),
        ("plan-list", PAGE),
        ("plan-new", FORM, STAFF),
        ("plan-detail", PAGE),
        ("plan-edit", FORM, STAFF),
        ("plan-order", PAGE, STAFF),
        ("plan-publish", FORM, STAFF),
        ("plan-unpublish", ACT, STAFF),
        ("plan-archive", ACT, STAFF),
        ("plan-restore", ACT, STAFF),
        ("item-new", FORM, STAFF),
        ("item-detail", PAGE, VISITOR, "item"),
        ("item-edit", FORM, STAFF, "item"),
        ("item-delete", FORM, STAFF, "item"),
        ("item-up", ACT, STAFF, "item"),
        ("item-down", ACT, STAFF, "item"),
        ("note-hide", ACT, STAFF, "item"),
        ("note-show", ACT, STAFF, "item"),
        ("link-update", FORM),
        ("link-unchanged", FORM),
        ("link-received", PAGE),
        ("organization-update", FORM, PARTNER),
        ("organization-unchanged", FORM, PARTNER),
        ("organization-received", PAGE, PARTNER),
        ("request-list", PAGE, STAFF),
        ("request-ask", ACT, STAFF),
        ("request-withdraw", ACT, STAFF, "request"),
        ("attention", PAGE, STAFF),
    ),
    *_of(
        "communications:",
        ("mail-webhook", ACT),
        ("meeting-list", PAGE, PARTNER),
        ("meeting-create", FORM, STAFF),
        ("series-create", FORM, STAFF),
        ("meeting-detail", PAGE, PARTNER, "meeting"),
        ("meeting-ics", FILE, PARTNER, "meeting"),
        ("meeting-edit", FORM, STAFF, "meeting"),
        ("meeting-cancel", ACT, STAFF, "meeting"),
        ("meeting-restore", ACT, STAFF, "meeting"),
        ("message-list", PAGE, STAFF),
        ("message-detail", PAGE, STAFF, "message"),
        ("message-body", FILE, STAFF, "message"),
        ("message-csv", FILE, STAFF),
        ("message-test", ACT, STAFF),
        *((f"message-{verb}", ACT, STAFF, "message") for verb in ("hold", "release", "cancel", "resend", "close")),
        *((f"mailing-{verb}", ACT, STAFF) for verb in ("hold", "release", "cancel", "resend", "close")),
        ("bounces-forget", ACT, STAFF, "contact"),
        ("upcoming-detail", PAGE, STAFF),
        ("upcoming-body", FILE, STAFF),
        ("kind-list", PAGE, STAFF),
        ("kind-detail", PAGE, STAFF),
        ("kind-body", FILE, STAFF),
    ),
    *_of(
        "api:",
        ("api-root", FILE),
        ("schema", FILE),
        ("schema-docs", PAGE),
        ("item-updates", FILE, VISITOR, "item"),
        ("initiative-list", FILE),
        ("initiative-detail", FILE),
        ("team-list", FILE),
        ("team-detail", FILE, VISITOR, "team"),
        ("plan-list", FILE),
        ("plan-detail", FILE, VISITOR, "plan"),
        ("item-list", FILE),
        ("item-detail", FILE, VISITOR, "item"),
        ("measure-list", FILE),
        ("measure-detail", FILE, VISITOR, "measure"),
        ("data-point-list", FILE),
        ("data-point-detail", FILE, VISITOR, "point"),
        ("meeting-list", FILE),
        ("meeting-detail", FILE, VISITOR, "meeting"),
    ),
]


def unknown_names() -> set[str]:
    """Names that stand in the URLconf or in the list above, but not in both."""
    return set(PARAMETERS) ^ {place.name for place in PLACES}
