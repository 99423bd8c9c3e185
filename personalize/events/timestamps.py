"""Read the times that clients write."""

import math
from datetime import UTC, datetime

LATEST = 253_402_300_799_999  # the end of the year 9999: the last moment a datetime can name


def milliseconds(value: str | int | float) -> int:
    """Return an ISO 8601 text, or a number of milliseconds, as milliseconds since the epoch, UTC.

    A text without an offset is taken for UTC.

    Raises:
        ValueError: says what was expected.

        >>> milliseconds("1970-01-01T00:00:01.5+00:00")
        1500
    """
    if not isinstance(value, str):
        return _in_range(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"expected ISO 8601 or milliseconds, got {value[:40]!r}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _in_range(moment.timestamp() * 1_000)


def _in_range(value: int | float) -> int:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"expected milliseconds since 1970, got {value}")
        value = round(value)
    if not 0 <= value <= LATEST:
        raise ValueError("expected a time from 1970 to 9999, in milliseconds or ISO 8601")
    return value
