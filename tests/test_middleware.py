"""The middleware: what it changes of a response, and what it leaves alone."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from pytest_django import Settings

from personalize import metrics
from personalize.collect.identity import random_identity
from personalize.decide.plan import forget_plan
from personalize.measure.exposures import buffer
from personalize.middleware import PersonalizeMiddleware
from personalize.render.markers import SLOT, closing, opening
from personalize.render.slots import trait_markup, variant_markup
from tests.cms.pages import FROM_BERLIN
from tests.journeys.visitors import AGREED, FIREFOX, remember

pytestmark = pytest.mark.django_db

PAGE = (
    f"<p>{opening(SLOT, {'k': 'hero'})}default"
    f"{variant_markup('b', rule=FROM_BERLIN, body='for Berlin')}{closing(SLOT)}</p>"
)
STORED = {
    "ETag": '"stored"',
    "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT",
    "Expires": "Mon, 01 Jan 2035 00:00:00 GMT",
    "Cache-Control": "max-age=600",
    "CDN-Cache-Control": "max-age=600",
    "Vary": "Accept-Language",
}

Answer = Callable[[HttpRequest], HttpResponseBase]


@pytest.fixture(autouse=True)
def nobody_held_out(settings: Settings) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GLOBAL_HOLDOUT_PERCENT": 0.0}
    forget_plan()


@pytest.fixture
def berliner(rf: RequestFactory) -> HttpRequest:
    """The request of a visitor from Berlin who agreed."""
    identity = random_identity()
    remember(identity.subject, traits={"city": "Berlin", "name": "Ada"})
    request = rf.get("/", headers={"user-agent": FIREFOX})
    request.COOKIES.update(px=identity.cookie, px_consent=AGREED)
    return request


@pytest.fixture
def stranger(rf: RequestFactory) -> HttpRequest:
    """The request of somebody who was never here."""
    return rf.get("/", headers={"user-agent": FIREFOX})


def answered(request: HttpRequest, response: HttpResponseBase) -> Any:
    return PersonalizeMiddleware(lambda _: response)(request)


def page(content: str | bytes = PAGE, **headers: str) -> HttpResponse:
    return HttpResponse(content, headers=headers)


def test_middleware_fills_the_holes_of_a_page(berliner: HttpRequest, stranger: HttpRequest) -> None:
    assert b"for Berlin" in answered(berliner, page()).content
    assert answered(stranger, page()).content == b"<p>default</p>"


def test_middleware_makes_a_filled_page_private_and_forgets_the_stored_one(
    stranger: HttpRequest,
) -> None:
    response = answered(stranger, page(PAGE, **STORED))
    assert dict(response.items()) == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Language",
    }


def test_middleware_corrects_the_length(stranger: HttpRequest) -> None:
    response = answered(stranger, page(PAGE, **{"Content-Length": str(len(PAGE))}))
    assert response["Content-Length"] == str(len(b"<p>default</p>"))


def test_middleware_keeps_a_page_that_nobody_may_store(stranger: HttpRequest) -> None:
    response = answered(stranger, page(PAGE, **{"Cache-Control": "no-store"}))
    assert response["Cache-Control"] == "private, no-cache, no-store"


def test_middleware_leaves_a_page_without_holes_as_it_is(
    berliner: HttpRequest, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        response = answered(berliner, page("<p>all</p><!-- px -->", **STORED))
    assert response.content == b"<p>all</p><!-- px -->"
    assert {name: response[name] for name in STORED} == STORED
    assert not response.cookies


def test_middleware_gives_a_first_visitor_who_agreed_an_identity(stranger: HttpRequest) -> None:
    stranger.COOKIES["px_consent"] = AGREED
    response = answered(stranger, page())
    assert response.cookies["px"]["httponly"]


@pytest.mark.parametrize("consent", ["", "1.none", "1.personalization", "0.analytics"])
def test_middleware_sets_no_identity_without_consent(stranger: HttpRequest, consent: str) -> None:
    stranger.COOKIES["px_consent"] = consent
    assert not answered(stranger, page()).cookies


def test_middleware_reads_no_profile_without_consent(berliner: HttpRequest) -> None:
    berliner.COOKIES["px_consent"] = "1.analytics"
    assert answered(berliner, page()).content == b"<p>default</p>"
    berliner.COOKIES["px_consent"] = AGREED
    berliner.META["HTTP_SEC_GPC"] = "1"
    assert answered(berliner, page()).content == b"<p>default</p>"


def test_middleware_shows_bots_the_default(berliner: HttpRequest) -> None:
    berliner.META["HTTP_USER_AGENT"] = "Googlebot/2.1 (+http://www.google.com/bot.html)"
    assert answered(berliner, page()).content == b"<p>default</p>"


def test_middleware_fills_any_text(berliner: HttpRequest) -> None:
    markup = trait_markup("name", default="you")
    response = answered(berliner, HttpResponse(f"Hello {markup}", content_type="text/plain"))
    assert response.content == b"Hello Ada"


@pytest.mark.parametrize("forged", ["<!--px0123456789abcdefv:-->", "<!--px0123456789abcdefs:-->"])
def test_middleware_cuts_nothing_from_what_is_no_page(stranger: HttpRequest, forged: str) -> None:
    body = f'{{"type": "{forged}", "more": ""}}'
    response = answered(stranger, HttpResponse(body, content_type="application/json"))
    assert response.content.decode() == body
    assert not response.has_header("Cache-Control")


def test_middleware_answers_head_and_not_modified(rf: RequestFactory) -> None:
    assert answered(rf.head("/"), HttpResponse()).content == b""
    assert answered(rf.get("/"), HttpResponse(status=304)).status_code == 304


def test_middleware_unpacks_a_page_that_was_compressed_too_early(stranger: HttpRequest) -> None:
    packed = page(gzip.compress(PAGE.encode()), **{"Content-Encoding": "gzip"})
    response = answered(stranger, packed)
    assert response.content == b"<p>default</p>"
    assert not response.has_header("Content-Encoding")


def test_middleware_leaves_compressed_bytes_without_holes(stranger: HttpRequest) -> None:
    for content in (gzip.compress(b"<p>all</p>"), b"not gzip"):
        response = answered(stranger, page(content, **{"Content-Encoding": "gzip"}))
        assert response.content == content
        assert response["Content-Encoding"] == "gzip"


def test_middleware_fills_a_streamed_page(berliner: HttpRequest) -> None:
    def chunks() -> Iterator[str]:
        yield from (PAGE[n : n + 7] for n in range(0, len(PAGE), 7))

    response = answered(berliner, StreamingHttpResponse(chunks()))
    assert b"for Berlin" in response.getvalue()
    assert response["Cache-Control"] == "private, no-cache"


def test_middleware_fills_an_asynchronously_streamed_page(stranger: HttpRequest) -> None:
    async def chunks() -> AsyncIterator[str]:
        for n in range(0, len(PAGE), 7):
            yield PAGE[n : n + 7]

    async def whole(response: StreamingHttpResponse) -> bytes:
        return b"".join([chunk async for chunk in response])

    response = answered(stranger, StreamingHttpResponse(chunks()))
    assert asyncio.run(whole(response)) == b"<p>default</p>"


def test_middleware_leaves_other_streams_alone(stranger: HttpRequest) -> None:
    stream = StreamingHttpResponse([b"data: 1\n\n"], content_type="text/event-stream")
    response = answered(stranger, stream)
    assert response.getvalue() == b"data: 1\n\n"
    assert not response.has_header("Cache-Control")


def test_middleware_shows_defaults_when_deciding_fails(
    berliner: HttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalize.middleware.visit_of", lambda *_, **__: 1 / 0)
    before = metrics.snapshot().get("render.error", 0)
    response = answered(berliner, page())
    assert response.content == b"<p>default</p>"
    assert response["Cache-Control"] == "private, no-cache"
    assert metrics.snapshot()["render.error"] == before + 1


def served(request: HttpRequest) -> list[str]:
    answered(request, page())
    return [str(event.properties["variant"]) for event in buffer.waiting()]


def test_middleware_records_what_it_served(berliner: HttpRequest) -> None:
    assert served(berliner) == ["b"]


def test_middleware_records_nothing_that_is_no_view(berliner: HttpRequest) -> None:
    """A prefetch, a HEAD, a preview of an editor, or a visitor who refused."""
    berliner.META["HTTP_SEC_PURPOSE"] = "prefetch"
    assert served(berliner) == []
    del berliner.META["HTTP_SEC_PURPOSE"]
    berliner.personalize_preview = True  # type: ignore[attr-defined]
    assert served(berliner) == []
    berliner.personalize_preview = False  # type: ignore[attr-defined]
    berliner.method = "HEAD"
    assert served(berliner) == []
    berliner.method = "GET"
    berliner.COOKIES["px_consent"] = "1.personalization"
    assert served(berliner) == []
