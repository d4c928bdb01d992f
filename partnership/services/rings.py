"""The rings of the wheel: the sectors that take part, and the focus areas they work on."""

from collections.abc import Sequence
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ci_backbone.lib.fields import one_line
from ci_backbone.lib.versions import save_edit
from partnership.models import FocusArea, Initiative, Sector, User

Piece = Sector | FocusArea

UP, DOWN = -1, 1


class NameTaken(Exception):
    """Another piece of this ring has the name, in capitals or not."""

    def __init__(self, piece: Piece) -> None:
        super().__init__(str(piece))
        self.piece = piece


class InUse(Exception):
    """Something names the piece; `words` says what."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def usual_sectors() -> list[tuple[str, str]]:
    """The ten sectors that initiatives most often begin with: name and kind."""
    kind = Sector.Kind
    return [
        (_("Government agencies"), kind.GOVERNMENT),
        (_("Schools and early education"), kind.GOVERNMENT),
        (_("Justice and public safety"), kind.GOVERNMENT),
        (_("Business"), kind.CORPORATE),
        (_("Health care"), kind.NONPROFIT),
        (_("Nonprofit organizations"), kind.NONPROFIT),
        (_("Foundations and funders"), kind.NONPROFIT),
        (_("Families and people with lived experience"), kind.COMMUNITY),
        (_("Young people"), kind.COMMUNITY),
        (_("Faith and neighborhood groups"), kind.COMMUNITY),
    ]


def find_by_name(model: type[Any], initiative: Initiative, name: str, *, besides: Any = None) -> Any:
    """The piece of this name in a ring, whatever its capitals and spaces."""
    rows = model.objects.filter(initiative=initiative, name__iexact=one_line(name))
    return rows.exclude(pk=besides.pk if besides else None).first()


@transaction.atomic
def add_piece(model: type[Any], *, initiative: Initiative, by: User | None, **fields: Any) -> Any:
    """Add a sector or a focus area at the end of its ring. Raises NameTaken."""
    Initiative.objects.hold(initiative.pk)
    _refuse_taken(model, initiative, fields["name"])
    rows = model.objects.filter(initiative=initiative)
    last = rows.aggregate(last=models.Max("position"))["last"]
    piece = model(initiative=initiative, position=0 if last is None else last + 1, **fields)
    piece._history_user = by
    piece.save()
    return piece


@transaction.atomic
def edit_piece(piece: Piece, *, seen: int | None, by: User | None, **fields: Any) -> Any:
    """Rename a piece, or say of what kind a sector is. Raises Conflict and NameTaken."""
    Initiative.objects.hold(piece.initiative_id)
    _refuse_taken(type(piece), piece.initiative, fields.get("name", piece.name), besides=piece)
    return save_edit(piece, seen=seen, fields=fields, by=by)


@transaction.atomic
def move_piece(piece: Piece, *, step: int, by: User | None) -> None:
    """Change places with the neighbour before (UP) or after (DOWN); at the end of the ring nothing happens."""
    Initiative.objects.hold(piece.initiative_id)
    ring = list(type(piece)._default_manager.filter(initiative=piece.initiative_id))
    here = ring.index(piece)
    there = here + step
    if not 0 <= there < len(ring):
        return
    ring[here], ring[there] = ring[there], ring[here]
    for position, row in enumerate(ring):
        if row.position != position:
            row.position = position
            row._history_user = by
            row.save()


@transaction.atomic
def remove_piece(piece: Piece, *, by: User | None) -> None:
    """Take a piece out of its ring. Raises InUse while anything names it."""
    Initiative.objects.hold(piece.initiative_id)
    if words := uses_of(piece):
        raise InUse(words)
    piece._history_user = by
    piece.delete()


@transaction.atomic
def add_usual_sectors(*, initiative: Initiative, by: User | None) -> int:
    """Add those of the ten usual sectors whose names are not there yet; returns how many."""
    added = 0
    for name, kind in usual_sectors():
        if find_by_name(Sector, initiative, name) is None:
            add_piece(Sector, initiative=initiative, name=name, kind=kind, by=by)
            added += 1
    return added


def uses_of(piece: Piece) -> str:
    """What names a piece, in words; empty where nothing does."""
    return uses_of_each([piece])[piece.pk]


def uses_of_each(pieces: Sequence[Piece]) -> dict[int, str]:
    """What names each piece of a ring, by its id, in words; a query for each kind of row."""
    found: dict[int, list[str]] = {piece.pk: [] for piece in pieces}
    for relation in pieces[0]._meta.related_objects if pieces else ():
        name, field = relation.get_accessor_name(), relation.field.name
        rows = relation.related_model._base_manager.filter(**{f"{field}__in": list(found)}).order_by()
        for pk, count in rows.values_list(field).annotate(models.Count("pk", distinct=True)):
            if pk in found:
                found[pk].append(_count_words(str(name), count))
    return {pk: ", ".join(words) for pk, words in found.items()}


def _count_words(name: str, count: int) -> str:
    """How many rows stand behind a relation of this name; a higher app has some, too."""
    texts = {
        "organizations": ngettext("%(n)d organization", "%(n)d organizations", count),
        "seats": ngettext("%(n)d seat", "%(n)d seats", count),
        "share_rules": ngettext("%(n)d share rule", "%(n)d share rules", count),
        "join_requests": ngettext("%(n)d request to take part", "%(n)d requests to take part", count),
        "measures": ngettext("%(n)d measure", "%(n)d measures", count),
        "teams": ngettext("%(n)d team", "%(n)d teams", count),
    }
    other = ngettext("%(n)d other thing", "%(n)d other things", count)
    return texts.get(name, other) % {"n": count}


def _refuse_taken(model: type[Any], initiative: Initiative, name: str, *, besides: Any = None) -> None:
    other = find_by_name(model, initiative, name, besides=besides)
    if other:
        raise NameTaken(other)
