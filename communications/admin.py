"""The operators' pages of communications. The words of messages are left out: those of account mail open accounts."""

from django.contrib.admin import register

from ci_backbone.lib.operators import ReadOnly, operators
from communications import models


@register(models.Message, site=operators)
class MessageAdmin(ReadOnly):
    list_display = ["kind", "contact", "initiative", "state", "due_at", "sent_at"]
    list_filter = ["initiative", "kind", "state"]
    search_fields = ["address", "occasion_key"]


@register(models.HeldMailing, site=operators)
class HeldMailingAdmin(ReadOnly):
    list_display = ["occasion_key", "kind", "initiative", "held_at", "held_by"]
    list_filter = ["initiative"]


@register(models.TestMail, site=operators)
class TestMailAdmin(ReadOnly):
    list_display = ["user", "initiative", "requested_at"]


@register(models.Heartbeat, site=operators)
class HeartbeatAdmin(ReadOnly):
    list_display = ["number", "at", "planned_at"]


@register(models.MailServer, site=operators)
class MailServerAdmin(ReadOnly):
    list_display = ["failures", "paused_until", "refuses_us"]


@register(models.Bounce, site=operators)
class BounceAdmin(ReadOnly):
    list_display = ["address", "contact", "kind", "at", "forgotten_at"]
    search_fields = ["address"]


@register(models.MeetingSeries, site=operators)
class MeetingSeriesAdmin(ReadOnly):
    list_display = ["title", "body", "initiative", "starts_on", "ends_on"]
    list_filter = ["initiative"]
    search_fields = ["title"]


@register(models.Meeting, site=operators)
class MeetingAdmin(ReadOnly):
    list_display = ["title", "body", "initiative", "date", "cancelled_at"]
    list_filter = ["initiative"]
    search_fields = ["title"]
