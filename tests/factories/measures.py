"""Rows of measures for tests: plain functions; what a test does not say is made up."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from measures.models import DataPoint, Group, Measure
from partnership.models import Initiative
from tests.factories.partnership import make_initiative, make_organization

_numbers = count(1)


def make_measure(initiative: Initiative | None = None, *, published: bool = True, **fields: Any) -> Measure:
    """A published headline measure in percent that should go up, with a result every other year."""
    number = next(_numbers)
    initiative = initiative or make_initiative()
    defaults = {
        "name": f"Measure {number}",
        "slug": f"measure-{number}",
        "unit": "percent",
        "direction": Measure.Direction.UP,
        "role": Measure.Role.HEADLINE,
        "years_between": 2,
        "published_at": timezone.now() if published else None,
    }
    if "owner" not in fields:
        fields["owner"] = make_organization(initiative)
    return Measure.objects.create(initiative=initiative, **defaults | fields)


def make_group(initiative: Initiative, **fields: Any) -> Group:
    return Group.objects.create(initiative=initiative, **{"name": f"Group {next(_numbers)}"} | fields)


def make_point(measure: Measure, year: int | None = 2023, value: str | None = "53", **fields: Any) -> DataPoint:
    """A preferred, published value for everyone in a calendar year; `year=None` names no year."""
    period: dict[str, Any] = {}
    if year is not None:
        period = {"period": str(year), "period_start": date(year, 1, 1), "period_end": date(year, 12, 31)}
    number = Decimal(value) if value is not None else None
    return DataPoint.objects.create(measure=measure, value=number, **period | fields)
