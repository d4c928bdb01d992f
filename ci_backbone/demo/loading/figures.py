"""The measures and every published figure, to the last digit."""

from datetime import date, datetime
from decimal import Decimal

from ci_backbone.demo.loading.partners import Partners
from ci_backbone.demo.loading.sources import add, outline, table
from measures.models import DataPoint, Group, Measure


def load_figures(partners: Partners, now: datetime) -> None:
    measures = _load_measures(partners, now)
    groups = _load_groups(partners)
    DataPoint.objects.bulk_create(
        _data_point(row, measures[row["measure"]], groups.get(row["group"])) for row in table("data_points")
    )


def _load_measures(partners: Partners, now: datetime) -> dict[str, Measure]:
    owner = partners.organizations[outline("initiative")["initiative"]["backbone"]]
    measures = {}
    for position, row in enumerate(table("measures")):
        areas = [partners.focus_areas[key] for key in row.pop("focus_areas").split(";") if key]
        years = row.pop("years_between")
        measure = add(
            Measure,
            initiative=partners.initiative,
            owner=owner,
            years_between=int(years) if years else None,
            position=position,
            published_at=now,
            **row,
        )
        measure.focus_areas.set(areas)
        measures[measure.slug] = measure
    return measures


def _load_groups(partners: Partners) -> dict[str, Group]:
    """The groups in the order in which the figures name them first; no name stands for everyone."""
    names = dict.fromkeys(row["group"] for row in table("data_points") if row["group"])
    return {
        name: Group.objects.create(initiative=partners.initiative, name=name, position=position)
        for position, name in enumerate(names)
    }


def _data_point(row: dict[str, str], measure: Measure, group: Group | None) -> DataPoint:
    year = int(row["period"]) if row["period"] else None
    return DataPoint(
        measure=measure,
        group=group,
        period=row["period"],
        period_start=date(year, 1, 1) if year else None,
        period_end=date(year, 12, 31) if year else None,
        value=Decimal(row["value"]) if row["value"] else None,
        words=row["words"],
        upper_bound=Decimal(row["upper_bound"]) if row["upper_bound"] else None,
        quality=row["quality"],
        is_provisional=row["provisional"] == "yes",
        is_preferred=row["preferred"] == "yes",
        source_name=row["source_name"],
        source_url=row["source_url"],
        note=row["note"],
    )
