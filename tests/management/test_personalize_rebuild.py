"""`personalize_rebuild` compares, counts, or makes anew, and says what it found."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from msgspec.structs import replace

from personalize.connections import worker_redis
from personalize.keys import profile_key
from personalize.profile import store
from personalize.profile.profile import encode
from tests.history.histories import take
from tests.lake.conftest import lake  # noqa: F401  # a fixture
from tests.streamed import view

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lake")]

VISITOR = "a:visitor"


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("personalize_rebuild", *arguments, stdout=out)
    return out.getvalue()


def spoil(**fields: object) -> None:
    """Let the visitor's profile be what no event has made."""
    profile = store.read_profile(VISITOR)
    assert profile
    worker_redis().hset(profile_key(VISITOR), "s", encode(replace(profile, **fields)))


def test_what_is_the_same_is_verified() -> None:
    take([view(1), view(2)])
    assert said("--verify") == "2 events read.\n1 profiles are as the lake has them.\n"


def test_a_difference_is_printed_and_mended() -> None:
    take([view(1), view(2)])
    spoil(events=1)
    out = StringIO()
    with pytest.raises(CommandError, match="1 profiles are not what the lake has"):
        call_command("personalize_rebuild", "--verify", stdout=out)
    assert f"{VISITOR} events: serves 1; of the lake 2\n" in out.getvalue()
    assert "1 profiles differ." in said("--dry-run")
    assert "1 profiles differ." in said()
    assert "1 profiles are as the lake has them." in said("--verify")


def test_what_knows_more_than_the_lake_stays_unless_asked_for() -> None:
    take([view(1)])
    spoil(events=9)
    assert "1 profiles know of more events" in said()
    assert "1 profiles differ." in said("--older")
    assert "1 profiles are as" in said("--verify")


def test_a_lost_profile_is_told() -> None:
    take([view(1)])
    worker_redis().delete(profile_key(VISITOR))
    with pytest.raises(CommandError, match="1 profiles"):
        said("--verify")
    assert "1 profiles are not in Redis." in said()
    assert "1 profiles are as" in said("--verify")
