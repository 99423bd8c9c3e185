"""What rules go by."""

from personalize.rules.syntax import Leaf
from personalize.segment.signals import Signal, signals_of

VIEWS = {"event": "Product Viewed", "aggregate": "count", "window": "7d"}
DAYS = {"event": "Product Viewed", "aggregate": "days_active", "window": "30d"}


def test_each_signal_has_its_conditions_in_the_order_of_the_rule():
    rule = {
        "combinator": "and",
        "rules": [
            {"field": "behaviour", "behaviour": VIEWS, "operator": ">", "value": 2},
            {
                "combinator": "or",
                "rules": [
                    {"field": "context.device", "operator": "=", "value": "phone"},
                    {"field": "behaviour", "behaviour": DAYS, "operator": ">", "value": 1},
                    {"field": "segments", "operator": "in", "value": ["vip", "keen"]},
                ],
            },
        ],
    }

    found = signals_of(rule)

    assert list(found) == [
        Signal("behaviour", "Product Viewed"),
        Signal("context", "device"),
        Signal("segments", "vip"),
        Signal("segments", "keen"),
    ]
    assert [each.behaviour.aggregate for each in found[Signal("behaviour", "Product Viewed")]] == [
        "count",
        "days_active",
    ]
    assert all(isinstance(leaf, Leaf) for leaves in found.values() for leaf in leaves)


def test_a_rule_with_faults_and_one_for_everybody_go_by_nothing():
    assert signals_of({"field": "nonsense"}) == {}
    assert signals_of({}) == {}
