"""Streamed pages: whole markers, whatever the chunks."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from personalize.render.markers import SLOT, closing, opening
from personalize.render.stream import HoleFilter

PAGE = f"<p>before</p>{opening(SLOT, {'k': 'a'})}hole{closing(SLOT)}<p>after</p>".encode()


def marked(content: bytes) -> bytes:
    return b"[" + content + b"]"


def test_hole_filter_lets_a_page_without_holes_pass_at_once() -> None:
    chunks = HoleFilter(marked)
    assert chunks.feed(b"<p>one</p>") == b"<p>one</p>"
    assert chunks.feed(b"<p>two</p><!--p") == b"<p>two</p>"
    assert chunks.rest() == b"<!--p"


@given(st.lists(st.integers(0, len(PAGE)), max_size=10))
def test_hole_filter_finds_markers_that_chunks_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(PAGE)]
    chunks = HoleFilter(marked)
    passed = b"".join(chunks.feed(PAGE[a:b]) for a, b in pairwise(edges))
    start = PAGE.index(b"<!--px")
    assert passed == PAGE[:start]
    assert chunks.rest() == marked(PAGE[start:])
