"""The wheel: an inner ring of focus areas and an outer ring of sectors, each piece a link."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .rings import Slice
from .svg import checked_id, legend, plain, safe, tag, words
from .text import ELLIPSIS, shorten, wrap

_LETTER, _LINE_HEIGHT = 13, 16
_MOST_LINES = 4
# Clear pixels around the words, and how far out in the ring they lie: the better ones first.
_MARGINS, _OUTWARD = (9, 4), (0.5, 0.56, 0.44, 0.62)


@dataclass(frozen=True)
class Piece:
    """One focus area or sector: where it leads, its count in words if that is told, and whether nobody is there."""

    name: str
    href: str
    count_words: str
    empty: bool = False


@dataclass(frozen=True)
class _Ring:
    """The radii between which a ring lies, in pixels, and how its pieces look."""

    inner: float
    outer: float
    look: str

    def slice(self, index: int, count: int) -> Slice:
        """Return the piece at `index` of `count`; the first one has its middle at the top."""
        part = math.tau / count
        return Slice(self.inner, self.outer, (index - 0.5) * part, (index + 0.5) * part)


@dataclass(frozen=True)
class _Size:
    """A wheel of `side` by `side` pixels."""

    side: float
    hole: float
    focus: _Ring
    sectors: _Ring


_WIDE = _Size(640, 92, _Ring(92, 196, "wheel-focus"), _Ring(204, 318, "wheel-sector"))
_PHONE = _Size(358, 53, _Ring(53, 109, "wheel-focus"), _Ring(115, 177, "wheel-sector"))


def piece_number(index: int) -> str:
    """Return the number of the inner piece at `index`, counted from 0: 1, 2, 3 …"""
    return str(index + 1)


def piece_letter(index: int) -> str:
    """Return the letter of the outer piece at `index`, counted from 0: A … Z, AA, AB …"""
    before, letter = divmod(index, 26)
    return (piece_letter(before - 1) if before else "") + chr(ord("A") + letter)


def wheel(
    *,
    center: str,
    inner: Sequence[Piece],
    outer: Sequence[Piece],
    chart_id: str,
    label: str = "",
    short_center: str = "",
) -> SafeString:
    """Draw the wheel twice, 640 px wide with names and 358 px wide with numbers and letters.

    Pieces run clockwise from the top. `label` names the whole for screen readers; the center
    says `center`, or `short_center` in the narrow drawing. The page needs a table of the same.
    """
    checked_id(chart_id)
    name = label or _("Who works on what")
    wide = _ring(_WIDE.sectors, outer) + _ring(_WIDE.focus, inner) + _center(_WIDE.hole, center, 16)
    phone = _ring(_PHONE.sectors, outer, piece_letter) + _ring(_PHONE.focus, inner, piece_number)
    phone += _center(_PHONE.hole, short_center or center, 14)
    return safe(
        '<div class="chart chart-wheel">'
        + _group(wide, _WIDE.side, f"{chart_id}-w", "chart-wide", name)
        + _group(phone, _PHONE.side, f"{chart_id}-p", "chart-phone", name)
        + "</div>"
    )


def _group(drawing: str, side: float, drawing_id: str, size: str, name: str) -> str:
    return tag(
        "svg",
        drawing,
        id=drawing_id,
        role="group",
        aria_label=name,
        class_=f"wheel {size}",
        viewBox=f"{-side / 2:g} {-side / 2:g} {side:g} {side:g}",
    )


def _ring(ring: _Ring, pieces: Sequence[Piece], key: Callable[[int], str] | None = None) -> str:
    return "".join(
        _link(ring, ring.slice(index, len(pieces)), piece, key(index) if key else "")
        for index, piece in enumerate(pieces)
    )


def _link(ring: _Ring, part: Slice, piece: Piece, key: str) -> str:
    """Draw one piece as a link; keyed pieces show their number or letter alone."""
    lines = [] if key else _lines(part, piece.name, piece.count_words)
    shown = _keyed(part, key) if key else "".join(_line(*line) for line in lines if line[2])
    is_cut = any(text.endswith(ELLIPSIS) for _x, _y, text, _look in lines)
    outline = tag("path", class_="wheel-piece", d=part.outline(0.8 if piece.empty else 0))
    named = ", ".join(part for part in (f"{key} {piece.name}".strip(), piece.count_words) if part)
    # The title names a piece whose words are cut, and shows them to a mouse; others say what they show.
    tip = tag("title", plain(named)) if is_cut else ""
    look = f"{ring.look} is-empty" if piece.empty else ring.look
    return tag("a", tip, outline, shown, href=piece.href, aria_label=None if is_cut else named, class_=look)


def _keyed(part: Slice, key: str) -> str:
    x, y = part.middle((part.inner + part.outer) / 2)
    return words(x, y + 5, key, class_="wheel-key")


def _line(x: float, y: float, text: str, look: str) -> str:
    # The space keeps the words of two lines apart for those who hear them; it is not drawn.
    return words(x, y + 4.5, text if text.endswith("-") else f"{text} ", class_=look)


@lru_cache(maxsize=512)
def _lines(part: Slice, name: str, count: str) -> list[tuple[float, float, str, str]]:
    """Return x, middle y, text and look of each line: the name, then the count below it.

    The fewest lines that hold the name are taken; a name too long for the piece is cut.
    """
    made: list[tuple[float, float, str, str]] = []
    for margin, number, outward in product(_MARGINS, range(1, _MOST_LINES + 1), _OUTWARD):
        x, middle = part.middle(part.inner + (part.outer - part.inner) * outward)
        heights = [middle + (row - number / 2) * _LINE_HEIGHT for row in range(number + 1)]
        rooms = [part.room(x, height, 6, margin) for height in heights]
        made = _written(x, heights, rooms, name, count)
        if len(made) == number + 1 and not any(text.endswith(ELLIPSIS) for _x, _y, text, _look in made):
            break
    return made


def _written(
    x: float, heights: list[float], rooms: list[float], name: str, count: str
) -> list[tuple[float, float, str, str]]:
    named = wrap(name, rooms[:-1], _LETTER, bold=True)
    texts = [(line, "wheel-name") for line in named] + [(shorten(count, rooms[-1], _LETTER), "wheel-count")]
    return [(x, height, text, look) for height, (text, look) in zip(heights, texts, strict=False)]


def _center(hole: float, text: str, size: int) -> str:
    """Write the center in as few lines as the hole has room for."""
    lines: list[str] = []
    high = size + 3
    for number in range(1, _MOST_LINES + 1):
        heights = [(row - (number - 1) / 2) * high for row in range(number)]
        rooms = [2 * math.sqrt(max(0, (hole - 7) ** 2 - (abs(height) + size / 2) ** 2)) for height in heights]
        lines = wrap(text, rooms, size, bold=True)
        if not any(line.endswith(ELLIPSIS) for line in lines):
            break
    top = -(len(lines) - 1) / 2 * high
    return "".join(
        words(0, top + row * high + size * 0.36, line, class_=f"wheel-center is-{size}")
        for row, line in enumerate(lines)
    )


def wheel_legend() -> SafeString:
    """Write what the pieces mean: a team works here, a sector takes part, nobody yet."""
    sample = {"x": 1, "y": 1, "width": 26, "height": 10}
    return legend(
        [
            (tag("rect", class_="wheel-focus-sample", **sample), _("A team works here")),
            (tag("rect", class_="wheel-sector-sample", **sample), _("Sector takes part")),
            (tag("rect", class_="wheel-empty-sample", **sample), _("Nobody yet")),
        ]
    )
