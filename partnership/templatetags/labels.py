"""`{{ initiative|label:"teams" }}`: what the initiative of the page calls things."""

from typing import Any

from django import template

from partnership.labels import label_of

register = template.Library()


@register.filter
def label(initiative: Any, key: str) -> str:
    """The initiative's word, as it stands inside a sentence; our own where it has none."""
    return label_of(initiative, key)
