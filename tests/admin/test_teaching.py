"""What empty screens say."""

import pytest

from personalize.admin.teaching import LESSONS
from tests.factories import SegmentFactory


@pytest.mark.parametrize("model", LESSONS)
def test_an_empty_screen_says_what_it_is_for(owner, model):
    page = owner.get(f"/admin/personalize/{model}/").content.decode()

    assert "px-teaching" in page
    assert str(LESSONS[model].title) in page


def test_a_list_with_rows_and_a_search_without_hits_teach_nothing(owner):
    SegmentFactory(name="Keen")

    for query in ("", "?q=nobody"):
        page = owner.get(f"/admin/personalize/segment/{query}").content.decode()
        assert "px-teaching" not in page


def test_a_lesson_leads_only_where_one_may_go(staff):
    page = staff("view_segment").get("/admin/personalize/segment/").content.decode()

    assert "px-teaching" in page
    assert "Begin from a template" not in page
