"""What is asked of Amazon Kinesis: put records in order, read a shard from a place on.

A record holds some events of one partition, in order: Kinesis keeps no order among the records of
a request, and refuses some of them while it takes others.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from personalize.stream.protocol import StreamUnavailable, TooLarge

RECORD_BYTES = 1_000_000  # Kinesis takes 1 MiB, with the partition key
INVALID = {"ValidationException", "InvalidArgumentException"}  # as it answers to a larger one
REQUEST_BYTES = 4_900_000  # and 5 MiB a request
REQUEST_RECORDS = 500
HASH_KEYS = 2**128
FIRST = ""  # the position before every other
PAUSES = (0.1, 0.3)  # before what was refused is sent again

Parted = Mapping[int, Sequence[bytes]]


class Taken(NamedTuple):
    """One event as a shard has it, and since when."""

    position: str
    raw: bytes
    arrived_at: datetime


class Page(NamedTuple):
    """What one reading of a shard gave, and where it goes on."""

    events: list[Taken]
    iterator: str | None
    is_end: bool


class KinesisLog:
    """A stream of Kinesis with a shard for each partition. Raises StreamUnavailable."""

    def __init__(self, *, name: str, partitions: int, region: str | None, endpoint: str | None):
        self.name = name
        self.partitions = partitions
        self._make_client: Callable[[], Any] = lambda: client(region, endpoint, os.getpid())
        self._shards: list[str] = []

    def put(self, parted: Parted) -> dict[int, str]:
        """Store each partition's events in order, and return the last position of each.

        A partition's next record is sent when the one before it has been taken.
        """
        last: dict[int, str] = {}
        chunks = {partition: list(_chunks(events)) for partition, events in parted.items()}
        for row in zip_longest(*chunks.values()):
            todo = {each: some for each, some in zip(chunks, row, strict=True) if some}
            for request in _requests({each: pack(some) for each, some in todo.items()}):
                for partition, sequence in self._put_records(request).items():
                    last[partition] = position(sequence, len(todo[partition]) - 1)
        return last

    def _put_records(self, request: Mapping[int, bytes]) -> dict[int, str]:
        """Put one record a partition, those refused again; return their sequence numbers."""
        taken: dict[int, str] = {}
        reasons: set[str] = set()
        for pause in (0.0, *PAUSES):
            time.sleep(pause)
            left = [partition for partition in request if partition not in taken]
            records = [self._record(partition, request[partition]) for partition in left]
            try:
                answer = self._ask("put_records", Records=records)
            except StreamUnavailable as error:
                if max(map(len, request.values())) > RECORD_BYTES and _is_invalid(error):
                    raise TooLarge("Kinesis does not take a record as large") from error
                raise
            for partition, result in zip(left, answer["Records"], strict=True):
                if sequence := result.get("SequenceNumber"):
                    taken[partition] = sequence
                else:
                    reasons.add(str(result.get("ErrorCode")))
            if len(taken) == len(request):
                return taken
        raise StreamUnavailable(f"Kinesis refused records: {', '.join(sorted(reasons))}")

    def _record(self, partition: int, body: bytes) -> dict[str, Any]:
        key = str(hash_key(partition, self.partitions))
        return {"Data": body, "PartitionKey": str(partition), "ExplicitHashKey": key}

    def iterator(self, partition: int, *, at: str) -> str:
        """Return where to read the partition from the record of a position on."""
        start = (
            {"ShardIteratorType": "TRIM_HORIZON"}
            if at == FIRST
            else {
                "ShardIteratorType": "AT_SEQUENCE_NUMBER",
                "StartingSequenceNumber": _sequence(at),
            }
        )
        shard = self.shards()[partition]
        return str(self._ask("get_shard_iterator", ShardId=shard, **start)["ShardIterator"])

    def page(self, iterator: str, *, limit: int) -> Page:
        """Return the events of up to `limit` records."""
        with unavailable_on_error():
            answer = self._make_client().get_records(ShardIterator=iterator, Limit=limit)
        events = [taken for record in answer["Records"] for taken in _events_in(record)]
        is_end = not answer.get("MillisBehindLatest")
        return Page(events, answer.get("NextShardIterator"), is_end)

    def shards(self) -> list[str]:
        """Return the shard of each partition; asked once."""
        if not self._shards:
            open_shards = self._open_shards()
            found = [
                _shard_of(hash_key(partition, self.partitions), open_shards)
                for partition in range(self.partitions)
            ]
            if len({*found}) != self.partitions:
                raise StreamUnavailable(
                    f"The stream {self.name!r} has {len(open_shards)} open shards for "
                    f"{self.partitions} partitions; each needs a shard of its own."
                )
            self._shards = found
        return self._shards

    def _open_shards(self) -> list[Any]:
        found = self._ask("list_shards", ShardFilter={"Type": "AT_LATEST"})
        shards: list[Any] = found["Shards"]
        while token := found.get("NextToken"):
            with unavailable_on_error():
                found = self._make_client().list_shards(NextToken=token)
            shards += found["Shards"]
        return shards

    def _ask(self, call: str, **arguments: Any) -> Any:
        with unavailable_on_error():
            return getattr(self._make_client(), call)(StreamName=self.name, **arguments)


@lru_cache(maxsize=8)
def client(region: str | None, endpoint: str | None, pid: int) -> Any:
    """Return a client, one a process: who waits for it waits some seconds."""
    config = Config(
        connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
    )
    return boto3.session.Session(region_name=region).client(
        "kinesis", endpoint_url=endpoint, config=config
    )


@contextmanager
def unavailable_on_error() -> Iterator[None]:
    """Let what boto raises come as what streams raise."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StreamUnavailable(f"Kinesis did not answer as it should: {error}") from error


def _is_invalid(error: StreamUnavailable) -> bool:
    cause = error.__cause__
    return isinstance(cause, ClientError) and cause.response["Error"]["Code"] in INVALID


def hash_key(partition: int, partitions: int) -> int:
    """Return the middle of a partition's part of the hash keys, which a shard takes whole."""
    return (2 * partition + 1) * HASH_KEYS // (2 * partitions)


def position(sequence: str, index: int) -> str:
    """Return the position of an event in a record: it compares as text.

    >>> position("495", 3) < position("1200", 0)
    True
    """
    return f"{sequence:0>60}-{index:0>5}"


def pack(events: Sequence[bytes]) -> bytes:
    """Return a record of some encoded events."""
    return msgspec.msgpack.encode(events)


def unpack(body: bytes) -> list[bytes]:
    """Return the events of a record; what somebody else has put there is one that is none."""
    try:
        return msgspec.msgpack.decode(body, type=list[bytes]) or [body]
    except msgspec.MsgspecError:
        return [body]


def _events_in(record: Mapping[str, Any]) -> Iterator[Taken]:
    for index, raw in enumerate(unpack(record["Data"])):
        place = position(record["SequenceNumber"], index)
        yield Taken(place, raw, record["ApproximateArrivalTimestamp"])


def _sequence(at: str) -> str:
    return at.partition("-")[0].lstrip("0") or "0"


def _chunks(events: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Part the events of a partition into what fits into a record each."""
    chunk: list[bytes] = []
    size = 0
    for event in events:
        if chunk and size + len(event) + 5 > RECORD_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(event)
        size += len(event) + 5  # msgpack's head of it
    yield chunk


def _requests(bodies: Mapping[int, bytes]) -> Iterator[dict[int, bytes]]:
    """Part the records into what fits into a request each."""
    request: dict[int, bytes] = {}
    for partition, body in bodies.items():
        size = sum(map(len, request.values())) + len(body)
        if request and (size > REQUEST_BYTES or len(request) == REQUEST_RECORDS):
            yield request
            request = {}
        request[partition] = body
    if request:
        yield request


def _shard_of(key: int, shards: Sequence[Any]) -> str:
    for shard in shards:
        keys = shard["HashKeyRange"]
        if int(keys["StartingHashKey"]) <= key <= int(keys["EndingHashKey"]):
            return str(shard["ShardId"])
    raise StreamUnavailable("The stream's shards do not cover its hash keys.")
