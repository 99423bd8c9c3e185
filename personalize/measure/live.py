"""What monitors are told of the site as a whole, asked at the moment when they look."""

from collections.abc import Iterator
from typing import NamedTuple

from personalize.measure.health import Readiness


class Reading(NamedTuple):
    """One value of a row of `catalogue.LIVE`, with its label's value."""

    name: str
    label: str
    value: float


def live(state: Readiness) -> Iterator[Reading]:
    """Yield what the state says in numbers; what did not answer is left out, but for `up`."""
    faults = {"redis": state.redis, "database": state.database, "stream": state.stream}
    for part, fault in faults.items():
        yield Reading("up", part, float(not fault))
    for partition, lag in enumerate(state.lags):
        yield Reading("lag_events", str(partition), lag.entries)
        yield Reading("lag_seconds", str(partition), lag.seconds)
    yield Reading("lake_waiting", "", state.lake_waiting)
    for part, seconds in {"worker": state.worker_seconds, "beat": state.beat_seconds}.items():
        if seconds is not None:
            yield Reading("sign_seconds", part, seconds)
