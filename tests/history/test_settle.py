"""Fresh profiles take the place of those that serve, also of those that move meanwhile."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from personalize.drain import drain
from personalize.history import settle as module
from personalize.history.adopt import Adoption, Live
from personalize.history.fresh import Fresh
from personalize.history.gather import Gathering
from personalize.history.job import sole
from personalize.history.settle import Settled, settle
from personalize.profile import store
from personalize.profile.traits import TraitSet
from personalize.stream.protocol import current_stream, partition_of
from tests.streamed import drain_all, link, now, send, view

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lake")]


class Marking:
    """Marks what it adopts, and lets things happen before the first adoption."""

    def __init__(self, *meanwhile: object) -> None:
        self.meanwhile = list(meanwhile)
        self.turns: list[list[str]] = []

    def __call__(self, pairs: Sequence[tuple[Live, Fresh]]) -> list[Adoption]:
        self.turns.append([made.profile.subject for _, made in pairs])
        if pairs and self.meanwhile:
            send(*self.meanwhile)
            self.meanwhile = []
            drain_all()
        return [
            Adoption(replace(made.profile, assigned=["made"]), live.revision, "marked")
            for live, made in pairs
        ]


def settled(marking: Marking) -> Settled:
    with sole("test") as progress:
        gathering = Gathering(traits=TraitSet(), now=now(), progress=progress)
        gathering.run()
        return settle(gathering, marking)


def drain_visitor() -> None:
    """Let the link take effect, and not the hand-over that it sends."""
    drain(partition_of("a:visitor", current_stream().partitions))


def profile_of(subject: str) -> tuple[int, list[str]]:
    profile = store.read_profile(subject)
    assert profile
    return profile.events, profile.assigned


def test_every_profile_is_adopted_and_looked_at_again() -> None:
    send(view(1), view(2, anonymous_id="stranger"))
    drain_all()
    done = settled(Marking())
    assert (done.subjects, done.adopted) == (2, {"marked": 2})
    assert profile_of("a:visitor") == profile_of("a:stranger") == (1, ["made"])
    waiting = sum(current_stream().lag(each).entries for each in range(8))
    assert waiting == 2


def test_a_profile_that_moves_is_caught_up_and_done_again() -> None:
    send(view(1))
    drain_all()
    marking = Marking(view(2), view(3))
    assert settled(marking).adopted == {"marked": 1}
    assert marking.turns.count(["a:visitor"]) == 2
    assert profile_of("a:visitor") == (3, ["made"])


def test_a_user_waits_for_what_a_visitor_has_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    send(view(1), view(2, anonymous_id="other", user_id="7"))
    drain_all()
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 20.0)
    monkeypatch.setattr(module.time, "sleep", lambda seconds: drain_all())
    send(link())
    drain_visitor()
    done = settled(Marking())
    assert done.unmatched == 0
    assert profile_of("u:7") == (2, ["made"])


def test_a_hand_over_that_never_arrives_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(view(1), view(2, anonymous_id="other", user_id="7"))
    drain_all()
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    send(link())
    drain_visitor()
    done = settled(Marking())
    assert done.unmatched == 1
    assert profile_of("u:7") == (1, ["made"])
