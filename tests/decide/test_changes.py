"""Changes that nobody told of: noticed by looking, and told of once."""

import pytest

from personalize.decide.changes import bump_if_unnoticed
from personalize.models import Segment
from personalize.profile.store import current_plan_version

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_change_that_redis_did_not_hear_of_is_noticed() -> None:
    segment = Segment.objects.create(name="Keen", slug="keen")
    bump_if_unnoticed()
    version = current_plan_version()
    bump_if_unnoticed()
    assert current_plan_version() == version
    Segment.objects.filter(pk=segment.pk).update(is_live=False)  # tells nobody, as a save in vain
    bump_if_unnoticed()
    assert current_plan_version() > version
