"""What properties are like, learned from the lake's rows."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from deltalake import write_deltalake

from personalize.events.event import Event, encode
from personalize.lake.batch import batch_of
from personalize.lake.row import Row
from personalize.lake.table import lake_table
from personalize.measure.statistics import ENOUGH, learn_statistics
from personalize.models import EventDefinition, PropertyStatistics

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 21, 12, tzinfo=UTC)
NAME = "Boat Rented"


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": str(tmp_path / "lake")}
    properties = {"price": {"type": "number"}, "harbour": {"type": "text"}}
    EventDefinition.objects.all().delete()
    EventDefinition.objects.create(name=NAME, properties=properties)


def rented(number: int, *, notes: tuple[str, ...] = (), bot: str = "", **properties) -> Row:
    at = int(NOW.timestamp() * 1_000) - 3_600_000 + number
    event = Event(
        type="track",
        event=NAME,
        message_id=str(number),
        timestamp=at,
        received_at=at,
        anonymous_id="visitor",
        properties=properties,
        notes=list(notes),
        bot=bot,
    )
    return Row(0, 1, number, encode(event))


def learned(rows: list[Row]) -> dict[str, PropertyStatistics]:
    write_deltalake(lake_table(), batch_of(rows), mode="append")
    learn_statistics(now=NOW)
    return {row.property: row for row in PropertyStatistics.objects.filter(event=NAME)}


def test_median_deviation_mode_and_gaps_are_learned():
    rows = [rented(number, price=number, harbour="Kiel") for number in range(39)]
    rows += [rented(40, harbour="Bern"), rented(41)]
    found = learned(rows)
    price, harbour = found["price"], found["harbour"]
    assert (price.count, price.nulls, price.median, price.mad) == (39, 2, 19, 10)
    assert (harbour.count, harbour.nulls, harbour.mode, harbour.median) == (40, 1, "Kiel", None)


def test_imputed_values_and_bots_teach_nothing():
    rows = [rented(number, price=10) for number in range(ENOUGH)]
    rows += [rented(100 + n, price=99, notes=("imputed:price:median",)) for n in range(ENOUGH * 2)]
    rows += [rented(300 + n, price=99, bot="webdriver") for n in range(ENOUGH * 2)]
    assert learned(rows)["price"].mode == 10
    assert learned([])["price"].median == 10


def test_of_a_few_values_nothing_is_concluded():
    price = learned([rented(number, price=number) for number in range(ENOUGH - 1)])["price"]
    assert (price.count, price.median, price.mode) == (ENOUGH - 1, None, None)


def test_what_is_no_number_has_no_part_in_the_median():
    rows = [rented(number, price=5) for number in range(ENOUGH)]
    rows += [rented(100 + number, price="free") for number in range(10)]
    assert learned(rows)["price"].median == 5


def test_properties_that_nobody_declared_are_left_out():
    assert set(learned([rented(number, price=1, colour="red") for number in range(40)])) == {
        "price"
    }


def test_learning_again_replaces_what_was_learned():
    learned([rented(number, price=1) for number in range(40)])
    learn_statistics(now=NOW)
    assert PropertyStatistics.objects.count() == 1
