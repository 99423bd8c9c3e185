"""What is found in rules: certain where it is claimed, and found where a person would see it."""

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from personalize.rules.aggregates import AGGREGATES, MOST_DAYS, MOST_DISTINCT
from personalize.rules.evaluate import compile_filter, compile_rule
from personalize.rules.facts import PlainFacts
from personalize.rules.fields import CONTEXT, SESSION, Kind
from personalize.rules.logic import Finding, findings
from personalize.rules.syntax import Behaviour, Group, behaviours, parse
from personalize.rules.windows import window_of
from tests.rules import strategies

COUNT = {"event": "Product Viewed", "aggregate": "count", "window": "7d"}
LAST = {"event": "Product Viewed", "aggregate": "seconds_since_last", "window": "7d"}
DISTINCT = {"event": "Product Viewed", "aggregate": "distinct", "property": "sku"}


def leaf(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def done(behaviour: dict[str, Any], operator: str, value: Any) -> dict[str, Any]:
    return {**leaf("behaviour", operator, value), "behaviour": behaviour}


def both(*rules: Any, negated: bool = False) -> dict[str, Any]:
    return {"combinator": "and", "rules": list(rules), "not": negated}


def either(*rules: Any, negated: bool = False) -> dict[str, Any]:
    return {"combinator": "or", "rules": list(rules), "not": negated}


def age(operator: str, value: Any = None) -> dict[str, Any]:
    return leaf("trait.age", operator, value)


def city(operator: str, value: Any = None) -> dict[str, Any]:
    return leaf("trait.city", operator, value)


def where(*rules: Any) -> dict[str, Any]:
    return {**COUNT, "where": both(*rules)}


NEVER = {
    "above five and below three": both(age(">", 5), age("<", 3)),
    "above five and exactly five": both(age(">", 5), age("=", 5)),
    "between two and four, and above four": both(age("between", [2, 4]), age(">", 4)),
    "reversed bounds": both(age("between", [9, 1])),
    "reversed words": both(city("between", ["z", "a"])),
    "two cities at once": both(city("=", "Bern"), city("=", "Paris")),
    "one of these and none of these": both(city("in", ["a", "b"]), city("notIn", ["b", "a", "c"])),
    "one of two lists without a common value": both(city("in", ["a"]), city("in", ["b"])),
    "one of nothing": both(city("in", [])),
    "a text that is a number": both(city("=", "5"), city("=", 5)),
    "a number that is a truth": both(age("=", 1), age("=", True)),
    "missing and compared": both(city("null"), city("=", "Bern")),
    "missing and known": both(city("null"), city("notNull")),
    "missing and not known": both(city("null"), both(city("null"), negated=True)),
    "itself and not itself": both(city("contains", "er"), city("doesNotContain", "er")),
    "begins with two words": both(city("beginsWith", "ab"), city("beginsWith", "ba")),
    "ends with two words": both(city("endsWith", "ab"), city("endsWith", "ba")),
    "is what does not begin so": both(city("=", "Bern"), city("beginsWith", "P")),
    "is what does not match": both(city("=", "Bern"), city("matches", "^[0-9]+$")),
    "below the first text": both(leaf("context.path", "<", "")),
    "matches and does not": both(
        city("matches", "a+"), both(city("matches", "a+"), negated=True), city("!=", "x")
    ),
    "a choice of which each is excluded": both(
        either(city("=", "a"), city("=", "b")), city("!=", "a"), city("!=", "b")
    ),
    "neither this nor its opposite": either(age("=", 1), age("!=", 1), negated=True),
    "a negated empty group": both(negated=True),
    "an empty group inside of neither": either(both(), age("=", 1), negated=True),
    "in a segment and not in it": both(
        leaf("segments", "=", "vip"), leaf("segments", "doesNotContain", "vip")
    ),
    "in a segment and in none": both(
        leaf("segments", "in", ["vip", "b"]), leaf("segments", "null")
    ),
    "in one of no segments": both(leaf("segments", "in", [])),
    "fewer than no times": both(done(COUNT, "<", 0)),
    "half a time": both(done(COUNT, "=", 0.5)),
    "between two whole numbers": both(done(COUNT, ">", 3), done(COUNT, "<", 4)),
    "a count that is missing": both(done(COUNT, "null", None)),
    "more values than are kept apart": both(done(DISTINCT, ">", MOST_DISTINCT)),
    "longer ago than the window": both(done(LAST, ">", 7 * 86_400)),
    "a negative number of views": both(leaf("session.views", "<", 0)),
    "an hour that no day has": both(leaf("context.hour", ">", 23)),
    "a weekday that no week has": both(leaf("context.weekday", "=", 0)),
    "events that cannot be": both(
        done(where(leaf("price", ">", 9), leaf("price", "<", 3)), ">=", 1)
    ),
    "two counts of events that cannot be": both(
        done(where(leaf("price", "in", [])), ">", 0), age("=", 1)
    ),
}
ALWAYS = {
    "everybody": {},
    "an empty group": both(),
    "an empty group among others": either(both(), age("=", 1)),
    "itself or not itself": either(age(">", 5), both(age(">", 5), negated=True)),
    "equal or not equal": either(city("=", "Bern"), city("!=", "Bern")),
    "known or missing": either(city("null"), city("notNull")),
    "not both of two cities": both(city("=", "Bern"), city("=", "Paris"), negated=True),
    "not one or not the other": either(city("!=", "Bern"), city("!=", "Paris")),
    "none of nothing": both(city("notIn", [])),
    "at least no times": both(done(COUNT, ">=", 0)),
    "more or fewer": either(done(COUNT, ">", 3), done(COUNT, "<=", 3)),
    "a count that is known": both(done(COUNT, "notNull", None)),
    "viewed nothing or something": either(
        leaf("session.views", "=", 0), leaf("session.views", ">=", 1)
    ),
    "in a segment or in none": either(leaf("segments", "notNull"), leaf("segments", "null")),
    "not in it or in any": either(leaf("segments", "!=", "vip"), leaf("segments", "notNull")),
    "in none of no segments": both(leaf("segments", "notIn", [])),
    "contains it or not": either(city("contains", "a"), city("doesNotContain", "a")),
}
OPEN = {
    "above or at most, which somebody unknown fails": either(age(">", 5), age("<=", 5)),
    "true or false, which somebody unknown fails": either(age("=", True), age("=", False)),
    "contains two words": both(city("contains", "ab"), city("contains", "ba")),
    "a list that contains both": both(
        leaf("trait.tags", "contains", "red"), leaf("trait.tags", "contains", "blue")
    ),
    "a list has a word, but not its part": both(
        leaf("trait.tags", "contains", "red"), leaf("trait.tags", "doesNotContain", "re")
    ),
    "begins with a longer and a shorter word": both(
        city("beginsWith", "ab"), city("beginsWith", "a")
    ),
    "neither of two cities, as of somebody unknown": both(city("!=", "a"), city("!=", "b")),
    "in two segments": both(leaf("segments", "=", "a"), leaf("segments", "=", "b")),
    "between the hours": both(leaf("context.hour", ">=", 9), leaf("context.hour", "<", 10)),
    "a text between": both(city(">", "a"), city("<", "b"), city("contains", "x")),
    "a sum may be negative": both(
        done({"event": "Order", "aggregate": "sum", "property": "price"}, "<", 0)
    ),
    "two behaviours": both(done(COUNT, ">", 3), done({**COUNT, "window": "1d"}, "<", 3)),
    "a property that is called like a field": both(
        done(where(leaf("session.views", "<", 0), leaf("segments", "beginsWith", "a")), ">", 0)
    ),
}


def of_root(rule: Any) -> str | None:
    return next((each.kind for each in findings(parse(rule)) if each.path == ""), None)


@pytest.mark.parametrize("name", NEVER)
def test_what_can_never_match_is_flagged(name: str) -> None:
    assert of_root(NEVER[name]) == "contradiction"


@pytest.mark.parametrize("name", ALWAYS)
def test_what_always_matches_is_flagged(name: str) -> None:
    assert of_root(ALWAYS[name]) == "tautology"


@pytest.mark.parametrize("name", OPEN)
def test_what_may_or_may_not_match_is_left_alone(name: str) -> None:
    assert findings(parse(OPEN[name])) == []


def test_the_two_conditions_that_exclude_each_other_are_named() -> None:
    rule = parse(both(city("=", "Bern"), age(">", 5), city("!=", "x"), age("<", 3)))
    assert findings(rule) == [Finding("contradiction", "", ("rules[1]", "rules[3]"))]


def test_of_a_choice_the_part_that_never_holds_is_told() -> None:
    rule = parse(either(city("=", "Bern"), both(age(">", 5), age("<", 3))))
    assert findings(rule) == [
        Finding("contradiction", "rules[1]", ("rules[1].rules[0]", "rules[1].rules[1]"))
    ]


def test_the_rule_is_told_along_with_the_condition_that_decides_it() -> None:
    rule = parse(both(either(city("in", []), city("in", [])), age("=", 1)))
    assert [each.path for each in findings(rule)] == ["", "rules[0].rules[0]", "rules[0].rules[1]"]


def test_events_that_cannot_be_are_told_where_they_are_asked_for() -> None:
    rule = parse(done(where(leaf("price", ">", 9), leaf("price", "<", 3)), "=", 0))
    assert findings(rule) == [
        Finding("tautology", ""),
        Finding("tautology", "rules[0]"),
        Finding(
            "contradiction",
            "rules[0].behaviour.where",
            ("rules[0].behaviour.where.rules[0]", "rules[0].behaviour.where.rules[1]"),
        ),
    ]


def test_a_contradiction_is_found_among_many_choices() -> None:
    """Four things, each in one of three places, none with another."""
    things, places = range(4), range(3)

    def put(thing: int, place: int) -> dict[str, Any]:
        return leaf(f"trait.t{thing}", "=", place)

    def apart(one: int, other: int, place: int) -> dict[str, Any]:
        return both(put(one, place), put(other, place), negated=True)

    placed = [either(*(put(thing, place) for place in places)) for thing in things]
    pairs = [(one, other) for one in things for other in things if one < other]
    rule = both(*placed, *(apart(*pair, place) for pair in pairs for place in places))
    assert findings(parse(rule)) == [Finding("contradiction", "")]


@st.composite
def plausible(draw: st.DrawFn, rule: Group) -> PlainFacts:
    """Draw facts as profiles have them: what is counted follows from events."""
    drawn = draw(strategies.facts())
    whole = st.integers(0, 8)
    sessions = {name: draw(whole) for name, kind in SESSION.items() if kind is Kind.NUMBER}
    clock = {"hour": draw(st.none() | st.integers(0, 23)), "weekday": draw(st.integers(1, 7))}
    return PlainFacts(
        traits=drawn.traits,
        contexts={**{name: drawn.contexts.get(name) for name in CONTEXT}, **clock},
        sessions={**sessions, "entry_path": drawn.sessions.get("entry_path")},
        segments=drawn.segments,
        predictions=drawn.predictions,
        behaviours={each.key: draw(counted(each)) for each in behaviours(rule)},
    )


@st.composite
def counted(draw: st.DrawFn, behaviour: Behaviour) -> Any:
    """Draw some events, and what may be counted of those that fit."""
    properties = st.dictionaries(strategies.keys, strategies.BY_KIND[Kind.ANY])
    events = draw(st.lists(properties, max_size=4))
    fits = compile_filter(behaviour.where) if behaviour.where else lambda _: True
    number = sum(map(fits, events))
    if behaviour.aggregate == "count":
        return number
    if behaviour.aggregate in ("distinct", "days_active"):
        most = MOST_DISTINCT if behaviour.aggregate == "distinct" else MOST_DAYS
        return draw(st.integers(0, most)) if number else 0
    if not number:
        return None
    if behaviour.aggregate.startswith("seconds"):
        window = window_of(behaviour.window)
        longest = window.granule * window.buckets // 1_000 or 10**9
        return draw(st.integers(0, 10) | st.integers(0, longest))
    if AGGREGATES[behaviour.aggregate].kind is Kind.NUMBER:
        return draw(strategies.numbers)
    return draw(strategies.BY_KIND[Kind.ANY])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_claimed_holds_of_all_facts(data: st.DataObject) -> None:
    rule = parse(data.draw(strategies.rules))
    claims = {each.path: each.kind for each in findings(rule)}
    event(str(claims.get("")))
    met = compile_rule(rule)(data.draw(plausible(rule)))
    assert claims.get("") != ("contradiction" if met else "tautology")


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_claimed_of_one_field_holds_of_all_its_values(data: st.DataObject) -> None:
    """Conditions on one field meet far more often than those of a whole rule."""
    conditions = strategies.conditions("trait.age", Kind.ANY)
    rule = parse(data.draw(strategies.groups(conditions)))
    claims = {each.path: each.kind for each in findings(rule)}
    event(str(claims.get("")))
    fact = data.draw(strategies.BY_KIND[Kind.ANY] | strategies.anything | st.text("abvip"))
    met = compile_rule(rule)(PlainFacts(traits={"age": fact}))
    assert claims.get("") != ("contradiction" if met else "tautology")
