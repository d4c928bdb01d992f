"""The matrix as text: one line for each address and method, made to be read in a difference of two versions."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ci_backbone.access_matrix.judging import Verdict
from ci_backbone.access_matrix.personas import PERSONAS

YES, OWN, NO = "yes", "own", "-"
WITH_HEAD = "GET+HEAD"
# A line of the table: address, name, method, and who may.
HEADS = ("address", "name", "method", *PERSONAS)


def as_table(verdicts: Iterable[Verdict]) -> str:
    """Columns set apart by blanks: "yes", "own" for one's own rows only, "-". HEAD stands in the line of its GET."""
    rows = [HEADS, *_lines(list(verdicts))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def from_table(text: str) -> list[Verdict]:
    """The verdicts of a table. Raises ValueError for one that names other people or says something else."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if tuple(lines[0].split()) != HEADS:
        raise ValueError(f"The first line must be: {' '.join(HEADS)}")
    return [verdict for line in lines[1:] for verdict in _verdicts(line)]


def _lines(verdicts: list[Verdict]) -> Iterator[tuple[str, ...]]:
    heads = {replace(verdict, method="GET") for verdict in verdicts if verdict.method == "HEAD"}
    fetched = {verdict for verdict in verdicts if verdict.method == "GET" and verdict in heads}
    for verdict in verdicts:
        if verdict.method != "HEAD" or replace(verdict, method="GET") not in fetched:
            cells = (OWN if one in verdict.own_only else YES if one in verdict.allowed else NO for one in PERSONAS)
            yield (verdict.address, verdict.name, WITH_HEAD if verdict in fetched else verdict.method, *cells)


def _verdicts(line: str) -> list[Verdict]:
    address, name, methods, *cells = line.split()
    if len(cells) != len(PERSONAS) or not set(cells) <= {YES, OWN, NO}:
        raise ValueError(f"Each line has {len(PERSONAS)} times {YES}, {OWN} or {NO}: {line}")
    said = dict(zip(PERSONAS, cells, strict=True))
    allowed = frozenset(one for one, cell in said.items() if cell != NO)
    own = frozenset(one for one, cell in said.items() if cell == OWN)
    return [Verdict(address, name, method, allowed, own) for method in methods.split("+")]
