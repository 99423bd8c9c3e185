"""What changed in events, from the lake against the registry and the days before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from personalize.lake.outbox import put
from personalize.lake.write import write_waiting
from personalize.measure.drift import Drift, drift, samples
from tests.factories import EventDefinitionFactory
from tests.lake.conftest import event
from tests.lake.conftest import lake as lake  # a fixture

pytestmark = pytest.mark.django_db
TODAY = datetime.fromtimestamp(1_790_000_000, UTC).date()
DAY_MS = 86_400_000


def write(days_ago: int, number: int, properties: dict[str, Any], name: str = "Bought") -> None:
    """Put so many events of a day into the lake."""
    at = 1_790_000_000_000 - days_ago * DAY_MS
    put(
        "a:visitor",
        [
            event(
                n,
                event=name,
                timestamp=at,
                message_id=f"{days_ago}-{name}-{n}",
                properties=properties,
            )
            for n in range(number)
        ],
    )


def found(**declared: Any) -> list[tuple[str, str, str, str]]:
    EventDefinitionFactory(name="Bought", status="adopted", properties=declared)
    write_waiting()
    return [(each.kind, each.property, each.seen, each.expected) for each in drift(TODAY)]


def test_a_property_of_another_type_than_declared_is_told(lake):
    write(0, 3, {"price": 5})
    write(0, 2, {"price": "five"})
    assert found(price={"type": "number"}) == [
        ("changed_type", "price", "number (3), text (2)", "number")
    ]


def test_a_property_that_nobody_declared_is_new_once(lake):
    write(0, 2, {"colour": "red", "size": 7})
    write(3, 2, {"size": 6})
    assert found() == [("new_property", "colour", "text (2)", "")]


def test_a_property_that_nobody_declared_may_not_change_its_type_either(lake):
    write(0, 2, {"size": "large"})
    write(3, 5, {"size": 6})
    assert found() == [("changed_type", "size", "text (2)", "number")]


def test_a_property_that_stays_away_is_told(lake):
    write(0, 30, {"price": 1})
    write(0, 30, {}, name="Bought")
    for day in range(1, 6):
        write(day, 40, {"price": 1})
    expected = [("missing_values", "price", "50%", "0%")]
    assert found(price={"type": "number"}, **{"items.price": {"type": "number"}}) == expected


def test_an_event_that_is_not_in_the_registry_is_told(lake):
    write(0, 2, {}, name="Waved")
    write(0, 1, {})
    write_waiting()
    EventDefinitionFactory(name="Bought", status="adopted")
    assert drift(TODAY) == [Drift("unknown_event", "Waved", "", "", "", 2)]


def test_lists_and_objects_are_as_declared(lake):
    write(0, 2, {"items": [1, 2], "address": {"city": "Bern"}})
    assert found(items={"type": "list"}, address={"type": "object"}) == []


def test_bots_change_nothing(lake):
    put("a:bot", [event(1, event="Bought", bot="crawler", properties={"price": "x"})])
    assert found(price={"type": "number"}) == []


def test_samples_are_the_same_ones_each_time(lake):
    write(0, 20, {"price": 1})
    write_waiting()
    some = samples(TODAY, number=5)
    assert len(some) == 5
    assert some == samples(TODAY, number=5)
    assert samples(TODAY - timedelta(days=1), number=5) == []
