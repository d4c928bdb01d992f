"""What staff type about meetings and their series."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.clock import today
from ci_backbone.lib.inputs import date_input, time_input
from ci_backbone.lib.versions import VersionedForm
from communications import recurrence
from communications.models import Meeting, MeetingSeries
from communications.services.meetings import next_dates
from partnership.models import Body, Initiative


class MeetingForm(VersionedForm):
    """When, where and about what one meeting is. Used to add one and to move one."""

    class Meta:
        model = Meeting
        fields = ["title", "date", "start_time", "end_time", "place", "link", "note"]
        widgets = {"date": date_input(), "start_time": time_input(), "end_time": time_input()}

    def clean_date(self) -> date:
        day: date = self.cleaned_data["date"]
        changed = day != self.initial.get("date")
        if changed and day < today(self.instance.time_zone):
            raise forms.ValidationError(_("This date has passed. Choose one that lies ahead."))
        return day


class NewMeetingForm(MeetingForm):
    """A meeting that belongs to no series."""

    class Meta(MeetingForm.Meta):
        fields = ["body", *MeetingForm.Meta.fields]

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _settle_in(self, initiative)


class SeriesForm(forms.ModelForm):
    """A rule for meetings: a weekday of a month, a day of a month, or its last day."""

    class Pattern:
        WEEKDAY, DAY, LAST_DAY = "weekday", "day", "last_day"

    pattern = forms.ChoiceField(
        label=_("They meet on"),
        widget=forms.RadioSelect,
        choices=[
            (Pattern.WEEKDAY, _("A weekday, such as the first Friday")),
            (Pattern.DAY, _("A day of the month, such as the 15th")),
            (Pattern.LAST_DAY, _("The last day of the month")),
        ],
    )
    ordinal = forms.TypedChoiceField(
        label=_("Which"), coerce=int, required=False, empty_value=None, choices=recurrence.ORDINALS.items()
    )
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), coerce=int, required=False, empty_value=None, choices=WEEKDAYS.items()
    )
    day = forms.IntegerField(
        label=_("Day of the month"),
        required=False,
        min_value=1,
        max_value=31,
        help_text=_("Months without a 29th, 30th or 31st are left out. Choose the last day to meet in each."),
    )
    months = forms.TypedMultipleChoiceField(
        label=_("In these months"), coerce=int, widget=forms.CheckboxSelectMultiple, choices=MONTHS.items()
    )

    class Meta:
        model = MeetingSeries
        fields = ["body", "title", "starts_on", "ends_on", "start_time", "end_time", "place", "link"]
        widgets = {
            "starts_on": date_input(),
            "ends_on": date_input(),
            "start_time": time_input(),
            "end_time": time_input(),
        }

    field_order = ["body", "title", "pattern", "ordinal", "weekday", "day", "months"]

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _settle_in(self, initiative)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start_time"), cleaned.get("end_time")
        if start and end and end <= start:
            self.add_error("end_time", _("The meeting would end before it begins."))
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last date lies before the first."))
        if not self.errors:
            self.instance.rule = self._rule(cleaned)
        return cleaned

    def _rule(self, cleaned: dict[str, Any]) -> str:
        months = cleaned["months"]
        if cleaned["pattern"] == self.Pattern.WEEKDAY:
            if cleaned.get("ordinal") is None or cleaned.get("weekday") is None:
                self.add_error("weekday", _("Say on which weekday they meet, and on which of the month."))
                return ""
            return recurrence.weekday_rule(ordinal=cleaned["ordinal"], weekday=cleaned["weekday"], months=months)
        if cleaned["pattern"] == self.Pattern.LAST_DAY:
            return recurrence.day_rule(day=-1, months=months)
        if not cleaned.get("day"):
            self.add_error("day", _("Say on which day of the month they meet."))
            return ""
        return recurrence.day_rule(day=cleaned["day"], months=months)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's hook after clean, absent from the stubs.
        if not self.errors and not self.next_dates:
            self.add_error("months", _("This rule gives no date. Choose another day or more months."))

    @property
    def next_dates(self) -> list[date]:
        """The next four dates of the rule, shown before anything is saved."""
        if not self.instance.rule:
            return []
        first = max(self.instance.starts_on, timezone.localdate())
        return next_dates(self.instance, after=first)

    @property
    def shown(self) -> str:
        """The rule and the dates that were shown, as the form sends them back with "yes"."""
        return " ".join([self.instance.rule, *(day.isoformat() for day in self.next_dates)])

    @property
    def rule_in_words(self) -> str:
        return capfirst(recurrence.in_words(self.instance.rule)) if self.instance.rule else ""


def _settle_in(form: NewMeetingForm | SeriesForm, initiative: Initiative) -> None:
    """Give what the form makes its initiative and zone, and offer the bodies that still meet."""
    form.instance.initiative = initiative
    form.instance.time_zone = initiative.time_zone
    form.fields["body"].queryset = Body.objects.filter(initiative=initiative, ended_on=None)
    form.fields["body"].label = _("Who meets")
