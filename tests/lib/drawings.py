"""Reading a drawing in tests: its elements, its texts, and what every drawing has to keep."""

from collections import Counter
from xml.etree import ElementTree as ET

COORDINATES = ("x", "x1", "x2", "cx")
DEPTHS = ("y", "y1", "y2", "cy")


def parsed(markup: str) -> ET.Element:
    """Parse the markup as XML; several roots are wrapped in one."""
    return ET.fromstring(f"<all>{markup}</all>")


def texts(markup: str) -> list[str]:
    """Return the texts that are seen in the drawing, in the order of writing."""
    return ["".join(text.itertext()).strip() for text in parsed(markup).iter("text")]


def with_class(markup: str, name: str) -> list[ET.Element]:
    """Return the elements that carry a class."""
    return [element for element in parsed(markup).iter() if name in element.get("class", "").split()]


def only(markup: str, size: str) -> str:
    """Return the wide or the narrow drawing alone."""
    return ET.tostring(next(svg for svg in parsed(markup).iter("svg") if size in svg.get("class", "")), "unicode")


def assert_sound(markup: str) -> None:
    """Hold what every drawing keeps: well-formed, no style, unique ids, nothing outside its box."""
    root = parsed(markup)
    ids = Counter(element.get("id") for element in root.iter() if element.get("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    assert [
        element.tag for element in root.iter() if "style" in element.attrib or element.tag in {"style", "script"}
    ] == []
    for reference in (element.get("fill", "") for element in root.iter()):
        assert not reference.startswith("url(#") or reference[5:-1] in ids
    nested = {inner for svg in root.iter("svg") for inner in svg.iter() if inner is not svg}
    for svg in root.iter("svg"):
        if svg not in nested:
            _assert_inside(svg)


def _assert_inside(svg: ET.Element) -> None:
    left, top, wide, high = _box(svg)
    # An inner drawing has its own origin; where it lies itself is looked at.
    moved = {inner for each in svg.iter("svg") if each is not svg for inner in each.iter() if inner is not each}
    for element in (each for each in svg.iter() if each not in moved):
        for names, low, size in ((COORDINATES, left, wide), (DEPTHS, top, high)):
            for name in names:
                value = element.get(name, "")
                if value.endswith("%"):
                    assert -0.01 <= float(value[:-1]) <= 100.01, (element.tag, element.attrib)
                elif value:
                    assert low - 0.5 <= float(value) <= low + size + 0.5, (element.tag, element.attrib)
        for pair in element.get("points", "").split():
            x, y = map(float, pair.split(","))
            assert left <= x <= left + wide
            assert top <= y <= top + high


def _box(svg: ET.Element) -> tuple[float, float, float, float]:
    if svg.get("viewBox"):
        left, top, wide, high = map(float, svg.get("viewBox", "").split())
        return left, top, wide, high
    # Drawings that stretch give x in percent; what is left in pixels lies near a side.
    return -20, -20, 400, 400
