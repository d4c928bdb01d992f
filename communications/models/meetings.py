import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.clock import instant, validate_zone
from ci_backbone.lib.fields import LineField, WebAddressField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models import Body, Initiative, User
from partnership.models.initiatives import OfInitiativeQuerySet


class MeetingSeries(Versioned):
    """A rule by which a body meets, such as the first Friday of February, May, August and November."""

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="meeting_series")
    body = models.ForeignKey(Body, models.PROTECT, related_name="meeting_series")
    title = LineField(_("title"), max_length=200)
    rule = LineField(_("rule"), max_length=300, help_text=_("A recurrence rule of RFC 5545 without its start."))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    start_time = models.TimeField(_("begins"))
    end_time = models.TimeField(_("ends"))
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_zone])
    place = LineField(_("place"), max_length=200, blank=True)
    link = WebAddressField(_("link to join"), max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(
        what=_("Meeting series"), text=["title", "place", "link"], plain=["rule", "time_zone", "starts_on", "ends_on"]
    )

    history = Recorded()
    objects = OfInitiativeQuerySet.as_manager()

    class Meta:
        ordering = ["initiative", "title", "pk"]
        verbose_name_plural = _("meeting series")

    def __str__(self) -> str:
        return self.title


class MeetingQuerySet(OfInitiativeQuerySet):
    def visible_to(self, user: "User | AnonymousUser") -> "MeetingQuerySet":
        return self.in_open_initiative(user)

    def on(self) -> "MeetingQuerySet":
        """Not cancelled."""
        return self.filter(cancelled_at=None)

    def upcoming(self, now: datetime) -> "MeetingQuerySet":
        return self.filter(ends_at__gt=now).order_by("starts_at", "pk")

    def past(self, now: datetime) -> "MeetingQuerySet":
        return self.filter(ends_at__lte=now).order_by("-starts_at", "-pk")


class Meeting(Versioned):
    """One meeting of a body: wall time in a zone; the instants are derived from it."""

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="meetings")
    body = models.ForeignKey(Body, models.PROTECT, related_name="meetings")
    series = models.ForeignKey(
        MeetingSeries, models.PROTECT, null=True, blank=True, editable=False, related_name="meetings"
    )
    # The date that the rule gave; it stays when the meeting is moved, so that the rule never makes a second one.
    series_date = models.DateField(null=True, blank=True, editable=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = LineField(_("title"), max_length=200)
    date = models.DateField(_("date"))
    start_time = models.TimeField(_("begins"))
    end_time = models.TimeField(_("ends"))
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_zone])
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    place = LineField(_("place"), max_length=200, blank=True)
    # Never public.
    link = WebAddressField(_("link to join"), max_length=500, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True, help_text=_("Shown to those invited."))
    # Grows with each move, cancellation and restoration: the SEQUENCE of its calendar entry.
    sequence = models.PositiveIntegerField(default=0, editable=False)
    is_edited = models.BooleanField(default=False, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(
        what=_("Meetings"), text=["title", "place", "link", "note"], plain=["time_zone", "series_date", "uid", "date"]
    )

    history = Recorded()
    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "series_date"], name="communications_meeting_unique_in_series"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="communications_meeting_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="communications_meeting_cancelled_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.date:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("communications:meeting-detail", args=[self.initiative.slug, self.pk])

    def clean(self) -> None:
        if self.start_time and self.end_time and self.end_time <= self.start_time:
            raise ValidationError({"end_time": _("The meeting would end before it begins.")})

    def set_instants(self) -> None:
        """Derive `starts_at` and `ends_at` from the wall time; call after a change of date, time or zone."""
        self.starts_at = instant(self.date, self.start_time, self.time_zone)
        self.ends_at = instant(self.date, self.end_time, self.time_zone)
        if self.ends_at <= self.starts_at:
            # A clock change swallowed the whole meeting: it keeps its length.
            length = datetime.combine(self.date, self.end_time) - datetime.combine(self.date, self.start_time)
            self.ends_at = self.starts_at + length

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def local_start(self) -> datetime:
        """The wall time at which it begins, naive so that no page turns it into another zone."""
        return self._wall_time(self.starts_at)

    @property
    def when(self) -> str:
        """The hours and the zone in words, such as "Friday, 10:00 to 12:00 (CST, America/Chicago)"."""
        parts = {
            "day": date_format(self.local_start, "l"),
            "start": f"{self.local_start:%H:%M}",
            "end": f"{self._wall_time(self.ends_at):%H:%M}",
            "zone": f"{self.starts_at.astimezone(ZoneInfo(self.time_zone)):%Z}, {self.time_zone.replace('_', ' ')}",
        }
        return _("%(day)s, %(start)s to %(end)s (%(zone)s)") % parts

    def _wall_time(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)
