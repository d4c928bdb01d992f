"""Two versions of a text, word by word: what stayed, what is gone, what is new."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|\S+\s*")


@dataclass(frozen=True)
class Piece:
    """A run of words of one version; `is_changed` where the other version has not got it."""

    text: str
    is_changed: bool = False


@dataclass(frozen=True)
class Difference:
    """The pieces of both versions, each of which read in a row is the whole text."""

    before: list[Piece]
    after: list[Piece]


def difference(before: str, after: str) -> Difference:
    """Compare two texts. Where little is shared, each is one piece: marks on every other word help nobody."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    # Its own measure for frequent words keeps texts of one word repeated a thousand times quick.
    matcher = SequenceMatcher(None, old, new)
    if not old or not new or matcher.quick_ratio() < 0.3:
        return Difference(_whole(before), _whole(after))
    steps = matcher.get_opcodes()
    return Difference(
        before=list(_pieces(old, [(tag != "equal", start, end) for tag, start, end, _b, _e in steps])),
        after=list(_pieces(new, [(tag != "equal", start, end) for tag, _b, _e, start, end in steps])),
    )


def plain(before: str, after: str) -> Difference:
    """Two values that are no texts: nothing in them is marked."""
    return Difference([Piece(before)] if before else [], [Piece(after)] if after else [])


def _whole(text: str) -> list[Piece]:
    return [Piece(text, is_changed=True)] if text else []


def _pieces(words: list[str], steps: list[tuple[bool, int, int]]) -> Iterator[Piece]:
    for is_changed, start, end in steps:
        text = "".join(words[start:end])
        # The space behind a changed word is not marked; where nothing but spaces changed, they are.
        marked = (text.rstrip() or text) if is_changed else ""
        if marked:
            yield Piece(marked, is_changed=True)
        if rest := text[len(marked) :]:
            yield Piece(rest)
