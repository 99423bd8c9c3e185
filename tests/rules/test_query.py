"""Rules as queries: who is meant, by events, segments, and what else rules refer to."""

from typing import Any

import ibis

from personalize.rules.query import answers, everybody, matching
from personalize.rules.query_facts import Known
from personalize.rules.syntax import parse, parse_behaviour
from tests.rules.lake_rows import NOW, people_in, rows_of, table_of

VIEWS = {"event": "Product Viewed", "aggregate": "count"}


def viewed(operator: str, value: Any) -> dict[str, Any]:
    return {"field": "behaviour", "operator": operator, "value": value, "behaviour": VIEWS}


def named(*slugs: str, operator: str = "in") -> dict[str, Any]:
    return {"field": "segments", "operator": operator, "value": list(slugs)}


def test_a_rule_means_those_who_did_what_it_says() -> None:
    events = table_of({}, {}, {"subject": "a:stranger"})
    assert people_in(matching(parse(viewed(">", 1)), events, now=NOW)) == ["a:visitor"]


def test_everybody_is_who_is_no_bot() -> None:
    events = table_of({}, {"subject": "a:bot", "bot": "ua"}, {"subject": "u:7"})
    assert people_in(everybody(events)) == ["a:visitor", "u:7"]


def test_who_did_nothing_of_it_is_meant_by_a_rule_that_says_so() -> None:
    events = table_of({}, {"subject": "a:stranger", "event": "Order Completed"})
    assert people_in(matching(parse(viewed("=", 0)), events, now=NOW)) == ["a:stranger"]


def test_many_rules_are_answered_by_one_query() -> None:
    rules = {"some": parse(viewed(">=", 1)), "many": parse(viewed(">=", 2))}
    found = rows_of(answers(rules, table_of({}, {}, {"subject": "a:other"}), now=NOW))
    assert found == [
        {"person": "a:other", "some": True, "many": False},
        {"person": "a:visitor", "some": True, "many": True},
    ]


def test_segments_are_asked_in_place_and_empty_where_they_name_themselves() -> None:
    segments = {"keen": parse(viewed(">=", 1)), "circle": parse(named("circle"))}
    known = Known(segments=segments)
    events = table_of({}, {"subject": "a:other", "event": "Order Completed"})
    rules = {
        "keen": parse(named("keen")),
        "circle": parse(named("circle")),
        "unknown": parse(named("unknown")),
        "none": parse({"field": "segments", "operator": "null"}),
    }
    found = rows_of(answers(rules, events, now=NOW, known=known))
    meant = {name: [row["person"] for row in found if row[name]] for name in rules}
    assert meant == {"keen": ["a:visitor"], "circle": [], "unknown": [], "none": ["a:other"]}


def test_what_is_assigned_or_predicted_comes_from_tables() -> None:
    events = table_of({}, {"subject": "a:other"})
    backend = events.get_backend()
    backend.raw_sql("CREATE TABLE assigned AS SELECT 'a:other' AS person, 'chosen' AS segment")
    backend.raw_sql("CREATE TABLE scores AS SELECT 'a:other' AS person, 'm' AS model, 0.7 AS score")
    tables = {"assigned": backend.table("assigned"), "predictions": backend.table("scores")}
    likely = parse({"field": "prediction.m", "operator": ">", "value": 0.5})
    for rule in (parse(named("chosen")), likely):
        known = Known(segments={"chosen": None}, **tables)
        assert people_in(matching(rule, events, now=NOW, known=known)) == ["a:other"]
        nothing = Known(segments={"chosen": None})
        assert people_in(matching(rule, events, now=NOW, known=nothing)) == []


def test_a_trait_that_nobody_told_is_what_its_behaviour_counts() -> None:
    told = {"subject": "a:told", "type": "identify", "event": "Identified", "traits": {"views": 9}}
    known = Known(computed={"views": parse_behaviour(VIEWS)})
    rule = parse({"field": "trait.views", "operator": "=", "value": 1})
    events = table_of({}, told, {"subject": "a:told"})
    assert people_in(matching(rule, events, now=NOW, known=known)) == ["a:visitor"]


def test_only_the_events_that_can_count_are_read() -> None:
    window = {**VIEWS, "window": "1d"}
    rule = parse({"field": "behaviour", "operator": ">", "value": 0, "behaviour": window})
    sql = str(ibis.to_sql(matching(rule, table_of({}), now=NOW)))
    assert "IN ('Product Viewed')" in sql and '"day" >=' in sql
