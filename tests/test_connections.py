"""The pools: each gives up when its caller has to."""

import pytest

from personalize.connections import collect_redis, page_redis, worker_redis


@pytest.mark.parametrize("client", [page_redis, collect_redis, worker_redis])
def test_every_client_reaches_redis(client):
    assert client().ping()


def test_a_page_gives_up_sooner_than_a_worker(settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "STORE_TIMEOUT_MS": 40}
    seconds = [
        client().connection_pool.connection_kwargs["socket_timeout"]
        for client in (page_redis, collect_redis, worker_redis)
    ]
    assert seconds == [0.04, 2.0, 10.0]
