"""The visitors' screen."""

import json
import re

import pytest
from django.urls import reverse

from personalize.connections import worker_redis
from personalize.keys import profile_key, timeline_key
from personalize.models import Erasure, Visitor
from personalize.profile import timeline
from personalize.profile.profile import Profile, encode
from personalize.profile.timeline import Moment
from tests.factories import SegmentFactory, VisitorFactory

PAYLOAD = "<script>alert(1)</script>"
PHONES = {
    "combinator": "and",
    "rules": [{"field": "context.device", "operator": "=", "value": "phone"}],
}


def make_visitor(**fields):
    subject = "a:visitor"
    store = worker_redis()
    store.hset(profile_key(subject), "s", encode(Profile(subject=subject, **fields)))
    store.lpush(timeline_key(subject), timeline.encode(Moment(1_000, PAYLOAD, {"name": PAYLOAD})))
    return VisitorFactory(subject=subject)


def page_of(visitor):
    return reverse("admin:personalize_visitor_change", args=[visitor.pk])


def press(visitor, button):
    return reverse("admin:personalize_visitor_press", args=[visitor.pk, button])


def test_the_page_says_why_with_the_actual_value_and_not_by_colour_alone(owner):
    SegmentFactory(name="On the phone", slug="phones", rule=PHONES)
    visitor = make_visitor(context={"device": "desktop"}, traits={"first_name": "Ada"})

    page = owner.get(page_of(visitor)).content.decode()

    assert "not in “On the phone”" in page
    assert "does not hold:" in page
    assert "actually desktop" in page
    assert "Ada" in page


@pytest.mark.parametrize(("is_bot", "word"), [(False, "–"), (True, "yes")])
def test_only_a_bot_is_marked_as_one(owner, is_bot, word):
    VisitorFactory(is_bot=is_bot)

    page = owner.get(reverse("admin:personalize_visitor_changelist")).content.decode()

    assert f'<td class="field-bot">{word}</td>' in page


def test_what_visitors_send_is_shown_as_text_S1(owner):
    visitor = make_visitor(context={"device": PAYLOAD}, traits={PAYLOAD: PAYLOAD, "x": [PAYLOAD]})

    page = owner.get(page_of(visitor)).content.decode()

    assert PAYLOAD not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5


def test_the_list_needs_no_permission_to_see_profiles_and_the_page_does(staff):
    visitor = make_visitor()
    lister = staff("view_visitor")

    assert lister.get(reverse("admin:personalize_visitor_changelist")).status_code == 200
    assert lister.get(page_of(visitor)).status_code == 403
    assert staff("view_visitor", "view_profile").get(page_of(visitor)).status_code == 200


def test_nobody_without_the_permission_exports_or_erases(staff):
    visitor = make_visitor()
    reader = staff("view_visitor", "view_profile")

    assert reader.post(press(visitor, "export")).status_code == 403
    assert reader.post(press(visitor, "erase"), {"confirmed": "yes"}).status_code == 403
    assert "Export" not in reader.get(page_of(visitor)).content.decode()


def test_export_is_a_file_that_no_cache_keeps(owner):
    visitor = make_visitor(traits={"first_name": "Ada"})

    answer = owner.post(press(visitor, "export"))

    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert json.loads(answer.content)["profiles"][0]["traits"] == {"first_name": "Ada"}


def test_erasing_asks_first_and_then_leaves_nothing_but_the_tombstone(owner):
    visitor = make_visitor()

    question = owner.post(press(visitor, "erase"))
    assert "cannot be undone" in question.content.decode()
    assert Visitor.objects.exists()

    owner.post(press(visitor, "erase"), {"confirmed": "yes"})
    assert not Visitor.objects.exists()
    assert worker_redis().hkeys(profile_key("a:visitor")) == [b"erased"]
    assert not worker_redis().exists(timeline_key("a:visitor"))
    assert Erasure.objects.count() == 1


def test_a_visitor_without_a_live_profile_still_has_a_page(owner):
    page = owner.get(page_of(VisitorFactory())).content.decode()

    assert "no live profile" in page


def test_the_page_keeps_to_a_strict_content_security_policy(owner):
    page = owner.get(page_of(make_visitor())).content.decode()

    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=", page)


def test_the_page_stands_while_redis_is_down(owner, no_redis):
    page = owner.get(page_of(VisitorFactory()))

    assert page.status_code == 200
    assert "Redis does not answer" in page.content.decode()
    assert "no live profile" not in page.content.decode()


@pytest.mark.parametrize("button", ["export", "erase"])
def test_what_cannot_be_done_while_redis_is_down_is_said(owner, no_redis, button):
    answer = owner.post(press(VisitorFactory(), button), {"confirmed": "yes"}, follow=True)

    assert answer.status_code == 200
    assert "Try again when it does" in answer.content.decode()
    assert Visitor.objects.exists()
