"""Proofs are there to read."""

import pytest
from django.urls import reverse
from django.utils import timezone

from personalize.models import ConsentRecord, Erasure, IdentityLink


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
