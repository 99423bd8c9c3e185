"""Holes in JSON: each slot keeps what its visitor sees, and stays JSON whatever is filled in."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from personalize.render.fill import fill
from personalize.render.markers import SLOT, closing, opening
from personalize.render.serialized import fill_json, without_variants_json
from personalize.render.slots import trait_markup, variant_marker, variant_markup
from tests.render.conftest import VisitMaker

FROM_BERLIN = {"field": "trait.city", "operator": "=", "value": "Berlin"}
FOREIGN = "<!--px0123456789abcdefs:eyJrIjoiaGVybyJ9-->"


def slot(*children: Any, key: str = "hero", **fields: Any) -> dict[str, Any]:
    return {"hole": opening(SLOT, {"k": key}), **fields, "children": [*children]}


def berlin(*children: Any) -> dict[str, Any]:
    return {"hole": variant_marker("berlin", rule=FROM_BERLIN), "children": [*children]}


@pytest.fixture
def filled(visit: VisitMaker) -> Callable[..., Any]:
    """Return what tells a document to a visitor with these traits."""

    def tell(document: Any, **traits: Any) -> Any:
        return json.loads(fill_json(json.dumps(document).encode(), visit(**traits)).content)

    return tell


def test_a_slot_keeps_the_children_of_the_variant_or_its_default(filled):
    document = {"content": [slot("everyone", berlin("in Berlin"), name="Hero")]}

    told = filled(document, city="Berlin")["content"][0]
    assert told["children"] == ["in Berlin"]
    assert (told["name"], told["variant"]) == ("Hero", "berlin")
    assert filled(document)["content"][0]["children"] == ["everyone"]
    assert "hole" not in told


def test_slots_within_variants_are_decided_too(filled):
    inner = slot("inner default", berlin("inner Berlin"), key="inner")
    document = [slot("outer default", berlin(inner))]

    assert filled(document, city="Berlin")[0]["children"][0]["children"] == ["inner Berlin"]
    assert "inner" not in json.dumps(filled(document))


def test_whatever_is_filled_into_a_text_the_answer_stays_json(filled):
    document = {"text": "Hi " + trait_markup("name", default="you"), "after": 'a"b'}

    assert filled(document, name='"\\\n</script>')["text"] == "Hi &quot;\\\n&lt;/script&gt;"
    assert filled(document) == {"text": "Hi you", "after": 'a"b'}


def test_markup_in_a_text_is_filled_as_in_a_page(filled, visit):
    variant = variant_markup("berlin", rule=FROM_BERLIN, body="in Berlin")
    html = f'{opening(SLOT, {"k": "hero"})}<p class="x">all</p>{variant}{closing(SLOT)}'
    text = filled({"html": html}, city="Berlin")["html"]

    assert text == fill(html.encode(), visit(city="Berlin")).content.decode()


def test_a_marker_that_content_made_up_is_no_slot(filled):
    document = {"hole": FOREIGN, "children": ["kept", berlin("hidden")]}

    assert filled(document) == {"hole": "", "children": ["kept"]}
    assert "hidden" not in json.dumps(filled(document, city="Berlin"))


@pytest.mark.parametrize("document", [{"x": berlin("hidden")}, [berlin("hidden")]])
def test_a_variant_outside_of_a_slot_is_told_to_nobody(filled, document):
    assert "hidden" not in json.dumps(filled(document, city="Berlin"))


def test_when_nothing_works_there_are_defaults():
    document = {"content": [slot("everyone", berlin("in Berlin")), trait_markup("a", default="b")]}

    told = json.loads(without_variants_json(json.dumps(document).encode()))
    assert told["content"][0]["children"] == ["everyone"]
    assert told["content"][1] == "b"


def test_half_a_pair_of_surrogates_stays_as_it_was_escaped(visit):
    document = {"odd": "\ud800 ü", "hero": slot("everyone", berlin("in Berlin"))}
    content = json.dumps(document).encode()
    for told in (fill_json(content, visit()).content, without_variants_json(content)):
        found = json.loads(told)
        assert (found["odd"], found["hero"]["children"]) == ("\ud800 ü", ["everyone"])


@pytest.mark.parametrize("form", ["not JSON: %s", '\x1e{"text": "%s"}\n{}\n', "[" * 900 + "%s"])
def test_what_is_called_json_and_is_none_has_its_defaults(form):
    markup = variant_markup("berlin", body="in Berlin", rule=FROM_BERLIN)
    text = f"{opening(SLOT, {'k': 'hero'})}{markup}everyone{closing(SLOT)}"
    assert without_variants_json((form % text).encode()).decode() == form % "everyone"
