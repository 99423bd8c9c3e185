"""A program that writes the lake in child processes, most of which are killed on the way.

`python -m tests.lake.killed_writer KILLS SEED` prints how many children died at work.
"""

import os
import random
import signal
import sys
import time
from typing import Any

import django


def write_in_child(*, dies_after_commit: bool) -> int:
    """Start a child that writes all that waits, and return its process id."""
    child = os.fork()
    if child:
        return child
    from personalize.lake import outbox, write
    from personalize.lake.table import lake_table

    if dies_after_commit:
        trims = iter([outbox.trim])  # the first trim is of what was committed before

        def trim(committed: Any) -> None:
            next(trims, lambda _: os.kill(os.getpid(), signal.SIGKILL))(committed)

        outbox.trim = trim
    write.COMMIT_ROWS = 40
    write.append_waiting(lake_table(), after_commit=lambda: None)
    os._exit(0)


def main(kills: int, seed: int) -> None:
    """Let children write until none is killed any more."""
    moments = random.Random(seed)
    died = 0
    for number in range(kills):
        child = write_in_child(dies_after_commit=number % 3 == 0)
        time.sleep(moments.uniform(0, 0.25))
        os.kill(child, signal.SIGKILL)
        died += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    os.waitpid(write_in_child(dies_after_commit=False), 0)
    print(died)


if __name__ == "__main__":
    django.setup()
    import deltalake  # noqa: F401  # the children would each spend their time on it

    import personalize.lake.write  # noqa: F401

    main(*map(int, sys.argv[1:]))
