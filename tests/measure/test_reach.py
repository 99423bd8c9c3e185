"""What slots have shown to how many people."""

from datetime import date, timedelta

import pytest

from personalize.measure import reach
from personalize.measure.reach import overview, placements_of, slot_figures
from tests.factories import (
    NOON,
    PlacementFactory,
    ShowingFactory,
    SlotFactory,
    TallyFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db
MIDNIGHT = NOON.replace(hour=0)


def shown(showing, *, days=0, **counts):
    for metric, count in counts.items():
        at = MIDNIGHT - timedelta(days=days)
        TallyFactory(metric=metric, key=showing.exposure, hour=at, count=count)


def test_a_slots_variants_have_their_numbers_by_day_the_most_served_first():
    rare, often = (ShowingFactory(slot="hero", variant=name) for name in ("rare", "often"))
    shown(rare, served=10, seen=4)
    shown(often, served=20, reached=15, seen=10, clicked=3)
    shown(often, days=1, served=10)
    shown(ShowingFactory(slot="other"), served=99)

    first, second = slot_figures("hero", now=NOON, days=3)

    assert first.showing.variant == "often"
    assert first.daily["served"] == [0, 10, 20]
    assert (first.total.served, first.total.reached, first.share) == (30, 15, 75)
    assert first.total.seen_percent == pytest.approx(33.3, abs=0.1)
    assert first.total.clicked_percent == 30
    assert (second.total.seen, second.share) == (4, 25)


def test_nothing_shown_divides_by_nothing():
    ShowingFactory(slot="hero")

    (only,) = slot_figures("hero", now=NOON)

    assert (only.share, only.total.seen_percent, only.total.clicked_percent) == (0, 0, 0)


def test_the_overview_has_slots_of_the_database_of_templates_and_unserved_ones():
    hero = SlotFactory(key="hero", name="Hero")
    VariantFactory(slot=hero, is_live=True)
    VariantFactory(slot=hero)
    SlotFactory(key="new")
    drawn = ShowingFactory(slot="hero", variant="x", reason="split")
    shown(drawn, served=30, seen=10)
    shown(drawn, days=8, served=1_000)
    shown(ShowingFactory(slot="inline", variant="vip"), served=40)
    for number in range(5):
        PlacementFactory(slot="hero", path=f"/{number}/", served=number)

    found = overview(now=NOON)

    assert [line.key for line in found.lines] == ["inline", "hero", "new"]
    inline, line, new = found.lines
    assert (inline.row, inline.shown_variants) == (None, 1)
    assert (str(line.row), line.live_variants, line.figures.served) == ("Hero", 1, 30)
    assert (line.pages, line.further_pages) == (["/4/", "/3/", "/2/"], 2)
    assert line.last_served_on == date(2026, 11, 20)
    assert (new.figures.served, new.last_served_on) == (0, None)
    assert found.reasons == {"targeting_match": 40, "split": 30}


def test_the_overview_shows_the_slots_served_most_often(monkeypatch):
    monkeypatch.setattr(reach, "MOST_SLOTS", 2)
    for number in range(4):
        shown(ShowingFactory(slot=f"slot-{number}"), served=10 + number)

    found = overview(now=NOON)

    assert [line.key for line in found.lines] == ["slot-3", "slot-2"]
    assert found.slots == 4


def test_a_slots_pages_are_listed_by_how_often_they_had_it():
    for path, served in (("/a/", 1), ("/b/", 9)):
        PlacementFactory(slot="hero", path=path, served=served)

    assert [place.path for place in placements_of("hero")] == ["/b/", "/a/"]
