"""Redis Cluster: whatever one script or transaction touches lies in one slot.

The server is a real one in cluster mode, which refuses what crosses slots.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from django.test import override_settings

from personalize.connections import worker_redis
from personalize.keys import SHARDS
from personalize.lake import outbox
from personalize.lake.write import write_waiting
from personalize.measure.law import conservation
from personalize.models import Membership, Segment, Tally
from personalize.privacy.erase import erase
from personalize.profile import store
from personalize.stream.protocol import current_stream
from personalize.tasks import flush, ring, tick
from tests.lake.conftest import lake  # noqa: F401  # a fixture
from tests.servers import RedisServer, free_port
from tests.streamed import KEEN, drain_all, link, send, view, views_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cluster(settings: object) -> Iterator[str]:
    bus = ["--cluster-port", str(free_port())]
    server = RedisServer(options=["--cluster-enabled", "yes", *bus]).start()
    client = redis.Redis.from_url(server.url)
    client.execute_command("CLUSTER ADDSLOTSRANGE 0 16383")
    while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
        time.sleep(0.05)
    ours = {**settings.PERSONALIZE, "REDIS_URL": server.url}  # type: ignore[attr-defined]
    with override_settings(PERSONALIZE=ours):
        yield server.url
    server.kill()


def test_the_server_refuses_what_crosses_slots(cluster: str) -> None:
    with pytest.raises(redis.ResponseError, match="hash to the same slot"):
        worker_redis().mget("px:{s1}:v:a", "px:{s2}:v:b")


def test_events_of_many_visitors_go_all_the_way(cluster: str) -> None:
    Segment.objects.create(name="Keen", slug="keen", rule=KEEN)
    visitors = [f"visitor-{number}" for number in range(3 * SHARDS)]
    for visitor in visitors:
        send(*(view(each, anonymous_id=visitor) for each in range(3)))
    drain_all()
    flush()
    assert Membership.objects.filter(exited_at=None).count() == len(visitors)
    assert sum(row.count for row in Tally.objects.filter(metric="stored")) == 3 * len(visitors)
    assert store.read_page("a:visitor-1").profile
    assert sum(current_stream().lag(each).entries for each in range(8)) == 0


def test_the_audit_and_the_lake_keep_to_their_slots(lake: Path, cluster: str) -> None:  # noqa: F811
    visitors = [f"visitor-{number}" for number in range(3 * SHARDS)]
    send(*(view(each, anonymous_id=visitor) for each in range(2) for visitor in visitors))
    drain_all()
    today = datetime.now(UTC).date()
    for step in (flush, write_waiting, lambda: None):
        law = conservation(first=today - timedelta(days=1), last=today)
        assert law.holds, law.faults
        assert sum(line.counts["stored"] for line in law.lines) == 2 * len(visitors)
        step()
    assert outbox.number_waiting() == 0


def test_entries_behind_the_lake_are_moved_within_their_slots(lake: Path, cluster: str) -> None:  # noqa: F811
    for shard in range(SHARDS):
        outbox.number_above(shard, 2**61)
    send(*(view(0, anonymous_id=f"visitor-{number}") for number in range(3 * SHARDS)))
    drain_all()
    write_waiting()
    worker_redis().flushdb()
    send(*(view(1, anonymous_id=f"visitor-{number}") for number in range(3 * SHARDS)))
    drain_all()
    assert write_waiting() == 3 * SHARDS


def test_log_in_ticks_and_erasure_keep_to_their_slots(cluster: str) -> None:
    Segment.objects.create(name="Keen", slug="keen", rule=KEEN)
    send(view(1), view(2), link("7"))
    drain_all()
    drain_all()
    assert views_of("u:7") == 2
    ring()
    tick()
    flush()
    erase(["u:7", "a:visitor"])
    assert store.read_profile("u:7") is None
