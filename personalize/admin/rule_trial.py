"""A rule tried on one visitor: which conditions hold, of which values, and how old those are."""

import uuid
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext

from personalize.collect.identity import identity_of
from personalize.models import Visitor
from personalize.profile.store import read_profile
from personalize.render.why import Clause, clause_of
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


def trial(rule: Group, *, subject: str, now: int) -> dict[str, Any]:
    """Return whether the visitor matches at `now` (milliseconds), with each condition's finding."""
    profile = read_profile(subject)
    if profile is None:
        raise NoSuchVisitor(gettext("Nothing is known of this visitor any more."))
    facts = VisitorFacts(profile, context=profile.context, segments=load_segments(), now=now)
    found = clause_of(rule, facts=facts, names=editors_names(), now=now)
    return {"matched": found.matched, "explanation": _told(found, rule, "")}


def _told(clause: Clause, rule: Group | Leaf | None, path: str) -> dict[str, Any]:
    """Return the clause of a rule as JSON; without one, it is a segment that a condition names."""
    prefix = f"{path}." if path else ""
    if isinstance(rule, Group) and not clause.is_group:  # a group of one is told as that one
        return _told(clause, rule.rules[0], f"{prefix}rules[0]")
    below = rule.rules if isinstance(rule, Group) else [None] * len(clause.children)
    part = "rules" if clause.is_group else "segments"
    return {
        "path": path,
        "sentence": _joint(clause) if clause.is_group else clause.words,
        "matched": clause.matched,
        "actual": clause.actual,
        "age": clause.age,
        "children": [
            _told(child, of_child, f"{prefix}{part}[{index}]")
            for index, (child, of_child) in enumerate(zip(clause.children, below, strict=True))
        ],
    }


def _joint(clause: Clause) -> str:
    if not clause.children:
        return gettext("nobody") if clause.negated else gettext("everybody")
    if clause.words == "or":
        return gettext("none of these") if clause.negated else gettext("any of these")
    return gettext("not all of these") if clause.negated else gettext("all of these")
