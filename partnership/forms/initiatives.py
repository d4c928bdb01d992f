"""What staff type about their initiative: its facts, its words, its rings, and what the public sees of it."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.fields import one_line
from ci_backbone.lib.inputs import ZoneField, date_input
from ci_backbone.lib.versions import VersionedForm
from partnership.labels import LABELS, LONGEST, TOPICS, Preset, label_of
from partnership.models import FocusArea, Initiative, Sector
from partnership.services.initiatives import was_public
from partnership.services.organizations import NameTaken, find_by_name
from partnership.services.rings import find_by_name as find_piece

# A text field that offers the zones of the form's `zones`.
ZONES = {"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}
MOST_FISCAL = [(number, name) for number, name in MONTHS.items()]


def zone_names() -> list[str]:
    """Every time zone that has a place in its name."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))


def languages() -> list[tuple[str, Any]]:
    """The languages that the product speaks, by their first letters."""
    return [(code.partition("-")[0], name) for code, name in settings.LANGUAGES]


def clean_slug(slug: str) -> str:
    """Addresses are read out on the telephone: no capital letters."""
    return slug.lower()


class StartForm(forms.ModelForm):
    """A new initiative: enough to open it; the checklist asks for the rest."""

    zones = staticmethod(zone_names)

    slug = forms.SlugField(
        label=gettext_lazy("Address"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("The last part of its web address, such as healthy-county. Left empty, we make it."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=languages)

    class Meta:
        model = Initiative
        fields = ["name", "slug", "place", "issue", "time_zone", "language", "contact_name", "contact_email"]
        field_classes = {"time_zone": ZoneField}
        widgets = {"time_zone": forms.TextInput(attrs=ZONES)}
        help_texts = {
            "issue": gettext_lazy("What you work on together, in a few words."),
            "time_zone": gettext_lazy("Meetings and due dates follow its clock. An example is America/Chicago."),
            "contact_email": gettext_lazy("The public sees it, and answers to our mail go there."),
        }

    def clean_slug(self) -> str:
        return clean_slug(self.cleaned_data["slug"])

    def show_started(self, other: Initiative) -> None:
        """The person works in an initiative of this name: this one may be sent in twice."""
        facts = {"name": other, "address": other.get_absolute_url()}
        words = _("You work in “%(name)s” already, at %(address)s. Give another one a name of its own.")
        self.add_error("name", words % facts)


class FactsForm(VersionedForm):
    """What the initiative is. The address can change until the public has seen it."""

    class Meta:
        model = Initiative
        fields = ["name", "slug", "code", "issue", "place", "started_on", "horizon_on"]
        widgets = {"started_on": date_input(), "horizon_on": date_input()}
        help_texts = {
            "slug": gettext_lazy(
                "The last part of its web address. You can change it until you publish: then others may have it."
            ),
            "issue": gettext_lazy("What you work on together, in a few words."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if was_public(self.instance):
            del self.fields["slug"]

    def clean_slug(self) -> str:
        return clean_slug(self.cleaned_data["slug"])

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        return code.upper()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        begin, end = data.get("started_on"), data.get("horizon_on")
        if begin and end and end <= begin:
            self.add_error("horizon_on", _("The horizon comes after the start."))
        return data


class QuestionsForm(VersionedForm):
    """Who answers questions of the public."""

    class Meta:
        model = Initiative
        fields = ["contact_name", "contact_email", "contact_phone"]
        help_texts = {
            "contact_name": gettext_lazy("A person or an office. The public sees it."),
            "contact_email": gettext_lazy("The public sees it, and answers to our mail go there."),
        }


class CalendarForm(VersionedForm):
    """The clock and the language of the initiative."""

    zones = staticmethod(zone_names)

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=languages,
        help_text=gettext_lazy("Our mail is written in it, unless its reader chose another."),
    )
    fiscal_year_starts = forms.TypedChoiceField(
        label=gettext_lazy("First month of the fiscal year"), choices=MOST_FISCAL, coerce=int
    )

    class Meta:
        model = Initiative
        fields = ["time_zone", "language", "fiscal_year_starts"]
        field_classes = {"time_zone": ZoneField}
        widgets = {"time_zone": forms.TextInput(attrs=ZONES)}
        help_texts = {"time_zone": gettext_lazy("Meetings and due dates follow its clock.")}


class PublicForm(VersionedForm):
    """What the public sees of a published initiative."""

    class Meta:
        model = Initiative
        fields = ["shows_organizations", "shows_seat_holders", "takes_join_requests", "small_number_threshold"]
        labels = {
            "shows_organizations": gettext_lazy("Show which organizations take part"),
            "shows_seat_holders": gettext_lazy("Show who sits on the council"),
            "takes_join_requests": gettext_lazy("Let anyone ask to take part"),
            "small_number_threshold": gettext_lazy("Small numbers: withhold counts under"),
        }
        help_texts = {
            "shows_organizations": gettext_lazy(
                "Their names and how many there are. Without it, the public reads only who leads an action of a "
                "published plan, whose numbers a measure shows, and the backbone."
            ),
            "shows_seat_holders": gettext_lazy("Names and organizations, never addresses. Ask them first."),
            "takes_join_requests": gettext_lazy("A public form; you decide about each request."),
            "small_number_threshold": gettext_lazy("Fewer people than this could be recognized."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["small_number_threshold"].unit = _("people")


class SafetyForm(VersionedForm):
    """How staff prove who they are. `has_factor` is whether the person who saves has a second factor.

    A system of the backbone organization, which signs in with a token, is not asked.
    """

    has_factor = True

    class Meta:
        model = Initiative
        fields = ["staff_need_second_factor"]
        labels = {"staff_need_second_factor": gettext_lazy("Staff sign in with a second factor")}
        help_texts = {
            "staff_need_second_factor": gettext_lazy(
                "A code from an app, or a passkey, beside the password. Who has none sets it up at the next sign-in. "
                "Council members and partners are never forced."
            )
        }

    def clean_staff_need_second_factor(self) -> bool:
        wanted: bool = self.cleaned_data["staff_need_second_factor"]
        if wanted and not self.instance.staff_need_second_factor and not self.has_factor:
            raise ValidationError(_("You have none yourself. Set one up under Account first, then ask it of others."))
        return wanted


class BackboneForm(VersionedForm):
    """Which organization holds the initiative together: one that is listed, or a new one by its name."""

    new_name = forms.CharField(
        label=gettext_lazy("Name of the backbone organization"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The organization whose people do the daily work of holding partners together."),
    )

    class Meta:
        model = Initiative
        fields = ["backbone", "new_name", "backbone_kind"]
        widgets = {"backbone_kind": forms.RadioSelect}
        help_texts = {"backbone": gettext_lazy("Its API tokens may be allowed to do what staff do.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        backbone, organizations = self.fields["backbone"], self.instance.organizations.all()
        backbone.queryset, backbone.empty_label = organizations, _("Another one, named below")
        self.fields["backbone_kind"].choices = Initiative.BackboneKind.choices
        if not organizations.exists():
            backbone.widget = forms.HiddenInput()
            self.fields["new_name"].unmarked = True
        else:
            self.fields["new_name"].label = _("Or a new organization")
        if self.instance.backbone_id is None:
            self.initial["backbone_kind"] = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        name = data["new_name"] = one_line(data.get("new_name", ""))
        if not data.get("backbone") and "backbone" not in self.errors:
            if not name:
                self.add_error("new_name", _("Say which organization is the backbone."))
            elif other := find_by_name(self.instance, name):
                self.show_taken(NameTaken(other))
        elif name and data.get("backbone"):
            self.add_error("new_name", _("Choose one of the list, or type a new name: not both."))
        return data

    def show_taken(self, taken: NameTaken) -> None:
        self.add_error("new_name", _("“%(name)s” is on the list already: choose it there.") % {"name": taken})

    def value_in(self, row: Initiative, name: str) -> Any:
        return "" if name == "new_name" else super().value_in(row, name)


class LabelsForm(VersionedForm):
    """What the initiative calls things. An empty word is our own."""

    class Meta:
        model = Initiative
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for topic in TOPICS:
            for key, label in ((topic.one, _("One")), (topic.many, _("Several"))):
                if key:
                    self.fields[key] = forms.CharField(
                        label=f"{topic.title}: {label}" if topic.many else str(topic.title),
                        max_length=LONGEST,
                        required=False,
                        widget=forms.TextInput(attrs={"placeholder": str(LABELS[key]), "dir": "auto"}),
                    )
                    self.fields[key].unmarked = True
                    self.initial[key] = self.instance.labels.get(key, "")

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Each topic with the fields of its words."""
        return [(topic, [self[key] for key in topic.keys]) for topic in TOPICS]

    def value_in(self, row: Initiative, name: str) -> Any:
        return row.labels.get(name, "")

    def take(self, preset: Preset) -> None:
        """Put the words of a preset in the fields; nothing is saved."""
        data: Any = self.data.copy()
        for key, word in preset.words.items():
            data[self.add_prefix(key)] = str(word)
        self.data = data


class PieceForm(VersionedForm):
    """A piece of a ring: its name, and for a sector which part of society it is."""

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initiative = initiative

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        besides = self.instance if self.instance.pk else None
        if other := find_piece(type(self.instance), self.initiative, name, besides=besides):
            raise ValidationError(self.taken(other))
        return name

    def taken(self, other: Any) -> str:
        return _("“%(name)s” is on the list already.") % {"name": other}

    def show_taken(self, other: Any) -> None:
        """Somebody else added the name after this form was checked."""
        self.add_error("name", self.taken(other))


class SectorForm(PieceForm):
    class Meta:
        model = Sector
        fields = ["name", "kind"]
        help_texts = {"kind": gettext_lazy("We warn where business or government are missing.")}


class FocusAreaForm(PieceForm):
    class Meta:
        model = FocusArea
        fields = ["name"]

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, initiative=initiative, **kwargs)
        self.fields["name"].label = capfirst(label_of(initiative, "focus_area"))
