"""The endpoint for Prometheus."""

import sys

import pytest

pytestmark = pytest.mark.django_db

URL = "/personalize/health/metrics"
TOKEN = "only-for-these-tests"


@pytest.fixture
def with_token(settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "METRICS_TOKEN": TOKEN}


@pytest.mark.usefixtures("with_token")
def test_who_knows_the_token_reads_the_metrics(client):
    response = client.get(URL, headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b"personalize_entries_processed_total" in response.content


@pytest.mark.usefixtures("with_token")
@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", "Bearer é"])
def test_who_does_not_know_it_reads_nothing(client, sent):
    response = client.get(URL, headers={"Authorization": sent})
    assert response.status_code == 401
    assert b"personalize_" not in response.content


def test_while_there_is_no_token_nobody_reads_them(client):
    response = client.get(URL, headers={"Authorization": "Bearer "})
    assert response.status_code == 403
    assert b"METRICS_TOKEN" in response.content


@pytest.mark.usefixtures("with_token")
def test_without_the_library_it_says_what_to_install(client, monkeypatch):
    monkeypatch.delitem(sys.modules, "personalize.measure.prometheus", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    response = client.get(URL, headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 404
    assert b"pip install" in response.content
