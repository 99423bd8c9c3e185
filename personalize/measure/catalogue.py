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
    # What became of clients' events, told when the counts of the audit reach the database.
    "tally.accepted": Metric("events_accepted", "Events that the stream has taken", "source"),
    "tally.stored": Metric("events_stored", "Events of people that took effect", "source"),
    "tally.duplicates": Metric("events_duplicates", "Events that had taken effect", "source"),
    "tally.bots": Metric("events_bots", "Events of bots", "source"),
    "tally.quarantined": Metric("events_quarantined", "Events put into quarantine", "source"),
    "tally.blocked": Metric("events_blocked", "Events under names that are blocked", "source"),
    "tally.erased": Metric("events_erased", "Events of people who were erased", "source"),
    "tally.forwarded": Metric("events_forwarded", "Late events of who became a user", "source"),
    "collect.rejected": Metric("events_rejected", "Events that were malformed when they arrived"),
    "pipeline.processed": Metric("entries_processed", "Entries of the stream that are done"),
    "pipeline.moved": Metric("profiles_repeated", "Profiles done again: others had written them"),
    "plan.compiled": Metric("plans_compiled", "Configurations that web servers compiled anew"),
    "decide.slots": Metric("decisions", "Decisions on slots of pages", "reason"),
    "lake.rows": Metric("lake_rows", "Rows written to the lake"),
    "lake.commits": Metric("lake_commits", "Commits to the lake"),
}
INCIDENTS = Metric("incidents", "What went wrong quietly", "kind")

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
    "up": Metric("up", "Whether a part answers", "part"),
    "lag_events": Metric("lag_events", "Events that wait to be processed", "partition"),
    "lag_seconds": Metric("lag_seconds", "Age of the oldest that waits", "partition"),
    "lake_waiting": Metric("lake_waiting", "Entries that wait for the lake"),
    "sign_seconds": Metric("sign_seconds", "Age of a part's last sign of life", "part"),
}


def counter_of(key: str) -> tuple[Metric, str]:
    """Return the metric that a counter's key belongs to, and its label's value."""
    name, _, value = key.partition("|")
    return (COUNTERS[name], value) if name in COUNTERS else (INCIDENTS, key)


def incidents(counts: Mapping[str, int]) -> dict[str, int]:
    """Return those of the counters that say what went wrong."""
    return {key: number for key, number in counts.items() if counter_of(key)[0] is INCIDENTS}
