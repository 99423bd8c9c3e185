"""Which variant of a slot the editor's preview would show, told where all of them are shown."""

import time
from dataclasses import replace

from django.http import HttpRequest

from personalize.cms.editing import variants_of
from personalize.cms.models import PageSlot, PageVariant
from personalize.collect.context import request_context
from personalize.decide.candidates import by_priority, candidate_of, milliseconds
from personalize.decide.decide import decide
from personalize.decide.decision import Candidate
from personalize.render.preview import preview_of
from personalize.render.visit import visit_as
from personalize.rules.syntax import InvalidRule


def shown_in(slot: PageSlot, *, request: HttpRequest) -> str | None:
    """Return the id of the variant that would be shown, or ""; None when nobody is previewed."""
    preview = preview_of(request)
    if preview is None or preview.persona is None:
        return None
    now = preview.persona.at or time.time_ns() // 1_000_000
    context = request_context(request, now=now)
    visit = visit_as(preview.persona, request=request, context=context, now=now)
    planned = visit.plan.slot(slot.key)
    own = [found for variant in variants_of(slot) if (found := _candidate(variant))]
    planned = replace(planned, candidates=by_priority([*planned.candidates, *own]))
    decisions = decide(
        None, visit.context, [planned], plan=visit.plan, now=now, viewer=visit.viewer
    )
    return decisions[slot.key].variant or ""


def _candidate(variant: PageVariant) -> Candidate | None:
    try:
        return candidate_of(
            str(variant.uuid),
            rule=variant.rule,
            priority=variant.priority,
            starts_at=milliseconds(variant.starts_at),
            ends_at=milliseconds(variant.ends_at),
        )
    except InvalidRule:
        return None
