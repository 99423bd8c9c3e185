"""Policies as the database and the settings have them."""

import pytest

from personalize.clean.load import load_policies
from personalize.models import CleaningPolicy, EventDefinition, PropertyStatistics
from tests.factories import EventDefinitionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(settings):
    settings.PERSONALIZE = {
        **settings.PERSONALIZE,
        "CURRENCY": "EUR",
        "RATES": {"USD": 0.92},
        "URL_QUERY_ALLOWED": ["page"],
    }
    EventDefinition.objects.all().delete()


def test_what_editors_declare_is_compiled_with_what_was_learned(django_assert_num_queries):
    price = {"type": "number", "unit": "money", "outliers": "flag"}
    EventDefinitionFactory(name="Boat Rented", properties={"price": price})
    EventDefinitionFactory(name="Boat Seen", properties={})
    PropertyStatistics.objects.create(
        event="Boat Rented", property="price", median=5, mad=1, computed_at="2026-09-21T00:00Z"
    )
    with django_assert_num_queries(3):
        policies = load_policies()
    assert set(policies.events) == {"Boat Rented"}
    assert policies.events["Boat Rented"].money == ("price",)
    assert policies.events["Boat Rented"].bounds[0][0] == "price"
    assert (policies.currency, policies.rates) == ("EUR", {"USD": 0.92})


def test_a_sources_row_is_its_policy_and_the_settings_hold_for_all():
    CleaningPolicy.objects.create(source="shop", bot_threshold=150, url_query_allowed=["q"])
    policies = load_policies()
    assert policies.of_source("shop").bot_threshold == 150
    assert policies.of_source("shop").url_query_allowed == {"page", "q"}
    assert policies.of_source("other").url_query_allowed == {"page"}


def test_an_older_row_that_is_not_understood_is_left_out(caplog):
    properties = {"price": {"type": "money"}, "n": {"type": "number"}}
    EventDefinitionFactory(name="Boat Rented", properties=properties)
    EventDefinitionFactory(name="Boat Seen", properties=["price"])
    assert set(load_policies().events["Boat Rented"].types) == {"n"}
    assert "Boat Rented: price" in caplog.text
