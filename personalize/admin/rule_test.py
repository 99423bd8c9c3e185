"""A rule tried on one visitor: which conditions hold, of which values, and how old those are."""

import uuid
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext

from personalize.collect.identity import identity_of
from personalize.models import Visitor
from personalize.profile.profile import Profile
from personalize.profile.store import read_profile
from personalize.rules.describe import Names, describe
from personalize.rules.evaluate import Explanation, explain
from personalize.rules.syntax import Group, Leaf
from personalize.segment.compiled import load_segments
from personalize.segment.facts import VisitorFacts
from personalize.segment.names import editors_names

ME = "me"


class NoSuchVisitor(LookupError):
    """Nobody is known by the name that was given."""


def visitor_named(name: str, *, request: HttpRequest) -> str:
    """Return the subject whom an editor means: `me`, a visitor's id, or a subject."""
    if name == ME:
        identity = identity_of(request)
        if identity is None:
            raise NoSuchVisitor(
                gettext("Your browser is not known as a visitor. Open a page of the site first.")
            )
        return identity.subject
    try:
        asked = Q(uuid=uuid.UUID(name))
    except ValueError:
        asked = Q(subject=name)
    subject = Visitor.objects.filter(asked).values_list("subject", flat=True).first()
    if subject is None:
        raise NoSuchVisitor(gettext("There is no such visitor."))
    return subject


def tested(rule: Group, *, subject: str, now: int) -> dict[str, Any]:
    """Return whether the visitor matches at `now` (milliseconds), with each condition's finding."""
    profile = read_profile(subject)
    if profile is None:
        raise NoSuchVisitor(gettext("Nothing is known of this visitor any more."))
    facts = VisitorFacts(profile, context=profile.context, segments=load_segments(), now=now)
    found = explain(rule, facts)
    told = _Telling(profile, names=editors_names(), now=now)
    return {"matched": found.matched, "explanation": told.node(rule, found, "")}


class _Telling:
    """Tells what was found, node by node."""

    def __init__(self, profile: Profile, *, names: Names, now: int) -> None:
        self.profile, self.names, self.now = profile, names, now

    def node(self, rule: Group | Leaf, found: Explanation, path: str) -> dict[str, Any]:
        children: list[dict[str, Any]] = []
        if isinstance(rule, Group):
            prefix = f"{path}." if path else ""
            children = [
                self.node(child, of_child, f"{prefix}rules[{index}]")
                for index, (child, of_child) in enumerate(
                    zip(rule.rules, found.children, strict=True)
                )
            ]
        return {
            "path": path,
            "sentence": describe(rule, names=self.names),
            "matched": found.matched,
            "actual": found.actual,
            "age": self.age(rule) if isinstance(rule, Leaf) else None,
            "children": children,
        }

    def age(self, leaf: Leaf) -> int | None:
        """Return how many seconds ago the visitor last did what the value is from."""
        family, _, name = leaf.field.partition(".")
        if family == "trait" and name in self.profile.traits:
            at = self.profile.trait_times.get(name, 0)
        elif family == "context":
            at = self.profile.context_at
        else:
            at = self.profile.last_seen_at
        return max(0, self.now - at) // 1_000 if at else None
