"""The numbers of the data-quality page."""

from datetime import timedelta

import pytest

from personalize.measure.quality import cleaning_steps, daily_outcomes, law_without_lake
from tests.factories import NOON, TallyFactory
from tests.lake.conftest import lake as lake  # a fixture

pytestmark = pytest.mark.django_db
DAYS = [NOON.date() - timedelta(days=1), NOON.date()]


def test_outcomes_are_told_by_day_in_the_order_of_the_law():
    TallyFactory(metric="bots", key="shop", count=2)
    TallyFactory(metric="accepted", key="shop", count=3)
    TallyFactory(metric="accepted", key="till", count=4)
    TallyFactory(metric="accepted", key="till", count=9, hour=NOON - timedelta(days=5))
    assert daily_outcomes(DAYS) == {"accepted": {DAYS[1]: 7}, "bots": {DAYS[1]: 2}}
    assert list(daily_outcomes(DAYS)) == ["accepted", "bots"]


def test_steps_of_cleaning_are_told_with_the_most_frequent_first():
    TallyFactory(metric="cleaned:imputed", key="shop", count=2)
    TallyFactory(metric="cleaned:converted", key="shop", count=5, hour=NOON - timedelta(days=1))
    steps = cleaning_steps(DAYS)
    assert [(step.name, step.source, step.counts) for step in steps] == [
        ("converted", "shop", [5, 0]),
        ("imputed", "shop", [0, 2]),
    ]


def test_the_page_does_not_read_the_lake(lake):
    TallyFactory(metric="accepted", key="shop", count=0)
    law = law_without_lake(first=DAYS[0], last=DAYS[1])
    assert all(line.lake is None for line in law.lines)
    assert not lake.exists()
