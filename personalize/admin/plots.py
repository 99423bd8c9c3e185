"""Plots as SVG from the server: numbers become geometry here, and templates only write it down."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 200, 60, 26, 12
MOST_LINES = 6  # that an eye can tell apart; the table has all


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


class Line(NamedTuple):
    """One series of a plot, with the number of the pattern in which it is drawn."""

    name: str
    counts: Sequence[float]
    points: str
    pattern: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Several series over the same steps; patterns tell them apart, colours only repeat it."""

    title: str
    first_column: str
    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[float]]]  # the most important first
    empty: str

    @property
    def top(self) -> float:
        """The value at the top of the plot: never zero, so that nothing divides by it."""
        return max((count for _, counts in self.series for count in counts), default=0) or 1

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(count for _, counts in self.series for count in counts)

    @property
    def lines(self) -> list[Line]:
        """What is drawn."""
        step = (WIDTH - LEFT) / max(len(self.labels) - 1, 1)
        room = HEIGHT - BOTTOM - TOP
        return [
            Line(
                name,
                counts,
                " ".join(
                    f"{LEFT + index * step:.1f},{TOP + room * (1 - count / self.top):.1f}"
                    for index, count in enumerate(counts)
                ),
                number,
            )
            for number, (name, counts) in enumerate(self.series[:MOST_LINES])
        ]

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """About six labels below the axis: place and text."""
        every = max(1, -(-len(self.labels) // 6))
        step = (WIDTH - LEFT) / max(len(self.labels) - 1, 1)
        return [
            (round(LEFT + index * step, 2), self.labels[index])
            for index in range(0, len(self.labels), every)
        ]

    @property
    def rows(self) -> list[tuple[str, list[float]]]:
        """The table: for each step its label and the value of every series."""
        columns = [counts for _, counts in self.series]
        return [
            (label, [counts[index] for counts in columns])
            for index, label in enumerate(self.labels)
        ]

    size: ClassVar = Plot.size


def sparkline(counts: Sequence[float], *, label: str | Promise) -> SafeString:
    """Return a line without axes, for a cell of a list; its text names the latest value."""
    top, step = max(counts, default=0) or 1, 120 / max(len(counts) - 1, 1)
    line = " ".join(
        f"{index * step:.1f},{22 - 20 * count / top:.1f}" for index, count in enumerate(counts)
    )
    context = {"line": line, "label": label, "latest": counts[-1] if counts else 0}
    return render_to_string("admin/personalize/sparkline.html", context)
