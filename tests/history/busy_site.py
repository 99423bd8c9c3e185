"""A site under load in one process, and in another a backfill: `python -m tests.history.busy_site`.

`load SEED` says that it is ready, lets random events take effect and reach the lake until its input
ends, and settles what is left. `backfill TWIN` saves new traits and says so, backfills them, and
says of how many subjects.
"""

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


def backfill(twin: int) -> None:
    """Save new traits, and count them from before."""
    from personalize.history import job
    from personalize.history.backfill import backfill
    from tests.history.histories import behaviours, count_from_now_on

    job.LOCK_SECONDS, job.RENEW_SECONDS = 2.0, 0.5  # of one that was killed
    keys = count_from_now_on(*behaviours(twin))
    print("ready", flush=True)
    while True:
        try:
            settled = backfill(keys)
        except job.Busy:
            time.sleep(0.1)
        else:
            print(settled.subjects, flush=True)
            return


if __name__ == "__main__":
    django.setup()
    {"load": load, "backfill": backfill}[sys.argv[1]](int(sys.argv[2]))
