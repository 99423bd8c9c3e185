"""A site under load in one process, and in another backfills, most of which are killed on the way.

`python -m tests.history.busy_site load SEED` says that it is ready, lets random events take effect
and reach the lake until its input ends, and settles what is left. `… backfill KILLS` saves new
traits, backfills them in children, kills so many of those, and lets the last one finish; it says
how many died at work.
"""

import os
import signal
import sys
import threading
import time
from random import Random

import django

VISITORS = 30


def load(seed: int) -> None:
    """Send and process random events in small batches."""
    from personalize.lake.write import write_waiting
    from tests.history.histories import history, take

    random, first = Random(seed), 1_000_000
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), is_over.set()), daemon=True).start()
    print("ready", flush=True)
    while not is_over.is_set():
        take(history(random, visitors=VISITORS, events=60, first=first), at_once=10)
        first += 60
        if random.random() < 0.1:
            write_waiting()
    take([])


def backfill(kills: int) -> None:
    """Save new traits, and count them from before."""
    import ibis.backends.duckdb  # noqa: F401  # the children would each spend their time on it
    from django.db import connections

    from tests.history.histories import behaviours, count_from_now_on

    keys = count_from_now_on(*behaviours(2))
    connections.close_all()
    print("ready", flush=True)
    random, died = Random(kills), 0
    for _ in range(kills):
        child = _child(keys)
        time.sleep(random.uniform(0, 1.5))
        os.kill(child, signal.SIGKILL)
        died += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert os.waitpid(_child(keys), 0)[1] == 0
    print(died, flush=True)


def _child(keys: list[str]) -> int:
    """Start a child that backfills, and return its process id."""
    child = os.fork()
    if child:
        return child
    from personalize.history import job
    from personalize.history.backfill import backfill

    job.LOCK_SECONDS, job.RENEW_SECONDS = 2.0, 0.5  # of one that was killed
    while True:
        try:
            backfill(keys)
        except job.Busy:
            time.sleep(0.1)
        else:
            os._exit(0)


if __name__ == "__main__":
    django.setup()
    {"load": load, "backfill": backfill}[sys.argv[1]](int(sys.argv[2]))
