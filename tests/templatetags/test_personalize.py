"""The template tags: what they write for the middleware, and what they do without it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from pytest_django import Settings

from personalize.decide.plan import forget_plan
from personalize.middleware import PersonalizeMiddleware
from personalize.models import Segment, Slot, Trait, Variant
from personalize.segment.intern import _intern_once
from tests.cms.pages import FROM_BERLIN
from tests.journeys.visitors import FIREFOX, Browser

pytestmark = pytest.mark.django_db

Show = Callable[..., str]
BERLIN_SLOT = (
    '{% slot "hero" %}default'
    '{% variant "b" rule=from_berlin %}for Berlin{% endvariant %}{% endslot %}'
)


@pytest.fixture(autouse=True)
def nobody_held_out(settings: Settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GLOBAL_HOLDOUT_PERCENT": 0.0}
    forget_plan()


@pytest.fixture
def berliner() -> Browser:
    return Browser(city="Berlin", name="<Ada>")


def request_of(browser: Browser | None) -> HttpRequest:
    request = RequestFactory().get("/", headers={"user-agent": FIREFOX})
    if browser:
        request.COOKIES.update({name: morsel.value for name, morsel in browser.cookies.items()})
    return request


def rendered(source: str, request: HttpRequest | None, **variables: Any) -> str:
    values = {"from_berlin": FROM_BERLIN, **variables}
    context = RequestContext(request, values) if request else Context(values)
    return Template("{% load personalize cache %}" + source).render(context)


def shown(source: str, browser: Browser | None = None, **variables: Any) -> str:
    """Return what a browser gets through the middleware, without the comments for the tracker."""
    request = request_of(browser)
    view = PersonalizeMiddleware(lambda asked: HttpResponse(rendered(source, asked, **variables)))
    text = view(request).content.decode()  # type: ignore[attr-defined]
    return text.rpartition("<!--/px-->")[0].partition("-->")[2] or text


def test_slot_shows_a_variant_to_its_audience(berliner: Browser) -> None:
    assert shown(BERLIN_SLOT, berliner) == "for Berlin"
    assert shown(BERLIN_SLOT) == "default"


def test_slot_writes_the_same_for_everybody(berliner: Browser) -> None:
    written = []
    for browser in (berliner, None):
        request = request_of(browser)
        request.personalize_fills_holes = True  # type: ignore[attr-defined]
        written.append(rendered(BERLIN_SLOT, request))
    assert written[0] == written[1]


def test_slot_shows_the_variants_of_the_database(berliner: Browser) -> None:
    slot = Slot.objects.create(key="hero")
    variant = Variant.objects.create(
        slot=slot, name="b", audience=FROM_BERLIN, is_live=True, content="<b onclick=x()>Hi</b>"
    )
    forget_plan()
    source = '{% slot "hero" %}default{% endslot %}'
    assert shown(source, berliner) == "<b>Hi</b>"
    assert shown(source) == "default"
    Variant.objects.filter(pk=variant.pk).update(is_live=False)
    forget_plan()
    assert shown(source, berliner) == "default"


def test_variant_takes_segments(berliner: Browser) -> None:
    Segment.objects.create(name="Berlin", slug="berlin", rule=FROM_BERLIN)
    forget_plan()
    inside = '{% variant "b" segments="vip, berlin" %}yes{% endvariant %}'
    source = '{% slot "a" %}no' + inside + "{% endslot %}"
    assert shown(source, berliner) == "yes"
    assert shown(source) == "no"


def test_variant_of_the_lowest_priority_wins(berliner: Browser) -> None:
    source = (
        '{% slot "a" %}{% variant "late" priority=20 %}late{% endvariant %}'
        '{% variant "early" priority=10 %}early{% endvariant %}{% endslot %}'
    )
    assert shown(source, berliner) == "early"


def test_variant_outside_a_slot_is_shown_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    assert shown('a{% variant "b" %}secret{% endvariant %}') == "a"
    assert "stands in no slot" in caplog.text
    asynchronous = '{% slot "a" async %}a{% variant "b" %}secret{% endvariant %}{% endslot %}'
    assert "secret" not in shown(asynchronous)


def test_insegment_answers_both_ways(berliner: Browser) -> None:
    Segment.objects.create(name="Berlin", slug="berlin", rule=FROM_BERLIN)
    forget_plan()
    source = '{% insegment "berlin" %}in{% else %}out{% endinsegment %}'
    assert shown(source, berliner) == "in"
    assert shown(source) == "out"
    assert shown('[{% insegment "nobody" %}in{% endinsegment %}]', berliner) == "[]"


def test_trait_is_escaped_and_falls_back(berliner: Browser) -> None:
    """Row S2."""
    source = '<a title="{% trait "name" default="you" %}">'
    assert shown(source, berliner) == '<a title="&lt;Ada&gt;">'
    assert shown(source) == '<a title="you">'


def test_a_cached_fragment_is_filled_for_each_visitor(berliner: Browser) -> None:
    source = '{% cache 500 "x" %}' + BERLIN_SLOT + "{% endcache %}"
    assert shown(source, berliner) == "for Berlin"
    assert shown(source) == "default"


def test_slot_without_the_middleware_decides_in_place_and_is_not_stored(berliner: Browser) -> None:
    request = request_of(berliner)
    assert "for Berlin" in rendered(BERLIN_SLOT, request)
    assert request._cache_update_cache is False  # type: ignore[attr-defined]


def test_tags_decide_nothing_in_place_within_a_cached_fragment(berliner: Browser) -> None:
    """What a fragment's cache stores would be shown to the next visitor."""
    source = '{% cache 500 "x" %}' + BERLIN_SLOT + '{% trait "name" default="you" %}{% endcache %}'
    cache.clear()
    assert rendered(source, request_of(berliner)) == "defaultyou"


def test_tags_without_a_request_show_their_defaults() -> None:
    assert rendered(BERLIN_SLOT + '{% trait "name" default="you" %}', None) == "defaultyou"


def test_slot_async_leaves_a_place_for_the_tracker(berliner: Browser) -> None:
    source = '{% slot "hero" async min_height="20rem" class="wide" %}default{% endslot %}'
    place = '<div data-pz-slot="hero" class="wide" style="min-height:20rem">default</div>'
    assert shown(source, berliner) == shown(source) == place


@pytest.mark.parametrize(
    "source",
    [
        "{% slot %}{% endslot %}",
        '{% slot "a" later %}{% endslot %}',
        '{% slot "a" height="1" %}{% endslot %}',
        "{% trait %}",
        '{% trait "a" fallback="b" %}',
        "{% insegment %}{% endinsegment %}",
    ],
)
def test_tags_refuse_what_they_do_not_know(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        Template("{% load personalize %}" + source)


def test_personalize_scripts_is_the_same_for_everybody(berliner: Browser) -> None:
    source = "{% personalize_scripts %}"
    script = shown(source, berliner)
    assert script == shown(source)
    assert script == (
        '<script src="/static/personalize/tracker.js" defer data-endpoint="/personalize/"'
        ' data-consent="analytics personalization marketing" data-consent-version="1"></script>'
    )


def test_personalize_scripts_carries_the_nonce_of_the_policy() -> None:
    request = request_of(None)
    request.csp_nonce = "abc"  # type: ignore[attr-defined]
    assert ' nonce="abc"' in rendered('{% personalize_scripts modules="video" %}', request)
    assert ' data-modules="video"' in rendered('{% personalize_scripts modules="video" %}', request)


def test_personalize_honeypot_is_a_link_for_programs_alone() -> None:
    assert shown("{% personalize_honeypot %}") == (
        '<a href="/personalize/more/" rel="nofollow" tabindex="-1" aria-hidden="true" hidden>'
        "More</a>"
    )


def test_what_a_variants_rule_counts_is_counted_from_its_first_rendering_on() -> None:
    behaviour = {"event": "Template Seen", "aggregate": "count", "window": "7d"}
    rule = {"field": "behaviour", "behaviour": behaviour, "operator": ">", "value": 2}
    _intern_once.cache_clear()
    shown(BERLIN_SLOT, from_berlin=rule)
    assert [trait.behaviour["event"] for trait in Trait.objects.all()] == ["Template Seen"]
