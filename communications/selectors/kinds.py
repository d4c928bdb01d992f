"""Every kind of mail, for staff: to whom, when, until when, what happens in doubt, and what it looks like."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from communications import rendering
from communications.occasions import OCCASIONS, Occasion, Policy, links, samples
from communications.occasions.base import Stops
from communications.occasions.words import count_words
from communications.rendering import Letter
from partnership.models import Initiative

POLICIES: dict[str, "str | Promise"] = {
    Policy.REPEAT_ONCE: _("It is sent once more, under the same number: losing it is worse than a second copy."),
    Policy.HOLD: _("It waits until staff decide: a second copy is worse than a missing one."),
}
SWITCHES: dict[str, "str | Promise"] = {
    Stops.DIGEST: _("Its reader presses the link in it, or chooses how often it comes."),
    Stops.REMINDERS: _("Its reader presses the link in it; that stops all reminders of meetings."),
    Stops.NUDGES: _("Its reader presses the link in it; that stops all reminders of updates."),
}
NOTHING_TO_SWITCH = _("It cannot be switched off: it goes only to those whom it concerns, once each time.")


@dataclass(frozen=True)
class Kind:
    """A kind of mail as staff read of it. `number` is its place in the order in which mail goes out."""

    occasion: Occasion
    number: int

    @property
    def kind(self) -> str:
        return self.occasion.kind

    @property
    def label(self) -> str:
        return str(self.occasion.label)

    @property
    def audience(self) -> str:
        return str(self.occasion.audience)

    @property
    def timing(self) -> str:
        return str(self.occasion.timing)

    @property
    def until(self) -> str:
        return str(self.occasion.until)

    @property
    def policy(self) -> str:
        return str(POLICIES[self.occasion.policy])

    @property
    def stops(self) -> str:
        return str(SWITCHES[self.occasion.stops] if self.occasion.stops else NOTHING_TO_SWITCH)


def kinds() -> list[Kind]:
    """In the order in which they go out."""
    return [Kind(occasion, number) for number, occasion in enumerate(OCCASIONS.values(), start=1)]


def answer() -> str:
    """The title of the page: how many kinds there are."""
    number = len(OCCASIONS)
    text = ngettext("%(n)s kind of mail, and no other", "%(n)s kinds of mail, and no other", number)
    return capfirst(text % {"n": count_words(number)})


def find_kind(name: str) -> Kind | None:
    return next((kind for kind in kinds() if kind.kind == name), None)


def example(initiative: Initiative, kind: Kind) -> Letter:
    """A made-up mail of a kind in the initiative's language; its links lead nowhere."""
    with translation.override(initiative.language or settings.LANGUAGE_CODE):
        content = kind.occasion.example(initiative)
        letter = rendering.letter(kind.occasion, initiative, samples.reader(), content)
    return Letter(letter.subject, links.masked(letter.text), links.masked(letter.html))
