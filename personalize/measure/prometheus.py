"""The metrics in Prometheus' text format; needs the extra `metrics`."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from personalize.measure import catalogue
from personalize.measure.catalogue import PREFIX
from personalize.measure.gather import gathered
from personalize.measure.health import readiness
from personalize.measure.live import Reading, live
from personalize.metrics import BUCKETS, Readings


def exposition() -> bytes:
    """Return the numbers of all processes, and the state of the site now; never raises."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Gathered(gathered(), list(live(readiness()))))
    return generate_latest(registry)


class _Gathered(Collector):
    def __init__(self, readings: Readings, state: Iterable[Reading]) -> None:
        self.readings = readings
        self.state = state

    def collect(self) -> Iterator[Metric]:
        yield from _counters(self.readings.counts)
        yield from _histograms(self.readings.times)
        yield from _gauges(self.readings.gauges)
        yield from _live(self.state)


def _counters(counts: dict[str, int]) -> Iterator[Metric]:
    rows = [*catalogue.COUNTERS.values(), catalogue.INCIDENTS]
    families = {
        row: CounterMetricFamily(PREFIX + row.name, row.says, None, _labels(row)) for row in rows
    }
    for row in catalogue.COUNTERS.values():
        if not row.label:  # a rate needs a zero to rise from
            families[row].add_metric([], 0)
    for key, number in sorted(counts.items()):
        row, value = catalogue.counter_of(key)
        families[row].add_metric([value] if row.label else [], number)
    yield from families.values()


def _histograms(times: dict[str, list[int]]) -> Iterator[Metric]:
    bounds = [*(str(bound) for bound in BUCKETS), "+Inf"]
    for name, row in catalogue.TIMES.items():
        *cells, microseconds = times.get(name) or [0] * (len(bounds) + 1)
        buckets = list(zip(bounds, accumulate(cells), strict=True))
        family = HistogramMetricFamily(PREFIX + row.name, row.says)
        family.add_metric([], buckets, microseconds / 1_000_000)
        yield family


def _gauges(gauges: dict[str, float]) -> Iterator[Metric]:
    for name, row in catalogue.GAUGES.items():
        yield GaugeMetricFamily(PREFIX + row.name, row.says, gauges.get(name, 0.0))


def _live(state: Iterable[Reading]) -> Iterator[Metric]:
    families = {
        name: GaugeMetricFamily(PREFIX + row.name, row.says, None, _labels(row))
        for name, row in catalogue.LIVE.items()
    }
    for reading in state:
        labels = [reading.label] if reading.label else []
        families[reading.name].add_metric(labels, reading.value)
    yield from families.values()


def _labels(row: catalogue.Metric) -> list[str]:
    return [row.label] if row.label else []
