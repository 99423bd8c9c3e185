"""Rules in words."""

import pytest

from personalize.admin.words import sentence
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db
IN_VIP = {"combinator": "and", "rules": [{"field": "segments", "operator": "=", "value": "vip"}]}


def test_segments_are_called_by_the_names_that_editors_gave():
    SegmentFactory(slug="vip", name="Best customers")

    assert "Best customers" in sentence(IN_VIP)


def test_a_segment_that_is_gone_is_called_by_its_slug():
    assert "vip" in sentence(IN_VIP)


def test_a_rule_with_faults_says_so():
    assert "faults" in sentence({"field": "nonsense"})
