"""Candidates: what an audience asks for, and in which order variants are tried."""

from datetime import UTC, datetime
from typing import Any

import pytest

from personalize.decide.candidates import (
    asks_profile,
    audience_rule,
    by_priority,
    candidate_of,
    milliseconds,
)
from personalize.rules.facts import PlainFacts
from personalize.rules.syntax import InvalidRule, parse
from tests.decide.plans import EVERYBODY, FROM_BERLIN, ON_PHONES, VIPS, variant

ANY_SEGMENT = {"field": "segments", "operator": "notNull"}


def test_candidate_of_compiles_the_audience() -> None:
    candidate = candidate_of("a", rule=FROM_BERLIN)
    assert candidate.audience(PlainFacts(traits={"city": "Berlin"}))
    assert not candidate.audience(PlainFacts())


def test_candidate_of_refuses_a_rule_that_does_not_parse() -> None:
    with pytest.raises(InvalidRule):
        candidate_of("a", rule={"field": "?"})


@pytest.mark.parametrize(
    ("rule", "asks"),
    [
        (EVERYBODY, False),
        (ON_PHONES, False),
        (VIPS, False),
        (FROM_BERLIN, True),
        (ANY_SEGMENT, True),
        ({"combinator": "or", "rules": [ON_PHONES, FROM_BERLIN]}, True),
    ],
)
def test_asks_profile_looks_at_every_condition(rule: Any, asks: bool) -> None:
    assert asks_profile(parse(rule)) is asks


def test_candidate_of_remembers_the_segments_that_may_ask_in_turn() -> None:
    assert candidate_of("a", rule=VIPS).segments == {"vip"}


def test_audience_rule_joins_segments_and_rule() -> None:
    assert audience_rule() == {}
    assert audience_rule(in_segments=["vip"]) == {"combinator": "and", "rules": [VIPS]}
    both = audience_rule(rule=ON_PHONES, in_segments=["vip"])
    assert both == {"combinator": "and", "rules": [VIPS, ON_PHONES]}


def test_by_priority_keeps_the_order_of_equals() -> None:
    first, second, urgent = variant("a"), variant("b"), variant("c", priority=1)
    assert by_priority([first, second, urgent]) == (urgent, first, second)


def test_milliseconds_counts_from_the_epoch() -> None:
    assert milliseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000
    assert milliseconds(None) is None
