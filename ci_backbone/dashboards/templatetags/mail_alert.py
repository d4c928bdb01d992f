"""`{% mail_alert %}`: what staff have to know on every page: that no mail goes out, and why."""

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from communications.selectors.trouble import Standstill, standstill
from partnership.models.users import roles_of

register = template.Library()


@register.inclusion_tag("dashboards/_mail_alert.html", takes_context=True)
def mail_alert(context: Context) -> dict[str, Any]:
    """A note below the header where mail stands still; nothing for anybody but the staff of the initiative."""
    return {"standstill": _standstill(context.get("request"), context.get("initiative"))}


def _standstill(request: Any, initiative: Any) -> Standstill | None:
    user = getattr(request, "user", None)
    if initiative is None or user is None or "staff" not in roles_of(user, initiative):
        return None
    return standstill(timezone.now())
