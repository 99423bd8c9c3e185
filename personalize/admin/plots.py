"""Plots as SVG from the server: numbers become geometry here, and templates only write it down."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 200, 60, 26, 12


class Point(NamedTuple):
    """One value with its label, as the table shows it."""

    label: str
    value: float


class Bar(NamedTuple):
    """One point's rectangle."""

    x: float
    y: float
    width: float
    height: float
    point: Point


@dataclass(frozen=True, slots=True)
class Plot:
    """A bar plot with everything that its template needs."""

    title: str
    unit: str
    first_column: str
    points: Sequence[Point]
    empty: str  # what to say, and to do, while there is nothing to see

    @property
    def top(self) -> float:
        """The value at the top of the plot: never zero, so that nothing divides by it."""
        return max((point.value for point in self.points), default=0) or 1

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(point.value for point in self.points)

    @property
    def bars(self) -> list[Bar]:
        """The rectangles, from left to right."""
        step = (WIDTH - LEFT) / max(len(self.points), 1)
        room = HEIGHT - BOTTOM - TOP
        return [
            Bar(
                round(LEFT + index * step + step * 0.1, 2),
                round(TOP + room * (1 - point.value / self.top), 2),
                round(step * 0.8, 2),
                round(room * point.value / self.top, 2),
                point,
            )
            for index, point in enumerate(self.points)
        ]

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """About six labels below the axis: place and text."""
        every = max(1, -(-len(self.points) // 6))
        return [(bar.x, bar.point.label) for bar in self.bars[::every]]

    size: ClassVar = {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "top": TOP,
        "base": HEIGHT - BOTTOM,
    }


def sparkline(counts: Sequence[float], *, label: str | Promise) -> SafeString:
    """Return a line without axes, for a cell of a list; its text names the latest value."""
    top, step = max(counts, default=0) or 1, 120 / max(len(counts) - 1, 1)
    line = " ".join(
        f"{index * step:.1f},{22 - 20 * count / top:.1f}" for index, count in enumerate(counts)
    )
    context = {"line": line, "label": label, "latest": counts[-1] if counts else 0}
    return render_to_string("admin/personalize/sparkline.html", context)
