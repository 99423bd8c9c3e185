"""Outlines: what a stored page asks to be decided."""

import pytest

from personalize.render.markers import SLOT, VARIANT, closing, opening
from personalize.render.outline import mark_of, outline_of
from personalize.render.page import MalformedPage
from personalize.render.slots import variant_markup
from tests.decide.plans import FROM_BERLIN, hero, plan_of, variant


def slot(body: str, key: str = "hero") -> str:
    return f"{opening(SLOT, {'k': key})}{body}{closing(SLOT)}"


def test_outline_of_lists_each_slot_with_the_candidates_of_the_page() -> None:
    inner = variant_markup("b", rule=FROM_BERLIN, body=slot("", "inner"), priority=7)
    outer, within = outline_of(slot(inner).encode(), plan_of()).slots
    assert (outer.key, [(c.id, c.priority) for c in outer.candidates]) == ("hero", [("b", 7)])
    assert (within.key, within.candidates) == ("inner", ())


def test_outline_of_reads_the_same_bytes_once() -> None:
    content = slot("read once").encode()
    plan = plan_of()
    assert outline_of(content, plan) is outline_of(bytes(bytearray(content)), plan)


def test_outline_of_reads_the_page_anew_for_another_plan() -> None:
    content = slot("read again").encode()
    plans = plan_of(), plan_of(hero(variant("new")))
    assert [len(outline_of(content, plan).slots[0].candidates) for plan in plans] == [0, 1]


@pytest.mark.parametrize("payload", [{}, {"i": "b", "r": []}])
def test_outline_of_refuses_a_variant_that_says_nothing(payload: dict[str, object]) -> None:
    marker = f"{opening(VARIANT, payload)}{closing(VARIANT)}"
    if payload:
        assert outline_of(slot(marker).encode(), plan_of()).slots[0].candidates == ()
    else:
        with pytest.raises(MalformedPage):
            outline_of(slot(marker).encode(), plan_of())


def test_mark_of_knows_a_variant_of_the_database_by_its_version() -> None:
    marker = opening(VARIANT, {"i": "b", "h": "1"})
    mark = mark_of(marker[len("<!--px") + 18 : -3].encode())
    assert mark == ("b", "1", None)
