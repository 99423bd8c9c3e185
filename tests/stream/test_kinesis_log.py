"""What is asked of Kinesis: records within its limits, those refused sent again, in order."""

import boto3
import pytest
from botocore.stub import Stubber

from personalize.stream import kinesis_log
from personalize.stream.kinesis_log import KinesisLog, hash_key, pack, position, unpack
from personalize.stream.protocol import StreamUnavailable, TooLarge

pytestmark = pytest.mark.kinesis

REFUSED = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Slow down"}


def taken(sequence):
    return {"SequenceNumber": str(sequence), "ShardId": "shardId-000000000000"}


@pytest.fixture
def amazon(monkeypatch):
    client = boto3.client(
        "kinesis", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    monkeypatch.setattr(kinesis_log, "client", lambda *_: client)
    monkeypatch.setattr(kinesis_log, "PAUSES", (0.0, 0.0))
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def log(partitions=2):
    return KinesisLog(name="events", partitions=partitions, region=None, endpoint=None)


def request(*bodies, partitions=2):
    """What is expected to be sent: (partition, events) each."""
    return {
        "StreamName": "events",
        "Records": [
            {
                "Data": pack(events),
                "PartitionKey": str(partition),
                "ExplicitHashKey": str(hash_key(partition, partitions)),
            }
            for partition, events in bodies
        ],
    }


def test_each_partition_gets_one_record_and_the_last_position_is_told(amazon):
    answer = {"Records": [taken(7), taken(9)]}
    amazon.add_response("put_records", answer, request((0, [b"a", b"b"]), (1, [b"c"])))
    assert log().put({0: [b"a", b"b"], 1: [b"c"]}) == {0: position("7", 1), 1: position("9", 0)}


def test_what_is_refused_is_sent_again_and_nothing_else(amazon):
    amazon.add_response(
        "put_records",
        {"Records": [REFUSED, taken(9)], "FailedRecordCount": 1},
        request((0, [b"a"]), (1, [b"c"])),
    )
    amazon.add_response("put_records", {"Records": [taken(8)]}, request((0, [b"a"])))
    assert log().put({0: [b"a"], 1: [b"c"]}) == {0: position("8", 0), 1: position("9", 0)}


def test_what_is_refused_again_and_again_is_unavailable_and_nothing_follows_it(amazon, monkeypatch):
    monkeypatch.setattr(kinesis_log, "RECORD_BYTES", 10)
    answer = {"Records": [REFUSED], "FailedRecordCount": 1}
    for _ in range(3):
        amazon.add_response("put_records", answer, request((0, [b"first"])))
    with pytest.raises(StreamUnavailable, match="ProvisionedThroughputExceeded"):
        log().put({0: [b"first", b"second"]})


def test_no_record_and_no_request_is_larger_than_kinesis_takes(amazon, monkeypatch):
    monkeypatch.setattr(kinesis_log, "RECORD_BYTES", 20)
    monkeypatch.setattr(kinesis_log, "REQUEST_BYTES", 30)
    one = {"Records": [taken(1)]}
    two = {"Records": [taken(1), taken(1)]}
    amazon.add_response(
        "put_records", two, request((0, [b"0123456789"]), (1, [b"0123456789"]), partitions=3)
    )
    amazon.add_response("put_records", one, request((2, [b"0123456789"]), partitions=3))
    amazon.add_response("put_records", one, request((0, [b"abc", b"def"]), partitions=3))
    log(3).put({0: [b"0123456789", b"abc", b"def"], 1: [b"0123456789"], 2: [b"0123456789"]})


def test_no_request_has_more_records_than_kinesis_takes(amazon, monkeypatch):
    monkeypatch.setattr(kinesis_log, "REQUEST_RECORDS", 1)
    one = {"Records": [taken(1)]}
    amazon.add_response("put_records", one, request((0, [b"a"])))
    amazon.add_response("put_records", one, request((1, [b"b"])))
    log().put({0: [b"a"], 1: [b"b"]})


def test_the_parts_of_the_hash_keys_are_equal_and_their_middles_inside():
    assert [hash_key(partition, 4) * 8 // 2**128 for partition in range(4)] == [1, 3, 5, 7]


def test_positions_compare_as_text_in_the_order_of_the_shard():
    long = "49590338271490256608559692538361571095921575989136588898"
    ordered = [position("1", 0), position("1", 9), position("1", 10), position("20", 0)]
    assert sorted([*reversed(ordered), position(long, 0)]) == [*ordered, position(long, 0)]


@pytest.mark.parametrize("raw", [b"\xff no record", pack([]), b""])
def test_a_record_of_somebody_else_is_one_event_that_is_none(raw):
    assert unpack(raw) == [raw]


def test_a_record_holds_its_events_in_order():
    assert unpack(pack([b"a", b"b"])) == [b"a", b"b"]


def test_an_event_larger_than_a_record_may_be_is_refused_as_such(amazon):
    amazon.add_client_error("put_records", "ValidationException", "length less than 1048576")
    with pytest.raises(TooLarge):
        log().put({0: [b"x" * 1_100_000]})


def test_a_refused_request_of_small_records_is_not_taken_for_too_large(amazon):
    amazon.add_client_error("put_records", "ValidationException", "no such thing")
    with pytest.raises(StreamUnavailable) as refused:
        log().put({0: [b"x"]})
    assert not isinstance(refused.value, TooLarge)
