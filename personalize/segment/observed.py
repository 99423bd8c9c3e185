"""What was seen lately in the fields that rules name: of which type, and which values often.

Asked are the visitors who came last: their traits and context, and the events of their timelines.
A value that only one of them has tells of that person and is left out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from redis.exceptions import RedisError

from personalize.models.cleaning import PropertyStatistics
from personalize.models.visitor import Visitor
from personalize.profile.store import read_timelines
from personalize.profile.timeline import MOST_TEXT, Moment

VISITORS = 500
TIMELINES = 200
FEWEST = 2  # visitors who have a value
MOST_VALUES = 20

_TYPES = {str: "text", bool: "boolean", int: "number", float: "number", list: "list"}


class Seen(NamedTuple):
    """A field's type (`any` when there are several), and its values, the most frequent first."""

    type: str
    values: list[Any]


@dataclass(slots=True)
class Observed:
    """Fields by name (`trait.plan`), properties by the event's and their own name."""

    fields: Mapping[str, Seen] = field(default_factory=dict)
    properties: Mapping[tuple[str, str], Seen] = field(default_factory=dict)


def observed() -> Observed:
    """Return what was seen: two queries and one round trip to Redis."""
    recent = Visitor.objects.filter(is_bot=False).order_by("-last_seen_at")[:VISITORS]
    rows = list(recent.values_list("subject", "traits", "context"))
    fields, properties = _Tally(), _Tally()
    for _, traits, context in rows:
        fields.add(_named_facts(traits, context))
    try:
        timelines = read_timelines([subject for subject, _, _ in rows[:TIMELINES]])
    except RedisError:  # then there is less to choose from
        timelines = []
    for moments in timelines:
        properties.add(_named_properties(moments))
    for event, name, mode in PropertyStatistics.objects.exclude(mode=None).values_list(
        "event", "property", "mode"
    ):
        properties.add_frequent((event, name), mode)
    return Observed(fields.seen(), properties.seen())


class _Tally:
    """Counts, of each name, the visitors who have a value, and those who have one of a type."""

    def __init__(self) -> None:
        self.values: dict[Any, Counter[tuple[str, Any]]] = {}
        self.types: dict[Any, set[str]] = {}

    def add(self, facts: Iterator[tuple[Any, Any]]) -> None:
        """Count one visitor's facts, equal ones once."""
        told: set[tuple[Any, str, Any]] = set()
        for name, value in facts:
            kind = _TYPES.get(type(value))
            if kind is None:
                continue
            self.types.setdefault(name, set()).add(kind)
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str | int | float) and not isinstance(each, bool):
                    told.add((name, _TYPES[type(each)], each))
        for name, kind, each in told:
            self.values.setdefault(name, Counter())[kind, each] += 1

    def add_frequent(self, name: Any, value: Any) -> None:
        """Take a value that is known to be frequent."""
        kind = _TYPES.get(type(value))
        if kind in ("text", "number"):
            self.types.setdefault(name, set()).add(kind)
            self.values.setdefault(name, Counter())[kind, value] += FEWEST

    def seen(self) -> dict[Any, Seen]:
        """Return what was seen of each name."""
        return {
            name: Seen(next(iter(kinds)) if len(kinds) == 1 else "any", self.frequent(name))
            for name, kinds in self.types.items()
        }

    def frequent(self, name: Any) -> list[Any]:
        shared = [item for item in self.values.get(name, {}).items() if item[1] >= FEWEST]
        ranked = sorted(shared, key=lambda item: (-item[1], str(item[0][1])))
        return [value for (_, value), _ in ranked[:MOST_VALUES]]


def _named_facts(traits: Any, context: Any) -> Iterator[tuple[str, Any]]:
    for family, facts in (("trait", traits), ("context", context)):
        for key, value in facts.items() if isinstance(facts, dict) else ():
            yield f"{family}.{key}", value


def _named_properties(moments: list[Moment]) -> Iterator[tuple[tuple[str, str], Any]]:
    for moment in moments:
        for key, value in moment.properties.items():
            if not isinstance(value, str) or len(value) < MOST_TEXT:  # else it was cut
                yield (moment.event, key), value
