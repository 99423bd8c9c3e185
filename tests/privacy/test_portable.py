"""Everything of a person's: what the export tells, and the events of all their browsers."""

import pytest

from personalize.lake.outbox import put
from personalize.lake.table import NoLake
from personalize.lake.write import write_waiting
from personalize.privacy.export import export
from personalize.privacy.portable import portable
from tests.factories import IdentityLinkFactory
from tests.lake.conftest import event
from tests.lake.conftest import lake as lake  # a fixture

pytestmark = pytest.mark.django_db


def ids(subjects: list[str]) -> list[str]:
    return [each["messageId"] for each in portable(subjects)["events"]]


def test_the_events_of_a_user_and_their_browsers_are_there_and_nobody_elses(lake):
    IdentityLinkFactory(anonymous_id="visitor", user_id="7")
    put("a:visitor", [event(1, properties={"name": "Tee"})])
    put("a:stranger", [event(2, subject="a:stranger")])
    write_waiting()
    put("u:7", [event(3, subject="u:7")])  # still waits in the outbox
    found = portable(["u:7"])
    assert sorted(ids(["u:7"])) == ["m1", "m3"]
    assert found["events"][0]["properties"] == {"name": "Tee"}
    told = export(["u:7", "a:visitor"])
    assert found.keys() == told.keys() | {"events"}
    assert found["subjects"] == told["subjects"]


def test_a_browser_is_told_alone(lake):
    IdentityLinkFactory(anonymous_id="visitor", user_id="7")
    put("a:visitor", [event(1)])
    put("u:7", [event(2, subject="u:7")])
    assert ids(["a:visitor"]) == ["m1"]


def test_without_a_lake_there_is_none_to_read(settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": ""}
    with pytest.raises(NoLake):
        portable(["u:7"])
