"""How the history of the common agenda is told."""

from django.utils.translation import gettext_lazy

from agenda import models
from partnership.history import Kept, keep


def register_histories() -> None:
    keep(
        Kept(
            model=models.CommonAgenda,
            name="agenda",
            called=gettext_lazy("Common agenda"),
            parts={models.Value: "agenda"},
            texts=("problem", "vision"),
            page=lambda row: str(row.initiative.get_absolute_url()),
        ),
        Kept(
            model=models.Value,
            name="value",
            called=gettext_lazy("Value"),
            initiative="agenda__initiative",
            untold=frozenset({"agenda"}),
            texts=("text",),
            holder="agenda",
        ),
    )
