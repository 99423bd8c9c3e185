"""Slots to decisions and rendered fragments, for async slots, headless sites and other clients."""

import re
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from personalize.clean.bots import bot_reason
from personalize.collect.body import read_body
from personalize.collect.consent import consent_of, consent_of_sender
from personalize.collect.context import enrich, is_logged_in
from personalize.collect.identity import Identity, apply_cookie
from personalize.collect.origin import allow_origin, allow_preflight
from personalize.collect.refusal import Refused
from personalize.collect.senders import Sender, TrustedSource, sender_of
from personalize.events.event import Event
from personalize.measure.exposures import count_decisions, record_served
from personalize.measure.shown import note_shown
from personalize.render.fragments import Fragment, fragments
from personalize.render.preview import Persona, preview_of
from personalize.render.visit import Visit, identified, visit_as, visit_by
from personalize.views.answers import now_ms, refusal

MAX_SLOTS = 100


class Question(msgspec.Struct, rename="camel"):
    """The body. `anonymousId` and `userId` are believed with a write key only."""

    slots: list[str]
    context: dict[str, Any] = {}
    write_key: str = ""
    anonymous_id: str = ""
    user_id: str = ""


@csrf_exempt  # the origin is checked instead, as for events
@require_http_methods(["POST", "OPTIONS"])
def decide(request: HttpRequest) -> HttpResponse:
    """Answer what each slot shows to the visitor, and why."""
    if request.method == "OPTIONS":
        response = HttpResponse(status=204)
        allow_preflight(request, response, methods="POST")
        return response
    try:
        response = _answer(request)
    except Refused as refused:
        response = refusal(refused)
    response["Cache-Control"] = "private, no-store"
    allow_origin(request, response)
    apply_cookie(request, response)
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    question = _read(request)
    sender = sender_of(request, write_key=question.write_key)
    sender.limit(len(set(question.slots)) or 1)
    visit = _visit(request, question, sender)
    found = fragments(question.slots, visit=visit)
    if visit.is_counted:
        _record(found, visit)
    return JsonResponse(
        {
            "decisions": {fragment.decision.slot: _described(fragment) for fragment in found},
            "fragments": {
                fragment.decision.slot: fragment.html
                for fragment in found
                if fragment.html is not None
            },
        }
    )


def _record(found: list[Fragment], visit: Visit) -> None:
    count_decisions(fragment.decision for fragment in found)
    known = [fragment.decision for fragment in found if fragment.decision.slot in visit.plan.slots]
    note_shown(known, now=visit.now)
    if visit.identity and visit.consent.has_analytics:
        record_served(
            known,
            identity=visit.identity,
            path=str(visit.context.get("path", "")),
            now=visit.now,
        )


def _described(fragment: Fragment) -> dict[str, Any]:
    decision = fragment.decision
    described = {
        "variant": decision.variant,
        "reason": decision.reason.value,
        "experiment": decision.experiment,
        "arm": decision.arm,
    }
    return described if fragment.values is None else {**described, "data": fragment.values}


def _read(request: HttpRequest) -> Question:
    try:
        question = msgspec.json.decode(read_body(request), type=Question)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        path = re.search(r"`\$\.?([^`]*)`", str(error)) or re.search(r"field `(\w+)`", str(error))
        raise Refused(400, str(error), field=path[1] if path else "body") from error
    if len(question.slots) > MAX_SLOTS:
        raise Refused(400, f"Expected at most {MAX_SLOTS} slots.", field="slots")
    return question


def _visit(request: HttpRequest, question: Question, sender: Sender) -> Visit:
    """Return the visit by the page that the body names; a trusted client names the visitor too."""
    persona = _persona(request, sender)
    now = (persona and persona.at) or now_ms()
    context = sender.context(question.context)
    agent = context.get("userAgent")
    if isinstance(sender, TrustedSource):
        consent = consent_of_sender(question.context)
        identity = _claimed(question)
        logged_in = bool(question.user_id)
    else:
        consent = consent_of(request)
        identity = identified(request, consent=consent)
        logged_in = is_logged_in(request)
    event = Event(
        type="page",
        event="",
        message_id="",
        timestamp=now,
        received_at=now,
        context=context,
        # A server that passes no user agent on asks for a visitor of its own, not for a crawler.
        bot="" if agent is None else bot_reason(str(agent), context=context),
    )
    facts = {**enrich(event).context, "logged_in": logged_in}
    if persona:
        return visit_as(persona, request=request, context=facts, now=now)
    return visit_by(identity, request=request, consent=consent, context=facts, now=now)


def _persona(request: HttpRequest, sender: Sender) -> Persona | None:
    preview = None if isinstance(sender, TrustedSource) else preview_of(request)
    return preview.persona if preview else None


def _claimed(question: Question) -> Identity | None:
    if not question.anonymous_id and not question.user_id:
        return None
    return Identity(question.anonymous_id, issued_at=0, user_id=question.user_id)
