"""Kinesis as the stream: the conformance suite on moto's server, and what only Kinesis does."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from personalize.connections import worker_redis
from personalize.keys import partition_tally_key
from personalize.measure.law import conservation
from personalize.profile.store import read_profile
from personalize.stream.kinesis import KinesisStream
from personalize.stream.protocol import Stream, StreamUnavailable, current_stream
from personalize.testing import StreamConformance, event_of
from tests.servers import free_port
from tests.streamed import drain_all, send, view

pytestmark = pytest.mark.kinesis

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")


@pytest.fixture
def options(endpoint) -> dict[str, str]:
    return {"name": f"events-{uuid4().hex[:8]}", "region": REGION, "endpoint": endpoint}


@pytest.fixture
def amazon(endpoint):
    return boto3.client("kinesis", region_name=REGION, endpoint_url=endpoint)


@pytest.fixture
def make(options, amazon):
    def make(*, partitions: int, shards: int = 0) -> KinesisStream:
        with suppress(amazon.exceptions.ResourceInUseException):  # it is there
            amazon.create_stream(StreamName=options["name"], ShardCount=shards or partitions)
        return KinesisStream(partitions=partitions, **options)

    return make


class TestKinesisStream(StreamConformance):
    @pytest.fixture(autouse=True)
    def _streams(self, make, amazon, options) -> None:
        self.make, self.amazon, self.name = make, amazon, options["name"]

    def make_stream(self, *, partitions: int) -> Stream:
        return self.make(partitions=partitions)

    def append_raw(self, stream: Stream, partition: int, raw: bytes) -> None:
        key = str((2 * partition + 1) * 2**128 // (2 * stream.partitions))
        self.amazon.put_record(
            StreamName=self.name, Data=raw, PartitionKey="raw", ExplicitHashKey=key
        )


def numbers(entries) -> list[int]:
    return [entry.event.properties["number"] for entry in entries]


def test_an_entry_goes_on_where_a_limit_has_parted_a_record(make):
    stream = make(partitions=1)
    stream.append([event_of("a:visitor", number) for number in range(5)])
    for expected in ([0, 1], [2, 3], [4]):
        entries = make(partitions=1).read(0, limit=2)  # another process each time
        assert numbers(entries) == expected
        stream.acknowledge(0, [entry.position for entry in entries])


def test_the_events_of_a_request_that_do_not_fit_into_a_record_stay_in_order(make, amazon, options):
    stream = make(partitions=1)
    large = [event_of("a:visitor", number) for number in range(4)]
    for event in large:
        event.properties["text"] = "x" * 400_000
    stream.append(large)
    assert len(records(amazon, options["name"])) == 2
    assert numbers(stream.read(0, limit=10)) == [0, 1, 2, 3]


def records(amazon, name):
    shard = amazon.list_shards(StreamName=name)["Shards"][0]["ShardId"]
    start = amazon.get_shard_iterator(
        StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )
    return amazon.get_records(ShardIterator=start["ShardIterator"])["Records"]


def test_a_redis_that_forgot_what_was_read_hands_out_everything_again(make):
    stream = make(partitions=1)
    stream.append([event_of("a:visitor", number) for number in range(3)])
    stream.acknowledge(0, [entry.position for entry in stream.read(0, limit=10)])
    worker_redis().flushdb()
    assert numbers(stream.read(0, limit=10)) == [0, 1, 2]


def test_an_entry_that_kinesis_deleted_while_pending_comes_back_without_an_event(make):
    stream = make(partitions=1)
    stream.append([event_of("a:visitor")])
    entry = stream.read(0, limit=1)[0]
    gone = entry.position.replace("1-", "0-")
    worker_redis().zadd(stream._pending_key(0), {gone: 1})
    found = make(partitions=1).read(0, limit=10)
    assert [(each.position, each.event is None) for each in found] == [
        (gone, True),
        (entry.position, False),
    ]


def test_a_bell_that_was_lost_is_made_up_for_by_the_lag(make):
    stream = make(partitions=1)
    stream.append([event_of("a:visitor", number) for number in range(3)])
    worker_redis().flushdb()  # as if the process had died right after Kinesis took the events
    assert make(partitions=1).lag(0).entries >= 1


def test_too_few_shards_are_said_and_nothing_is_taken(make):
    stream = make(partitions=4, shards=2)
    with pytest.raises(StreamUnavailable, match="2 open shards for 4 partitions"):
        stream.read(0, limit=1)


def test_a_stream_that_is_not_there_is_unavailable(options):
    stream = KinesisStream(partitions=1, **options)
    with pytest.raises(StreamUnavailable, match="ResourceNotFound"):
        stream.append([event_of("a:visitor")])


def test_a_server_that_is_away_is_unavailable(options):
    options["endpoint"] = f"http://127.0.0.1:{free_port()}"
    stream = KinesisStream(partitions=1, **options)
    with pytest.raises(StreamUnavailable):
        stream.append([event_of("a:visitor")])
    with pytest.raises(StreamUnavailable):
        stream.read(0, limit=1)


@pytest.fixture
def site(make, options, settings) -> None:
    """Let the site's stream be one on Kinesis."""
    make(partitions=2)
    settings.PERSONALIZE = {
        **settings.PERSONALIZE,
        "STREAM": "personalize.stream.kinesis.KinesisStream",
        "STREAM_OPTIONS": options,
        "PARTITIONS": 2,
    }


@pytest.mark.django_db
def test_events_become_profiles_through_kinesis(site):
    views = [
        view(number, anonymous_id=name, message_id=f"{name}-{number}")
        for name in ("visitor", "stranger")
        for number in range(3)
    ]

    send(*views, views[0])  # one of them twice
    drain_all()

    assert [read_profile(name).events for name in ("a:visitor", "a:stranger")] == [3, 3]
    assert [current_stream().lag(partition).entries for partition in range(2)] == [0, 0]


@pytest.mark.django_db
def test_what_is_sent_again_as_nobody_heard_the_answer_is_accounted_for(site, monkeypatch):
    with monkeypatch.context() as dying:
        dying.setattr(KinesisStream, "_note", lambda *_: pytest.fail("died"))
        with pytest.raises(pytest.fail.Exception):
            send(view(1), view(2, bot="crawler"))
    send(view(1), view(2, bot="crawler"))
    drain_all()
    today = datetime.now(UTC).date()
    law = conservation(first=today - timedelta(days=1), last=today)
    assert law.holds, law.faults
    counts = sum((Counter(line.counts) for line in law.lines), Counter())
    assert (counts["accepted"], counts["stored"], counts["duplicates"]) == (4, 1, 2)


def test_what_is_handed_out_again_is_counted_once(make):
    stream = make(partitions=1)
    stream.append([event_of("a:visitor", number) for number in range(3)])
    for _ in range(2):
        assert len(make(partitions=1).read(0, limit=2)) == 2
    assert [int(count) for count in worker_redis().hvals(partition_tally_key(0))] == [2]
