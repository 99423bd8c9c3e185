"""The audit's command: text, JSON and exit code."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from personalize.connections import worker_redis
from personalize.lake.write import write_waiting
from tests.lake.conftest import lake as lake  # a fixture
from tests.streamed import drain_all, send, view

pytestmark = pytest.mark.django_db(transaction=True)


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("personalize_audit", *arguments, stdout=out)
    return out.getvalue()


def test_it_says_that_everything_adds_up(lake):
    send(view(1), view(1), view(2, bot="crawler"))
    drain_all()
    write_waiting()
    text = told()
    assert "✓ Everything adds up." in text
    counts = ["3", "1", "1", "1", "0", "0", "0", "0", "0"]  # accepted, outcomes, in flight
    assert text.splitlines()[1].split()[1:] == ["shop", *counts, "2", "+", "0"]


def test_its_json_has_every_line():
    send(view(1))
    found = json.loads(told("--json"))
    assert found["holds"]
    assert found["lines"][0]["in_flight"] == found["in_stream"] == 1


def test_it_fails_when_something_is_lost():
    send(view(1))
    worker_redis().delete(*worker_redis().keys("px:*:events"))
    with pytest.raises(CommandError) as failure:
        told()
    assert failure.value.returncode == 1


def test_days_and_a_source_can_be_chosen():
    send(view(1), view(2, source="till"))
    assert "shop" not in told("--source", "till")
    assert "till" not in told("--from", "2026-01-01", "--until", "2026-01-31")
    with pytest.raises(CommandError, match="is after"):
        told("--from", "2026-02-01", "--until", "2026-01-31")


def test_samples_are_masked_and_need_a_lake(lake, settings):
    send(view(1, properties={"email": "ada@example.com", "plan": "gold"}))
    drain_all()
    write_waiting()
    text = told("--samples", "3")
    assert "gold" in text
    assert "ada@" not in text
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    with pytest.raises(CommandError, match="LAKE_URL"):
        told("--samples", "3")
