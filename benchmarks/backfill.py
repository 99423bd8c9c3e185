"""Events a second from which new traits are counted for all visitors, against a bare scan.

Three traits, one of them in sessions, so that every event matters; and every visitor's profile is
written. The bare side reads the same rows in the same order and decodes them.
"""

import time

from benchmarks.lake_site import EVENTS, scan, site_with_history
from benchmarks.result import Result, alternate
from personalize.history.backfill import backfill
from personalize.rules.syntax import Behaviour, Group, Leaf
from personalize.segment.intern import intern_behaviours

WHAT = (("Page Viewed", "count", "session"), ("Product Viewed", "count", "7d"))
SPENT = ("Order Completed", "sum", None, "price")


def run() -> list[Result]:
    """Measure both sides in turn; each round has traits of its own."""
    rounds = iter(range(1, 1_000))

    def figure() -> float:
        others = Group(rules=(Leaf("price", "!=", -next(rounds), None),))
        asked = [Behaviour(*what, None, others) for what in WHAT] + [Behaviour(*SPENT, others)]
        rule = Group(rules=tuple(Leaf("behaviour", "notNull", None, each) for each in asked))
        keys = intern_behaviours(rule)
        started_at = time.perf_counter()
        backfill(keys)
        return EVENTS / (time.perf_counter() - started_at)

    with site_with_history():
        ours, bare = alternate(figure, scan)
    return [Result(name="backfill", value=ours, unit="events/s", baseline=bare, ratio=ours / bare)]
