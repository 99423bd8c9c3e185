"""What a stored page asks to be decided: read once, because the next views bring the same bytes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from personalize.decide.candidates import by_priority, candidate_of
from personalize.decide.decision import Candidate, Plan, PlannedSlot
from personalize.metrics import count
from personalize.render.markers import SLOT, payload_of, tokens
from personalize.render.page import Block, MalformedPage, MergeTag, parse
from personalize.rules.syntax import InvalidRule


class Mark(NamedTuple):
    """What a variant's marker says: `version` for one of the database, else the `candidate`."""

    id: str
    version: str
    candidate: Candidate | None


@dataclass(frozen=True, slots=True)
class Hole:
    """A slot in its page: what it shows by default, and by the ids of those variants it has.

    A variant whose content has changed since is left out, as if the page lacked it.
    """

    key: str
    default: "tuple[Part, ...]"
    variants: "Mapping[str, tuple[Part, ...]]"


Part = bytes | MergeTag | Hole


@dataclass(frozen=True, slots=True)
class Outline:
    """A page under one plan: its parts in order, and what can happen in each of its slots."""

    parts: tuple[Part, ...]
    slots: tuple[PlannedSlot, ...]
    has_foreign: bool


@lru_cache(maxsize=128)
def outline_of(content: bytes, plan: Plan) -> Outline:
    """Return the outline of a page, by its genuine markers.

    Raises:
        MalformedPage: the markers do not nest, or say what they must not.
    """
    found = list(tokens(content))
    genuine = [token for token in found if token.is_genuine]
    page = parse(genuine, content=content)
    try:
        return Outline(
            tuple(_parts(page, plan)),
            tuple(_planned(page, plan)),
            has_foreign=len(genuine) < len(found),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedPage("payload") from error


def _parts(block: Block, plan: Plan) -> Iterator[Part]:
    for part in block.parts:
        if not isinstance(part, Block):
            yield part
        elif part.kind == SLOT:
            yield _hole(part, plan)


def _hole(slot: Block, plan: Plan) -> Hole:
    variants: dict[str, tuple[Part, ...]] = {}
    for variant in slot.variants():
        mark = mark_of(variant.payload)
        content = plan.contents.get(mark.id)
        if content is None or content.version == mark.version:
            variants.setdefault(mark.id, tuple(_parts(variant, plan)))
    return Hole(slot_key(slot.payload), tuple(_parts(slot, plan)), variants)


def _planned(page: Block, plan: Plan) -> Iterator[PlannedSlot]:
    """Yield what can happen in each slot of the page: by the plan, and by its own variants."""
    own: defaultdict[str, dict[str, Candidate]] = defaultdict(dict)
    for slot in page.slots():
        candidates = own[slot_key(slot.payload)]
        for variant in slot.variants():
            mark = mark_of(variant.payload)
            if mark.candidate:
                candidates.setdefault(mark.id, mark.candidate)
    for key, found in own.items():
        planned = plan.slot(key)
        yield replace(planned, candidates=by_priority([*planned.candidates, *found.values()]))


def slot_key(payload: bytes) -> str:
    """Return the key of the slot that a marker opens."""
    return str(payload_of(payload)["k"])


@lru_cache(maxsize=4096)
def mark_of(payload: bytes) -> Mark:
    """Return what a variant's marker says; with a rule that does not parse, nobody sees it."""
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
            group=values.get("g", ""),
        )
    except InvalidRule:
        count("render.invalid_rule")
        return Mark(values["i"], "", None)
    return Mark(values["i"], "", candidate)
