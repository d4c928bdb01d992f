"""What a person changes about their own account."""

from typing import Any

from django.db import transaction

from partnership.models import User


@transaction.atomic
def edit_profile(*, user: User, **fields: Any) -> User:
    """Set `name` and `time_zone` of a person, as they say themselves."""
    current = User.objects.select_for_update().get(pk=user.pk)
    for name in ("name", "time_zone"):
        setattr(current, name, fields.get(name, getattr(current, name)))
    current._history_user = user
    current.save()
    return current
