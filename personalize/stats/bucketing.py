"""Put a visitor at a fixed point of [0, 1), the same in every process and every language."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate


def bucket(seed: str, subject: str) -> float:
    """Return where `subject` falls in the draw named `seed`: a number in [0, 1).

    The first 53 bits of SHA-256 over the UTF-8 text `seed:subject`, read as an integer in
    big-endian order and divided by 2**53, so that a double holds the result exactly. Seeds without
    a colon (an experiment's UUID) cannot collide. Reference values: tests/cases/bucketing.json.

        >>> bucket("a-seed", "a:visitor")
        0.7118093066709035
    """
    digest = sha256(f"{seed}:{subject}".encode("utf-8", "surrogatepass")).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def pick(weights: Sequence[int], point: float) -> int:
    """Return the index that `point` of [0, 1) falls on when each index is as wide as its weight.

    Raises:
        ValueError: a weight is negative, or none is positive.

        >>> pick([1, 1, 2], 0.5)
        2
    """
    if not weights or min(weights) < 0 or max(weights) == 0:
        raise ValueError(
            f"weights: expected integers of at least 0, one of them above, got {list(weights)}"
        )
    edges = list(accumulate(weights))
    target = point * edges[-1]
    for index, edge in enumerate(edges):
        if target < edge:
            return index
    # Rounding can lift a point just below 1 onto the last edge.
    return max(index for index, weight in enumerate(weights) if weight)
