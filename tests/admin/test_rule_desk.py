"""What the rule builder asks while an editor writes."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from personalize.models import Visitor
from personalize.profile.flush import write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, save
from tests.factories import SegmentFactory, TraitFactory

pytestmark = pytest.mark.django_db
KEEN = {"field": "trait.keen", "operator": "=", "value": True}


def know(subject: str, **known: Any) -> None:
    at = time.time_ns() // 1_000_000
    profile = Profile(subject, events=1, first_seen_at=at, last_seen_at=at, **known)
    save([Change(profile, Seen(), "1")], partition=0)
    write_rows([profile])


def ask(client: Client, view: str, **asked: Any) -> Any:
    """Return the answer of one of the views; its status is asserted by who asks."""
    url = reverse(f"admin:personalize_rules_{view}")
    return client.post(url, json.dumps(asked), content_type="application/json")


@pytest.fixture
def editor(staff: Callable[..., Client]) -> Client:
    return staff("view_segment")


def test_the_catalogue_lists_all_that_a_rule_may_be_made_of(editor: Client) -> None:
    SegmentFactory(name="High intent", slug="high-intent")
    TraitFactory(key="plan", name="Plan")
    found = editor.get(reverse("admin:personalize_rules_catalogue")).json()
    fields = {field["name"]: field for field in found["fields"]}
    assert {"behaviour", "segments", "trait.plan", "context.device", "session.views"} <= set(fields)
    assert found["segments"] == [{"name": "high-intent", "label": "High intent"}]
    assert "Product Viewed" in {event["name"] for event in found["events"]}


def test_a_rule_is_read_in_words(editor: Client) -> None:
    answer = ask(editor, "read", rule=KEEN, segment="keen").json()
    assert answer == {"sentence": "their keen is true", "faults": [], "hints": []}


def test_a_count_says_how_many_of_how_many(editor: Client) -> None:
    for number in range(4):
        know(f"a:{number}", traits={"keen": number < 1})
    for exact in (False, True):
        answer = ask(editor, "count", rule=KEEN, exact=exact, asked=7).json()
        assert answer == {
            "matched": 1,
            "known": 4,
            "share": 0.25,
            "margin": 0,
            "is_exact": True,
            "sentence": "their keen is true",
            "asked": 7,
            "notes": [],
            "examples": [],
        }


def test_a_rule_is_tried_on_one_visitor(staff: Callable[..., Client]) -> None:
    know("a:visitor", traits={"keen": True})
    analyst = staff("view_segment", "view_visitor", "view_profile")
    visitor = str(Visitor.objects.get().uuid)
    answer = ask(analyst, "test", rule=KEEN, visitor=visitor).json()
    assert answer["matched"] is True
    [clause] = answer["explanation"]["children"]
    assert (clause["path"], clause["matched"], clause["actual"]) == ("rules[0]", True, True)
