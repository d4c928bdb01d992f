"""What people type who ask to take part, and what staff type who answer them."""

import copy
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.choices import RowsField
from ci_backbone.lib.clock import today
from partnership.models import Initiative, JoinRequest, Organization, Participation, Seat
from partnership.selectors.joining import Alike, vacant_seats
from partnership.services.joining import joinable_bodies
from partnership.services.organizations import find_by_name
from partnership.services.triage import NewOrganization

# Nobody reads and fills in the page faster; no page is open for longer.
QUICKEST = timedelta(seconds=3)
OLDEST = timedelta(days=1)
_signer = signing.TimestampSigner(salt="partnership.join")

ORGANIZATION, INDIVIDUAL = JoinRequest.Kind.ORGANIZATION, JoinRequest.Kind.INDIVIDUAL


class JoinForm(forms.ModelForm):
    """Who asks to take part, and where.

    People do not see `website`; programs that fill in every field do. `shown` says, signed, when the page was made.
    Neither refuses anybody: whoever looks like a program is asked to press the button once more.
    """

    website = forms.CharField(
        label=gettext_lazy("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    # What stands above the page where no answer is wrong.
    heading = ""

    class Meta:
        model = JoinRequest
        fields = [
            "kind",
            "organization_name",
            "name",
            "email",
            "body",
            "focus_area",
            "sector",
            "county",
            "message",
        ]
        widgets = {
            "kind": forms.RadioSelect,
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "organization_name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "message": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "email": gettext_lazy("We send one mail there, which asks whether it was you."),
            "body": gettext_lazy("Where you would like to join in. Leave it open if you do not know yet."),
            "sector": gettext_lazy("The part of society that you speak from."),
            "message": gettext_lazy("A sentence or two is enough."),
        }
        error_messages = {
            "kind": {"required": gettext_lazy("Say whether an organization or a person would take part.")},
            "name": {"required": gettext_lazy("Tell us your name.")},
            "email": {
                "required": gettext_lazy("Say where we can reach you."),
                "invalid": gettext_lazy("Give a whole address, such as name@example.org."),
            },
        }

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initiative = initiative
        self.fields["kind"].choices = JoinRequest.Kind.choices
        self.fields["email"].required = True
        rows = {
            "body": joinable_bodies(initiative),
            "focus_area": initiative.focus_areas.all(),
            "sector": initiative.sectors.all(),
        }
        for name, choices in rows.items():
            self.fields[name].queryset = choices
            self.fields[name].empty_label = _("I do not know yet")
            if not choices.exists():
                del self.fields[name]
        # Which organization is needed of one, and may be said by a person too.
        self.fields["organization_name"].unmarked = True
        self.initial["shown"] = self._stamp()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("kind") == ORGANIZATION and not said.get("organization_name") and "name" in said:
            self.add_error("organization_name", _("Give the name of the organization."))
        if not self.errors:
            self._look_for_programs(said)
        return said

    @property
    def said(self) -> dict[str, Any]:
        """What was answered, by the arguments of `request_to_join`."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("website", "shown")}

    def _look_for_programs(self, said: dict[str, Any]) -> None:
        if said.get("website"):
            self._retype("website", "")
            self._ask_again(_("Something filled in a field that people do not see, and nothing was sent yet."))
        elif words := self._wrong_time(said.get("shown") or ""):
            self._ask_again(words)

    def _ask_again(self, words: str) -> None:
        self.heading = _("Please press the button once more")
        self.add_error(None, words)

    def _wrong_time(self, shown: str) -> str:
        """What to tell somebody whose page is too new or too old; empty where it is neither."""
        try:
            slug = _signer.unsign(shown, max_age=OLDEST)
        except signing.BadSignature:
            slug = ""
        if slug != self.initiative.slug:
            self._retype("shown", self._stamp())
            return _("This page was open for a long time. Look it over before you send it.")
        try:
            _signer.unsign(shown, max_age=QUICKEST)
        except signing.SignatureExpired:
            return ""
        return _("That was very quick, and nothing was sent yet. It keeps out programs that fill in forms.")

    def _stamp(self) -> str:
        return _signer.sign(self.initiative.slug)

    def _retype(self, name: str, value: str) -> None:
        data: Any = copy.copy(self.data)
        data[self.add_prefix(name)] = value
        self.data = data


class JoinConfirmForm(forms.Form):
    """Ticks beside what came from one address: mail scanners set none, though they press buttons."""

    wanted = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick what is from you, then press the button.")},
    )

    def __init__(self, *args: Any, requests: Iterable[JoinRequest], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.requests = {str(one.pk): one for one in requests}
        self.fields["wanted"].choices = [(pk, str(one)) for pk, one in self.requests.items()]

    @property
    def chosen(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data["wanted"]]


class RequestFilterForm(forms.Form):
    """Which requests the list shows; it stands in the address."""

    q = forms.CharField(label=gettext_lazy("Name or address"), max_length=254, required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[
            ("", gettext_lazy("Waiting")),
            ("all", gettext_lazy("All")),
            ("decided", gettext_lazy("Decided")),
            *JoinRequest.Outcome.choices,
        ],
    )

    @property
    def asked(self) -> dict[str, str]:
        """The arguments of `requests_of`; nonsense shows what waits."""
        said = self.cleaned_data if self.is_valid() else {}
        state = said.get("state") or "waiting"
        return {"state": "" if state == "all" else state, "text": said.get("q", "")}


class DecisionForm(forms.Form):
    """What becomes of a request: who takes part, on which seat, or not now; and the words of the answer."""

    class Partner:
        KNOWN, NEW, NONE = "known", "new", "none"

    version = forms.IntegerField(label=gettext_lazy("Version"), widget=forms.HiddenInput, min_value=1)
    outcome = forms.ChoiceField(
        label=gettext_lazy("What becomes of it?"),
        choices=[
            (JoinRequest.Outcome.PARTICIPATION, gettext_lazy("Takes part")),
            (JoinRequest.Outcome.PLACE, gettext_lazy("Gets a place in a team or council")),
            (JoinRequest.Outcome.REFUSED, gettext_lazy("Not now")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what becomes of the request.")},
    )
    partner = forms.ChoiceField(
        label=gettext_lazy("For which organization?"),
        choices=[
            (Partner.KNOWN, gettext_lazy("One that is on the list")),
            (Partner.NEW, gettext_lazy("A new one")),
            (Partner.NONE, gettext_lazy("None: a person alone")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    organization = forms.ModelChoiceField(Organization.objects.none(), label=gettext_lazy("Which one"), required=False)
    name = forms.CharField(label=gettext_lazy("Name of the new organization"), max_length=200, required=False)
    level = forms.ChoiceField(label=gettext_lazy("Level"), required=False)
    sectors = RowsField(None, label=gettext_lazy("Sectors"), widget=forms.CheckboxSelectMultiple, required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("How it takes part"),
        choices=[choice for choice in Participation.State.choices if choice[0] != Participation.State.LEFT],
        widget=forms.RadioSelect,
        required=False,
        help_text=gettext_lazy("Active partners get the quarterly digest and can be asked for updates."),
    )
    body: Any = forms.ModelChoiceField(None, label=gettext_lazy("Team or council"), required=False)
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[(role.value, role.label) for role in (Seat.Role.MEMBER, Seat.Role.COMMUNITY)],
        widget=forms.RadioSelect,
        required=False,
    )
    seat: Any = forms.ModelChoiceField(
        None,
        label=gettext_lazy("Or a seat that is vacant"),
        required=False,
        help_text=gettext_lazy("It keeps its role and what it stands for."),
    )
    words_participation = forms.CharField(
        label=gettext_lazy("Your words to them"), max_length=2000, required=False, widget=forms.Textarea
    )
    words_place = forms.CharField(
        label=gettext_lazy("Your words to them"), max_length=2000, required=False, widget=forms.Textarea
    )
    words_refused = forms.CharField(
        label=gettext_lazy("Your words to them"), max_length=2000, required=False, widget=forms.Textarea
    )

    def __init__(self, *args: Any, request: JoinRequest, like: list[Alike], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.initiative = request, request.initiative
        rows = {
            "organization": self.initiative.organizations.all(),
            "sectors": self.initiative.sectors.all(),
            "body": self.initiative.bodies.current(today(self.initiative.time_zone)),
            "seat": vacant_seats(self.initiative),
        }
        for name, choices in rows.items():
            self.fields[name].queryset = choices
        self.fields["level"].choices = [("", _("Not given")), *Organization.Level.choices]
        self.fields["seat"].empty_label = _("A new seat")
        self.initial = self._proposed(like)
        if not rows["sectors"].exists():
            del self.fields["sectors"]
        # What is needed depends on the decision, and what is not shown is not.
        for name in self.fields.keys() - {"level", "sectors", "seat"}:
            self.fields[name].unmarked = True

    def _proposed(self, like: list[Alike]) -> dict[str, Any]:
        """What is likely, so that one press is enough where it is right."""
        asked = self.request
        known = next((one.organization for one in like if one.is_same_name), None)
        is_person = asked.kind == INDIVIDUAL
        partner = self.Partner.KNOWN if known else self.Partner.NONE if is_person else self.Partner.NEW
        outcome = JoinRequest.Outcome
        return {
            "version": asked.version,
            "outcome": outcome.PLACE if is_person and asked.body else outcome.PARTICIPATION,
            "partner": partner,
            "organization": known or next((one.organization for one in like), None),
            "name": asked.organization_name,
            "sectors": [asked.sector_id] if asked.sector_id else [],
            "state": Participation.State.ACTIVE,
            "body": asked.body,
            "role": Seat.Role.COMMUNITY if is_person else Seat.Role.MEMBER,
            **{f"words_{value}": default_words(asked, value) for value in outcome.values},
        }

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        outcome = said.get("outcome")
        if outcome and outcome != JoinRequest.Outcome.REFUSED:
            self._clean_partner(said)
        if outcome == JoinRequest.Outcome.PLACE and not said.get("body") and not said.get("seat"):
            self._miss("body", _("Choose the team or council, or a vacant seat."))
        if outcome and not said.get(f"words_{outcome}"):
            self._miss(f"words_{outcome}", _("Write them a word: they wait for one."))
        return said

    def _clean_partner(self, said: dict[str, Any]) -> None:
        partner = said.get("partner")
        if not partner:
            self._miss("partner", _("Say for which organization."))
        elif partner == self.Partner.KNOWN and not said.get("organization"):
            self._miss("organization", _("Choose the organization."))
        elif partner == self.Partner.NEW and not said.get("name"):
            self._miss("name", _("Give the name of the organization."))
        elif partner == self.Partner.NEW:
            existing = find_by_name(self.initiative, said["name"])
            if existing:
                self.show_taken(existing)

    def _miss(self, name: str, words: str) -> None:
        if name not in self.errors:
            self.add_error(name, words)

    def show_taken(self, existing: Organization) -> None:
        """The new name is on the list already."""
        words = _("“%(name)s” is on the list already. Choose it as one that is on the list.")
        self.add_error("name", words % {"name": existing})

    @property
    def decided(self) -> str:
        """What was decided: the value of an outcome."""
        return self.cleaned_data["outcome"]

    @property
    def answer(self) -> str:
        return self.cleaned_data[f"words_{self.decided}"]

    @property
    def partnership(self) -> dict[str, Any]:
        """The organization and its state, by the arguments of the services."""
        said = self.cleaned_data
        state = said.get("state") or Participation.State.ACTIVE
        if said["partner"] == self.Partner.KNOWN:
            return {"organization": said["organization"], "state": state}
        if said["partner"] == self.Partner.NEW:
            sectors = said.get("sectors", ())
            return {"organization": NewOrganization(said["name"], said["level"], sectors), "state": state}
        return {"organization": None, "state": state}

    @property
    def place(self) -> dict[str, Any]:
        """The seat, by the arguments of the service."""
        said = self.cleaned_data
        return {"place": said["seat"] or said["body"], "role": said["role"] or Seat.Role.MEMBER}

    @property
    def place_name(self) -> str:
        """The body of the seat; empty where there is none."""
        place = self.place["place"] if self.decided == JoinRequest.Outcome.PLACE else None
        return str(getattr(place, "body", place) or "")

    def show_current(self, current: JoinRequest) -> None:
        """Let the next press count as having seen `current`."""
        data: Any = copy.copy(self.data)
        data[self.add_prefix("version")] = str(current.version)
        self.data = data


class TakeBackForm(forms.Form):
    """The one button that lets a request wait again."""

    version = forms.IntegerField(label=gettext_lazy("Version"), widget=forms.HiddenInput, min_value=1)


def default_words(asked: JoinRequest, outcome: str) -> str:
    """A good answer to begin with; what staff left when they took a decision back comes first."""
    if asked.answer:
        return asked.answer
    here = str(asked.initiative)
    if outcome == JoinRequest.Outcome.REFUSED:
        return _(
            "Thank you for your offer, and for your interest in %(initiative)s.\n\n"
            "At present we have no fitting place for you. That may change, and you are welcome to ask again. Until "
            "then you can follow our work on our public pages.\n\n"
            "If you have questions, reply to this mail."
        ) % {"initiative": here}
    if outcome == JoinRequest.Outcome.PLACE:
        if asked.body is None:
            return _(
                "Thank you for your offer. We are glad to have you with us, and write to you before the next meeting."
            )
        return _(
            "Thank you for your offer. We are glad to have you in %(team)s, and write to you before its next meeting."
        ) % {"team": asked.body}
    if asked.kind == ORGANIZATION:
        return _(
            "Thank you for your offer. We are glad that %(organization)s takes part in %(initiative)s.\n\n"
            "We will write to you about the next steps. If you have questions, reply to this mail."
        ) % {"organization": asked.organization_name, "initiative": here}
    return _(
        "Thank you for your offer. We are glad that you take part in %(initiative)s.\n\n"
        "We will write to you about the next steps. If you have questions, reply to this mail."
    ) % {"initiative": here}
