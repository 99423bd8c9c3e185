"""The segments' screen."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from personalize.connections import worker_redis
from personalize.keys import profile_key
from personalize.models import Segment, Trait
from personalize.profile.profile import Profile, encode
from personalize.segment.templates import TEMPLATES, initial_of
from tests.factories import (
    SegmentFactory,
    SegmentPortraitFactory,
    SegmentSizeFactory,
    TallyFactory,
    VariantFactory,
    VisitorFactory,
)

PHONES = {
    "combinator": "and",
    "rules": [{"field": "context.device", "operator": "=", "value": "phone"}],
}
NAMES_VIP = {"combinator": "and", "rules": [{"field": "segments", "operator": "=", "value": "vip"}]}


def known(subject, **fields):
    worker_redis().hset(profile_key(subject), "s", encode(Profile(subject=subject, **fields)))
    return VisitorFactory(subject=subject)


def form(**fields):
    return {
        "name": "Phones",
        "slug": "phones",
        "kind": "rule",
        "is_live": "on",
        "description": "",
        **fields,
    }


def page_of(segment, action="change"):
    return reverse(f"admin:personalize_segment_{action}", args=[segment.pk])


def test_a_saved_rule_is_said_in_words_and_counted(owner):
    known("a:visitor", context={"device": "phone"})
    known("a:stranger", context={"device": "desktop"})

    owner.post(reverse("admin:personalize_segment_add"), form(rule=json.dumps(PHONES)))
    page = owner.get(page_of(Segment.objects.get()), {"count": 1}).content.decode()

    assert "matches 1 of 2 visitors (50 %)" in page
    assert "device is “phone”" in page


def test_the_page_counts_nobody_until_somebody_asks(owner):
    known("a:visitor", context={"device": "phone"})

    page = owner.get(page_of(SegmentFactory(rule=PHONES))).content.decode()

    assert "?count=1" in page
    assert "matches 1" not in page


def test_a_template_fills_the_form_without_javascript(owner):
    address = reverse("admin:personalize_segment_add")
    page = owner.get(address, {"template": "by-category", "category": "boots"})

    initial = page.context["adminform"].form.initial
    assert initial["name"] == "Interested in a category: boots"
    assert "boots" in json.dumps(initial["rule"])
    assert 'value="by-category"' in page.content.decode()


def test_every_template_can_be_saved_as_it_is(owner):
    address = reverse("admin:personalize_segment_add")
    for template in TEMPLATES:
        initial = initial_of(template.slug)
        answer = owner.post(address, form(**{**initial, "rule": json.dumps(initial["rule"])}))
        assert answer.status_code == 302, template.slug

    assert Segment.objects.count() == len(TEMPLATES)


def test_templates_are_offered_to_those_who_may_add_a_segment(staff):
    address = reverse("admin:personalize_segment_templates")

    page = staff("add_segment", "view_segment").get(address).content.decode()

    assert all(str(template.name) in page for template in TEMPLATES)
    assert "“Product Added”" in page
    assert staff("view_segment").get(address).status_code == 403


def test_the_page_shows_the_figures_as_last_computed(owner):
    keen, rich = SegmentFactory(name="Keen", slug="keen"), SegmentFactory(name="Rich")
    now = timezone.now()
    SegmentSizeFactory(segment=keen, counted_at=now - timedelta(minutes=3), visitors=1_234)
    SegmentPortraitFactory(
        segment=keen,
        members=40,
        made_at=now - timedelta(minutes=8),
        shared={str(rich.pk): 10},
        composition={"device": {"phone": 30, "": 10}},
        contents=[{"path": "/shop/boots/", "members": 12}],
    )
    SegmentPortraitFactory(segment=rich, members=20)
    TallyFactory(metric="entered", key="keen", hour=now, count=77)

    page = owner.get(page_of(keen)).content.decode()

    assert "1,234 visitors" in page
    assert "Computed 3\xa0minutes ago" in page
    assert "Computed 8\xa0minutes ago" in page
    assert "75 %" in page  # of phones
    assert "/shop/boots/" in page
    assert ">25 %</td>" in page  # of Keen in Rich
    assert ">50 %</td>" in page  # of Rich in Keen
    assert ">77</td>" in page  # entries


def test_a_segment_that_was_never_counted_says_so(owner):
    page = owner.get(page_of(SegmentFactory())).content.decode()

    assert "Nobody was counted yet" in page
    assert "Not computed yet" in page


def test_the_list_shows_sizes_as_they_were_last_counted(owner):
    segment = SegmentFactory()
    SegmentSizeFactory(segment=segment, counted_at=timezone.now(), visitors=4_321)
    SegmentSizeFactory(segment=segment, visitors=7)

    page = owner.get(reverse("admin:personalize_segment_changelist")).content.decode()

    assert "4,321" in page
    assert reverse("admin:personalize_segment_matrix") in page


def test_a_faulty_rule_is_refused_with_the_path_of_each_fault(owner):
    rule = {
        "combinator": "and",
        "rules": [PHONES, {"field": "nonsense", "operator": "=", "value": 1}],
    }

    page = owner.post(reverse("admin:personalize_segment_add"), form(rule=json.dumps(rule)))

    assert "rules[1].field" in page.content.decode()
    assert not Segment.objects.exists()


def test_broken_json_is_refused_with_line_and_column_and_kept_as_typed(owner):
    page = owner.post(reverse("admin:personalize_segment_add"), form(rule='{"combinator":\n oops}'))

    content = page.content.decode()
    assert "line 2, column 2" in content
    assert "oops}" in content


def test_an_empty_rule_matches_everybody(owner):
    owner.post(reverse("admin:personalize_segment_add"), form(rule=""))

    assert Segment.objects.get().rule == {}


@pytest.mark.parametrize(
    ("permissions", "is_shown"), [((), False), (("view_visitor", "view_profile"), True)]
)
def test_examples_are_shown_to_those_who_may_see_profiles(staff, permissions, is_shown):
    visitor = known("a:visitor", context={"device": "phone"})
    segment = SegmentFactory(rule=PHONES)

    page = staff("view_segment", *permissions).get(page_of(segment), {"count": 1}).content.decode()

    assert (reverse("admin:personalize_visitor_change", args=[visitor.pk]) in page) is is_shown


def test_deleting_a_segment_in_use_is_refused_and_names_where(owner):
    vip = SegmentFactory(name="VIP", slug="vip")
    variant = VariantFactory(name="Welcome back", audience=NAMES_VIP)

    page = owner.post(page_of(vip, "delete"), {"post": "yes"}).content.decode()

    assert "cannot be deleted" in page
    assert str(variant) in page
    assert Segment.objects.filter(slug="vip").exists()


def test_deleting_many_is_refused_when_one_is_in_use(owner):
    vip = SegmentFactory(slug="vip")
    SegmentFactory(rule=NAMES_VIP)
    chosen = {"action": "delete_selected", "_selected_action": [vip.pk], "post": "yes"}

    owner.post(reverse("admin:personalize_segment_changelist"), chosen)

    assert Segment.objects.filter(slug="vip").exists()


def test_a_segment_that_nothing_names_can_be_deleted(owner):
    owner.post(page_of(SegmentFactory(), "delete"), {"post": "yes"})

    assert not Segment.objects.exists()


def test_the_slug_stays_as_it_was_made(owner):
    segment = SegmentFactory(slug="vip")

    owner.post(page_of(segment), form(slug="other", rule="{}"))

    segment.refresh_from_db()
    assert segment.slug == "vip"
    assert segment.name == "Phones"


def test_the_page_stands_while_redis_is_down(owner, no_redis):
    """Row M14: the rule can be read and mended meanwhile."""
    VisitorFactory()
    segment = SegmentFactory(rule=PHONES)
    page = owner.get(page_of(segment))

    assert page.status_code == 200
    assert "Redis does not answer" in page.content.decode()

    assert owner.post(page_of(segment), form(rule="{}")).status_code == 302


@pytest.mark.parametrize(
    ("window", "age", "is_told"),
    [
        ("7d", timedelta(days=6), True),
        ("7d", timedelta(days=8), False),
        (None, timedelta(days=900), True),
        ("session", timedelta(0), False),
    ],
)
def test_a_count_that_lacks_the_past_says_since_when_it_counts(owner, window, age, is_told):
    behaviour = {"event": "Product Viewed", "aggregate": "count", "window": window}
    rule = {"field": "behaviour", "behaviour": behaviour, "operator": ">", "value": 2}
    segment = SegmentFactory(rule=rule)
    Trait.objects.update(created_at=timezone.now() - age)

    page = owner.get(page_of(segment), {"count": 1}).content.decode()

    assert ("without what was before" in page) is is_told
