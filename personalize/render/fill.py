"""Fill the holes of a stored page: one variant of each slot stays, the rest is cut."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from django.utils.html import escape

from personalize.decide.decide import decide
from personalize.decide.decision import Decision, Reason
from personalize.decide.exposure import MEASURED, exposure_id
from personalize.metrics import count
from personalize.render.markers import is_holed, payload_of, tokens
from personalize.render.outline import Hole, Outline, Part, outline_of
from personalize.render.page import MalformedPage, default_of, strip, without_foreign
from personalize.render.slots import UNNAMED
from personalize.render.variants import render_variant
from personalize.render.visit import Visit

MAX_DEPTH = 5  # of slots in a variant's template, in slots …


class Filled(NamedTuple):
    """A page as one visitor sees it, the decisions behind what it shows, and all by slot."""

    content: bytes
    decisions: list[Decision]
    decided: Mapping[str, Decision] = MappingProxyType({})


def fill(content: bytes, visit: Visit, *, depth: int = 0) -> Filled:
    """Return the page for the visitor. It fails closed: what cannot be read shows defaults."""
    try:
        outline = outline_of(content, visit.plan)
    except MalformedPage:
        count("render.malformed_page")
        return Filled(without_variants(content), [])
    filling = _Filling(outline, visit, depth)
    filled = b"".join(filling.emit(outline.parts))
    if outline.has_foreign and is_holed(filled):
        # Markers of another key: forged by content, or stored under a SECRET_KEY that is gone.
        count("render.foreign_marker")
        filled = without_foreign(filled)
    return Filled(filled, filling.shown, filling.decisions)


def without_variants(content: bytes) -> bytes:
    """Return the page with its defaults: for when nothing else works."""
    return without_foreign(strip(content, [t for t in tokens(content) if t.is_genuine]))


class _Filling:
    """One pass over one page: the same slot gets the same decision wherever it stands."""

    def __init__(self, outline: Outline, visit: Visit, depth: int) -> None:
        self.visit = visit
        self.depth = depth
        self.shown: list[Decision] = []
        self.decisions = decide(
            visit.profile,
            visit.context,
            outline.slots,
            plan=visit.plan,
            now=visit.now,
            viewer=visit.viewer,
        )

    def emit(self, parts: Iterable[Part]) -> list[bytes]:
        """Return the bytes of the parts, their slots filled."""
        out: list[bytes] = []
        for part in parts:
            if isinstance(part, bytes):
                out.append(part)
            elif isinstance(part, Hole):
                out += self.hole(part)
            else:
                out.append(self.merge(part.payload))
        return out

    def hole(self, hole: Hole) -> list[bytes]:
        decision = self.decisions[hole.key]
        body = self.variant(hole, decision.variant) if decision.variant else None
        if decision.variant and body is None:  # the page lacks it, and it cannot be rendered
            count("render.variant_missing")
            decision = Decision(decision.slot, None, Reason.ERROR)
        if body is None:
            body = self.emit(hole.default)
        if hole.key.startswith(UNNAMED):
            return body
        self.shown.append(decision)
        return enclosed(body, decision) if decision.reason in MEASURED else body

    def variant(self, hole: Hole, chosen: str) -> list[bytes] | None:
        """Return the chosen variant: from the page, or rendered anew if that one is out of date."""
        if (parts := hole.variants.get(chosen)) is not None:
            return self.emit(parts)
        content = self.visit.plan.contents.get(chosen)
        if content is None or self.depth >= MAX_DEPTH:
            return None
        fresh = render_variant(content, request=self.visit.request)
        if fresh is None:
            return None
        nested = fill(fresh.encode(), self.visit, depth=self.depth + 1)
        self.shown += nested.decisions
        return [nested.content]

    def merge(self, payload: bytes) -> bytes:
        """Return the visitor's trait, escaped, or the tag's default."""
        facts = self.visit.facts
        value = facts.trait(payload_of(payload)["k"]) if facts else None
        return default_of(payload) if value is None or value == "" else escape(value).encode()


def enclosed(body: list[bytes], decision: Decision) -> list[bytes]:
    """Return the slot between comments that let the tracker see it come into view."""
    return [f"<!--px:{exposure_id(decision)}-->".encode(), *body, b"<!--/px-->"]
