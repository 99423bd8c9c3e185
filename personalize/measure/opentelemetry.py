"""The metrics as OpenTelemetry instruments, for sites that export by it; needs `metrics`.

Call `instrument()` once in each process, where its meter provider is set up:

    from personalize.measure.opentelemetry import instrument

    instrument()
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation, get_meter

from personalize import metrics
from personalize.measure import catalogue
from personalize.measure.catalogue import Metric
from personalize.measure.health import readiness
from personalize.measure.live import live
from personalize.metrics import BUCKETS

Callback = Callable[[CallbackOptions], Iterable[Observation]]


def instrument(meter_provider: MeterProvider | None = None) -> None:
    """Register observable instruments: this process's own numbers, and the state of the site.

    Names are those of Prometheus with a dot for the first underscore. A backend adds the processes
    up; of what each of them says about the whole site (`lag` and the like) take the highest.
    OpenTelemetry has no observable histograms: each is three counters, `.bucket` (cumulative, by
    `le`), `.count` and `.sum`.
    """
    meter = get_meter("personalize", meter_provider=meter_provider)
    for row in catalogue.COUNTERS.values():
        meter.create_observable_counter(_name(row), [_counter(row)], "1", row.says)
    incidents = catalogue.INCIDENTS
    meter.create_observable_counter(_name(incidents), [_incidents], "1", incidents.says)
    for name, row in catalogue.TIMES.items():
        for part, callback in _times(name).items():
            unit = "s" if part == "sum" else "1"
            meter.create_observable_counter(f"{_name(row)}.{part}", [callback], unit, row.says)
    for name, row in catalogue.GAUGES.items():
        meter.create_observable_gauge(_name(row), [_gauge(name)], "1", row.says)
    for name, row in catalogue.LIVE.items():
        meter.create_observable_gauge(_name(row), [_live(name, row)], "1", row.says)


def _name(row: Metric) -> str:
    return f"personalize.{row.name}"


def _counter(row: Metric) -> Callback:
    def observe(_: CallbackOptions) -> Iterator[Observation]:
        for key, number in metrics.snapshot().items():
            found, value = catalogue.counter_of(key)
            if found is row:
                yield Observation(number, {row.label: value} if row.label else {})

    return observe


def _incidents(_: CallbackOptions) -> Iterator[Observation]:
    for key, number in catalogue.incidents(metrics.snapshot()).items():
        yield Observation(number, {catalogue.INCIDENTS.label: key})


def _times(name: str) -> dict[str, Callback]:
    def cells() -> list[int]:
        return metrics.readings().times.get(name) or [0] * (len(BUCKETS) + 2)

    def buckets(_: CallbackOptions) -> Iterator[Observation]:
        bounds = [*(f"{bound:g}" for bound in BUCKETS), "+Inf"]
        for bound, number in zip(bounds, accumulate(cells()[:-1]), strict=True):
            yield Observation(number, {"le": bound})

    def number(_: CallbackOptions) -> Iterator[Observation]:
        yield Observation(sum(cells()[:-1]))

    def seconds(_: CallbackOptions) -> Iterator[Observation]:
        yield Observation(cells()[-1] / 1_000_000)

    return {"bucket": buckets, "count": number, "sum": seconds}


def _gauge(name: str) -> Callback:
    return lambda _: [Observation(metrics.readings().gauges.get(name, 0.0))]


def _live(name: str, row: Metric) -> Callback:
    def observe(_: CallbackOptions) -> Iterator[Observation]:
        for reading in live(readiness()):
            if reading.name == name:
                attributes = {row.label: reading.label} if reading.label else {}
                yield Observation(reading.value, attributes)

    return observe
