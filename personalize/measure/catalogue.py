"""What the metrics mean: one row each, from which every exporter and the documentation is made."""

from collections.abc import Mapping
from typing import NamedTuple

PREFIX = "personalize_"


class Metric(NamedTuple):
    """A metric as monitors see it: its name below the prefix, what it says, what splits it."""

    name: str
    says: str
    label: str = ""


# What `metrics.count` counts. A counter without a row is an incident: something that went wrong
# quietly, told by its name in the code.
COUNTERS = {
    "collect.accepted": Metric("events_accepted", "Events that the stream has taken"),
    "collect.rejected": Metric("events_rejected", "Events that were malformed when they arrived"),
    "pipeline.processed": Metric("events_processed", "Entries of the stream that are done"),
    "pipeline.duplicates": Metric("events_duplicate", "Events that had been counted before"),
    "pipeline.bots": Metric("events_bot", "Events of bots"),
    "pipeline.quarantined": Metric(
        "events_quarantined", "Events that could not be processed", label="reason"
    ),
    "pipeline.blocked": Metric("events_blocked", "Events under names that an editor has blocked"),
    "decide.slots": Metric("decisions", "Decisions on slots of pages", label="reason"),
}
INCIDENTS = Metric("incidents", "What went wrong quietly", label="kind")

# What `metrics.observe` times, in seconds.
TIMES = {
    "collect.request": Metric("collect_seconds", "A request with events"),
    "stream.append": Metric("append_seconds", "The stream's taking of a request's events"),
    "pipeline.batch": Metric("batch_seconds", "A batch of entries, from reading to acknowledging"),
    "pipeline.visible": Metric(
        "visible_seconds",
        "From accepting an event to its being in a profile; all of a batch count as its oldest",
    ),
    "render.fill": Metric("fill_seconds", "The personalising of a page"),
    "store.read": Metric("store_seconds", "A page's round trip to the profile store"),
}

# What `metrics.watch` reads: the sum over the processes.
GAUGES = {
    "store.open": Metric("store_circuits_open", "Processes that leave the profile store alone"),
}

# What is asked of the site when somebody looks.
LIVE = {
    "up": Metric("up", "Whether a part answers", label="part"),
    "lag_events": Metric("lag_events", "Events that wait to be processed", label="partition"),
    "lag_seconds": Metric("lag_seconds", "Age of the oldest that waits", label="partition"),
    "sign_seconds": Metric("sign_seconds", "Age of a part's last sign of life", label="part"),
}


def counter_of(key: str) -> tuple[Metric, str]:
    """Return the metric that a counter's key belongs to, and its label's value."""
    name, _, value = key.partition("|")
    return (COUNTERS[name], value) if name in COUNTERS else (INCIDENTS, key)


def incidents(counts: Mapping[str, int]) -> dict[str, int]:
    """Return those of the counters that say what went wrong."""
    return {key: number for key, number in counts.items() if counter_of(key)[0] is INCIDENTS}
