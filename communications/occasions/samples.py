"""Made-up facts for the examples that staff see of each kind of mail."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.clock import today
from communications.models import Meeting
from communications.occasions.base import Recipient
from partnership.models import Body, Initiative

ORGANIZATION = gettext_lazy("Example Organization")


def reader() -> Recipient:
    return Recipient(_("Alex"), "alex@example.org")


def item_rows() -> list[dict[str, str]]:
    """What waits for an answer, as mail/_items shows it."""
    return [
        {
            "title": _("Train two counselors in each school"),
            "late": _("Late: was due %(day)s.") % {"day": _("31 October")},
            "text": _("On track, 40%. You told us on 2 August."),
        },
        {"title": _("Open the peer line on weekends"), "late": "", "text": _("No update so far.")},
    ]


def meeting(initiative: Initiative) -> Meeting:
    """A meeting in a week that is in no database."""
    made = Meeting(
        initiative=initiative,
        body=Body(initiative=initiative, name=_("Council")),
        title=_("Council meeting"),
        date=today(initiative.time_zone) + timedelta(days=7),
        start_time=timezone.datetime(2000, 1, 1, 10).time(),
        end_time=timezone.datetime(2000, 1, 1, 12).time(),
        time_zone=initiative.time_zone,
        place=_("Room 4, City Hall"),
    )
    made.set_instants()
    return made
