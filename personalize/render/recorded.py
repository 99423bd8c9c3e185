"""What a page was decided by: a record for each slot that it shows."""

from collections.abc import Iterable, Mapping

from personalize.decide.decision import Decision, PlannedSlot
from personalize.decide.record import Record, records_of
from personalize.render.outline import outline_of
from personalize.render.slots import UNNAMED
from personalize.render.visit import Visit


def recorded(content: bytes, visit: Visit, *, decided: Mapping[str, Decision]) -> list[Record]:
    """Return the records of a stored page as it was filled for the visit."""
    return recorded_slots(outline_of(content, visit.plan).slots, visit, decided=decided)


def recorded_slots(
    slots: Iterable[PlannedSlot], visit: Visit, *, decided: Mapping[str, Decision]
) -> list[Record]:
    """Return the records of slots that were decided together; what is no slot is left out."""
    return records_of(
        [slot for slot in slots if not slot.key.startswith(UNNAMED)],
        decisions=decided,
        plan=visit.plan,
        facts=visit.plan.facts(visit.profile, visit.context, visit.now),
        viewer=visit.viewer,
        now=visit.now,
    )
