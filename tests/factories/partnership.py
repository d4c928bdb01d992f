"""Rows of partnership for tests: plain functions; what a test does not say is made up."""

import hashlib
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from partnership.models import (
    ApiToken,
    Body,
    Contact,
    Document,
    FocusArea,
    Initiative,
    Invitation,
    JoinRequest,
    Membership,
    MergedOrganization,
    Organization,
    Participation,
    Seat,
    Sector,
    ShareRule,
    User,
)
from partnership.services.tokens import issue_token

PASSWORD = "a long enough password"
_numbers = count(1)


def make_initiative(*, published: bool = True, **fields: Any) -> Initiative:
    """A published initiative, with a slug of its own; `published=False` leaves it to those with a role."""
    number = next(_numbers)
    defaults = {
        "name": f"Initiative {number}",
        "slug": f"initiative-{number}",
        "code": f"I{number}",
        "contact_email": "backbone@example.org",
        "published_at": timezone.now() if published else None,
    }
    return Initiative.objects.create(**defaults | fields)


def make_sector(initiative: Initiative | None = None, **fields: Any) -> Sector:
    defaults = {"name": f"Sector {next(_numbers)}"}
    return Sector.objects.create(initiative=initiative or make_initiative(), **defaults | fields)


def make_focus_area(initiative: Initiative | None = None, **fields: Any) -> FocusArea:
    defaults = {"name": f"Focus area {next(_numbers)}"}
    return FocusArea.objects.create(initiative=initiative or make_initiative(), **defaults | fields)


def make_organization(initiative: Initiative | None = None, *, state: str = "active", **fields: Any) -> Organization:
    """An organization with one participation, active unless `state` says otherwise."""
    number = next(_numbers)
    defaults = {"name": f"Organization {number}", "slug": f"organization-{number}"}
    organization = Organization.objects.create(initiative=initiative or make_initiative(), **defaults | fields)
    Participation.objects.create(organization=organization, state=state)
    return organization


def make_contact(organization: Organization | None = None, **fields: Any) -> Contact:
    """A contact of `organization`; with `initiative=` and without an organization, a person on their own."""
    number = next(_numbers)
    if organization is None and "initiative" not in fields:
        organization = make_organization()
    defaults: dict[str, Any] = {
        "name": f"Contact {number}",
        "email": f"contact{number}@example.org",
        "organization": organization,
    }
    if organization is not None:
        defaults["initiative"] = organization.initiative
    return Contact.objects.create(**defaults | fields)


def make_user(**fields: Any) -> User:
    """A person who can sign in with `PASSWORD` and has no role yet."""
    number = next(_numbers)
    defaults = {"email": f"person{number}@example.org", "name": f"Person {number}"}
    return User.objects.create_user(password=PASSWORD, **defaults | fields)


def _make_member(role: str, initiative: Initiative, organization: Organization | None, **fields: Any) -> User:
    user = make_user(**fields)
    Membership.objects.create(initiative=initiative, user=user, role=role, organization=organization)
    Contact.objects.create(
        initiative=initiative, organization=organization, user=user, name=user.name, email=user.email
    )
    return user


def make_staff(initiative: Initiative | None = None, **fields: Any) -> User:
    """Backbone staff of `initiative`, with a contact."""
    return _make_member("staff", initiative or make_initiative(), None, **fields)


def make_council_member(initiative: Initiative | None = None, **fields: Any) -> User:
    """A council member of `initiative`, with a contact; a seat is for the test to make."""
    return _make_member("council", initiative or make_initiative(), None, **fields)


def make_partner(organization: Organization | None = None, **fields: Any) -> User:
    """Somebody who works for `organization` and signs in, with a contact."""
    organization = organization or make_organization()
    return _make_member("partner", organization.initiative, organization, **fields)


def make_body(initiative: Initiative | None = None, **fields: Any) -> Body:
    defaults = {"name": f"Council {next(_numbers)}", "kind": Body.Kind.COUNCIL}
    return Body.objects.create(initiative=initiative or make_initiative(), **defaults | fields)


def make_seat(body: Body | None = None, **fields: Any) -> Seat:
    return Seat.objects.create(body=body or make_body(), **fields)


def make_share_rule(body: Body | None = None, **fields: Any) -> ShareRule:
    """A rule for half of the seats to be held by those with lived experience."""
    defaults = {"of": ShareRule.Of.LIVED_EXPERIENCE, "minimum_percent": 50}
    return ShareRule.objects.create(body=body or make_body(), **defaults | fields)


def make_join_request(initiative: Initiative | None = None, **fields: Any) -> JoinRequest:
    """A confirmed request of a person; nobody has decided."""
    number, now = next(_numbers), timezone.now()
    defaults = {
        "kind": JoinRequest.Kind.INDIVIDUAL,
        "name": f"Newcomer {number}",
        "email": f"newcomer{number}@example.org",
        "token_hash": f"join {number}",
        "confirmed_at": now,
    }
    return JoinRequest.objects.create(initiative=initiative or make_initiative(), **defaults | fields)


def make_invitation(initiative: Initiative | None = None, **fields: Any) -> Invitation:
    """An open invitation to become staff, of which nobody knows the token."""
    number = next(_numbers)
    defaults = {
        "role": Membership.Role.STAFF,
        "name": f"Invited {number}",
        "email": f"invited{number}@example.org",
        "token_hash": f"invitation {number}",
        "is_printed": True,
        "expires_at": timezone.now() + Invitation.LASTS,
    }
    return Invitation.objects.create(initiative=initiative or make_initiative(), **defaults | fields)


def make_document(body: Body | None = None, **fields: Any) -> Document:
    """A small PDF that the public may not read."""
    body, content = body or make_body(), b"%PDF-1.4\n%%EOF\n"
    defaults = {
        "initiative": body.initiative,
        "title": "Charter",
        "filename": "charter.pdf",
        "content_type": "application/pdf",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "file": ContentFile(content, name="charter.pdf"),
    }
    return Document.objects.create(body=body, **defaults | fields)


def make_merged_organization(organization: Organization | None = None, **fields: Any) -> MergedOrganization:
    """What is left of an organization that was merged into `organization`."""
    organization, number = organization or make_organization(), next(_numbers)
    defaults = {"name": f"Former {number}", "slug": f"former-{number}", "former_id": 10**9 + number}
    return MergedOrganization.objects.create(
        organization=organization, initiative=organization.initiative, **defaults | fields
    )


def make_token(organization: Organization | None = None, **fields: Any) -> tuple[ApiToken, str]:
    """A live API token of `organization`, and its secret as it stands in the header."""
    token, secret = issue_token(organization=organization or make_organization())
    for name, value in fields.items():
        setattr(token, name, value)
    if fields:
        token.save()
    return token, secret
