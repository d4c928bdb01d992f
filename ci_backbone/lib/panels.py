"""Panels: named places on the pages of lower apps, filled by higher apps.

A higher app registers its panels in `AppConfig.ready()`:

    panels.register("team", "communications/_team_meetings.html", meetings_of, permission="partnership.view_team")

and the lower template has the place: `{% panels "team" team %}`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Context = Callable[[Any, Any], dict[str, Any] | None]


@dataclass(frozen=True, order=True)
class Panel:
    """One app's piece of a page. `context(obj, user)` returns None when there is nothing to show."""

    order: int
    template: str
    context: Context = field(compare=False)
    permission: str | None = field(default=None, compare=False)

    def content_for(self, obj: Any, user: Any) -> dict[str, Any] | None:
        """What the template shows to `user`, or None when they may not see it or there is nothing."""
        if self.permission and not user.has_perm(self.permission, obj):
            return None
        return self.context(obj, user)


_places: dict[str, list[Panel]] = {}


def register(place: str, template: str, context: Context, permission: str | None = None, order: int = 0) -> None:
    """Show `template` at `place`, with what `context(obj, user)` returns; lower `order` comes first.

    The number of queries behind `context` must not depend on the number of rows.
    Registering the same template at the same place again replaces it.
    """
    others = [panel for panel in _places.get(place, []) if panel.template != template]
    _places[place] = sorted([*others, Panel(order, template, context, permission)])


def panels_at(place: str) -> list[Panel]:
    """The panels of a place in their order."""
    return list(_places.get(place, []))
