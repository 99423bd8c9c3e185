"""Proofs are there to read."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from personalize.models import ConsentRecord, Erasure, IdentityLink
from personalize.stream.protocol import current_stream


@pytest.fixture(params=["consentrecord", "erasure", "identitylink"])
def record(request, db):
    make = {
        "consentrecord": lambda: ConsentRecord.objects.create(
            anonymous_id="visitor", purposes={"analytics": True}, method="banner", text_version="1"
        ),
        "erasure": lambda: Erasure.objects.create(subject_hash="f" * 64),
        "identitylink": lambda: IdentityLink.objects.create(
            anonymous_id="visitor", user_id="1", proof="login", linked_at=timezone.now()
        ),
    }
    return make[request.param]()


@pytest.mark.parametrize("action", ["change", "delete"])
def test_nobody_changes_or_deletes_one_S23(owner, record, action):
    address = reverse(f"admin:personalize_{record._meta.model_name}_{action}", args=[record.pk])

    assert owner.post(address, {"post": "yes"}).status_code == 403
    assert type(record).objects.filter(pk=record.pk).exists()


def test_its_owner_can_read_it(owner, record):
    name = f"admin:personalize_{record._meta.model_name}_change"

    assert owner.get(reverse(name, args=[record.pk])).status_code == 200


@pytest.fixture
def link(db):
    return IdentityLink.objects.create(
        anonymous_id="visitor", user_id="7", proof="login", linked_at=timezone.now()
    )


def undo(person, link):
    return person.post(reverse("admin:personalize_identitylink_press", args=[link.pk, "undo"]))


def waiting():
    stream = current_stream()
    return sum(stream.lag(partition).entries for partition in range(stream.partitions))


def test_a_link_is_undone_by_its_button_once_and_logged(owner, link):
    undo(owner, link)
    assert undo(owner, link).status_code == 403

    link.refresh_from_db()
    assert link.undone_at
    assert waiting() == 1
    assert LogEntry.objects.get(object_id=str(link.pk)).change_message


def test_undoing_a_link_needs_the_permission(staff, link):
    assert undo(staff("view_identitylink"), link).status_code == 403
    assert undo(staff("view_identitylink", "change_identitylink"), link).status_code == 302


def test_a_link_stands_while_the_stream_is_down(owner, link, no_redis):
    undo(owner, link)

    link.refresh_from_db()
    assert link.undone_at is None
