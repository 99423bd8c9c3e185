"""A segment that is in use is kept, and the page says where it is used (U9)."""

import pytest
from django.test import Client
from django.urls import reverse

from personalize.models import Segment
from tests.factories import SegmentFactory, VariantFactory

pytestmark = pytest.mark.django_db


def test_a_segment_in_use_is_refused_with_links_to_where(admin_client: Client) -> None:
    vip = SegmentFactory(slug="vip", name="<b>VIP</b>")
    leaf = {"field": "segments", "operator": "in", "value": ["vip"]}
    variant = VariantFactory(audience={"combinator": "and", "rules": [leaf]})
    url = reverse("admin:personalize_segment_delete", args=[vip.pk])

    answer = admin_client.post(url, {"post": "yes"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert reverse("admin:personalize_variant_change", args=[variant.pk]) in page
    assert "<b>VIP</b>" not in page
    assert Segment.objects.filter(pk=vip.pk).exists()


def test_a_segment_that_nothing_names_is_asked_about(admin_client: Client) -> None:
    url = reverse("admin:personalize_segment_delete", args=[SegmentFactory().pk])

    assert admin_client.get(url).status_code == 200
