"""The way to the history of what a page shows."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

register = template.Library()


@register.inclusion_tag("partnership/_history_button.html", takes_context=True)
def history_button(
    context: dict[str, Any], thing: str, pk: int, *, small: bool = False, hint: str = ""
) -> dict[str, Any]:
    """`{% history_button "team" team.pk %}`: a button for those who may read it, beside "Edit"; nothing for others.

    `thing` is a name from `kept.py`; the page has its `initiative` in the context.
    """
    initiative, user = context["initiative"], context["request"].user
    if not user.has_perm("partnership.view_history", initiative):
        return {}
    url = reverse("partnership:history", args=[initiative.slug, thing, pk])
    return {"url": url, "text": _("History"), "small": small, "hint": hint}
