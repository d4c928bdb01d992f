"""How items stand: shapes in the order of unit rows, and the same in words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from teams.models import ActionItem, Standing

ORDER = {standing: place for place, standing in enumerate(Standing)}

COUNTED: dict[Standing, str | Promise] = {
    Standing.COMPLETED: _("%(count)s completed"),
    Standing.ON_TRACK: _("%(count)s on track"),
    Standing.AT_RISK: _("%(count)s at risk"),
    Standing.OFF_TRACK: _("%(count)s off track"),
    Standing.LATE: _("%(count)s late"),
    Standing.STALE: _("%(count)s stale"),
    Standing.AWAITING: _("%(count)s awaiting update"),
    Standing.NOT_STARTED: _("%(count)s not started"),
    Standing.DISCONTINUED: _("%(count)s discontinued"),
}


def standings(items: Iterable[ActionItem], today: date) -> list[Standing]:
    """Return where each item stands, in the order of a unit row."""
    return sorted((item.standing(today) for item in items), key=ORDER.__getitem__)


def shape_of(standing: Standing) -> str:
    """The name of the status shape, such as "on-track"."""
    return standing.value.replace("_", "-")


def shapes(found: Iterable[Standing]) -> list[str]:
    """The names of the shapes of a unit row."""
    return [shape_of(standing) for standing in found]


def in_words(counts: Mapping[Standing, int]) -> str:
    """Return counts as people read them, "3 on track, 1 at risk, 1 late"; empty without any."""
    return ", ".join(
        str(COUNTED[standing]) % {"count": counts[standing]} for standing in Standing if counts.get(standing)
    )


def counted(found: Iterable[Standing]) -> Counter[Standing]:
    """How many items stand where: what `in_words` takes."""
    return Counter(found)


def days_late_words(days: int) -> str:
    """How late something is, "3 days late"."""
    return ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}


def standing_words(item: ActionItem, today: date) -> str:
    """Return the words of one item's badge: how late, how long silent, or what its standing is called."""
    standing = item.standing(today)
    if standing == Standing.LATE:
        return days_late_words(item.days_late(today))
    if standing == Standing.STALE:
        months = max((today - (item.last_update_at or item.created_at).date()).days // 30, 1)
        return ngettext("Stale, %(months)s month", "Stale, %(months)s months", months) % {"months": months}
    return str(standing.label)
