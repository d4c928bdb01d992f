"""What staff type about bodies, their seats and the shares they aim for."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.choices import RowsField
from ci_backbone.lib.clock import today
from ci_backbone.lib.inputs import DayField, date_input
from ci_backbone.lib.versions import VersionedForm
from partnership.models import Body, Contact, Initiative, Seat, ShareRule
from partnership.selectors.bodies import share_of
from partnership.services.bodies import leads_back


def choices_beside(body: Body, initiative: Initiative, chosen: int | None) -> QuerySet[Body]:
    """The other bodies of today, and the one that is chosen already though it may have ended."""
    others = initiative.bodies.exclude(pk=body.pk)
    return others.current(today(initiative.time_zone)) | others.filter(Q(pk=chosen))


class BodyForm(VersionedForm):
    """A body. What a team is called and asked to do is typed on the team's page, so a team has fewer fields here."""

    class Meta:
        model = Body
        fields = ["name", "kind", "level", "parent", "charge", "started_on"]
        widgets = {"charge": forms.Textarea(attrs={"rows": 4}), "started_on": date_input()}
        field_classes = {"started_on": DayField}
        help_texts = {"charge": gettext_lazy("What the body is asked to do."), "parent": ""}

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [one for one in Body.Kind.choices if one[0] != Body.Kind.TEAM]
        self.fields["level"].choices = [("", _("Not given")), *self.fields["level"].choices[1:]]
        self.fields["parent"].queryset = choices_beside(self.instance, initiative, self.instance.parent_id)
        self.fields["parent"].empty_label = _("Stands by itself")
        if self.instance.pk and self.instance.is_team:
            for name in ("name", "kind", "charge", "started_on"):
                del self.fields[name]

    def clean_parent(self) -> Body | None:
        parent: Body | None = self.cleaned_data["parent"]
        if self.instance.pk and leads_back(self.instance, parent, "parent"):
            raise ValidationError(self.circle())
        return parent

    def clean_started_on(self) -> date | None:
        day: date | None = self.cleaned_data["started_on"]
        if day and self.instance.ended_on and day > self.instance.ended_on:
            raise ValidationError(_("The body ended before this day."))
        return day

    def circle(self) -> str:
        return _("That one is a part of this body. A body cannot be part of its own part.")


class BodyEndForm(VersionedForm):
    """On which day a body ended, and which one follows it."""

    class Meta:
        model = Body
        fields = ["ended_on", "successor"]
        widgets = {"ended_on": date_input()}
        field_classes = {"ended_on": DayField}

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ended_on"].required = True
        self.initial["ended_on"] = self.instance.ended_on or today(initiative.time_zone)
        self.fields["successor"].queryset = choices_beside(self.instance, initiative, self.instance.successor_id)
        self.fields["successor"].empty_label = _("None follows")

    def clean_ended_on(self) -> date:
        day: date = self.cleaned_data["ended_on"]
        if self.instance.started_on and day < self.instance.started_on:
            raise ValidationError(_("The body began after this day."))
        return day

    def clean_successor(self) -> Body | None:
        successor: Body | None = self.cleaned_data["successor"]
        if leads_back(self.instance, successor, "successor"):
            raise ValidationError(self.circle())
        return successor

    def circle(self) -> str:
        return _("This body follows that one. They cannot follow each other.")


class SeatForm(VersionedForm):
    """What a seat stands for, and what its holder is offered."""

    class Meta:
        model = Seat
        fields = [
            "role",
            "label",
            "sector",
            "organization",
            "lived_experience",
            "end_user_group",
            "stipend",
            "child_care",
            "interpretation",
            "support_note",
        ]
        labels = {
            "lived_experience": gettext_lazy("A seat for lived experience"),
            "end_user_group": gettext_lazy("A seat for those the work is for"),
            "stipend": gettext_lazy("We offer a stipend"),
            "child_care": gettext_lazy("We offer child care"),
            "interpretation": gettext_lazy("We offer interpretation"),
        }
        help_texts = {
            "label": gettext_lazy("Such as “School principal” or “Parent from the north”."),
            "organization": gettext_lazy("Where the seat belongs to one; else that of its holder counts."),
            "support_note": gettext_lazy("Support is private: only backbone staff ever see it."),
        }

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sector"].queryset = initiative.sectors.all()
        self.fields["sector"].empty_label = _("None")
        self.fields["organization"].queryset = initiative.organizations.all()
        self.fields["organization"].empty_label = _("None")
        self.fields["end_user_group"].choices = [("", _("No")), *self.fields["end_user_group"].choices[1:]]


class PersonField(forms.ModelChoiceField):
    """One of the people we write to, with where they work."""

    def label_from_instance(self, obj: Any) -> str:
        return (
            _("%(person)s, %(organization)s") % {"person": obj, "organization": obj.organization}
            if (obj.organization)
            else str(obj)
        )


class PeopleField(RowsField):
    def label_from_instance(self, obj: Any) -> str:
        return PersonField.label_from_instance(self, obj)  # type: ignore[arg-type]  # It only reads the contact.


class FillForm(VersionedForm):
    """Who sits on a seat, who may come instead, and for how long."""

    class Meta:
        model = Seat
        fields = ["holder", "alternates", "term_starts_on", "term_ends_on"]
        field_classes = {
            "holder": PersonField,
            "alternates": PeopleField,
            "term_starts_on": DayField,
            "term_ends_on": DayField,
        }
        widgets = {
            "alternates": forms.CheckboxSelectMultiple,
            "term_starts_on": date_input(),
            "term_ends_on": date_input(),
        }
        help_texts = {
            "holder": gettext_lazy("One of your contacts. Add them at their organization first."),
            "alternates": gettext_lazy("Those who may come instead."),
        }

    def __init__(self, *args: Any, initiative: Initiative, suggested: Contact | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Contact.objects.reachable().filter(initiative=initiative).select_related("organization")
        self.fields["holder"].queryset = people
        self.fields["holder"].required = True
        self.fields["holder"].empty_label = _("Choose a person")
        self.fields["alternates"].queryset = people
        if not self.instance.holder_id:
            # The term is that of the next holder.
            self.initial["term_starts_on"] = self.initial["term_ends_on"] = None
            if suggested:
                self.initial["holder"] = suggested.pk

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        starts, ends = data.get("term_starts_on"), data.get("term_ends_on")
        if starts and ends and ends < starts:
            self.add_error("term_ends_on", _("The term would end before it starts."))
        if data.get("holder") and data["holder"] in (data.get("alternates") or ()):
            self.add_error("alternates", _("Nobody comes instead of themselves. Choose others."))
        return data

    def show_seated(self, other: Seat) -> None:
        """The person sits in this body already."""
        text = _("%(person)s has another seat in this body: %(seat)s.")
        self.add_error("holder", text % {"person": other.holder, "seat": other.label or other.get_role_display()})


def same_rule_words(rule: ShareRule) -> str:
    """What people are told who aim for a share a second time."""
    facts = {"share": share_of(rule), "percent": rule.minimum_percent}
    return _("This body aims for that share already: %(share)s, at least %(percent)s%%.") % facts


class ShareRuleForm(VersionedForm):
    """Whose share of the filled seats shall be at least how much."""

    class Meta:
        model = ShareRule
        fields = ["of", "sector", "end_user_group", "minimum_percent"]
        widgets = {"of": forms.RadioSelect}
        help_texts = {
            "sector": gettext_lazy("Where the share is that of a sector."),
            "end_user_group": gettext_lazy("Where the share is that of those whom the work is for; else all of them."),
        }

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["of"].choices = ShareRule.Of.choices
        self.fields["sector"].queryset = initiative.sectors.all()
        self.fields["sector"].empty_label = _("None")
        self.fields["end_user_group"].choices = [("", _("All of them")), *self.fields["end_user_group"].choices[1:]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("of") == ShareRule.Of.SECTOR:
            if not data.get("sector") and "sector" not in self.errors:
                self.add_error("sector", _("Choose the sector whose share it is."))
        elif data.get("of"):
            # What the choice above does not speak of is left out, as on the page.
            data["sector"] = None
        if data.get("of") != ShareRule.Of.END_USERS:
            data["end_user_group"] = ""
        return data
