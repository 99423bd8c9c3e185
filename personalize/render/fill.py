"""Fill the holes of a stored page: one variant of each slot stays, the rest is cut."""

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from django.utils.html import escape

from personalize.decide.candidates import by_priority, candidate_of
from personalize.decide.decide import decide
from personalize.decide.decision import Candidate, Decision, PlannedSlot, Reason
from personalize.metrics import count
from personalize.render.markers import SLOT, Token, opaque, payload_of, tokens
from personalize.render.page import Block, MalformedPage, MergeTag, Text, default_of, parse, strip
from personalize.render.slots import UNNAMED
from personalize.render.variants import render_variant
from personalize.render.visit import Visit
from personalize.rules.syntax import InvalidRule

MAX_DEPTH = 5  # of slots in a variant's template, in slots …
MEASURED = frozenset({Reason.TARGETING_MATCH, Reason.SPLIT, Reason.HOLDOUT})


class Filled(NamedTuple):
    """A page as one visitor sees it, and the decisions behind what it shows."""

    content: bytes
    decisions: list[Decision]


class Mark(NamedTuple):
    """What a variant's marker says: `version` for one of the database, else the `candidate`."""

    id: str
    version: str
    candidate: Candidate | None


def fill(content: bytes, visit: Visit, *, depth: int = 0) -> Filled:
    """Return the page for the visitor. It fails closed: what cannot be read shows defaults."""
    found = list(tokens(content))
    genuine = [token for token in found if token.is_genuine]
    filled = _filled(content, genuine, visit, depth) if genuine else Filled(content, [])
    if len(genuine) < len(found):
        # Markers of another key: forged by content, or stored under a SECRET_KEY that is gone.
        count("render.foreign_marker")
        left = [token for token in tokens(filled.content) if not token.is_genuine]
        return filled._replace(content=strip(filled.content, left))
    return filled


def without_variants(content: bytes) -> bytes:
    """Return the page with its defaults: for when nothing else works."""
    return strip(content, tokens(content))


def _filled(content: bytes, genuine: list[Token], visit: Visit, depth: int) -> Filled:
    try:
        page = parse(genuine, length=len(content))
        filling = _Filling(content, page, visit, depth)
    except (MalformedPage, ValueError, KeyError):
        count("render.malformed_page")
        return Filled(strip(content, genuine), [])
    return Filled(b"".join(filling.emit(page)), filling.shown)


class _Filling:
    """One pass over one page: the same slot gets the same decision wherever it stands."""

    def __init__(self, content: bytes, page: Block, visit: Visit, depth: int) -> None:
        self.content = content
        self.visit = visit
        self.depth = depth
        self.shown: list[Decision] = []
        self.keys = {id(slot): slot_key(slot.payload) for slot in page.slots()}
        self.decisions = decide(
            visit.profile,
            visit.context,
            self.planned(page),
            plan=visit.plan,
            now=visit.now,
            viewer=visit.viewer,
        )

    def planned(self, page: Block) -> list[PlannedSlot]:
        """Return what can happen in each slot of the page: by the plan, and by its own variants."""
        own: defaultdict[str, dict[str, Candidate]] = defaultdict(dict)
        for slot in page.slots():
            candidates = own[self.keys[id(slot)]]
            for variant in slot.variants():
                mark = mark_of(variant.payload)
                if mark.candidate:
                    candidates.setdefault(mark.id, mark.candidate)
        return [self.merged(key, candidates) for key, candidates in own.items()]

    def merged(self, key: str, own: dict[str, Candidate]) -> PlannedSlot:
        planned = self.visit.plan.slot(key)
        if not own:
            return planned
        return replace(planned, candidates=by_priority([*planned.candidates, *own.values()]))

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
        decision = self.decisions[self.keys[id(slot)]]
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


@lru_cache(maxsize=1024)
def slot_key(payload: bytes) -> str:
    """Return the key of the slot that a marker opens."""
    return str(payload_of(payload)["k"])


@lru_cache(maxsize=4096)
def mark_of(payload: bytes) -> Mark:
    """Return what a variant's marker says; a rule that does not parse makes a variant nobody sees."""
    values = payload_of(payload)
    if "h" in values:
        return Mark(values["i"], values["h"], None)
    try:
        candidate = candidate_of(
            values["i"],
            rule=values.get("r"),
            priority=values.get("p", 100),
            starts_at=values.get("f"),
            ends_at=values.get("u"),
        )
    except InvalidRule:
        count("render.invalid_rule")
        return Mark(values["i"], "", None)
    return Mark(values["i"], "", candidate)


def exposure_id(decision: Decision) -> str:
    """Return the opaque id that joins what was served to what the browser says was seen."""
    return opaque(
        decision.slot, decision.variant or "", decision.experiment or "", decision.arm or ""
    )


def enclosed(body: list[bytes], decision: Decision) -> list[bytes]:
    """Return the slot between comments that let the tracker see it come into view."""
    return [f"<!--px:{exposure_id(decision)}-->".encode(), *body, b"<!--/px-->"]
