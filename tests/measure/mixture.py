"""Events of every kind through the real endpoint, and a worker that dies at any command."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import redis
from django.test import Client

from personalize import connections
from personalize.connections import worker_redis
from personalize.models import QuarantinedEvent, Source
from personalize.profile import store
from personalize.stream.redis import events_key
from tests.streamed import FIREFOX

SOURCE = "mixture"
VISITORS = ("ada", "bea", "cleo")


class Killed(BaseException):
    """The process is gone: nothing is caught, and nothing tidied up."""


class Endpoint:
    """A trusted client, and how much it was told is accepted."""

    def __init__(self) -> None:
        source = Source(name=SOURCE)
        key = base64.b64encode(f"{source.renew_key()}:".encode()).decode()
        source.save()
        self.client = Client(headers={"authorization": f"Basic {key}"})
        self.accepted = 0

    def send(self, messages: list[dict[str, Any]]) -> None:
        """Post one batch."""
        answer = self.client.post(
            "/personalize/v1/batch", {"batch": messages}, content_type="application/json"
        )
        if answer.status_code == 200:
            self.accepted += len(messages) - len(json.loads(answer.content).get("rejected", ()))
        else:
            assert answer.status_code == 400, answer.content  # every one of them was malformed


def message(visitor: str, number: int, *, name: str = "Viewed", **more: Any) -> dict[str, Any]:
    """Return an event of a visitor as a client sends it; the same number is a duplicate."""
    return {
        "type": "track",
        "event": name,
        "anonymousId": visitor,
        "messageId": f"{visitor}-{number}",
        "context": {"userAgent": FIREFOX},
    } | more


KINDS: dict[str, Callable[[str, int], dict[str, Any]]] = {
    "good": message,
    "late": lambda visitor, number: message(visitor, number, timestamp="2026-01-02T03:04:05Z"),
    "bot": lambda visitor, number: message(
        visitor, number, context={"userAgent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}
    ),
    "blocked": lambda visitor, number: message(visitor, number, name="Noise"),
    "poison": lambda visitor, number: message(visitor, number, name="Poison"),
    "malformed": lambda visitor, number: message(visitor, number, properties=7),
    "user's": lambda visitor, number: message(visitor, number, userId=f"user-{visitor}"),
}


def add_nonsense(partition: int) -> None:
    """Let another program write bytes into the stream that are no event."""
    worker_redis().xadd(events_key(partition), {b"e": b"\xc1 nonsense"})


@contextmanager
def killed_at(number: int, *, is_done: bool) -> Iterator[None]:
    """Let the process die at its nth command to Redis, before or after Redis has done it."""
    left = number

    def deadly(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0 and not is_done:
                raise Killed
            answer = original(*arguments, **options)
            if left < 0:
                raise Killed
            return answer

        return call

    places = [
        (redis.Redis, "execute_command"),
        (redis.client.Pipeline, "execute"),
        (connections, "_replies"),
        (store, "write_to_work"),
        (QuarantinedEvent.objects._queryset_class, "bulk_create"),
    ]
    originals = [getattr(place, name) for place, name in places]
    try:
        for (place, name), original in zip(places, originals, strict=True):
            setattr(place, name, deadly(original))
        yield
    except Killed:
        pass
    finally:
        for (place, name), original in zip(places, originals, strict=True):
            setattr(place, name, original)
