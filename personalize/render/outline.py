"""What a stored page asks to be decided: read once, because the next views bring the same bytes."""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from personalize.decide.candidates import by_priority, candidate_of
from personalize.decide.decision import Candidate
from personalize.metrics import count
from personalize.render.markers import payload_of, tokens
from personalize.render.page import Block, MalformedPage, parse
from personalize.rules.syntax import InvalidRule


class Mark(NamedTuple):
    """What a variant's marker says: `version` for one of the database, else the `candidate`."""

    id: str
    version: str
    candidate: Candidate | None


@dataclass(frozen=True, slots=True)
class Outline:
    """A page's structure, and for each of its slots the candidates that the page itself has."""

    page: Block
    candidates: dict[str, tuple[Candidate, ...]]


@lru_cache(maxsize=128)
def outline_of(content: bytes) -> Outline:
    """Return the outline of a page, by its genuine markers.

    Raises:
        MalformedPage: the markers do not nest, or say what they must not.
    """
    genuine = (token for token in tokens(content) if token.is_genuine)
    page = parse(genuine, length=len(content))
    own: defaultdict[str, dict[str, Candidate]] = defaultdict(dict)
    try:
        for slot in page.slots():
            candidates = own[slot_key(slot.payload)]
            for variant in slot.variants():
                mark = mark_of(variant.payload)
                if mark.candidate:
                    candidates.setdefault(mark.id, mark.candidate)
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedPage("payload") from error
    return Outline(page, {key: by_priority(found.values()) for key, found in own.items()})


@lru_cache(maxsize=1024)
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
        )
    except InvalidRule:
        count("render.invalid_rule")
        return Mark(values["i"], "", None)
    return Mark(values["i"], "", candidate)
