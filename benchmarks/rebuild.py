"""Events a second from which all profiles are made anew, against a bare scan of the same rows.

With the 50 traits of the benchmark `process`. Redis has lost all profiles each time, so that every
one is written. The bare side reads the same rows in the same order and decodes them.
"""

import time

from benchmarks.lake_site import EVENTS, scan, site_with_history
from benchmarks.process import set_up_segments
from benchmarks.result import Result, alternate
from personalize.connections import worker_redis
from personalize.history.rebuild import rebuild
from personalize.keys import profile_key


def run() -> list[Result]:
    """Measure both sides in turn."""
    set_up_segments()
    with site_with_history():
        ours, bare = alternate(_figure, scan)
    return [Result(name="rebuild", value=ours, unit="events/s", baseline=bare, ratio=ours / bare)]


def _figure() -> float:
    pattern = profile_key("").replace("{s0}", "{s*}") + "*"
    for key in worker_redis().scan_iter(pattern, count=1_000):
        worker_redis().unlink(key)
    started_at = time.perf_counter()
    done = rebuild()
    spent = time.perf_counter() - started_at
    if done.counts["lost"] == 0:
        raise RuntimeError("Nothing was made anew.")
    return EVENTS / spent
