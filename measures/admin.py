"""The operators' pages of measures."""

from django.contrib.admin import register

from ci_backbone.lib.operators import ReadOnly, operators
from measures import models


@register(models.Measure, site=operators)
class MeasureAdmin(ReadOnly):
    list_display = ["name", "initiative", "owner", "published_at"]
    list_filter = ["initiative"]
    search_fields = ["name", "slug"]


@register(models.Group, site=operators)
class GroupAdmin(ReadOnly):
    list_display = ["name", "initiative", "position"]
    list_filter = ["initiative"]
    search_fields = ["name"]


@register(models.DataPoint, site=operators)
class DataPointAdmin(ReadOnly):
    list_display = ["measure", "period", "group", "value", "quality", "entered_by", "created_at"]
    search_fields = ["measure__name", "period"]
