"""Message ids: known for a day, and not for ever."""

from personalize.profile.seen import DAY, HASH_BYTES, MOST_IDS, Seen


def test_an_id_is_new_once() -> None:
    seen = Seen()
    assert [seen.is_new("one", received_at=0) for _ in range(2)] == [True, False]


def test_an_id_is_known_the_day_after_and_forgotten_then() -> None:
    seen = Seen()
    seen.is_new("one", received_at=0)
    assert not seen.is_new("one", received_at=2 * DAY - 1)
    assert seen.is_new("one", received_at=2 * DAY)


def test_the_ids_of_a_day_are_bounded() -> None:
    seen = Seen()
    for number in range(MOST_IDS + 10):
        seen.is_new(str(number), received_at=0)
    assert len(seen.today) == MOST_IDS * HASH_BYTES


def test_a_hash_is_found_only_at_its_place() -> None:
    seen = Seen()
    seen.is_new("one", received_at=0)
    digest = seen.today
    shifted = Seen(today=b"\0" * 3 + digest + b"\0" * 5)
    assert shifted.is_new("one", received_at=0)


def test_ids_that_were_handed_over_are_known() -> None:
    seen, other = Seen(), Seen()
    other.is_new("one", received_at=DAY)
    seen.add_all(other)
    assert not seen.is_new("one", received_at=DAY)


def test_a_forgotten_id_is_new_again_and_the_others_are_not() -> None:
    seen = Seen()
    for name in ("first", "second", "third"):
        assert seen.is_new(name, received_at=DAY)
    seen.forget("second")
    known = [seen.is_new(name, received_at=DAY) for name in ("first", "second", "third")]
    assert known == [False, True, False]
