"""Make candidates of what editors wrote: a rule, a priority, a schedule."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from personalize.decide.decision import Candidate
from personalize.rules.evaluate import compile_rule
from personalize.rules.syntax import Group, leaves, parse, segments


def candidate_of(
    variant: str,
    *,
    rule: Any,
    priority: int = 100,
    starts_at: int | None = None,
    ends_at: int | None = None,
    group: str = "",
) -> Candidate:
    """Return the candidate for a variant whose audience is `rule` (JSON); times are milliseconds.

    Raises:
        InvalidRule: the rule does not parse.
    """
    parsed = parse(rule)
    return Candidate(
        id=variant,
        audience=compile_rule(parsed),
        priority=priority,
        starts_at=starts_at,
        ends_at=ends_at,
        asks_profile=asks_profile(parsed),
        segments=frozenset(segments(parsed)),
        rule=parsed,
        group=group,
    )


def asks_profile(rule: Group) -> bool:
    """Return whether the rule itself asks for more than the request and named segments."""
    return any(
        not leaf.field.startswith("context.") and not (leaf.field == "segments" and leaf.value)
        for leaf in leaves(rule)
    )


def audience_rule(*, rule: Any = None, in_segments: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON of one rule for "in any of these segments, and this rule holds"."""
    rules = [rule] if rule else []
    if slugs := list(in_segments):
        rules.insert(0, {"field": "segments", "operator": "in", "value": slugs})
    return {"combinator": "and", "rules": rules} if rules else {}


def milliseconds(moment: datetime | None) -> int | None:
    """Return an aware time as milliseconds since the epoch."""
    return None if moment is None else int(moment.timestamp() * 1000)


def by_priority(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates in the order they are tried; equal priorities keep their order."""
    return tuple(sorted(candidates, key=lambda candidate: candidate.priority))
