"""Fill the holes of JSON: of each slot in it, only what its visitor shall see leaves the site.

A slot is an object with its marker under `hole` and a list of `children`: those with a marker of
their own are its variants, the others its default. Markers within texts are filled as in pages.
"""

import json
from collections.abc import Iterator
from typing import Any

from personalize.decide.decide import decide
from personalize.decide.decision import Decision, Reason
from personalize.decide.exposure import MEASURED, exposure_id
from personalize.render.fill import Filled, fill, without_variants
from personalize.render.markers import PREFIX, SLOT, VARIANT, Token, closing, tokens
from personalize.render.outline import mark_of, outline_of, slot_key
from personalize.render.variants import render_variant
from personalize.render.visit import Visit

HOLE, CHILDREN = "hole", "children"
BEGIN = PREFIX.decode()


def fill_json(content: bytes, visit: Visit) -> Filled:
    """Return the JSON as the visitor gets it, and the decisions behind what it holds."""
    whole = json.loads(content)
    page = "".join(_markers(whole)).encode()
    decisions = decide(
        visit.profile,
        visit.context,
        outline_of(page, visit.plan).slots,
        plan=visit.plan,
        now=visit.now,
        viewer=visit.viewer,
    )
    filling = _Filling(visit, decisions)
    filled = filling.value(whole)
    return Filled(_bytes(filled), filling.shown, decisions)


def without_variants_json(content: bytes) -> bytes:
    """Return the JSON with its defaults: for when nothing else works."""
    try:
        return _bytes(_Filling(None, {}).value(json.loads(content)))
    except (ValueError, RecursionError):  # it is called JSON, and is none
        return without_variants(content)


def without_holes(document: Any) -> Any:
    """Return a document that is no text yet with its defaults; one without holes as it is."""
    return _Filling(None, {}).value(document) if BEGIN in str(document) else document


class _Filling:
    """One pass over one document; without a visit, every slot holds its default."""

    def __init__(self, visit: Visit | None, decisions: dict[str, Decision]) -> None:
        self.visit = visit
        self.decisions = decisions
        self.shown: list[Decision] = []

    def value(self, value: Any) -> Any:
        """Return any value with its holes filled."""
        if isinstance(value, str):
            return self.text(value) if BEGIN in value else value
        if isinstance(value, list):
            return [self.value(each) for each in value if not _marker(each, VARIANT)]
        if _marker(value, VARIANT):  # it stands in no slot, so nobody may see it
            return None
        if isinstance(value, dict):
            slot = _marker(value, SLOT)
            found = self.slot(value, slot_key(slot.payload)) if slot else value
            return {key: self.value(each) for key, each in found.items()}
        return value

    def text(self, text: str) -> str:
        if self.visit is None:
            return without_variants(text.encode()).decode()
        filled = fill(text.encode(), self.visit)
        self.shown += filled.decisions
        return filled.content.decode()

    def slot(self, slot: dict[str, Any], key: str) -> dict[str, Any]:
        """Return the slot with what it shows as its children, or as markup or data."""
        decision = self.decisions.get(key) or Decision(key, None, Reason.ERROR)
        shows = self.variant(slot, decision.variant) if decision.variant else None
        if decision.variant and shows is None:
            decision = Decision(key, None, Reason.ERROR)
        if shows is None:
            shows = {CHILDREN: [each for each in _children(slot) if not _marker(each, VARIANT)]}
        self.shown.append(decision)
        told: dict[str, Any] = {"variant": decision.variant}
        if decision.reason in MEASURED:
            told["exposure"] = exposure_id(decision)
        rest = {name: each for name, each in slot.items() if name not in (HOLE, CHILDREN)}
        return {**rest, **told, **shows}

    def variant(self, slot: dict[str, Any], chosen: str) -> dict[str, Any] | None:
        """Return what the variant shows: of the document, or of the database."""
        for child in _children(slot):
            marker = _marker(child, VARIANT)
            if marker and mark_of(marker.payload).id == chosen:
                return {CHILDREN: _children(child)}
        content = self.visit.plan.contents.get(chosen) if self.visit else None
        if content is None or self.visit is None:
            return None
        if not content.html and not content.template:
            return {CHILDREN: [], "data": content.values}
        markup = render_variant(content, request=self.visit.request)
        return None if markup is None else {CHILDREN: [], "html": str(markup)}


def _markers(value: Any) -> Iterator[str]:
    """Yield the markers of a document as a page would have them, so that they read as one."""
    if _marker(value, SLOT):
        yield value[HOLE]
        for child in _children(value):
            if _marker(child, VARIANT):
                yield child[HOLE]
                yield from _markers(_children(child))
                yield closing(VARIANT)
            else:
                yield from _markers(child)
        yield closing(SLOT)
    elif isinstance(value, dict | list) and not _marker(value, VARIANT):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _markers(each)


def _marker(value: Any, kind: str) -> Token | None:
    """Return the object's own marker, when it is genuine and of this kind."""
    text = value.get(HOLE) if isinstance(value, dict) else None
    found = list(tokens(text.encode())) if isinstance(text, str) else []
    if len(found) == 1 and found[0].is_genuine and found[0].kind == kind:
        return found[0]
    return None


def _children(value: dict[str, Any]) -> list[Any]:
    children = value.get(CHILDREN)
    return children if isinstance(children, list) else []


def _bytes(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a pair of surrogates, which only an escape can write
        return json.dumps(value, separators=(",", ":")).encode()
