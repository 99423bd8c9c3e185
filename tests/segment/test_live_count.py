"""Counts for somebody who still writes the rule: quick, whole, and given up when not wanted."""

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings as SiteSettings

from personalize.connections import collect_redis
from personalize.models import Segment, Visitor
from personalize.profile.flush import write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, save
from personalize.rules.evaluate import compile_rule
from personalize.rules.facts import PlainFacts
from personalize.rules.fields import Kind
from personalize.rules.syntax import parse
from personalize.segment import counts, live_count
from personalize.segment.counts import Patience
from personalize.segment.live_count import first_count, note_asked, whole_count
from tests.factories import SegmentFactory
from tests.rules import strategies
from tests.servers import free_port

pytestmark = pytest.mark.django_db
KEEN = parse({"field": "trait.keen", "operator": "=", "value": True})
NOW = time.time_ns() // 1_000_000
POPULATION = 40


def know(subject: str, **known: Any) -> Profile:
    profile = Profile(subject, events=1, first_seen_at=NOW, last_seen_at=NOW, **known)
    save([Change(profile, Seen(), "1")], partition=0)
    write_rows([profile])
    return profile


@pytest.fixture
def some(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know twenty visitors, every second of whom is keen, and read them a few at a time."""
    for number in range(20):
        know(f"a:{number}", traits={"keen": number % 2 == 0})
    monkeypatch.setattr(counts, "ROWS_AT_ONCE", 8)
    monkeypatch.setattr(counts, "PROFILES_AT_ONCE", 3)


@pytest.mark.usefixtures("some")
def test_the_whole_count_asks_everybody() -> None:
    counted = whole_count(KEEN)
    assert (counted.matched, counted.known, counted.is_sample, counted.margin) == (10, 20, False, 0)


@pytest.mark.usefixtures("some")
def test_the_first_count_is_told_of_all_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_count, "FIRST", Patience(most=10))
    know("a:bot", traits={"keen": True}, is_bot=True)
    counted = first_count(KEEN)
    assert (counted.visitors, counted.known, counted.is_sample) == (10, 20, True)
    assert counted.reached == 2 * counted.matched
    assert counted.margin > 10


@pytest.mark.usefixtures("some")
def test_visitors_who_became_users_are_not_among_the_known(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Visitor.objects.order_by("uuid")[0].subject
    save([Change(Profile(gone, merged_into="u:7"), Seen(), "2", revision="1")], partition=0)
    monkeypatch.setattr(live_count, "FIRST", Patience(most=10))
    counted = first_count(KEEN)
    assert (counted.visitors, counted.known) == (9, 18)
    assert whole_count(KEEN).known == 19


@pytest.mark.usefixtures("some")
def test_a_count_that_is_not_wanted_any_more_ends_with_what_it_knows() -> None:
    answers: Iterator[bool] = iter([True, True, True])
    counted = whole_count(KEEN, is_wanted=lambda: next(answers, False))
    assert (counted.visitors, counted.is_sample, counted.known) == (8, True, 20)


@pytest.mark.usefixtures("some")
def test_a_count_whose_time_is_over_says_that_it_knows_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_count, "WHOLE_SECONDS", -1)
    counted = whole_count(KEEN)
    assert (counted.matched, counted.is_sample, counted.margin) == (0, True, 100)


def test_a_number_asked_later_ends_what_was_asked_before() -> None:
    is_first_wanted = note_asked("editor", asked=1)
    note_asked("another editor", asked=5)
    assert is_first_wanted()
    is_second_wanted = note_asked("editor", asked=2)
    assert not is_first_wanted()
    assert is_second_wanted()


def test_without_an_answer_of_redis_everything_stays_wanted(settings: SiteSettings) -> None:
    is_wanted = note_asked("editor", asked=1)
    url = f"redis://127.0.0.1:{free_port()}/0"
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": url}
    assert is_wanted()


def test_what_an_editor_asked_is_forgotten_after_a_while() -> None:
    note_asked("editor", asked=1)
    [key] = collect_redis().keys("px:asked:*")
    assert 0 < collect_redis().ttl(key) <= live_count.ASKED_SECONDS


@pytest.fixture
def population() -> list[PlainFacts]:
    """Know some visitors of all sorts, and return the facts that their profiles were given."""
    chance = random.Random(7)
    known = []
    for number in range(POPULATION):
        traits = {
            "plan": chance.choice(["a", "b", "ab", "vip", "", 1, True]),
            "age": chance.choice([-1, 0, 1, 2, 2.5, 7, "7"]),
            "tags": chance.choice([["a", "b"], ["vip", 1], []]),
        }
        given = {key: value for key, value in traits.items() if chance.random() < 0.7}
        context = {"device": chance.choice(["a", "vip"]), "hour": chance.choice([0, 2, 7])}
        assigned = chance.sample(["vip", "new", "lost"], chance.randrange(3))
        know(f"a:{number}", traits=given, context=context, assigned=assigned)
        known.append(PlainFacts(given, context, segments=frozenset(assigned)))
    know("a:bot", traits={"plan": "a", "age": 1}, is_bot=True)
    for slug in ("vip", "new", "lost"):
        SegmentFactory(slug=slug, kind=Segment.Kind.STATIC)
    return known


asked = strategies.groups(
    strategies.keys.flatmap(lambda key: strategies.conditions(f"trait.{key}", Kind.ANY))
    | strategies.conditions("context.device", Kind.TEXT)
    | strategies.conditions("context.hour", Kind.NUMBER)
    | strategies.conditions("segments", Kind.SEGMENTS)
)


@given(rule=asked, data=st.data())
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_live_count_is_that_of_the_predicate_on_the_same_visitors(
    population: list[PlainFacts], rule: Any, data: st.DataObject
) -> None:
    predicate = compile_rule(parse(rule))
    met = sum(map(predicate, population))
    counted = data.draw(st.sampled_from([first_count, whole_count]))(parse(rule))
    assert (counted.matched, counted.known) == (met, POPULATION)
    assert len(counted.examples) == min(met, counts.EXAMPLES)
