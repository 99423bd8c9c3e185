"""How much of something long is done."""

from itertools import pairwise

from personalize.progress import Share


def test_a_stage_is_a_part_of_what_those_before_it_left() -> None:
    share = Share()
    share.enter(part=0.5)
    share.expect(10)
    share.add(10)
    assert float(share) == 0.5
    share.enter(part=0.5)
    share.expect(4)
    share.add(2)
    assert float(share) == 0.625


def test_a_stage_of_unknown_length_counts_when_it_is_over() -> None:
    share = Share()
    share.enter(part=0.8)
    share.add(5)
    assert float(share) == 0.0
    share.enter(part=1.0)
    assert float(share) == 0.8


def test_it_never_falls_though_more_turns_up() -> None:
    share = Share()
    share.enter(part=1.0)
    seen = []
    for _ in range(5):
        share.expect(10)
        share.add(5)
        seen.append(float(share))
    assert all(earlier <= later for earlier, later in pairwise(seen))
    share.add(100)
    assert float(share) == 1.0
