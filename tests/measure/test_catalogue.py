"""What the metrics mean."""

import re
from pathlib import Path

import yaml

import personalize
from personalize.measure import catalogue
from personalize.measure.catalogue import counter_of, incidents
from personalize.measure.tally import TOLD

DOCS = Path(__file__).parent.parent.parent / "docs"
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


def exported() -> set[str]:
    """Every name that Prometheus sees, without what histograms add to theirs."""
    counters = {row.name + "_total" for row in (*catalogue.COUNTERS.values(), catalogue.INCIDENTS)}
    others = (catalogue.TIMES, catalogue.GAUGES, catalogue.LIVE)
    names = counters | {row.name for table in others for row in table.values()}
    return {catalogue.PREFIX + name for name in names}


def named_in(path: str) -> set[str]:
    names = re.findall(r"\bpersonalize_[a-z_]+\b", (DOCS / path).read_text())
    return {name.removesuffix("_bucket") for name in names}


def test_every_metric_of_an_alert_exists():
    rules = [
        rule
        for group in yaml.safe_load((DOCS / "howto/alerts.yml").read_text())["groups"]
        for rule in group["rules"]
    ]
    used = {name for rule in rules for name in re.findall(r"\bpersonalize_[a-z_]+", rule["expr"])}
    assert {name.removesuffix("_bucket") for name in used} - exported() == set()
    assert all(re.search(r"\bpersonalize_", rule["expr"]) for rule in rules)


def test_every_alert_has_its_advice():
    advice = (DOCS / "howto/monitoring.md").read_text()
    alerts = re.findall(r"alert: (\w+)", (DOCS / "howto/alerts.yml").read_text())
    assert [alert for alert in alerts if f"`{alert}`" not in advice] == []


def test_the_reference_names_every_metric_and_no_other():
    assert named_in("reference/metrics.md") == exported()


def test_no_two_metrics_have_one_name():
    tables = (catalogue.COUNTERS, catalogue.TIMES, catalogue.GAUGES, catalogue.LIVE)
    names = [row.name for table in tables for row in table.values()]
    assert len(set(names)) == len(names)
