"""A lake on S3 is as safe as one in a folder: on moto's server, which speaks its protocol."""

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pyarrow.parquet as pq
import pytest
from deltalake.exceptions import CommitFailedError
from pyarrow import fs

from personalize.keys import SHARDS, shard_of
from personalize.lake import write
from personalize.lake.export import export
from personalize.lake.maintain import compact, maintain, status
from personalize.lake.outbox import number_waiting, put
from personalize.lake.read import event_batches, events_table
from personalize.lake.table import lake_table
from personalize.lake.write import append_waiting, write_waiting
from personalize.models import LakeErasure
from personalize.privacy.erase import erase
from tests.lake.conftest import event
from tests.servers import Program, free_port, wait_for_port

pytestmark = pytest.mark.django_db

VISITOR, STRANGER = "a:visitor", "a:stranger"
KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    # A process of its own: while deltalake writes a stream, no other thread of this one runs.
    port = free_port()
    program = Program("moto.server", "-H", "127.0.0.1", "-p", str(port)).start()
    wait_for_port(port, seconds=60)
    yield f"http://127.0.0.1:{port}"
    program.kill()


@pytest.fixture
def bucket(server, settings) -> Iterator[str]:
    options = {**KEYS, "AWS_ENDPOINT_URL": server, "AWS_ALLOW_HTTP": True}
    lake = {"LAKE_URL": "s3://bucket/lake", "LAKE_OPTIONS": options}
    settings.PERSONALIZE = {**settings.PERSONALIZE, **lake}
    client = boto3.client(
        "s3",
        endpoint_url=server,
        aws_access_key_id="tests",
        aws_secret_access_key="tests",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="bucket")
    yield "bucket"
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="bucket"):
        for found in page.get("Contents", ()):
            client.delete_object(Bucket="bucket", Key=found["Key"])
    client.delete_bucket(Bucket="bucket")


def in_lake() -> list[str]:
    return sorted(events_table().message_id.to_pyarrow().to_pylist())


def test_what_waits_is_in_the_lake_and_comes_back_in_order(bucket):
    for number in range(3):
        put(VISITOR, [event(number)])
        assert write_waiting() == 1
    assert in_lake() == ["m0", "m1", "m2"]
    assert number_waiting() == 0
    assert [row for batch in event_batches() for row in batch["number"].to_pylist()] == [0, 0, 0]


def test_only_the_days_asked_for_are_read(bucket):
    for day in range(3):
        put(VISITOR, [event(day * 86_400)])
    write_waiting()
    days = events_table(first_day="2026-09-22", last_day="2026-09-22").day.to_pyarrow()
    assert days.to_pylist() == ["2026-09-22"]


def test_the_second_of_two_writers_at_once_is_refused(bucket):
    put(VISITOR, [event(1)])
    late = lake_table()
    append_waiting(lake_table(), after_commit=lambda: None)
    put(VISITOR, [event(2)])
    rows, last = write._chunk(dict.fromkeys(range(SHARDS), 0))
    with pytest.raises(CommitFailedError):
        write._commit(late, rows, last)
    assert write_waiting() == 1
    assert in_lake() == ["m1", "m2"]


def test_writers_of_different_shards_at_once_both_commit(bucket):
    """The log's next number is taken: who finds it so takes the one after, by conditional put."""
    put(VISITOR, [event(1)])
    put(STRANGER, [event(2, subject=STRANGER)])
    rows, last = write._chunk(dict.fromkeys(range(SHARDS), 0))
    tables = [lake_table(), lake_table()]
    for table, subject in zip(tables, (VISITOR, STRANGER), strict=True):
        shard = shard_of(subject)
        mine = [row for row in rows if row.shard == shard]
        write._commit(table, mine, {shard: last[shard]})
    assert in_lake() == ["m1", "m2"]
    assert lake_table().version() == 2


def test_an_erased_visitor_leaves_it_and_files_are_joined(bucket):
    for number, subject in enumerate([VISITOR, STRANGER, STRANGER]):
        put(subject, [event(number, subject=subject)])
        write_waiting()
    erase([VISITOR])
    maintain(now=datetime(2026, 9, 22, tzinfo=UTC))
    assert in_lake() == ["m1", "m2"]
    assert not LakeErasure.objects.exists()
    assert status().files == 1
    assert compact() == 0


def test_an_export_goes_to_a_bucket(bucket, server):
    put(VISITOR, [event(1)])
    write_waiting()
    done = {each.table: each.rows for each in export("s3://bucket/export", file_format="parquet")}
    assert done["events"] == 1
    s3 = fs.S3FileSystem(access_key="tests", secret_key="tests", endpoint_override=server)
    events = pq.read_table("bucket/export/events.parquet", filesystem=s3)
    assert events["visitor_id"].to_pylist() == [VISITOR]
    list(export("s3://bucket/export", file_format="csv"))
    with s3.open_input_stream("bucket/export/visitors.csv") as file:
        assert VISITOR.encode() in file.read()


def test_a_bucket_that_does_not_answer_loses_nothing(bucket, settings):
    put(VISITOR, [event(1)])
    good = settings.PERSONALIZE
    options = {**good["LAKE_OPTIONS"], "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "max_retries": 0}
    settings.PERSONALIZE = {**good, "LAKE_OPTIONS": options}
    with pytest.raises(OSError, match="S3"):
        write_waiting()
    assert number_waiting() == 1
    settings.PERSONALIZE = good
    assert write_waiting() == 1
