"""What is made anew lies beside what serves, and is found again."""

from personalize.history import fresh as store
from personalize.history.fresh import Fresh, Handed
from personalize.keys import SHARDS
from personalize.profile.profile import Profile, empty_profile
from personalize.profile.seen import Seen
from personalize.profile.store import erase_profile, read_profile


def all_subjects(kind: str) -> list[str]:
    found = (some for shard in range(SHARDS) for some in store.subjects_in(shard, kind=kind))
    return sorted(subject for some in found for subject in some)


def test_what_is_kept_is_loaded_and_serves_nobody() -> None:
    store.keep([Fresh(Profile("a:visitor", events=3), Seen(day=2), 99)])
    found = store.load(["a:visitor", "a:stranger"])
    assert (found["a:visitor"].profile.events, found["a:visitor"].sequence) == (3, 99)
    assert found["a:visitor"].seen.day == 2
    assert found["a:stranger"].profile == empty_profile("a:stranger")
    assert read_profile("a:visitor") is None


def test_a_hand_over_is_found_by_its_name() -> None:
    handed = Handed(b"profile", b"seen")
    store.keep([Fresh(Profile("a:visitor"), handed={"once": handed})])
    assert store.handed_over("a:visitor", "once") == handed
    assert store.handed_over("a:visitor", "twice") is None


def test_a_user_expects_a_hand_over_until_it_arrives() -> None:
    store.expect("u:7", "once")
    [user] = store.load(["u:7"]).values()
    assert user.expected == {"once"}
    user.expected.clear()
    user.arrived.add("once")
    store.keep([user])
    assert store.load(["u:7"])["u:7"].expected == set()


def test_visitors_and_users_are_listed_apart_and_forgotten_together() -> None:
    store.keep([Fresh(Profile(f"a:{number}")) for number in range(450)])
    store.expect("u:7", "once")
    assert len(all_subjects("a")) == 450
    assert all_subjects("u") == ["u:7"]
    store.forget_all()
    assert all_subjects("a") == all_subjects("u") == []
    assert store.load(["u:7"])["u:7"].expected == set()


def test_erasure_reaches_what_is_being_made() -> None:
    store.keep([Fresh(Profile("a:visitor", events=3))])
    erase_profile("a:visitor")
    assert store.load(["a:visitor"])["a:visitor"].profile.events == 0
