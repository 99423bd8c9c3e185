"""Folding: whatever order, batches and duplicates, the traits are those of the events."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalize.events.event import Event
from personalize.profile.aggregates import AGGREGATES
from personalize.profile.fold import fold
from personalize.profile.identify import merged
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.traits import TraitSet, trait_set
from personalize.rules.syntax import Behaviour, parse_behaviour
from tests.profile.naive import DAY, GAP, actual, event, expected

NOW = 1_780_000_000_000
EMPTY = Profile("a:visitor", anonymous_id="visitor")
WINDOWS = [None, "session", "7m", "90m", "5h", "3d", "30d", "365d"]
NEEDLESS = {"count", "days_active", "seconds_since_last", "seconds_since_first"}
BEHAVIOURS = [
    Behaviour("Viewed", aggregate, window, None if aggregate in NEEDLESS else "price")
    for aggregate in AGGREGATES
    for window in WINDOWS
]
TRAITS = trait_set(BEHAVIOURS)
# Any three of these times make at most two sessions, whichever come first: what is kept.
RECENT = st.integers(NOW - 2 * GAP, NOW)
LONG_AGO = st.integers(NOW - 400 * DAY, NOW)
VALUES = st.one_of(st.integers(-5, 5), st.sampled_from([0.1, 2.5, 19.99]))


def events(times: st.SearchStrategy[int]) -> st.SearchStrategy[list[Event]]:
    """Return lists of events with distinct ids, some without a price."""
    one = st.tuples(times, VALUES | st.none(), st.sampled_from(["Viewed", "Viewed", "Other"]))
    return st.lists(one, max_size=20).map(
        lambda rows: [
            event(at, name=name, number=number, **({} if price is None else {"price": price}))
            for number, (at, price, name) in enumerate(rows)
        ]
    )


def folded(arrivals: list[Event], *, splits: set[int], traits: TraitSet = TRAITS) -> Profile:
    """Fold in batches that end at `splits`, as the pipeline does: duplicates are dropped."""
    profile, seen, batch = EMPTY, Seen(), []
    for number, arrival in enumerate(arrivals):
        if seen.is_new(arrival.message_id, received_at=NOW):
            batch.append(arrival)
        if number in splits:
            profile, batch = fold(profile, batch, traits=traits, now=NOW), []
    return fold(profile, batch, traits=traits, now=NOW)


def assert_as_recomputed(
    profile: Profile, happened: list[Event], *, now: int, session: bool
) -> None:
    """Compare every aggregate in every window."""
    for behaviour in BEHAVIOURS:
        if behaviour.window == "session" and not session:
            continue
        found = actual(behaviour, profile, now=now)
        wanted = expected(behaviour, happened, now=now)
        assert found == pytest.approx(wanted), (behaviour.aggregate, behaviour.window)


def test_fold_counts_views_and_sums_prices() -> None:
    views = [event(NOW - 1_000, price=2), event(NOW, price=3.5)]
    profile = folded(views, splits=set())
    assert actual(Behaviour("Viewed", "count"), profile, now=NOW) == 2
    assert actual(Behaviour("Viewed", "sum", None, "price"), profile, now=NOW) == 5.5
    assert (profile.events, profile.first_seen_at, profile.last_seen_at) == (2, NOW - 1_000, NOW)


@settings(max_examples=40, deadline=None)
@given(st.data(), events(LONG_AGO), st.sets(st.integers(0, 40)), st.integers(0, 40 * DAY))
def test_every_trait_equals_a_recomputation_in_any_order_with_duplicates(
    data: st.DataObject, happened: list[Event], splits: set[int], later: int
) -> None:
    arrivals = data.draw(st.permutations(happened + happened[::2]))
    profile = folded(arrivals, splits=splits)
    assert_as_recomputed(profile, happened, now=NOW + later, session=False)


@settings(max_examples=40, deadline=None)
@given(st.data(), events(RECENT), st.sets(st.integers(0, 40)), st.integers(0, 2 * GAP))
def test_session_traits_equal_a_recomputation_when_late_events_join_sessions(
    data: st.DataObject, happened: list[Event], splits: set[int], later: int
) -> None:
    arrivals = data.draw(st.permutations(happened + happened[::2]))
    profile = folded(arrivals, splits=splits)
    assert_as_recomputed(profile, happened, now=NOW + later, session=True)


@settings(max_examples=40, deadline=None)
@given(events(LONG_AGO), st.sets(st.integers(0, 20)))
def test_session_traits_equal_a_recomputation_over_many_sessions_in_order(
    happened: list[Event], splits: set[int]
) -> None:
    ordered = sorted(happened, key=lambda each: each.timestamp)
    profile = folded(ordered, splits=splits)
    assert_as_recomputed(profile, happened, now=NOW, session=True)


@settings(max_examples=40, deadline=None)
@given(events(RECENT), st.integers(0, 20))
def test_merging_two_profiles_equals_folding_all_events_into_one(
    happened: list[Event], cut: int
) -> None:
    one, other = folded(happened[:cut], splits=set()), folded(happened[cut:], splits=set())
    both = merged(one, other, traits=TRAITS, now=NOW)
    assert_as_recomputed(both, happened, now=NOW, session=True)
    whole = folded(happened, splits=set())
    assert both.sessions == whole.sessions
    assert both.session_count == whole.session_count
    assert (both.events, both.first_seen_at, both.last_seen_at) == (
        (whole.events, whole.first_seen_at, whole.last_seen_at)
    )


@given(st.data(), st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab"), st.integers(0, 3))))
def test_an_identified_trait_is_from_the_latest_event_not_the_latest_to_arrive(
    data: st.DataObject, told: list[tuple[int, str, int]]
) -> None:
    calls = [
        Event(
            type="identify",
            event="Identified",
            message_id=str(number),
            timestamp=NOW + at,
            received_at=NOW,
            anonymous_id="visitor",
            traits={key: value},
        )
        for number, (at, key, value) in enumerate(told)
    ]
    arrivals = data.draw(st.permutations(calls))
    latest = {key: value for _, key, value in sorted(told)}
    assert folded(arrivals, splits={1, 3}).traits == latest


def test_fold_leaves_the_given_profile_as_it_was() -> None:
    before = folded([event(NOW - GAP, price=1)], splits=set())
    copy = msgspec.msgpack.encode(before)
    fold(before, [event(NOW, price=2)], traits=TRAITS, now=NOW)
    assert msgspec.msgpack.encode(before) == copy


def test_a_bots_events_mark_the_profile_and_count_nowhere() -> None:
    crawl = msgspec.structs.replace(event(NOW, price=1), bot="crawler")
    profile = folded([crawl], splits=set())
    assert profile.is_bot
    assert (profile.events, profile.computed, profile.sessions) == (0, {}, [])


def test_whom_one_program_visited_for_is_no_bot_once_a_person_comes() -> None:
    crawl = msgspec.structs.replace(event(NOW, price=1), bot="not_a_browser")
    for arrivals in ([crawl, event(NOW)], [event(NOW), crawl]):
        assert not folded(arrivals, splits={0}).is_bot
    person, robot = folded([event(NOW)], splits=set()), folded([crawl], splits=set())
    assert not merged(person, robot, traits=TRAITS, now=NOW).is_bot
    assert merged(EMPTY, robot, traits=TRAITS, now=NOW).is_bot


@given(st.data())
def test_what_a_server_tells_is_no_visit_whenever_it_comes(data: st.DataObject) -> None:
    change = msgspec.structs.replace
    visit = change(event(NOW - 5_000, number=1), context={"device": "phone"})
    told = [
        change(event(NOW - GAP, number=2), source="shop", anonymous_id="x"),
        change(event(NOW, number=3), source="shop", context={"path": "/"}, anonymous_id="y"),
    ]
    profile = folded(data.draw(st.permutations([visit, *told])), splits={0, 1})
    assert (profile.context, profile.anonymous_id) == ({"device": "phone"}, "visitor")
    assert (profile.session_count, profile.sessions[0].last_at) == (1, NOW - 5_000)
    assert (profile.events, profile.last_seen_at) == (3, NOW)


def test_a_where_counts_only_the_events_that_match_it() -> None:
    rule = {"field": "colour", "operator": "=", "value": "red"}
    red = parse_behaviour({"event": "Viewed", "aggregate": "count", "where": rule})
    views = [event(NOW, colour="red"), event(NOW, colour="blue"), event(NOW)]
    profile = folded(views, splits=set(), traits=trait_set([red]))
    assert actual(red, profile, now=NOW) == 1


def test_the_context_is_that_of_the_latest_event() -> None:
    late = msgspec.structs.replace(event(NOW - 5_000), context={"device": "phone"})
    latest = msgspec.structs.replace(event(NOW), context={"device": "desktop"})
    assert folded([latest, late], splits=set()).context == {"device": "desktop"}


def test_a_state_stays_bounded_however_many_values_come() -> None:
    views = [event(NOW - number * 60_000, price=number) for number in range(3_000)]
    profile = folded(views, splits=set(range(0, 3_000, 500)))
    encode = msgspec.msgpack.encode
    assert max(len(encode(state)) for state in profile.computed.values()) < 16_000
    assert actual(Behaviour("Viewed", "distinct", None, "price"), profile, now=NOW) == 256
    assert actual(Behaviour("Viewed", "count"), profile, now=NOW) == 3_000
