"""When the list of bots has changed, the lake and the profiles are as if it had been so always."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from personalize.clean import rejudge
from personalize.connections import worker_redis
from personalize.history import rescore as module
from personalize.history.rebuild import rebuild
from personalize.history.rescore import rescore
from personalize.keys import profile_key
from personalize.lake.read import events_table
from personalize.lake.write import write_waiting
from personalize.profile import store
from personalize.profile.profile import encode
from tests.history.histories import DAY, take
from tests.streamed import FIREFOX, link, now, view

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lake")]


@pytest.fixture
def new_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the list know a crawler that it took for a browser."""
    known = rejudge.bot_reason
    monkeypatch.setattr(
        rejudge,
        "bot_reason",
        lambda agent, context: "bot_word" if "Sneaky" in agent else known(agent, context=context),
    )


@pytest.fixture
def taken(lake: Path) -> None:
    """Let a visitor and a sneaky stranger come, who is taken for a user later."""
    sneaky = {"userAgent": f"{FIREFOX} Sneaky"}
    take(
        [
            view(1),
            view(2, anonymous_id="stranger", context=sneaky),
            view(3, anonymous_id="stranger", context=sneaky, timestamp=now() - DAY),
            view(4, anonymous_id="stranger"),
            replace(link(), anonymous_id="stranger"),
        ]
    )


def bots() -> list[str]:
    """Return the ids of the events in the lake that are marked."""
    events = events_table()
    return sorted(events.filter(events.bot != "").message_id.to_pyarrow().to_pylist())


@pytest.mark.usefixtures("new_list", "taken")
def test_the_events_and_profiles_concerned_change() -> None:
    done = rescore()
    assert (done.rows, done.now_bots, done.now_people) == (4, 2, 0)
    assert bots() == ["view-2", "view-3"]
    assert done.subjects == {"a:stranger"}
    events = {each.subject: each.events for each in store.read_profiles(["a:visitor", "u:7"])}
    assert events == {"a:visitor": 1, "u:7": 1}
    assert set(rebuild().counts) == {"same"}


@pytest.mark.usefixtures("new_list", "taken")
def test_a_second_time_nothing_changes() -> None:
    rescore()
    again = rescore()
    assert (again.rows, again.now_bots, again.subjects) == (4, 0, set())


@pytest.mark.usefixtures("new_list", "taken")
def test_a_trial_only_counts() -> None:
    done = rescore(is_trial=True)
    assert (done.now_bots, done.subjects) == (2, {"a:stranger"})
    assert bots() == []


@pytest.mark.usefixtures("taken")
def test_with_the_same_list_nothing_changes(lake: Path) -> None:
    write_waiting()
    files = sorted(lake.rglob("*.parquet"))
    assert rescore().subjects == set()
    assert sorted(lake.rglob("*.parquet")) == files


@pytest.mark.usefixtures("new_list", "taken")
@pytest.mark.parametrize("dying", ["_commit", "_explain", "rebuild"])
def test_killed_anywhere_the_next_one_makes_the_profiles_anew(
    monkeypatch: pytest.MonkeyPatch, dying: str
) -> None:
    done = getattr(module, dying)

    def killed(*args: object, **named: object) -> None:
        if dying == "_explain":
            done(*args, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as death:
        death.setattr(module, dying, killed)
        with pytest.raises(KeyboardInterrupt):
            rescore()
    again = rescore()
    assert again.rebuilt
    assert again.rebuilt.counts["older"] == 0
    assert set(rebuild().counts) == {"same"}
    assert worker_redis().exists(module.SUBJECTS_KEY, module.EXPLAINED_KEY) == 0


@pytest.mark.usefixtures("new_list", "taken")
@pytest.mark.parametrize(("subject", "older"), [("a:visitor", 0), ("a:stranger", 1), ("u:7", 1)])
def test_what_a_profile_knows_from_before_the_lake_stays(subject: str, older: int) -> None:
    profile = store.read_profile(subject)
    assert profile
    known = replace(profile, events=profile.events + 100)
    worker_redis().hset(profile_key(subject), "s", encode(known))
    done = rescore()
    assert done.rebuilt
    assert done.rebuilt.counts["older"] == older
    kept = store.read_profile(subject)
    assert kept
    assert kept.events == known.events
