"""Everything of a person's that the site has, the lake's events included: for whom they ask."""

from collections.abc import Iterator
from typing import Any

import msgspec

from personalize.lake.leases import reading
from personalize.lake.read import event_batches
from personalize.lake.row import event_of
from personalize.lake.write import write_waiting
from personalize.privacy.export import export
from personalize.privacy.subjects import with_browsers


def portable(subjects: list[str]) -> dict[str, Any]:
    """Return what `privacy.export` tells of the subjects and users' browsers, and their `events`.

    Takes as long as reading the lake does. Raises NoLake, and what the storage raises.
    """
    found = with_browsers(subjects)
    write_waiting()
    with reading():
        return {**export(found), "events": list(_events(found))}


def _events(subjects: list[str]) -> Iterator[dict[str, Any]]:
    for batch in event_batches(where=lambda events: events.subject.isin(subjects)):
        for body in batch["body"].to_pylist():
            yield msgspec.to_builtins(event_of(body))
