"""The form of "nothing has changed": a tick for each item that stays as it is."""

import uuid
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict

from teams.forms.updates import SubmissionForm, UnknownItem
from teams.selectors.updates import OwedItem
from teams.services.answers import Answer


class UnchangedForm(SubmissionForm):
    """One tick for each item that can stay; late and answered items are shown with the reason.

    Raises UnknownItem when the data ticks an item that is not among `rows`.
    """

    def __init__(self, rows: Iterable[OwedItem], *, key: uuid.UUID, data: MultiValueDict | None = None) -> None:
        super().__init__(key=key, data=data)
        self.rows = list(rows)
        self.ticked = set(data.getlist("item")) if data is not None else set()
        if unknown := self.ticked - {str(row.item.pk) for row in self.rows}:
            raise UnknownItem(*unknown)
        self.refused: list[OwedItem] = []

    @property
    def choices(self) -> list[OwedItem]:
        """The items that can stay, and those that this very form has answered already."""
        return [row for row in self.rows if row.can_stay or self._is_own(row)]

    @property
    def late(self) -> list[OwedItem]:
        return [row for row in self.rows if row.days_late and not row.is_answered]

    @property
    def answered(self) -> list[OwedItem]:
        return [row for row in self.rows if row.is_answered and not self._is_own(row)]

    def _is_own(self, row: OwedItem) -> bool:
        submission = row.answer.submission if row.answer else None
        # Pressed twice: the second press repeats what the first one said.
        return self.is_bound and submission is not None and submission.key == self.key and row.answer.no_change

    def is_valid(self) -> bool:
        """Whether something is ticked, and nothing but what can stay."""
        allowed = {str(row.item.pk) for row in self.choices}
        self.refused = [row for row in self.rows if str(row.item.pk) in self.ticked - allowed]
        return self.has_key and bool(self.ticked) and not self.refused

    @property
    def answers(self) -> dict[int, Answer]:
        return {row.item.pk: Answer(no_change=True) for row in self.choices if str(row.item.pk) in self.ticked}

    def show_errors(self, errors: dict[int, ValidationError]) -> None:
        """Name the items that the service refused, because something changed since the page was read."""
        self.refused = [row for row in self.rows if row.item.pk in errors]
