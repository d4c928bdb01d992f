"""The Wisconsin demonstration: real names and figures, made-up people and progress."""

from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from ci_backbone.demo.loading.figures import load_figures
from ci_backbone.demo.loading.meetings import load_convenings, load_council_series
from ci_backbone.demo.loading.partners import load_initiative, load_partners, load_seats
from ci_backbone.demo.loading.people import load_people_who_come
from ci_backbone.demo.loading.sources import REASON, Calendar, outline
from ci_backbone.demo.loading.work import load_plans, load_teams
from ci_backbone.lib import clock
from partnership.models import Contact, Initiative, Membership, Organization

READER = "reader-{number:04d}@example.org"


def find_standing() -> Initiative | None:
    """The initiative at the demonstration's address: the demonstration, or somebody's real work."""
    return Initiative.objects.filter(slug=outline("initiative")["initiative"]["slug"]).first()


@transaction.atomic
def load_demonstration() -> Initiative:
    """Load the Wisconsin initiative whole; the caller has made sure that it is not there yet."""
    now = timezone.now()
    initiative = load_initiative(now)
    calendar = Calendar(clock.today(initiative.time_zone, now), initiative.time_zone)
    partners = load_partners(initiative, calendar)
    load_figures(partners, now)
    council_days = load_council_series(partners)
    load_convenings(partners)
    teams = load_teams(partners)
    load_seats(partners)
    load_plans(partners, teams, council_days)
    load_people_who_come(partners)
    return initiative


@transaction.atomic
def add_readers(*, initiative: Initiative, count: int) -> int:
    """Fill up to `count` made-up contacts, spread over the active organizations; return how many were new."""
    organizations = list(Organization.objects.filter(initiative=initiative).active().order_by("pk"))
    wanted = {READER.format(number=number): number for number in range(1, count + 1)}
    standing = set(
        Contact.objects.filter(initiative=initiative, email__startswith="reader-").values_list("email", flat=True)
    )
    missing = [
        Contact(
            initiative=initiative,
            organization=organizations[number % len(organizations)],
            name=f"Demonstration Reader {number}",
            email=email,
        )
        for email, number in wanted.items()
        if email not in standing
    ]
    bulk_create_with_history(missing, Contact, batch_size=500, default_change_reason=REASON)
    return len(missing)


def find_membership(role: str) -> Membership | None:
    """The first person of the demonstration with this role, for the buttons of the sign-in page."""
    return (
        Membership.objects.current()
        .filter(initiative__is_demonstration=True, role=role, user__is_active=True)
        .select_related("initiative", "organization", "user")
        .order_by("pk")
        .first()
    )
