"""The right of access and portability: everything about a person, as plain JSON."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db.models import Q

from personalize.decide.record import decode as decode_record
from personalize.models.consent import ConsentRecord
from personalize.models.decision_sample import DecisionSample
from personalize.models.segment import Membership
from personalize.models.visitor import IdentityLink, Visitor
from personalize.privacy.subjects import ids_of
from personalize.profile.store import read_profile, read_timeline
from personalize.profile.traits import decode_state

FORMAT = "personalize-export-1"


def export(subjects: list[str]) -> dict[str, Any]:
    """Return what is known of the subjects; times are ISO 8601, or milliseconds since the epoch."""
    visitors = ids_of(subjects, kind="a")
    users = ids_of(subjects, kind="u")
    consents = ConsentRecord.objects.filter(anonymous_id__in=visitors)
    links = IdentityLink.objects.filter(Q(anonymous_id__in=visitors) | Q(user_id__in=users))
    rows = Visitor.objects.filter(subject__in=subjects)
    samples = DecisionSample.objects.filter(subject__in=subjects)
    memberships = Membership.objects.filter(visitor__subject__in=subjects)
    return {
        "format": FORMAT,
        "exported_at": datetime.now(UTC).isoformat(),
        "subjects": subjects,
        "profiles": [_profile(subject) for subject in subjects],
        "visitors": list(
            rows.values("uuid", "subject", "first_seen_at", "last_seen_at", "traits", "context")
        ),
        "memberships": list(memberships.values("segment__name", "entered_at", "exited_at")),
        "consents": list(
            consents.values("purposes", "method", "text_version", "locale", "recorded_at")
        ),
        "decisions": [_decision(sample) for sample in samples],
        "links": list(links.values("anonymous_id", "user_id", "proof", "linked_at", "undone_at")),
    }


def _decision(sample: DecisionSample) -> dict[str, Any]:
    """Return what a sampled page view showed, and what was known of the person for it.

    The rules that asked are the site's own.
    """
    named = ("path", "slot", "variant", "reason", "experiment", "arm", "decided_at")
    shown = {name: getattr(sample, name) for name in named}
    return {**shown, "asked": decode_record(bytes(sample.record)).evidence.answers}


def _profile(subject: str) -> dict[str, Any]:
    """Return the hot profile as it is kept, with the computed traits decoded."""
    profile = read_profile(subject)
    timeline = [
        {"at": moment.at, "event": moment.event, "properties": moment.properties}
        for moment in read_timeline(subject)
    ]
    known: dict[str, Any] = {"subject": subject, "timeline": timeline}
    if profile is None:
        return known
    computed = {key: decode_state(kept) for key, kept in profile.computed.items()}
    shown = msgspec.to_builtins(msgspec.structs.replace(profile, computed={}), enc_hook=str)
    return {**known, **shown, "computed": computed}
