"""A member of the consumer group: what it does to batches, and when servers do not answer."""

from typing import Any

import pytest
from confluent_kafka import Consumer
from django.db import OperationalError, connections
from pytest_django import Settings

from personalize import effect
from personalize.connections import worker_redis
from personalize.measure.tally import flush_tally
from personalize.models import QuarantinedEvent, Segment, Tally
from personalize.profile import links
from personalize.stream.kafka_sender import Message
from personalize.stream.ownership import bell_key, owner_key
from personalize.stream.protocol import current_stream, partition_of
from tests.kafka_server import options_for_test
from tests.kafka_streamed import consume_all, kafka_stream, on_kafka, waiting
from tests.streamed import KEEN, drain_all, link, send, view, views_of

pytestmark = [pytest.mark.kafka, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def options(settings: Settings) -> dict[str, Any]:
    """Put the stream on Kafka, with a topic of the test's own."""
    Segment.objects.create(name="Keen", slug="keen", rule=KEEN)
    options = options_for_test()
    options["topics_by_event"] = {"Product Added": options["topic"] + ".carts"}
    settings.PERSONALIZE = {**settings.PERSONALIZE, **on_kafka(options)}
    return options


def test_what_was_sent_is_in_the_profiles_and_committed() -> None:
    send(*[view(number) for number in range(5)], view(9, anonymous_id="stranger"))
    consume_all()
    assert (views_of("a:visitor"), views_of("a:stranger"), waiting()) == (5, 1, 0)


def test_what_the_log_holds_is_counted_as_accepted_once_however_often_it_is_read() -> None:
    send(view(1), view(2), view(2), link())
    partition = partition_of("a:visitor", 4)
    for _ in range(2):
        kafka_stream().read(partition, limit=10)
    consume_all()
    flush_tally()
    counts = dict(Tally.objects.filter(key="shop").values_list("metric", "count"))
    assert (counts["accepted"], counts["stored"], counts["duplicates"]) == (3, 2, 1)


def test_an_event_sent_twice_counts_once() -> None:
    send(view(1), view(2))
    send(view(1), view(2))
    consume_all()
    assert views_of("a:visitor") == 2


def test_a_link_hands_the_profile_over() -> None:
    send(view(1), view(2), link())
    consume_all()
    assert views_of("u:7") == 2


def test_a_topic_of_its_own_is_read_as_well() -> None:
    send(view(1), view(2, event="Product Added"))
    assert kafka_stream().partitions == 8
    consume_all()
    assert views_of("a:visitor") == 1
    assert kafka_stream().lag(0).entries == 0


def test_celerys_workers_can_drain_it_too_and_what_they_did_is_not_done_again() -> None:
    send(view(1), view(2))
    drain_all()
    assert (views_of("a:visitor"), waiting()) == (2, 0)
    send(view(3))
    consume_all()
    assert views_of("a:visitor") == 3


def test_a_member_gives_its_locks_back_when_it_leaves() -> None:
    send(view(1))
    consume_all()
    partition = partition_of("a:visitor", 4)
    assert not worker_redis().exists(owner_key(partition), bell_key(partition))


def test_nothing_is_committed_while_the_database_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls, closed = [], []
    monkeypatch.setattr(connections, "close_all", lambda: closed.append(len(calls)))

    def refuse(made: Any) -> None:
        calls.append(waiting())
        if len(calls) < 3:
            raise OperationalError("the server went away")

    send(view(1), link())
    monkeypatch.setattr(links, "log_links", refuse)
    consume_all()
    assert calls[:3] == [2, 2, 2]
    assert closed == [1, 2]  # a connection may stand and only read: the next try has a new one
    assert views_of("u:7") == 1


def test_what_cannot_be_read_lies_in_quarantine_and_in_the_dead_letter_topic(
    options: dict[str, Any],
) -> None:
    stream = kafka_stream()
    stream._own_clients().sender().send([Message(options["topic"], 0, b"\xff no event")])
    send(view(1))
    consume_all()
    row = QuarantinedEvent.objects.get()
    (dead,) = dead_letters(options)
    assert bytes(row.raw) == dead.value() == b"\xff no event"
    headers = dict(dead.headers())
    assert headers["reason"] == row.reason.encode()
    assert headers["position"].decode().startswith(f"{options['topic']}/0/0000")
    assert views_of("a:visitor") == 1


def test_one_event_that_fails_is_set_aside_and_its_neighbours_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fold = effect.fold

    def fail(profile: Any, events: Any, **options: Any) -> Any:
        if any(each.message_id == "view-2" for each in events):
            raise ValueError("an event from hell")
        return fold(profile, events, **options)

    monkeypatch.setattr(effect, "fold", fail)
    send(view(1), view(2), view(3))
    consume_all()
    assert QuarantinedEvent.objects.get().reason == "failed"
    assert views_of("a:visitor") == 2


def test_partitions_can_be_raised_while_events_wait(settings: Settings) -> None:
    visitors = [f"visitor{number}" for number in range(20)]
    send(*[view(number, anonymous_id=name) for number, name in enumerate(visitors)])
    settings.PERSONALIZE = {**settings.PERSONALIZE, "PARTITIONS": 9}
    assert current_stream().partitions == 18
    send(*[view(100 + number, anonymous_id=name) for number, name in enumerate(visitors)])
    consume_all()
    assert [views_of(f"a:{name}") for name in visitors] == [2] * 20


def test_a_topic_that_the_settings_name_no_more_is_read_to_its_end(
    settings: Settings, options: dict[str, Any]
) -> None:
    settings.PERSONALIZE = {
        **settings.PERSONALIZE,
        **on_kafka({**options, "topics_by_event": {"Viewed": options["topic"] + ".views"}}),
    }
    send(view(1))
    settings.PERSONALIZE = {**settings.PERSONALIZE, **on_kafka(options)}
    send(view(2))
    consume_all()
    assert views_of("a:visitor") == 2


def dead_letters(options: dict[str, Any]) -> list[Any]:
    consumer = Consumer(
        {
            "bootstrap.servers": options["bootstrap_servers"],
            "group.id": "dead",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([options["topic"] + ".dead"])
    found = consumer.consume(10, timeout=5)
    consumer.close()
    return [message for message in found if not message.error()]
