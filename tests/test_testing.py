"""What sites test with; the examples of the documentation are run."""

import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path

from personalize.testing import CapturedStream, Persona, as_persona, override_segments
from tests.factories import SegmentFactory, SlotFactory, VariantFactory

PAGE = Path(__file__).parent.parent / "docs/howto/testing.md"
TEMPLATE = '{% load personalize %}<p>{% slot "greeting" %}Hello{% endslot %}</p>'
VIEWS = {"event": "Product Viewed", "aggregate": "count", "window": "7d"}
KEEN = {
    "combinator": "and",
    "rules": [{"field": "behaviour", "behaviour": VIEWS, "operator": ">", "value": 2}],
}
IN_KEEN = {
    "combinator": "and",
    "rules": [{"field": "segments", "operator": "contains", "value": "keen"}],
}


def home(request):
    return HttpResponse(engines["django"].from_string(TEMPLATE).render({}, request))


urlpatterns = [path("", home), path("personalize/", include("personalize.urls"))]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def site(settings, client):
    """A site that welcomes the keen back, and whose visitor has agreed."""
    settings.PERSONALIZE = {**settings.PERSONALIZE, "CONSENT_REQUIRED": []}
    SegmentFactory(slug="keen", rule=KEEN)
    VariantFactory(
        slot=SlotFactory(key="greeting"),
        audience=IN_KEEN,
        is_live=True,
        content="<b>Welcome back</b>",
    )


def examples():
    found: dict[str, object] = {}
    [block] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(block, PAGE.name, "exec"), found)
    return [each for name, each in found.items() if name.startswith("test_")]


@pytest.mark.parametrize("example", examples(), ids=lambda each: each.__name__)
def test_each_example_of_the_documentation_runs_U27(example, client):
    example(client)


def test_who_is_made_up_is_gone_afterwards(client):
    with override_segments("keen"):
        pass
    assert "Welcome back" not in client.get("/").content.decode()


def test_a_persona_may_have_traits_alone(client):
    with as_persona(Persona(traits={"plan": "gold"})):
        assert "Hello" in client.get("/").content.decode()


def test_the_stream_that_captures_has_nothing_to_hand_out():
    stream = CapturedStream(partitions=2)
    assert stream.append([]) == []
    assert stream.own(0)
    assert not stream.release(0)
    assert stream.read(0, limit=1) == []
    assert stream.lag(0).entries == 0
    stream.acknowledge(0, [])
