"""Random rules of random histories: the predicate over the profiles is the query over the lake."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from personalize.profile.traits import trait_set
from personalize.rules.syntax import Group, parse, parse_behaviour
from tests.parity.asking import Setting, by_predicate, by_query
from tests.parity.histories import a_site
from tests.rules import strategies


class Rules(list[Any]):
    """Rules whose text would only hide the one that differs."""

    def __repr__(self) -> str:
        return f"<{len(self)} rules>"


def many(rules: st.SearchStrategy[Any]) -> st.SearchStrategy[Rules]:
    """Draw the rules of one query."""
    return st.lists(rules, min_size=15, max_size=15).map(Rules)


without_segments = strategies.groups(
    strategies.behavioural() | strategies.conditions("trait.plan", strategies.Kind.ANY)
)
pytestmark = pytest.mark.timeout(600)

# Shrinking a site takes minutes; the message names the one rule and the people.
few = settings(
    max_examples=17,
    suppress_health_check=list(HealthCheck),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    verbosity=Verbosity.quiet,
)


def check(rules: list[Any], setting: Setting, seed: int) -> None:
    parsed = {f"rule_{number}": parse(rule) for number, rule in enumerate(rules)}
    random = Random(seed)
    site = a_site(random, traits=trait_set(setting.needed(parsed)), visitors=12, events=12)
    for profile in site.living().values():
        profile.assigned = random.choice([[], ["new"]])
        profile.predictions = random.choice([{}, {"churn": random.choice([0, 1, 2.5])}])
    expected, found = by_predicate(parsed, site, setting), by_query(parsed, site, setting)
    plain = {subject for subject in site.living() if site.has_plain_sessions(subject)}
    for name, rule in parsed.items():
        compared = plain if setting.asks_sessions(rule) else site.living().keys()
        wrong = (found[name] ^ expected[name]) & compared
        assert not wrong, f"{json.dumps(rules[int(name[5:])])} differs about {sorted(wrong)}"
        assert found[name] <= site.living().keys()


@few
@given(
    many(strategies.rules),
    without_segments,
    strategies.rules,
    strategies.behaviours(),
    st.integers(0, 999),
)
def test_rules_mean_the_same_people_by_profiles_and_by_the_lake(rules, vip, lost, counted, seed):
    segments: dict[str, Group | None] = {"vip": parse(vip), "new": None, "lost": parse(lost)}
    check(rules, Setting(segments, {"age": parse_behaviour(counted)}), seed)


@few
@given(many(strategies.groups(strategies.behavioural())), st.integers(0, 999))
def test_rules_of_behaviours_mean_the_same_people(rules, seed):
    check(rules, Setting(), seed)
