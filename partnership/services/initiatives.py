"""Initiatives: how one begins, and whether the public sees it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ci_backbone.lib.slugs import free_slug
from partnership.models import Body, Contact, Initiative, Membership, Organization, User
from partnership.services.organizations import create_organization


@transaction.atomic
def create_initiative(
    *, name: str, contact_email: str, slug: str = "", time_zone: str = "America/Chicago", backbone_name: str = ""
) -> Initiative:
    """Make an initiative with its backbone organization and a council that can meet; the public does not see it yet.

    Raises ValidationError with the fields named.
    """
    slug = slug or free_slug(name, Initiative.objects.all(), fallback="initiative")
    initiative = Initiative(name=name, slug=slug, code=_code_of(slug), contact_email=contact_email, time_zone=time_zone)
    initiative.full_clean()
    initiative.save()
    initiative.backbone = create_organization(initiative=initiative, name=backbone_name or name, by=None)
    initiative.save()
    Body.objects.create(initiative=initiative, name=_("Council"), kind=Body.Kind.COUNCIL)
    return initiative


def _code_of(slug: str) -> str:
    """Initials of a slug, for receipt numbers: "healthy-county" gives HC."""
    words = [word for word in slug.upper().replace("_", "-").split("-") if word]
    return ("".join(word[0] for word in words) if len(words) > 1 else words[0])[:8]


@transaction.atomic
def publish_initiative(*, initiative: Initiative, by: User | None) -> Initiative:
    """Let the public see the initiative's front page, teams, published plans and measures."""
    return _show_since(initiative, timezone.now(), by)


@transaction.atomic
def unpublish_initiative(*, initiative: Initiative, by: User) -> Initiative:
    """Let only those who take part see the initiative; its plans stay published or drafts."""
    return _show_since(initiative, None, by)


def _show_since(initiative: Initiative, moment: datetime | None, by: User | None) -> Initiative:
    initiative = Initiative.objects.select_for_update().get(pk=initiative.pk)
    if initiative.is_published != (moment is not None):
        initiative.published_at = moment
        initiative.version += 1
        initiative._history_user = by
        initiative.save()
    return initiative


@transaction.atomic
def add_staff(*, initiative: Initiative, user: User) -> Contact:
    """Give a person the role of backbone staff, and a contact so that our mail reaches them.

    A second time changes nothing.
    """
    initiative = Initiative.objects.select_for_update().get(pk=initiative.pk)
    Membership.objects.get_or_create(initiative=initiative, user=user, role=Membership.Role.STAFF, organization=None)
    return _contact_of(user, initiative, initiative.backbone)


def _contact_of(user: User, initiative: Initiative, organization: Organization | None) -> Contact:
    contact = initiative.contacts.filter(user=user).first() or initiative.contacts.filter(email=user.email).first()
    if contact is None:
        return Contact.objects.create(
            initiative=initiative, organization=organization, user=user, name=user.name, email=user.email
        )
    if contact.user_id != user.pk:
        contact.user = user
        contact.version += 1
        contact.save()
    return contact
