"""The same expressions on a real Spark cluster and on DuckDB: the same people."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from deltalake import DeltaTable, write_deltalake

from personalize.profile.traits import trait_set
from personalize.rules.aggregates import AGGREGATES
from personalize.rules.query import answers
from personalize.rules.syntax import Group, parse
from tests.parity.asking import Setting, by_query
from tests.parity.histories import NOW, Site, a_site
from tests.parity.test_every_aggregate import rules_of
from tests.spark_cluster import delta_on_spark, spark_session

pytestmark = [
    pytest.mark.spark,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),  # PySpark 4.0's
    # PySpark leaves the sockets of its queries to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
EVERY = 7  # with eight windows, each operator meets several of them, and each window all operators
FACTS = [
    {"field": "trait.plan", "operator": "notNull", "value": None},
    {"field": "trait.age", "operator": ">", "value": 1},
    {"field": "trait.tags", "operator": "contains", "value": "a"},
    {"field": "context.device", "operator": "in", "value": ["a", "é"]},
    {"field": "context.hour", "operator": "between", "value": [1, 7]},
    {"field": "session.views", "operator": ">=", "value": 1},
    {"field": "session.seconds", "operator": ">", "value": 0},
    {"field": "session.entry_path", "operator": "beginsWith", "value": "/a"},
    {"field": "session.number", "operator": "<=", "value": 2},
]


@pytest.fixture(scope="module")
def rules() -> dict[str, dict[str, Group]]:
    """Rules by aggregate, and those about other facts."""
    chosen = {
        aggregate: {name: rule for name, rule in rules_of(aggregate).items() if _is_chosen(name)}
        for aggregate in AGGREGATES
    }
    facts = {f"r{number}": parse(fact) for number, fact in enumerate(FACTS)}
    return {**chosen, "facts": facts}


@pytest.fixture(scope="module")
def site(rules: dict[str, dict[str, Group]]) -> Site:
    """A site with visitors who did random things."""
    every = {f"{key} {name}": r for key, some in rules.items() for name, r in some.items()}
    traits = trait_set(Setting().needed(every))
    return a_site(Random(7), traits=traits, visitors=60, events=25)


@pytest.fixture(scope="module")
def on_spark(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """Spark, and its table of the lake's events."""
    folder = tmp_path_factory.mktemp("lake") / "events"
    _write(site, folder)
    with spark_session() as session:
        yield delta_on_spark(session, DeltaTable(str(folder)))


@pytest.mark.parametrize("about", [*AGGREGATES, "facts"])
def test_rules_mean_the_same_people_on_spark(
    about: str, rules: dict[str, dict[str, Group]], site: Site, on_spark: tuple[Any, Any]
) -> None:
    backend, events = on_spark
    asked = rules[about]
    rows = backend.to_pyarrow(answers(asked, events, now=NOW)).to_pydict()
    people = rows.pop("person")
    found = {
        name: {person for person, is_meant in zip(people, column, strict=True) if is_meant}
        for name, column in rows.items()
    }
    assert found == by_query(asked, site, Setting())


def _is_chosen(name: str) -> bool:
    return int(name.removeprefix("r")) % EVERY == 0


def _write(site: Site, folder: Path) -> None:
    write_deltalake(str(folder), site.table(), partition_by="day")
