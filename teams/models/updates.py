from datetime import date, datetime, time

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.clock import instant, local_date
from ci_backbone.lib.fields import LineField
from ci_backbone.lib.periods import Period, Quarter
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Added, AddedQuerySet, Recorded
from partnership.models import ApiToken, Contact, Initiative, Organization
from partnership.models.initiatives import OfInitiativeQuerySet
from teams.models.items import ActionItem, Status
from teams.models.plans import ActionPlan


class Door(models.TextChoices):
    """The way by which an answer came in."""

    LINK = "link", _("Link in an e-mail")
    PAGE = "page", _("Signed in")
    STAFF = "staff", _("Recorded by staff")
    API = "api", _("API")


class UpdateCycle(models.Model):
    """One quarter in which partners are asked how their items stand."""

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="update_cycles")
    period_start = models.DateField()
    period_end = models.DateField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(what=_("Quarters of updates"), plain=["period_start", "period_end"])

    objects = OfInitiativeQuerySet.as_manager()

    class Meta:
        ordering = ["-period_start", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "period_start"], name="teams_updatecycle_unique_period")
        ]

    def __str__(self) -> str:
        return str(self.quarter)

    @property
    def quarter(self) -> Quarter:
        return Quarter.of(self.period_start)


class UpdateRequestQuerySet(OfInitiativeQuerySet):
    initiative_path = "cycle__initiative"

    def unanswered(self) -> "UpdateRequestQuerySet":
        return self.filter(answered_at=None, withdrawn_at=None)


class UpdateRequest(models.Model):
    """That an organization was asked, for one quarter, and by when it should answer."""

    cycle = models.ForeignKey(UpdateCycle, models.PROTECT, related_name="requests")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="update_requests")
    due_on = models.DateField(_("answer by"))
    # The last time; with the number of times it tells the messages apart.
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Grows when staff ask again in the same quarter, so that a new message is due.
    times_asked = models.PositiveSmallIntegerField(default=1)
    # Set by the answer that leaves nothing owed; taken back when staff ask again about more.
    answered_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    personal = Personal(what=_("Requests for updates"), plain=["due_on"])

    history = Recorded()
    objects = UpdateRequestQuerySet.as_manager()

    class Meta:
        ordering = ["cycle", "organization", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "organization"], name="teams_updaterequest_unique_organization"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="teams_updaterequest_withdrawn_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}, {self.cycle}"

    @property
    def initiative(self) -> Initiative:
        return self.cycle.initiative

    def is_overdue(self, today: date) -> bool:
        return self.due_on < today


class Submission(models.Model):
    """One form sent in: answers to several items at once, with a number for the receipt.

    `key` comes from the form. The same key with the same content is the same submission (a double
    click); with other content it amends this one (the Back button).
    """

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="submissions")
    request = models.ForeignKey(UpdateRequest, models.PROTECT, null=True, related_name="submissions")
    key = models.UUIDField()
    # Grows with each amendment; a receipt is due for each.
    revision = models.PositiveIntegerField(default=1)
    content_hash = models.CharField(max_length=64)
    door = models.CharField(max_length=5, choices=Door)
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="submissions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Whom staff spoke with, when they record for the organization.
    told_by = LineField(_("who told you"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    amended_at = models.DateTimeField(null=True)

    personal = Personal(what=_("Update forms sent in"), text=["told_by"], plain=["content_hash", "door", "key"])

    objects = models.Manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="teams_submission_unique_key")]

    def __str__(self) -> str:
        return self.number

    @property
    def initiative(self) -> Initiative:
        return self.organization.initiative

    @property
    def quarter(self) -> Quarter:
        if self.request:
            return self.request.cycle.quarter
        return Quarter.of(local_date(self.created_at, self.initiative.time_zone))

    @property
    def number(self) -> str:
        """The receipt number, such as WI-4Q26-0117."""
        return f"{self.initiative.code}-{self.quarter.code}-{self.pk:04d}"

    @property
    def last_at(self) -> datetime:
        """When it was sent, or amended last."""
        return self.amended_at or self.created_at


class UpdateQuerySet(AddedQuerySet, OfInitiativeQuerySet):  # type: ignore[override]  # Two bases with managers.
    initiative_path = "item__plan__initiative"

    def since(self, moment: datetime) -> "UpdateQuerySet":
        return self.filter(created_at__gte=moment)

    def standing(self) -> "UpdateQuerySet":
        """Without those that a later update amends."""
        return self.filter(amended_by=None)

    def in_published_plans(self) -> "UpdateQuerySet":
        return self.filter(item__plan__state=ActionPlan.State.PUBLISHED)

    def of_quarter(self, initiative: Initiative, quarter: Quarter) -> "UpdateQuerySet":
        """Answers that count for a quarter: to its request, or given in it when nobody had asked."""
        asked = Q(request__cycle__period_start=quarter.start)
        unasked = Q(request=None) & _given_in(initiative, quarter)
        return self.filter(asked | unasked, organization__initiative=initiative)

    def given_in(self, initiative: Initiative, period: Period) -> "UpdateQuerySet":
        """Answers given between the first and the last day of a period, by the initiative's clock."""
        return self.filter(_given_in(initiative, period), organization__initiative=initiative)


def _given_in(initiative: Initiative, period: Period) -> Q:
    start, end = (instant(day, time(0), initiative.time_zone) for day in (period.start, period.next.start))
    return Q(created_at__gte=start, created_at__lt=end)


# What an update holds from its beginning, and what no row of history repeats.
SAID = (
    *("request", "submission", "amends", "status", "progress", "note", "note_hidden_by", "new_due_on", "no_change"),
    *("needs_help", "help_text", "was_status", "was_progress", "was_due_on", "door", "user", "contact", "token"),
)


class Update(Added):
    """What an organization said about an item. Rows are only added; an amendment names what it replaces."""

    # Where two organizations become one, it answers the request that stays.
    said = tuple(name for name in SAID if name not in ("request", "submission", "note_hidden_by"))

    item = models.ForeignKey(ActionItem, models.PROTECT, related_name="updates")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="updates")
    request = models.ForeignKey(UpdateRequest, models.PROTECT, null=True, related_name="updates")
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="updates")
    amends = models.OneToOneField("self", models.PROTECT, null=True, related_name="amended_by")
    status = models.CharField(_("status"), max_length=12, choices=Status)
    progress = models.PositiveSmallIntegerField(_("progress"), validators=[MaxValueValidator(100)])
    # Shown on the public plan, unless staff hide it.
    note = models.TextField(_("what happened"), max_length=2000, blank=True)
    is_note_hidden = models.BooleanField(default=False)
    # Who hid the sentence, or showed it again, last.
    note_hidden_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    new_due_on = models.DateField(_("new date"), null=True, blank=True)
    no_change = models.BooleanField(_("no change"), default=False)
    needs_help = models.BooleanField(_("needs help"), default=False)
    # Never public.
    help_text = models.TextField(_("what would help"), max_length=2000, blank=True)
    # What the item showed before: for the words of a receipt, and for an amendment to start from.
    was_status = models.CharField(max_length=12, choices=Status, default=Status.NOT_STARTED, editable=False)
    was_progress = models.PositiveSmallIntegerField(default=0, editable=False)
    was_due_on = models.DateField(null=True, editable=False)
    door = models.CharField(max_length=5, choices=Door)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="updates")
    token = models.ForeignKey(ApiToken, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    personal = Personal(
        what=_("Updates"),
        text=["note", "help_text"],
        plain=["status", "was_status", "door", "new_due_on", "was_due_on"],
    )

    # What was said is its own history; what staff do to it afterwards has one.
    history = Recorded(excluded_fields=SAID)
    objects = UpdateQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(progress__lte=100), name="teams_update_progress_percent"),
            models.CheckConstraint(
                condition=Q(door="staff", user__isnull=False)
                | Q(door="page", user__isnull=False)
                | Q(door="link", contact__isnull=False)
                | Q(door="api", token__isnull=False),
                name="teams_update_who",
            ),
        ]
        indexes = [models.Index(fields=["item", "-created_at"], name="teams_update_of_item")]

    def __str__(self) -> str:
        return f"{self.item}, {self.get_status_display()}"
