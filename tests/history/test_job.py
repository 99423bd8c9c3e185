"""One job over history runs at a time, and says how far it is."""

import pytest

from personalize.connections import worker_redis
from personalize.history import job
from personalize.history.job import Busy, Overtaken, progress, sole


def test_a_job_tells_how_far_it_is() -> None:
    with sole("rebuild") as told:
        told.enter("reading")
        told.add(3)
        told.add(4)
        found = progress()
        assert (found["job"], found["stage"], found["done"]) == ("rebuild", "reading", "7")
        told.enter("settling")
        assert progress()["done"] == "0"
    assert progress() == {}


def test_a_second_job_is_refused_until_the_first_is_over() -> None:
    with sole("rebuild") as told:
        told.enter("reading")
        with pytest.raises(Busy, match="rebuild is at work: reading, 0 done"), sole("backfill"):
            pass
    with sole("backfill"):
        assert progress()["job"] == "backfill"


def test_a_job_that_lost_its_place_stops() -> None:
    with sole("rebuild") as told:
        worker_redis().delete(job.LOCK_KEY)
        with pytest.raises(Overtaken):
            told.add(1)
