"""What of measures follows when two organizations become one."""

from django.utils.translation import gettext_lazy

from measures.models import Measure
from partnership.services.merging import register_words


def register() -> None:
    register_words(Measure, gettext_lazy("Measures that it owns"))
