"""What was before a trait is counted, exactly, for everybody, while events keep coming."""

from random import Random

import pytest

from personalize.history.backfill import backfill, backfill_new, pending_keys
from personalize.lake.table import lake_table
from personalize.models import Trait
from tests.history.histories import (
    BEHAVIOURS,
    all_counted,
    count_from_now_on,
    history,
    take,
    uncount,
)
from tests.streamed import now

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lake")]


@pytest.mark.parametrize("seed", range(3))
def test_a_backfilled_trait_is_as_if_counted_from_the_start(seed: int) -> None:
    lake_table()
    count_from_now_on()
    events = history(Random(seed), visitors=12, events=300)
    take(events)
    at = now()
    expected = all_counted(12, at=at)
    assert any(value for each in expected.values() for value, _ in each.values())
    uncount(12)
    keys = count_from_now_on()
    settled = backfill(keys)
    assert all_counted(12, at=at) == expected
