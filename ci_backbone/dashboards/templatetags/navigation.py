"""`{% main_nav as links %}`: the header's links, for base.html."""

from django import template
from django.template import Context

from ci_backbone.dashboards import navigation

register = template.Library()


@register.simple_tag(takes_context=True)
def main_nav(context: Context) -> list[navigation.NavLink]:
    """The links for this reader in the initiative of the page."""
    return navigation.main_nav(context.get("request"), context.get("initiative"))
