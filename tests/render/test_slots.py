"""Writing slots: the same markup, whoever asks for it."""

import pytest

from personalize.models import Slot, Variant
from personalize.render.markers import payload_of, tokens
from personalize.render.slots import choice_markup, slot_markup, trait_markup, variant_markup
from tests.decide.plans import FROM_BERLIN


def kinds(markup: str) -> list[str]:
    return [token.kind for token in tokens(markup.encode())]


@pytest.mark.django_db
def test_slot_markup_holds_every_live_variant_of_the_database() -> None:
    slot = Slot.objects.create(key="hero")
    Variant.objects.create(slot=slot, name="a", content="one", is_live=True)
    Variant.objects.create(slot=slot, name="b", content="hidden")
    broken = Variant.Kind.TEMPLATE
    Variant.objects.create(slot=slot, name="c", kind=broken, template="missing.html", is_live=True)
    markup = slot_markup("hero", body="default", request=None)
    assert kinds(markup) == ["s", "v", "/v", "/s"]
    assert "one" in markup
    assert "hidden" not in markup


def test_variant_markup_carries_the_audience() -> None:
    (token, _) = tokens(variant_markup("b", rule=FROM_BERLIN, body="x", ends_at=5).encode())
    assert payload_of(token.payload) == {"i": "b", "r": FROM_BERLIN, "p": 100, "u": 5}


def test_choice_markup_gives_equal_questions_one_name() -> None:
    first, second = (
        next(iter(tokens(choice_markup(rule=FROM_BERLIN, body=body, default="").encode())))
        for body in ("a", "b")
    )
    assert first.payload == second.payload


def test_trait_markup_cannot_be_ended_by_its_default() -> None:
    markup = trait_markup("name", default="-->")
    assert markup.count("-->") == 1
