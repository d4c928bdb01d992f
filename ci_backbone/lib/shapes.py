"""Status shapes and small icons as SVG: one drawing for pages, tables and charts.

A shape never stands alone: its word is beside it. Color comes from the class `tone-…` (static/css/base.css),
the lines inside a filled shape from `knock`, which has the color of the page.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

BOX = 18


@dataclass(frozen=True)
class Shape:
    """One drawing on an 18 by 18 box. `asks`: the reader has to act, so that its badge is filled."""

    name: str
    tone: str
    body: str
    word: str | Promise = ""
    asks: bool = False


def _line(path: str, width: float = 1.75, more: str = "") -> str:
    return (
        f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="{width}" '
        f'stroke-linecap="round" stroke-linejoin="round"{more}/>'
    )


def _ring(radius: float, width: float, more: str = "") -> str:
    return f'<circle cx="9" cy="9" r="{radius}" fill="none" stroke="currentColor" stroke-width="{width}"{more}/>'


def _knock(path: str) -> str:
    return (
        f'<path class="knock" d="{path}" fill="none" stroke-width="1.9" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


CHECK = "M5.6 9.2l2.4 2.4 4.5-5"
OCTAGON = '<path d="M5.9 1.5h6.2l4.4 4.4v6.2l-4.4 4.4H5.9l-4.4-4.4V5.9z" fill="currentColor"/>' + _knock(
    "M6.6 6.6l4.8 4.8M11.4 6.6l-4.8 4.8"
)
BROKEN_RING = _ring(6.75, 1.75, ' stroke-dasharray="3.3 2"')
SQUARE = '<rect x="2" y="2" width="14" height="14" rx="2" fill="currentColor"/>'
DOTTED_SQUARE = (
    '<rect x="2" y="2" width="14" height="14" rx="1" fill="none" stroke="currentColor" '
    'stroke-width="1.6" stroke-dasharray="2.4 1.6"/>'
)
QUESTION = "M7.1 7.2c.1-1.1.9-1.8 1.9-1.8s1.9.7 1.9 1.7c0 1.3-1.9 1.3-1.9 2.6"

SHAPES = {
    shape.name: shape
    for shape in (
        Shape(
            "on-track",
            "ok",
            '<circle cx="9" cy="9" r="7.5" fill="currentColor"/>' + _knock(CHECK),
            _("On track"),
        ),
        Shape(
            "at-risk",
            "warn",
            '<path d="M9 2.4l7 12.6H2z" fill="currentColor" stroke="currentColor" stroke-width="1.6" '
            'stroke-linejoin="round"/>' + _knock("M9 7v3.7") + '<circle class="knock-fill" cx="9" cy="13.3" r="1.05"/>',
            _("At risk"),
        ),
        Shape("off-track", "bad", OCTAGON, _("Off track"), asks=True),
        Shape("completed", "ink", SQUARE + _knock(CHECK), _("Completed")),
        Shape("not-started", "quiet", _ring(6.75, 1.75), _("Not started")),
        Shape("awaiting", "quiet", BROKEN_RING, _("Awaiting first update")),
        Shape("late", "bad", _ring(6.9, 1.9) + _line("M9 5.3V9.3l2.5 1.6", 1.8), _("Late"), asks=True),
        Shape(
            "stale",
            "quiet",
            _line("M4.8 2h8.4M4.8 16h8.4M5.8 2v2.9L9 9l3.2-4.1V2M5.8 16v-2.9L9 9l3.2 4.1V16", 1.5),
            _("Stale"),
        ),
        Shape("provisional", "quiet", _ring(6, 3), _("Provisional")),
        Shape("withheld", "quiet", DOTTED_SQUARE + _line("M6.8 9h4.4"), _("Withheld")),
        Shape("discontinued", "quiet", _ring(6.75, 1.75) + _line("M4.4 13.6l9.2-9.2"), _("Discontinued")),
        Shape("no-change", "quiet", _line("M3.5 6.7h11M3.5 11.3h11", 1.9), _("No change")),
        Shape("hand-over", "accent", _line("M2.5 9h12.5M10.2 4.2L15 9l-4.8 4.8", 1.9), _("Hand over")),
        Shape("sent", "ok", _line("M3 9.6l3.9 3.9L15 4.8", 2), _("Sent")),
        Shape(
            "needs-help",
            "accent",
            '<path d="M3.3 2h11.7l-2.8 4 2.8 4H5.2v6.5H3.3z" fill="currentColor"/>',
            _("Needs help"),
            asks=True,
        ),
        Shape(
            "waits",
            "warn",
            '<path d="M4.7 3h3v12h-3zM10.3 3h3v12h-3z" fill="currentColor"/>',
            _("Waits for you"),
            asks=True,
        ),
        Shape(
            "uncertain",
            "warn",
            _line("M9 1.5L16.5 9 9 16.5 1.5 9z", 1.5)
            + _line(QUESTION, 1.4)
            + '<circle cx="9" cy="12.4" r=".95" fill="currentColor"/>',
            _("Uncertain"),
            asks=True,
        ),
        Shape("seat", "accent", '<circle cx="9" cy="9" r="7" fill="currentColor"/>', _("Filled seat")),
        Shape("vacant", "quiet", BROKEN_RING, _("Vacant seat")),
        Shape("up", "ink", _line("M9 15.5V3M4.2 7.8L9 3l4.8 4.8", 2)),
        Shape("down", "ink", _line("M9 2.5V15M4.2 10.2L9 15l4.8-4.8", 2)),
        Shape("level", "ink", _line("M2.5 9H15M10.2 4.2L15 9l-4.8 4.8", 2)),
        Shape(
            "person",
            "accent",
            '<circle cx="7.5" cy="5.8" r="3" fill="none" stroke="currentColor" stroke-width="1.6"/>'
            + _line("M2 15.5c.4-3 2.7-4.7 5.5-4.7 1.3 0 2.5.4 3.4 1M13.8 10.8v4.6M11.5 13.1h4.6", 1.6),
        ),
        Shape(
            "calendar",
            "ink",
            '<rect x="2.2" y="3.6" width="13.6" height="12" rx="1" fill="none" stroke="currentColor" '
            'stroke-width="1.6"/>' + _line("M2.2 7.6h13.6M5.7 1.8v3M12.3 1.8v3", 1.6),
        ),
        Shape("measure", "ink", _line("M2.5 2.5v13h13M5 11.5l3-3.5 2.5 2L15 4.8", 1.7)),
        Shape(
            "mail",
            "ink",
            '<rect x="1.8" y="3.6" width="14.4" height="10.8" rx="1" fill="none" stroke="currentColor" '
            'stroke-width="1.6"/>' + _line("M2.4 4.6L9 10l6.6-5.4", 1.6),
        ),
    )
}

# Words that apps use for the same thing; underscores count as hyphens.
ALIASES = {
    "awaiting-first-update": "awaiting",
    "awaiting-update": "awaiting",
    "overdue": "late",
    "planned": "not-started",
    "queued": "not-started",
    "claimed": "not-started",
    "transmitting": "not-started",
    "retry-wait": "awaiting",
    "held": "waits",
    "failed": "off-track",
    "bounced": "off-track",
    "error": "off-track",
    "expired": "discontinued",
    "superseded": "discontinued",
    "cancelled": "discontinued",
    "suppressed": "withheld",
    "changed": "hand-over",
    "help": "needs-help",
}


def find(kind: str) -> Shape:
    """The shape for a status. One that nobody drew is a plain ring: the word beside it says what it is."""
    name = str(kind).replace("_", "-")
    return SHAPES.get(ALIASES.get(name, name), SHAPES["not-started"])


def svg(kind: str, *, size: int = BOX, tone: str | None = None) -> SafeString:
    """The shape as an SVG of its own, hidden from screen readers, since its word stands beside it."""
    shape = find(kind)
    return format_html(
        '<svg class="shape tone-{}" viewBox="0 0 18 18" width="{}" height="{}" aria-hidden="true" '
        'focusable="false">{}</svg>',
        tone or shape.tone,
        size,
        size,
        mark_safe(shape.body),  # noqa: S308  # Drawn in this file.
    )


def group(kind: str, *, x: float, y: float, size: float = BOX) -> SafeString:
    """The shape as a group for another SVG, with its upper left corner at (x, y)."""
    shape = find(kind)
    return format_html(
        '<g class="tone-{}" transform="translate({} {}) scale({})">{}</g>',
        shape.tone,
        round(x, 2),
        round(y, 2),
        round(size / BOX, 4),
        mark_safe(shape.body),  # noqa: S308  # Drawn in this file.
    )
