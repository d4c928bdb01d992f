"""What staff read after they have asked for updates."""

from collections.abc import Iterable

from django.contrib import messages
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnership.models import Organization
from teams.services.requests import AskResult

MOST_NAMES = 5


def told_result(result: AskResult, *, everyone: bool) -> list[tuple[int, str]]:
    """Who was asked and who was not, and why: pairs of message level and sentence.

    Where everybody was asked, those who owe nothing are not listed.
    """
    sentences = []
    if result.asked:
        sentences.append((messages.SUCCESS, _asked(result)))
    for level, text, organizations in (
        (
            messages.WARNING,
            _("Call them, or add a contact. Asked, but there is nobody to write to: %(names)s"),
            result.without_contacts,
        ),
        (messages.INFO, _("Answered everything already: %(names)s"), result.already_answered),
        (messages.INFO, _("Asked a moment ago, so not again: %(names)s"), result.just_asked),
        (messages.INFO, _("Owes nothing: %(names)s"), [] if everyone else result.nothing_owed),
    ):
        if organizations:
            sentences.append((level, text % {"names": _names(organizations)}))
    return sentences or [(messages.INFO, _("Nobody was asked: no organization owes an answer."))]


def _asked(result: AskResult) -> str:
    text = ngettext(
        "Asked %(count)s organization for an answer by %(day)s; the mail goes out within a minute: %(names)s",
        "Asked %(count)s organizations for an answer by %(day)s; the mail goes out within a minute: %(names)s",
        len(result.asked),
    )
    return text % {
        "count": len(result.asked),
        "day": date_format(result.due_on, "j F"),
        "names": _names(result.asked),
    }


def _names(organizations: Iterable[Organization]) -> str:
    names = [organization.name for organization in organizations]
    if len(names) <= MOST_NAMES:
        return "; ".join(names)
    rest = len(names) - MOST_NAMES + 1
    more = ngettext("%(count)s more", "%(count)s more", rest) % {"count": rest}
    return "; ".join([*names[: MOST_NAMES - 1], more])
