"""Who is who, and what is known of people beside their behaviours."""

from typing import Any

from personalize.rules import query_people as people
from tests.lake.conftest import event
from tests.rules.lake_rows import link, people_in, rows_of, table_of

START = event(0).timestamp


def owned(*events: dict[str, Any]) -> Any:
    table = table_of(*events)
    return people.with_person(table, links=people.links_of(table))


def test_a_linked_visitor_is_the_user() -> None:
    rows = owned({}, link("a:visitor", "7"), {"subject": "a:stranger"}, {"subject": "u:7"})
    found = rows_of(rows.select("person", "subject"))
    assert {(row["subject"], row["person"]) for row in found} == {
        ("a:visitor", "u:7"),
        ("a:stranger", "a:stranger"),
        ("u:7", "u:7"),
    }


def test_the_first_link_stands_until_it_is_undone() -> None:
    first, second = link("a:one", "1"), link("a:one", "2")
    undone = link("a:one", "1", undo=True)
    assert set(people_in(owned(first, second).select("person"))) == {"u:1"}
    assert set(people_in(owned(first, undone).select("person"))) == {"a:one"}
    assert set(people_in(owned(first, undone, second).select("person"))) == {"u:2"}
    assert set(people_in(owned(link("a:one", "")).select("person"))) == {"a:one"}


def told(at: int, **traits: object) -> dict[str, Any]:
    when = START + at
    return {"type": "identify", "event": "Identified", "traits": traits, "timestamp": when}


def test_the_trait_told_last_stays_and_one_that_was_taken_away_is_missing() -> None:
    rows = owned(told(2, plan="pro", age=3), told(1, plan="free", age=4), told(3, age=None))
    found = people.identified(rows, {"plan": "plan", "age": "age", "long": "x" * 200})
    [row] = rows_of(found)
    assert row == {"person": "a:visitor", "plan": "spro", "age": None, "long": None}


def test_a_trait_too_long_to_keep_is_passed_over() -> None:
    rows = owned(told(1, plan="pro"), told(2, plan="x" * 1_024))
    assert rows_of(people.identified(rows, {"plan": "plan"}))[0]["plan"] == "spro"


def test_the_context_is_that_of_the_latest_visit() -> None:
    rows = owned(
        {"context": {"device": "phone", "hour": 7}, "timestamp": START + 5},
        {"context": {"device": "tablet"}, "timestamp": START},
        {"source": "shop", "timestamp": START + 9},
    )
    found = people.contexts(people.visits_of(rows), {"device": "device", "hour": "hour"})
    assert rows_of(found) == [{"person": "a:visitor", "device": "sphone", "hour": "n7"}]


def test_a_session_ends_after_a_pause() -> None:
    page = {"type": "page", "event": "Page Viewed"}
    rows = owned(
        {"timestamp": START},
        {"timestamp": START + 200_000, **page, "context": {"path": "/b"}},
        {"timestamp": START + 150_000, **page, "properties": {"path": "/a"}},
        {"timestamp": START + 300_000, "source": "shop"},
    )
    visits = people.visits_of(rows)
    last = people.sessions(visits, now=START + 250_000, gap=100_000)
    assert rows_of(last)[0] == {
        "person": "a:visitor",
        "began_at": START + 150_000,
        "ended_at": START + 200_000,
        "ordinal": 2,
        "goes_on": True,
    }
    [facts] = rows_of(people.session_facts(visits, last))
    assert (facts["session_views"], facts["session_seconds"]) == (2, 50)
    assert (facts["session_entry_path"], facts["session_number"]) == ("s/a", 2)


def test_nothing_was_viewed_in_a_session_that_is_over() -> None:
    visits = people.visits_of(owned({"type": "page", "event": "Page Viewed"}))
    last = people.sessions(visits, now=START + 9_000_000, gap=100_000)
    [facts] = rows_of(people.session_facts(visits, last))
    assert (facts["session_views"], facts["session_seconds"]) == (0, 0)
    assert (facts["session_entry_path"], facts["session_number"]) == (None, 2)
