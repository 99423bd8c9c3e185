"""Cut a batch into its events by brackets alone, when one is too broken for a JSON decoder."""

import re

# What an honest batch takes many times over; whoever sends more shall not keep a worker busy.
MAX_STEPS = 20_000

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
    for _ in range(MAX_STEPS):
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
