"""Profiles made anew of the lake are those that serve; lost ones come back."""

from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from personalize.connections import worker_redis
from personalize.history import rebuild as module
from personalize.history.backfill import backfill
from personalize.history.gather import Gathering
from personalize.history.rebuild import concerned, rebuild
from personalize.history.verify import differences
from personalize.keys import SHARDS, profile_key
from personalize.lake import outbox
from personalize.lake.write import write_waiting
from personalize.models import Membership, Segment
from personalize.privacy.erase import erase, readmit
from personalize.profile import store
from personalize.profile.live_traits import load_traits
from personalize.profile.profile import Profile, encode
from personalize.tasks import flush
from tests.history.histories import behaviours, count_from_now_on, history, subjects, take
from tests.streamed import KEEN, VIEWS, drain_all, link, now, view, views_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lake")]

VISITORS = 12


def known() -> dict[str, Profile]:
    return {each.subject: each for each in store.read_profiles(subjects(VISITORS))}


def lose() -> None:
    """Let Redis lose all profiles."""
    worker_redis().delete(*map(profile_key, [*subjects(VISITORS), "a:visitor", "u:7"]))


@pytest.mark.parametrize("seed", range(4))
def test_a_rebuilt_profile_is_the_one_that_serves(seed: int) -> None:
    count_from_now_on(*behaviours(1))
    take(history(Random(seed), visitors=VISITORS, events=300))
    found: list[Any] = []
    done = rebuild(report=lambda *told: found.append(told))
    assert found == []
    assert done.counts == {"same": len(known())}


@pytest.mark.parametrize("seed", range(4, 6))
def test_profiles_that_redis_lost_come_back_as_they_were(seed: int) -> None:
    count_from_now_on(*behaviours(1))
    events = history(Random(seed), visitors=VISITORS, events=300)
    take(events)
    before, traits = known(), load_traits()
    lose()
    assert rebuild().counts["lost"] == len(before)
    for subject, profile in known().items():
        assert differences(before[subject], profile, traits=traits, now=now()) == []
    take(events[-50:])  # delivered again, they are known
    assert {subject: each.events for subject, each in known().items()} == {
        subject: each.events for subject, each in before.items()
    }


def test_stays_in_segments_come_back_with_the_profile() -> None:
    Segment.objects.create(name="Keen", slug="keen", rule=KEEN)
    take([*(view(number) for number in range(3)), link(), view(9)])
    flush()
    [stay] = Membership.objects.all()
    lose()
    rebuild()
    drain_all()
    flush()
    [same] = Membership.objects.filter(exited_at=None)
    assert (same.segment.slug, same.entered_at) == ("keen", stay.entered_at)
    profile = store.read_profile("u:7")
    assert profile
    assert list(profile.segments) == ["keen"]
    assert profile.due_at


def test_a_record_of_stays_that_is_wrong_is_mended() -> None:
    Segment.objects.create(name="Keen", slug="keen", rule=KEEN)
    take([view(number) for number in range(3)])
    flush()
    Membership.objects.all().delete()
    assert rebuild().counts == {"same": 1}
    drain_all()
    flush()
    assert Membership.objects.get().exited_at is None


def test_what_events_do_not_make_is_carried_over() -> None:
    take([view(1)])
    profile = store.read_profile("a:visitor")
    assert profile
    given = {"assigned": ["vip"], "experiments": {"e": "b"}, "predictions": {"churn": 0.5}}
    spoiled = replace(profile, first_seen_at=5, **given)
    worker_redis().hset(profile_key("a:visitor"), "s", encode(spoiled))
    assert rebuild().counts == {"different": 1}
    made = store.read_profile("a:visitor")
    assert made
    assert made.first_seen_at == profile.first_seen_at
    assert {name: getattr(made, name) for name in given} == given


def test_only_some_are_made_anew_with_whom_they_were_handed_to() -> None:
    take([view(1), view(2, anonymous_id="stranger"), link()])
    assert concerned(["a:visitor"]) == {"a:visitor", "u:7"}
    assert concerned(["u:7"]) == {"a:visitor", "u:7"}
    assert rebuild(subjects=["a:visitor"]).counts == {"same": 2}


def test_the_erased_and_the_expired_stay_away(monkeypatch: pytest.MonkeyPatch) -> None:
    take([view(1), view(2, anonymous_id="stranger")])
    store.erase_profile("a:visitor")
    worker_redis().delete(profile_key("a:stranger"))
    monkeypatch.setattr(module, "ttl_seconds", lambda profile: -1)
    assert rebuild().counts == {"expired": 1}
    assert store.read_profiles(["a:visitor", "a:stranger"]) == []


@pytest.mark.parametrize("job", ["rebuild", "backfill"])
def test_who_is_erased_meanwhile_and_comes_back_starts_anew(
    monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    take([view(number, user_id="7") for number in range(3)])
    [key] = count_from_now_on(VIEWS)
    fold, people = Gathering._fold, iter(["7"])

    def overtaken(gathering: Gathering, rows: Any) -> None:
        for user_id in people:
            erase([f"u:{user_id}"])
            readmit(user_id)
            take([view(9, user_id=user_id)])
        fold(gathering, rows)  # read before

    monkeypatch.setattr(Gathering, "_fold", overtaken)
    adopted = rebuild().counts if job == "rebuild" else backfill([key]).adopted
    assert not adopted
    profile = store.read_profile("u:7")
    assert profile
    assert (profile.events, views_of("u:7")) == (1, 1)


def test_a_rebuild_that_died_halfway_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    count_from_now_on(*behaviours(1))
    take(history(Random(7), visitors=VISITORS, events=200))
    number = len(known())
    lose()
    with monkeypatch.context() as death:
        turns = iter(range(6))
        made = module._Making._made

        def dying(*args: Any) -> Any:
            if next(turns, None) is None:
                raise KeyboardInterrupt
            return made(*args)

        death.setattr(module._Making, "_made", dying)
        with pytest.raises(KeyboardInterrupt):
            rebuild()
    again = rebuild().counts
    assert again["lost"] + again["same"] == number
    assert set(rebuild().counts) == {"same"}


def test_events_that_come_meanwhile_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    Segment.objects.create(name="Keen", slug="keen", rule=KEEN)
    take([view(1), view(2)])
    lose()
    made, late = module._Making._made, iter([[view(3), view(4)], [view(5)]])

    def busy(*args: Any) -> Any:
        take(next(late, []))
        return made(*args)

    monkeypatch.setattr(module._Making, "_made", busy)
    rebuild()
    monkeypatch.undo()
    assert views_of("a:visitor") == 5
    assert rebuild().counts == {"same": 1}


def test_after_redis_went_back_in_time_profiles_are_rebuilt_as_if_it_had_not() -> None:
    count_from_now_on(VIEWS)
    for shard in range(SHARDS):
        outbox.number_above(shard, now() + 86_400_000 << outbox.BITS)
    take([view(1), view(2)])
    write_waiting()
    worker_redis().flushdb()
    store.bump_plan_version()
    take([view(3)])
    assert views_of("a:visitor") == 1
    take([view(4)])
    assert rebuild().counts == {"different": 1}
    assert views_of("a:visitor") == 4
    take([view(5), view(3)])
    assert views_of("a:visitor") == 5
    assert rebuild().counts == {"same": 1}
