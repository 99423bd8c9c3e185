"""Slots without a page: each one's decision and the markup or values that it shows."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from personalize.decide.decide import decide
from personalize.decide.decision import Decision, Reason
from personalize.decide.exposure import MEASURED
from personalize.render.fill import enclosed, fill
from personalize.render.variants import render_variant
from personalize.render.visit import Visit


class Fragment(NamedTuple):
    """What one slot shows: neither markup nor values when it is the default, which its page has."""

    decision: Decision
    html: str | None = None
    values: Mapping[str, Any] | None = None


def fragments(slots: Iterable[str], *, visit: Visit) -> list[Fragment]:
    """Decide for the slots and render what they show; an unknown slot shows its default."""
    decisions = decide(
        visit.profile,
        visit.context,
        slots,
        plan=visit.plan,
        now=visit.now,
        viewer=visit.viewer,
    )
    return [_fragment(decision, visit) for decision in decisions.values()]


def _fragment(decision: Decision, visit: Visit) -> Fragment:
    if decision.variant is None:
        return Fragment(decision)
    content = visit.plan.contents.get(decision.variant)
    if content and not content.html and not content.template:
        return Fragment(decision, values=content.values)
    markup = render_variant(content, request=visit.request) if content else None
    if markup is None:  # a variant of some page, or one that fails: the client keeps its default
        return Fragment(Decision(decision.slot, None, Reason.ERROR))
    body = [fill(markup.encode(), visit).content]
    if decision.reason in MEASURED:
        body = enclosed(body, decision)
    return Fragment(decision, b"".join(body).decode())
