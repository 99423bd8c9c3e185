"""The metrics by OpenTelemetry."""

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from personalize import metrics
from personalize.measure.opentelemetry import instrument
from personalize.stream.protocol import current_stream
from personalize.testing import event_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    instrument(provider)
    yield reader
    provider.shutdown()


def points(reader):
    (resource,) = reader.get_metrics_data().resource_metrics
    return {
        (metric.name, *point.attributes.values()): point.value
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }


def test_counters_durations_incidents_and_the_lag_are_observed(reader):
    before = points(reader)
    metrics.count("pipeline.processed", 4)
    metrics.count("tests.went_wrong")
    metrics.observe("pipeline.batch", 0.3)
    current_stream().append([event_of("a:visitor")])

    after = points(reader)

    risen = {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key)}
    assert risen[("personalize.entries_processed",)] == 4
    assert risen[("personalize.incidents", "tests.went_wrong")] == 1
    assert risen[("personalize.batch_seconds.bucket", "0.5")] == 1
    assert ("personalize.batch_seconds.bucket", "0.25") not in risen
    assert risen[("personalize.batch_seconds.count",)] == 1
    assert risen[("personalize.batch_seconds.sum",)] == pytest.approx(0.3)
    assert sum(n for (name, *_), n in risen.items() if name == "personalize.lag_events") == 1
    assert after[("personalize.up", "database")] == 1
