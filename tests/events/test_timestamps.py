"""Times are read in the forms clients write, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.events.timestamps import LATEST, milliseconds


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-23T13:05:32.123Z",
        "2026-11-23T13:05:32.123+00:00",
        "2026-11-23T14:05:32.123456789+01:00",
        "2026-11-23 13:05:32.123",
        1_795_439_132_123,
        1_795_439_132_123.4,
    ],
)
def test_one_moment_is_read_from_every_form(written: str | float) -> None:
    assert milliseconds(written) == 1_795_439_132_123


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "1795439132123", "2026-13-01", float("nan"), float("inf"), -1, 10**18],
)
def test_what_is_no_time_is_refused(written: str | float) -> None:
    with pytest.raises(ValueError, match="expected"):
        milliseconds(written)


@pytest.mark.parametrize("written", ["1969-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_time_before_the_epoch_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="from 1970 to 9999"):
        milliseconds(written)


@given(st.datetimes(timezones=st.timezones()) | st.text() | st.floats() | st.integers())
def test_any_text_or_number_is_read_or_refused(value: object) -> None:
    written = value if isinstance(value, str | int | float) else value.isoformat()  # type: ignore[attr-defined]
    try:
        read = milliseconds(written)
    except ValueError as error:
        read = None if str(error).startswith("expected") else -1

    assert read is None or 0 <= read <= LATEST
