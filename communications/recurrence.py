"""Recurrence rules as staff choose and read them; dates come from dateutil."""

from dateutil.rrule import MONTHLY, rrulestr
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DAY_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ORDINALS = {
    1: gettext_lazy("first"),
    2: gettext_lazy("second"),
    3: gettext_lazy("third"),
    4: gettext_lazy("fourth"),
    -1: gettext_lazy("last"),
}


def weekday_rule(*, ordinal: int, weekday: int, months: list[int]) -> str:
    """Return the rule for, say, the first Friday (`ordinal` 1, `weekday` 4) of `months`."""
    return f"FREQ=MONTHLY;BYMONTH={_listed(months)};BYDAY={ordinal}{DAY_CODES[weekday]}"


def day_rule(*, day: int, months: list[int]) -> str:
    """Return the rule for a day of the month; -1 is the last day. Months without that day are left out."""
    return f"FREQ=MONTHLY;BYMONTH={_listed(months)};BYMONTHDAY={day}"


def _listed(months: list[int]) -> str:
    return ",".join(str(month) for month in sorted(months))


def in_words(rule: str) -> str:
    """Return what a rule says: "first Friday of February, May, August and November".

    A rule of another shape than the two above is returned as it stands.
    """
    parsed = rrulestr(rule)
    months = get_text_list([str(MONTHS[month]) for month in parsed._bymonth or ()], _("and"))
    if parsed._freq != MONTHLY or not months:
        return rule
    if parsed._bynweekday and parsed._bynweekday[0][1] in ORDINALS:
        weekday, ordinal = parsed._bynweekday[0]
        which = {"ordinal": ORDINALS[ordinal], "weekday": WEEKDAYS[weekday], "months": months}
        return _("%(ordinal)s %(weekday)s of %(months)s") % which
    if parsed._bynmonthday:
        return _("last day of %(months)s") % {"months": months}
    if parsed._bymonthday:
        return _("day %(day)d of %(months)s") % {"day": parsed._bymonthday[0], "months": months}
    return rule
