"""Units and currencies."""

import pytest

from personalize.clean.convert import convert_money, convert_units
from tests.clean.drafts import draft_of

PRICE = {"price": {"type": "number", "unit": "money"}}
ORDER = {
    "total": {"type": "number", "unit": "money"},
    "products.price": {"type": "number", "unit": "money"},
}
WEIGHT = {"weight": {"type": "number", "unit": "kg"}}


def exchanged(properties, *, declared=PRICE, **more):
    draft = draft_of(properties, declared=declared, **more)
    convert_money(draft)
    return draft.properties, draft.notes


def measured(properties):
    draft = draft_of(properties, declared=WEIGHT)
    convert_units(draft)
    return draft.properties, draft.notes


def test_an_amount_comes_to_the_sites_currency_and_the_note_keeps_the_original():
    assert exchanged({"price": 8, "currency": "usd"}) == (
        {"price": 4, "currency": "EUR"},
        ["converted:price:USD:8"],
    )


def test_an_amount_without_a_currency_is_in_the_sources_else_in_the_sites():
    assert exchanged({"price": 8}) == ({"price": 8}, [])
    assert exchanged({"price": 8}, currency="USD") == (
        {"price": 4, "currency": "EUR"},
        ["converted:price:USD:8"],
    )


def test_every_amount_of_an_order_is_converted_those_of_its_products_too():
    given = {"total": 8, "currency": "USD", "products": [{"price": 6, "n": 1}, {"price": "?"}, 5]}
    properties, notes = exchanged(given, declared=ORDER)
    assert properties == {
        "total": 4,
        "currency": "EUR",
        "products": [{"price": 3, "n": 1}, {"price": "?"}, 5],
    }
    assert notes == ["converted:total:USD:8", "converted:products.price:USD"]


def test_a_currency_without_a_rate_leaves_all_as_it_is():
    given = {"price": 8, "currency": "JPY"}
    assert exchanged(given) == (given, ["unconverted:currency:JPY"])


@pytest.mark.parametrize("key", ["unit", "currency"])
def test_an_amount_may_say_its_own_currency(key):
    properties, notes = exchanged({"price": {"value": "8", key: "GBP"}})
    assert (properties["price"], notes) == (16, ["converted:price:GBP:8"])


def test_an_amount_of_its_own_currency_joins_the_event_in_another():
    properties, _ = exchanged({"price": {"value": 8, "currency": "GBP"}, "currency": "USD"})
    assert properties == {"price": 16, "currency": "EUR"}


def test_an_amount_that_is_no_number_is_left_and_noted():
    given = {"price": {"value": "much"}}
    assert exchanged(given) == (given, ["mistyped:price"])


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({"weight": 2, "weight_unit": "lb"}, {"weight": 0.907185, "weight_unit": "kg"}),
        ({"weight": {"value": 500, "unit": "g"}}, {"weight": 0.5}),
        ({"weight": 3}, {"weight": 3}),
        ({"weight": {"value": 3}}, {"weight": 3}),
        ({"weight_unit": "lb"}, {"weight_unit": "kg"}),
        ({"weight": "heavy", "weight_unit": "lb"}, {"weight": "heavy", "weight_unit": "lb"}),
    ],
)
def test_a_number_comes_to_its_declared_unit(given, result):
    assert measured(given)[0] == result


def test_what_measures_something_else_is_left_and_noted():
    given = {"weight": 2, "weight_unit": "m"}
    assert measured(given) == (given, ["unconverted:weight:m"])
