"""How the history of measures is told. Their data points are only added, so that they are their own."""

from django.utils.translation import gettext_lazy

from measures import models
from partnership.history import Kept, keep


def register_histories() -> None:
    keep(
        Kept(
            model=models.Measure,
            name="measure",
            called=gettext_lazy("Measure"),
            texts=("name", "short_name", "definition", "unit", "population", "place", "source_name"),
        ),
        Kept(model=models.Group, name="group", called=gettext_lazy("Group"), texts=("name",)),
    )
