"""A legal hold: while it is on a person, nothing of theirs is erased or forgotten."""

from typing import Any

from django.db import transaction

from partnership.models import Contact, User


@transaction.atomic
def set_hold(*, contact: Contact, reason: str, by: User | None) -> Contact:
    """Put a hold on a person; the reason stands in the history."""
    return _save(contact, reason, by, legal_hold=True)


@transaction.atomic
def lift_hold(*, contact: Contact, reason: str, by: User | None) -> Contact:
    return _save(contact, reason, by, legal_hold=False)


def held_addresses() -> Any:
    """The addresses of people with a hold, as a subquery: for rows that name nobody by a key."""
    return Contact.objects.filter(legal_hold=True).values("email")


def _save(contact: Contact, reason: str, by: User | None, *, legal_hold: bool) -> Contact:
    current = Contact.objects.select_for_update().get(pk=contact.pk)
    if current.legal_hold == legal_hold:
        return current
    current.legal_hold, current.version = legal_hold, current.version + 1
    current._change_reason = reason[:100]
    current._history_user = by
    current.save()
    return current
