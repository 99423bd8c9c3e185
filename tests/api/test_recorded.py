"""What the API changes is in the history too."""

from django.urls import reverse

from personalize import revisions
from personalize.models import Segment
from tests.factories import SegmentFactory


def test_a_change_by_the_api_is_its_callers(caller):
    segment = SegmentFactory(name="Keen")
    client = caller("change_segment", "view_segment")
    address = reverse("personalize:api-segment-detail", args=[segment.uuid])

    assert client.patch(address, {"name": "Phones"}, format="json").status_code == 200

    newest, first = revisions.changes(segment)
    assert (newest.by.username, first.by) == (client.handler._force_user.username, None)
    assert [(each.before, each.after) for each in newest.differences] == [("Keen", "Phones")]


def test_what_is_refused_is_no_change(caller):
    segment = SegmentFactory()
    address = reverse("personalize:api-segment-detail", args=[segment.uuid])
    caller("change_segment", "view_segment").patch(address, {"slug": "other"}, format="json")
    assert len(revisions.changes(segment)) == 1


def test_what_the_api_deletes_comes_back(owner):
    segment = SegmentFactory(name="Keen")
    address = reverse("personalize:api-segment-detail", args=[segment.uuid])
    assert owner.delete(address).status_code == 204

    [(_, gone)] = revisions.deleted(Segment)
    revisions.restore(gone.version, model=Segment, by=None)
    assert Segment.objects.get().uuid == segment.uuid
