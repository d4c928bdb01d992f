"""The people we write to, as the list of staff shows them and as its file says it."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from ci_backbone.lib.clock import local_date
from partnership.models import Contact, Initiative
from partnership.models.organizations import ContactQuerySet
from partnership.selectors.received import Received, received_by_each

HEADER = ("name", "email", "phone", "organization", "digest", "meetings", "updates", "removed_on")


def people_of(initiative: Initiative, text: str = "") -> ContactQuerySet:
    """Everybody whose name or address holds the text, those removed too, but for people who were erased."""
    rows = Contact.objects.filter(initiative=initiative, erased_at=None)
    found = rows.filter(Q(name__icontains=text) | Q(email__icontains=text))
    return found.select_related("organization__initiative", "user").order_by("name", "pk")


def cells_of(rows: ContactQuerySet, initiative: Initiative) -> Iterable[Sequence[object]]:
    """The people as cells of a file, without what staff wrote. Who was removed receives nothing."""
    for got in received_by_each(rows, initiative):
        one = got.contact
        yield [
            one.name,
            one.email,
            one.phone,
            one.organization.name if one.organization else "",
            *(("", "", "") if one.is_ended else (got.digest, _meetings(got), _updates(got))),
            local_date(one.ended_at, initiative.time_zone) if one.ended_at else "",
        ]


def _meetings(got: Received) -> str:
    if not got.contact.wants_reminders:
        return ""
    return "all" if got.is_staff else "; ".join(body.name for body in got.bodies)


def _updates(got: Received) -> str:
    if not got.hears_of_updates:
        return ""
    return "with reminders" if got.contact.wants_nudges else "without reminders"
