"""`personalize_consume`, where it cannot work; what it does is in `tests/faults/`."""

import pytest
from django.core.management import CommandError, call_command


def test_on_a_stream_without_groups_it_says_who_does_the_work() -> None:
    with pytest.raises(CommandError, match="RedisStream has no consumer groups"):
        call_command("personalize_consume")
