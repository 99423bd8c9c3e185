"""A rule tried on one visitor: each condition, what it found, and how old that is."""

import time
from typing import Any

import pytest
from django.test import RequestFactory

from personalize.admin.rule_trial import NoSuchVisitor, trial, visitor_named
from personalize.models import Visitor
from personalize.profile.flush import write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, save
from personalize.rules.evaluate import compile_rule
from personalize.rules.syntax import parse
from personalize.segment.compiled import load_segments
from personalize.segment.facts import VisitorFacts
from tests.factories import SegmentFactory, VisitorFactory

pytestmark = pytest.mark.django_db
NOW = time.time_ns() // 1_000_000
KEEN = {"field": "trait.keen", "operator": "=", "value": True}
IN_VIP = {"field": "segments", "operator": "contains", "value": "vip"}


def know(**known: Any) -> Profile:
    profile = Profile("a:visitor", events=1, first_seen_at=NOW, last_seen_at=NOW, **known)
    save([Change(profile, Seen(), "1")], partition=0)
    write_rows([profile])
    return profile


def test_each_condition_tells_what_it_found_and_how_old_that_is() -> None:
    know(traits={"keen": True}, trait_times={"keen": NOW - 300_000})
    rule = parse({"combinator": "or", "rules": [KEEN, IN_VIP]})
    answer = trial(rule, subject="a:visitor", now=NOW)
    assert answer["matched"] is True
    assert answer["explanation"]["sentence"] == "any of these"
    found, missed = answer["explanation"]["children"]
    assert found == {
        "path": "rules[0]",
        "sentence": "their keen is true",
        "matched": True,
        "actual": "yes",
        "age": "5\xa0minutes old",
        "children": [],
    }
    assert (missed["path"], missed["matched"], missed["age"]) == ("rules[1]", False, "")


def test_a_segment_is_unfolded_to_its_own_rule() -> None:
    SegmentFactory(slug="vip", name="VIP", rule=KEEN)
    know(traits={"keen": True})
    answer = trial(parse(IN_VIP), subject="a:visitor", now=NOW)
    assert answer["explanation"]["path"] == "rules[0]"
    [found] = answer["explanation"]["children"]
    assert (found["path"], found["sentence"]) == ("rules[0].segments[0]", "their keen is true")


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ({"combinator": "and", "rules": []}, "everybody"),
        ({"combinator": "and", "rules": [], "not": True}, "nobody"),
        ({"combinator": "and", "rules": [KEEN, KEEN]}, "all of these"),
        ({"combinator": "or", "rules": [KEEN]}, "their keen is true"),
        ({"combinator": "and", "rules": [KEEN], "not": True}, "not all of these"),
        ({"combinator": "or", "rules": [KEEN], "not": True}, "none of these"),
    ],
)
def test_a_group_says_how_its_conditions_combine(group: dict[str, Any], words: str) -> None:
    profile = know(traits={"keen": False})
    rule = parse(group)
    answer = trial(rule, subject="a:visitor", now=NOW)
    facts = VisitorFacts(profile, context={}, segments=load_segments(), now=NOW)
    assert answer["explanation"]["sentence"] == words
    assert answer["matched"] is compile_rule(rule)(facts)


def test_a_visitor_is_named_by_id_or_by_subject() -> None:
    visitor = VisitorFactory()
    request = RequestFactory().get("/")
    for name in (str(visitor.uuid), visitor.subject):
        assert visitor_named(name, request=request) == visitor.subject
    for name in ("a:nobody", "me", "", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(NoSuchVisitor):
            visitor_named(name, request=request)


def test_of_a_visitor_whose_profile_is_gone_nothing_is_known() -> None:
    visitor = Visitor.objects.get(pk=VisitorFactory().pk)
    with pytest.raises(NoSuchVisitor):
        trial(parse(KEEN), subject=visitor.subject, now=NOW)
