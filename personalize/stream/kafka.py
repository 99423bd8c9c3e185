"""Kafka as the stream: a topic, or one per signal type, whose partitions are the stream's."""

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from personalize.events.event import Event, encode
from personalize.stream.kafka_group import Member
from personalize.stream.kafka_reader import Meter, Reader
from personalize.stream.kafka_sender import Message, Sender
from personalize.stream.kafka_topics import Place, Topics
from personalize.stream.ownership import Ownership, to_ring
from personalize.stream.protocol import Burial, Entry, Lag, StreamUnavailable, partition_of

CLIENT = {
    "log_level": 2,  # a broker that is down is told of by what fails, not each second
    "socket.timeout.ms": 10_000,
    "reconnect.backoff.max.ms": 1_000,
    "topic.metadata.refresh.interval.ms": 10_000,  # so long until new partitions are found
    "logger": logging.getLogger("personalize.stream.kafka.client"),
}
CONSUMER = {
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "queued.max.messages.kbytes": 16_384,  # a reader fetches ahead: memory a partition
}
MEMBER = {
    "partition.assignment.strategy": "cooperative-sticky",
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 2_000,
}


class KafkaStream:
    """A stream on Apache Kafka 2.5 or later.

    `STREAM_OPTIONS`, of which only the first is needed:

    - `bootstrap_servers`: `"host:port,host:port"`
    - `topic` ("personalize"), and `topics_by_event`: other topics for some events, by their names
    - `group` ("personalize"): the name of the consumer group
    - `config`, `consumer_config`: settings of librdkafka for all clients, or for consumers only
    - `topic_config`, `replication`: how a missing topic is made; by default as the brokers will
    - `seconds` (3): how long an append may take
    """

    def __init__(
        self,
        *,
        partitions: int,
        bootstrap_servers: str,
        topic: str = "personalize",
        topics_by_event: Mapping[str, str] | None = None,
        group: str = "personalize",
        config: Mapping[str, Any] | None = None,
        consumer_config: Mapping[str, Any] | None = None,
        topic_config: Mapping[str, str] | None = None,
        replication: int = -1,
        seconds: float = 3.0,
    ) -> None:
        self._width = partitions
        self._topic, self._topic_of = topic, dict(topics_by_event or {})
        self._seconds = seconds
        self._config = {**CLIENT, "bootstrap.servers": bootstrap_servers, **(config or {})}
        self._consumer = {**self._config, **CONSUMER, "group.id": group, **(consumer_config or {})}
        self._topic_config, self._replication = dict(topic_config or {}), replication
        self._ownership = Ownership()
        self._clients: _Clients | None = None

    @property
    def partitions(self) -> int:
        """How many partitions all topics have together."""
        return self._own_clients().topics.count

    def append(self, events: Sequence[Event]) -> list[int]:
        """Return when all replicas in sync have the events; what then rings is no promise."""
        if not events:
            return []
        clients = self._own_clients()
        places = [self._place_of(event) for event in events]
        clients.sender().send(
            [Message(*place, encode(event)) for place, event in zip(places, events, strict=True)]
        )
        try:
            numbers = [clients.topics.number_of(place) for place in dict.fromkeys(places)]
        except StreamUnavailable:  # Redis has no numbers to ring, but the events are stored
            return []
        return to_ring(numbers)

    def read(self, partition: int, *, limit: int) -> list[Entry]:
        """Return what was handed out and is not done; when there is none, what is new."""
        reader = self._own_clients().reader(partition)
        return reader.read(limit) if reader else []

    def acknowledge(self, partition: int, positions: Sequence[str]) -> None:
        """Commit up to the first entry that is not done; the topic's retention frees the space."""
        reader = self._own_clients().reader(partition)
        if reader and positions:
            reader.acknowledge(positions)

    def own(self, partition: int) -> bool:
        """Take or renew the lock in Redis; who gains it begins where the group is."""
        taken = self._ownership.take(partition)
        reader = self._own_clients().reader(partition) if taken == "gained" else None
        if reader:
            reader.rest()
        return bool(taken)

    def release(self, partition: int) -> bool:
        """Give the lock back; True when something came in since the last read."""
        reader = self._own_clients().reader(partition)
        if not self._ownership.give_back(partition) or reader is None:
            return False
        has_more = reader.has_more()
        reader.rest()
        return has_more

    def lag(self, partition: int) -> Lag:
        """Count what the group has not committed."""
        clients = self._own_clients()
        place = clients.topics.place_of(partition)
        return clients.meter().lag(place) if place else Lag(0, 0.0)

    def join(self) -> Member:
        """Become a member of the consumer group; for one thread."""
        topics = self._own_clients().topics
        return Member(topics, ownership=self._ownership, config={**MEMBER, **self._consumer})

    def bury(self, burials: Sequence[Burial], *, partition: int) -> None:
        """Store what went to quarantine in `<topic>.dead` as well, with position and reason."""
        clients = self._own_clients()
        place = clients.topics.place_of(partition) or Place(self._topic, 0)
        clients.dead_topics.ensure()
        clients.sender().send([_dead_letter(place, burial) for burial in burials])

    def _place_of(self, event: Event) -> Place:
        # What the system tells itself stays in the one topic: links and merges keep their order.
        topic = self._topic_of.get(event.event, self._topic)
        return Place(topic, partition_of(event.subject, self._width))

    def _own_clients(self) -> "_Clients":
        if self._clients is None or self._clients.process != os.getpid():
            names = list(dict.fromkeys([self._topic, *self._topic_of.values()]))
            topics = self._topics(names, partitions=self._width)
            dead = self._topics([f"{name}.dead" for name in names], partitions=1)
            self._clients = _Clients(topics, dead, self._config, self._consumer, self._seconds)
        return self._clients

    def _topics(self, names: Sequence[str], *, partitions: int) -> Topics:
        return Topics(
            names,
            partitions=partitions,
            config=self._config,
            topic_config=self._topic_config,
            replication=self._replication,
        )


class _Clients:
    """A process' connections, each made when first needed: none survives a fork."""

    def __init__(
        self,
        topics: Topics,
        dead_topics: Topics,
        config: Mapping[str, Any],
        consumer: Mapping[str, Any],
        seconds: float,
    ) -> None:
        self.process = os.getpid()
        self.topics, self.dead_topics = topics, dead_topics
        self._config, self._consumer, self._seconds = config, consumer, seconds
        self._sender: Sender | None = None
        self._meter: Meter | None = None
        self._readers: dict[int, Reader] = {}

    def sender(self) -> Sender:
        """Return the producer, once the topics are there."""
        if self._sender is None:
            self.topics.ensure()
            self._sender = Sender(self._config, seconds=self._seconds)
        return self._sender

    def meter(self) -> Meter:
        """Return what measures the lag."""
        if self._meter is None:
            self._meter = Meter(self._consumer)
        return self._meter

    def reader(self, number: int) -> Reader | None:
        """Return the reader of a partition; None when its topic is there no more."""
        if number not in self._readers:
            place = self.topics.place_of(number)
            if place is None:
                return None
            self._readers[number] = Reader(place, number=number, config=self._consumer)
        return self._readers[number]


def _dead_letter(place: Place, burial: Burial) -> Message:
    headers = [
        ("reason", burial.reason.encode()),
        ("detail", burial.detail.encode()),
        ("position", f"{place.topic}/{place.partition}/{burial.entry.position}".encode()),
    ]
    return Message(f"{place.topic}.dead", 0, burial.entry.raw, headers)
