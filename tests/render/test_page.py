"""The structure of a page, and what is left when it has none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.render.markers import SLOT, TRAIT, VARIANT, closing, opening, tokens
from personalize.render.page import Block, MalformedPage, parse, strip

S, V, T = (
    opening(SLOT, {"k": "a"}),
    opening(VARIANT, {"i": "v"}),
    opening(TRAIT, {"k": "t", "d": "you"}),
)
ES, EV = closing(SLOT), closing(VARIANT)


def parsed(markup: str) -> Block:
    content = markup.encode()
    return parse(tokens(content), content=content)


def stripped(markup: str) -> str:
    content = markup.encode()
    return strip(content, tokens(content)).decode()


def test_parse_finds_slots_and_their_variants() -> None:
    page = parsed(f"head{S}default{V}secret{EV}{ES}foot")
    (slot,) = page.slots()
    (variant,) = slot.variants()
    assert (page.parts[0], variant.parts, page.parts[-1]) == (b"head", [b"secret"], b"foot")


def test_parse_finds_slots_within_variants() -> None:
    page = parsed(f"{S}{V}{S}inner{ES}{EV}{ES}")
    assert [len(list(slot.variants())) for slot in page.slots()] == [1, 0]


@pytest.mark.parametrize(
    "markup", [S, V + EV, S + V, S + ES + ES, S + V + ES + EV, S + V + V + EV + EV + ES, EV]
)
def test_parse_refuses_what_does_not_nest(markup: str) -> None:
    with pytest.raises(MalformedPage):
        parsed(markup)


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        (f"head{S}default{V}secret{EV}{ES}foot", "headdefaultfoot"),
        (f"head{S}default{V}secret{ES}foot", "headdefaultfoot"),
        (f"head{S}default{V}secret foot", "headdefault"),
        (f"head{V}secret{EV}foot", "headfoot"),
        (f"head{EV}{ES}foot", "headfoot"),
        (f"Hello {T}!", "Hello you!"),
        (f"{S}a{V}secret{S}secret{ES}secret{EV}b{ES}", "ab"),
    ],
)
def test_strip_leaves_defaults(markup: str, left: str) -> None:
    assert stripped(markup) == left


@given(st.lists(st.sampled_from([S, ES, V, EV, T, "default"])))
def test_strip_never_shows_what_stands_in_a_variant(parts: list[str]) -> None:
    """Whatever the order of the markers, the byte after an opening variant is not shown."""
    markup = "".join(part + "SECRET" if part == V else part for part in parts)
    assert "SECRET" not in stripped(markup)
    assert "<!--px" not in stripped(markup)
