"""What the rule builder asks while an editor writes."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from personalize.collect.identity import cookie_name, random_identity
from personalize.profile.flush import write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, save
from tests.factories import SegmentFactory, UserFactory

pytestmark = pytest.mark.django_db
KEEN = {"field": "trait.keen", "operator": "=", "value": True}
POSTED = ("read", "count", "test")
MOST_QUERIES = 15


def know(subject: str, **known: Any) -> None:
    at = time.time_ns() // 1_000_000
    profile = Profile(subject, events=1, first_seen_at=at, last_seen_at=at, **known)
    save([Change(profile, Seen(), "1")], partition=0)
    write_rows([profile])


def address(view: str) -> str:
    return reverse(f"admin:personalize_rules_{view}")


def ask(client: Client, view: str, **asked: Any) -> Any:
    """Return the response of one of the views."""
    return client.post(address(view), json.dumps(asked), content_type="application/json")


@pytest.fixture
def editor(staff: Callable[..., Client]) -> Client:
    return staff("view_segment")


@pytest.fixture
def analyst(staff: Callable[..., Client]) -> Client:
    return staff("view_segment", "view_visitor", "view_profile")


def test_a_rule_is_read_in_words(editor: Client) -> None:
    answer = ask(editor, "read", rule=KEEN, segment="keen").json()
    assert answer == {"sentence": "their keen is true", "faults": [], "hints": []}


def test_faults_are_told_with_their_place(editor: Client) -> None:
    rule = {"combinator": "and", "rules": [KEEN, {"field": "age", "operator": "=", "value": 1}]}
    answer = ask(editor, "read", rule=rule).json()
    assert answer["sentence"] == ""
    assert [fault["path"] for fault in answer["faults"]] == ["rules[1].field"]


def test_a_segment_may_name_another_but_not_itself(editor: Client) -> None:
    SegmentFactory(slug="vip", name="VIP")
    rule = {"field": "segments", "operator": "contains", "value": "vip"}
    assert ask(editor, "read", rule=rule).json()["faults"] == []
    [fault] = ask(editor, "read", rule=rule, segment="vip").json()["faults"]
    assert fault["path"] == "rules[0].value"
    [fault] = ask(editor, "read", rule={**rule, "value": "vop"}).json()["faults"]
    assert "vop" in fault["message"]


def test_what_excludes_itself_is_told_in_words(editor: Client) -> None:
    other = {**KEEN, "operator": "null", "value": None}
    rule = {"combinator": "and", "rules": [KEEN, other]}
    [hint] = ask(editor, "read", rule=rule).json()["hints"]
    assert hint == {
        "kind": "contradiction",
        "path": "",
        "message": "Nobody can meet both: their keen is true – and their keen is missing.",
    }


def test_a_rule_for_everybody_is_told(editor: Client) -> None:
    [hint] = ask(editor, "read", rule={}).json()["hints"]
    assert (hint["kind"], hint["path"]) == ("tautology", "")


@pytest.mark.parametrize("exact", [False, True])
def test_a_count_says_how_many_of_how_many(editor: Client, exact: bool) -> None:
    for number in range(4):
        know(f"a:{number}", traits={"keen": number < 1})
    assert ask(editor, "count", rule=KEEN, exact=exact, asked=7).json() == {
        "matched": 1,
        "known": 4,
        "share": 0.25,
        "margin": 0,
        "is_exact": True,
        "sentence": "their keen is true",
        "asked": 7,
        "examples": [],
    }


def test_examples_are_for_those_who_may_see_visitors(analyst: Client) -> None:
    for number in range(12):
        know(f"a:{number}", traits={"keen": True})
    examples = ask(analyst, "count", rule=KEEN, asked=1).json()["examples"]
    assert len(examples) == 10
    assert len(examples[0]["label"]) == 8
    assert "a:" not in json.dumps(examples)
    assert analyst.get(examples[0]["url"]).status_code == 200


@pytest.mark.parametrize(
    ("view", "asked", "field"),
    [
        ("count", {"rule": {"combinator": "nor", "rules": []}}, "rule"),
        ("count", {"rule": KEEN, "exact": 1}, "exact"),
        ("count", {"rule": KEEN, "asked": -1}, "asked"),
        ("count", {"rule": KEEN, "asked": "1"}, "asked"),
        ("test", {"rule": [], "visitor": "me"}, "rule"),
        ("test", {"rule": KEEN, "visitor": 5}, "visitor"),
        ("test", {"rule": KEEN, "visitor": "a:\ud800"}, "visitor"),
        ("test", {"rule": KEEN, "visitor": "a:\x00"}, "visitor"),
        ("read", {"rule": KEEN, "segment": None}, "segment"),
    ],
)
def test_bad_input_is_refused_by_its_name(
    analyst: Client, view: str, asked: dict[str, Any], field: str
) -> None:
    answer = ask(analyst, view, **asked)
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert answer.json()["error"]


@pytest.mark.parametrize("body", ["", "{", "[]", "1", "[" * 100_000, "\xff", "x" * 300_000])
@pytest.mark.parametrize("view", POSTED)
def test_what_is_no_json_object_is_refused(editor: Client, view: str, body: str) -> None:
    answer = editor.post(address(view), body, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, "body")


def test_a_rule_that_does_not_parse_is_refused_with_all_its_faults(editor: Client) -> None:
    leaf = {"field": "nothing", "operator": "=", "value": 1}
    answer = ask(editor, "count", rule={"combinator": "and", "rules": [leaf, leaf]})
    assert [fault["path"] for fault in answer.json()["faults"]] == [
        "rules[0].field",
        "rules[1].field",
    ]


def test_a_rule_is_tried_on_one_visitor(analyst: Client) -> None:
    know("a:visitor", traits={"keen": True})
    answer = ask(analyst, "test", rule=KEEN, visitor="a:visitor").json()
    assert answer["matched"] is True
    found = answer["explanation"]
    assert (found["path"], found["matched"], found["actual"]) == ("rules[0]", True, "yes")


def test_editors_try_rules_on_their_own_browser(editor: Client) -> None:
    assert "error" in ask(editor, "test", rule=KEEN, visitor="me").json()
    me = random_identity()
    request = editor.get(address("catalogue")).wsgi_request
    editor.cookies[cookie_name(request)] = me.cookie
    assert "error" in ask(editor, "test", rule=KEEN, visitor="me").json()
    know(me.subject, traits={"keen": False})
    assert ask(editor, "test", rule=KEEN, visitor="me").json()["matched"] is False


def test_an_unknown_visitor_is_told(analyst: Client) -> None:
    assert ask(analyst, "test", rule=KEEN, visitor="a:nobody").json() == {
        "error": "There is no such visitor."
    }


def test_others_visitors_are_for_those_who_may_see_them(editor: Client) -> None:
    know("a:visitor")
    assert ask(editor, "test", rule=KEEN, visitor="a:visitor").status_code == 403


def test_who_may_not_view_segments_is_told_nothing(staff: Callable[..., Client]) -> None:
    stranger = staff("view_visitor", "view_profile")
    assert stranger.get(address("catalogue")).status_code == 403
    assert [ask(stranger, view, rule=KEEN).status_code for view in POSTED] == [403, 403, 403]
    assert ask(Client(), "count", rule=KEEN).status_code == 302


@pytest.mark.parametrize("view", POSTED)
def test_no_other_site_can_ask_in_an_editors_name(view: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(permissions=["view_segment"]))
    assert ask(client, view, rule=KEEN, visitor="me").status_code == 403


def test_the_catalogue_is_got_and_the_rest_is_posted(editor: Client) -> None:
    assert [editor.get(address(view)).status_code for view in POSTED] == [405, 405, 405]
    assert ask(editor, "catalogue").status_code == 405


@pytest.mark.usefixtures("no_redis")
def test_while_redis_is_away_rules_are_read_but_not_counted(analyst: Client) -> None:
    assert ask(analyst, "count", rule=KEEN).status_code == 503
    assert ask(analyst, "read", rule=KEEN).json()["sentence"] == "their keen is true"
    assert analyst.get(address("catalogue")).status_code == 200


def test_each_answer_takes_few_queries(
    analyst: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        SegmentFactory(slug=f"s{number}", rule=KEEN)
        know(f"a:{number}", traits={"keen": True}, segments={f"s{number}": 1})
    named = {"field": "segments", "operator": "in", "value": [f"s{n}" for n in range(12)]}
    rule = {"combinator": "or", "rules": [KEEN, named]}
    with django_assert_max_num_queries(MOST_QUERIES):
        assert ask(analyst, "read", rule=rule).status_code == 200
    for exact in (False, True):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert ask(analyst, "count", rule=rule, exact=exact).status_code == 200
    with django_assert_max_num_queries(MOST_QUERIES):
        assert ask(analyst, "test", rule=rule, visitor="a:1").status_code == 200
    with django_assert_max_num_queries(MOST_QUERIES):
        assert analyst.get(address("catalogue")).status_code == 200
