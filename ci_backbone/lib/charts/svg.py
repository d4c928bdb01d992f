"""Writing SVG: escaped elements with classes, short numbers and checked ids."""

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
# XML 1.0 knows no other control characters and no lone surrogates.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[&<>\"']")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def checked_id(chart_id: str) -> str:
    """Return `chart_id`; ValueError unless it is a plain HTML id that `url(#…)` can name."""
    if not _ID.match(chart_id):
        raise ValueError(f"A chart id starts with a letter and holds letters, digits, - and _: {chart_id!r}")
    return chart_id


def plain(text: object) -> str:
    """Return the text escaped for markup, without characters that XML forbids."""
    written = str(text)
    return str(escape(_NOT_XML.sub("", written))) if _UNFIT.search(written) else written


def num(value: float) -> str:
    """Return a coordinate with at most one decimal: 12, 12.5."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def percent(share: float) -> str:
    """Return a share of 0 to 1 as a percentage length with two decimals: 0.5 is 50%."""
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"


def tag(name: str, *inner: str, **attributes: object) -> str:
    """Write one element; `inner` is ready markup.

    Attribute names end in `_` where Python reserves them and use `_` for `-`; None leaves an
    attribute out; numbers are shortened, text is escaped.
    """
    written = "".join(
        f' {_name(key)}="{num(value) if isinstance(value, float) else plain(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    content = "".join(inner)
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _name(key: str) -> str:
    if key == "viewBox":
        return key
    return key.rstrip("_").replace("_", "-")


def words(x: float, y: float, text: object, **attributes: object) -> str:
    """Write one line of text with its baseline at x, y."""
    return tag("text", plain(text), x=x, y=y, **attributes)


def hatch(pattern_id: str) -> str:
    """Write the pattern of gaps; fill with `url(#pattern_id)`."""
    line = tag("line", y2=7, class_="chart-hatch")
    pattern = tag(
        "pattern",
        line,
        id=pattern_id,
        width=7,
        height=7,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
    return tag("defs", pattern)


def picture(drawing: str, *, title: str, description: str, drawing_id: str, **attributes: object) -> str:
    """Write an <svg> that is one image to a screen reader, named by its title."""
    head = tag("title", plain(title), id=f"{drawing_id}-t")
    if description:
        head += tag("desc", plain(description), id=f"{drawing_id}-d")
    return tag(
        "svg",
        head,
        drawing,
        role="img",
        aria_labelledby=f"{drawing_id}-t",
        aria_describedby=f"{drawing_id}-d" if description else None,
        **attributes,
    )


def safe(markup: str) -> SafeString:
    """Mark what this package wrote as ready for a page; every text in it went through `plain`."""
    return mark_safe(markup)  # noqa: S308  # Every text in it went through `plain`.


def empty(sentence: str) -> SafeString:
    """Write the sentence that stands where a chart has nothing to draw."""
    return safe(f'<p class="chart-empty">{plain(sentence)}</p>')


def legend(rows: list[tuple[str, str]]) -> SafeString:
    """Write a key: a sample drawing of 28 by 12 px and its words in each row."""
    return safe(tag("ul", *(legend_row(sample, text) for sample, text in rows), class_="chart-key"))


def legend_row(sample: str, text: str) -> str:
    """Write one row of a key."""
    swatch = tag("svg", sample, class_="chart-swatch", width=28, height=12, viewBox="0 0 28 12", aria_hidden="true")
    return f"<li>{swatch} <span>{plain(text)}</span></li>"
