"""The council's meetings, past and ahead, and the convenings of 2024."""

from datetime import date, time, timedelta

from django.utils.translation import gettext as _

from ci_backbone.demo.loading.partners import Partners
from ci_backbone.demo.loading.sources import outline, table
from communications.models import Meeting, MeetingSeries
from communications.services.meetings import create_meeting, create_series, meeting_of, occurrences


def load_council_series(partners: Partners) -> list[date]:
    """The council's series with its meetings; returns the days of the past ones, oldest first."""
    row = outline("initiative")["series"]
    fields = {name: value for name, value in row.items() if name != "body"}
    series = MeetingSeries(initiative=partners.initiative, body=partners.bodies[row["body"]], **fields)
    create_series(series=series)

    past = occurrences(series, series.starts_on, partners.calendar.today - timedelta(days=1))
    for day in past:
        meeting = meeting_of(series, day)
        meeting.note = _("The date follows from the published rule of the series.")
        meeting.save()
    return past


def load_convenings(partners: Partners) -> None:
    for row in table("meetings"):
        create_meeting(
            meeting=Meeting(
                initiative=partners.initiative,
                body=partners.bodies[row["body"]],
                title=row["title"],
                date=date.fromisoformat(row["date"]),
                start_time=time.fromisoformat(row["starts_at"]),
                end_time=time.fromisoformat(row["ends_at"]),
                time_zone=partners.initiative.time_zone,
                place=row["place"],
                note=_("Announced in %(source)s") % {"source": row["source_url"]},
            )
        )
