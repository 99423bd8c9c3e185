"""What a batch does to one subject: pure, from what is stored to the one write that has it all."""

from dataclasses import replace
from typing import Any

from personalize.clean.pace import is_caught
from personalize.clean.policy import Policies, SourcePolicy, compile_event
from personalize.effect import Arrival, change_of, effect_of
from personalize.events.declared import Declared
from personalize.events.event import encode
from personalize.lake.row import decode_rows, event_of
from personalize.profile.store import Stored
from personalize.profile.traits import trait_set
from personalize.segment.compiled import SegmentSet
from personalize.segment.configuration import Configuration
from personalize.stream.protocol import Entry
from tests.streamed import FIREFOX, VIEWS, now, view

CONFIGURATION = Configuration(3, trait_set([VIEWS]), SegmentSet({}), {})


def arrival(number: int, position: str = "", **event: object) -> Arrival:
    made = view(number, **event)
    return Arrival(made, Entry(position or str(number), made, encode(made)))


def test_what_was_applied_before_has_no_effect() -> None:
    stored = Stored(position="5")
    arrivals = [arrival(1, "4"), arrival(2, "5")]
    assert effect_of("a:visitor", arrivals, stored, CONFIGURATION, now()) is None


def test_a_tick_for_nobody_makes_no_profile() -> None:
    tick = arrival(1, type="tick", event="Time Passed", source="system")
    assert effect_of("a:visitor", [tick], Stored(), CONFIGURATION, now()) is None


def test_duplicates_are_counted_and_not_kept(settings: Any) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": "lake"}
    arrivals = [arrival(1, "1"), arrival(1, "2"), arrival(2, "3", bot="crawler")]
    work = effect_of("a:visitor", arrivals, Stored(), CONFIGURATION, now())
    assert work
    change = change_of(work)
    kept = [event_of(row.body) for row in decode_rows(change.kept, shard=0, sequence=1)]
    assert [each.message_id for each in kept] == ["view-1", "view-2"]
    assert kept[0].context["user_agent"] == FIREFOX  # in the lake, and in no profile
    assert "user_agent" not in change.profile.context
    outcomes = {name.split("|")[1]: count for name, count in change.tally.items()}
    assert (outcomes["stored"], outcomes["duplicates"], outcomes["bots"]) == (1, 1, 1)


def test_the_lake_need_not_keep_the_user_agent(settings: Any) -> None:
    kept = {"LAKE_URL": "lake", "LAKE_KEEPS_USER_AGENT": False}
    settings.PERSONALIZE = {**settings.PERSONALIZE, **kept}
    work = effect_of("a:visitor", [arrival(1)], Stored(), CONFIGURATION, now())
    assert work
    [row] = decode_rows(change_of(work).kept, shard=0, sequence=1)
    assert "user_agent" not in event_of(row.body).context


def test_without_a_lake_nothing_is_kept_for_it(settings: Any) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    work = effect_of("a:visitor", [arrival(1)], Stored(), CONFIGURATION, now())
    assert work
    assert change_of(work).kept == b""


def test_a_visitor_who_clicks_faster_than_a_person_is_a_bot_from_then_on() -> None:
    clicks = [
        arrival(number, f"{number:03}", event="Element Clicked", source="browser")
        for number in range(60)
    ]
    work = effect_of("a:visitor", clicks, Stored(), CONFIGURATION, now())
    assert work
    outcomes = {name.split("|")[1]: count for name, count in work.tally().items()}
    most = SourcePolicy().clicks_in_ten_seconds
    assert (outcomes["stored"], outcomes["bots"]) == (most, 60 - most)
    assert work.profile.events == most
    assert is_caught(work.profile.pace, now=now())


def test_a_value_that_an_event_lacks_is_that_of_the_visitors_last_one_and_noted() -> None:
    declared = {"price": Declared(type="number", missing="impute", impute="last")}
    viewed = compile_event(declared, statistics={}, is_converting=False)
    policies = Policies(events={"Viewed": viewed})
    configuration = replace(CONFIGURATION, policies=policies)
    arrivals = [arrival(1, "1", properties={"price": 7}), arrival(2, "2", properties={})]
    first = effect_of("a:visitor", arrivals, Stored(), configuration, now())
    assert first
    later = Stored(profile=first.profile, position="2")
    second = effect_of("a:visitor", [arrival(3, "3")], later, configuration, now())
    assert second
    for work, imputed in ((first, 1), (second, 1)):
        counted = [name for name in work.tally() if "|cleaned:imputed|" in name]
        assert [work.tally()[name] for name in counted] == [imputed]
    assert second.moments[0].properties["price"] == 7


def test_what_a_slot_showed_is_counted_by_its_id() -> None:
    shown = {"slot": "hero", "variant": "vip", "exposure": "a" * 12}
    arrivals = [
        arrival(1, "1", event="Variant Served", source="system", properties=shown),
        arrival(2, "2", event="Variant Served", source="system", properties=shown),
        arrival(3, "3", event="Variant Clicked", properties=shown),
    ]
    work = effect_of("a:visitor", arrivals, Stored(), CONFIGURATION, now())
    assert work
    counts = [
        (metric, number) for (metric, _, key), number in work.counts.items() if key == "a" * 12
    ]
    assert [(name.partition(":")[0], number) for name, number in counts] == [
        ("served", 2), ("reached", 1), ("clicked", 1),
    ]  # fmt: skip
