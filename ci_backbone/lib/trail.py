"""History: every write of a row that people change leaves who, what, when and through which door.

    class Seat(Versioned):
        history = Recorded(m2m_fields=[alternates], excluded_fields=[...])

Rows of history are only added, and so is what people said (`Added`). What must change them, the erasing of a person
alone, says so:

    with rewriting_history():
        Seat.history.filter(...).update(...)
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.db import models, transaction
from simple_history.manager import HistoricalQuerySet, HistoryDescriptor
from simple_history.models import HistoricalRecords

from ci_backbone.lib.doors import LONGEST_ACTOR, Door, acting

# SQLite takes so many values in one query, whatever its version.
AT_ONCE = 500

_rewriting: ContextVar[bool] = ContextVar("rewriting_history", default=False)


class HistoryIsFixed(Exception):
    """Something tried to change or remove what history tells."""


@contextmanager
def rewriting_history() -> Iterator[None]:
    """Let rows of history be changed and removed inside: for erasing a person, and for nothing else."""
    token = _rewriting.set(True)
    try:
        yield
    finally:
        _rewriting.reset(token)


def _guard() -> None:
    if not _rewriting.get():
        raise HistoryIsFixed("Rows of history are only added.")


class AddedQuerySet(models.QuerySet[Any]):
    """Rows that are only added: what `said` of their model names stays as it was, and no row goes."""

    def update(self, **values: Any) -> int:
        self._keep(values)
        return super().update(**values)

    def bulk_update(self, objs: Any, fields: Any, *args: Any, **options: Any) -> int:
        self._keep(fields)
        return super().bulk_update(objs, fields, *args, **options)

    def bulk_create(self, objs: Any, *args: Any, **options: Any) -> Any:
        if options.get("update_conflicts"):
            _guard()
        return super().bulk_create(objs, *args, **options)

    def delete(self) -> tuple[int, dict[str, int]]:
        _guard()
        return super().delete()

    def _raw_delete(self, using: str | None) -> Any:
        _guard()
        return super()._raw_delete(using)

    def _keep(self, names: Iterable[str]) -> None:
        if set(names) & set(self.model.said):
            _guard()


class Added(models.Model):
    """A row that is only added: an update, a result. What is wrong in it is corrected by another row."""

    # The fields that stay as they were said.
    said: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        if not self._state.adding and not _rewriting.get():
            self._keep(options.get("update_fields"))
        super().save(**options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        _guard()
        return super().delete(*args, **options)

    def _keep(self, written: Iterable[str] | None) -> None:
        names = [name for name in self.said if written is None or name in written]
        columns = [self._meta.get_field(name).attname for name in names]
        stored = type(self)._base_manager.filter(pk=self.pk).values(*columns).first() if columns else None
        if stored and any(stored[column] != getattr(self, column) for column in columns):
            _guard()


class FixedQuerySet(AddedQuerySet, HistoricalQuerySet):  # type: ignore[override]  # Two bases with managers.
    """Rows of history, of which nothing changes outside of `rewriting_history()`."""

    def _update(self, values: Any) -> int:
        # What saving a single row comes to, however it is saved.
        _guard()
        return super()._update(values)  # type: ignore[misc]  # Django's own name for it, since its beginning.

    def _keep(self, names: Iterable[str]) -> None:
        _guard()


class Fixed(Added):
    """A row of which nothing changes."""

    objects = models.Manager.from_queryset(FixedQuerySet)()

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        if self._state.adding and not _rewriting.get():
            # Or a made-up row with the key of another would be written over it.
            options["force_insert"] = True
        super().save(**options)

    def _keep(self, written: Iterable[str] | None) -> None:
        _guard()


def present_door() -> str:
    """The door through which a row of history comes that is made at present."""
    return acting().door


def present_actor() -> str:
    """The key of who acts at present without an account; empty where nobody does."""
    return acting().actor


class Trail(Fixed):
    """What each row of history knows beside its user, its moment and its reason."""

    history_door = models.CharField(max_length=8, choices=Door, default=present_door)
    # The key of who acted without an account, as in `Acting`: an id, resolved when it is read.
    history_actor = models.CharField(max_length=LONGEST_ACTOR, blank=True, default=present_actor)

    class Meta:
        abstract = True


def update_recorded(rows: Any, *, by: Any = None, **values: Any) -> int:
    """Change many rows at once, as `QuerySet.update` does, and write the history of each; return how many.

    `rows` is a queryset of a recorded model. The rows are locked first, so that what is written down is what stands.
    """
    model, count = rows.model, 0
    with transaction.atomic():
        keys = list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        for start in range(0, len(keys), AT_ONCE):
            part = keys[start : start + AT_ONCE]
            count += rows.order_by().filter(pk__in=part).update(**values)
            model.history.bulk_history_create(model._base_manager.filter(pk__in=part), update=True, default_user=by)
    return count


class Recorded(HistoricalRecords):
    """Keeps each version of a row that people change, with its door.

    A save of nothing but excluded fields is no change: the moment of a sign-in, a hash.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"bases": [Trail], "m2m_bases": [Fixed], "historical_queryset": FixedQuerySet, **options})

    def get_meta_options(self, model: Any) -> dict[str, Any]:
        """Whatever manager Django takes by itself is one that changes nothing."""
        return super().get_meta_options(model) | {"base_manager_name": "objects"}

    def finalize(self, sender: Any, **kwargs: Any) -> None:
        super().finalize(sender, **kwargs)
        if self.cls is sender:
            history = getattr(sender, self.manager_name).model
            for field in self.get_m2m_fields_from_model(sender):
                setattr(history, field.name, HistoryDescriptor(self.m2m_models[field], queryset=FixedQuerySet))

    def _get_history_user_fields(self) -> dict[str, Any]:
        """Whose name stands in history can be erased, but not removed from under it."""
        fields = super()._get_history_user_fields()
        fields["history_user"].remote_field.on_delete = models.PROTECT
        return fields

    def post_save(self, instance: Any, created: bool, using: Any = None, **kwargs: Any) -> None:  # noqa: FBT001  # A signal's.
        fields = kwargs.get("update_fields")
        if not created and fields and set(fields) <= set(self.excluded_fields):
            return
        super().post_save(instance, created, using=using, **kwargs)

    def get_history_user(self, instance: Any) -> Any:
        """The person with an account who acts; what acts without one stands in `history_actor`."""
        user = super().get_history_user(instance)
        return user if isinstance(user, get_user_model()) else None
