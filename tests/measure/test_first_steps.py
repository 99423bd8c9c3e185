"""How far a site is, by facts."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from personalize.connections import worker_redis
from personalize.keys import partition_tally_key, tally_field, tally_key
from personalize.measure.first_steps import FirstSteps, first_event, first_steps, note_preview
from personalize.models import Tally
from tests.factories import SegmentFactory, ShowingFactory, TallyFactory, UserFactory

AT = 1_700_000_000_000


@pytest.fixture
def editor(db):
    """Whoever asks."""
    return UserFactory()


def test_a_site_with_all_of_it_is_through_in_one_query(editor):
    TallyFactory(metric="accepted", key="browser")
    TallyFactory(metric="events", key="Page Viewed")
    SegmentFactory()
    ShowingFactory(variant="vip")  # of a template: no row of `Variant`
    note_preview(now=datetime(2026, 1, 1, 10, 30, tzinfo=UTC))

    with CaptureQueriesContext(connection) as queries:
        found = first_steps(editor.pk)

    assert found.number == 6
    assert len(queries) == 1


def test_a_new_site_is_at_its_beginning(editor):
    ShowingFactory(variant="")

    assert first_steps(editor.pk) == FirstSteps(*[False] * 6)
    assert first_event() is None


def test_what_redis_has_counted_and_the_database_does_not_have_yet_counts(editor):
    taken = tally_field("accepted", at=AT, key="browser")
    worker_redis().hincrby(partition_tally_key(0), taken, 1)
    assert first_steps(editor.pk).is_sent
    assert first_event() is None

    worker_redis().hincrby(tally_key(5), tally_field("events", at=AT, key="Page Viewed"), 1)
    assert first_steps(editor.pk).is_known
    assert first_event() == "Page Viewed"


def test_previews_are_counted_by_the_hour(db):
    for minute in (10, 50):
        note_preview(now=datetime(2026, 1, 1, 10, minute, tzinfo=UTC))

    assert Tally.objects.get(metric="previews").count == 2
