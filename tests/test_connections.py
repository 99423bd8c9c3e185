"""The pools: each gives up when its caller has to."""

import os
import signal

import pytest
from redis.exceptions import RedisError

from personalize.connections import ask_for_page, collect_redis, worker_redis
from tests.servers import RedisServer


@pytest.mark.parametrize("client", [collect_redis, worker_redis])
def test_every_client_reaches_redis(client):
    assert client().ping()


def test_a_page_gets_the_replies_in_the_order_of_its_commands():
    worker_redis().set("one", "1")
    assert ask_for_page(("GET", "one"), ("GET", "none"), ("PING",)) == [b"1", None, b"PONG"]


def test_a_reply_that_came_too_late_is_not_taken_for_the_next_pages(settings):
    server = RedisServer().start()
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": server.url}
    worker_redis().mset({"mine": "1", "yours": "2"})
    try:
        assert ask_for_page(("GET", "mine")) == [b"1"]
        os.kill(server.process.pid, signal.SIGSTOP)
        with pytest.raises(RedisError):
            ask_for_page(("GET", "mine"))
        os.kill(server.process.pid, signal.SIGCONT)
        assert ask_for_page(("GET", "yours")) == [b"2"]
    finally:
        server.kill()


def test_a_page_does_not_notice_that_redis_was_restarted_since_the_last(settings):
    server = RedisServer().start()
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": server.url}
    try:
        assert ask_for_page(("PING",)) == [b"PONG"]
        server.kill()
        with pytest.raises(RedisError):
            ask_for_page(("PING",))
        server.start()
        assert ask_for_page(("PING",)) == [b"PONG"]
        server.kill()
        server.start()
        assert ask_for_page(("PING",)) == [b"PONG"]
    finally:
        server.kill()


def test_a_worker_waits_longer_than_a_request():
    seconds = [
        client().connection_pool.connection_kwargs["socket_timeout"]
        for client in (collect_redis, worker_redis)
    ]
    assert seconds == [2.0, 10.0]
