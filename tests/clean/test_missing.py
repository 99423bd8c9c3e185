"""What becomes of what is not there."""

import pytest
from msgspec.structs import replace

from personalize.clean.draft import Refused
from personalize.clean.missing import fill_missing, impute_last, known_of
from personalize.clean.policy import Policies, Statistics, compile_event
from personalize.events.declared import parse_properties
from personalize.testing import event_of
from tests.clean.drafts import draft_of

KNOWN = {"price": Statistics(count=100, median=20.0, mad=4.0, mode=19)}


def filled(properties, *, statistics=KNOWN, **declared):
    draft = draft_of(
        properties, declared={"price": {"type": "number", **declared}}, statistics=statistics
    )
    fill_missing(draft)
    return draft.properties.get("price"), draft.notes


@pytest.mark.parametrize("given", [{}, {"price": None}, {"price": ""}])
def test_what_is_missing_is_filled_as_declared_and_noted(given):
    assert filled(given, missing="default", default=5) == (5, ["defaulted:price"])
    median = filled(given, missing="impute", impute="median")
    assert median == (20.0, ["imputed:price:median"])
    assert filled(given, missing="impute", impute="mode") == (19, ["imputed:price:mode"])


def test_what_is_there_stays_and_without_a_policy_a_gap_does_too():
    assert filled({"price": 0}, missing="default", default=5) == (0, [])
    assert filled({}) == (None, [])


def test_while_nothing_is_known_nothing_is_imputed():
    assert filled({}, statistics={}, missing="impute", impute="median") == (None, [])


@pytest.mark.parametrize(("given", "got"), [({}, "nothing"), ({"price": "free"}, "'free'")])
def test_what_is_required_is_refused_without_it_with_its_path(given, got):
    with pytest.raises(Refused, match=rf"^properties\.price: expected a number, got {got}$"):
        filled(given, missing="quarantine")


@pytest.fixture
def policies():
    declared = parse_properties({"size": {"type": "text", "missing": "impute", "impute": "last"}})
    policy = compile_event(declared, statistics={}, is_converting=False)
    return Policies(events={"Product Viewed": policy})


def test_a_visitors_last_value_fills_the_gap_in_the_next_event(policies):
    first = replace(event_of("a:visitor", 1), properties={"size": "L"})
    kept = dict(known_of(first, policies=policies))
    assert kept == {"Product Viewed.size": "L"}

    second = replace(event_of("a:visitor", 2), properties={"size": ""})
    filled = impute_last(second, policies=policies, known=kept.get)
    assert (filled.properties, filled.notes) == ({"size": "L"}, ["imputed:size:last"])
    assert impute_last(filled, policies=policies, known=kept.get) is filled


def test_a_stranger_has_no_last_value(policies):
    event = event_of("a:stranger")
    assert impute_last(event, policies=policies, known={}.get) is event
    assert known_of(event, policies=policies) == {}


def test_an_event_that_declares_nothing_is_left_alone():
    event = event_of("a:visitor")
    assert impute_last(event, policies=Policies(), known={"x": 1}.get) is event
    assert known_of(event, policies=Policies()) == {}
