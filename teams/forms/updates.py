"""The form of an update: one row for each item, valid and saved together."""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.fields import one_line
from ci_backbone.lib.inputs import DayField, date_input
from ci_backbone.lib.templatetags.look import ErrorLink, first_input
from teams.models import Door, Status, Update
from teams.selectors.updates import OwedItem
from teams.services.answers import LONGEST_TEXT, STATUSES, Answer, Base, check_answer, wrong_number

NO_CHANGE, CHANGED = "no_change", "changed"
KEEP = "keep"
TYPED = ("progress", "note", "new_due_on", "help_text")
ITEM_FIELD = r"item-([^-]*)-"
# What the services call a field, where the page has another one for it.
FIELDS = {"no_change": "answer"}


class UnknownItem(LookupError):
    """The form names an item that the organization cannot answer."""


class AnswerForm(forms.Form):
    """What is said about one item. Nothing is chosen beforehand, and nothing chosen is no answer.

    Where the form amends an earlier answer, the fields hold what that one said, so that a correction of
    one of them does not lose the others.
    """

    use_required_attribute = False

    answer = forms.ChoiceField(
        label=gettext_lazy("Your answer"),
        choices=[(NO_CHANGE, gettext_lazy("No change")), (CHANGED, gettext_lazy("It changed"))],
        widget=forms.RadioSelect,
        required=False,
    )
    needs_help = forms.BooleanField(label=gettext_lazy("We need help"), required=False)
    status = forms.ChoiceField(label=gettext_lazy("Where does it stand?"), widget=forms.RadioSelect, required=False)
    progress = forms.CharField(label=gettext_lazy("How far along?"), required=False, max_length=40)
    note = forms.CharField(
        label=gettext_lazy("What happened?"),
        help_text=gettext_lazy("One sentence is enough. Shown on the public plan."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_TEXT,
        required=False,
    )
    new_due_on = DayField(label=gettext_lazy("New date"), widget=date_input(), required=False)
    help_text = forms.CharField(
        label=gettext_lazy("What would help?"),
        help_text=gettext_lazy("Goes to the backbone and the council, not to the public."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_TEXT,
        required=False,
    )

    def __init__(self, data: Any, *, row: OwedItem, key: uuid.UUID, door: str) -> None:
        self.row = row
        self.amended = _amended(row, key)
        self.base = Base.of(row.item, self.amended)
        self.result = Answer()
        super().__init__(data, prefix=f"item-{row.item.pk}", initial=_said(self.amended, row))
        statuses = (*STATUSES, Status.DISCONTINUED) if door == Door.STAFF else STATUSES
        as_before = _("As before: %(status)s") % {"status": Status(self.base.status).label}
        self.fields["status"].choices = [*((one.value, one.label) for one in statuses), (KEEP, as_before)]
        for field in self.fields.values():
            field.unmarked = True
        self.fields["progress"].unit = _("percent")
        self.fields["progress"].widget.attrs |= {"inputmode": "numeric", "class": "short"}
        if self.base.progress:
            self.fields["progress"].help_text = _("It was %(progress)s. Empty means it still is.") % {
                "progress": self.base.progress
            }

    def clean_progress(self) -> int | None:
        typed = self.cleaned_data["progress"].removesuffix("%").strip()
        if not typed:
            return None
        if not re.fullmatch(r"-?\d{1,9}", typed):
            raise ValidationError(wrong_number(typed))
        return int(typed)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if self.errors:
            return typed
        # What was typed is an answer even where nobody pressed "It changed".
        if self._is_touched(typed):
            self.result = self._answer(typed)
            try:
                check_answer(self.result, self.base, self.row.today)
            except ValidationError as error:
                self.show_errors(error)
        return typed

    def _is_touched(self, typed: dict[str, Any]) -> bool:
        chosen = typed["answer"] or typed["status"] or typed["needs_help"]
        return bool(chosen) or any(not self._is_as_shown(typed, name) for name in TYPED)

    def _is_as_shown(self, typed: dict[str, Any], name: str) -> bool:
        return (typed[name] or None) == (self.initial.get(name) or None)

    def _answer(self, typed: dict[str, Any]) -> Answer:
        no_change = typed["answer"] == NO_CHANGE
        status = typed["status"]
        if not status and not no_change and self.amended and not self.amended.no_change:
            status = self.amended.status
        words = {name: typed[name] for name in TYPED}
        if no_change and self.amended and not self.amended.no_change:
            # Taken back: what the earlier answer had put into the fields is not said again.
            words = {name: None if self._is_as_shown(typed, name) else typed[name] for name in TYPED}
        return Answer(
            status=None if status in {"", KEEP} else status,
            progress=words["progress"],
            note=words["note"] or "",
            no_change=no_change,
            needs_help=typed["needs_help"],
            help_text=words["help_text"] or "",
            new_due_on=words["new_due_on"],
        )

    def show_errors(self, error: ValidationError) -> None:
        """Put what a service refused beside the fields of this row."""
        for name, wrong in error.error_dict.items():
            self.add_error(FIELDS.get(name, name), wrong)

    @property
    def changed_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("status", "progress", "note", "new_due_on")]

    @property
    def help_fields(self) -> list[forms.BoundField]:
        return [self["help_text"]]

    @property
    def is_answered(self) -> bool:
        return not self.result.says_nothing


def _amended(row: OwedItem, key: uuid.UUID) -> Update | None:
    """The organization's earlier answer, where the form with this hidden id amends it."""
    submission = row.answer.submission if row.answer else None
    return row.answer if submission and submission.key == key else None


def _said(update: Update | None, row: OwedItem) -> dict[str, Any]:
    """The fields of an earlier answer; its choices are made anew."""
    if update is None:
        return {}
    is_ahead = update.new_due_on is not None and update.new_due_on >= row.today
    return {
        "progress": None if update.no_change or update.status == Status.COMPLETED else update.progress,
        "note": update.note,
        "new_due_on": update.new_due_on if is_ahead else None,
    }


def posted_items(data: MultiValueDict | None) -> set[int]:
    """The ids of items that a sent form names, whether or not they exist."""
    found = (re.match(r"item-([0-9]{1,18})-", name) for name in data or ())
    return {int(match[1]) for match in found if match}


class SubmissionForm:
    """What both forms of an update carry: the hidden id that makes a double click one submission."""

    def __init__(self, *, key: uuid.UUID, data: MultiValueDict | None) -> None:
        self.is_bound = data is not None
        self.key = key
        self.has_key = data is None
        self.is_over = False
        self.told_by = one_line(data.get("told_by", ""))[:200] if data is not None else ""
        if data is not None:
            self._take_key(data.get("submission_id", ""))

    def _take_key(self, typed: str) -> None:
        try:
            self.key = uuid.UUID(typed)
        except ValueError:
            return
        self.has_key = True

    def start_afresh(self, key: uuid.UUID) -> None:
        """The quarter of the form has closed; sent again, it counts for the one that is open."""
        self.key, self.is_over = key, True


class UpdateForm(SubmissionForm):
    """All rows of an update page in one form.

    Raises UnknownItem when the data names an item that is not among `rows`.
    """

    def __init__(
        self, rows: Iterable[OwedItem], *, key: uuid.UUID, door: str, data: MultiValueDict | None = None
    ) -> None:
        super().__init__(key=key, data=data)
        self.rows = list(rows)
        if data is not None:
            self._refuse_unknown(data)
        self.forms = [AnswerForm(data, row=row, key=self.key, door=door) for row in self.rows]

    def _refuse_unknown(self, data: MultiValueDict) -> None:
        known = {str(row.item.pk) for row in self.rows}
        for name, values in data.lists():
            found = re.match(ITEM_FIELD, name)
            # A row that was left empty asks for nothing, even if its item has another lead by now.
            if found and found[1] not in known and any(value.strip() for value in values):
                raise UnknownItem(found[1])

    def is_valid(self) -> bool:
        """Whether every row can be meant and at least one says something."""
        valid = [form.is_valid() for form in self.forms]
        return all(valid) and self.has_key and bool(self.answers)

    @property
    def answers(self) -> dict[int, Answer]:
        return {form.row.item.pk: form.result for form in self.forms if form.is_answered}

    @property
    def unanswered(self) -> int:
        """How many rows, at the top, have no answer in the quarter yet."""
        return sum(not row.is_answered for row in self.rows)

    @property
    def is_empty(self) -> bool:
        """Whether it was sent with nothing chosen."""
        return self.is_bound and not self.wrong and not self.answers

    @property
    def wrong(self) -> list[AnswerForm]:
        return [form for form in self.forms if form.errors]

    @property
    def fine(self) -> int:
        """How many answers are right beside the wrong ones."""
        return sum(form.is_answered and not form.errors for form in self.forms)

    @property
    def error_links(self) -> list[ErrorLink]:
        """What the summary on top says, with links to the fields."""
        links = []
        for number, form in enumerate(self.forms, start=1):
            for name, errors in form.errors.items():
                href = f"#{first_input(form[name])}"
                text = _("Item %(number)s: %(error)s") % {"number": number, "error": errors[0]}
                links.append(ErrorLink(text, href))
        return links

    def show_errors(self, errors: dict[int, ValidationError]) -> None:
        """Show what the service refused, because something changed since the page was read."""
        for form in self.forms:
            if form.row.item.pk in errors:
                form.show_errors(errors[form.row.item.pk])
