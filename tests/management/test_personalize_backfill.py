"""`personalize_backfill` says what it counted, and why it cannot."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from personalize.history.job import sole
from personalize.lake.table import lake_table
from tests.history.histories import behaviours, count_from_now_on, counted, take
from tests.lake.conftest import lake  # noqa: F401  # a fixture
from tests.streamed import now, view

pytestmark = pytest.mark.django_db(transaction=True)


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("personalize_backfill", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("lake")
def test_new_traits_are_counted_once() -> None:
    lake_table()
    take([view(1, anonymous_id="v0", properties={"price": 7})])
    count_from_now_on(*behaviours(1))
    assert said() == "10 traits: 1 of 1 profiles changed.\n"
    assert counted(1, visitors=1, at=now())["a:v0"][1][0] == 7
    assert said() == "No trait is new.\n"


@pytest.mark.usefixtures("lake")
def test_a_trait_older_than_the_lake_is_counted_when_it_is_named() -> None:
    keys = count_from_now_on(*behaviours(1))
    lake_table()
    assert said() == "No trait is new.\n"
    assert said("--trait", keys[0]).startswith("1 traits")
    assert said("--all").startswith("10 traits")


@pytest.mark.usefixtures("lake")
def test_a_trait_that_does_not_exist_is_named() -> None:
    with pytest.raises(CommandError, match="key b_none"):
        said("--trait", "b_none")


@pytest.mark.usefixtures("lake")
def test_beside_another_job_it_does_not_run() -> None:
    count_from_now_on(*behaviours(1))
    with sole("rebuild"), pytest.raises(CommandError, match="at work"):
        said("--all")


def test_without_a_lake_it_says_so(settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    count_from_now_on(*behaviours(1))
    with pytest.raises(CommandError, match="LAKE_URL"):
        said("--all")
