"""Numbers far from all others, by a rule that the outliers themselves cannot move.

The rule is the median and the median absolute deviation (Iglewicz and Hoaglin, 1993): unlike the
mean and the standard deviation they stay where they are while less than half of the values are off.
"""

from typing import Any

from personalize.clean.draft import Draft
from personalize.events.declared import is_of_type


def mark_outliers(draft: Draft) -> None:
    """Note numbers out of bounds, or move them to the bound; the note keeps the original."""
    for name, bounds in draft.policy.bounds:
        if draft.is_foreign and name in draft.policy.money:
            continue
        value: Any = draft.properties.get(name)
        if not is_of_type(value, "number") or bounds.lowest <= value <= bounds.highest:
            continue
        if not bounds.is_moved:
            draft.note(f"outlier:{name}")
            continue
        nearest = min(max(value, bounds.lowest), bounds.highest)
        draft.put(name, nearest, note=f"winsorised:{name}:{value}")
