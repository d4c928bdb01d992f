"""Every address of the installation: what answers there, who may open it, whose rows its arguments name."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.walls.world import World


class What(Enum):
    PAGE = "a page"
    FORM = "a page that takes a POST too"
    ACT = "shows nothing to people: it takes a POST, or the token of a system"
    FILE = "anything but a page"


VISITOR, PARTNER, COUNCIL, STAFF = ROLES = ("visitor", "partner", "council", "staff")
# Behind the link by which a person chooses what to receive.
OF_SUBSCRIPTION = {"partnership:subscription", "partnership:subscription-stop"}
# These name a mailing in the question of their address.
OF_MAILING = {"communications:upcoming-detail", "communications:upcoming-body"}
# Steps of signing in, which lead on where nobody is on the way; tests/partnership walks them.
OF_SIGN_IN = (
    "mfa_authenticate",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "outside_start",
    "outside_callback",
    "account_reauthenticate",
)
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
        if "thing" in self.parameters:
            values |= {"thing": "item", "field": "title", "entry": world.item.history.earliest().pk}
        if self.name == "partnership:entry":
            values["token"] = world.invitation_token
        if self.name == "partnership:join-confirm":
            values["token"] = world.join_token
        if self.name.startswith("admin:"):
            values |= {"app_label": "partnership", "object_id": _row_of_admin(self.name)}
        if "pk" in self.parameters:
            values["pk"] = getattr(world, self.pk).pk if self.pk else 0
        values |= changes
        question = f"?{urlencode(world.mailing_ahead)}" if self.name in OF_MAILING else ""
        return reverse(self.name, kwargs={name: values[name] for name in self.parameters}) + question


def _row_of_admin(name: str) -> Any:
    """The key of a row that the page `name` can show; 0 where there is none."""
    app, _, model = name.removeprefix("admin:").rpartition("_")[0].partition("_")
    row = apps.get_model(app, model)._default_manager.order_by("pk").first() if model else None
    return row.pk if row else 0


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


# Kinds of rows of the API: those of which the public reads some, and those that are the backbone's alone.
OPEN_KINDS = ("sector", "focus-area", "organization", "participation", "body", "seat", "document")
INNER_KINDS = {
    "contact": "contact",
    "link": "link",
    "share-rule": "share_rule",
    "membership": "membership",
    "invitation": "invitation",
    "join-request": "join_request",
    "token": "api_token",
}
TOLD_KINDS = INNER_KINDS | {kind: kind.replace("-", "_") for kind in OPEN_KINDS if kind != "participation"}
API_ACTS = {
    "organization": "leave undo-leave return merge",
    "contact": "remove restore export erase erase-preview hold lift-hold",
    "sector": "move",
    "focus-area": "move",
    "link": "revoke replace",
    "body": "end reopen",
    "seat": "fill move vacate give-up restore",
    "share-rule": "end restore",
    "document": "show remove restore delete-file",
    "membership": "end restore sign-out",
    "invitation": "resend revoke",
    "join-request": "admit place refuse take-back",
    "token": "revoke",
}
PARAMETERS = dict(names_and_parameters())
PLACES = [
    *_of(
        "",
        ("healthz", FILE),
        ("readyz", FILE),
        ("robots", FILE),
        ("account", FORM, PARTNER),
        ("account_change_password", FORM, PARTNER),
        ("account_sessions", PAGE, PARTNER),
        ("mfa_index", PAGE, PARTNER),
        ("account_session_end", ACT, PARTNER),
        ("account_sessions_end_others", ACT, PARTNER),
        ("account_login", FORM),
        ("account_link", ACT),
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
        ("entry", FORM),
        ("member-list", PAGE, STAFF),
        ("member-csv", FILE, STAFF),
        ("member-invite", FORM, STAFF),
        ("invitation-resend", ACT, STAFF, "invitation"),
        ("invitation-revoke", ACT, STAFF, "invitation"),
        ("member-edit", FORM, STAFF, "membership"),
        ("member-end", ACT, STAFF, "membership"),
        ("member-restore", ACT, STAFF, "membership"),
        ("member-sign-out", ACT, STAFF, "membership"),
        ("subscription", FORM),
        ("subscription-stop", FORM),
        ("join", FORM),
        ("join-sent", PAGE),
        ("join-confirm", FORM),
        ("join-request-list", PAGE, STAFF),
        ("join-request-csv", FILE, STAFF),
        ("join-request", FORM, STAFF, "join_request"),
        ("join-request-take-back", ACT, STAFF, "join_request"),
        ("subscribe", FORM),
        ("subscriber-list", PAGE, STAFF),
        ("subscriber-remove", ACT, STAFF, "subscriber"),
        ("subscriber-restore", ACT, STAFF, "subscriber"),
        ("initiative-new", FORM, STAFF),
        ("setup", PAGE, STAFF),
        ("setup-close", ACT, STAFF),
        ("setup-reopen", ACT, STAFF),
        ("settings", PAGE, STAFF),
        *(
            (f"settings-{part}", FORM, STAFF)
            for part in ("facts", "questions", "backbone", "calendar", "public", "safety", "labels")
        ),
        ("sectors-usual", ACT, STAFF),
        ("sector-list", FORM, STAFF),
        ("focus-area-list", FORM, STAFF),
        ("sector-edit", FORM, STAFF, "sector"),
        ("focus-area-edit", FORM, STAFF, "focus_area"),
        *((f"sector-{verb}", ACT, STAFF, "sector") for verb in ("up", "down", "remove")),
        *((f"focus-area-{verb}", ACT, STAFF, "focus_area") for verb in ("up", "down", "remove")),
        ("initiative-history", PAGE, STAFF),
        ("history", PAGE, STAFF, "item"),
        ("history-put-back", FORM, STAFF, "item"),
        ("initiative-publish", FORM, STAFF),
        ("initiative-unpublish", ACT, STAFF),
        ("organization-list", PAGE, STAFF),
        ("organization-csv", FILE, STAFF),
        ("organization-new", FORM, STAFF),
        ("organization-detail", PAGE, PARTNER),
        ("organization-edit", FORM, STAFF),
        ("organization-merge", FORM, STAFF),
        ("organization-leave", FORM, STAFF),
        ("organization-undo-leave", ACT, STAFF),
        ("organization-return", ACT, STAFF),
        ("body-list", PAGE),
        ("body-new", FORM, STAFF),
        ("body-detail", PAGE, VISITOR, "body"),
        ("body-csv", FILE, STAFF, "body"),
        ("body-edit", FORM, STAFF, "body"),
        ("body-end", FORM, STAFF, "body"),
        ("body-reopen", ACT, STAFF, "body"),
        ("seat-new", FORM, STAFF, "body"),
        *((f"seat-{verb}", FORM, STAFF, "seat") for verb in ("edit", "fill")),
        *((f"seat-{verb}", ACT, STAFF, "seat") for verb in ("vacate", "give-up", "restore", "up", "down")),
        ("rule-new", FORM, STAFF, "body"),
        ("rule-edit", FORM, STAFF, "share_rule"),
        *((f"rule-{verb}", ACT, STAFF, "share_rule") for verb in ("end", "restore")),
        ("document-new", FORM, STAFF, "body"),
        ("document", FILE, VISITOR, "document"),
        *(
            (f"document-{verb}", ACT, STAFF, "document")
            for verb in ("remove", "restore", "delete-file", "show", "hide")
        ),
        ("contact-new", FORM, STAFF),
        ("contact-edit", FORM, STAFF, "contact"),
        ("contact-remove", ACT, STAFF, "contact"),
        ("contact-restore", ACT, STAFF, "contact"),
        ("person-list", PAGE, STAFF),
        ("person-csv", FILE, STAFF),
        ("person-detail", PAGE, STAFF, "contact"),
        ("person-export", FILE, STAFF, "contact"),
        ("person-hold", FORM, STAFF, "contact"),
        ("person-erase", FORM, STAFF, "contact"),
        ("link-replace", ACT, STAFF, "link"),
        ("link-revoke", ACT, STAFF, "link"),
        ("token-list", PAGE, STAFF),
        ("token-new", FORM, STAFF),
        ("token-revoke", ACT, STAFF, "api_token"),
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
        ("schema", FILE, STAFF),
        ("schema-docs", PAGE, STAFF),
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
        *((f"{kind}-list", FILE) for kind in OPEN_KINDS),
        *((f"{kind}-detail", FILE, VISITOR, kind.replace("-", "_")) for kind in OPEN_KINDS),
        ("document-file", FILE, VISITOR, "document"),
        *((f"{kind}-list", ACT) for kind in INNER_KINDS),
        *((f"{kind}-detail", ACT, VISITOR, row) for kind, row in INNER_KINDS.items()),
        *(
            (f"{kind}-{act}", ACT, VISITOR, INNER_KINDS.get(kind, kind.replace("-", "_")))
            for kind, acts in API_ACTS.items()
            for act in acts.split()
        ),
        *((f"{kind}-history", ACT, VISITOR, row) for kind, row in TOLD_KINDS.items()),
        ("initiative-history", ACT),
        ("initiative-history-all", ACT),
        ("initiative-put-back", ACT),
        ("deprovision", ACT),
    ),
]


STEPS = [Place(name, FILE) for name in OF_SIGN_IN]
# The operators' pages, all made alike.
OPERATORS = [Place(name, FILE) for name in PARAMETERS if name.startswith("admin:")]


def unknown_names() -> set[str]:
    """Names that stand in the URLconf or in the lists above, but not in both."""
    return set(PARAMETERS) ^ {place.name for place in PLACES + STEPS + OPERATORS}
