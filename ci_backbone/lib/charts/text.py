"""How wide words are, roughly: SVG neither wraps text nor says how long it runs."""

import re
import unicodedata
from functools import lru_cache

# Shares of the font size, for the sans-serif faces of the look; rather too wide than too narrow.
_NARROW = frozenset("iljtfrI.,:;'’|!()[]/ ")
_WIDE = frozenset("mwMW%@")
_NARROW_SHARE, _SHARE, _FIGURE_SHARE, _CAPITAL_SHARE, _WIDE_SHARE, _FULL_SHARE = 0.33, 0.565, 0.62, 0.68, 0.9, 1.0
_BOLD = 1.06
ELLIPSIS = "…"
# Lines break after white space and after a hyphen inside a word.
_BREAKS = re.compile(r"(?<=\s)(?=\S)|(?<=\w-)(?=\w)")


def width(text: str, size: float = 13, *, bold: bool = False) -> float:
    """Estimate how many pixels one line of text takes."""
    return sum(map(_share, text)) * size * (_BOLD if bold else 1)


@lru_cache(maxsize=2048)
def _share(character: str) -> float:
    if character in _NARROW:
        return _NARROW_SHARE
    if character in _WIDE:
        return _WIDE_SHARE
    if character.isdigit():
        return _FIGURE_SHARE
    if character.isascii():
        return _CAPITAL_SHARE if character.isupper() else _SHARE
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return _FULL_SHARE
    return _CAPITAL_SHARE if character.isupper() else _SHARE


def shorten(text: str, room: float, size: float = 13, *, bold: bool = False) -> str:
    """Return the text, cut with an ellipsis where it is wider than `room` pixels."""
    if width(text, size, bold=bold) <= room:
        return text
    left = room - width(ELLIPSIS, size, bold=bold)
    kept = ""
    for character in text:
        left -= width(character, size, bold=bold)
        if left < 0:
            break
        kept += character
    return kept.rstrip() + ELLIPSIS


def wrap(text: str, rooms: list[float], size: float = 13, *, bold: bool = False) -> list[str]:
    """Break the text into lines, one for each width in `rooms` at most.

    A word wider than its line, and whatever the last line cannot hold, is cut with an ellipsis.
    """
    waiting = [part for part in _BREAKS.split(text) if part.strip()]
    lines: list[str] = []
    for number, room in enumerate(rooms, start=1):
        if not waiting:
            break
        taken = len(waiting) if number == len(rooms) else 1
        while taken < len(waiting) and width(_line(waiting[: taken + 1]), size, bold=bold) <= room:
            taken += 1
        lines.append(shorten(_line(waiting[:taken]), room, size, bold=bold))
        waiting = waiting[taken:]
    return lines


def _line(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


def fits(text: str, rooms: list[float], size: float = 13, *, bold: bool = False) -> bool:
    """Say whether the text can be wrapped into these line widths without a cut."""
    return not any(line.endswith(ELLIPSIS) for line in wrap(text, rooms, size, bold=bold))
