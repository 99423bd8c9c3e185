"""The Redis stream: the conformance suite, and what only Redis can do wrong."""

from collections.abc import Iterator

import pytest

from personalize.connections import worker_redis
from personalize.stream import redis as redis_stream
from personalize.stream.protocol import Stream, StreamUnavailable
from personalize.stream.redis import RedisStream
from personalize.testing import StreamConformance, event_of
from tests.servers import RedisServer


class TestRedisStream(StreamConformance):
    def make_stream(self, *, partitions: int) -> Stream:
        return RedisStream(partitions=partitions)

    def append_raw(self, stream: Stream, partition: int, raw: bytes) -> None:
        worker_redis().xadd(redis_stream.events_key(partition), {"e": raw})


@pytest.fixture
def own_server(settings) -> Iterator[RedisServer]:
    server = RedisServer().start()
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": server.url}
    yield server
    server.kill()


def test_acknowledging_frees_the_space_of_what_is_done_and_nothing_else():
    stream = RedisStream(partitions=1)
    stream.append([event_of("a:visitor", number) for number in range(10)])
    entries = stream.read(0, limit=6)
    stream.acknowledge(0, [entry.position for entry in entries[:4]])
    assert worker_redis().xlen(redis_stream.events_key(0)) == 6
    stream.acknowledge(0, [entry.position for entry in entries[4:]])
    assert worker_redis().xlen(redis_stream.events_key(0)) == 4


def test_another_group_keeps_what_it_has_not_read():
    ours, theirs = RedisStream(partitions=1), RedisStream(partitions=1, group="lake")
    ours.append([event_of("a:visitor", number) for number in range(3)])
    theirs.read(0, limit=1)
    ours.acknowledge(0, [entry.position for entry in ours.read(0, limit=10)])
    assert len(theirs.read(0, limit=10)) == 1
    assert worker_redis().xlen(redis_stream.events_key(0)) == 3


def test_an_entry_deleted_while_pending_comes_back_without_an_event():
    stream = RedisStream(partitions=1)
    stream.append([event_of("a:visitor")])
    entry = stream.read(0, limit=1)[0]
    worker_redis().xtrim(redis_stream.events_key(0), maxlen=0, approximate=False)
    assert [(found.position, found.event) for found in stream.read(0, limit=1)] == [
        (entry.position, None)
    ]
    stream.acknowledge(0, [entry.position])
    assert stream.lag(0).entries == 0


def test_a_restart_of_redis_loses_nothing(own_server: RedisServer):
    stream = RedisStream(partitions=1)
    stream.append([event_of("a:visitor", number) for number in range(5)])
    stream.acknowledge(0, [stream.read(0, limit=1)[0].position])
    worker_redis().execute_command("WAITAOF", 1, 0, 2000)
    own_server.kill()
    with pytest.raises(StreamUnavailable):
        stream.append([event_of("a:visitor", 9)])
    with pytest.raises(StreamUnavailable):
        stream.read(0, limit=10)
    own_server.start()
    left = [entry.event for entry in stream.read(0, limit=10)]
    assert [event and event.properties["number"] for event in left] == [1, 2, 3, 4]


def test_a_redis_that_lost_the_group_hands_out_everything_left():
    stream = RedisStream(partitions=1)
    stream.append([event_of("a:visitor", number) for number in range(3)])
    stream.acknowledge(0, [stream.read(0, limit=1)[0].position])
    worker_redis().xgroup_destroy(redis_stream.events_key(0), stream.group)
    assert len(stream.read(0, limit=10)) == 2


def test_a_full_redis_says_unavailable():
    stream = RedisStream(partitions=1)
    client = worker_redis()
    client.config_set("maxmemory", 1)
    try:
        with pytest.raises(StreamUnavailable):
            stream.append([event_of("a:visitor")])
    finally:
        client.config_set("maxmemory", 0)
