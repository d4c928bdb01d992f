"""`{% main_nav as links %}` and `{% switcher as initiatives %}`: what the header has, for base.html."""

from django import template
from django.template import Context

from ci_backbone.dashboards import navigation

register = template.Library()


@register.simple_tag(takes_context=True)
def main_nav(context: Context) -> list[navigation.NavLink]:
    """The links for this reader in the initiative of the page."""
    return navigation.main_nav(context.get("request"), context.get("initiative"))


@register.simple_tag(takes_context=True)
def switcher(context: Context) -> navigation.Switcher:
    """The initiatives of this reader, that of the page marked."""
    return navigation.switcher(context.get("request"), context.get("initiative"))
