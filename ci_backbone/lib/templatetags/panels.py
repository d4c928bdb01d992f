"""`{% panels "place" obj %}`: what higher apps show at a place of a lower app's page."""

from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from ci_backbone.lib.panels import panels_at

register = template.Library()


@register.simple_tag(takes_context=True)
def panels(context: Context, place: str, obj: Any) -> SafeString:
    """Every panel of `place` that the reader may see, in order."""
    request = context["request"]
    pieces = []
    for panel in panels_at(place):
        content = panel.content_for(obj, request.user)
        if content is not None:
            shared = {"initiative": context.get("initiative")}
            pieces.append(render_to_string(panel.template, {**shared, **content}, request))
    return mark_safe("".join(pieces))  # noqa: S308  # Each piece comes out of an escaping template.
