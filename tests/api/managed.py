"""Every kind of row that the backbone's own system writes: how one is made, sent and changed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone

from partnership.models import AccessLink, Initiative
from partnership.services.links import issue_link
from tests.api.conftest import bearer
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_document,
    make_focus_area,
    make_initiative,
    make_invitation,
    make_join_request,
    make_organization,
    make_seat,
    make_sector,
    make_share_rule,
    make_staff,
    make_token,
)

_keys = count(1)


class System:
    """The backbone's own system, and what it sends."""

    def __init__(self, scopes: str = "read update manage", **fields: Any) -> None:
        self.initiative = make_initiative(**fields)
        self.backbone = make_organization(self.initiative)
        self.initiative.backbone = self.backbone
        self.initiative.save()
        self.token, self.secret = make_token(self.backbone, scopes=scopes)

    def ask(self, method: str, path: str, data: Any = None, *, secret: str | None = None, **headers: str) -> Any:
        """Send JSON, with a key of its own; `If_Match=` and the like are headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "post":
            named.setdefault("Idempotency-Key", f"key-{next(_keys)}")
        body = data if isinstance(data, str | bytes) else json.dumps(data if data is not None else {})
        send = getattr(Client(raise_request_exception=False), method)
        headers_sent = bearer(self.secret if secret is None else secret) | named
        kwargs = {} if method == "get" else {"data": body, "content_type": "application/json"}
        return send(f"/api/v1/{path}", headers=headers_sent, **kwargs)

    def tag(self, path: str) -> str:
        answer = self.ask("get", path)
        assert answer.status_code == 200, answer.content
        return answer["ETag"]


Maker = Callable[[Initiative], Any]
Body = Callable[[Initiative], dict[str, Any]]


@dataclass(frozen=True)
class Kind:
    """One kind of row: `new` what is sent to make one, `change` to change one, `wrong` what is refused."""

    path: str
    make: Maker
    new: Body | None = None
    change: dict[str, Any] = field(default_factory=dict)
    wrong: tuple[dict[str, Any], ...] = ()
    acts: tuple[str, ...] = ()
    # Whether only the backbone's system reads it.
    is_inner: bool = False

    def __str__(self) -> str:
        return self.path

    def at(self, row: Any, act: str = "") -> str:
        key = row.slug if self.path == "initiatives" else row.pk
        return f"{self.path}/{key}/" + (f"{act}/" if act else "")


def _membership(initiative: Initiative) -> Any:
    make_staff(initiative)
    return make_staff(initiative).memberships.get()


KINDS = [
    Kind(
        "initiatives",
        lambda initiative: initiative,
        change={"issue": "School readiness"},
        wrong=(
            {"name": ""},
            {"time_zone": "Mars"},
            {"horizon_on": "1999-01-01", "started_on": "2020-01-01"},
            {"labels": {"moon": "x"}},
            {"labels": [1]},
            {"contact_email": "x"},
            {"small_number_threshold": 1001},
            {"code": "ä"},
            {"language": "xx"},
            {"fiscal_year_starts": 13},
            {"backbone_organization": 0},
            {"published": "yes"},
            {"slug": "api"},
        ),
    ),
    Kind(
        "sectors",
        make_sector,
        new=lambda _initiative: {"name": "Health", "kind": "nonprofit"},
        change={"name": "Health care"},
        wrong=({"name": ""}, {"name": "\u0001"}, {"name": "x" * 201}, {"kind": "moon"}, {"name": None}, {"name": {}}),
    ),
    Kind(
        "focus-areas",
        make_focus_area,
        new=lambda _initiative: {"name": "Families"},
        change={"name": "Family"},
        wrong=({"name": ""}, {"name": "a" * 201}, {"name": ["a"]}),
    ),
    Kind(
        "organizations",
        make_organization,
        new=lambda initiative: {"name": "Elm Street Clinic", "sectors": [make_sector(initiative).pk]},
        change={"short_name": "Elm"},
        wrong=(
            {"name": " "},
            {"level": "moon"},
            {"website": "ftp://example.org"},
            {"website": "javascript:alert(1)"},
            {"sectors": [0]},
            {"sectors": 1},
            {"sectors": [[]]},
            {"sectors": [True]},
            {"sectors": ["x"]},
            {"sectors": list(range(1, 300))},
            {"name": "a\u0000b", "short_name": "\u0000" * 61 + "x" * 61},
        ),
        acts=("leave", "return"),
    ),
    Kind(
        "contacts",
        lambda initiative: make_contact(make_organization(initiative)),
        new=lambda initiative: {"organization": make_organization(initiative).pk, "name": "Ana", "email": "a@b.org"},
        change={"phone": "555 0100"},
        wrong=(
            {"name": ""},
            {"email": "a"},
            {"digest_frequency": "hourly"},
            {"wants_nudges": "maybe"},
            {"organization": None},
            {"organization": 10**30},
            {"wants_nudges": 1},
        ),
        acts=("remove", "restore"),
        is_inner=True,
    ),
    Kind(
        "links",
        lambda initiative: issue_link(
            contact=make_contact(make_organization(initiative)), purpose=AccessLink.Purpose.SUBSCRIPTION
        ),
        acts=("revoke",),
        is_inner=True,
    ),
    Kind(
        "bodies",
        make_body,
        new=lambda _initiative: {"name": "Advisory council", "kind": "advisory"},
        change={"charge": "To advise."},
        wrong=({"name": ""}, {"kind": "team"}, {"parent": 0}, {"charge": "x" * 2001}, {"started_on": "soon"}),
        acts=("reopen",),
    ),
    Kind(
        "seats",
        lambda initiative: make_seat(make_body(initiative)),
        new=lambda initiative: {"body": make_body(initiative).pk, "label": "Parent from the north"},
        change={"label": "Student"},
        wrong=(
            {"role": "king"},
            {"sector": 0},
            {"end_user_group": "moon"},
            {"support_note": "x" * 201},
            {"stipend": "yes"},
            {"body": 0},
        ),
        acts=("vacate", "give-up", "restore"),
    ),
    Kind(
        "share-rules",
        lambda initiative: make_share_rule(make_body(initiative)),
        new=lambda initiative: {"body": make_body(initiative).pk, "of": "lived", "minimum_percent": 30},
        change={"minimum_percent": 40},
        wrong=(
            {"minimum_percent": 0},
            {"minimum_percent": 101},
            {"of": "sector"},
            {"of": "moon"},
            {"minimum_percent": 10**40},
        ),
        acts=("end", "restore"),
        is_inner=True,
    ),
    Kind(
        "memberships",
        _membership,
        change={"role": "council"},
        wrong=({"role": "partner"}, {"role": "king"}, {"organization": "x", "role": "partner"}),
        acts=("end", "restore", "sign-out"),
        is_inner=True,
    ),
    Kind(
        "invitations",
        make_invitation,
        new=lambda _initiative: {"role": "council", "name": "Ana", "email": "ana@example.org"},
        wrong=({"role": "king"}, {"role": "partner"}, {"email": "a"}, {"name": ""}),
        acts=("resend", "revoke"),
        is_inner=True,
    ),
    Kind(
        "join-requests",
        lambda initiative: make_join_request(initiative, confirmed_at=timezone.now()),
        acts=("take-back",),
        is_inner=True,
    ),
    Kind(
        "tokens",
        lambda initiative: make_token(make_organization(initiative))[0],
        new=lambda initiative: {"organization": make_organization(initiative).pk, "name": "Sync"},
        wrong=(
            {"days": 0},
            {"days": 731},
            {"scopes": []},
            {"scopes": ["manage"]},
            {"scopes": ["operate"]},
            {"name": ""},
            {"scopes": "read"},
            {"days": 10**30},
        ),
        acts=("revoke",),
        is_inner=True,
    ),
    Kind(
        "documents",
        lambda initiative: make_document(make_body(initiative), is_public=True),
        acts=("remove", "restore"),
    ),
]
MADE = [kind for kind in KINDS if kind.new]
CHANGED = [kind for kind in KINDS if kind.change]
ACTED = [(kind, act) for kind in KINDS for act in kind.acts]
