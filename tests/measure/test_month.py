"""A month through the endpoint, and a real access log: the law holds to the event.

A sample runs each time. `MONTH_VISITORS=300` replays the whole simulated month of the reference
site. `ACCESS_LOG=path` replays a log in the combined format; without it, that of the Debian package
logstalgia (GPL-3), when it is installed, up to `ACCESS_LOG_LINES`.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from cms_project.demo.catalogue import load_catalogue
from cms_project.demo.crowd import simulate
from personalize.collect.rate import buckets
from personalize.collect.sources import forget_sources
from personalize.lake.write import write_waiting
from personalize.measure.law import conservation
from personalize.tasks import flush
from tests.lake.conftest import lake  # noqa: F401  # a fixture
from tests.measure.mixture import SOURCE, Endpoint
from tests.streamed import drain_all

VISITORS = int(os.environ.get("MONTH_VISITORS", "3"))
LOG = Path(os.environ.get("ACCESS_LOG", "/usr/share/logstalgia/example.log"))
LINES = int(os.environ.get("ACCESS_LOG_LINES", "400"))
BATCH = 100
LINE = re.compile(
    r'(?P<host>\S+) \S+ \S+ \[(?P<at>[^\]]+)\] "(?P<method>\S+) (?P<path>\S+)[^"]*" '
    r'(?P<status>\d+) \S+ "(?P<referrer>[^"]*)" "(?P<agent>[^"]*)"'
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1_800)]


def replayed(messages: Sequence[dict[str, Any]]) -> Counter[str]:
    """Send the messages; audit while they wait, are processed, and lie; return what became."""
    forget_sources()
    endpoint = Endpoint()
    for start in range(0, len(messages), BATCH):
        buckets.clear()
        endpoint.send(list(messages[start : start + BATCH]))
        if start % 1_000 == 0:
            audited(endpoint)
        drain_all()
    audited(endpoint)
    flush()
    while write_waiting():
        audited(endpoint)
    counts = audited(endpoint)
    print(json.dumps({"messages": len(messages), **counts}))  # the figures
    return counts


def audited(endpoint: Endpoint) -> Counter[str]:
    """Check the law, and that what it calls accepted is what the endpoint has acknowledged."""
    today = datetime.now(UTC).date()
    law = conservation(first=today - timedelta(days=1), last=today)
    assert law.holds, law.faults
    total: Counter[str] = Counter()
    for line in law.lines:
        assert line.source == SOURCE
        assert line.lake
        total.update(line.counts)
        total["in_flight"] += line.in_flight
        total["lake_rows"] += line.lake.rows
    assert total["accepted"] == endpoint.accepted + total["forwarded"]
    return total


def requests_of(log: Path) -> Iterator[dict[str, Any]]:
    """Yield the requests of an access log as the page views that a server would send."""
    with log.open(errors="replace") as lines:
        for number, line in enumerate(lines):
            if found := LINE.match(line):
                at = datetime.strptime(found["at"], "%d/%b/%Y:%H:%M:%S %z")
                who = sha256(f"{found['host']} {found['agent']}".encode()).hexdigest()[:32]
                yield {
                    "type": "page",
                    "anonymousId": who,
                    "messageId": f"line-{number}",
                    "timestamp": at.isoformat(),
                    "properties": {"path": found["path"], "status": int(found["status"])},
                    "context": {
                        "userAgent": found["agent"],
                        "page": {"path": found["path"], "referrer": found["referrer"]},
                    },
                }


def test_of_a_simulated_month_not_one_event_is_lost(lake):  # noqa: F811
    load_catalogue()
    messages = simulate(VISITORS, now=timezone.now())
    counts = replayed(messages)
    assert counts["in_flight"] == 0
    assert counts["lake_rows"] == counts["stored"] + counts["bots"]
    unique = len({message["messageId"] for message in messages})
    assert counts["stored"] + counts["bots"] + counts["quarantined"] == unique


@pytest.mark.skipif(not LOG.exists(), reason=f"{LOG} is not there: apt install logstalgia")
def test_of_a_real_access_log_not_one_request_is_lost(lake):  # noqa: F811
    messages = list(requests_of(LOG))[:LINES]
    counts = replayed(messages)
    assert counts["accepted"] == len(messages)
    assert counts["stored"] + counts["bots"] == len(messages) == counts["lake_rows"]
