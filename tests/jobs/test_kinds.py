"""What each kind of job does, with the lake of a real history."""

from itertools import pairwise
from random import Random

import pytest

from personalize.jobs.kinds import WORK
from personalize.jobs.run import run
from personalize.lake.write import write_waiting
from personalize.models import Job
from tests.factories import JobFactory
from tests.history.histories import behaviours, count_from_now_on, history, take

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lake")]

ARGUMENTS = {
    "backfill": {"traits": "all"},
    "rebuild": {"is_trial": True},
    "rescore": {"is_trial": False},
    "export": {"format": "csv"},
}


@pytest.fixture
def visited() -> int:
    """Return how many events the site has."""
    count_from_now_on(*behaviours(0)[:3])
    events = history(Random(7), visitors=6, events=120)
    take(events)
    write_waiting()
    return len(events)


@pytest.mark.parametrize("kind", Job.Kind.values)
def test_each_kind_is_done_and_says_how_far_it_is_U15(visited, exports, kind) -> None:
    seen: list[float] = []
    job = JobFactory(kind=kind, arguments=ARGUMENTS[kind])

    numbers = WORK[kind].run(job, lambda share, stage: seen.append(share))

    assert sum(numbers.values()) > 0
    assert all(earlier <= later for earlier, later in pairwise(seen))
    assert seen[0] == 0.0
    assert max(seen) > 0.5  # what turns out to be nothing to do is not counted down


def test_an_export_leaves_a_file_for_each_table(visited, exports) -> None:
    job = JobFactory(kind="export", arguments={"format": "parquet", "from": "2020-01-01"})
    run(job.uuid)
    job.refresh_from_db()
    assert job.error == ""
    assert job.result["events"] > 0
    names = {file.name for file in (exports / str(job.uuid)).iterdir()}
    assert names == {f"{table}.parquet" for table in job.result}
