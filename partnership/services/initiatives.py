"""Initiatives: how one begins, what staff change about it, and whether the public sees it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ci_backbone.lib.fields import one_line
from ci_backbone.lib.slugs import free_slug
from ci_backbone.lib.versions import Conflict, save_edit
from partnership.labels import LABELS, LONGEST
from partnership.models import Body, Contact, Initiative, Membership, Organization, User
from partnership.services.organizations import create_organization

# By these, staff say what the public would see. Whoever saves one has decided it, even where nothing changes.
WHAT_IS_PUBLIC = frozenset(
    {"shows_organizations", "shows_seat_holders", "takes_join_requests", "small_number_threshold"}
)


class AlreadyStarted(Exception):
    """The person is staff of an initiative with this name, which is `args[0]`."""


class AddressFixed(Exception):
    """The public has seen the initiative under its address, which therefore stays."""


@transaction.atomic
def create_initiative(
    *,
    name: str,
    contact_email: str,
    slug: str = "",
    time_zone: str = "America/Chicago",
    backbone_name: str = "",
    by: User | None = None,
    **fields: Any,
) -> Initiative:
    """Make an initiative with its backbone organization and a council that can meet; the public does not see it yet.

    Raises ValidationError with the fields named.
    """
    facts = {"slug": slug, "contact_email": contact_email, "time_zone": time_zone, **fields}
    initiative = _begin(name=name, by=by, **facts)
    organization = create_organization(initiative=initiative, name=backbone_name or name, by=by)
    initiative.backbone = organization
    initiative._history_user = by
    initiative.save()
    return initiative


@transaction.atomic
def start_initiative(*, name: str, by: User, **fields: Any) -> Initiative:
    """Make an initiative whose first staff is the person who starts it; its backbone organization comes later.

    Raises AlreadyStarted, and ValidationError with the fields named.
    """
    # Held, so that of a form sent twice at once the second one sees what the first one did.
    User.objects.select_for_update().get(pk=by.pk)
    theirs = Membership.objects.current().filter(user=by, role=Membership.Role.STAFF)
    if same := Initiative.objects.filter(pk__in=theirs.values("initiative"), name__iexact=one_line(name)).first():
        raise AlreadyStarted(same)
    initiative = _begin(name=name, by=by, **fields)
    add_staff(initiative=initiative, user=by)
    return initiative


def _begin(*, name: str, by: User | None, slug: str = "", **fields: Any) -> Initiative:
    slug = slug or free_slug(name, Initiative.objects.all(), fallback="initiative")
    initiative = Initiative(name=one_line(name), slug=slug, code=_code_of(slug), **fields)
    initiative.full_clean()
    initiative._history_user = by
    try:
        with transaction.atomic():
            initiative.save()
    except IntegrityError:
        # Somebody took the address in this very moment.
        raise ValidationError({"slug": _("Another initiative has this address.")}) from None
    council = Body(initiative=initiative, name=_("Council"), kind=Body.Kind.COUNCIL)
    council._history_user = by
    council.save()
    return initiative


def _code_of(slug: str) -> str:
    """Initials of a slug, for receipt numbers: "healthy-county" gives HC."""
    words = [word for word in slug.upper().replace("_", "-").split("-") if word] or ["CI"]
    return ("".join(word[0] for word in words) if len(words) > 1 else words[0])[:8]


@transaction.atomic
def edit_initiative(*, initiative: Initiative, seen: int | None, by: User | None, **fields: Any) -> Initiative:
    """Change some facts of an initiative. Raises Conflict, AddressFixed, and ValidationError with the fields named.

    Who changed other facts meanwhile is no conflict: each page of the settings shows a part of the row.
    """
    current = Initiative.objects.select_for_update().get(pk=initiative.pk)
    if seen is not None and seen != current.version and _moved(current, seen, fields):
        raise Conflict(current)
    if fields.get("slug", current.slug) != current.slug and was_public(current):
        raise AddressFixed(current.slug)
    backbone = fields.get("backbone")
    if backbone is not None and backbone.initiative_id != current.pk:
        raise ValidationError({"backbone": _("This organization belongs to another initiative.")})
    reason = Initiative.DECIDED_PUBLIC if fields.keys() & WHAT_IS_PUBLIC else ""
    return save_edit(current, seen=None, fields=fields, by=by, reason=reason)


def _moved(current: Initiative, seen: int, fields: dict[str, Any]) -> bool:
    """Whether one of `fields` is no longer what stood there in the version `seen`."""
    earlier = current.history.filter(version=seen).first()
    names = [Initiative._meta.get_field(name).attname for name in fields]
    return earlier is None or any(getattr(earlier, name) != getattr(current, name) for name in names)


def was_public(initiative: Initiative) -> bool:
    """Whether the public sees the initiative, or ever did: others may have its address."""
    return initiative.is_published or initiative.history.filter(published_at__isnull=False).exists()


@transaction.atomic
def set_backbone(
    *,
    initiative: Initiative,
    kind: str,
    organization: Organization | None = None,
    new_name: str = "",
    seen: int | None,
    by: User | None,
) -> Initiative:
    """Say which organization holds the initiative together: one of its own, or a new one named `new_name`.

    Staff who belong to no organization yet belong to it from then on. Raises Conflict and NameTaken.
    """
    if organization is None:
        organization = create_organization(initiative=initiative, name=new_name, by=by)
    initiative = edit_initiative(initiative=initiative, seen=seen, by=by, backbone=organization, backbone_kind=kind)
    for contact in initiative.contacts.reachable().with_role(Membership.Role.STAFF).filter(organization=None):
        save_edit(contact, seen=None, fields={"organization": organization}, by=by)
    return initiative


@transaction.atomic
def edit_labels(*, initiative: Initiative, labels: dict[str, str], seen: int | None, by: User | None) -> Initiative:
    """Set what the initiative calls things; an empty word is our own. Raises Conflict and ValidationError."""
    if unknown := labels.keys() - LABELS.keys():
        raise ValidationError(_("There is nothing called “%(key)s”."), params={"key": min(unknown)})
    kept = {key: one_line(labels.get(key, ""))[:LONGEST] for key in LABELS}
    return edit_initiative(initiative=initiative, seen=seen, by=by, labels=kept)


@transaction.atomic
def publish_initiative(*, initiative: Initiative, by: User | None) -> Initiative:
    """Let the public see the initiative's front page, teams, published plans and measures."""
    return _set_moment(initiative, "published_at", timezone.now(), by)


@transaction.atomic
def unpublish_initiative(*, initiative: Initiative, by: User | None) -> Initiative:
    """Let only those who take part see the initiative; its plans stay published or drafts."""
    return _set_moment(initiative, "published_at", None, by)


@transaction.atomic
def close_setup(*, initiative: Initiative, by: User | None) -> Initiative:
    """Put the checklist away, whatever is left on it."""
    return _set_moment(initiative, "setup_closed_at", timezone.now(), by)


@transaction.atomic
def reopen_setup(*, initiative: Initiative, by: User | None) -> Initiative:
    return _set_moment(initiative, "setup_closed_at", None, by)


def _set_moment(initiative: Initiative, name: str, moment: datetime | None, by: User | None) -> Initiative:
    """Say since when something is so, or with None that it is not; a second time changes nothing."""
    initiative = Initiative.objects.select_for_update().get(pk=initiative.pk)
    if (getattr(initiative, name) is None) != (moment is None):
        return save_edit(initiative, seen=None, fields={name: moment}, by=by)
    return initiative


@transaction.atomic
def add_staff(*, initiative: Initiative, user: User) -> Contact:
    """Give a person the role of backbone staff, again if it was ended, and a contact so that our mail reaches them.

    A second time changes nothing.
    """
    initiative = Initiative.objects.select_for_update().get(pk=initiative.pk)
    what: dict[str, Any] = {"initiative": initiative, "user": user, "role": Membership.Role.STAFF}
    membership, _made = Membership.objects.get_or_create(**what, organization=None)
    if membership.ended_at is not None:
        save_edit(membership, seen=None, fields={"ended_at": None})
    return contact_of(user, initiative, initiative.backbone)


def contact_of(user: User, initiative: Initiative, organization: Organization | None) -> Contact:
    """The contact of a person with an account; made where there is none, for `organization`."""
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
