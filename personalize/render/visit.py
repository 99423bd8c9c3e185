"""A visit: what one request tells about its visitor, read once, in one round trip to the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from personalize.clean.bots import bot_reason
from personalize.clean.pace import is_caught
from personalize.collect.address import address_of
from personalize.collect.consent import Consent, consent_of
from personalize.collect.context import request_context
from personalize.collect.crawlers import crawler_mark
from personalize.collect.identity import Identity, identity_of, identity_or_new
from personalize.conf import PURPOSES, settings
from personalize.decide.decide import gate
from personalize.decide.decision import Plan, Viewer
from personalize.decide.plan import plan_at
from personalize.profile.profile import Profile
from personalize.profile.store import read_page
from personalize.render.preview import Persona, preview_of
from personalize.render.previewed import VISITOR, context_for, plan_for
from personalize.rules.facts import Facts


@dataclass(frozen=True)
class Visit:
    """Who looks, and by which plan is decided. `now` is in milliseconds."""

    request: HttpRequest
    now: int
    consent: Consent
    identity: Identity | None
    profile: Profile | None
    plan: Plan
    viewer: Viewer
    context: Mapping[str, Any]
    is_counted: bool = True  # an editor who looks as somebody, or asks why, leaves no trace

    @cached_property
    def facts(self) -> Facts | None:
        """What is known of the visitor for merge tags; None for those who only see defaults."""
        if not self.viewer.has_consent or gate(self.viewer, plan=self.plan):
            return None
        return self.plan.facts(self.profile, self.context, self.now)


def visit_of(request: HttpRequest, *, now: int) -> Visit:
    """Read who the visitor is, as far as their consent allows, and what the store knows of them."""
    preview = preview_of(request)
    if preview and preview.persona:
        now = preview.persona.at or now
        context = request_context(request, now=now)
        return visit_as(preview.persona, request=request, context=context, now=now)
    agent = request.META.get("HTTP_USER_AGENT", "")
    is_listed = bool(settings().CRAWLER_RANGES)  # most sites list none: pages ask no address
    crawler = crawler_mark(agent, address=address_of(request)) if is_listed else ""
    is_bot = bool(bot_reason(agent, context={"crawler": crawler}))
    consent = consent_of(request)
    context = request_context(request, now=now, is_bot=is_bot)
    visit = visit_by(
        identified(request, consent=consent),
        request=request,
        consent=consent,
        context=context,
        now=now,
    )
    if visit.profile and (timezone := visit.profile.context.get("timezone")):
        context.tell_time_in(timezone)
    return visit


def visit_as(
    persona: Persona, *, request: HttpRequest, context: Mapping[str, Any], now: int
) -> Visit:
    """Return the visit of somebody made up, who agreed to everything: nobody's profile is read."""
    plan = plan_for(persona, plan=plan_at(read_page(None).plan_version))
    return Visit(
        request,
        now,
        Consent(frozenset(PURPOSES), is_decided=True),
        None,
        None,
        plan,
        Viewer(visitor=VISITOR),
        context_for(persona, context=context),
        is_counted=False,
    )


def visit_by(
    identity: Identity | None,
    *,
    request: HttpRequest,
    consent: Consent,
    context: Mapping[str, Any],
    now: int,
) -> Visit:
    """Return the visit of somebody whose identity, consent and context are known.

    Without consent to personalization the store is asked for the plan's version only.
    """
    known = identity if consent.has_personalization else None
    page = read_page(known.subject if known else None)
    viewer = Viewer(
        visitor=(known.anonymous_id or known.subject) if known else "",
        has_consent=consent.has_personalization,
        is_bot=bool(context["is_bot"] or _is_program(page.profile, now)),
        is_stale=page.is_stale,
    )
    plan = plan_at(page.plan_version)
    is_counted = preview_of(request) is None
    return Visit(request, now, consent, known, page.profile, plan, viewer, context, is_counted)


def identified(request: HttpRequest, *, consent: Consent) -> Identity | None:
    """Return the visitor's identity, as far as consent goes.

    A first visit gets its identifier here, so that the arm it is shown is the arm it keeps.
    """
    if not consent.has_personalization:
        return None
    is_set = consent.has_analytics and preview_of(request) is None
    return identity_or_new(request) if is_set else identity_of(request)


def _is_program(profile: Profile | None, now: int) -> bool:
    return profile is not None and (profile.is_bot or is_caught(profile.pace, now=now))
