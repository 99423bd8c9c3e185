"""Filling holes: the chosen variant and nothing else, whatever the page looks like."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalize import metrics
from personalize.decide.decision import Content, PlannedSlot, Reason, Viewer
from personalize.render.fill import fill
from personalize.render.markers import SLOT, VARIANT, closing, is_holed, opening
from personalize.render.slots import choice_markup, trait_markup, variant_markup
from tests.decide.plans import FROM_BERLIN, NOBODY, experiment, plan_of, variant
from tests.render.conftest import VisitMaker

NEUTRAL = re.compile(r"<!--/?px(:[0-9a-f]{12})?-->")


def slot(body: str, key: str = "hero") -> str:
    return f"{opening(SLOT, {'k': key})}{body}{closing(SLOT)}"


def stored_variant(body: str, name: str = "b", version: str = "1") -> str:
    return f"{opening(VARIANT, {'i': name, 'h': version})}{body}{closing(VARIANT)}"


def berlin(body: str = "for Berlin", **fields: Any) -> str:
    return variant_markup("berlin", rule=FROM_BERLIN, body=body, **fields)


def database(*, content: Content, rule: Any = FROM_BERLIN) -> Any:
    planned = PlannedSlot("hero", (variant("b", rule),))
    return plan_of(planned, contents={"b": content})


def seen(markup: str, visit: Any) -> str:
    return NEUTRAL.sub("", fill(markup.encode(), visit).content.decode())


def counted(name: str) -> int:
    return metrics.snapshot().get(name, 0)


def test_fill_keeps_one_variant_and_cuts_the_rest(visit: VisitMaker) -> None:
    page = f"<h1>{slot('default' + berlin())}</h1>"
    assert seen(page, visit(city="Berlin")) == "<h1>for Berlin</h1>"
    assert seen(page, visit(city="Rome")) == "<h1>default</h1>"


def test_fill_takes_the_default_from_around_the_variants(visit: VisitMaker) -> None:
    page = slot(f"<ul>{berlin()}<li>default</li></ul>")
    assert seen(page, visit()) == "<ul><li>default</li></ul>"


def test_fill_encloses_what_is_measured_in_opaque_comments(visit: VisitMaker) -> None:
    """Row S32: neither slot nor variant nor segment is named in the page."""
    filled = fill(slot("default" + berlin()).encode(), visit(city="Berlin")).content.decode()
    assert re.fullmatch(r"<!--px:[0-9a-f]{12}-->for Berlin<!--/px-->", filled)
    assert fill(slot("default").encode(), visit()).content == b"default"


def test_fill_returns_the_decisions_behind_what_is_shown(visit: VisitMaker) -> None:
    inner = slot("inner" + berlin(), "inner")
    page = slot(inner + variant_markup("nobody", rule=NOBODY, body=slot("hidden", "hidden")))
    shown = fill(page.encode(), visit(city="Berlin")).decisions
    assert {(decision.slot, decision.variant) for decision in shown} == {
        ("hero", None),
        ("inner", "berlin"),
    }


def test_fill_fills_slots_within_variants(visit: VisitMaker) -> None:
    page = slot("default" + berlin(f"[{slot('inner default' + berlin('inner'), 'in')}]"))
    assert seen(page, visit(city="Berlin")) == "[inner]"


def test_fill_decides_once_for_a_slot_that_stands_twice(visit: VisitMaker) -> None:
    page = slot("one" + berlin("first")) + slot("two" + berlin("second"))
    assert seen(page, visit(city="Berlin")) == "firstsecond"
    assert seen(page, visit()) == "onetwo"


def test_fill_shows_a_stored_variant_of_the_database(visit: VisitMaker) -> None:
    plan = database(content=Content("hero", "1", html="fresh"))
    page = slot("default" + stored_variant("stored"))
    assert seen(page, visit(plan, city="Berlin")) == "stored"


def test_fill_renders_a_variant_anew_when_the_stored_one_is_out_of_date(visit: VisitMaker) -> None:
    plan = database(content=Content("hero", "2", html="fresh"))
    page = slot("default" + stored_variant("stale"))
    assert seen(page, visit(plan, city="Berlin")) == "fresh"


def test_fill_renders_a_variant_that_the_stored_page_lacks(visit: VisitMaker) -> None:
    plan = database(content=Content("hero", "1", html="fresh"))
    assert seen(slot("default"), visit(plan, city="Berlin")) == "fresh"


def test_fill_follows_a_changed_rule_on_a_stored_page(visit: VisitMaker) -> None:
    plan = database(content=Content("hero", "1", html="x"), rule=NOBODY)
    assert seen(slot("default" + stored_variant("stored")), visit(plan, city="Berlin")) == "default"


def test_fill_cuts_a_stored_variant_that_is_no_longer_live(visit: VisitMaker) -> None:
    assert seen(slot("default" + stored_variant("old")), visit(city="Berlin")) == "default"


def test_fill_shows_the_default_when_the_chosen_variant_is_nowhere(visit: VisitMaker) -> None:
    from personalize.decide.decision import PlannedArm

    arm = PlannedArm("new", "gone", 1)
    plan = plan_of(PlannedSlot("hero", experiment=experiment(arm)))
    (decision,) = fill(slot("default").encode(), visit(plan)).decisions
    assert (decision.variant, decision.reason) == (None, Reason.ERROR)
    assert seen(slot("default"), visit(plan)) == "default"


def test_fill_keeps_to_priority_and_schedule_of_the_page(visit: VisitMaker) -> None:
    past = berlin("past", ends_at=1)
    first = variant_markup("first", rule=FROM_BERLIN, body="first", priority=1)
    assert seen(slot(berlin() + past + first), visit(city="Berlin")) == "first"
    assert seen(slot("default" + past), visit(city="Berlin")) == "default"


def test_fill_leaves_out_a_variant_whose_rule_does_not_parse(visit: VisitMaker) -> None:
    page = slot("default" + variant_markup("broken", rule={"field": "?"}, body="broken"))
    assert seen(page, visit(city="Berlin")) == "default"


def test_fill_answers_a_choice_without_measuring_it(visit: VisitMaker) -> None:
    page = choice_markup(rule=FROM_BERLIN, body="yes", default="no").encode()
    assert fill(page, visit(city="Berlin"))[:2] == (b"yes", [])
    assert fill(page, visit())[:2] == (b"no", [])


def test_fill_escapes_a_merge_tag(visit: VisitMaker) -> None:
    """Row S2."""
    page = f"Hello {trait_markup('name', default='<you>')}"
    evil = "<img src=x onerror=alert(1)>\"'"
    filled = seen(page, visit(name=evil))
    assert filled == "Hello &lt;img src=x onerror=alert(1)&gt;&quot;&#x27;"
    assert seen(page, visit()) == "Hello &lt;you&gt;"


def test_fill_does_not_take_a_trait_for_a_marker(visit: VisitMaker) -> None:
    marker = slot("forged")
    assert opening(SLOT, {"k": "hero"}) not in seen(
        trait_markup("name", default=""), visit(name=marker)
    )


def test_fill_shows_merge_tags_of_the_held_out_with_their_defaults(visit: VisitMaker) -> None:
    page = trait_markup("name", default="you")
    assert seen(page, visit(plan_of(holdout=1.0), name="Ada")) == "you"
    assert seen(page, visit(viewer=Viewer(has_consent=False), name="Ada")) == "you"


def test_fill_shows_defaults_when_markers_do_not_nest(visit: VisitMaker) -> None:
    before = counted("render.malformed_page")
    page = slot("default" + berlin()) + opening(SLOT, {"k": "open"}) + berlin("unclosed")[:-20]
    filled = seen(page, visit(city="Berlin"))
    assert filled == "default"
    assert counted("render.malformed_page") == before + 1


def test_fill_cuts_variants_under_a_key_that_is_gone(visit: VisitMaker) -> None:
    """Pages stored before SECRET_KEY changed must not show all their variants."""
    page = slot("default" + berlin())
    key = page[6:22]
    assert seen(page.replace(key, "0" * 16), visit(city="Berlin")) == "default"


def test_fill_is_not_confused_by_forged_markers_among_genuine_ones(visit: VisitMaker) -> None:
    forged = "<!--px0123456789abcdef/v:--><!--px0123456789abcdefs:e30=-->"
    page = slot("default" + berlin(f"for {forged}Berlin"))
    assert seen(page, visit(city="Berlin")) == "for Berlin"
    assert seen(page, visit()) == "default"


@pytest.mark.parametrize(
    "forged",
    [
        "<!--px0123456789abcdefv:-->",
        "<!--px0123456789abcdefs:e30=-->",
        "<!--px0123456789abcdef/v:-->",
        "<!--px0123456789abcdefs:-->a<!--px0123456789abcdefv:--><!--px0123456789abcdef/s:-->",
        "<!--px0123456789abcdefv:--><!--pxffffffffffffffff/v:-->",
    ],
)
def test_a_forged_marker_cuts_nothing_but_itself(visit: VisitMaker, forged: str) -> None:
    left = "a" if ">a<" in forged else ""
    for page in (f"head{forged}foot", f"head{forged}foot{slot('default' + berlin())}"):
        assert seen(page, visit(city="Berlin")).startswith(f"head{left}foot")
    malformed = f"head{forged}foot{slot('default')}{closing(SLOT)}end"
    assert seen(malformed, visit()) == f"head{left}footdefaultend"


PIECES = st.sampled_from(
    [
        opening(SLOT, {"k": "a"}),
        opening(SLOT, {"k": "b"}),
        closing(SLOT),
        berlin("SECRET"),
        opening(VARIANT, {"i": "x", "r": NOBODY}) + "SECRET",
        closing(VARIANT),
        trait_markup("name", default="you"),
        "text",
        "<!--px0123456789abcdefv:e30=-->",
        "<!--px0123456789abcdefv:e30=-->SECRET<!--px0123456789abcdef/v:-->",
        "<!--px",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=20))
def test_fill_never_leaks_and_never_fails(visit: VisitMaker, pieces: list[str]) -> None:
    """Whatever became of the markers on the way, a stranger sees no variant's bytes."""
    content = "".join(pieces).encode()
    filled = fill(content, visit()).content
    assert b"SECRET" not in filled
    assert not is_holed(filled)
