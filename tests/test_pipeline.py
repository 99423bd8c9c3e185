"""The background's flow on a real Redis: what goes into the stream comes out in profiles, once."""

import time
from typing import Any

import pytest
from django.db import DatabaseError

from personalize import pipeline
from personalize.clean.erased import bury
from personalize.connections import worker_redis
from personalize.events.event import Event
from personalize.models import (
    EventDefinition,
    IdentityLink,
    Membership,
    QuarantinedEvent,
    Segment,
    Tally,
    Trait,
    Visitor,
)
from personalize.profile import links, store
from personalize.rules.syntax import Behaviour, to_json
from personalize.segment import refresh
from personalize.signals import segment_entered
from personalize.stream.protocol import current_stream, partition_of
from personalize.stream.redis import events_key
from personalize.tasks import drain, flush, ring, tick
from tests.profile.naive import actual, event

pytestmark = pytest.mark.django_db(transaction=True)
VIEWS = Behaviour("Viewed", "count", "1d")
KEEN = {
    "field": "behaviour",
    "behaviour": to_json(VIEWS),
    "operator": ">",
    "value": 2,
}


def now() -> int:
    return time.time_ns() // 1_000_000


def send(*events: Event) -> None:
    current_stream().append(events)


def drain_all() -> None:
    for partition in range(current_stream().partitions):
        drain(partition)


def view(number: int = 0, **changes: Any) -> Event:
    fields = {"anonymous_id": "visitor", "message_id": f"view-{number}", "source": "shop"} | changes
    return links.replace(event(now()), **fields)


def link(user_id: str = "7", **properties: Any) -> Event:
    return view(
        type="link",
        event="Identity Linked",
        message_id=f"link-{user_id}",
        properties={"user_id": user_id, "proof": "login", **properties},
    )


def views_of(subject: str) -> Any:
    profile = store.read_profile(subject)
    return actual(VIEWS, profile, now=now()) if profile else None


@pytest.fixture
def keen() -> Segment:
    return Segment.objects.create(name="Keen", slug="keen", rule=KEEN)


def test_a_visitor_who_views_three_times_enters_the_segment(keen: Segment) -> None:
    told: list[str] = []

    def receive(**said: Any) -> None:
        told.append(said["segment"])

    segment_entered.connect(receive)
    send(*(view(number) for number in range(3)))
    drain_all()
    segment_entered.disconnect(receive)
    profile = store.read_profile("a:visitor")
    assert profile
    assert list(profile.segments) == ["keen"]
    assert told == ["keen"]
    moments = [moment.event for moment in store.read_timeline("a:visitor")]
    assert sorted(moments) == ["Segment Entered", "Viewed", "Viewed", "Viewed"]


def test_a_saved_rule_becomes_a_trait(keen: Segment) -> None:
    assert Trait.objects.get(key=VIEWS.key).behaviour == to_json(VIEWS)


def test_a_duplicate_has_no_effect(keen: Segment) -> None:
    send(view(1), view(1), view(2))
    drain_all()
    send(view(2))
    drain_all()
    assert views_of("a:visitor") == 2


def test_entries_delivered_again_have_no_effect(keen: Segment) -> None:
    send(view(1), view(2))
    stream, partition = current_stream(), partition_of("a:visitor", current_stream().partitions)
    entries = stream.read(partition, limit=10)
    pipeline.process(entries, partition=partition)
    pipeline.process(stream.read(partition, limit=10), partition=partition)
    assert views_of("a:visitor") == 2
    flush()
    assert Tally.objects.get(metric="events", key="Viewed").count == 2


def test_a_stale_owner_cannot_overwrite_what_was_applied_later(keen: Segment) -> None:
    send(view(1), view(2))
    partition = partition_of("a:visitor", current_stream().partitions)
    first, second = current_stream().read(partition, limit=10)
    stale = store.load(["a:visitor"], partition=partition)["a:visitor"]
    pipeline.process([first, second], partition=partition)
    profile = pipeline.empty_profile("a:visitor")
    change = store.Change(profile, stale.seen, first.position)
    assert store.save([change], partition=partition) == [False]
    assert views_of("a:visitor") == 2


def test_bytes_that_are_no_event_go_to_quarantine_and_their_neighbours_go_on(keen: Segment) -> None:
    partition = partition_of("a:visitor", current_stream().partitions)
    send(view(1))
    worker_redis().xadd(events_key(partition), {b"e": b"\xc1 nonsense"})
    send(view(2))
    drain_all()
    row = QuarantinedEvent.objects.get()
    assert (row.reason, bytes(row.raw)) == ("undecodable", b"\xc1 nonsense")
    assert views_of("a:visitor") == 2
    assert current_stream().lag(partition).entries == 0


def test_an_event_that_raises_goes_to_quarantine_alone(keen: Segment) -> None:
    poison = view(9, type="merge", event="Profile Merged", properties={"profile": b"\xc1"})
    send(view(1), poison, view(2), view(3, anonymous_id="stranger"))
    drain_all()
    assert QuarantinedEvent.objects.get().reason == "failed"
    assert (views_of("a:visitor"), views_of("a:stranger")) == (2, 1)


def test_an_event_that_ends_its_worker_is_found_and_set_aside(
    keen: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WorkerEnded(BaseException):
        pass

    process = pipeline.process

    def deadly(entries: Any, *, partition: int) -> Any:
        if any(entry.event.message_id == "view-2" for entry in entries):
            raise WorkerEnded
        return process(entries, partition=partition)

    monkeypatch.setattr(pipeline, "process", deadly)
    send(view(1), view(2), view(3))
    partition = partition_of("a:visitor", current_stream().partitions)
    for _ in range(pipeline.DELIVERIES_TOGETHER + pipeline.ATTEMPTS_ALONE):
        with pytest.raises(WorkerEnded):
            pipeline.drain(partition)
    pipeline.drain(partition)
    assert QuarantinedEvent.objects.get().reason == "ends_worker"
    assert views_of("a:visitor") == 2


def test_nothing_is_acknowledged_while_the_database_does_not_answer(
    keen: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise DatabaseError("the server went away")

    send(view(1), link())
    partition = partition_of("a:visitor", current_stream().partitions)
    monkeypatch.setattr(links, "log_links", refuse)
    pipeline.drain(partition)
    assert current_stream().lag(partition).entries == 2
    monkeypatch.undo()
    drain_all()
    assert current_stream().lag(partition).entries == 0
    drain_all()
    assert views_of("u:7") == 1


def test_a_linked_visitors_profile_becomes_the_users(keen: Segment) -> None:
    send(view(1), view(2), link(), view(3))
    send(view(4, user_id="7"))
    for _ in range(3):  # the hand-over and the late event go through the stream
        drain_all()
    flush()
    assert views_of("u:7") == 4
    profile = store.read_profile("a:visitor")
    assert profile
    assert profile.merged_into == "u:7"
    assert [row.subject for row in Visitor.objects.all()] == ["u:7"]
    assert IdentityLink.objects.get().proof == "login"


def test_unlinking_restores_the_visitors_profile(keen: Segment) -> None:
    send(view(1), view(2), link())
    drain_all()
    row = IdentityLink.objects.get()
    links.unlink(row)
    send(view(3))
    drain_all()
    flush()
    row.refresh_from_db()
    assert row.undone_at
    assert views_of("a:visitor") == 3
    assert Visitor.objects.filter(subject="a:visitor").exists()


def test_a_linked_visitors_event_sent_again_after_log_in_counts_once(keen: Segment) -> None:
    send(view(1), link())
    drain_all()
    drain_all()
    send(view(1, user_id="7"))
    drain_all()
    assert views_of("u:7") == 1


def test_bots_are_marked_and_reach_nothing(keen: Segment) -> None:
    send(*(view(number, bot="crawler") for number in range(4)))
    drain_all()
    flush()
    profile = store.read_profile("a:visitor")
    assert profile
    assert profile.is_bot
    assert not profile.segments
    assert not Visitor.objects.exists()
    assert Tally.objects.get(metric="bots").count == 4


def test_flush_writes_visitors_memberships_counts_and_the_registry(keen: Segment) -> None:
    send(*(view(number) for number in range(3)), view(9, event="Waved"))
    drain_all()
    flush()
    flush()
    visitor = Visitor.objects.get(subject="a:visitor")
    assert (visitor.events, visitor.sessions) == (4, 1)
    assert Membership.objects.get(visitor=visitor, segment=keen).exited_at is None
    counted = {(row.metric, row.key): row.count for row in Tally.objects.exclude(metric="flush")}
    assert counted == {
        ("events", "Viewed"): 3,
        ("events", "Waved"): 1,
        ("new_visitors", ""): 1,
        ("entered", "keen"): 1,
    }
    waved = EventDefinition.objects.get(name="Waved")
    assert (waved.status, waved.volume) == ("unknown", 1)


def test_time_alone_takes_a_visitor_out_of_a_segment(keen: Segment) -> None:
    yesterday = now() - 86_400_000
    send(*(view(number, timestamp=yesterday + 3_600_000) for number in range(3)))
    partition = partition_of("a:visitor", current_stream().partitions)
    entries = current_stream().read(partition, limit=10)
    pipeline.process(entries, partition=partition)
    current_stream().acknowledge(partition, [entry.position for entry in entries])
    profile = store.read_profile("a:visitor")
    assert profile
    assert list(profile.segments) == ["keen"]
    due = worker_redis().zscore(store.DUE_KEY, "a:visitor")
    ticks = refresh.due_ticks(now=int(due), limit=10)
    send(*ticks, *ticks)
    pipeline.process(
        current_stream().read(partition, limit=10), partition=partition, now=int(due) + 1
    )
    profile = store.read_profile("a:visitor")
    assert profile
    assert not profile.segments
    flush()
    assert Membership.objects.get().exited_at


def test_everybody_is_looked_at_again_when_a_segment_changes(keen: Segment) -> None:
    send(view(1))
    drain_all()
    flush()
    keen.rule = {**KEEN, "value": 0}
    keen.save()
    tick()
    drain_all()
    profile = store.read_profile("a:visitor")
    assert profile
    assert list(profile.segments) == ["keen"]


def test_ring_calls_for_partitions_whose_doorbell_was_lost(keen: Segment) -> None:
    send(view(1))
    assert ring() == 1
    drain_all()
    assert ring() == 0


def test_events_of_erased_subjects_are_dropped(keen: Segment) -> None:

    bury("a:visitor")
    send(view(1), view(2, anonymous_id="stranger"))
    drain_all()
    assert store.read_profile("a:visitor") is None
    assert views_of("a:stranger") == 1
