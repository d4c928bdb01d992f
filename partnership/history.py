"""What has a history that people read, and how it is told: each app says it of its own models in `kept.py`."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.http import Http404
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from ci_backbone.lib.fields import LineField
from ci_backbone.lib.versions import Versioned
from partnership.models import Initiative, User

# What no reader needs: keys, counters, and who did what the line above tells anyway.
UNTOLD = frozenset({"id", "version", "initiative", "created_at", "position"})
# Words for fields that no form shows, so that their model has none.
WORDS = {
    "accepted_at": gettext_lazy("Accepted"),
    "accepted_by": gettext_lazy("Accepted by"),
    "answered_at": gettext_lazy("Answered"),
    "asked_at": gettext_lazy("Asked"),
    "asks_at": gettext_lazy("Mail that asks"),
    "body": gettext_lazy("Body"),
    "cancelled_at": gettext_lazy("Cancelled"),
    "confirmed_at": gettext_lazy("Confirmed"),
    "contact": gettext_lazy("Contact"),
    "decided_at": gettext_lazy("Decided"),
    "digest_since": gettext_lazy("Digest since"),
    "ended_at": gettext_lazy("Removed"),
    "ended_on": gettext_lazy("Ended on"),
    "erased_at": gettext_lazy("Erased"),
    "expires_at": gettext_lazy("Works until"),
    "filename": gettext_lazy("File name"),
    "focus_areas": gettext_lazy("Focus areas"),
    "invited_at": gettext_lazy("Invited"),
    "is_note_hidden": gettext_lazy("The sentence is hidden from the public"),
    "labels": gettext_lazy("What things are called"),
    "legal_hold": gettext_lazy("Legal hold"),
    "organization": gettext_lazy("Organization"),
    "prefix": gettext_lazy("Begins with"),
    "period_end": gettext_lazy("Last day"),
    "period_start": gettext_lazy("First day"),
    "published_at": gettext_lazy("Published"),
    "purpose": gettext_lazy("Purpose"),
    "reason": gettext_lazy("Why"),
    "removed_at": gettext_lazy("Removed"),
    "requested_at": gettext_lazy("Asked"),
    "revoked_at": gettext_lazy("Ended"),
    "seat": gettext_lazy("Seat"),
    "series": gettext_lazy("Series"),
    "setup_closed_at": gettext_lazy("Checklist closed"),
    "slug": gettext_lazy("Address"),
    "subscribed_at": gettext_lazy("Put themselves on the list"),
    "team": gettext_lazy("Team"),
    "user": gettext_lazy("Account"),
    "vacant_since": gettext_lazy("Vacant since"),
    "withdrawn_at": gettext_lazy("Withdrawn"),
}


PutBack = Callable[[Any, str, str, User], None]


def save_text(row: Any, name: str, text: str, by: User) -> None:
    """Put `text` into a field of a locked row, by the same rules as a form. Raises ValidationError."""
    setattr(row, name, text)
    row.full_clean()
    if isinstance(row, Versioned):
        # Whoever has it open in a form sees it before they save over it.
        row.version += 1
    row._history_user = by
    row.save()


@dataclass(frozen=True, kw_only=True, eq=False)
class Kept:
    """A model whose rows have a history that people read."""

    model: type[models.Model]
    # In the address of its page.
    name: str
    # What people call such a thing.
    called: Any
    # Fields by which a row is told from others of its kind, where it has no name or title; `id` stands for what it
    # is called now, where no row of history repeats that.
    titled: tuple[str, ...] = ()
    # The way from a row to its initiative; empty for the initiative itself.
    initiative: str = "initiative"
    # What is told on the same page: a model, and which of its fields names this one.
    parts: Mapping[type[models.Model], str] = field(default_factory=dict)
    # Fields that are never told, beside those of `UNTOLD`.
    untold: frozenset[str] = frozenset()
    # Fields that only the holder of a permission on the initiative is told.
    private: Mapping[str, str] = field(default_factory=dict)
    # How values are told that are neither words nor of a field with choices.
    words: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    # Texts that can be put back as they were.
    texts: tuple[str, ...] = ()
    put_back: PutBack = save_text
    # The field that names the row in whose form its texts stand, and whose version counts for them.
    holder: str = ""
    # What stood before the first entry, where rows are made without one.
    first: Any = None
    # What its page is called after.
    named: Callable[[Any], str] = str
    # The page of a row, or "" where it has none.
    page: Callable[[Any], str] = lambda row: row.get_absolute_url() if hasattr(row, "get_absolute_url") else ""
    # The ids that a row took over from those that were merged into it, and the other way round.
    former: Callable[[Any], list[int]] = lambda row: []
    heir: Callable[[int], Any] = lambda pk: None

    @property
    def rows(self) -> Any:
        """Its rows of history."""
        return self.model.history

    @property
    def key(self) -> str:
        """The field of its history that holds the id of the row."""
        return str(self.model._meta.pk.attname)

    def fields(self) -> Iterator[Any]:
        """The fields that are told, in the order of the model; those of many rows come last."""
        for each in self.rows.model.tracked_fields:
            if each.name not in UNTOLD | self.untold:
                yield each
        yield from (self.model._meta.get_field(each.name) for each in self.rows.model._history_m2m_fields)

    def titles(self) -> Iterator[tuple[Any, type[models.Model] | None]]:
        """The fields of `titled`, each with the model in which the name of its value is looked up, if in any."""
        for each in map(self.model._meta.get_field, self.titled):
            yield each, self.model if each.primary_key else each.related_model

    def is_of(self, row: Any, initiative: Initiative) -> bool:
        """Whether a row, or what one was, belongs to an initiative."""
        try:
            for step in filter(None, self.initiative.split("__")):
                row = getattr(row, step)
        except ObjectDoesNotExist:
            return False
        return row == initiative


def word_of(each: Any) -> str:
    """What a field is called."""
    return str(capfirst(WORDS.get(each.name) or each.verbose_name))


_kept: dict[type[models.Model], Kept] = {}
_told_with: dict[type[models.Model], dict[type[models.Model], str]] = defaultdict(dict)


def keep(*found: Kept) -> None:
    """Say how the history of these models is told; called from `AppConfig.ready()`."""
    for one in found:
        for name in one.texts:
            assert isinstance(one.model._meta.get_field(name), LineField | models.TextField), (one.model, name)
        _kept[one.model] = one


def tell_with(model: type[models.Model], part: type[models.Model], name: str) -> None:
    """Tell what happens to `part` on the pages of a model of a lower app, which `name` of its fields points at."""
    _told_with[model][part] = name


def parts_of(kept: Kept) -> dict[Kept, str]:
    """What is told on the page of a row, and which field names it."""
    parts = {**kept.parts, **_told_with[kept.model]}
    return {_kept[model]: name for model, name in parts.items()}


def all_kept() -> list[Kept]:
    return list(_kept.values())


def kept_of(model: type[models.Model]) -> Kept:
    return _kept[model]


def find(initiative: Initiative, name: str, pk: int) -> tuple[Kept, Any]:
    """The model of that name, and its row: what it was merged into, or what it was before it was deleted.

    Raises Http404.
    """
    kept = next((one for one in _kept.values() if one.name == name), None)
    if kept is None:
        raise Http404
    row = kept.model._default_manager.filter(pk=pk).first() or kept.heir(pk)
    if row is None:
        was = kept.rows.filter(**{kept.key: pk}).first()
        row = was.instance if was else None
    if row is None or not kept.is_of(row, initiative):
        raise Http404
    return kept, row


def newest_entry(kept: Kept, row: Any) -> int:
    """The id of the newest entry in the history of a row; 0 where there is none."""
    entry = kept.rows.filter(**{kept.key: row.pk}).order_by("-history_id").values_list("history_id", flat=True).first()
    return entry or 0
