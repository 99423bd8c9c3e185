"""What is odd about a rule, in words."""

import time
from typing import Any

import pytest
from pytest_django import Settings

from personalize.admin.rule_hints import hints
from personalize.profile.flush import write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, save
from personalize.rules.syntax import parse
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db
NOW = time.time_ns() // 1_000_000
KEEN = {"field": "trait.keen", "operator": "=", "value": True}
IN_NONE = {"field": "trait.city", "operator": "in", "value": []}
UNKNOWN = {"field": "trait.keen", "operator": "null"}
KNOWN = {"field": "trait.keen", "operator": "notNull"}


def know(subject: str, **known: Any) -> None:
    profile = Profile(subject, events=1, first_seen_at=NOW, last_seen_at=NOW, **known)
    save([Change(profile, Seen(), "1")], partition=0)
    write_rows([profile])


def told(rule: Any, *, slug: str = "") -> list[tuple[str, str]]:
    return [(hint["path"], hint["message"]) for hint in hints(parse(rule), slug=slug, now=NOW)]


def group(combinator: str, *rules: Any) -> dict[str, Any]:
    return {"combinator": combinator, "rules": list(rules)}


def test_nothing_is_said_of_a_rule_that_some_may_meet() -> None:
    assert told(KEEN) == []


def test_two_conditions_that_exclude_each_other_are_quoted() -> None:
    both = "Nobody can meet both: their keen is true – and their keen is missing."
    assert told(group("and", KEEN, UNKNOWN)) == [("", both)]
    assert told(group("or", KEEN, group("and", KEEN, UNKNOWN))) == [("rules[1]", both)]


def test_two_conditions_of_which_everybody_meets_one_are_quoted() -> None:
    either = "Everybody meets one of these: their keen is known – or their keen is missing."
    assert told(group("or", KNOWN, UNKNOWN)) == [("", either)]


def test_a_condition_that_decides_by_itself_is_told_at_its_place() -> None:
    assert told(group("and", KEEN, IN_NONE)) == [
        ("", "This rule can never match."),
        ("rules[1]", "This can never hold."),
    ]
    anything = {**IN_NONE, "operator": "notIn"}
    assert told(group("or", KEEN, anything)) == [
        ("", "This rule always matches: it reaches everybody."),
        ("rules[1]", "This always holds, so it makes no difference."),
    ]


def test_segments_of_nearly_the_same_visitors_are_told() -> None:
    SegmentFactory(slug="happy", name="Happy")
    SegmentFactory(slug="most", name="Most of them")
    for number in range(24):
        happy = {"happy": 1} if number % 2 else {}
        most = {"most": 1} if number % 2 or number > 20 else {}
        know(f"a:{number}", traits={"keen": number % 2 == 1}, segments={**happy, **most})
    most_of_them = ("", "Overlaps 92 % with “Most of them”.")
    assert told(KEEN) == [("", "Reaches the same visitors as “Happy”."), most_of_them]
    assert told(KEEN, slug="happy") == [most_of_them]


def test_what_is_not_counted_yet_is_told_where_no_lake_knows_it(settings: Settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    behaviour = {"event": "Product Viewed", "aggregate": "count", "window": None}
    [(_, said)] = told({"field": "behaviour", "operator": ">", "value": 2, "behaviour": behaviour})
    assert said == "Not counted yet: the number of “Product Viewed”."
