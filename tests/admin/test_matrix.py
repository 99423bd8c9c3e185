"""The mapping matrix."""

import pytest
from django.urls import reverse

from personalize.admin import matrix
from personalize.admin.matrix import Heat
from tests.factories import (
    SegmentFactory,
    SegmentPortraitFactory,
    SegmentSizeFactory,
    TraitFactory,
)

ADDRESS = "admin:personalize_segment_matrix"
VIEWS = {
    "field": "behaviour",
    "behaviour": {"event": "Product Viewed", "aggregate": "count", "window": "7d"},
    "operator": ">",
    "value": 2,
}
PHONE = {"field": "context.device", "operator": "=", "value": "phone"}
GOLD = {"field": "trait.plan", "operator": "=", "value": "gold"}
IN_KEEN = {"field": "segments", "operator": "=", "value": "keen"}


def every(*rules):
    return {"combinator": "and", "rules": list(rules)}


@pytest.fixture
def segments(db):
    keen = SegmentFactory(name="Keen", slug="keen", rule=every(VIEWS, PHONE))
    rich = SegmentFactory(name="Rich", slug="rich", rule=every(VIEWS, GOLD, IN_KEEN))
    static = SegmentFactory(name="Guests", slug="guests", kind="static")
    for segment, visitors in ((keen, 40), (rich, 20), (static, 5)):
        SegmentSizeFactory(segment=segment, visitors=visitors)
    SegmentPortraitFactory(segment=keen, members=40, shared={str(rich.pk): 10})
    SegmentPortraitFactory(segment=rich, members=20, shared={str(keen.pk): 10})
    return keen, rich, static


def table(page):
    shown = page.context
    return {(row.family, row.name): row for row in shown["rows"]}, shown["columns"]


def test_signals_by_segments_with_the_conditions_in_words(owner, segments):
    TraitFactory(key="plan", name="Plan")

    found, columns = table(owner.get(reverse(ADDRESS)))

    assert [(column.name, column.size) for column in columns] == [
        ("Keen", 40), ("Rich", 20), ("Guests", 5),
    ]  # fmt: skip
    assert list(found) == [
        ("Behaviour", "Product Viewed"),
        ("Trait", "Plan"),
        ("Visit", "device"),
        ("Segment", "Keen"),
    ]  # fmt: skip
    views = found["Behaviour", "Product Viewed"]
    assert views.feeds == 2
    assert [len(cell) for cell in views.cells] == [1, 1, 0]
    assert "more than 2 times" in views.cells[0][0]


def test_the_heat_map_tells_the_share_of_each_in_the_others(owner, segments):
    page = owner.get(reverse(ADDRESS))

    by_name = {column.name: cells for column, cells in page.context["heat"]}
    assert [cell.percent for cell in by_name["Keen"]] == [100, 25, 0]
    assert [cell.percent for cell in by_name["Rich"]] == [50, 100, 0]
    assert [cell.percent for cell in by_name["Guests"]] == [None, None, None]
    assert "px-heat-5" in page.content.decode()


@pytest.mark.parametrize(
    ("sought", "names"),
    [
        ("rich", ["Rich"]),
        ("product viewed", ["Keen", "Rich"]),
        ("DEVICE", ["Keen"]),
        ("nothing", []),
    ],
)
def test_segments_are_found_by_name_and_by_what_they_go_by(owner, segments, sought, names):
    page = owner.get(reverse(ADDRESS), {"q": sought})

    assert [column.name for column in page.context["columns"]] == names
    assert ("No segment has this name" in page.content.decode()) is (not names)


def test_a_few_segments_are_shown_at_a_time_and_the_search_goes_on_to_the_next(
    owner, segments, monkeypatch
):
    monkeypatch.setattr(matrix, "AT_ONCE", 2)

    first = owner.get(reverse(ADDRESS), {"q": "e"})
    second = owner.get(reverse(ADDRESS), {"q": "e", "p": 2})

    assert [column.name for column in first.context["columns"]] == ["Keen", "Rich"]
    assert "?q=e&amp;p=2" in first.content.decode()
    assert [column.name for column in second.context["columns"]] == ["Guests"]


def test_a_segment_is_opened_or_begun_from_it(owner, segments):
    page = owner.get(reverse(ADDRESS)).content.decode()

    assert reverse("admin:personalize_segment_change", args=[segments[0].pk]) in page
    assert reverse("admin:personalize_segment_templates") in page


def test_it_teaches_while_there_is_nothing(owner):
    assert "There are no segments yet" in owner.get(reverse(ADDRESS)).content.decode()


def test_it_needs_the_permission_to_see_segments_S15(staff):
    assert staff("view_slot").get(reverse(ADDRESS)).status_code == 403
    assert staff("view_segment").get(reverse(ADDRESS)).status_code == 200


def test_the_colours_grow_with_the_share():
    assert [Heat(percent).step for percent in (None, 0, 4, 26, 100)] == [0, 0, 0, 3, 10]
