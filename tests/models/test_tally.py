"""Adding to counts."""

import pytest

from personalize.models import Tally
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def test_counts_are_added_to_rows_that_are_there_and_make_those_that_are_not():
    Tally.objects.add({(NOON, "stored", "shop"): 2})
    Tally.objects.add({(NOON, "stored", "shop"): 3, (NOON, "stored", "till"): 1})

    counts = dict(Tally.objects.filter(metric="stored").values_list("key", "count"))
    assert counts == {"shop": 5, "till": 1}


def test_adding_nothing_makes_no_row():
    Tally.objects.add({})

    assert not Tally.objects.exists()
