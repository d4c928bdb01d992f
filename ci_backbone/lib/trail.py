"""History: every write of a row that people change leaves who, what, when and through which door."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from ci_backbone.lib.doors import Door, acting


class Trail(models.Model):
    """What each row of history knows beside its user, its moment and its reason."""

    history_door = models.CharField(max_length=8, choices=Door, default=Door.SYSTEM)
    # The key of who acted without an account, as in `Acting`: an id, resolved when it is read.
    history_actor = models.CharField(max_length=40, blank=True)

    class Meta:
        abstract = True


class Recorded(HistoricalRecords):
    """Keeps each version of a row that people change, with its door.

    A save of nothing but excluded fields is no change: the moment of a sign-in, a hash.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"bases": [Trail], **options})

    def post_save(self, instance: Any, created: bool, using: Any = None, **kwargs: Any) -> None:  # noqa: FBT001  # A signal's.
        fields = kwargs.get("update_fields")
        if not created and fields and set(fields) <= set(self.excluded_fields):
            return
        super().post_save(instance, created, using=using, **kwargs)


def note_door(sender: Any, history_instance: Any, **_kwargs: Any) -> None:
    """Write the door into a row of history that is about to be made."""
    if isinstance(history_instance, Trail):
        now = acting()
        history_instance.history_door, history_instance.history_actor = now.door, now.actor
