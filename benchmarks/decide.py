"""Deciding for a page: 20 slots of 5 variants, 50 segments of 4 conditions; what growth costs."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import Any

from benchmarks.result import Result, alternate
from personalize.decide.candidates import by_priority, candidate_of
from personalize.decide.decide import decide
from personalize.decide.decision import Plan, PlannedSlot, Viewer
from personalize.events.event import Event
from personalize.profile.fold import fold
from personalize.profile.profile import Profile, decode, encode
from personalize.profile.traits import trait_set
from personalize.rules.evaluate import compile_rule
from personalize.rules.syntax import behaviours, parse
from personalize.segment.compiled import CompiledSegment, SegmentSet
from personalize.segment.facts import VisitorFacts

NOW = 1_767_000_000_000
WINDOWS = ["1d", "3d", "7d", "14d", "30d"]
SLOTS = [f"slot-{n}" for n in range(20)]
CALLS = 200


def segment_rule(n: int) -> dict[str, Any]:
    """Return a rule of four conditions: two behaviours of ten, a trait, a fact about the request.

    A third of the segments is about another device; of the others nearly all conditions hold but
    the last, so that nearly everything is asked.
    """
    window, device = WINDOWS[n % 5], "mobile" if n % 3 == 2 else "desktop"
    viewed = {"event": "Product Viewed", "aggregate": "count", "window": window}
    bought = {"event": "Order Completed", "aggregate": "sum", "property": "total", "window": window}
    return {
        "combinator": "and",
        "rules": [
            {"field": "context.device", "operator": "=", "value": device},
            {"field": "trait.plan", "operator": "in", "value": ["gold", "silver", f"plan-{n}"]},
            {"field": "behaviour", "behaviour": viewed, "operator": ">=", "value": n % 10},
            {"field": "behaviour", "behaviour": bought, "operator": ">", "value": n * 10},
        ],
    }


def segment_set(size: int) -> SegmentSet:
    """Return `size` segments."""
    rules = {f"segment-{n}": parse(segment_rule(n)) for n in range(size)}
    return SegmentSet(
        {
            slug: CompiledSegment(slug, "rule", compile_rule(rule), rule)
            for slug, rule in rules.items()
        }
    )


def plan_of(*, segments: int = 50, variants: int = 5, more_slots: int = 0) -> Plan:
    """Return a plan whose variants ask for the first 50 segments; all but the last variant miss.

    What grows beyond is there without being used by the page: segments, and slots with variants.
    """
    slots = {}
    for number, key in enumerate([*SLOTS, *(f"unused-{n}" for n in range(more_slots))]):
        rules = [
            {"field": "segments", "operator": "in", "value": [f"segment-{(number * 5 + n) % 50}"]}
            for n in range(variants)
        ]
        candidates = [candidate_of(f"{key}-{n}", rule=rule) for n, rule in enumerate(rules)]
        slots[key] = PlannedSlot(key, by_priority(candidates))
    return Plan(facts=_facts(segment_set(segments)), slots=slots)


def _facts(segments: SegmentSet) -> Callable[..., VisitorFacts]:
    return lambda profile, context, now: VisitorFacts(
        profile, context=context, segments=segments, now=now
    )


def visitor_of(events: int) -> Profile:
    """Return the profile of somebody with so many events over a month, as a page reads it."""
    asked = {behaviour for n in range(5) for behaviour in behaviours(parse(segment_rule(n)))}
    seen = [
        Event(
            type="track",
            event="Order Completed" if n % 10 == 0 else "Product Viewed",
            message_id=str(n),
            timestamp=NOW - n * 30 * 86_400_000 // events,
            received_at=NOW,
            anonymous_id="visitor",
            properties={"total": 1.0, "product_id": str(n)},
        )
        for n in reversed(range(events))
    ]
    new = Profile("a:visitor", anonymous_id="visitor", traits={"plan": "gold"})
    return decode(encode(fold(new, seen, traits=trait_set(asked), now=NOW)))


def seconds_a_call(plan: Plan, profile: Profile, slots: Sequence[str] = SLOTS) -> float:
    """Return the median of the seconds that one page's decisions take."""
    call = partial(
        decide,
        profile,
        {"device": "desktop"},
        slots,
        plan=plan,
        now=NOW,
        viewer=Viewer("visitor"),
    )
    times = []
    for _ in range(CALLS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times)


def run() -> list[Result]:
    """Measure the page of the contract, and that only what it uses costs when the rest grows."""
    plan, visitor = plan_of(), visitor_of(100)
    grown = {
        "decide.segments×10": (plan_of(segments=500), visitor),
        "decide.slots_and_variants×10": (plan_of(more_slots=180), visitor),
        "decide.events×10": (plan, visitor_of(1_000)),
        "decide.variants_per_slot×10": (plan_of(variants=50), visitor),
    }
    base = median(seconds_a_call(plan, visitor) for _ in range(5))
    results = [Result(name="decide", value=base * 1e6, unit="µs a page")]
    for name, (larger, whom) in grown.items():
        big, small = alternate(
            partial(seconds_a_call, larger, whom), partial(seconds_a_call, plan, visitor)
        )
        results.append(
            Result(
                name=name,
                value=big * 1e6,
                unit="µs a page",
                baseline=small * 1e6,
                ratio=big / small,
            )
        )
    return results
