"""What is known about one person, for the page that staff see."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import models

from ci_backbone.lib.personal import all_models, is_history, words_for
from partnership.models import AccessLink, Contact, Invitation, Membership, Seat
from partnership.selectors.received import Received, received_by

# Told in words of their own on the page.
TOLD = (Seat, Membership, Invitation, AccessLink)


@dataclass(frozen=True)
class KnownPerson:
    """A contact with their part in the initiative, and how many other rows name them, by what these are."""

    contact: Contact
    receives: Received
    roles: list[Membership]
    seats: list[Seat]
    alternate_for: list[Seat]
    rows: dict[str, int]


def know_person(contact: Contact) -> KnownPerson:
    memberships = Membership.objects.current().filter(user=contact.user_id, initiative=contact.initiative_id)
    return KnownPerson(
        contact=contact,
        receives=received_by(contact),
        roles=list(memberships.select_related("organization")) if contact.user_id else [],
        seats=list(contact.seats.current().select_related("body")),
        alternate_for=list(contact.alternate_seats.current().select_related("body")),
        rows=_rows_that_name(contact),
    )


def _rows_that_name(contact: Contact) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for model in all_models():
        if not is_history(model) and model not in TOLD and not model._meta.auto_created:
            for key in _keys_to_contacts(model):
                number = model._base_manager.filter(**{key.name: contact}).count()
                counts[words_for(model)] += number
    return {what: number for what, number in sorted(counts.items()) if number}


def _keys_to_contacts(model: type[models.Model]) -> list[Any]:
    return [
        key
        for key in model._meta.local_concrete_fields
        if isinstance(key, models.ForeignKey) and key.related_model is Contact
    ]
