"""The conservation laws hold to the event at every moment, whatever is sent and whoever dies."""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from pytest_django import Settings

from personalize import effect
from personalize.collect.sources import forget_sources
from personalize.connections import worker_redis
from personalize.keys import partition_tally_key, tally_field
from personalize.lake.maintain import erase_pending
from personalize.lake.write import write_waiting
from personalize.measure import counts
from personalize.measure.law import Law, conservation
from personalize.models import EventDefinition, QuarantinedEvent
from personalize.privacy.erase import erase
from personalize.profile.fold import fold
from personalize.stream.replay import replay
from personalize.tasks import flush, ring
from tests.lake.conftest import lake  # noqa: F401  # a fixture
from tests.measure.mixture import KINDS, SOURCE, VISITORS, Endpoint, add_nonsense, killed_at
from tests.streamed import drain_all, link, send, view

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
WORKS = {"drain": drain_all, "flush": flush, "ring": ring, "write": write_waiting}
DECISIONS = ("block", "unblock", "replay", "discard", "nonsense")
TRIALS = int(os.environ.get("LAW_TRIALS", "12"))


def law_now() -> Law:
    today = datetime.now(UTC).date()
    return conservation(first=today - timedelta(days=1), last=today)


def holding() -> Law:
    law = law_now()
    assert law.holds, (law.faults, [line.as_json() for line in law.lines])
    return law


def line_of(law: Law, source: str = "shop") -> dict[str, Any]:
    """Return what is not nothing of a source."""
    lines = [line.as_json() for line in law.lines if line.source == source]
    return {name: number for name, number in lines[-1].items() if number}


def test_what_happens_between_the_readings_of_two_keys_is_no_fault(lake, monkeypatch):  # noqa: F811
    read, numbers = counts.aside_of, iter(range(1_000))

    def busy(key: str) -> str:
        send(view(next(numbers)))
        drain_all()
        return read(key)

    monkeypatch.setattr(counts, "aside_of", busy)
    for _ in range(3):
        assert line_of(holding())["stored"] > 0


def test_every_accepted_event_is_somewhere(lake):  # noqa: F811
    send(view(1), view(1), view(2, anonymous_id="x" * 300), view(3, bot="crawler"))
    assert line_of(holding())["in_flight"] == 4
    drain_all()
    found = {"accepted": 4, "stored": 1, "duplicates": 1, "bots": 1, "quarantined": 1}
    assert found.items() <= line_of(holding()).items()
    assert line_of(law_now())["lake_waiting"] == 2
    write_waiting()
    flush()
    assert line_of(holding())["lake_rows"] == 2


def test_counts_on_their_way_to_the_database_are_counted_once(monkeypatch):
    send(view(1))
    drain_all()
    flush()
    send(view(2))
    drain_all()
    for number in range(60):
        with killed_at(number, is_done=number % 2 == 0):
            flush()
        assert line_of(holding())["stored"] == 2


def test_a_lost_event_is_a_fault(lake):  # noqa: F811
    send(view(1), view(2))
    worker_redis().delete(*worker_redis().keys("px:*:events"))
    assert "2 events are lost" in law_now().faults[0]


def test_an_outcome_counted_twice_is_a_fault():
    send(view(1))
    drain_all()
    at = int(datetime.now(UTC).timestamp() * 1_000)
    worker_redis().hincrby(partition_tally_key(0), tally_field("stored", at=at, key="shop"), 1)
    assert "1 more outcomes than events" in law_now().faults[0]


def test_a_row_that_the_lake_lost_is_a_fault(lake):  # noqa: F811
    send(view(1), view(2))
    drain_all()
    worker_redis().delete(*worker_redis().keys("px:*:lake"))
    assert "2 rows are missing in the lake" in law_now().faults[0]


def test_an_event_deleted_from_quarantine_by_hand_is_a_fault():
    send(view(1, anonymous_id="x" * 300))
    drain_all()
    holding()
    QuarantinedEvent.objects.all().delete()
    assert "1 events are missing in quarantine" in law_now().faults[0]


def test_what_is_replayed_or_discarded_still_adds_up():
    send(*(view(number, anonymous_id="x" * 300) for number in range(3)))
    drain_all()
    flush()
    replay(QuarantinedEvent.objects.all()[:1], at=datetime.now(UTC))
    assert line_of(holding()).items() >= {"accepted": 4, "in_flight": 1, "replayed": 1}.items()
    drain_all()
    QuarantinedEvent.objects.waiting().discard()
    counted = {"quarantined": 4, "replayed": 1, "discarded": 3}
    assert line_of(holding()).items() >= counted.items()


def test_what_leaves_the_lake_is_accounted_for(lake):  # noqa: F811
    send(view(1), view(2, anonymous_id="stranger"))
    drain_all()
    write_waiting()
    erase(["a:visitor"])
    holding()
    send(view(3, anonymous_id="stranger"))
    drain_all()
    for _ in range(2):
        erase_pending()
        assert line_of(holding()).items() >= {"removed": 1, "lake_rows": 2}.items()


operations = st.lists(
    st.one_of(
        st.tuples(
            st.just("send"),
            st.lists(
                st.tuples(
                    st.sampled_from(sorted(KINDS)),
                    st.sampled_from(VISITORS),
                    st.integers(0, 9),
                ),
                min_size=1,
                max_size=12,
            ),
        ),
        st.tuples(
            st.sampled_from(sorted(WORKS)),
            st.one_of(st.none(), st.tuples(st.integers(0, 40), st.booleans())),
        ),
        st.tuples(st.sampled_from(DECISIONS), st.none()),
        st.tuples(st.sampled_from(["link", "erase"]), st.sampled_from(VISITORS)),
    ),
    min_size=4,
    max_size=16,
)


class World:
    """A site on which one thing after the other happens."""

    def __init__(self) -> None:
        worker_redis().flushdb()
        with connection.cursor() as cursor:
            for table in ("source", "tally", "quarantinedevent", "erasure", "lakeerasure"):
                cursor.execute(f"DELETE FROM personalize_{table}")
        EventDefinition.objects.filter(name="Noise").delete()
        forget_sources()
        self.endpoint = Endpoint()

    def do(self, name: str, how: Any) -> None:
        """Let one thing happen; a worker may be killed while it does it."""
        if name == "send":
            self.endpoint.send([KINDS[kind](visitor, number) for kind, visitor, number in how])
        elif name in WORKS and how:
            with killed_at(how[0], is_done=how[1]):
                WORKS[name]()
            worker_redis().delete("px:flush", "px:lake:write")  # as time does
        elif name in WORKS:
            WORKS[name]()
        elif name == "link":
            send(link(f"user-{how}", anonymous_id=how))
        elif name == "erase":
            erase([f"a:{how}"])
        else:
            self._decide(name)

    def _decide(self, name: str) -> None:
        """Let an editor or an operator do something."""
        waiting = QuarantinedEvent.objects.waiting()
        if name in ("block", "unblock"):
            status = "blocked" if name == "block" else "adopted"
            EventDefinition.objects.update_or_create(name="Noise", defaults={"status": status})
        elif name == "replay":
            replay(waiting[:2], at=datetime.now(UTC))
        elif name == "discard":
            QuarantinedEvent.objects.filter(pk__in=waiting.values("pk")[:2]).discard()
        else:
            add_nonsense(0)


@given(operations)
@trials(
    max_examples=TRIALS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_law_holds_at_every_moment(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path_factory: Any, steps: Any
) -> None:
    folder = tmp_path_factory.mktemp("lake")
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": str(folder), "LAKE_OPTIONS": {}}
    monkeypatch.setattr(effect, "fold", _poisonable)
    world = World()
    for name, how in steps:
        world.do(name, how)
        holding()
    for _ in range(2):
        ring()
        drain_all()
        holding()
    write_waiting()
    flush()
    law = holding()
    assert law.lag == 0
    assert not any(line.in_flight for line in law.lines)
    assert not any(line.lake and line.lake.waiting for line in law.lines)
    total: Counter[str] = Counter()
    for line in law.lines:
        total.update(line.counts if line.source == SOURCE else {})
    again = total["accepted"] - world.endpoint.accepted - total["forwarded"] - total["replayed"]
    assert again >= 0
    assert again == 0 or any(name in WORKS and how for name, how in steps)


def _poisonable(profile: Any, events: Any, **options: Any) -> Any:
    if any(event.event == "Poison" for event in events):
        raise ValueError("properties.dose: expected less")
    return fold(profile, events, **options)
