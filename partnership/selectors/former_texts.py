"""A text as it once read, beside how it reads now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404

from ci_backbone.lib.differences import Piece, difference
from partnership.history import Kept, find, newest_entry, word_of
from partnership.models import Initiative
from partnership.selectors.history import history_url


@dataclass(frozen=True)
class Former:
    """A text as it once read, beside how it reads now."""

    kept: Kept
    row: Any
    label: str
    # When it was written.
    at: datetime
    text: str
    now: list[Piece]
    then: list[Piece]
    # The newest entry of the row's history, for the form.
    seen: int
    back_url: str

    @property
    def stands(self) -> bool:
        """Whether the text reads so already."""
        return not any(piece.is_changed for piece in (*self.now, *self.then))


def former_text(initiative: Initiative, thing: str, pk: int, entry: int, name: str, *, reader: Any) -> Former:
    """The text that a field held in an entry of a row's history. Raises Http404 where it cannot be put back."""
    kept, row = find(initiative, thing, pk)
    was = kept.rows.filter(**{kept.key: pk, "history_id": entry}).first()
    permission = kept.private.get(name)
    is_open = permission is None or reader.has_perm(permission, initiative)
    stands = not row._state.adding and not getattr(row, "erased_at", None)
    if was is None or row.pk != pk or name not in kept.texts or not is_open or not stands:
        raise Http404
    each = kept.model._meta.get_field(name)
    text = getattr(was, name)
    told = difference(getattr(row, name), text)
    return Former(
        kept=kept,
        row=row,
        label=word_of(each),
        at=was.history_date,
        text=text,
        now=told.before,
        then=told.after,
        seen=newest_entry(kept, row),
        back_url=history_url(initiative, kept, pk),
    )
