"""What a person changes about their own account."""

from django.db import transaction

from partnership.models import User


@transaction.atomic
def edit_profile(*, user: User, name: str, time_zone: str) -> User:
    """Set what a person is called and by which clock they read, as they say themselves."""
    current = User.objects.select_for_update().get(pk=user.pk)
    current.name, current.time_zone = name, time_zone
    current._history_user = user
    current.save()
    return current
