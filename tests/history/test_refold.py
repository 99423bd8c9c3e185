"""Rows in order of effect make the profile that they made the first time."""

import pytest

from personalize.events.event import CALL_NAMES, Event
from personalize.history.fresh import Fresh, Handed
from personalize.history.refold import Refolding
from personalize.lake.outbox import BITS
from personalize.profile.profile import decode, empty_profile
from personalize.profile.traits import TraitSet
from tests.lake.conftest import event

NOW = 1_790_000_000_000


def row(number: int) -> int:
    return (NOW << BITS) + number


class Site:
    """What a refolding asks of the others."""

    def __init__(self) -> None:
        self.handed: dict[str, Handed] = {}
        self.expecting: list[str] = []

    def refold(self, fresh: Fresh, *rows: tuple[int, Event], since: int = 0) -> Refolding:
        refolding = Refolding(
            fresh,
            traits=TraitSet(),
            handed=lambda visitor, name: self.handed.get(name),
            expecting=lambda user, name: self.expecting.append(user),
            now=NOW,
            since=since,
        )
        for sequence, each in rows:
            refolding.take(sequence, each)
        self.handed |= refolding.finish().handed
        return refolding


def linked(kind: str, **fields: object) -> Event:
    given = {"anonymous_id": "visitor", "timestamp": NOW, "received_at": NOW, **fields}
    return event(90, type=kind, event=CALL_NAMES[kind], **given)


LINK = linked("link", properties={"user_id": "7"})
MERGE = linked("merge", user_id="7", properties={"from": "a:visitor"})


def test_a_row_that_is_in_the_profile_has_no_effect_again() -> None:
    site, fresh = Site(), Fresh(empty_profile("a:visitor"))
    site.refold(fresh, (row(1), event(1)), (row(2), event(2)))
    site.refold(fresh, (row(2), event(2)), (row(3), event(3)))
    assert (fresh.profile.events, fresh.sequence) == (3, row(3))


@pytest.mark.parametrize("since", [0, NOW * 2])
def test_a_row_that_stands_twice_counts_once_whatever_its_age(since: int) -> None:
    fresh = Fresh(empty_profile("a:visitor"))
    rows = [(row(1), event(1)), (row(1), event(2)), (row(1), event(1))]
    Site().refold(fresh, *rows, since=since)
    assert fresh.profile.events == 2


def test_an_id_that_is_remembered_counts_once() -> None:
    fresh = Fresh(empty_profile("a:visitor"))
    Site().refold(fresh, (row(1), event(1)), (row(2), event(1)))
    assert (fresh.profile.events, fresh.sequence) == (1, row(2))


def test_a_merge_is_the_visitor_as_it_was_at_the_link() -> None:
    site = Site()
    visitor, user = Fresh(empty_profile("a:visitor")), Fresh(empty_profile("u:7"))
    site.refold(visitor, (row(1), event(1)), (row(2), LINK))
    assert visitor.profile.merged_into == "u:7"
    assert site.expecting == ["u:7"]
    user.expected = set(visitor.handed)
    refolding = site.refold(user, (row(3), event(3, subject="u:7")), (row(4), MERGE))
    assert (user.profile.events, user.expected, refolding.missing) == (2, set(), 0)


def test_only_the_first_link_counts_until_it_is_undone() -> None:
    site, fresh = Site(), Fresh(empty_profile("a:visitor"))
    other = linked("link", properties={"user_id": "8"}, message_id="m91")
    undo = linked("link", properties={"user_id": "7", "undo": True}, message_id="m92")
    site.refold(fresh, (row(1), LINK), (row(2), other), (row(3), undo), (row(4), event(4)))
    assert (fresh.profile.merged_into, fresh.profile.events) == ("", 1)
    [handed] = fresh.handed.values()
    assert decode(handed.profile).merged_into == ""


def test_a_hand_over_that_the_lake_does_not_know_is_counted() -> None:
    fresh = Fresh(empty_profile("u:7"))
    assert Site().refold(fresh, (row(1), MERGE)).missing == 1


def test_the_user_agent_stays_in_the_lake() -> None:
    fresh = Fresh(empty_profile("a:visitor"))
    Site().refold(fresh, (row(1), event(1, context={"path": "/", "user_agent": "Firefox"})))
    assert fresh.profile.context == {"path": "/"}
