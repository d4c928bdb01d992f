"""What staff type about organizations and the people in them."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.choices import RowsField
from ci_backbone.lib.versions import VersionedForm
from partnership.models import Contact, Initiative, Organization, Participation
from partnership.services.merging import Question
from partnership.services.organizations import find_by_name
from partnership.services.people import find_by_address


class OrganizationForm(VersionedForm):
    """An organization and how it takes part. `existing` is the one that has the name already."""

    # To leave is an act of its own, which says beforehand what ends.
    state = forms.ChoiceField(
        label=gettext_lazy("Takes part"),
        choices=[choice for choice in Participation.State.choices if choice[0] != Participation.State.LEFT],
        initial=Participation.State.ACTIVE,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Active partners get the quarterly digest and can be asked for updates."),
    )

    class Meta:
        model = Organization
        fields = ["name", "short_name", "sectors", "level", "website", "state"]
        widgets = {"sectors": forms.CheckboxSelectMultiple}
        field_classes = {"sectors": RowsField}
        help_texts = {"short_name": gettext_lazy("For narrow tables and charts.")}

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initiative = initiative
        self.existing: Organization | None = None
        self.fields["sectors"].queryset = initiative.sectors.all()
        if not initiative.sectors.exists():
            self.fields["sectors"].widget = self.fields["sectors"].hidden_widget()
        self.fields["level"].choices = [("", _("Not given")), *Organization.Level.choices]
        if self.instance.pk is not None:
            self.initial["state"] = self.value_in(self.instance, "state")
            if self.initial["state"] == Participation.State.LEFT:
                del self.fields["state"]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        besides = self.instance if self.instance.pk else None
        self.existing = find_by_name(self.initiative, name, besides=besides)
        if self.existing:
            raise ValidationError(self.taken())
        return name

    def taken(self) -> str:
        return _("“%(name)s” is on the list already.") % {"name": self.existing}

    def show_taken(self, existing: Organization) -> None:
        """Somebody else added the name after this form was checked."""
        self.existing = existing
        self.add_error("name", self.taken())

    def value_in(self, row: Organization, name: str) -> Any:
        if name != "state":
            return super().value_in(row, name)
        current = row.participations.current().first()
        return current.state if current else Participation.State.LEFT


class ContactForm(VersionedForm):
    """A person we write to. `existing` is the one who has the address already."""

    class Meta:
        model = Contact
        fields = ["name", "email", "phone", "notes", "digest_frequency", "wants_reminders", "wants_nudges"]
        widgets = {"digest_frequency": forms.RadioSelect, "notes": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "digest_frequency": gettext_lazy("The person can change this, and what follows, from every mail.")
        }

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initiative = organization.initiative
        self.existing: Contact | None = None

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        besides = self.instance if self.instance.pk else None
        self.existing = find_by_address(self.initiative, email, besides=besides)
        if self.existing:
            raise ValidationError(self.taken())
        return email.lower()

    def taken(self) -> str:
        """Whose address it is, in a sentence."""
        assert self.existing is not None
        facts = {"name": self.existing, "organization": self.existing.organization}
        if self.existing.is_ended:
            return _("This is the address of %(name)s, who was removed. Restore that contact instead.") % facts
        if self.existing.organization is None:
            return _("This is the address of %(name)s.") % facts
        return _("This is the address of %(name)s, %(organization)s.") % facts

    def show_taken(self, existing: Contact) -> None:
        """Somebody else added the address after this form was checked."""
        self.existing = existing
        self.add_error("email", self.taken())


class MovableContactForm(ContactForm):
    """A contact that stands already, who may have changed employer."""

    class Meta(ContactForm.Meta):
        fields = [
            "name",
            "email",
            "phone",
            "organization",
            "notes",
            "digest_frequency",
            "wants_reminders",
            "wants_nudges",
        ]

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        self.fields["organization"].queryset = organization.initiative.organizations.all()
        self.fields["organization"].required = True


class DuplicateForm(forms.Form):
    """Which organization is the same as the one on the page."""

    other = forms.ModelChoiceField(
        label=gettext_lazy("Which one is the same?"),
        queryset=Organization.objects.none(),
        to_field_name="slug",
        empty_label=gettext_lazy("Choose an organization"),
    )

    def __init__(self, *args: Any, survivor: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = survivor.initiative.organizations.exclude(pk=survivor.pk)


class MergeForm(forms.Form):
    """An answer to each question of a merge, and that the person knows what they do."""

    def __init__(self, *args: Any, questions: Iterable[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in questions:
            self.fields[one.key] = forms.ChoiceField(
                label=capfirst(one.title), choices=one.choices, widget=forms.RadioSelect
            )
        self.fields["sure"] = forms.BooleanField(
            label=_("I know that this cannot be taken back"),
            error_messages={"required": _("Tick that you know it: a merge cannot be taken back.")},
        )

    @property
    def answers(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "sure"}
