"""Rows for spreadsheets."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.http import HttpResponse

# A cell that begins like this would run as a formula; the full-width forms do the same in some programs.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def inert(cell: Any) -> Any:
    """Return text that no spreadsheet runs as a formula; numbers and dates keep their type, the rest becomes text."""
    if cell is None or isinstance(cell, (int, float, Decimal, date, time)):
        return cell
    text = str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """Return a CSV file to download, in UTF-8 with the mark by which Excel knows it."""
    response = HttpResponse(
        "\ufeff",
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
    writer = csv.writer(response)
    writer.writerow(header)
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return response
