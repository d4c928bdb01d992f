"""One action item with what was said about it."""

from dataclasses import dataclass
from datetime import date

from ci_backbone.lib.clock import local_date
from partnership.models import Organization
from teams.models import ActionItem, Standing, Update
from teams.selectors.standings import shape_of


@dataclass(frozen=True)
class UpdateRow:
    """What an organization said. What is never public is empty for the public."""

    pk: int
    organization: str
    said_on: date
    kind: str
    status: str
    progress: int
    note: str
    no_change: bool
    new_due_on: date | None
    is_note_hidden: bool
    door: str
    person: str
    needs_help: bool
    help_text: str


def leads_asked(item: ActionItem) -> list[Organization]:
    """Return the organizations that can answer for an item now: its leads, while it is open and published."""
    if not (item.is_open and item.plan.is_published):
        return []
    leads = item.commitments.leads().select_related("organization__initiative").order_by("organization__name")
    return [row.organization for row in leads]


def update_rows(item: ActionItem, *, for_public: bool) -> list[UpdateRow]:
    """Return the updates of an item that stand, newest first; one query."""
    updates = item.updates.standing().select_related("organization", "user", "contact", "token")
    return [_update_row(update, item.initiative.time_zone, for_public=for_public) for update in updates]


def _update_row(update: Update, zone: str, *, for_public: bool) -> UpdateRow:
    inside = not for_public
    return UpdateRow(
        pk=update.pk,
        organization=update.organization.name,
        said_on=local_date(update.created_at, zone),
        kind=shape_of(Standing(update.status)),
        status=str(update.get_status_display()),
        progress=update.progress,
        note="" if for_public and update.is_note_hidden else update.note,
        no_change=update.no_change,
        new_due_on=update.new_due_on,
        is_note_hidden=update.is_note_hidden,
        door=str(update.get_door_display()) if inside else "",
        person=str(update.user or update.contact or "") if inside else "",
        needs_help=inside and update.needs_help,
        help_text=update.help_text if inside else "",
    )
