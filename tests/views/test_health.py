"""The health endpoints."""

import pytest

from tests.servers import free_port

pytestmark = pytest.mark.django_db


def test_a_running_process_is_live(client):
    assert client.get("/personalize/health/live").status_code == 200


def test_a_process_whose_servers_answer_is_ready(client):
    response = client.get("/personalize/health/ready")
    assert (response.status_code, response.json()["ready"]) == (200, True)
    assert response.json()["lag"]["events"] == 0


def test_a_process_without_redis_is_not_ready(client, settings):
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": nobody}
    response = client.get("/personalize/health/ready")
    assert (response.status_code, response.json()["redis"]) == (503, "unreachable")
