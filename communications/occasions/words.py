"""Numbers and dates in words, as a letter would have them."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _


def count_words(number: int) -> str:
    """one to nine in words, larger numbers in figures."""
    words = [_("no"), _("one"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine")]
    return words[number] if 0 <= number < len(words) else str(number)


def day_words(day: date, today: date) -> str:
    """4 December, with the year when it is not this one."""
    return date_format(day, "j F" if day.year == today.year else "j F Y")
