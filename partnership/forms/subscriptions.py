"""What people type about the mail that they receive."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from partnership.models import Contact
from partnership.selectors.received import Received
from partnership.services.subscriptions import Switch

FREQUENCIES = [choice for choice in Contact.DigestFrequency.choices if choice[0] != Contact.DigestFrequency.NEVER]


class ChoicesForm(forms.Form):
    """What a person wants to receive.

    `shown` are the switches that the page had: of the others, an unticked box says nothing.
    """

    digest = forms.ChoiceField(
        label=gettext_lazy("How often do you want it?"),
        choices=Contact.DigestFrequency,
        widget=forms.RadioSelect,
    )
    reminders = forms.BooleanField(label=gettext_lazy("Remind me of meetings"), required=False)
    nudges = forms.BooleanField(label=gettext_lazy("Remind me of updates that are due"), required=False)
    shown = forms.MultipleChoiceField(choices=Switch, widget=forms.MultipleHiddenInput, required=False)

    def __init__(self, *args: Any, received: Received, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contact = received.contact
        self.initial = {
            "digest": received.digest,
            "reminders": contact.wants_reminders,
            "nudges": contact.wants_nudges,
            "shown": self.switches_for(received),
        }

    @staticmethod
    def switches_for(received: Received) -> list[str]:
        shown = {Switch.REMINDERS: received.hears_of_meetings, Switch.NUDGES: received.hears_of_updates}
        return [switch.value for switch, is_shown in shown.items() if is_shown]

    @property
    def wishes(self) -> dict[str, Any]:
        """What was answered, by the fields of a contact."""
        answers = {"digest_frequency": self.cleaned_data["digest"]}
        for switch, field in ((Switch.REMINDERS, "wants_reminders"), (Switch.NUDGES, "wants_nudges")):
            if switch in self.cleaned_data["shown"]:
                answers[field] = self.cleaned_data[switch]
        return answers


class StopForm(forms.Form):
    """The one button of a page that stops one kind of mail, or takes that back.

    `was` is how often the digest came before.
    """

    act = forms.ChoiceField(choices=[("stop", "stop"), ("undo", "undo")])
    was = forms.ChoiceField(choices=FREQUENCIES, required=False)


class SubscribeForm(forms.Form):
    """An address for the digest. People do not see `topic`; programs that fill in every field do."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Say to which address the digest shall come."),
            "invalid": gettext_lazy("Give a whole address, such as name@example.org."),
        },
    )
    digest = forms.ChoiceField(
        label=gettext_lazy("How often do you want it?"),
        choices=FREQUENCIES,
        initial=Contact.DigestFrequency.MONTHLY,
        widget=forms.RadioSelect,
    )
    topic = forms.CharField(
        label=gettext_lazy("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    @property
    def is_by_robot(self) -> bool:
        return bool(self.cleaned_data["topic"])


class ConfirmForm(forms.Form):
    """The tick that mail scanners do not set, though they press buttons."""

    wanted = forms.BooleanField(error_messages={"required": gettext_lazy("Tick this, then press the button.")})


class SubscriberSearchForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Address"), max_length=254, required=False)


class RenewalForm(forms.Form):
    """The address to which a new link goes, if it is on file."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("The one to which we wrote."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
