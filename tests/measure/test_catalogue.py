"""What the metrics mean."""

import re
from pathlib import Path

import personalize
from personalize.measure import catalogue
from personalize.measure.catalogue import counter_of, incidents
from personalize.measure.tally import TOLD

SOURCES = [path.read_text() for path in Path(personalize.__file__).parent.rglob("*.py")]


def called(function: str) -> set[str]:
    return {
        name
        for text in SOURCES
        for name in re.findall(rf'\b{function}\(\s*"([a-z_]+\.[a-z_]+)"', text)
    }


def test_a_counter_without_a_row_is_an_incident():
    assert counter_of("lake.rows") == (catalogue.COUNTERS["lake.rows"], "")
    assert counter_of("decide.slots|split") == (catalogue.COUNTERS["decide.slots"], "split")
    assert counter_of("store.page_failed") == (catalogue.INCIDENTS, "store.page_failed")
    assert incidents({"lake.rows": 4, "store.page_failed": 1}) == {"store.page_failed": 1}


def test_every_row_is_counted_timed_or_watched_somewhere_and_every_duration_has_its_row():
    counted = called("count") | {f"tally.{metric}" for metric in TOLD}
    assert catalogue.COUNTERS.keys() - counted == set()
    assert catalogue.TIMES.keys() == called("observe")
    assert catalogue.GAUGES.keys() == called("watch")


def test_no_two_metrics_have_one_name():
    tables = (catalogue.COUNTERS, catalogue.TIMES, catalogue.GAUGES, catalogue.LIVE)
    names = [row.name for table in tables for row in table.values()]
    assert len(set(names)) == len(names)
