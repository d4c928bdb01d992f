"""Pieces of a ring: their outline, and how much room a line of text has in one."""

import math
from dataclasses import dataclass

from .svg import num

_GAP = 1.5


@dataclass(frozen=True)
class Slice:
    """A piece between two radii in pixels and two angles in radians, clockwise from the top.

    The center of the ring is at 0, 0; y runs down.
    """

    inner: float
    outer: float
    start: float
    end: float

    @property
    def is_whole(self) -> bool:
        return self.end - self.start > math.tau - 0.01

    def middle(self, radius: float) -> tuple[float, float]:
        """Return the place at `radius` half way between the angles."""
        return _place(radius, (self.start + self.end) / 2)

    def outline(self, inset: float = 0) -> str:
        """Return the path of the piece, drawn in by a gap to its neighbors and `inset` pixels."""
        low, high = self.inner + inset, self.outer - inset
        edge = 0.001 if self.is_whole else _GAP + inset
        large = 1 if self.end - self.start > math.pi else 0
        first, second = _place(high, self.start + edge / high), _place(high, self.end - edge / high)
        third, fourth = _place(low, self.end - edge / low), _place(low, self.start + edge / low)
        return (
            f"M{_pair(first)}A{num(high)} {num(high)} 0 {large} 1 {_pair(second)}"
            f"L{_pair(third)}A{num(low)} {num(low)} 0 {large} 0 {_pair(fourth)}z"
        )

    def room(self, x: float, y: float, half_height: float, margin: float) -> float:
        """Return how wide a line of text centered at x, y may be, `margin` pixels clear of all edges."""
        return max(0.0, min(self._room_at(x, y - half_height, margin), self._room_at(x, y + half_height, margin)))

    def _room_at(self, x: float, y: float, margin: float) -> float:
        high, low = self.outer - margin, self.inner + margin
        if abs(y) >= high:
            return 0
        reach = math.sqrt(high**2 - y**2)
        left, right = -reach, reach
        if abs(y) < low:
            hole = math.sqrt(low**2 - y**2)
            left, right = (max(left, hole), right) if x > 0 else (left, min(right, -hole))
        if not self.is_whole:
            for angle, side in ((self.start, 1), (self.end, -1)):
                left, right = _clip(left, right, y, angle, side, margin)
        return 2 * min(x - left, right - x)


def _clip(left: float, right: float, y: float, angle: float, side: int, margin: float) -> tuple[float, float]:
    """Keep the part of a horizontal line that lies on one side of the edge at `angle`."""
    along_x, along_y = _place(1, angle)
    slope, needed = -side * along_y, margin - side * along_x * y
    if abs(slope) < 1e-9:
        return (left, right) if needed <= 0 else (0.0, 0.0)
    bound = needed / slope
    return (max(left, bound), right) if slope > 0 else (left, min(right, bound))


def _place(radius: float, angle: float) -> tuple[float, float]:
    return radius * math.sin(angle), -radius * math.cos(angle)


def _pair(place: tuple[float, float]) -> str:
    return f"{num(place[0])} {num(place[1])}"
