"""The lake's rows become fresh profiles, and the tail brings them up to date."""

import pytest
from django.utils import timezone

from personalize.events.event import CALL_NAMES
from personalize.history import fresh as store
from personalize.history import gather
from personalize.history.gather import Gathering
from personalize.history.job import sole
from personalize.lake.outbox import put
from personalize.lake.write import write_waiting
from personalize.models.lake import LakeErasure
from personalize.profile.traits import TraitSet
from tests.lake.conftest import event
from tests.streamed import now

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lake")]


def gathered() -> Gathering:
    with sole("test") as progress:
        gathering = Gathering(traits=TraitSet(), now=now(), progress=progress)
        gathering.run()
    return gathering


def events_of(subject: str) -> int:
    return store.load([subject])[subject].profile.events


def test_every_subject_has_a_fresh_profile_of_all_its_rows() -> None:
    for number in range(60):
        subject = f"a:{number % 7}"
        put(subject, [event(number, subject=subject)])
    assert gathered().rows == 60
    assert sum(events_of(f"a:{number}") for number in range(7)) == 60


def test_the_rows_of_an_entry_stay_together_wherever_a_batch_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(0, 12, 4):
        put("a:visitor", [event(number + each) for each in range(4)])
    put("a:zoe", [event(99, subject="a:zoe")])
    whole = gather.event_batches
    monkeypatch.setattr(
        gather,
        "event_batches",
        lambda **asked: (
            batch.slice(at, 3) for batch in whole(**asked) for at in range(0, batch.num_rows, 3)
        ),
    )
    assert gathered().rows == 13
    assert (events_of("a:visitor"), events_of("a:zoe")) == (12, 1)


def test_what_another_job_has_left_is_forgotten() -> None:
    store.expect("u:7", "once")
    gathered()
    assert store.load(["u:7"])["u:7"].expected == set()


def test_the_tail_brings_a_profile_up_to_date_as_far_as_asked() -> None:
    put("a:visitor", [event(1)])
    gathering = gathered()
    second = put("a:visitor", [event(2)])
    put("a:visitor", [event(3)])
    gathering.tail.read_on()
    [fresh] = store.load(["a:visitor"]).values()
    assert gathering.catch_up(fresh, upto=second)
    assert fresh.profile.events == 2
    assert gathering.catch_up(fresh)
    assert not gathering.catch_up(fresh)
    assert fresh.profile.events == 3


def test_a_link_that_the_lake_does_not_have_yet_is_found_in_the_tail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {"anonymous_id": "visitor", "timestamp": now(), "received_at": now()}
    link = event(3, type="link", event=CALL_NAMES["link"], **told, properties={"user_id": "7"})
    merge = event(4, type="merge", event=CALL_NAMES["merge"], user_id="7", **told)
    put("a:visitor", [event(1)])
    put("u:7", [event(2, subject="u:7"), merge])
    write_waiting()
    put("a:visitor", [link])
    monkeypatch.setattr(gather, "write_waiting", lambda: 0)
    assert gathered().missing == 0
    assert events_of("u:7") == 2


def test_rows_of_the_erased_are_left_out() -> None:
    put("a:visitor", [event(1)])
    put("a:stranger", [event(2, subject="a:stranger", received_at=now() + 60_000)])
    for subject in ("a:visitor", "a:stranger"):
        LakeErasure.objects.create(subject=subject, asked_at=timezone.now())
    gathered()
    assert (events_of("a:visitor"), events_of("a:stranger")) == (0, 1)
