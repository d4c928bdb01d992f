"""Measures: the list, one of them, and its values to download."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from ci_backbone.lib.access import public
from ci_backbone.lib.clock import today
from ci_backbone.lib.pages import render_page
from ci_backbone.lib.sheets import csv_response
from measures import selectors
from measures.models import Measure
from partnership.access import get_initiative

CSV_COLUMNS = (
    "measure",
    "group",
    "period",
    "value",
    "words",
    "unit",
    "kind",
    "preferred",
    "provisional",
    "source",
    "address",
    "note",
)


@require_safe
@public
def measure_list(request: HttpRequest, initiative: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    measures = Measure.objects.visible_to(request.user).filter(initiative=here)
    rows = selectors.summaries(measures)
    headline = [row for row in rows if row.measure.role == Measure.Role.HEADLINE]
    return render_page(
        request,
        "measures/measure_list.html",
        {
            "initiative": here,
            "headline": headline,
            "others": [row for row in rows if row.measure.role != Measure.Role.HEADLINE],
            "total": len(rows),
            "as_of": today(here.time_zone),
        },
    )


@require_safe
@public
def measure_detail(request: HttpRequest, initiative: str, slug: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    measures = Measure.objects.visible_to(request.user).filter(initiative=here)
    measure = get_object_or_404(measures.select_related("owner", "initiative"), slug=slug)
    page = selectors.page_of(measure)
    return render_page(
        request,
        "measures/measure_detail.html",
        {"initiative": here, "measure": measure, "page": page, "as_of": today(here.time_zone)},
    )


@require_safe
@public
def measure_csv(request: HttpRequest, initiative: str, slug: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    measure = get_object_or_404(Measure.objects.visible_to(request.user).filter(initiative=here), slug=slug)
    rows = [
        [
            measure.name,
            point.group.name if point.group else "All",
            point.period,
            point.number if point.number is not None else "",
            point.words,
            measure.unit,
            point.quality,
            point.is_preferred,
            point.is_provisional,
            point.source_name,
            point.source_url,
            point.note,
        ]
        for point in selectors.page_of(measure).rows
    ]
    return csv_response(f"{measure.slug}.csv", CSV_COLUMNS, rows)
