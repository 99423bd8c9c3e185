"""Do a step with many; where it fails, find those with which it fails, and let the others pass."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import InterfaceError, InternalError, OperationalError
from redis.exceptions import RedisError

from personalize.profile.store import Contended
from personalize.stream.protocol import StreamUnavailable

# A server does not answer, or writes nothing for now (which PostgreSQL calls an internal error):
# everything is to be done again later. Other errors of a database, such as a text too long for its
# column, will not mend themselves.
UNAVAILABLE = (
    OperationalError,
    InterfaceError,
    InternalError,
    RedisError,
    StreamUnavailable,
    Contended,
    OSError,
)

T = TypeVar("T")
R = TypeVar("R")


def isolating(
    step: Callable[[Sequence[T]], list[R]],
    items: Sequence[T],
    *,
    failed: Callable[[T, Exception], object],
) -> list[R]:
    """Return what the step makes of the items; those that fail, alone, are told to `failed`.

    Halves what fails until it stands alone, so the step must be one that can be done again.
    Raises what `UNAVAILABLE` lists.
    """
    if not items:
        return []
    try:
        return step(items)
    except UNAVAILABLE:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a step does with what people send
        if len(items) == 1:
            failed(items[0], error)
            return []
    middle = len(items) // 2
    return [
        made
        for half in (items[:middle], items[middle:])
        for made in isolating(step, half, failed=failed)
    ]
