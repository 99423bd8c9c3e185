"""The structure of a stored page: text, slots with their variants, and merge tags."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.html import escape

from personalize.render.markers import CLOSE, SLOT, TRAIT, VARIANT, Token, payload_of, tokens


class MalformedPage(ValueError):
    """Markers are missing or in the wrong order: nobody knows which bytes are whose."""


class MergeTag(NamedTuple):
    """A place for a visitor's trait."""

    payload: bytes


@dataclass(slots=True)
class Block:
    """A slot, a variant, or (with an empty kind) the page itself; bytes are for all who see it."""

    kind: str
    payload: bytes
    parts: "list[bytes | MergeTag | Block]" = field(default_factory=list)

    def variants(self) -> "Iterator[Block]":
        """Yield the variants of this slot, not those of slots within."""
        for part in self.parts:
            if isinstance(part, Block) and part.kind == VARIANT:
                yield part

    def slots(self) -> "Iterator[Block]":
        """Yield every slot below, however deep."""
        for part in self.parts:
            if isinstance(part, Block):
                if part.kind == SLOT:
                    yield part
                yield from part.slots()


def parse(found: Iterable[Token], *, content: bytes) -> Block:
    """Return the structure of the page by the markers found in it.

    Raises:
        MalformedPage: a marker is unknown, unclosed, or stands where it must not.
    """
    page = Block("", b"")
    stack, at = [page], 0
    for token in found:
        if at < token.start:
            stack[-1].parts.append(content[at : token.start])
        at = token.end
        if token.kind == TRAIT:
            stack[-1].parts.append(MergeTag(token.payload))
        elif token.kind.startswith(CLOSE):
            _close(stack, token.kind.removeprefix(CLOSE))
        else:
            _open(stack, token)
    if len(stack) > 1:
        raise MalformedPage("unclosed")
    page.parts.append(content[at:])
    return page


def strip(content: bytes, found: Iterable[Token]) -> bytes:
    """Return the page with every marker and everything between those of a variant cut away.

    It needs no order in the markers: what no closing marker ends is cut to the end of the page.
    """
    kept: list[bytes] = []
    stack: list[str] = []
    at = 0
    for token in found:
        if VARIANT not in stack:
            kept.append(content[at : token.start])
        at = token.end
        kind = token.kind.removeprefix(CLOSE)
        if kind == TRAIT:
            kept += [default_of(token.payload)] if VARIANT not in stack else []
        elif not token.kind.startswith(CLOSE):
            stack.append(kind)
        elif kind in stack:
            while stack.pop() != kind:
                pass
    if VARIANT not in stack:
        kept.append(content[at:])
    return b"".join(kept)


def without_foreign(content: bytes) -> bytes:
    """Return the page without the markers of keys that are not ours.

    A variant between two of them, stored under a SECRET_KEY that is gone, is cut with them. Any
    other marker is text that somebody wrote: it goes alone, and the page around it stays.
    """
    opened: defaultdict[bytes, list[Token]] = defaultdict(list)
    cuts: list[tuple[int, int, bytes]] = []
    for token in tokens(content):
        if token.is_genuine:
            continue
        cuts.append((token.start, token.end, _left_of(token)))
        stack = opened[token.key]
        if not token.kind.startswith(CLOSE):
            stack += [token] if token.kind != TRAIT else []
        elif stack and token.kind == CLOSE + stack[-1].kind:
            opening = stack.pop()
            if opening.kind == VARIANT:
                cuts.append((opening.start, token.end, b""))
    return _cut(content, cuts)


def default_of(payload: bytes) -> bytes:
    """Return what a merge tag shows to a visitor it knows nothing of."""
    try:
        return escape(payload_of(payload)["d"]).encode()
    except (ValueError, KeyError, TypeError):  # forged
        return b""


def _left_of(token: Token) -> bytes:
    return default_of(token.payload) if token.kind == TRAIT else b""


def _cut(content: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    """Return the content with each stretch replaced; those within another go with it."""
    kept: list[bytes] = []
    at = 0
    for start, end, left in sorted(cuts, key=lambda cut: (cut[0], -cut[1])):
        if start >= at:
            kept += [content[at:start], left]
        at = max(at, end)
    return b"".join([*kept, content[at:]])


def _open(stack: list[Block], token: Token) -> None:
    is_variant = token.kind == VARIANT
    if token.kind not in (SLOT, VARIANT) or (is_variant and stack[-1].kind != SLOT):
        raise MalformedPage(token.kind)
    block = Block(token.kind, token.payload)
    stack[-1].parts.append(block)
    stack.append(block)


def _close(stack: list[Block], kind: str) -> None:
    if stack[-1].kind != kind:
        raise MalformedPage(kind)
    stack.pop()
