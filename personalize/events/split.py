"""Cut a batch into its events by brackets alone, when one is too broken for a JSON decoder."""

import re

# A string without an end is one token too, or many quotes would be tried over and over.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\],]', re.DOTALL)
_BATCH = re.compile(rb'"batch"\s*:\s*\[')


def split_batch(body: bytes) -> tuple[bytes, list[bytes]]:
    """Return the body without its events, and the events, as written; none if there is no batch."""
    start = _start_of_batch(body)
    if start < 0:
        return body, []
    events, edge, depth = [], start, 0
    for token in _TOKEN.finditer(body, start):
        symbol = token[0]
        depth += (symbol in b"{[") - (symbol in b"}]")
        if depth < 0 or (depth == 0 and symbol == b","):
            events.append(body[edge : token.start()].strip())
            edge = token.end()
        if depth < 0:
            return body[:start] + body[token.start() :], [event for event in events if event]
    return body, []


def _start_of_batch(body: bytes) -> int:
    """Return where the events begin: behind the bracket of the outermost `batch`, or -1."""
    depth = 0
    for token in _TOKEN.finditer(body):
        symbol = token[0]
        depth += (symbol in b"{[") - (symbol in b"}]")
        if depth == 1 and symbol == b'"batch"' and (found := _BATCH.match(body, token.start())):
            return found.end()
    return -1
