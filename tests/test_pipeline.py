"""The background's flow on a real Redis: what goes into the stream comes out in profiles, once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from personalize import effect
from personalize.clean.erased import bury
from personalize.connections import worker_redis
from personalize.effect import empty_profile
from personalize.keys import due_key, shard_of
from personalize.models import (
    EventDefinition,
    Membership,
    QuarantinedEvent,
    Segment,
    Tally,
    Trait,
    Visitor,
)
from personalize.pipeline import process
from personalize.profile import emitted, store
from personalize.rules.syntax import to_json
from personalize.segment import refresh
from personalize.signals import segment_entered
from personalize.stream.protocol import current_stream, partition_of
from personalize.stream.redis import events_key
from personalize.stream.replay import replay
from personalize.tasks import flush, ring, tick
from tests.streamed import KEEN, VIEWS, drain_all, now, send, view, views_of

pytestmark = pytest.mark.django_db(transaction=True)


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
    process(entries, partition=partition)
    process(stream.read(partition, limit=10), partition=partition)
    assert views_of("a:visitor") == 2
    flush()
    assert Tally.objects.get(metric="events", key="Viewed").count == 2


def test_a_stale_owner_cannot_overwrite_what_was_applied_later(keen: Segment) -> None:
    send(view(1), view(2))
    partition = partition_of("a:visitor", current_stream().partitions)
    first, second = current_stream().read(partition, limit=10)
    stale = store.load(["a:visitor"], partition=partition)["a:visitor"]
    process([first, second], partition=partition)
    profile = empty_profile("a:visitor")
    change = store.Change(profile, stale.seen, first.position)
    assert store.save([change], partition=partition) == [store.Saved.APPLIED_BEFORE]
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
        ("accepted", "shop"): 4,
        ("stored", "shop"): 4,
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
    process(entries, partition=partition)
    current_stream().acknowledge(partition, [entry.position for entry in entries])
    profile = store.read_profile("a:visitor")
    assert profile
    assert list(profile.segments) == ["keen"]
    due = worker_redis().zscore(due_key(shard_of("a:visitor")), "a:visitor")
    ticks = refresh.due_ticks(now=int(due), limit=10)
    send(*ticks, *ticks)
    process(current_stream().read(partition, limit=10), partition=partition, now=int(due) + 1)
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


def test_an_active_visitor_enters_a_segment_that_is_new(keen: Segment) -> None:
    send(*(view(number) for number in range(3)))
    drain_all()
    Segment.objects.create(name="New", slug="new", rule={**KEEN, "value": 1})
    send(view(9, event="Waved"))
    drain_all()
    profile = store.read_profile("a:visitor")
    assert profile
    assert sorted(profile.segments) == ["keen", "new"]


def test_a_visitor_who_was_never_flushed_is_looked_at_again(keen: Segment) -> None:
    send(view(1))
    drain_all()
    keen.rule = {**KEEN, "value": 0}
    keen.save()
    tick()
    drain_all()
    profile = store.read_profile("a:visitor")
    assert profile
    assert list(profile.segments) == ["keen"]


def test_what_this_site_tells_itself_is_counted_apart_and_is_no_visit(keen: Segment) -> None:
    send(view(1))
    drain_all()
    before = store.read_profile("a:visitor")
    send(view(2, event="Variant Served", source="system", context={"page": {"path": "/later"}}))
    drain_all()
    flush()
    after = store.read_profile("a:visitor")
    assert before
    assert after
    assert (after.context, after.sessions) == (before.context, before.sessions)
    assert after.context["device"] == "desktop"
    assert Tally.objects.get(metric="events").key == "Viewed"
    assert Tally.objects.get(metric="exposures").key == "Variant Served"


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


def test_a_profile_that_another_owner_writes_meanwhile_takes_both_effects(
    keen: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two owners meet in one profile when partitions are raised while events wait."""
    send(view(1), view(2))
    partition = partition_of("a:visitor", current_stream().partitions)
    first, second = current_stream().read(partition, limit=10)
    load = store.load

    def overtaken(subjects: list[str], *, partition: int) -> Any:
        stored = load(subjects, partition=partition)
        monkeypatch.undo()
        process([second], partition=partition + 1)
        return stored

    monkeypatch.setattr(store, "load", overtaken)
    assert process([first], partition=partition).saved == 1
    assert views_of("a:visitor") == 2


def test_a_hand_over_of_a_worker_that_dies_before_sending_it_is_sent_by_the_next(
    keen: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    link = {"type": "link", "event": "Identity Linked", "source": "system"}
    send(view(1), view(2, **link, properties={"user_id": "7", "proof": "login"}))
    partition = partition_of("a:visitor", current_stream().partitions)
    monkeypatch.setattr(emitted, "accept", die)
    with pytest.raises(Killed):
        process(current_stream().read(partition, limit=10), partition=partition)
    monkeypatch.undo()
    ring()
    drain_all()
    assert views_of("u:7") == 1


def test_what_became_of_every_accepted_event_adds_up(keen: Segment) -> None:
    EventDefinition.objects.create(name="Noise", status="blocked")
    bury("a:erased")
    poison = view(5, properties={"x": 1}, anonymous_id="y" * 300)
    send(view(1), view(1), view(2, bot="crawler", anonymous_id="bot"), view(3, event="Noise"))
    send(view(4, anonymous_id="erased"), poison)
    drain_all()
    drain_all()
    flush()
    counted = {row.metric: row.count for row in Tally.objects.filter(key="shop")}
    assert counted.pop("accepted") == 6
    assert counted == {
        "stored": 1,
        "duplicates": 1,
        "bots": 1,
        "blocked": 1,
        "erased": 1,
        "quarantined": 1,
    }


def test_an_event_that_raised_is_no_duplicate_when_it_is_replayed(
    keen: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(profile: Any, events: Any, **options: Any) -> Any:
        raise ValueError("mended later")

    monkeypatch.setattr(effect, "fold", failing)
    send(view(1))
    drain_all()
    monkeypatch.undo()
    replay(QuarantinedEvent.objects.all(), at=datetime.now(UTC))
    drain_all()
    assert views_of("a:visitor") == 1


def test_what_was_decided_before_a_crash_stays_when_an_editor_changes_their_mind(
    keen: Segment,
) -> None:
    send(view(1), view(2, event="Noise"))
    partition = partition_of("a:visitor", current_stream().partitions)
    noise = EventDefinition.objects.create(name="Noise", status="blocked")
    process(current_stream().read(partition, limit=10), partition=partition)
    noise.delete()
    EventDefinition.objects.create(name="Viewed", status="blocked")
    process(current_stream().read(partition, limit=10), partition=partition)
    flush()
    outcomes = Tally.objects.filter(key="shop").exclude(metric="accepted")
    assert {row.metric: row.count for row in outcomes} == {"stored": 1, "blocked": 1}


def test_what_is_in_a_profile_does_not_count_as_erased_as_well(keen: Segment) -> None:
    send(view(1))
    partition = partition_of("a:visitor", current_stream().partitions)
    process(current_stream().read(partition, limit=10), partition=partition)
    bury("a:visitor")
    store.erase_profile("a:visitor")
    process(current_stream().read(partition, limit=10), partition=partition)
    flush()
    outcomes = Tally.objects.filter(key="shop").exclude(metric="accepted")
    assert {row.metric: row.count for row in outcomes} == {"stored": 1}
