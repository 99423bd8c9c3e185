"""Send simulated messages through the real endpoint, in this process."""

import base64
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.test import Client
from django.urls import reverse

BATCH = 100


class Sent(NamedTuple):
    """What came of it."""

    accepted: int
    rejected: int


class NotAccepted(Exception):
    """The endpoint refused a whole request; the message has its answer."""


def send(
    messages: Sequence[dict[str, Any]], *, write_key: str, progress: Callable[[int], None]
) -> Sent:
    """Post the messages in batches, as Segment's clients do; wait and resend when asked to."""
    client = Client(
        headers={"authorization": "Basic " + base64.b64encode(f"{write_key}:".encode()).decode()},
        SERVER_NAME=settings.ALLOWED_HOSTS[0].lstrip("."),
    )
    rejected = 0
    for start in range(0, len(messages), BATCH):
        answer = _post(client, messages[start : start + BATCH])
        rejected += len(answer.get("rejected", ()))
        progress(min(start + BATCH, len(messages)))
    return Sent(accepted=len(messages) - rejected, rejected=rejected)


def _post(client: Client, batch: Sequence[dict[str, Any]]) -> dict[str, Any]:
    while True:
        response = client.post(
            reverse("personalize:batch"),
            {"batch": batch},  # no sentAt: the times are history, not a wrong clock
            content_type="application/json",
            secure=settings.SECURE,
        )
        if response.status_code == 200:
            answer: dict[str, Any] = response.json()
            return answer
        if response.status_code not in (429, 503):
            raise NotAccepted(f"{response.status_code}: {response.content.decode()[:500]}")
        time.sleep(float(response.headers.get("Retry-After", "1")))
