"""Cut a batch into its events by brackets alone, when one is too broken for a JSON decoder."""

import re

# An honest batch has a bracket every dozen bytes or so; whoever sends little else shall not keep a
# worker busy. Small bodies may be as dense as they like.
BYTES_PER_STEP = 8
FREE_STEPS = 2_000

# A string without an end is skipped as a whole, or many quotes would be tried over and over.
_SKIPPED = rb'(?:[^"{}\[\]%s]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z))*+'
_BRACKETS = rb"([{\[]+|[}\]]+)"
_INSIDE = re.compile(_SKIPPED % b"" + _BRACKETS, re.DOTALL)
_BETWEEN = re.compile(_SKIPPED % b"," + rb"(,|[{\[]+|[}\]])", re.DOTALL)
_BATCH = re.compile(rb'"batch"\s*:\s*\[')


def split_batch(body: bytes) -> tuple[bytes, list[bytes]]:
    """Return the body without its events, and the events as written; or none."""
    opening = _BATCH.search(body)
    if not opening:
        return body, []
    start = edge = at = opening.end()
    events: list[bytes] = []
    depth = 0
    for _ in range(FREE_STEPS + len(body) // BYTES_PER_STEP):
        token = (_INSIDE if depth else _BETWEEN).match(body, at)
        if not token:
            break
        run = token[1]
        if run[:1] in b"{[":
            depth += len(run)
            at = token.end()
        elif depth:
            closed = min(depth, len(run))
            depth -= closed
            at = token.start(1) + closed
        else:
            events.append(body[edge : token.start(1)].strip())
            edge = at = token.end()
            if run != b",":
                return body[:start] + body[token.start(1) :], [event for event in events if event]
    return body, []
