"""Compile the live configuration of the database into a plan."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache, partial
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

import nh3

from personalize.conf import settings
from personalize.decide.candidates import asks_profile, by_priority, candidate_of, milliseconds
from personalize.decide.decision import (
    Candidate,
    Content,
    Plan,
    PlannedArm,
    PlannedExperiment,
    PlannedSlot,
)
from personalize.metrics import count
from personalize.models import Experiment, Variant
from personalize.profile.profile import Profile
from personalize.rules.evaluate import compile_rule
from personalize.rules.syntax import InvalidRule, parse
from personalize.rules.syntax import segments as segments_in
from personalize.segment.compiled import SegmentSet, load_segments
from personalize.segment.facts import VisitorFacts


def compile_plan(version: int | None) -> Plan:
    """Return the configuration that the database has now, as the plan of `version`."""
    segment_set = load_segments()
    variants = list(Variant.objects.filter(is_live=True).select_related("slot").order_by("pk"))
    candidates: defaultdict[str, list[Candidate]] = defaultdict(list)
    for variant in variants:
        if candidate := _candidate(variant):
            candidates[variant.slot.key].append(candidate)
    experiments = _running_experiments()
    slots = {
        key: PlannedSlot(key, by_priority(candidates[key]), experiments.get(key))
        for key in {*candidates, *experiments}
    }
    return Plan(
        facts=partial(_facts, segments=segment_set),
        version=version,
        slots=MappingProxyType(slots),
        contents=MappingProxyType({str(v.uuid): content_of(v) for v in variants}),
        contextual=contextual_segments(segment_set),
        holdout=settings().GLOBAL_HOLDOUT_PERCENT / 100,
    )


def content_of(variant: Variant) -> Content:
    """Return what the variant shows; its rich text is sanitised here, once."""
    html = nh3.clean(variant.content) if variant.kind == Variant.Kind.RICH_TEXT else ""
    template = variant.template if variant.kind == Variant.Kind.TEMPLATE else ""
    digest = blake2b(f"{html}\0{template}\0{variant.data}".encode(), digest_size=6)
    return Content(variant.slot.key, digest.hexdigest(), html, template, variant.data)


def contextual_segments(segment_set: SegmentSet) -> frozenset[str]:
    """Return the segments that the request alone decides, through those that they name as well."""
    rules = {
        slug: segment.rule
        for slug, segment in segment_set.by_slug.items()
        if segment.is_rule and not asks_profile(segment.rule)
    }
    # Start from all that may be, and drop what rests on another kind until nothing changes.
    contextual = set(rules)
    while dropped := {slug for slug in contextual if not segments_in(rules[slug]) <= contextual}:
        contextual -= dropped
    return frozenset(contextual)


@cache
def empty_plan() -> Plan:
    """Return a plan without configuration: slots show their defaults or what the page has."""
    return Plan(facts=partial(_facts, segments=SegmentSet({})))


def _facts(
    profile: Profile | None, context: Mapping[str, Any], now: int, *, segments: SegmentSet
) -> VisitorFacts:
    return VisitorFacts(profile, context=context, segments=segments, now=now)


def _candidate(variant: Variant) -> Candidate | None:
    try:
        return candidate_of(
            str(variant.uuid),
            rule=variant.audience,
            priority=variant.priority,
            starts_at=milliseconds(variant.starts_at),
            ends_at=milliseconds(variant.ends_at),
            group=variant.group,
        )
    except InvalidRule:  # written past the admin's validation: nobody sees it, the rest stands
        count("plan.invalid_rule")
        return None


def _running_experiments() -> dict[str, PlannedExperiment]:
    running = Experiment.objects.filter(status=Experiment.Status.RUNNING)
    planned: dict[str, PlannedExperiment] = {}
    for experiment in running.select_related("slot").prefetch_related("arms"):
        arms = tuple(
            PlannedArm(arm.key, str(arm.variant_uuid) if arm.variant_uuid else None, arm.weight)
            for arm in experiment.arms.all()
        )
        try:
            rule = parse(experiment.audience)
        except InvalidRule:
            count("plan.invalid_rule")
            continue
        if arms:
            traffic = float(experiment.traffic_percent) / 100
            planned[experiment.slot.key] = PlannedExperiment(
                str(experiment.uuid), compile_rule(rule), traffic, arms, rule
            )
    return planned
