"""Evidence in points."""

from msgspec.structs import replace

from personalize.clean.evidence import judged, reasons_of, suspected
from personalize.testing import event_of

EVENT = event_of("a:visitor")


def test_enough_evidence_marks_a_bot_with_every_reason():
    first = suspected(EVENT, ["network_rate"], threshold=100)
    assert (first.bot, first.notes) == ("", ["suspect:network_rate"])
    second = suspected(first, ["order_without_view"], threshold=100)
    assert (second.bot, second.notes) == ("network_rate,order_without_view", [])


def test_the_same_evidence_counts_once():
    once = suspected(EVENT, ["network_rate"], threshold=100)
    assert suspected(once, ["network_rate", "network_rate"], threshold=100) is once


def test_a_higher_threshold_asks_for_more_signs():
    assert suspected(EVENT, ["webdriver"], threshold=150).bot == ""
    assert suspected(EVENT, ["webdriver", "network_rate"], threshold=150).bot


def test_another_threshold_is_applied_to_what_is_known():
    suspect = suspected(EVENT, ["network_rate"], threshold=100)
    assert judged(suspect, threshold=50).bot == "network_rate"
    assert judged(judged(suspect, threshold=50), threshold=100) == suspect


def test_other_notes_stay():
    noted = replace(EVENT, notes=["coerced:price"])
    assert suspected(noted, ["webdriver"], threshold=100).notes == ["coerced:price"]
    assert reasons_of(noted) == []
