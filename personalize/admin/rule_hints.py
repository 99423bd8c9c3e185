"""What is odd about a rule, in words: it never or always matches, or it is nearly another's."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext
from redis.exceptions import RedisError

from personalize.admin.words import lacking_past
from personalize.conf import settings
from personalize.rules.describe import Names, describe
from personalize.rules.logic import CONTRADICTION, Finding, findings
from personalize.rules.syntax import Group, Leaf
from personalize.segment.compiled import load_segments
from personalize.segment.names import editors_names
from personalize.segment.overlap import Overlap, overlaps

Hint = dict[str, Any]


def hints(rule: Group, *, slug: str, now: int) -> list[Hint]:
    """Return the hints; `slug` is that of the segment whose rule it is, or empty."""
    names = editors_names()
    found = findings(rule)
    nodes = dict(_nodes(rule, ""))
    told = [_of_finding(each, nodes, names) for each in found]
    if any(each.path == "" for each in found):  # its reach says nothing new
        return told
    try:
        similar = overlaps(rule, known=load_segments(), now=now, without=[slug])
    except RedisError:  # the rule is read without
        similar = []
    # With a lake, counts ask it, and saving the rule counts what was before.
    lacking = [] if settings().LAKE_URL else lacking_past(rule)
    told += [{"kind": "past", "path": "", "message": sentence} for sentence in lacking]
    return [*told, *(_of_overlap(each, names) for each in similar)]


def _of_finding(found: Finding, nodes: dict[str, Group | Leaf], names: Names) -> Hint:
    among = [describe(nodes[path], names=names) for path in found.among if path in nodes]
    message = _never(found, among) if found.kind == CONTRADICTION else _always(found, among)
    return {"kind": found.kind, "path": found.path, "message": message}


def _never(found: Finding, among: list[str]) -> str:
    if among:
        words = {"one": among[0], "other": among[1]}
        return gettext("Nobody can meet both: %(one)s – and %(other)s.") % words
    if found.path:
        return gettext("This can never hold.")
    return gettext("This rule can never match.")


def _always(found: Finding, among: list[str]) -> str:
    if among:
        words = {"one": among[0], "other": among[1]}
        return gettext("Everybody meets one of these: %(one)s – or %(other)s.") % words
    if found.path:
        return gettext("This always holds, so it makes no difference.")
    return gettext("This rule always matches: it reaches everybody.")


def _of_overlap(found: Overlap, names: Names) -> Hint:
    words = {"segment": names.segment(found.slug), "percent": round(found.share * 100)}
    if found.share == 1:
        message = gettext("Reaches the same visitors as “%(segment)s”.") % words
    else:
        message = gettext("Overlaps %(percent)d %% with “%(segment)s”.") % words
    return {"kind": "overlap", "path": "", "message": message}


def _nodes(rule: Group | Leaf, path: str) -> Iterator[tuple[str, Group | Leaf]]:
    yield path, rule
    if isinstance(rule, Group):
        prefix = f"{path}." if path else ""
        for index, child in enumerate(rule.rules):
            yield from _nodes(child, f"{prefix}rules[{index}]")
