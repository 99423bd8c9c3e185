"""What Prometheus reads."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from personalize import metrics
from personalize.measure import catalogue
from personalize.measure.catalogue import PREFIX
from personalize.measure.prometheus import exposition
from personalize.stream.protocol import current_stream
from personalize.testing import event_of
from tests.servers import free_port

pytestmark = pytest.mark.django_db


def samples():
    families = text_string_to_metric_families(exposition().decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_counters_histograms_gauges_and_the_lag_are_told():
    before = samples()
    metrics.count("tally.bots", 3, label="browser")
    metrics.count("decide.slots", label="split")
    metrics.count("tests.went_wrong")
    metrics.observe("render.fill", 0.0004)
    current_stream().append([event_of("a:visitor")])

    after = samples()

    risen = {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key)}
    assert risen[("personalize_events_bots_total", "browser")] == 3
    assert risen[("personalize_decisions_total", "split")] == 1
    assert risen[("personalize_incidents_total", "tests.went_wrong")] == 1
    assert risen[("personalize_fill_seconds_bucket", "0.0005")] == 1
    assert risen[("personalize_fill_seconds_count",)] == 1
    assert risen[("personalize_fill_seconds_sum",)] == pytest.approx(0.0004)
    assert sum(n for (name, *_), n in risen.items() if name == "personalize_lag_events") == 1
    assert after[("personalize_up", "redis")] == 1


def test_every_metric_of_the_catalogue_is_there_from_the_start():
    text = exposition().decode()
    tables = (catalogue.COUNTERS, catalogue.TIMES, catalogue.GAUGES, catalogue.LIVE)
    rows = [catalogue.INCIDENTS, *(row for table in tables for row in table.values())]
    assert [row.name for row in rows if f"# TYPE {PREFIX}{row.name}" not in text] == []


def test_without_redis_it_says_so_and_tells_what_this_process_knows(settings):
    metrics.count("tests.went_wrong")
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": nobody}

    found = samples()

    assert found[("personalize_up", "redis")] == 0
    assert found[("personalize_incidents_total", "tests.went_wrong")] >= 1
