"""What was served, seen and clicked, by the id beside the slot."""

from datetime import UTC, date, datetime, timedelta

import pytest

from personalize.events.event import Event
from personalize.events.served import parts_of, served_event
from personalize.keys import HOUR_MS, tally_field
from personalize.measure import showings
from personalize.measure.showings import counts_of, note_showings
from personalize.measure.tally import parsed
from personalize.models import Placement, Showing
from personalize.profile.seen import Seen

AT = int(datetime(2026, 11, 20, 12, 30, tzinfo=UTC).timestamp() * 1_000)
HOUR = datetime(2026, 11, 20, 12, tzinfo=UTC)
MIDNIGHT = HOUR.replace(hour=0)
HERO = {"slot": "hero", "variant": "vip", "reason": "targeting_match", "exposure": "a" * 12}


def served(number: int, *, path: str = "/", at: int = AT) -> Event:
    (part,) = parts_of(
        served_event(str(number), [HERO], at=at, anonymous_id="visitor", user_id="", path=path)
    )
    return part


def told(name: str, exposure: object) -> Event:
    return Event(
        type="track", event=name, message_id="1", timestamp=AT, received_at=AT,
        anonymous_id="visitor", properties={"exposure": exposure}, source="browser",
    )  # fmt: skip


def counted(*events: Event) -> dict[tuple[datetime, str, str], int]:
    found: dict[tuple[datetime, str, str], int] = {}
    seen = Seen()
    for event in events:
        for metric, exposure in counts_of(event, seen):
            key = parsed(tally_field(metric, at=event.timestamp, key=exposure))
            found[key] = found.get(key, 0) + 1
    return found


@pytest.mark.django_db
def test_what_was_served_is_kept_by_the_day_with_what_it_was_and_where() -> None:
    kept = note_showings(counted(served(1), served(2, path="/shop/"), served(3, path="/shop/")))

    assert kept == {(MIDNIGHT, "served", "a" * 12): 3, (MIDNIGHT, "reached", "a" * 12): 1}
    showing = Showing.objects.get()
    assert (showing.slot, showing.variant, showing.reason) == ("hero", "vip", "targeting_match")
    assert showing.last_served_on == date(2026, 11, 20)
    places = Placement.objects.values_list("path", "served")
    assert list(places) == [("/shop/", 2), ("/", 1)]


@pytest.mark.django_db
def test_names_may_hold_the_sign_that_parts_names() -> None:
    note_showings(counted(served(1, path="/a|b\n/")))

    assert Placement.objects.get().path == "/a|b\n/"


@pytest.mark.django_db
def test_the_second_flush_adds_to_the_first() -> None:
    note_showings(counted(served(1)))
    note_showings(counted(served(2, at=AT + 24 * HOUR_MS)))

    assert Placement.objects.get().served == 2
    assert Showing.objects.get().last_served_on == date(2026, 11, 21)


@pytest.mark.django_db
def test_a_visitor_is_reached_once_a_day() -> None:
    kept = note_showings(counted(served(1), served(2), served(3, at=AT + 24 * HOUR_MS)))

    reached = {hour: count for (hour, metric, _), count in kept.items() if metric == "reached"}
    assert reached == {MIDNIGHT: 1, MIDNIGHT + timedelta(days=1): 1}


@pytest.mark.django_db
def test_what_a_browser_says_counts_for_what_the_site_has_served() -> None:
    kept = note_showings(
        counted(served(1), told("Variant Seen", "a" * 12), told("Variant Clicked", "a" * 12))
        | counted(told("Variant Seen", "b" * 12), told("Variant Clicked", "b" * 12))
    )

    assert {metric: count for (_, metric, _), count in kept.items()} == {
        "served": 1, "reached": 1, "seen": 1, "clicked": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "exposure", ["", "no hex here", "a" * 17, "a" * 12 + "\n", 12, None, ["a"]]
)
def test_what_is_no_id_counts_nowhere(exposure) -> None:
    assert counted(told("Variant Seen", exposure)) == {}


def test_only_the_site_says_what_it_served() -> None:
    forged = told("Variant Served", "a" * 12)

    assert counted(forged) == {}


@pytest.mark.django_db
def test_a_site_with_endless_paths_keeps_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showings, "MOST_PLACEMENTS", 2)

    note_showings(counted(*(served(number, path=f"/{number}/") for number in range(5))))
    note_showings(counted(served(9, path="/0/")))

    assert dict(Placement.objects.values_list("path", "served")) == {"/0/": 2, "/1/": 1}


@pytest.mark.django_db
def test_other_counts_stay_as_they_are() -> None:
    counts = {(HOUR, "events", "Page Viewed"): 3}

    assert note_showings(counts) == counts
