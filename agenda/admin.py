"""The operators' pages of agenda."""

from django.contrib.admin import register

from agenda import models
from ci_backbone.lib.operators import ReadOnly, operators


@register(models.CommonAgenda, site=operators)
class CommonAgendaAdmin(ReadOnly):
    list_display = ["initiative", "version"]


@register(models.Value, site=operators)
class ValueAdmin(ReadOnly):
    list_display = ["text", "agenda", "position"]
    list_select_related = ["agenda__initiative"]
    search_fields = ["text"]
