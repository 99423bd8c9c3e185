"""Rules and facts for property tests."""

from typing import Any

from hypothesis import strategies as st

from personalize.rules.aggregates import AGGREGATES
from personalize.rules.facts import PlainFacts
from personalize.rules.fields import CONTEXT, SESSION, Kind
from personalize.rules.operators import OPERATORS, Operator, Shape

# Few different values, so that rules and facts often meet.
words = st.sampled_from(["a", "b", "ab", "vip", "", "é"])
numbers = st.sampled_from([-1, 0, 1, 2, 2.5, 7])
booleans = st.booleans()
slugs = st.sampled_from(["vip", "new", "lost"])
keys = st.sampled_from(["plan", "age", "tags", "address.city"])
names = st.sampled_from(["Product Viewed", "Order Completed"])

BY_KIND = {
    Kind.ANY: words | numbers | booleans,
    Kind.NUMBER: numbers,
    Kind.TEXT: words,
    Kind.BOOLEAN: booleans,
    Kind.SEGMENTS: slugs,
}


@st.composite
def values(draw: st.DrawFn, operator: Operator, kind: Kind) -> Any:
    """Draw a value that suits the operator and the kind of field."""
    match operator.shape:
        case Shape.NOTHING:
            return draw(st.none() | words)
        case Shape.PATTERN:
            return draw(st.sampled_from(["a", "^a", "b$", "[ab]+", "(?i)VIP", ""]))
        case Shape.PAIR:
            one = words if kind is Kind.TEXT else numbers
            return draw(st.lists(one, min_size=2, max_size=2))
        case Shape.LIST:
            return draw(st.lists(BY_KIND[kind], max_size=3))
        case Shape.TEXT:
            return draw(words)
        case Shape.ORDERED:
            return draw(words if kind is Kind.TEXT else numbers)
    return draw(BY_KIND[kind])


@st.composite
def conditions(draw: st.DrawFn, field: str, kind: Kind) -> dict[str, Any]:
    """Draw a condition on the field."""
    name = draw(st.sampled_from([n for n, row in OPERATORS.items() if kind in row.kinds]))
    value = draw(values(OPERATORS[name], kind))
    return {"field": field, "operator": name, "value": value}


def groups(leaves: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw groups of the conditions and of further groups."""

    def group(children: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries(
            {
                "combinator": st.sampled_from(["and", "or"]),
                "not": booleans,
                "rules": st.lists(children, max_size=3),
            }
        )

    return group(st.recursive(leaves, group, max_leaves=6))


filters = groups(keys.flatmap(lambda key: conditions(key, Kind.ANY)))


@st.composite
def behaviours(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what to count."""
    aggregate = draw(st.sampled_from(list(AGGREGATES)))
    row = AGGREGATES[aggregate]
    return {
        "event": draw(names),
        "aggregate": aggregate,
        "window": draw(st.sampled_from([None, "session", "7d", "24h", "1d", "30m"])),
        "property": "price" if row.needs_property else None,
        "where": draw(st.none() | filters),
    }


@st.composite
def behavioural(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a condition on a behaviour."""
    behaviour = draw(behaviours())
    condition = draw(conditions("behaviour", AGGREGATES[behaviour["aggregate"]].kind))
    return {**condition, "behaviour": behaviour}


def _named(family: str, fields: dict[str, Kind]) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(sorted(fields)).flatmap(
        lambda name: conditions(f"{family}.{name}", fields[name])
    )


rules = groups(
    _named("context", CONTEXT)
    | _named("session", SESSION)
    | keys.flatmap(lambda key: conditions(f"trait.{key}", Kind.ANY))
    | conditions("prediction.churn", Kind.NUMBER)
    | conditions("segments", Kind.SEGMENTS)
    | behavioural()
)

anything = st.recursive(
    st.none()
    | booleans
    | numbers
    | words
    | st.floats()
    | st.integers()
    | st.text(st.characters(codec=None, exclude_categories=[])),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(words, children, max_size=3),
    max_leaves=5,
)


@st.composite
def facts(draw: st.DrawFn, behaviour_keys: list[str] | None = None) -> PlainFacts:
    """Draw facts of any type, some of them missing."""
    fact = BY_KIND[Kind.ANY] | st.lists(BY_KIND[Kind.ANY], max_size=3) | anything

    def some(names: list[str]) -> dict[str, Any]:
        return draw(st.dictionaries(st.sampled_from(names), fact)) if names else {}

    return PlainFacts(
        traits=some(["plan", "age", "tags", "address.city"]),
        contexts=some(sorted(CONTEXT)),
        sessions=some(sorted(SESSION)),
        segments=frozenset(draw(st.sets(slugs))),
        predictions=some(["churn"]),
        behaviours=some(behaviour_keys or []),
    )
