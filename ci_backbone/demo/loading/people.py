"""Who comes and goes: a merged organization, requests to take part, an invitation, a token, and documents."""

from datetime import timedelta
from typing import Any

from ci_backbone.demo.loading.papers import plain_pdf
from ci_backbone.demo.loading.partners import Partners
from ci_backbone.demo.loading.sources import add, outline
from ci_backbone.lib.uploads import TYPES, Checked
from partnership.models import Invitation, JoinRequest, Organization, Participation
from partnership.services.documents import add_document
from partnership.services.invitations import invite
from partnership.services.links import set_token
from partnership.services.merging import merge_organizations
from partnership.services.people import add_contact
from partnership.services.tokens import issue_token


def load_people_who_come(partners: Partners) -> None:
    """After the teams: some of them want to join one."""
    rows = outline("people")
    _load_merged(partners, rows["merged"])
    for row in rows["join_requests"]:
        _load_join_request(partners, row)
    for row in rows["invitations"]:
        _load_invitation(partners, row)
    for row in rows["tokens"]:
        issue_token(
            organization=partners.organizations[row["organization"]],
            name=row["name"],
            days=row["days"],
            by=partners.staff,
        )
    for row in rows["documents"]:
        _load_document(partners, row)


def _load_merged(partners: Partners, row: dict[str, str]) -> None:
    """Merged by the service, as staff would: what followed stands in the history of the one that stayed."""
    duplicate = add(Organization, initiative=partners.initiative, name=row["name"], slug=row["slug"])
    add(Participation, organization=duplicate, state=Participation.State.ACTIVE)
    add_contact(organization=duplicate, name=row["contact_name"], email=row["contact_email"], by=partners.staff)
    survivor = partners.organizations[row["into"]]
    # The name of the one that stays is kept.
    merge_organizations(survivor=survivor, duplicate=duplicate, answers={"field-name": "ours"}, by=partners.staff)


def _load_join_request(partners: Partners, row: dict[str, Any]) -> None:
    calendar = partners.calendar
    decided = calendar.moment(row["decided"], 14) if "decided" in row else None
    request = add(
        JoinRequest,
        initiative=partners.initiative,
        kind=row["kind"],
        name=row["name"],
        email=row["email"],
        organization_name=row.get("organization_name", ""),
        body=partners.bodies.get(row.get("team", "")),
        focus_area=partners.focus_areas.get(row.get("focus_area", "")),
        sector=partners.sectors.get(row.get("sector", "")),
        county=row["county"],
        message=row["message"],
        requested_at=calendar.moment(row["confirmed"], 9),
        confirmed_at=calendar.moment(row["confirmed"], 10),
        outcome=row.get("outcome", ""),
        answer=row.get("answer", ""),
        decided_at=decided,
        decided_by=partners.staff if decided else None,
        organization=partners.organizations.get(row.get("organization", "")),
        contact=partners.people.get(row["email"]) if decided else None,
        token_hash=f"none yet {row['email']}",
    )
    set_token(request)


def _load_invitation(partners: Partners, row: dict[str, Any]) -> None:
    """Made some days ago, so that its mail is not written again."""
    invitation = invite(
        initiative=partners.initiative,
        role=row["role"],
        email=row["email"],
        name=row["name"],
        organization=partners.organizations[row["organization"]],
        by=partners.staff,
    )
    ago = timedelta(days=row["invited"])
    earlier = {"invited_at": invitation.invited_at + ago, "expires_at": invitation.expires_at + ago}
    Invitation.objects.filter(pk=invitation.pk).update(**earlier)


def _load_document(partners: Partners, row: dict[str, Any]) -> None:
    add_document(
        body=partners.bodies[row["body"]],
        title=row["title"],
        checked=Checked(row["filename"], TYPES["pdf"], plain_pdf(row["lines"])),
        is_public=row["is_public"],
        by=partners.staff,
    )
