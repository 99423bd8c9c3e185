"""Whose word counts for what: a browser proves itself by its cookie, a server client by its key."""

import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from django.http import HttpRequest

from personalize.collect import identity as identities
from personalize.collect.address import address_of, truncate
from personalize.collect.consent import consent_of, consent_of_sender
from personalize.collect.crawlers import crawler_mark
from personalize.collect.identity import Identity
from personalize.collect.origin import is_allowed, is_own
from personalize.collect.rate import limit_rate
from personalize.collect.refusal import Refused
from personalize.collect.sources import key_in_header, source_of
from personalize.events.event import BROWSER, MADE_UP, Event
from personalize.events.wire import InvalidMessage, Message
from personalize.models.source import Source

HASH = "userHash"
LONGEST_AGENT = 512
LONGEST_ID = 253  # what a subject has room for beside its kind


class Claim(NamedTuple):
    """Whom a message is about, as far as it is proven, and the links that the proof makes."""

    anonymous_id: str
    user_id: str
    links: list[Event]


class Sender(Protocol):
    """Who sent the request."""

    @property
    def source(self) -> str:
        """The name written on each event."""

    def limit(self, events: int) -> None:
        """Refuse the request when the sender has sent too much of late."""

    def agrees(self, context: dict[str, Any]) -> bool:
        """Whether this may be stored at all."""

    def claim(self, message: Message, *, now: int) -> Claim:
        """Return whom the message is about, or raise InvalidMessage."""

    def context(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the context with what the request itself shows, and the address cut."""


def sender_of(request: HttpRequest, *, write_key: str) -> Sender:
    """Return who sent the request, or refuse it: 401 for a key unknown, 403 for another site."""
    source = _source(request, write_key)
    if source:
        return TrustedSource(source.name)
    if not is_allowed(request):
        raise Refused(
            403,
            "Browsers may send from this site and from ALLOWED_ORIGINS only.",
            field="Origin",
        )
    return Browser(request)


def _source(request: HttpRequest, write_key: str) -> Source | None:
    try:
        if key := key_in_header(request):
            return source_of(key)
    except Refused:
        # Of a site that itself asks for a password, every request of its pages carries that one.
        if not _is_own_page(request):
            raise
    return source_of(write_key) if write_key else None


def _is_own_page(request: HttpRequest) -> bool:
    """Whether a browser says that a page of this site sent it; programs say nothing of the kind."""
    is_browser = "HTTP_SEC_FETCH_SITE" in request.META or "HTTP_ORIGIN" in request.META
    return is_browser and is_own(request)


@dataclass(frozen=True, slots=True)
class TrustedSource:
    """A client with a write key: its ids, times and consent are believed."""

    source: str

    def limit(self, events: int) -> None:
        """Take whatever comes: the key says who to ask."""

    def agrees(self, context: dict[str, Any]) -> bool:
        """Whether the visitor agreed, by what the client states."""
        return consent_of_sender(context).has_analytics

    def claim(self, message: Message, *, now: int) -> Claim:
        """Believe the ids; `identify` with both, and `alias`, hand the visitor over to the user."""
        if not message.user_id and not message.anonymous_id:
            raise InvalidMessage("userId", "expected a userId or an anonymousId")
        visitor = ""
        if message.type == "alias":
            visitor = str(message.properties.get("previous_id", ""))
        elif message.type == "identify":
            visitor = message.anonymous_id
        links = []
        if len(visitor) > LONGEST_ID:
            field = "previousId" if message.type == "alias" else "anonymousId"
            raise InvalidMessage(field, f"expected at most {LONGEST_ID} characters")
        if visitor and message.user_id and visitor != message.user_id:
            user = message.user_id
            links = [identities.link_event(visitor, user_id=user, proof="source", now=now)]
        return Claim(message.anonymous_id, message.user_id, links)

    def context(self, given: dict[str, Any]) -> dict[str, Any]:
        """Cut the visitor's address, if the client passed one on."""
        if "ip" not in given:
            return given
        address = str(given["ip"])
        mark = crawler_mark(str(given.get("userAgent", ""))[:LONGEST_AGENT], address=address)
        return {**given, "ip": truncate(address), **({"crawler": mark} if mark else {})}


class Browser:
    """A visitor's browser: its cookie says who it is, and its word on that is not believed."""

    source = BROWSER

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        address = address_of(request)
        self._network = truncate(address)
        self._user_agent: str = request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT]
        self._crawler = crawler_mark(self._user_agent, address=address)
        languages: str = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
        self._locale = languages.partition(",")[0].partition(";")[0][:35]
        # Chrome without a window names itself so here, also when it hides it in the user agent.
        self._is_headless = "Headless" in request.META.get("HTTP_SEC_CH_UA", "")
        self._has_consent = consent_of(request).has_analytics
        self._identity = identities.identity_of(request)  # its signature costs; check it once

    def limit(self, events: int) -> None:
        """Count by visitor and by network; who has no cookie yet is told by network and program."""
        known = self._identity
        visitor = known.anonymous_id if known else f"{self._network} {self._user_agent}"
        limit_rate(visitor=visitor, network=self._network, events=events)

    def agrees(self, context: dict[str, Any]) -> bool:
        """Whether the visitor agreed, by their own cookie."""
        return self._has_consent

    def claim(self, message: Message, *, now: int) -> Claim:
        """Take the identity of the cookie; a proven user id is linked to it from here on."""
        identity = self._identity or self._remember(identities.random_identity())
        user_id = message.user_id
        proof = self._proof(message) if user_id and user_id != identity.user_id else ""
        if not proof:
            return Claim(identity.anonymous_id, identity.user_id, [])
        links = []
        if identity.user_id:  # another user of the same browser: a new visitor
            identity = identities.random_identity(user_id=user_id)
        else:
            visitor = identity.anonymous_id
            links = [identities.link_event(visitor, user_id=user_id, proof=proof, now=now)]
            identity = identities.linked(identity, user_id=user_id)
        self._remember(identity)
        return Claim(identity.anonymous_id, identity.user_id, links)

    def _remember(self, identity: Identity) -> Identity:
        identities.remember(self._request, identity=identity)
        self._identity = identity
        return identity

    def _proof(self, message: Message) -> str:
        given = message.context.get(HASH) or message.traits.get(HASH)
        if given:
            proven = identities.is_proven_hash(message.user_id, user_hash=given)
            return "hash" if proven else ""
        if message.type != "identify":
            return ""  # asking for the user costs a query: once a log-in, not once an event
        user = getattr(self._request, "user", None)
        return "login" if user and str(user.pk) == message.user_id else ""

    def context(self, given: dict[str, Any]) -> dict[str, Any]:
        """Say the network and the program as the request shows them, the language if nobody else.

        A browser's word on its program and country would hide a bot, or choose what is shown.
        """
        context = {"locale": self._locale, **given}
        context |= {"userAgent": self._user_agent, "ip": self._network}
        context.pop("country", None)
        context.pop("crawler", None)
        if self._crawler:
            context["crawler"] = self._crawler
        if self._is_headless:
            context["headless"] = True
        return context


def random_message_id() -> str:
    """Return an id for a message whose sender gave none; a repetition cannot be told then."""
    return MADE_UP + uuid.uuid4().hex
