"""Policies compiled from what is declared."""

import pytest

from personalize.clean.policy import Policies, SourcePolicy, Statistics, compile_event
from personalize.events.declared import parse_properties


def compiled(*, is_converting=True, statistics=None, **properties):
    declared = parse_properties(properties)
    return compile_event(declared, statistics=statistics or {}, is_converting=is_converting)


def test_a_source_without_a_policy_has_the_default():
    own = SourcePolicy(bot_threshold=150)
    policies = Policies(sources={"shop": own})
    assert policies.of_source("shop") is own
    assert policies.of_source("browser") == SourcePolicy()


def test_an_event_that_declares_nothing_is_idle():
    assert compiled().is_idle
    assert not compiled(colour={"type": "text"}).is_idle


def test_money_is_converted_only_on_a_site_with_a_currency():
    price = {"type": "number", "unit": "money"}
    assert compiled(price=price).money == ("price",)
    assert compiled(price=price, is_converting=False).money == ()


def test_bounds_lie_so_many_robust_deviations_around_the_median():
    known = {"price": Statistics(median=10.0, mad=2.0)}
    price = {"type": "number", "outliers": "flag", "deviations": 2}
    ((name, bounds),) = compiled(price=price, statistics=known).bounds
    assert (name, bounds.is_moved) == ("price", False)
    assert (bounds.lowest, bounds.highest) == pytest.approx((4.0696, 15.9304))
