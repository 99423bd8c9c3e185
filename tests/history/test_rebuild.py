"""Profiles made anew of the lake are those that serve; lost ones come back."""

from random import Random

import pytest

from personalize.connections import worker_redis
from personalize.history.rebuild import rebuild
from personalize.keys import profile_key
from personalize.lake.table import lake_table
from personalize.profile import store
from tests.history.histories import behaviours, count_from_now_on, history, subjects, take

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lake")]

VISITORS = 12


@pytest.mark.parametrize("seed", range(3))
def test_a_rebuilt_profile_is_the_one_that_serves(seed: int) -> None:
    lake_table()
    count_from_now_on(*behaviours(1))
    take(history(Random(seed), visitors=VISITORS, events=300))
    found = []
    done = rebuild(report=lambda *told: found.append(told))
    assert found == []
    known = store.read_profiles(subjects(VISITORS))
    assert done.counts == {"same": len(known)}


def test_a_profile_that_redis_lost_comes_back() -> None:
    lake_table()
    count_from_now_on(*behaviours(1))
    take(history(Random(5), visitors=VISITORS, events=300))
    before = {each.subject: each for each in store.read_profiles(subjects(VISITORS))}
    worker_redis().delete(*map(profile_key, subjects(VISITORS)))
    done = rebuild()
    assert done.counts["lost"] == len(before)
    again = rebuild()
    assert set(again.counts) == {"same"}
    assert store.read_profiles(subjects(VISITORS))
