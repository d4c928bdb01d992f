"""Finding room for the value beside each point."""

from collections.abc import Iterable
from dataclasses import dataclass, field

Place = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle on the drawing, in its pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def crosses(self, start: Place, end: Place) -> bool:
        """Whether the straight line from `start` to `end` runs through the box."""
        if max(start[0], end[0]) < self.left or min(start[0], end[0]) > self.right:
            return False
        enter, leave = 0.0, 1.0
        for low, high, origin, way in (
            (self.left, self.right, start[0], end[0] - start[0]),
            (self.top, self.bottom, start[1], end[1] - start[1]),
        ):
            if way == 0:
                if not low < origin < high:
                    return False
                continue
            near, far = sorted(((low - origin) / way, (high - origin) / way))
            enter, leave = max(enter, near), min(leave, far)
        return enter < leave


_OUTSIDE, _ON_LABEL, _ON_POINT, _ON_LINE, _ON_HATCH = 200, 100, 60, 30, 6
# A label that could only lie on another one is left out.
_WORST = _ON_LABEL


@dataclass
class Room:
    """The drawing as far as it is taken; `bounds` is where labels may lie."""

    bounds: Box
    points: list[Box] = field(default_factory=list)
    lines: list[tuple[Place, Place]] = field(default_factory=list)
    hatched: list[Box] = field(default_factory=list)
    labels: list[Box] = field(default_factory=list)

    def place(self, at: Place, size: Place, reach: float, *, always: bool = False) -> Box | None:
        """Take the best free box of `size` (width, height) around a point of radius `reach`.

        Above comes first, then below, then the sides. None where every box lies on a label,
        unless the label has to be there always.
        """
        least, best = float("inf"), None
        for order, box in enumerate(_around(at, size, reach)):
            harm = self._harm(box) + order
            if harm < least:
                least, best = harm, box
            if harm == order:
                break
        if best is None or (least >= _WORST and not always):
            return None
        self.labels.append(best)
        return best

    def _harm(self, box: Box) -> int:
        harm = 0 if self.bounds.holds(box) else _OUTSIDE
        harm += _ON_LABEL * sum(map(box.touches, self.labels))
        harm += _ON_POINT * sum(map(box.touches, self.points))
        harm += _ON_LINE * sum(box.crosses(*line) for line in self.lines)
        return harm + _ON_HATCH * sum(map(box.touches, self.hatched))


def _around(at: Place, size: Place, reach: float) -> Iterable[Box]:
    (x, y), (wide, high) = at, size
    gap = reach + 3
    for left, top in (
        (x - wide / 2, y - gap - high),
        (x - wide / 2, y + gap),
        (x + gap + 2, y - high / 2),
        (x - gap - 2 - wide, y - high / 2),
        (x + gap / 2, y - gap - high + 2),
        (x - gap / 2 - wide, y - gap - high + 2),
        (x + gap / 2, y + gap - 2),
        (x - gap / 2 - wide, y + gap - 2),
    ):
        yield Box(left, top, left + wide, top + high)
