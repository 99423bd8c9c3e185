"""The rows that say how events are cleaned."""

import pytest
from django.core.exceptions import ValidationError

from personalize.models import CleaningPolicy
from personalize.models.cleaning import register_browser_policy

pytestmark = pytest.mark.django_db


def test_the_browsers_have_a_policy_from_the_start_and_keep_theirs():
    CleaningPolicy.objects.all().delete()
    register_browser_policy()
    CleaningPolicy.objects.update(bot_threshold=150)
    register_browser_policy()
    assert CleaningPolicy.objects.get(source="browser").bot_threshold == 150


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "euro"),
        ("url_query_allowed", "page"),
        ("url_query_allowed", ["page", 5]),
        ("url_query_allowed", ["*"]),
        ("bot_threshold", -1),
    ],
)
def test_a_fault_names_its_field(field, value):
    policy = CleaningPolicy(source="shop", **{field: value})
    with pytest.raises(ValidationError) as raised:
        policy.full_clean()
    assert set(raised.value.message_dict) == {field}


def test_names_of_a_query_may_stand_for_all_that_begin_so():
    CleaningPolicy(source="shop", currency="EUR", url_query_allowed=["page", "f_*"]).full_clean()
