"""Fill the holes of a stored page: one variant of each slot stays, the rest is cut."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from django.utils.html import escape

from personalize.decide.candidates import by_priority
from personalize.decide.decide import decide
from personalize.decide.decision import Candidate, Decision, PlannedSlot, Reason
from personalize.decide.exposure import MEASURED, exposure_id
from personalize.metrics import count
from personalize.render.markers import SLOT, is_holed, payload_of, tokens
from personalize.render.outline import Outline, mark_of, outline_of, slot_key
from personalize.render.page import (
    Block,
    MalformedPage,
    MergeTag,
    Text,
    default_of,
    strip,
    without_foreign,
)
from personalize.render.slots import UNNAMED
from personalize.render.variants import render_variant
from personalize.render.visit import Visit

MAX_DEPTH = 5  # of slots in a variant's template, in slots …


class Filled(NamedTuple):
    """A page as one visitor sees it, and the decisions behind what it shows."""

    content: bytes
    decisions: list[Decision]


def fill(content: bytes, visit: Visit, *, depth: int = 0) -> Filled:
    """Return the page for the visitor. It fails closed: what cannot be read shows defaults."""
    try:
        filling = _Filling(content, outline_of(content), visit, depth)
    except MalformedPage:
        count("render.malformed_page")
        return Filled(without_variants(content), [])
    filled = b"".join(filling.emit(filling.page))
    if is_holed(filled):
        # Markers of another key: forged by content, or stored under a SECRET_KEY that is gone.
        count("render.foreign_marker")
        filled = without_foreign(filled)
    return Filled(filled, filling.shown)


def without_variants(content: bytes) -> bytes:
    """Return the page with its defaults: for when nothing else works."""
    return without_foreign(strip(content, [t for t in tokens(content) if t.is_genuine]))


class _Filling:
    """One pass over one page: the same slot gets the same decision wherever it stands."""

    def __init__(self, content: bytes, outline: Outline, visit: Visit, depth: int) -> None:
        self.content = content
        self.page = outline.page
        self.visit = visit
        self.depth = depth
        self.shown: list[Decision] = []
        self.decisions = decide(
            visit.profile,
            visit.context,
            self.planned(outline.candidates),
            plan=visit.plan,
            now=visit.now,
            viewer=visit.viewer,
        )

    def planned(self, own: dict[str, tuple[Candidate, ...]]) -> Iterator[PlannedSlot]:
        """Yield what can happen in each slot of the page: by the plan, and by its own variants."""
        for key, candidates in own.items():
            planned = self.visit.plan.slots.get(key)
            if planned is None:
                yield PlannedSlot(key, candidates)
            elif candidates:
                merged = by_priority([*planned.candidates, *candidates])
                yield replace(planned, candidates=merged)
            else:
                yield planned

    def emit(self, block: Block) -> list[bytes]:
        """Return the bytes of a block, its slots filled; its own variants are left out."""
        out: list[bytes] = []
        for part in block.parts:
            if isinstance(part, Text):
                out.append(self.content[part.start : part.end])
            elif isinstance(part, MergeTag):
                out.append(self.merge(part.payload))
            elif part.kind == SLOT:
                out += self.slot(part)
        return out

    def slot(self, slot: Block) -> list[bytes]:
        decision = self.decisions[slot_key(slot.payload)]
        body = self.variant(slot, decision.variant) if decision.variant else None
        if decision.variant and body is None:  # the page lacks it, and it cannot be rendered
            count("render.variant_missing")
            decision = Decision(decision.slot, None, Reason.ERROR)
        if body is None:
            body = self.emit(slot)
        if decision.slot.startswith(UNNAMED):
            return body
        self.shown.append(decision)
        return enclosed(body, decision) if decision.reason in MEASURED else body

    def variant(self, slot: Block, chosen: str) -> list[bytes] | None:
        """Return the chosen variant: from the page, or rendered anew if that one is out of date."""
        content = self.visit.plan.contents.get(chosen)
        for variant in slot.variants():
            mark = mark_of(variant.payload)
            if mark.id == chosen and (content is None or mark.version == content.version):
                return self.emit(variant)
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
