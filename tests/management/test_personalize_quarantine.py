"""The quarantine's command."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from personalize.models import QuarantinedEvent, Tally
from personalize.stream.protocol import current_stream
from tests.servers import free_port
from tests.streamed import drain_all, send, view

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quarantined() -> None:
    long = {"anonymous_id": "x" * 300}
    send(view(1, properties={"email": "ada@example.com", "plan": "gold"}, **long))
    send(view(2, source="till", **long))
    drain_all()


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("personalize_quarantine", *arguments, stdout=out)
    return out.getvalue()


def waiting() -> int:
    stream = current_stream()
    return sum(stream.lag(partition).entries for partition in range(stream.partitions))


def test_list_tells_reason_and_field(quarantined):
    text = told("list")
    assert "$.anonymousId" in text
    assert "2 events." in text
    assert "1 events." in told("list", "--source", "till")
    assert "0 events." in told("list", "--reason", "other")
    assert "0 events." in told("list", "--since", "2036-01-01")


def test_show_masks_what_identifies_people(quarantined):
    text = told("show")
    assert "gold" in text
    assert "ada@" not in text


def test_replay_sends_the_chosen_again(quarantined):
    assert "1 events: nothing is done" in told("replay", "--source", "till", "--dry-run")
    assert waiting() == 0
    assert "1 events replayed." in told("replay", "--source", "till")
    assert waiting() == 1
    assert "0 events replayed." in told("replay", "--source", "till")


def test_discard_counts_what_it_deletes(quarantined):
    assert "1 events discarded." in told("discard", "--limit", "1")
    assert QuarantinedEvent.objects.count() == 1
    assert Tally.objects.get(metric="discarded").count == 1


def test_single_ones_can_be_named(quarantined):
    row = QuarantinedEvent.objects.order_by("pk").last()
    assert "1 events discarded." in told("discard", str(row.pk))


def test_a_stream_that_does_not_answer_is_said(quarantined, settings):
    url = f"redis://127.0.0.1:{free_port()}/0"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": url}
    with pytest.raises(CommandError, match="does not answer"):
        told("replay")
