"""One measured figure, and how two sides are measured fairly: in turn, in rounds, by medians."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A figure; `baseline` is the other side in the same unit, `ratio` the number to judge."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None

    def to_json(self) -> str:
        """Return the line that `make bench` prints."""
        rounded = {
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in asdict(self).items()
        }
        return json.dumps(rounded, ensure_ascii=False)


def alternate(
    ours: Callable[[], float], baseline: Callable[[], float], *, rounds: int = 5
) -> tuple[float, float]:
    """Measure both sides in turn and return the median of each.

    Each callable does one round and returns its figure (requests a second, seconds, bytes). One
    round of each goes before, uncounted. The side that begins changes, so that a machine growing
    busier favours neither.
    """
    ours(), baseline()
    ours_figures, baseline_figures = [], []
    for number in range(rounds):
        turns = [(ours, ours_figures), (baseline, baseline_figures)]
        for measure, figures in turns if number % 2 == 0 else reversed(turns):
            figures.append(measure())
    return median(ours_figures), median(baseline_figures)
