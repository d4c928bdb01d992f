"""Putting a text back as it was."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ci_backbone.lib.versions import save_edit
from partnership.history import Kept, newest_entry
from partnership.models import User


class MovedOn(Exception):
    """The row was changed by somebody after the person looked at it."""


class IsGone(Exception):
    """The row was deleted, or the person in it was erased: nothing can be put back into it."""


@transaction.atomic
def put_text_back(*, kept: Kept, row: Any, name: str, text: str, seen: int, by: User) -> None:
    """Make a text read again as it once did: a new version, which can be undone like any other.

    `seen` is the newest entry of its history that the person had before them. Raises MovedOn when there is a
    newer one, ValidationError when the text is not allowed any more, IsGone.
    """
    holder = _locked(getattr(row, kept.holder)) if kept.holder else None
    current = _locked(row)
    if current is None or getattr(current, "erased_at", None):
        raise IsGone
    if newest_entry(kept, current) != seen:
        raise MovedOn
    try:
        with transaction.atomic():
            kept.put_back(current, name, text, by)
            if holder is not None:
                # Whoever has it open in a form sees the text before they save over it.
                save_edit(holder, seen=None, fields={}, by=by)
    except IntegrityError as problem:
        raise ValidationError(_("This text cannot stand any more: another one has it.")) from problem


def _locked(row: Any) -> Any:
    return type(row)._default_manager.select_for_update().filter(pk=row.pk).first()
